"""Clean-up: old entries go, with their hits, alerts and finished messages; what was seen stays, so that nothing comes
back as new. Never an entry that somebody still waits for. In batches, so that the writer is never held up for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, text

from wirewatch.core.model import DeliveryState
from wirewatch.store.rows import chunks
from wirewatch.store.tables import alerts, attempts, edits, entries, hits, messages, notices, outbox

_OPEN = (DeliveryState.WAITING.value, DeliveryState.HELD.value, DeliveryState.SENDING.value)
_AWAITED = (
    exists()
    .where(alerts.c.entry_id == entries.c.id, outbox.c.alert_id == alerts.c.id, outbox.c.state.in_(_OPEN))
    .correlate(entries)
)
_NOTICE_AWAITED = exists().where(outbox.c.notice_id == notices.c.id, outbox.c.state.in_(_OPEN)).correlate(notices)


def purge(conn: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` entries first seen before that time, oldest first, and as many closed notices.

    Returns how many entries went; fewer than `limit` means that no more are due.
    """
    old_notices = select(notices.c.id).where(notices.c.closed_at < before, ~_NOTICE_AWAITED).limit(limit)
    _delete_notices(conn, list(conn.execute(old_notices).scalars()))
    return _purge_oldest(conn, entries.c.first_seen < before, limit)


def purge_to_size(conn: Connection, most_bytes: int, limit: int) -> int:
    """Delete up to `limit` of the oldest entries if more than `most_bytes` are in use; returns how many went.

    Call it again, each time in a new transaction, until it returns 0.
    """
    used = used_bytes(conn)
    if used <= most_bytes:
        return 0
    kept: int = conn.execute(select(func.count()).select_from(entries)).scalar_one()
    # Not more than the excess is worth, or one batch could empty a small database.
    due = -(-kept * (used - most_bytes) // used)
    return _purge_oldest(conn, entries.c.id > 0, min(limit, due))


def used_bytes(conn: Connection) -> int:
    """Bytes that rows and indexes take. Space that purging freed is not counted: it is used again, but neither
    database gives it back to the disk at once, and purging by the files' size would never stop.
    """
    if conn.dialect.name == "sqlite":
        pages = [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in _PAGES]
        return int((pages[0] - pages[1]) * pages[2])
    whole: int = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    live: int = conn.execute(text(_LIVE_BYTES)).scalar_one()
    return min(whole, live)


_PAGES = ("page_count", "freelist_count", "page_size")
_PURGED = ("entries", "edits", "hits", "alerts", "outbox")
# What purging leaves alone counts by its files, what it shrinks by the rows themselves.
_LIVE_BYTES = "SELECT (SELECT pg_total_relation_size('seen') + pg_total_relation_size('marks'))" + "".join(
    f" + (SELECT coalesce(sum(pg_column_size(t.*)), 0) FROM {table} t)" for table in _PURGED
)


def _purge_oldest(conn: Connection, which: ColumnElement[bool], limit: int) -> int:
    oldest = select(entries.c.id).where(which, ~_AWAITED).order_by(entries.c.first_seen, entries.c.id).limit(limit)
    ids = list(conn.execute(oldest).scalars())
    for some in chunks(ids):
        alert_ids = list(conn.execute(select(alerts.c.id).where(alerts.c.entry_id.in_(some))).scalars())
        for part in chunks(alert_ids):
            _delete_outbox(conn, outbox.c.alert_id.in_(part))
            conn.execute(delete(alerts).where(alerts.c.id.in_(part)))
        for table in (hits, edits):
            conn.execute(delete(table).where(table.c.entry_id.in_(some)))
        conn.execute(delete(entries).where(entries.c.id.in_(some)))
    return len(ids)


def _delete_notices(conn: Connection, ids: Sequence[int]) -> None:
    for some in chunks(ids):
        _delete_outbox(conn, outbox.c.notice_id.in_(some))
        conn.execute(delete(notices).where(notices.c.id.in_(some)))


def _delete_outbox(conn: Connection, which: ColumnElement[bool]) -> None:
    """Delete outbox rows, and the messages that held nothing else."""
    sent_in: list[Any] = list(conn.execute(select(outbox.c.message_id).where(which).distinct()).scalars())
    conn.execute(delete(outbox).where(which))
    for some in chunks([id for id in sent_in if id is not None]):
        empty = ~exists().where(outbox.c.message_id == messages.c.id).correlate(messages)
        gone = list(conn.execute(select(messages.c.id).where(messages.c.id.in_(some), empty)).scalars())
        conn.execute(delete(attempts).where(attempts.c.message_id.in_(gone)))
        conn.execute(delete(messages).where(messages.c.id.in_(gone)))
