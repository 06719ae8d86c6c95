"""What goes on while the daemon is killed: entries are published and edited, and the sinks change their moods.

Both draw from a random source of their own, so that a seed gives the same script whatever the threads do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.world.feeds import Item, ScriptedFeed
from tests.world.sinks import Mood, Sink

TOPICS: dict[str, Any] = {"north-korea": {"title": "North Korea", "any": ["North Korea"]}}
NEWS = ("North Korea opens a border crossing", "Envoy returns from North Korea", "North Korea counts its harvest")
OTHER = ("A river rises in the south", "Football: the cup goes north", "Grain prices fall again")
FAILING = (Mood.BUSY, Mood.RESET, Mood.DOWN)


class Recurring:
    """Does one step again and again, with seeded pauses (from, to; seconds), until told to stop."""

    def __init__(self, step: Callable[[], None], pauses: tuple[float, float], random: Random) -> None:
        self._step, self._pauses, self._random = step, pauses, random
        self._end = threading.Event()
        self._threads = ThreadPoolExecutor(1)

    def start(self) -> None:
        self._running = self._threads.submit(self._run)

    def finish(self) -> None:
        """Stop it; raises what went wrong in it."""
        self._end.set()
        self._running.result(15)
        self._threads.shutdown()

    def _run(self) -> None:
        while not self._end.wait(self._random.uniform(*self._pauses)):
            self._step()


class Publisher:
    """Publishes numbered headlines; knows which of them must be told (with the time) and which must not."""

    def __init__(self, feeds: Sequence[ScriptedFeed], seed: int) -> None:
        self.wanted: dict[str, float] = {}
        self.unwanted: set[str] = set()
        self._feeds = feeds
        self._random = Random(f"publisher {seed}")
        self._shown: list[tuple[ScriptedFeed, str, str]] = []  # feed, serial, headline: what may be edited
        self._count = 0
        self._began, self._zero = datetime.now(UTC), time.monotonic()
        self.thread = Recurring(self.step, (0.15, 0.45), Random(f"pace {seed}"))

    def baseline(self) -> None:
        """One entry a feed that stood there before we watched: it fits, and nobody may be told of it."""
        for feed in self._feeds:
            self._publish(feed, "North Korea before we watched", told=False)
        self._shown.clear()

    def step(self) -> None:
        """One new entry, or now and then an edit of a late one."""
        if self._shown and self._random.random() < 0.15:
            self._edit(*self._random.choice(self._shown[-20:]))
            return
        told = self._random.random() < 0.6
        self._publish(self._random.choice(self._feeds), self._random.choice(NEWS if told else OTHER), told=told)

    def _publish(self, feed: ScriptedFeed, headline: str, *, told: bool) -> None:
        self._count += 1
        serial = f"R{self._count:05}"
        # Noted before it is published: a daemon that is quick must not be ahead of the books.
        if told:
            self.wanted[serial] = time.monotonic()
        else:
            self.unwanted.add(serial)
        self._shown.append((feed, serial, headline))
        # Dates grow even where the machine's clock is set back: entries that look old en masse are held, by design.
        published = self._began + timedelta(seconds=time.monotonic() - self._zero)
        feed.publish(Item(serial, f"{headline}, {serial}", f"Report {serial}, as it came.", published))

    def _edit(self, feed: ScriptedFeed, serial: str, headline: str) -> None:
        """Another wording. What was told is not told again; what did not fit may fit now, and is told then."""
        if serial in self.unwanted and self._random.random() < 0.5:
            self.unwanted.discard(serial)
            self.wanted[serial] = time.monotonic()
            headline = self._random.choice(NEWS)
        self._shown = [(*one[:2], headline) if one[1] == serial else one for one in self._shown]
        feed.edit(serial, f"{headline}, {serial}, wording {self._random.randrange(10_000)}")


class Flapper:
    """Turns the sinks' moods. Failing ones come only for a while: what fails once waits half a minute or more."""

    def __init__(self, sinks: Sequence[Sink], seed: int, *, failing_for: float) -> None:
        self._sinks = sinks
        self._random = Random(f"flapper {seed}")
        self._until = time.monotonic() + failing_for
        self.turns: dict[Mood, int] = {}
        self.thread = Recurring(self.step, (0.2, 1.2), Random(f"flaps {seed}"))

    def step(self) -> None:
        moods = [Mood.TAKE, Mood.TAKE, Mood.HOLD]
        if time.monotonic() < self._until:
            moods.append(self._random.choice(FAILING))
        mood = self._random.choice(moods)
        self.turns[mood] = self.turns.get(mood, 0) + 1
        self._random.choice(self._sinks).turn(mood)

    def calm(self) -> None:
        """The end of the unrest: all sinks take what comes."""
        self.thread.finish()
        for sink in self._sinks:
            sink.turn(Mood.TAKE)
