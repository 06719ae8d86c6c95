"""Storing one poll, in the writer's transaction: the feed's memory, entries, hits, alerts, notices. All or nothing.

Order decides here (was this link told already?), so it runs one poll after the other in the writer's one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from wirewatch.core.effects import EditedEntry, NewEntry, NoticeDraft, PollPlan
from wirewatch.core.model import DestinationKey, EntryId, Hit, HitState
from wirewatch.core.plan import place
from wirewatch.core.routing import Spent, machine_receivers
from wirewatch.core.watchlist import Feed, ReceiverName, Route, TopicKey
from wirewatch.errors import WirewatchError
from wirewatch.live import Live
from wirewatch.store.again import feed_id, held_entries, set_released
from wirewatch.store.database import Connection
from wirewatch.store.entries import add_keys, save_edits, save_entries, save_hits
from wirewatch.store.feeds import SiteFence, save_feed_states
from wirewatch.store.outbox import add_alerts, close_notice, open_notice, spent_since, told_of_link

# The same link in another feed of the house, or of another one, is the same report for this long.
SAME_LINK_FOR = timedelta(days=30)
# Notices of one moment (a network that fails takes many feeds with it) go out as one message.
COLLECT_NOTICES = timedelta(minutes=1)
BUDGET_HOUR = timedelta(hours=1)


class LeaseLost(WirewatchError):
    """Another node polled this site meanwhile: its effects stand, ours are dropped."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a stored poll came to: counts, and the notices that begin or end an episode with it."""

    new: int
    edited: int
    hits: int
    alerts: int
    told: tuple[NoticeDraft, ...]


def save_plan(conn: Connection, plan: PollPlan, feed: Feed, live: Live, now: datetime) -> Saved:
    """Store all effects of one poll. Raises LeaseLost (and stores nothing) where the fence has moved on."""
    if save_feed_states(conn, [(SiteFence(plan.site_id, plan.fence), plan.state)]):
        raise LeaseLost(f"{feed.name}: polled by another node meanwhile; its result stands")
    ids = save_entries(conn, plan.feed_id, plan.new)
    save_edits(conn, plan.feed_id, plan.edited)
    for again in plan.again:
        add_keys(conn, plan.feed_id, again.id, again.keys)
    entries: list[tuple[EntryId, NewEntry | EditedEntry]] = [
        *zip(ids, plan.new, strict=True),
        *((edited.id, edited) for edited in plan.edited),
    ]
    hits, alerts = place_entries(conn, [(id, entry) for id, entry in entries if entry.hits], feed, live, now)
    told = tuple(notice for notice in plan.notices if tell_operator(conn, notice, live, now))
    return Saved(len(plan.new), len(plan.edited), hits, alerts, told)


def place_entries(
    conn: Connection, entries: Sequence[tuple[EntryId, NewEntry | EditedEntry]], feed: Feed, live: Live, now: datetime
) -> tuple[int, int]:
    """Place entries with hits, one after the other: each sees what the one before it told. Counts hits and alerts."""
    hits = alerts = 0
    for entry_id, entry in entries:
        told: dict[ReceiverName, frozenset[TopicKey]] = {}
        if entry.link_key is not None and any(new.state is None for new in entry.hits):
            told = told_of_link(conn, entry.link_key, now - SAME_LINK_FOR, besides=entry_id)
        placement = place(entry_id, entry, feed, live.desk, told, partial(_spent, conn, entry.seen_at))
        rows: list[tuple[EntryId, Hit, HitState, datetime]] = [
            (entry_id, new.hit, state, entry.seen_at) for new, state in zip(entry.hits, placement.states, strict=True)
        ]
        save_hits(conn, rows)
        add_alerts(conn, placement.alerts)
        hits += len(rows)
        alerts += len(placement.alerts)
    return hits, alerts


def release_feed(conn: Connection, feed: Feed, live: Live, now: datetime) -> int:
    """Place the held entries of a feed that looked rebuilt as if they came now. Counts entries."""
    id = feed_id(conn, feed.url)
    held = held_entries(conn, id, now) if id is not None else ()
    for one in held:
        told: dict[ReceiverName, frozenset[TopicKey]] = {}
        if one.entry.link_key is not None:
            told = told_of_link(conn, one.entry.link_key, now - SAME_LINK_FOR, besides=one.id)
        placement = place(one.id, one.entry, feed, live.desk, told, partial(_spent, conn, one.entry.seen_at))
        topics = [new.hit.topic for new in one.entry.hits]
        set_released(conn, one.id, list(zip(topics, placement.states, strict=True)), now)
        add_alerts(conn, placement.alerts)
    if held:
        tell_operator(conn, NoticeDraft("rebuild", feed.name, "", now, open=False), live, now)
    return len(held)


def _spent(conn: Connection, now: datetime, route: Route, name: ReceiverName) -> Spent | None:
    """What the route told this receiver at once in the last hour."""
    number, first = spent_since(conn, route.number, name, now - BUDGET_HOUR)
    return Spent(number, first + BUDGET_HOUR) if first is not None else None


def tell_operator(conn: Connection, draft: NoticeDraft, live: Live, now: datetime) -> bool:
    """Open or close an episode; True if it is told now (for the first time, or for the last)."""
    if not draft.open:
        return close_notice(conn, draft, notice_destinations(live), now + COLLECT_NOTICES)
    return open_notice(conn, draft, notice_destinations(live), now + COLLECT_NOTICES)


def notice_destinations(live: Live) -> tuple[tuple[ReceiverName, DestinationKey], ...]:
    """Where the operator's notices go, each destination once; empty: to the log alone."""
    found: dict[DestinationKey, ReceiverName] = {}
    for name in machine_receivers(live.watchlist):
        for key in live.desk.destinations.get(name, ()):
            found.setdefault(key, name)
    return tuple((name, key) for key, name in found.items())
