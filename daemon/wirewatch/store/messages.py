"""Messages: made of the outbox rows that wait, and loaded whole with the alerts or notices that these point at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from wirewatch.core.model import Alert, AlertHit, DeliveryState, DestinationKey, Message, Notice
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.rows import alert_hit, alert_of, chunks, notice_of
from wirewatch.store.tables import alerts, entries, feeds, hits, messages, meta, notices, outbox

WAITING, SENDING = DeliveryState.WAITING.value, DeliveryState.SENDING.value
# Rows that no message holds yet.
FRESH = (outbox.c.state == WAITING) & outbox.c.message_id.is_(None)
# What it sets stands in its parameters.
SET_ROWS = update(outbox).where(outbox.c.message_id == bindparam("message"))
ALERTS = (
    select(
        alerts,
        entries.c.title,
        entries.c.link,
        entries.c.lang,
        entries.c.published,
        entries.c.first_seen,
        feeds.c.name.label("feed"),
        feeds.c.outlet,
        feeds.c.kind,
        feeds.c.lang.label("feed_lang"),
        feeds.c.document_lang,
    )
    .join(entries, entries.c.id == alerts.c.entry_id)
    .join(feeds, feeds.c.id == entries.c.feed_id)
)


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A destination, and since (or from) when something is due for it."""

    at: datetime
    destination: DestinationKey


def due_destinations(conn: Connection, now: datetime | None, busy: frozenset[DestinationKey], limit: int) -> list[Due]:
    """Up to `limit` destinations for which something is due by now (None: ever), the longest-waiting first."""
    first: dict[DestinationKey, datetime] = {}
    for table, waits in ((messages, messages.c.state == WAITING), (outbox, FRESH)):
        due = func.min(table.c.due_at).label("due_at")
        found = select(table.c.destination, due).where(waits, table.c.destination.not_in(busy))
        if now is not None:
            found = found.where(table.c.due_at <= now)
        for row in conn.execute(found.group_by(table.c.destination).order_by(due).limit(limit)):
            first[row.destination] = min(row.due_at, first.get(row.destination, row.due_at))
    return sorted(Due(at, destination) for destination, at in first.items())[:limit]


def take_again(conn: Connection, destination: DestinationKey, now: datetime) -> str | None:
    """The message that is due to be tried again, from now on under way; None if there is none."""
    due = (
        select(messages.c.id)
        .where(messages.c.destination == destination, messages.c.state == WAITING, messages.c.due_at <= now)
        .order_by(messages.c.due_at, messages.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    id: str | None = conn.execute(due).scalar()
    if id is not None:
        sending = update(messages).where(messages.c.id == id)
        conn.execute(sending.values(state=SENDING, due_at=None, attempts=messages.c.attempts + 1))
        conn.execute(SET_ROWS, {"message": id, "state": SENDING})
    return id


def make_message(conn: Connection, destination: DestinationKey, now: datetime, most: int) -> str | None:
    """Make a message of the rows that wait, from now on under way; None where none of them is due."""
    waiting = (
        select(outbox)
        .where(outbox.c.destination == destination, FRESH)
        .order_by(outbox.c.due_at, outbox.c.id)
        .with_for_update(skip_locked=True)
    )
    first = conn.execute(waiting.limit(1)).first()
    if first is None or first.due_at > now:
        return None
    group: Sequence[Row[Any]] = [first]
    if first.collect:
        like = outbox.c.alert_id.is_not(None) if first.alert_id is not None else outbox.c.notice_id.is_not(None)
        ready = outbox.c.early | (outbox.c.due_at <= now)  # a digest is not sent with the burst before it
        group = conn.execute(waiting.where(like, outbox.c.collect, ready).limit(most)).all()
    ids = [row.id for row in group]
    prefix = conn.execute(select(meta.c.value).where(meta.c.key == "prefix")).scalar_one()
    values = {
        # A row joins one message only, so that the least of its rows names a message like no other.
        "id": f"{prefix}-{min(ids)}",
        "destination": destination,
        "receiver": first.receiver,
        "state": SENDING,
        "attempts": 1,
        "created_at": now,
        "last_text": "",
        "unknown": False,
        "thread": _thread(conn, group),
    }
    conn.execute(insert(messages), values)
    conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state=SENDING, message_id=values["id"]))
    return str(values["id"])


def load_messages(conn: Connection, ids: Sequence[str], titles: Mapping[TopicKey, str]) -> tuple[Message, ...]:
    """Messages by their ids, in this order, with their alerts or notices in the order of the outbox."""
    if not ids:
        return ()
    rows = conn.execute(select(outbox).where(outbox.c.message_id.in_(ids)).order_by(outbox.c.id)).all()
    told = load_alerts(conn, [row.alert_id for row in rows if row.alert_id is not None], titles)
    said = _load_notices(conn, [row.notice_id for row in rows if row.notice_id is not None])
    stored = {row.id: row for row in conn.execute(select(messages).where(messages.c.id.in_(ids)))}
    return tuple(
        Message(
            id=id,
            destination=DestinationKey(stored[id].destination),
            receiver=ReceiverName(stored[id].receiver),
            created_at=stored[id].created_at,
            attempt=stored[id].attempts,
            alerts=tuple(told[row.alert_id] for row in rows if row.message_id == id and row.alert_id is not None),
            notices=tuple(said[row.notice_id] for row in rows if row.message_id == id and row.notice_id is not None),
            thread=stored[id].thread,
        )
        for id in ids
    )


def load_alerts(conn: Connection, ids: Sequence[int], titles: Mapping[TopicKey, str]) -> dict[int, Alert]:
    """Alerts by id, whole: with the hits that they name."""
    found = [row for some in chunks(ids) for row in conn.execute(ALERTS.where(alerts.c.id.in_(some)))]
    by_entry: defaultdict[int, dict[str, AlertHit]] = defaultdict(dict)
    for some in chunks(sorted({row.entry_id for row in found})):
        for row in conn.execute(select(hits).where(hits.c.entry_id.in_(some))):
            by_entry[row.entry_id][row.topic] = alert_hit(row, titles.get(row.topic, row.topic))
    return {row.id: alert_of(row, by_entry[row.entry_id]) for row in found}


def _load_notices(conn: Connection, ids: Sequence[int]) -> dict[int, Notice]:
    return {row.id: notice_of(row) for row in conn.execute(select(notices).where(notices.c.id.in_(ids)))} if ids else {}


def _thread(conn: Connection, group: Sequence[Row[Any]]) -> str | None:
    """Messages about one entry thread together; bursts and notices stand alone."""
    of_alerts = {row.alert_id for row in group}
    if None in of_alerts:
        return None
    about = set(conn.execute(select(alerts.c.entry_id).where(alerts.c.id.in_(of_alerts))).scalars())
    return f"entry-{about.pop()}" if len(about) == 1 else None
