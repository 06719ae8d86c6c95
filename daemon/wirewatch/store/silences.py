"""Silences, and what they keep back: rows and messages that were about to go and are told to nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from wirewatch.core.model import DeliveryState
from wirewatch.core.silencing import Silence, silenced_by
from wirewatch.core.watchlist import TopicKey
from wirewatch.store.messages import FRESH, SET_ROWS, WAITING
from wirewatch.store.rows import chunks, topic_set
from wirewatch.store.tables import alerts, messages, outbox
from wirewatch.store.tables import silences as table

SILENCED = DeliveryState.SILENCED.value


def add_silence(conn: Connection, topic: TopicKey, since: datetime, until: datetime, because: str, by: str) -> Silence:
    """Keep a topic quiet. One that is in force for it is lifted: the new one stands in its place."""
    lift_silences(conn, topic, since)
    values = {"topic": topic, "since": since, "until_at": until, "because": because, "asked_by": by}
    id = conn.execute(insert(table).returning(table.c.id), values).scalar_one()
    return Silence(int(id), topic, since, until, because, by)


def lift_silences(conn: Connection, topic: TopicKey, now: datetime) -> int:
    """End the silences of a topic; counts those that were in force."""
    in_force = (table.c.topic == topic, table.c.until_at > now, table.c.lifted_at.is_(None))
    return conn.execute(update(table).where(*in_force).values(lifted_at=now)).rowcount


def silences(conn: Connection, since: datetime) -> tuple[Silence, ...]:
    """Those that are in force or ended after `since`, newest first."""
    recent = (table.c.until_at > since, or_(table.c.lifted_at.is_(None), table.c.lifted_at > since))
    return tuple(_silence(row) for row in conn.execute(select(table).where(*recent).order_by(table.c.id.desc())))


def in_force(conn: Connection, now: datetime) -> tuple[Silence, ...]:
    """Those that keep something back at this moment."""
    wanted = (table.c.since <= now, table.c.until_at > now, table.c.lifted_at.is_(None))
    return tuple(_silence(row) for row in conn.execute(select(table).where(*wanted).order_by(table.c.id)))


def apply_silences(conn: Connection, now: datetime) -> int:
    """Keep back what is due now and silent: fresh rows, and messages all of whose alerts are silent. Counts rows.

    Notices are never silenced. What was kept back is final: it is shown, not sent later.
    """
    holding = in_force(conn, now)
    if not holding:
        return 0
    due = (
        select(outbox.c.id, outbox.c.message_id, outbox.c.alert_id, alerts.c.topics)
        .outerjoin(alerts, alerts.c.id == outbox.c.alert_id)
        .outerjoin(messages, messages.c.id == outbox.c.message_id)
        .where(outbox.c.state == WAITING)
        .where(or_(FRESH & (outbox.c.due_at <= now), (messages.c.state == WAITING) & (messages.c.due_at <= now)))
    )
    kept: defaultdict[str | None, dict[int, Silence | None]] = defaultdict(dict)
    for row in conn.execute(due):
        quiet = None if row.alert_id is None else silenced_by(topic_set(row.topics), holding, now)
        kept[row.message_id][row.id] = quiet
    fresh = {id: quiet for id, quiet in kept.pop(None, {}).items() if quiet is not None}
    return _silence_rows(conn, fresh) + sum(_silence_message(conn, str(id), rows) for id, rows in kept.items())


def _silence_rows(conn: Connection, rows: Mapping[int, Silence]) -> int:
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for id, silence in rows.items():
        by_reason[reason_of(silence)].append(id)
    for reason, ids in by_reason.items():
        for some in chunks(ids):
            silent = update(outbox).where(outbox.c.id.in_(some))
            conn.execute(silent.values(state=SILENCED, reason=reason))
    return len(rows)


def _silence_message(conn: Connection, id: str, rows: Mapping[int, Silence | None]) -> int:
    """A message that was tried before stays whole: it is kept back if all of it is silent."""
    silent: Sequence[Silence] = [one for one in rows.values() if one is not None]
    if len(silent) < len(rows):
        return 0
    reason = reason_of(max(silent, key=lambda one: one.until))
    final = update(messages).where(messages.c.id == id, messages.c.state == WAITING)
    if conn.execute(final.values(state=SILENCED, due_at=None, last_text=reason)).rowcount == 0:
        return 0
    conn.execute(SET_ROWS, {"message": id, "state": SILENCED, "reason": reason})
    return len(rows)


def reason_of(silence: Silence) -> str:
    """As `alerts` shows it."""
    by = f" by {silence.by}" if silence.by else ""
    return f"silenced until {silence.until:%Y-%m-%d %H:%M} UTC{by}: {silence.because}"


def _silence(row: Row[Any]) -> Silence:
    return Silence(row.id, TopicKey(row.topic), row.since, row.until_at, row.because, row.asked_by, row.lifted_at)
