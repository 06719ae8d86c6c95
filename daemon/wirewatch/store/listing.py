"""What commands show: feeds, hits and alerts as frozen values, newest first. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from wirewatch.core.model import (
    DeliveryState,
    DestinationKey,
    EntryId,
    FeedState,
    HitState,
    Prominence,
)
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, TopicKey
from wirewatch.store import tables as t
from wirewatch.store.rows import chunks, feed_state, ranges, texts

_FEED = (t.feeds.c.name.label("feed"), t.feeds.c.outlet)
_HITS = (
    select(
        t.hits,
        t.entries.c.title,
        t.entries.c.link,
        t.entries.c.published,
        *_FEED,
        t.noise.c.hit_id.is_not(None).label("is_noise"),
    )
    .join(t.entries, t.entries.c.id == t.hits.c.entry_id)
    .join(t.feeds, t.feeds.c.id == t.entries.c.feed_id)
    .outerjoin(t.noise, t.noise.c.hit_id == t.hits.c.id)
)
_ALERTS = (
    select(t.alerts, t.entries.c.title, t.entries.c.link, *_FEED)
    .join(t.entries, t.entries.c.id == t.alerts.c.entry_id)
    .join(t.feeds, t.feeds.c.id == t.entries.c.feed_id)
)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed with its state and how many kept entries and hits it brought."""

    name: str
    url: str
    site: str
    outlet: str
    kind: FeedKind | None
    enabled: bool
    state: FeedState
    entries: int
    hits: int


