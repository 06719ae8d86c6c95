"""Who does the work that only one node may do (digests, notices): a lease that others take over when it runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from wirewatch.store.rows import inserts
from wirewatch.store.tables import leader

_FIRST = inserts(leader, lambda new: new.on_conflict_do_nothing().returning(leader.c.fence))


def take_lead(conn: Connection, role: str, owner: str, now: datetime, lease: timedelta) -> int | None:
    """Take or prolong the lead in a role; None while another owner's lease runs.

    Returns the fence: it grows with each change of owner, and work under an older one must be refused.
    """
    fresh = {"role": role, "owner": owner, "lease_until": now + lease, "fence": 1}
    if (first := conn.execute(_FIRST[conn.dialect.name], fresh).scalar()) is not None:
        return int(first)
    held = conn.execute(select(leader).where(leader.c.role == role).with_for_update()).one()
    if held.owner != owner and held.lease_until > now:
        return None
    fence: int = held.fence if held.owner == owner else held.fence + 1
    conn.execute(update(leader).where(leader.c.role == role).values(owner=owner, lease_until=now + lease, fence=fence))
    return fence
