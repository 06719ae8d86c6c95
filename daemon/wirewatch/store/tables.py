"""The tables, as SQLModel classes; `migrations/` makes them, a test proves that the two agree.

Row classes are used for their columns only: saving and reading go through SQLAlchemy Core on the lower-case names
at the end (4 to 7 times cheaper than ORM objects). Rows become core values in `rows.py`. All times are UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, LargeBinary, MetaData, SmallInteger, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wirewatch.store.types import CleanText, Duration, Instant, RowId

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables: own metadata with names for every constraint, so that migrations can address them."""

    metadata = MetaData(naming_convention=NAMING)


def _id() -> Any:
    return Field(default=None, primary_key=True, sa_type=cast(Any, RowId))


def _of(column: str, **more: Any) -> Any:
    """A column that points at another table's id."""
    return Field(sa_type=cast(Any, RowId), sa_column_args=[ForeignKey(column)], **more)


def _text(**more: Any) -> Any:
    return Field(sa_type=CleanText, **more)


def _time(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


class Site(Row, table=True):
    """A registrable domain, and who may poll it. due_at: of its first due feed, or the end of the lease that runs."""

    __tablename__ = "sites"
    id: int | None = _id()
    name: str = _text(unique=True)
    due_at: datetime | None = _time(index=True)
    lease_until: datetime | None = _time()
    owner: str | None = _text()
    fence: int = Field(sa_type=cast(Any, RowId))


class FeedRow(Row, table=True):
    """A feed: how the watchlist shows it, then its FeedState. Never deleted, so that a re-added feed remembers."""

    __tablename__ = "feeds"
    id: int | None = _id()
    site_id: int = _of("sites.id", index=True)
    url: str = _text(unique=True)
    name: str = _text()
    outlet: str = _text()
    kind: str | None = _text()
    lang: str | None = _text()
    enabled: bool
    etag: str | None = _text()
    last_modified: str | None = _text()
    body_digest: bytes | None = Field(sa_type=LargeBinary)
    baseline_at: datetime | None = _time()
    newest: datetime | None = _time()
    cut_key: int | None = Field(sa_type=cast(Any, RowId))
    interval: timedelta | None = Field(sa_type=Duration)
    due_at: datetime | None = _time()
    due_reason: str = _text()
    polled_at: datetime | None = _time()
    ok_at: datetime | None = _time()
    news_at: datetime | None = _time()
    full_at: datetime | None = _time()
    failures: int
    failing_since: datetime | None = _time()
    error: str | None = _text()
    warning: str | None = _text()
    format: str | None = _text()
    document_lang: str | None = _text()  # FeedState.lang: what the document says of itself


class Seen(Row, table=True):
    """The keys by which entries are recognised. Outlives the entries; 24 bytes a row."""

    __tablename__ = "seen"
    __table_args__ = {"sqlite_with_rowid": False}
    feed_id: int = Field(sa_type=cast(Any, RowId), primary_key=True)
    key: int = Field(sa_type=cast(Any, RowId), primary_key=True)
    entry_id: int = Field(sa_type=cast(Any, RowId))


class Mark(Row, table=True):
    """What outlives an entry. Entry ids are given out here: marks are never deleted, so no id is used twice."""

    __tablename__ = "marks"
    entry_id: int | None = _id()
    feed_id: int = _of("feeds.id")
    title_key: int | None = Field(sa_type=cast(Any, RowId))
    published: datetime | None = _time()  # as first seen
    edits: int
    topics: str = _text()  # JSON list of topic keys, sorted; "" for none
    first_seen: datetime = _time()


class EntryRow(Row, table=True):
    """A kept entry: its newest text. verdict: the words of the judge when it came."""

    __tablename__ = "entries"
    id: int = Field(primary_key=True, sa_type=cast(Any, RowId), sa_column_args=[ForeignKey("marks.entry_id")])
    feed_id: int = _of("feeds.id", index=True)
    guid: str | None = _text()
    link: str | None = _text()
    link_key: int | None = Field(sa_type=cast(Any, RowId), index=True)
    title: str = _text()
    summary: str = _text()
    content: str = _text()
    author: str = _text()
    tags: str = _text()  # JSON list; "" for none
    lang: str | None = _text()
    published: datetime | None = _time()
    updated: datetime | None = _time()
    first_seen: datetime = _time(index=True)
    via: str = _text()
    verdict: str = _text()


class Edit(Row, table=True):
    """An earlier text of an entry. at: when it was replaced; verdict: the words of the judge on the new text."""

    __tablename__ = "edits"
    id: int | None = _id()
    entry_id: int = _of("entries.id", index=True)
    at: datetime = _time()
    verdict: str = _text()
    title: str = _text()
    summary: str = _text()
    content: str = _text()


class HitRow(Row, table=True):
    """An entry fits a topic. marks: JSON [[start, end], …] of the sentence; spans: [[rule, field, start, end], …]."""

    __tablename__ = "hits"
    __table_args__ = (UniqueConstraint("entry_id", "topic"),)
    id: int | None = _id()
    entry_id: int = _of("entries.id")
    topic: str = _text()
    state: str = _text()
    prominence: str = _text()
    sentence: str = _text()
    marks: str = _text()
    spans: str = _text()
    why: str = _text()
    at: datetime = _time(index=True)


class TopicRow(Row, table=True):
    """A topic that has its baseline: from then on its hits are news."""

    __tablename__ = "topics"
    key: str = _text(primary_key=True)
    first_seen: datetime = _time()


class AlertRow(Row, table=True):
    """An entry that a receiver should know of. topics: JSON list, the heading one first."""

    __tablename__ = "alerts"
    id: int | None = _id()
    entry_id: int = _of("entries.id", index=True)
    receiver: str = _text()
    route: int
    priority: int = Field(sa_type=SmallInteger)
    reason: str = _text()
    older: bool
    topics: str = _text()
    at: datetime = _time()


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
    id: int | None = _id()
    kind: str = _text()
    subject: str = _text()
    text: str = _text()
    since: datetime = _time()
    closed_at: datetime | None = _time()


class MessageRow(Row, table=True):
    """One message to one destination, with its attempts counted; unknown: an answer was lost at least once."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_state_due_at", "state", "due_at"),)
    id: str = _text(primary_key=True)
    destination: str = _text()
    receiver: str = _text()
    state: str = _text()
    attempts: int
    due_at: datetime | None = _time()
    created_at: datetime = _time()
    last_text: str = _text()
    unknown: bool
    delivered_at: datetime | None = _time()
    thread: str | None = _text()


class OutboxRow(Row, table=True):
    """One alert or notice for one destination. reason: why it is in its state, where the message does not say."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("alert_id", "destination"),
        UniqueConstraint("notice_id", "destination"),
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_destination_state", "destination", "state"),
    )
    id: int | None = _id()
    alert_id: int | None = _of("alerts.id")
    notice_id: int | None = _of("notices.id")
    destination: str = _text()
    receiver: str = _text()
    state: str = _text()
    collect: bool
    due_at: datetime = _time()
    message_id: str | None = Field(sa_type=CleanText, index=True, sa_column_args=[ForeignKey("messages.id")])
    reason: str = _text()
    at: datetime = _time()


