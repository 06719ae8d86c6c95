"""The proof that nothing is lost: every entry, hit, alert and message counted by its state, and the sums compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, func, select, text

from wirewatch.core.model import DeliveryState, HitState
from wirewatch.store.tables import alerts, entries, hits, marks, messages, outbox


@dataclass(frozen=True, slots=True)
class Ledger:
    """All counts are of one moment. seen: entries ever recognised; entries, hits: those still kept.

    waiting_first, waiting_again: outbox rows that were never tried, and those whose message is to be tried again.
    faults: sentences about what does not add up; empty when all is well.
    """

    seen: int
    entries: Mapping[str, int]  # by verdict
    hits: Mapping[HitState, int]
    alerts: int
    outbox: Mapping[DeliveryState, int]
    waiting_first: int
    waiting_again: int
    messages: Mapping[DeliveryState, int]
    faults: tuple[str, ...]


# What must be 0, and what it means if it is not. Plain SQL that both databases read; a topic key inside a JSON list
# is found by taking it out and seeing whether the list changed (LIKE would read "_" as any letter).
INVARIANTS: Mapping[str, str] = {
    "entries without the mark that outlives them": (
        "SELECT count(*) FROM entries e WHERE NOT EXISTS (SELECT 1 FROM marks m WHERE m.entry_id = e.id)"
    ),
    "keys of entries that were never marked": (
        "SELECT count(*) FROM seen s WHERE NOT EXISTS (SELECT 1 FROM marks m WHERE m.entry_id = s.entry_id)"
    ),
    "hits whose topic their entry's mark does not remember": (
        "SELECT count(*) FROM hits h JOIN marks m ON m.entry_id = h.entry_id"
        """ WHERE replace(m.topics, '"' || h.topic || '"', '') = m.topics"""
    ),
    "hits that became an alert, but no alert names them": (
        "SELECT count(*) FROM hits h WHERE h.state = 'alerted' AND NOT EXISTS (SELECT 1 FROM alerts a"
        """ WHERE a.entry_id = h.entry_id AND replace(a.topics, '"' || h.topic || '"', '') <> a.topics)"""
    ),
    "alerts of entries without a hit": (
        "SELECT count(*) FROM alerts a WHERE NOT EXISTS (SELECT 1 FROM hits h WHERE h.entry_id = a.entry_id)"
    ),
    "alerts that go to no destination": (
        "SELECT count(*) FROM alerts a WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert_id = a.id)"
    ),
    "outbox rows of neither an alert nor a notice": (
        "SELECT count(*) FROM outbox WHERE (alert_id IS NULL) = (notice_id IS NULL)"
    ),
    "outbox rows that are being sent, delivered or given up without a message": (
        "SELECT count(*) FROM outbox"
        " WHERE message_id IS NULL AND state NOT IN ('waiting', 'held', 'dropped', 'silenced')"
    ),
    "outbox rows in another state than their message": (
        "SELECT count(*) FROM outbox o JOIN messages m ON m.id = o.message_id WHERE o.state <> m.state"
    ),
    "messages about nothing": (
        "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = m.id)"
    ),
    "messages that wait without a time": "SELECT count(*) FROM messages WHERE state = 'waiting' AND due_at IS NULL",
    "delivered messages without the attempt that delivered them": (
        "SELECT count(*) FROM messages m WHERE m.state = 'delivered' AND NOT EXISTS"
        " (SELECT 1 FROM attempts t WHERE t.message_id = m.id AND t.state = 'delivered')"
    ),
    "entries told twice to one destination for the same topics": (
        "SELECT count(*) FROM (SELECT 1 FROM outbox o JOIN alerts a ON a.id = o.alert_id"
        " GROUP BY a.entry_id, o.destination, a.topics HAVING count(*) > 1) AS twice"
    ),
}


def ledger(conn: Connection) -> Ledger:
    """Count and compare, on one read transaction."""
    rows = {DeliveryState(state): count for state, count in _by(conn, outbox.c.state).items()}
    is_first = (outbox.c.state == DeliveryState.WAITING.value) & outbox.c.message_id.is_(None)
    first: int = conn.execute(select(func.count()).select_from(outbox).where(is_first)).scalar_one()
    return Ledger(
        seen=_count(conn, marks),
        entries=_by(conn, entries.c.verdict),
        hits={HitState(state): count for state, count in _by(conn, hits.c.state).items()},
        alerts=_count(conn, alerts),
        outbox=rows,
        waiting_first=first,
        waiting_again=rows.get(DeliveryState.WAITING, 0) - first,
        messages={DeliveryState(state): count for state, count in _by(conn, messages.c.state).items()},
        faults=tuple(_faults(conn)),
    )


def _faults(conn: Connection) -> list[str]:
    counted = {what: conn.execute(text(sql)).scalar_one() for what, sql in INVARIANTS.items()}
    return [f"{count} {what}" for what, count in counted.items() if count]


def _by(conn: Connection, column: Column[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(select(column, func.count()).group_by(column).order_by(column))}


def _count(conn: Connection, table: Table) -> int:
    count: int = conn.execute(select(func.count()).select_from(table)).scalar_one()
    return count
