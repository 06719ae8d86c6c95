"""Feeds and sites: what the watchlist names, who may poll it, what polls leave behind.

A site's `due_at` is that of its first due feed, or the end of the lease that runs: a lease that is never given back
makes it due again by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from wirewatch.core.model import FeedId, FeedState, SiteLease
from wirewatch.core.watchlist import Feed
from wirewatch.store.rows import chunks, feed_state, state_values
from wirewatch.store.tables import feeds, sites


@dataclass(frozen=True, slots=True)
class SiteFence:
    """Under which lease a feed was polled."""

    site_id: int
    fence: int


# When the first feed of a site is due.
_FIRST_DUE = select(func.min(feeds.c.due_at)).where(feeds.c.site_id == sites.c.id, feeds.c.enabled).scalar_subquery()
# Locked in one order, so that two nodes never wait for each other.
_FENCES = (
    select(sites.c.id, sites.c.fence)
    .where(sites.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(sites.c.id)
    .with_for_update()
)
# What these two set stands in their parameters.
_SAVE_STATE = update(feeds).where(feeds.c.id == bindparam("feed_id"))
_SET_SITE = update(sites).where(sites.c.id == bindparam("row"))
_RELEASE = (
    update(sites)
    .where(sites.c.id == bindparam("site"), sites.c.fence == bindparam("held"))
    .values(due_at=_FIRST_DUE, lease_until=None, owner=None)
)
_FREE = update(sites).values(due_at=_FIRST_DUE, lease_until=None, owner=None)


def sync_feeds(
    conn: Connection, listed: Sequence[Feed], site_of: Callable[[str], str], now: datetime, today: date | None = None
) -> Mapping[str, FeedId]:
    """Make the rows agree with the watchlist; a feed that left it is kept, disabled, with all it remembers.

    site_of: registrable domain of an address. today: in the watchlist's zone; without it `until` is not looked at.
    Returns the ids of the feeds that are polled from now on, by address.
    """
    _move_renamed(conn, listed)
    known = {row.url: row for row in conn.execute(select(feeds.c.id, feeds.c.url, feeds.c.enabled))}
    site_ids = _site_ids(conn, {site_of(feed.url) for feed in listed})
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for feed in listed:
        values = _display(feed) | {"site_id": site_ids[site_of(feed.url)], "enabled": _is_polled(feed, today)}
        if (row := known.get(feed.url)) is None:
            new.append({"url": feed.url, "due_at": now, "due_reason": "new in the watchlist", "failures": 0} | values)
        else:
            changed.append({"feed_id": row.id} | values)
    if new:
        conn.execute(insert(feeds), new)
    if changed:
        conn.execute(_SAVE_STATE, changed)
    _disable_gone(conn, {feed.url for feed in listed}, known)
    _wake(conn, [feed.url for feed in listed if feed.url in known and not known[feed.url].enabled], now)
    conn.execute(_FREE.where(sites.c.lease_until.is_(None)))
    return {row.url: FeedId(row.id) for row in conn.execute(select(feeds.c.id, feeds.c.url).where(feeds.c.enabled))}


def claim_sites(conn: Connection, now: datetime, owner: str, lease: timedelta, limit: int) -> tuple[SiteLease, ...]:
    """Take the right to poll up to `limit` due sites; each comes with its due, enabled feeds (at least one)."""
    due = (
        select(sites.c.id, sites.c.name, sites.c.fence)
        .where(sites.c.due_at <= now)
        .order_by(sites.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = conn.execute(due).all()
    if not taken:
        return ()
    until = now + lease
    held = {"due_at": until, "lease_until": until, "owner": owner}
    conn.execute(_SET_SITE, [{"row": row.id, "fence": row.fence + 1} | held for row in taken])
    waiting: defaultdict[int, list[FeedState]] = defaultdict(list)
    for ids in chunks([row.id for row in taken]):
        found = select(feeds).where(feeds.c.site_id.in_(ids), feeds.c.enabled, feeds.c.due_at <= now)
        for row in conn.execute(found.order_by(feeds.c.due_at, feeds.c.id)):
            waiting[row.site_id].append(feed_state(row))
    leases = tuple(SiteLease(row.id, row.name, row.fence + 1, until, tuple(waiting[row.id])) for row in taken)
    # A site whose feeds were all disabled meanwhile is due for nothing.
    release_sites(conn, [SiteFence(one.site_id, one.fence) for one in leases if not one.feeds])
    return tuple(one for one in leases if one.feeds)


def save_feed_states(conn: Connection, polls: Sequence[tuple[SiteFence, FeedState]]) -> frozenset[FeedId]:
    """Save what polls left on their feeds, in one go; returns those whose lease was lost: they are not saved."""
    held: dict[int, int] = {}
    for ids in chunks(sorted({fence.site_id for fence, _ in polls})):
        held.update((row.id, row.fence) for row in conn.execute(_FENCES, {"ids": ids}))
    good = [state_values(state) for fence, state in polls if held.get(fence.site_id) == fence.fence]
    if good:
        conn.execute(_SAVE_STATE, good)
    return frozenset(state.id for fence, state in polls if held.get(fence.site_id) != fence.fence)


def release_sites(conn: Connection, fences: Sequence[SiteFence]) -> None:
    """Give leases back; each site is due again with its first due feed. Lost leases stay with their new holder."""
    if fences:
        conn.execute(_RELEASE, [{"site": fence.site_id, "held": fence.fence} for fence in fences])


def free_leases(conn: Connection, now: datetime) -> int:
    """End every lease: at a start under the instance lock, when none of them can be anybody's. Counts them."""
    return conn.execute(_FREE.where(sites.c.lease_until.is_not(None))).rowcount


