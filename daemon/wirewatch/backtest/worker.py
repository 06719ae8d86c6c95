"""A worker process of a backtest: gets two watchlists and pages of entries, gives back its counts.

Imports the core alone, so that it starts soon and stays small.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any, Final

from wirewatch.core.backtest import Tally
from wirewatch.core.change import Candidate
from wirewatch.core.comparing import Comparison
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Feed, TopicKey

# An entry's fields, the feed, when it came, its noise. Plain tuples cross for a third of the cost of the values.
Plain = tuple[tuple[Any, ...], Feed, datetime | None, frozenset[TopicKey]]

_values: Final = attrgetter(*(field.name for field in fields(Entry)))


def serve(handle: int) -> None:
    """Compile, judge pages until None comes, give the counts. Ends quietly where the parent is gone.

    handle: our end of the pipe to the parent, as a file descriptor.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    with Connection(handle) as pipe:
        try:
            edit, show = pipe.recv()
            comparison, tally = Comparison.of(edit), Tally(show)
            while (page := pipe.recv()) is not None:
                for candidate in unpack(page):
                    tally.judge(candidate, comparison)
                pipe.send(None)
            pipe.send(tally)
        except (EOFError, ConnectionError):
            return


def pack(page: tuple[Candidate, ...]) -> list[Plain]:
    """A page as it goes through the pipe."""
    return [(_values(one.entry), one.feed, one.at, one.noise) for one in page]


def unpack(page: list[Plain]) -> Iterator[Candidate]:
    for values, feed, at, noise in page:
        yield Candidate(Entry(*values), feed, at, noise)
