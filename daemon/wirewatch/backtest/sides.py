"""Which two watchlists are compared: files, the one that runs, or a topic typed on the command line against nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wirewatch.config.load import load_from_snapshot, load_watchlist
from wirewatch.config.reading import SourceFile, read_file
from wirewatch.core.change import Edit
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError, ControlError
from wirewatch.explain.asked import topic_named
from wirewatch.store.database import Database
from wirewatch.store.snapshots import last_watchlist

TYPED: Final = "typed"  # the key of a topic that stands in no file
TYPED_FILE: Final = "command line"  # where its errors are said to be
_KEPT: Final = re.compile(r"kept:(\d{1,9})")
NONE_RUNS: Final = "backtest: no watchlist has run on this database yet; name the one to compare with: --before FILE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to compare. path: the watchlist; before, after: files in place of the running one and of it.

    topic: its key, to look at it alone. typed: keys of a topic that stands in no file, as a watchlist has them.
    """

    path: Path
    before: Path | None = None
    after: Path | None = None
    topic: str | None = None
    typed: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The two watchlists, and what to call them. live: the earlier one is what runs now."""

    edit: Edit
    before: str
    after: str
    live: bool = False


def choose(wanted: Wanted, kept: Callable[[int | None], Watchlist]) -> Compared:
    """The two watchlists that are meant. kept: gives the one of that number, or the one that runs; asked where needed.

    Raises ConfigError with every fault of a file, ControlError where what is asked for does not go together.
    """
    if wanted.typed is not None:
        return _typed(wanted, wanted.typed)
    path = wanted.after or wanted.path
    after = _named(path, kept)
    if wanted.before is None:
        before, name = kept(None), "the running watchlist"
    else:
        before, name = _named(wanted.before, kept), str(wanted.before)
    only = None
    if wanted.topic is not None:
        enabled = [topic for side in (after, before) for topic in side.topics if topic.enabled]
        only = topic_named(wanted.topic, enabled or after.topics)
    return Compared(Edit(before, after, only), name, str(path), live=wanted.before is None)


def _named(path: Path, kept: Callable[[int | None], Watchlist]) -> Watchlist:
    """A file, or `kept:3`, the kept watchlist of that number."""
    number = _KEPT.fullmatch(str(path))
    return kept(int(number[1])) if number else load_watchlist(path).watchlist


def kept_watchlist(database: Database, number: int | None = None) -> Watchlist:
    """The last good watchlist that the daemon keeps, or the one of that number.

    Raises ControlError where there is none, or none to be used.
    """
    with database.read() as conn:
        files = last_watchlist(conn, number)
    if files is None and number is None:
        raise ControlError(NONE_RUNS)
    if files is None:
        raise ControlError(f"backtest: there is no kept watchlist {number}; see: wirewatch backtest --kept")
    try:
        return load_from_snapshot(tuple(SourceFile(Path(name), content) for name, content in files)).watchlist
    except ConfigError as error:
        raise ControlError(
            f"backtest: that kept watchlist does not load in this version; name one with --before FILE:\n{error}"
        ) from error


def _typed(wanted: Wanted, typed: Mapping[str, object]) -> Compared:
    """The topic through the same checks as one of a file, among the feeds and routes of the watchlist."""
    if wanted.topic is not None or wanted.before is not None or wanted.after is not None:
        raise ControlError(
            "backtest: a topic typed here is compared with nothing; leave out --topic, --before, --after"
        )
    house = load_watchlist(wanted.path).watchlist
    place = wanted.path.parent / TYPED_FILE  # packs are looked for beside the watchlist
    text = json.dumps(
        {
            "topics": {TYPED: {"title": "The topic typed here", **typed}},
            "receivers": {"screen": {"console": True}},
            "routes": [{"to": ["screen"]}],
        },
        ensure_ascii=False,
    )
    made = load_watchlist(place, read=lambda path: text.encode() if path == place else read_file(path)).watchlist
    return Compared(
        Edit(replace(house, topics=(), packs=()), replace(house, topics=made.topics, packs=made.packs)),
        "nothing",
        "the topic typed here",
    )
