"""The tables, as SQLModel classes; `migrations/` makes them, a test proves that the two agree.

Row classes are used for their columns only: saving and reading go through SQLAlchemy Core on the lower-case names
at the end (4 to 7 times cheaper than ORM objects). Rows become core values in `rows.py`. All times are UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, Table, UniqueConstraint, text
from sqlmodel import Field

from wirewatch.store.columns import Row, points_at, row_id, text_column, time_column
from wirewatch.store.types import CleanText, Duration, RowId


class Site(Row, table=True):
    """A registrable domain, and who may poll it. due_at: of its first due feed, or the end of the lease that runs."""

    __tablename__ = "sites"
    id: int | None = row_id()
    name: str = text_column(unique=True)
    due_at: datetime | None = time_column(index=True)
    lease_until: datetime | None = time_column()
    owner: str | None = text_column()
    fence: int = Field(sa_type=cast(Any, RowId))


class FeedRow(Row, table=True):
    """A feed: how the watchlist shows it, then its FeedState. Never deleted, so that a re-added feed remembers."""

    __tablename__ = "feeds"
    id: int | None = row_id()
    site_id: int = points_at("sites.id", index=True)
    url: str = text_column(unique=True)
    name: str = text_column()
    outlet: str = text_column()
    kind: str | None = text_column()
    lang: str | None = text_column()
    enabled: bool
    etag: str | None = text_column()
    last_modified: str | None = text_column()
    body_digest: bytes | None = Field(sa_type=LargeBinary)
    baseline_at: datetime | None = time_column()
    newest: datetime | None = time_column()
    cut_key: int | None = Field(sa_type=cast(Any, RowId))
    interval: timedelta | None = Field(sa_type=Duration)
    due_at: datetime | None = time_column()
    due_reason: str = text_column()
    polled_at: datetime | None = time_column()
    ok_at: datetime | None = time_column()
    news_at: datetime | None = time_column()
    full_at: datetime | None = time_column()
    failures: int
    failing_since: datetime | None = time_column()
    error: str | None = text_column()
    warning: str | None = text_column()
    format: str | None = text_column()
    document_lang: str | None = text_column()  # FeedState.lang: what the document says of itself


class Seen(Row, table=True):
    """The keys by which entries are recognised. Outlives the entries; 24 bytes a row."""

    __tablename__ = "seen"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (SQLAlchemy's own spelling)
    feed_id: int = Field(sa_type=cast(Any, RowId), primary_key=True)
    key: int = Field(sa_type=cast(Any, RowId), primary_key=True)
    entry_id: int = Field(sa_type=cast(Any, RowId))


class Mark(Row, table=True):
    """What outlives an entry. Entry ids are given out here: marks are never deleted, so no id is used twice."""

    __tablename__ = "marks"
    entry_id: int | None = row_id()
    feed_id: int = points_at("feeds.id")
    title_key: int | None = Field(sa_type=cast(Any, RowId))
    published: datetime | None = time_column()  # as first seen
    edits: int
    topics: str = text_column()  # JSON list of topic keys, sorted; "" for none
    first_seen: datetime = time_column()


class EntryRow(Row, table=True):
    """A kept entry: its newest text. verdict: the words of the judge when it came."""

    __tablename__ = "entries"
    id: int = Field(primary_key=True, sa_type=cast(Any, RowId), sa_column_args=[ForeignKey("marks.entry_id")])
    feed_id: int = points_at("feeds.id", index=True)
    guid: str | None = text_column()
    link: str | None = text_column()
    link_key: int | None = Field(sa_type=cast(Any, RowId), index=True)
    title: str = text_column()
    summary: str = text_column()
    content: str = text_column()
    author: str = text_column()
    tags: str = text_column()  # JSON list; "" for none
    lang: str | None = text_column()
    published: datetime | None = time_column()
    updated: datetime | None = time_column()
    first_seen: datetime = time_column(index=True)
    via: str = text_column()
    verdict: str = text_column()


class Edit(Row, table=True):
    """An earlier text of an entry. at: when it was replaced; verdict: the words of the judge on the new text."""

    __tablename__ = "edits"
    id: int | None = row_id()
    entry_id: int = points_at("entries.id", index=True)
    at: datetime = time_column()
    verdict: str = text_column()
    title: str = text_column()
    summary: str = text_column()
    content: str = text_column()


class HitRow(Row, table=True):
    """An entry fits a topic. marks: JSON [[start, end], …] of the sentence; spans: [[rule, field, start, end], …]."""

    __tablename__ = "hits"
    __table_args__ = (UniqueConstraint("entry_id", "topic"),)
    id: int | None = row_id()
    entry_id: int = points_at("entries.id")
    topic: str = text_column()
    state: str = text_column()
    prominence: str = text_column()
    sentence: str = text_column()
    marks: str = text_column()
    spans: str = text_column()
    why: str = text_column()
    at: datetime = time_column(index=True)


class TopicRow(Row, table=True):
    """A topic that has its baseline: from then on its hits are news."""

    __tablename__ = "topics"
    key: str = text_column(primary_key=True)
    first_seen: datetime = time_column()


class AlertRow(Row, table=True):
    """An entry that a receiver should know of. topics: JSON list, the heading one first."""

    __tablename__ = "alerts"
    id: int | None = row_id()
    entry_id: int = points_at("entries.id", index=True)
    receiver: str = text_column()
    route: int
    priority: int = Field(sa_type=SmallInteger)
    reason: str = text_column()
    older: bool
    topics: str = text_column()
    at: datetime = time_column()


class NoticeRow(Row, table=True):
    """Something about the watch itself. Open until closed_at; one open per kind and subject."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "uq_notices_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: int | None = row_id()
    kind: str = text_column()
    subject: str = text_column()
    text: str = text_column()
    since: datetime = time_column()
    closed_at: datetime | None = time_column()