class Attempt(Row, table=True):
    """One attempt to send a message, and what came of it."""

    __tablename__ = "attempts"
    message_id: str = Field(sa_type=CleanText, primary_key=True, sa_column_args=[ForeignKey("messages.id")])
    number: int = Field(primary_key=True)
    at: datetime = _time()
    state: str = _text()
    text: str = _text()
    unknown: bool


class Leader(Row, table=True):
    """Who does the work that only one node may do."""

    __tablename__ = "leader"
    role: str = _text(primary_key=True)
    owner: str = _text()
    lease_until: datetime = _time()
    fence: int = Field(sa_type=cast(Any, RowId))


class WatchlistRow(Row, table=True):
    """The last good watchlist with its includes; files: zlib over JSON [[name, text as Latin-1], …]."""

    __tablename__ = "watchlists"
    id: int | None = _id()
    loaded_at: datetime = _time()
    digest: bytes = Field(sa_type=LargeBinary)
    files: bytes = Field(sa_type=LargeBinary)


class Meta(Row, table=True):
    """Facts of this database: `prefix` starts the id of each of its messages."""

    __tablename__ = "meta"
    key: str = _text(primary_key=True)
    value: str = _text()


def _table(row: Any) -> Table:
    return cast(Table, row.__table__)


metadata = Row.metadata
sites, feeds, seen, marks, entries = map(_table, (Site, FeedRow, Seen, Mark, EntryRow))
edits, hits, topics, alerts, notices = map(_table, (Edit, HitRow, TopicRow, AlertRow, NoticeRow))
messages, outbox, attempts, leader = map(_table, (MessageRow, OutboxRow, Attempt, Leader))
watchlists, meta = map(_table, (WatchlistRow, Meta))
