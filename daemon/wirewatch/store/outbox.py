"""The outbox: what waits to be sent, one row per alert (or notice) and destination, and what became of it.

A row belongs to one message for ever, and a message keeps its id through all attempts: a crash or a lost answer may
repeat a message, never lose one. What follows from a failed attempt is decided in `core/retry.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, literal, or_, select, update

from wirewatch.core.effects import NewAlert, NoticeDraft
from wirewatch.core.model import Delivery, DeliveryState, DestinationKey, EntryId, Message, Notice, SeenKey
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.faults import StoreRefused
from wirewatch.store.messages import FRESH, SET_ROWS, due_destinations, load_messages, make_message, take_again
from wirewatch.store.rows import chunks, inserts, list_text, notice_of, topic_set
from wirewatch.store.tables import alerts, attempts, entries, messages, notices, outbox

WAITING, HELD, SENDING = DeliveryState.WAITING.value, DeliveryState.HELD.value, DeliveryState.SENDING.value
Destinations = Sequence[tuple[ReceiverName, DestinationKey]]

# Statements are built once: building one costs as much as running it.
_OPEN_NOTICE = inserts(notices, lambda new: new.on_conflict_do_nothing().returning(notices.c.id))
_NEW_ROWS = insert(outbox)
_TOLD = (
    select(alerts.c.receiver, alerts.c.topics)
    .join(entries, entries.c.id == alerts.c.entry_id)
    .where(
        entries.c.link_key == bindparam("link"),
        alerts.c.at >= bindparam("since"),
        entries.c.id != bindparam("besides"),
    )
)
_NEW_ALERTS = insert(alerts).returning(alerts.c.id, sort_by_parameter_order=True)


def add_alerts(conn: Connection, rows: Sequence[NewAlert]) -> tuple[int, ...]:
    """Store alerts, each with an outbox row per destination; returns their ids in order.

    A destination named twice in one alert is refused (the writer says StoreRefused).
    """
    if not rows:
        return ()
    ids = tuple(conn.execute(_NEW_ALERTS, [_alert_values(row) for row in rows]).scalars())
    waiting = [
        {
            "alert_id": id,
            "destination": destination,
            "receiver": row.receiver,
            "state": row.state.value,
            "collect": row.collect,
            "early": row.early,
            "due_at": row.due_at,
            "reason": "its receiver holds messages until they are released" if row.state.value == HELD else row.moment,
            "at": row.at,
        }
        for id, row in zip(ids, rows, strict=True)
        for destination in row.destinations
    ]
    if waiting:
        conn.execute(_NEW_ROWS, waiting)
    return ids


def told_of_link(
    conn: Connection, link_key: SeenKey, since: datetime, *, besides: EntryId
) -> dict[ReceiverName, frozenset[TopicKey]]:
    """Who was alerted since then to another entry with this link, and of which topics."""
    told: dict[ReceiverName, frozenset[TopicKey]] = {}
    for row in conn.execute(_TOLD, {"link": link_key, "since": since, "besides": besides}):
        told[ReceiverName(row.receiver)] = told.get(ReceiverName(row.receiver), frozenset()) | topic_set(row.topics)
    return told


def spent_since(conn: Connection, route: int, receiver: ReceiverName, since: datetime) -> tuple[int, datetime | None]:
    """How many alerts a route told a receiver at once since then, and when the first of them came."""
    told = select(func.count(), func.min(alerts.c.at)).where(
        alerts.c.route == route,
        alerts.c.receiver == receiver,
        alerts.c.at > since,
        exists().where(outbox.c.alert_id == alerts.c.id, outbox.c.early),
    )
    number, first = conn.execute(told).one()
    return number, first


def open_notice(conn: Connection, draft: NoticeDraft, destinations: Destinations, due_at: datetime) -> bool:
    """Begin an episode and tell it; False (and nothing is told) if one of its kind and subject is open."""
    id = conn.execute(_OPEN_NOTICE[conn.dialect.name], _notice_values(draft)).scalar()
    if id is None:
        return False
    _tell(conn, int(id), destinations, due_at)
    return True


def close_notice(conn: Connection, draft: NoticeDraft, destinations: Destinations, due_at: datetime) -> bool:
    """End an episode and tell it with the draft's text; False if none is open, or the text is empty (nobody is told).

    due_at stands as the time of its end.
    """
    of_it = (notices.c.kind == draft.kind, notices.c.subject == draft.subject, notices.c.closed_at.is_(None))
    if conn.execute(update(notices).where(*of_it).values(closed_at=due_at)).rowcount == 0 or not draft.text:
        return False
    end = _notice_values(draft) | {"kind": f"{draft.kind}-well", "closed_at": due_at}
    _tell(conn, conn.execute(insert(notices).returning(notices.c.id), end).scalar_one(), destinations, due_at)
    return True


def open_notices(conn: Connection) -> tuple[Notice, ...]:
    """The episodes that go on, oldest first."""
    going_on = select(notices).where(notices.c.closed_at.is_(None)).order_by(notices.c.since, notices.c.id)
    return tuple(notice_of(row) for row in conn.execute(going_on))


def claim_messages(
    conn: Connection,
    now: datetime,
    busy: frozenset[DestinationKey],
    limit: int,
    most: int = 20,
    titles: Mapping[TopicKey, str] | None = None,
) -> tuple[Message, ...]:
    """Take up to `limit` messages to be sent now, at most one per destination, none for those that are `busy`.

    First a message that is to be tried again (same id, same rows), else a new one: as soon as a waiting row is due, all
    rows of its sort (alerts or notices) that wait for that destination and may be collected go with it, up to `most`;
    one that may not be collected goes alone. They are marked as being sent: send only after the commit.
    titles: of the topics, as the watchlist has them now; a topic that is not there shows its key.
    """
    ids = []
    for due in due_destinations(conn, now, busy, limit):
        id = take_again(conn, due.destination, now) or make_message(conn, due.destination, now, most)
        if id is not None:
            ids.append(id)
    return load_messages(conn, ids, titles or {})


def record_delivery(conn: Connection, delivery: Delivery) -> None:
    """Store the outcome of an attempt on the message, its rows, and in the list of its attempts.

    Raises StoreRefused if no such message is under way.
    """
    state = delivery.state.value
    changed: dict[str, Any] = {"state": state, "due_at": delivery.due_at, "last_text": delivery.text}
    if delivery.state is DeliveryState.DELIVERED:
        changed["delivered_at"] = delivery.at
    found = conn.execute(
        update(messages)
        .where(messages.c.id == delivery.message_id, messages.c.state == SENDING)
        .values(changed | {"unknown": or_(messages.c.unknown, literal(delivery.unknown))})
        .returning(messages.c.attempts)
    ).scalar()
    if found is None:
        raise StoreRefused(f"database: message {delivery.message_id}: it is not under way; please report this")
    attempt = {"message_id": delivery.message_id, "number": found, "at": delivery.at, "state": state}
    conn.execute(insert(attempts), attempt | {"text": delivery.text, "unknown": delivery.unknown})
    conn.execute(SET_ROWS, {"message": delivery.message_id, "state": state, "reason": delivery.text})


def recover_sending(conn: Connection, now: datetime) -> int:
    """After a crash: what was being sent may have arrived, and is sent again with the same id. Counts messages."""
    ids = list(conn.execute(select(messages.c.id).where(messages.c.state == SENDING)).scalars())
    text = "we stopped while this was being sent: it may have arrived"
    for id in ids:
        record_delivery(conn, Delivery(id, DeliveryState.WAITING, now, now, text, unknown=True))
    return len(ids)


def next_delivery_due(conn: Connection, busy: frozenset[DestinationKey] = frozenset()) -> datetime | None:
    """When the next message is due, fresh or again, besides those for `busy` ones; None where nothing waits."""
    first = due_destinations(conn, None, busy, 1)
    return first[0].at if first else None


def stop_collecting(conn: Connection, now: datetime) -> int:
    """Let what waits to be collected with others go now. Counts outbox rows."""
    rows = update(outbox).where(FRESH, outbox.c.early, outbox.c.due_at > now)
    return conn.execute(rows.values(due_at=now)).rowcount


def drop_receivers(conn: Connection, kept: frozenset[ReceiverName], now: datetime) -> int:
    """Drop what waits for receivers that left the watchlist, saying so. Counts outbox rows."""
    return _drop(conn, messages.c.receiver.not_in(kept), outbox.c.receiver.not_in(kept), now)


def release_held(conn: Connection, receiver: ReceiverName, now: datetime) -> int:
    """Let a receiver's held rows go out now. Counts them."""
    rows = update(outbox).where(outbox.c.receiver == receiver, outbox.c.state == HELD)
    return conn.execute(rows.values(state=WAITING, due_at=now, reason="")).rowcount


