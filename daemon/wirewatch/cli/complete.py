"""Names for the shell's completion, from the watchlist. A watchlist that cannot be read completes nothing."""

from __future__ import annotations

from wirewatch.cli.place import find_watchlist
from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError


def topic_names(incomplete: str) -> list[str]:
    return _starting(incomplete, [topic.key for topic in _watchlist().topics])


def receiver_names(incomplete: str) -> list[str]:
    return _starting(incomplete, [receiver.name for receiver in _watchlist().receivers])


def feed_names(incomplete: str) -> list[str]:
    return _starting(incomplete, [feed.name for feed in _watchlist().feeds])


def release_names(incomplete: str) -> list[str]:
    return receiver_names(incomplete) + feed_names(incomplete)


def _starting(incomplete: str, names: list[str]) -> list[str]:
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


def _watchlist() -> Watchlist:
    try:
        return load_watchlist(find_watchlist(None)).watchlist
    except ConfigError:  # the shell asks at every key press; `check` says what is wrong
        return Watchlist()
