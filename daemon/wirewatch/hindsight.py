"""What a live edit of the topics does to the last days: the entries in the database, judged by both watchlists.

Bounded, since the daemon does it while it watches; `wirewatch backtest` looks at all of them, and in detail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from wirewatch.core.backtest import effect_of
from wirewatch.core.change import Candidate, Effect
from wirewatch.core.watchlist import NO_FEED, Watchlist
from wirewatch.store.database import Database
from wirewatch.store.entries import KeptEntry, count_between, entries_between

LAST: Final = timedelta(days=7)
MOST: Final = 20_000  # entries; about five seconds of computing
PAGE: Final = 500


def looks_for_the_same(before: Watchlist, after: Watchlist) -> bool:
    """Do two watchlists have the same topics, however their lines moved?"""
    return _meaning(before) == _meaning(after)


def recent_effect(
    database: Database, before: Watchlist, after: Watchlist, now: datetime, *, most: int = MOST
) -> Effect:
    """Hits gained and lost over the last 7 days, or over the part of them that has at most so many entries.

    Raises StoreBusy, StoreError.
    """
    span = LAST
    with database.read() as conn:
        while count_between(conn, now - span, now) > most:
            span /= 2
    since = now - span
    return effect_of(before, after, _candidates(database, since, now), since=since, until=now, show=0)


def _candidates(database: Database, since: datetime, until: datetime) -> Iterator[Candidate]:
    last: KeptEntry | None = None
    while True:
        with database.read() as conn:
            page = entries_between(conn, since, until, last, PAGE)
        if not page:
            return
        last = page[-1]
        for kept in page:
            feed = replace(NO_FEED, name=kept.feed_url, url=kept.feed_url)
            yield Candidate(kept.entry, feed, kept.first_seen)


def _meaning(watchlist: Watchlist) -> object:
    """Topics and packs without the places and the order in which their rules stand."""
    return (
        {
            topic.key: (
                frozenset((rule.text, rule.beside) for rule in topic.any),
                [frozenset((rule.text, rule.beside) for rule in rules) for rules in topic.all],
                frozenset(rule.text for rule in topic.none),
                topic.query and topic.query.text,
                (topic.within, topic.scope, topic.least, topic.lang, topic.enabled),
            )
            for topic in watchlist.topics
        },
        {
            pack.key: (
                frozenset((name.beside, rule.text, rule.lang) for name in pack.names for rule in name.rules),
                frozenset(rule.text for rule in pack.none),
                frozenset(pack.include),
            )
            for pack in watchlist.packs
        },
    )