def _alert_values(row: NewAlert) -> dict[str, Any]:
    return {
        "entry_id": row.entry_id,
        "receiver": row.receiver,
        "route": row.route,
        "priority": int(row.priority),
        "reason": row.reason,
        "older": row.older,
        "topics": list_text(row.topics),
        "at": row.at,
    }


def _notice_values(draft: NoticeDraft) -> dict[str, Any]:
    return {"kind": draft.kind, "subject": draft.subject, "text": draft.text, "since": draft.since}


def _tell(conn: Connection, id: int, destinations: Destinations, due_at: datetime) -> None:
    rows = [
        {
            "notice_id": id,
            "destination": destination,
            "receiver": receiver,
            "state": WAITING,
            "collect": True,
            "early": True,
            "due_at": due_at,
            "reason": "",
            "at": due_at,
        }
        for receiver, destination in destinations
    ]
    if rows:
        conn.execute(_NEW_ROWS, rows)


def _drop(conn: Connection, of_messages: ColumnElement[bool], of_rows: ColumnElement[bool], now: datetime) -> int:
    """Rows that a message holds go with it, so that a message never stands in two states."""
    text = f"its receiver left the watchlist, {now:%Y-%m-%d %H:%M} UTC"
    gone = {"state": DeliveryState.DROPPED.value, "reason": text}
    ids = list(conn.execute(select(messages.c.id).where(messages.c.state == WAITING, of_messages)).scalars())
    dropped = 0
    for some in chunks(ids):
        final = update(messages).where(messages.c.id.in_(some))
        conn.execute(final.values(state=gone["state"], due_at=None, last_text=text))
        dropped += conn.execute(update(outbox).where(outbox.c.message_id.in_(some)).values(gone)).rowcount
    fresh = (FRESH | (outbox.c.state == HELD)) & of_rows
    return dropped + conn.execute(update(outbox).where(fresh).values(gone)).rowcount