def next_poll_due(conn: Connection) -> datetime | None:
    """When the next site is due; None where nothing is watched."""
    due: datetime | None = conn.execute(select(func.min(sites.c.due_at))).scalar()
    return due


def poke(conn: Connection, ids: Sequence[FeedId], now: datetime) -> None:
    """Make feeds due now; those out on a poll get theirs when it ends."""
    for some in chunks(ids):
        conn.execute(update(feeds).where(feeds.c.id.in_(some)).values(due_at=now, due_reason="asked for"))
        of_them = select(feeds.c.site_id).where(feeds.c.id.in_(some), feeds.c.enabled)
        conn.execute(update(sites).where(sites.c.id.in_(of_them), sites.c.lease_until.is_(None)).values(due_at=now))


def _display(feed: Feed) -> dict[str, Any]:
    kind = None if feed.kind is None else feed.kind.value
    return {"name": feed.name, "outlet": feed.outlet or feed.name, "kind": kind, "lang": feed.lang}


def _is_polled(feed: Feed, today: date | None) -> bool:
    return feed.enabled and (feed.until is None or today is None or today <= feed.until)


def _move_renamed(conn: Connection, listed: Sequence[Feed]) -> None:
    """`was: OLD` moves a feed's memory to its new address. Validators stay behind: they are the old server's."""
    urls = {feed.url for feed in listed}
    for feed in listed:
        if feed.was is None or feed.was in urls:
            continue
        if conn.execute(select(feeds.c.id).where(feeds.c.url == feed.url)).first() is None:
            fresh = {"url": feed.url, "etag": None, "last_modified": None, "body_digest": None, "full_at": None}
            conn.execute(update(feeds).where(feeds.c.url == feed.was).values(fresh))


def _site_ids(conn: Connection, names: set[str]) -> dict[str, int]:
    known = {row.name: row.id for row in conn.execute(select(sites.c.id, sites.c.name))}
    if missing := sorted(names - known.keys()):
        conn.execute(insert(sites), [{"name": name, "fence": 0} for name in missing])
        known = {row.name: row.id for row in conn.execute(select(sites.c.id, sites.c.name))}
    return known


def _disable_gone(conn: Connection, urls: set[str], known: Mapping[str, Any]) -> None:
    for ids in chunks([row.id for url, row in known.items() if url not in urls and row.enabled]):
        conn.execute(update(feeds).where(feeds.c.id.in_(ids)).values(enabled=False))


def _wake(conn: Connection, urls: Sequence[str], now: datetime) -> None:
    for some in chunks(urls):
        conn.execute(
            update(feeds)
            .where(feeds.c.url.in_(some), feeds.c.enabled)
            .values(due_at=now, due_reason="back in the watchlist")
        )