@dataclass(frozen=True, slots=True)
class ListedHit:
    """A hit with its entry. id: pass the last one as `before` for the next page. marks: ranges in `sentence`."""

    id: int
    at: datetime
    topic: TopicKey
    state: HitState
    prominence: Prominence
    sentence: str
    marks: tuple[tuple[int, int], ...]
    why: str
    entry_id: EntryId
    title: str
    link: str | None
    published: datetime | None
    feed: str
    outlet: str
    noise: bool = False  # somebody said: not this


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """An alert on its way to one destination. text: the last answer, or the reason of its state."""

    destination: DestinationKey
    state: DeliveryState
    due_at: datetime | None  # None where final or under way
    message_id: str | None
    attempts: int
    text: str
    unknown: bool
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with its entry and what became of it at each destination. id: for the next page, as with hits."""

    id: int
    at: datetime
    receiver: ReceiverName
    route: int
    priority: Priority
    reason: str
    older: bool
    topics: tuple[TopicKey, ...]
    entry_id: EntryId
    title: str
    link: str | None
    feed: str
    outlet: str
    deliveries: tuple[ListedDelivery, ...]


def feed_rows(conn: Connection) -> tuple[ListedFeed, ...]:
    """All feeds that were ever in the watchlist, by name."""
    counted = select(t.entries.c.feed_id, func.count()).group_by(t.entries.c.feed_id)
    entries = _counts(conn, counted)
    hits = _counts(conn, counted.join(t.hits, t.hits.c.entry_id == t.entries.c.id))
    found = select(t.feeds, t.sites.c.name.label("site")).join(t.sites, t.sites.c.id == t.feeds.c.site_id)
    return tuple(
        ListedFeed(
            name=row.name,
            url=row.url,
            site=row.site,
            outlet=row.outlet,
            kind=None if row.kind is None else FeedKind(row.kind),
            enabled=row.enabled,
            state=feed_state(row),
            entries=entries.get(row.id, 0),
            hits=hits.get(row.id, 0),
        )
        for row in conn.execute(found.order_by(t.feeds.c.name, t.feeds.c.id))
    )


def hits(
    conn: Connection,
    *,
    topic: TopicKey | None = None,
    feed: str | None = None,
    state: HitState | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[ListedHit, ...]:
    """Hits, newest first. feed: its name; since: when the hit was made; before: only ids below it."""
    found = _HITS.order_by(t.hits.c.id.desc()).limit(limit)
    wanted = (
        (t.hits.c.topic, topic),
        (t.feeds.c.name, feed),
        (t.hits.c.state, state and state.value),
    )
    found = found.where(*(column == value for column, value in wanted if value is not None))
    if since is not None:
        found = found.where(t.hits.c.at >= since)
    if before is not None:
        found = found.where(t.hits.c.id < before)
    return tuple(_listed_hit(row) for row in conn.execute(found))


def hits_after(conn: Connection, after: int, limit: int) -> tuple[ListedHit, ...]:
    """Hits with a number beyond `after`, in order."""
    found = _HITS.where(t.hits.c.id > after).order_by(t.hits.c.id).limit(limit)
    return tuple(_listed_hit(row) for row in conn.execute(found))


def last_hit(conn: Connection) -> int:
    """The number of the newest hit; 0 where there is none."""
    return conn.execute(select(func.max(t.hits.c.id))).scalar() or 0


def hits_of(conn: Connection, entry: EntryId) -> tuple[ListedHit, ...]:
    """The hits of one entry, in the order in which they were stored."""
    found = _HITS.where(t.hits.c.entry_id == entry).order_by(t.hits.c.id)
    return tuple(_listed_hit(row) for row in conn.execute(found))


def alerts_of(conn: Connection, entry: EntryId) -> tuple[ListedAlert, ...]:
    """The alerts about one entry, in order."""
    return _with_deliveries(conn, _ALERTS.where(t.alerts.c.entry_id == entry).order_by(t.alerts.c.id))


def alerts(
    conn: Connection,
    *,
    state: DeliveryState | None = None,
    receiver: ReceiverName | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[ListedAlert, ...]:
    """Alerts, newest first. state: that at least one of its destinations stands in; before: only ids below it."""
    found = _ALERTS.order_by(t.alerts.c.id.desc()).limit(limit)
    if state is not None:
        found = found.where(t.alerts.c.id.in_(select(t.outbox.c.alert_id).where(t.outbox.c.state == state.value)))
    if receiver is not None:
        found = found.where(t.alerts.c.receiver == receiver)
    if since is not None:
        found = found.where(t.alerts.c.at >= since)
    if before is not None:
        found = found.where(t.alerts.c.id < before)
    return _with_deliveries(conn, found)


def _with_deliveries(conn: Connection, found: Select[Any]) -> tuple[ListedAlert, ...]:
    rows = conn.execute(found).all()
    deliveries = _deliveries(conn, [row.id for row in rows])
    return tuple(_listed_alert(row, tuple(deliveries[row.id])) for row in rows)


def _counts(conn: Connection, counted: Select[Any]) -> dict[int, int]:
    return {row[0]: row[1] for row in conn.execute(counted)}


def _listed_hit(row: Row[Any]) -> ListedHit:
    return ListedHit(
        id=row.id,
        at=row.at,
        topic=TopicKey(row.topic),
        state=HitState(row.state),
        prominence=Prominence(row.prominence),
        sentence=row.sentence,
        marks=ranges(row.marks),
        why=row.why,
        entry_id=EntryId(row.entry_id),
        title=row.title,
        link=row.link,
        published=row.published,
        feed=row.feed,
        outlet=row.outlet,
        noise=bool(row.is_noise),
    )


def _listed_alert(row: Row[Any], deliveries: tuple[ListedDelivery, ...]) -> ListedAlert:
    return ListedAlert(
        id=row.id,
        at=row.at,
        receiver=ReceiverName(row.receiver),
        route=row.route,
        priority=Priority(row.priority),
        reason=row.reason,
        older=row.older,
        topics=tuple(TopicKey(topic) for topic in texts(row.topics)),
        entry_id=EntryId(row.entry_id),
        title=row.title,
        link=row.link,
        feed=row.feed,
        outlet=row.outlet,
        deliveries=deliveries,
    )


def _deliveries(conn: Connection, alert_ids: Sequence[int]) -> dict[int, list[ListedDelivery]]:
    found: defaultdict[int, list[ListedDelivery]] = defaultdict(list)
    m = t.messages.c
    for some in chunks(alert_ids):
        rows = (
            select(t.outbox, m.attempts, m.last_text, m.unknown, m.delivered_at, m.due_at.label("again_at"))
            .outerjoin(t.messages, m.id == t.outbox.c.message_id)
            .where(t.outbox.c.alert_id.in_(some))
            .order_by(t.outbox.c.id)
        )
        for row in conn.execute(rows):
            found[row.alert_id].append(_listed_delivery(row))
    return found


def _listed_delivery(row: Row[Any]) -> ListedDelivery:
    state = DeliveryState(row.state)
    due_at = row.again_at if row.message_id else row.due_at
    return ListedDelivery(
        destination=DestinationKey(row.destination),
        state=state,
        due_at=due_at if state in (DeliveryState.WAITING, DeliveryState.HELD) else None,
        message_id=row.message_id,
        attempts=row.attempts or 0,
        text=row.reason or row.last_text or "",
        unknown=bool(row.unknown),
        delivered_at=row.delivered_at,
    )
