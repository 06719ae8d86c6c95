"""The running watchlist with everything made from it, built whole and swapped whole; and the shared clockwork.

Loops ask for it anew at each step, so that a reload is live with the next poll and the next delivery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import DestinationKey
from wirewatch.core.routing import Desk
from wirewatch.core.watchlist import Feed, Settings, Watchlist
from wirewatch.notify.destinations import destinations
from wirewatch.notify.sender import Destination


@dataclass(frozen=True, slots=True)
class Live:
    """A watchlist ready to run. feeds: by address as written, those that are watched today."""

    watchlist: Watchlist
    feeds: Mapping[str, Feed]
    matcher: Matcher
    desk: Desk
    destinations: Mapping[DestinationKey, Destination]


def bring_to_life(watchlist: Watchlist, resolve: Callable[[str], str], today: date) -> Live:
    """Compile the topics and split the receivers into single destinations. today: in the watchlist's zone."""
    by_receiver = destinations(watchlist, resolve)
    return Live(
        watchlist=watchlist,
        feeds={feed.url: feed for feed in watchlist.feeds if is_watched(feed, today)},
        matcher=compile_topics(watchlist.topics, watchlist.packs),
        desk=Desk.of(
            watchlist,
            {name: tuple(one.key for one in found) for name, found in by_receiver.items()},
            {receiver.name: ZoneInfo(receiver.timezone) for receiver in watchlist.receivers},
        ),
        destinations={one.key: one for found in by_receiver.values() for one in found},
    )


def is_watched(feed: Feed, today: date) -> bool:
    """Is a feed polled on this day?"""
    return feed.enabled and (feed.until is None or today <= feed.until)


def today_of(watchlist: Watchlist, now: datetime) -> date:
    """The date on the watchlist's own calendar."""
    return now.astimezone(ZoneInfo(watchlist.settings.timezone)).date()


def network_of(settings: Settings) -> Settings:
    """The part of the settings that the client is built from."""
    rest = Settings()
    return replace(
        settings,
        name=rest.name,
        timezone=rest.timezone,
        database=rest.database,
        keep=rest.keep,
        keep_bytes=None,
        older_news=rest.older_news,
    )