class MessageRow(Row, table=True):
    """One message to one destination, with its attempts counted; unknown: an answer was lost at least once."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_state_due_at", "state", "due_at"),)
    id: str = text_column(primary_key=True)
    destination: str = text_column()
    receiver: str = text_column()
    state: str = text_column()
    attempts: int
    due_at: datetime | None = time_column()
    created_at: datetime = time_column()
    last_text: str = text_column()
    unknown: bool
    delivered_at: datetime | None = time_column()
    thread: str | None = text_column()


class OutboxRow(Row, table=True):
    """One alert or notice for one destination. reason: why it is in its state, where the message does not say."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("alert_id", "destination"),
        UniqueConstraint("notice_id", "destination"),
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_destination_state", "destination", "state"),
    )
    id: int | None = row_id()
    alert_id: int | None = points_at("alerts.id")
    notice_id: int | None = points_at("notices.id")
    destination: str = text_column()
    receiver: str = text_column()
    state: str = text_column()
    collect: bool
    early: bool  # may go with others before it is due
    due_at: datetime = time_column()
    message_id: str | None = Field(sa_type=CleanText, index=True, sa_column_args=[ForeignKey("messages.id")])
    reason: str = text_column()
    at: datetime = time_column()


class Attempt(Row, table=True):
    """One attempt to send a message, and what came of it."""

    __tablename__ = "attempts"
    message_id: str = Field(sa_type=CleanText, primary_key=True, sa_column_args=[ForeignKey("messages.id")])
    number: int = Field(primary_key=True)
    at: datetime = time_column()
    state: str = text_column()
    text: str = text_column()
    unknown: bool


class SilenceRow(Row, table=True):
    """A topic that is to be quiet from `since` to `until_at`, or until it was lifted."""

    __tablename__ = "silences"
    id: int | None = row_id()
    topic: str = text_column()
    since: datetime = time_column()
    until_at: datetime = time_column(index=True)
    because: str = text_column()
    asked_by: str = text_column()
    lifted_at: datetime | None = time_column()


class NoiseRow(Row, table=True):
    """A hit that somebody called noise. Points at nothing, so that it outlives the entry; terms: JSON list."""

    __tablename__ = "noise"
    hit_id: int = Field(primary_key=True, sa_type=cast(Any, RowId))
    topic: str = text_column(index=True)
    at: datetime = time_column()
    marked_by: str = text_column()
    sentence: str = text_column()
    terms: str = text_column()


class Leader(Row, table=True):
    """Who does the work that only one node may do."""

    __tablename__ = "leader"
    role: str = text_column(primary_key=True)
    owner: str = text_column()
    lease_until: datetime = time_column()
    fence: int = Field(sa_type=cast(Any, RowId))


class WatchlistRow(Row, table=True):
    """A good watchlist with its includes; files: zlib over JSON [[name, text as Latin-1], …]."""

    __tablename__ = "watchlists"
    id: int | None = row_id()
    loaded_at: datetime = time_column()
    digest: bytes = Field(sa_type=LargeBinary)
    files: bytes = Field(sa_type=LargeBinary)


class Meta(Row, table=True):
    """Facts of this database: `prefix` starts the id of each of its messages."""

    __tablename__ = "meta"
    key: str = text_column(primary_key=True)
    value: str = text_column()


def _table(row: Any) -> Table:
    return cast(Table, row.__table__)


metadata = Row.metadata
sites, feeds, seen, marks, entries = map(_table, (Site, FeedRow, Seen, Mark, EntryRow))
edits, hits, topics, alerts, notices = map(_table, (Edit, HitRow, TopicRow, AlertRow, NoticeRow))
messages, outbox, attempts, leader = map(_table, (MessageRow, OutboxRow, Attempt, Leader))
watchlists, meta, silences, noise = map(_table, (WatchlistRow, Meta, SilenceRow, NoiseRow))
