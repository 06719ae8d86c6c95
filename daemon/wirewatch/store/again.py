"""What an operator lets go: messages that were given up, and hits of a feed that looked rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from wirewatch.core.effects import NewEntry, NewHit
from wirewatch.core.model import DeliveryState, EntryId, FeedId, Hit, HitState, Prominence, SeenKey, Via
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.messages import SET_ROWS, WAITING
from wirewatch.store.rows import chunks, entry_of, ranges
from wirewatch.store.tables import entries, feeds, hits, messages, notices

GIVEN_UP = DeliveryState.GIVEN_UP.value
RELEASED = "looked old when the feed seemed rebuilt: released by hand"


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry that was held with its feed; its hits are open again in `entry`."""

    id: EntryId
    entry: NewEntry


def retry_messages(
    conn: Connection, now: datetime, *, message: str | None = None, receiver: ReceiverName | None = None
) -> int:
    """Send given-up messages again and waiting ones now, under the same ids. Counts messages.

    The days after which a message is given up count anew from now. Notices about the given-up ones are closed.
    """
    wanted = select(messages.c.id).where(messages.c.state.in_((GIVEN_UP, WAITING)))
    if message is not None:
        wanted = wanted.where(messages.c.id == message)
    if receiver is not None:
        wanted = wanted.where(messages.c.receiver == receiver)
    ids = [str(id) for id in conn.execute(wanted).scalars()]
    for some in chunks(ids):
        again = update(messages).where(messages.c.id.in_(some))
        conn.execute(again.values(state=WAITING, due_at=now, created_at=now))
        for id in some:
            conn.execute(SET_ROWS, {"message": id, "state": WAITING, "reason": "sent again by hand"})
        told = (notices.c.kind == "given-up", notices.c.subject.in_(some), notices.c.closed_at.is_(None))
        conn.execute(update(notices).where(*told).values(closed_at=now))
    return len(ids)


def feed_id(conn: Connection, url: str) -> FeedId | None:
    """A feed's id by its address as the watchlist spells it; None if it was never watched."""
    id = conn.execute(select(feeds.c.id).where(feeds.c.url == url)).scalar()
    return None if id is None else FeedId(id)


def held_entries(conn: Connection, feed: FeedId, now: datetime) -> tuple[HeldEntry, ...]:
    """The entries of a feed that have held hits, oldest first, as if they came now."""
    held = (
        select(hits, entries)
        .join(entries, entries.c.id == hits.c.entry_id)
        .where(entries.c.feed_id == feed, hits.c.state == HitState.HELD.value)
        .order_by(entries.c.id, hits.c.id)
    )
    found: dict[EntryId, HeldEntry] = {}
    for row in conn.execute(held):
        id = EntryId(row.entry_id)
        hit = Hit(TopicKey(row.topic), (), row.sentence, ranges(row.marks), Prominence(row.prominence), row.why)
        before = found[id].entry.hits if id in found else ()
        link = None if row.link_key is None else SeenKey(row.link_key)
        entry = NewEntry(entry_of(row), (), None, link, Via(row.via), RELEASED, now, (*before, NewHit(hit)))
        found[id] = HeldEntry(id, entry)
    return tuple(found.values())


def set_released(conn: Connection, entry: EntryId, states: Sequence[tuple[TopicKey, HitState]], now: datetime) -> None:
    """Store what placing decided for held hits, and that the entry was released."""
    conn.execute(update(entries).where(entries.c.id == entry).values(verdict=RELEASED))
    for topic, state in states:
        of_it = (hits.c.entry_id == entry, hits.c.topic == topic, hits.c.state == HitState.HELD.value)
        conn.execute(update(hits).where(*of_it).values(state=state.value, at=now))
