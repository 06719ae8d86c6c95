"""The whole watch in numbers, for `status`; and single entries with all that became of them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from wirewatch.core.model import DeliveryState, EntryId, SeenKey
from wirewatch.store import tables as t
from wirewatch.store.listing import ListedAlert, ListedHit, alerts_of, hits_of
from wirewatch.store.messages import FRESH, WAITING


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of one moment. failing: name, error, since; oldest: since when the first message waits to be sent."""

    feeds: int
    heard: int
    failing: tuple[tuple[str, str, datetime | None], ...]
    polled_at: datetime | None
    delivered_at: datetime | None
    loaded_at: datetime | None
    waiting: int
    oldest: datetime | None
    next_due: datetime | None
    sending: int
    held: int
    given_up: int
    given_up_lately: int
    silenced: int


@dataclass(frozen=True, slots=True)
class Record:
    """All that is kept of one entry: how it was judged, what it hit, who was told."""

    entry_id: EntryId
    feed: str
    feed_url: str
    title: str
    summary: str
    content: str
    link: str | None
    published: datetime | None
    seen_at: datetime
    via: str
    verdict: str
    hits: tuple[ListedHit, ...]
    alerts: tuple[ListedAlert, ...]
    lang: str | None = None


def overview(conn: Connection, lately: datetime) -> Overview:
    """lately: from when on a given-up message is still news to the operator."""
    watched = t.feeds.c.enabled
    bad = select(t.feeds.c.name, t.feeds.c.error, t.feeds.c.failing_since).order_by(t.feeds.c.name)
    failing = conn.execute(bad.where(watched, t.feeds.c.error.is_not(None)))
    heard = select(func.count()).where(watched, t.feeds.c.ok_at.is_not(None), t.feeds.c.error.is_(None))
    again = (t.messages.c.state == WAITING,)
    given_up = (t.messages.c.state == DeliveryState.GIVEN_UP.value,)
    times = [
        conn.execute(select(func.min(t.outbox.c.at), func.min(t.outbox.c.due_at)).where(FRESH)).one(),
        conn.execute(select(func.min(t.messages.c.created_at), func.min(t.messages.c.due_at)).where(*again)).one(),
    ]
    return Overview(
        feeds=_count(conn, select(func.count()).where(watched)),
        heard=_count(conn, heard),
        failing=tuple((row.name, row.error, row.failing_since) for row in failing),
        polled_at=conn.execute(select(func.max(t.feeds.c.polled_at)).where(watched)).scalar(),
        delivered_at=conn.execute(select(func.max(t.messages.c.delivered_at))).scalar(),
        loaded_at=conn.execute(select(func.max(t.watchlists.c.loaded_at))).scalar(),
        waiting=_count(conn, _rows(FRESH)) + _count(conn, _messages(*again)),
        oldest=min((row[0] for row in times if row[0] is not None), default=None),
        next_due=min((row[1] for row in times if row[1] is not None), default=None),
        sending=_count(conn, _messages(t.messages.c.state == DeliveryState.SENDING.value)),
        held=_count(conn, _rows(t.outbox.c.state == DeliveryState.HELD.value)),
        given_up=_count(conn, _messages(*given_up)),
        given_up_lately=_count(conn, _messages(*given_up, t.messages.c.created_at >= lately)),
        silenced=_count(conn, _rows(t.outbox.c.state == DeliveryState.SILENCED.value)),
    )


def records(
    conn: Connection,
    *,
    entry: EntryId | None = None,
    alert: int | None = None,
    link_key: SeenKey | None = None,
    title: str | None = None,
    limit: int = 20,
) -> tuple[Record, ...]:
    """Kept entries that fit everything given, newest first; nothing given finds nothing."""
    wanted = (
        (t.entries.c.id, entry),
        (t.entries.c.link_key, link_key),
        (t.entries.c.title, title),
    )
    conditions: list[Any] = [column == value for column, value in wanted if value is not None]
    if alert is not None:
        conditions.append(t.entries.c.id.in_(select(t.alerts.c.entry_id).where(t.alerts.c.id == alert)))
    if not conditions:
        return ()
    found = (
        select(t.entries, t.feeds.c.name.label("feed"), t.feeds.c.url.label("feed_url"))
        .join(t.feeds, t.feeds.c.id == t.entries.c.feed_id)
        .where(*conditions)
        .order_by(t.entries.c.id.desc())
        .limit(limit)
    )
    return tuple(_record(conn, row) for row in conn.execute(found).all())


def schema_number(conn: Connection) -> str:
    """The number of the last migration that this database has seen."""
    return str(conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def _record(conn: Connection, row: Row[Any]) -> Record:
    id = EntryId(row.id)
    return Record(
        entry_id=id,
        feed=row.feed,
        feed_url=row.feed_url,
        title=row.title,
        summary=row.summary,
        content=row.content,
        link=row.link,
        published=row.published,
        seen_at=row.first_seen,
        via=row.via,
        verdict=row.verdict,
        hits=hits_of(conn, id),
        alerts=alerts_of(conn, id),
        lang=row.lang,
    )


def _rows(*conditions: Any) -> Select[Any]:
    return select(func.count()).select_from(t.outbox).where(*conditions)


def _messages(*conditions: Any) -> Select[Any]:
    return select(func.count()).select_from(t.messages).where(*conditions)


def _count(conn: Connection, counted: Select[Any]) -> int:
    number: int = conn.execute(counted).scalar_one()
    return number
