"""The campaign: kill the real daemon at seeded moments, start it again on its database, and compare at the end."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from random import Random

from tests.crash.compare import SERIAL, Outcome, Record, compare, serials
from tests.crash.traffic import TOPICS, Flapper, Publisher
from tests.world.daemon import run_command
from tests.world.moments import Moment, Seen
from tests.world.sinks import Arrival, Mood
from tests.world.world import PEOPLE, World

PATHS = ("/a", "/b", "/c")
DESTINATIONS = ("hook", *PEOPLE)
LONGEST_START = 60.0  # seconds from a start to the first poll, on a machine that has other things to do
LONGEST_WAIT = 60.0  # seconds for a moment to aim at
LONGEST_TAIL = 240.0  # a message that failed three times is tried again after two and a half minutes


class Phase(Enum):
    """What a kill is aimed at, as seen from outside."""

    TIMED = "some time after the start"
    SERVED = "a changed body was served"
    HELD = "a sink holds an answer"
    ANSWERED = "a sink has answered"


BUG = re.compile(r"Traceback|action=\w+[-_]bug\b|internal fault")
SEEN = {Phase.SERVED: Seen.NEWS, Phase.HELD: Seen.HELD, Phase.ANSWERED: Seen.ANSWERED}
# How long after the moment it is aimed at a kill comes, at most: seconds.
LONGEST_DELAY = {Phase.TIMED: 4.0, Phase.SERVED: 0.4, Phase.HELD: 0.15, Phase.ANSWERED: 0.03}


@dataclass(frozen=True, slots=True)
class Aim:
    """One kill as the seed drew it. delay: seconds after the moment it is aimed at."""

    phase: Phase
    delay: float


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill as it went. at: monotonic seconds, when all was settled; survivors: children that lived on.

    restart: seconds from the next start to its first poll; None where the next kill came before it.
    """

    aim: Aim
    at: float
    restarted: float
    restart: float | None
    survivors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A whole campaign. published: headlines that had to be told; faults: all of them, from wherever they come."""

    seed: int
    kills: tuple[Kill, ...]
    outcome: Outcome
    published: int
    arrived: int
    turns: Mapping[Mood, int]
    faults: tuple[str, ...]
    seconds: float


def draw_aims(seed: int, count: int) -> tuple[Aim, ...]:
    """Kills of every phase in turn, in seeded order and with seeded delays."""
    random = Random(f"kills {seed}")
    phases = [list(Phase)[number % len(Phase)] for number in range(count)]
    random.shuffle(phases)
    return tuple(Aim(phase, random.uniform(0, LONGEST_DELAY[phase])) for phase in phases)


def run_campaign(folder: Path, seed: int, aims: Sequence[Aim], *, failing_for: float) -> Result:
    """Run it in an empty folder, which has the database and the daemon's output (`said.log`) afterwards.

    failing_for: seconds in which sinks may fail, from the first news on.
    """
    began = time.monotonic()
    with World(folder) as world:
        publisher = Publisher([world.feeds.feed(path) for path in PATHS], seed)
        publisher.baseline()
        world.write(PATHS, TOPICS)
        world.daemon.start()
        world.daemon.says(rf"^{len(PATHS)} feeds answered in .*; 0 did not", within=LONGEST_START)
        flapper = Flapper([world.hook, world.mail], seed, failing_for=failing_for)
        publisher.thread.start()
        flapper.thread.start()
        kills = [_kill(world, aim) for aim in aims]
        flapper.calm()
        publisher.thread.finish()
        _come_to_rest(world, publisher)
        faults = _check_end(world)
        (folder / "said.log").write_text(world.daemon.output(), encoding="utf-8")
        record = _record(world, publisher, kills)
        timed = tuple(_with_restart(kills, world.moments.all()))
        outcome = compare(record)
        faults += _what_became_of({loss.serial for loss in outcome.losses}, world.daemon.database)
    faults += [f"kill {number}: {one} lived on" for number, kill in enumerate(kills, 1) for one in kill.survivors]
    return Result(
        seed=seed,
        kills=timed,
        outcome=outcome,
        published=len(publisher.wanted),
        arrived=len(record.arrivals),
        turns=flapper.turns,
        faults=(*faults, *outcome.faults),
        seconds=time.monotonic() - began,
    )


def _kill(world: World, aim: Aim) -> Kill:
    """Wait for the moment, kill, and start again once everything is recorded that the dead one had sent."""
    seen = SEEN.get(aim.phase)
    if seen is not None:
        try:
            before = len(world.moments)
            world.moments.wait_for_next(
                lambda one: one.seen is seen, after=before, within=LONGEST_WAIT, what=seen.value
            )
        except TimeoutError as error:
            raise TimeoutError(f"{error}\nThe daemon's last words:\n{world.daemon.output()[-3000:]}") from error
    threading.Event().wait(aim.delay)
    survivors = world.daemon.kill()
    world.settle()
    at = time.monotonic()
    return Kill(aim, at, world.daemon.start(), None, survivors)


def _come_to_rest(world: World, publisher: Publisher) -> None:
    """Wait until everything is told everywhere, or long enough; then until nothing comes any more."""
    missing = {(destination, serial) for destination in DESTINATIONS for serial in publisher.wanted}
    looked_at = 0

    def is_all_told(arrivals: tuple[Arrival, ...]) -> bool:
        nonlocal looked_at
        for arrival in arrivals[looked_at:]:
            missing.difference_update((arrival.destination, serial) for serial in serials(arrival))
        looked_at = len(arrivals)
        return not missing

    with suppress(TimeoutError):  # what is missing then is a loss, and compared as one
        world.arrivals.wait_until(is_all_told, within=LONGEST_TAIL, what="the last messages")
    for _ in range(20):
        if world.arrivals.quiet_for(2):
            return


def _check_end(world: World) -> list[str]:
    """An orderly stop, a ledger that balances, a sound file, and no traceback in all that was said."""
    faults: list[str] = []
    try:
        status = world.daemon.stop()
        faults += [] if status == 0 else [f"SIGTERM ended the daemon with {status}, not 0"]
    except subprocess.TimeoutExpired:
        faults.append("SIGTERM did not end the daemon within 20 s")
        world.daemon.abandon()
    book = run_command("ledger", "--database", world.daemon.url)
    if book.returncode != 0:
        faults.append(f"the ledger does not balance: {book.stdout[-2000:]}{book.stderr[-2000:]}")
    with closing(sqlite3.connect(world.daemon.database)) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
    faults += [] if sound == "ok" else [f"the database is not sound: {sound}"]
    said = world.daemon.said.all()
    faults += [f"the daemon said: {' | '.join(said[at : at + 30])}" for at, line in enumerate(said) if is_bug(line)]
    return faults


def _what_became_of(lost: set[str], file: Path) -> list[str]:
    """What the database knows of lost headlines, summed up: judged how, and their hits in which state."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute(
            "SELECT e.title, f.name, e.verdict, COALESCE(h.state, 'no hit') FROM entries AS e"
            " JOIN feeds AS f ON f.id = e.feed_id LEFT JOIN hits AS h ON h.entry_id = e.id"
        ).fetchall()
    known = {serial: tuple(rest) for title, *rest in rows for serial in SERIAL.findall(title)}
    became = Counter(known.get(serial, ("no feed", "never stored", "no hit")) for serial in lost)
    return [f"{count} lost headlines of {feed}: {verdict}; {state}" for (feed, verdict, state), count in became.items()]


def is_bug(line: str) -> bool:
    """Is this line of the daemon's output a fault of its own?"""
    return BUG.search(line) is not None


def _record(world: World, publisher: Publisher, kills: Sequence[Kill]) -> Record:
    return Record(
        wanted=publisher.wanted,
        unwanted=frozenset(publisher.unwanted),
        destinations=DESTINATIONS,
        arrivals=world.arrivals.all(),
        kills=tuple(kill.at for kill in kills),
    )


def _with_restart(kills: Sequence[Kill], moments: Sequence[Moment]) -> Iterator[Kill]:
    """Each kill with the time that its restart took to the first poll."""
    polls = [moment.at for moment in moments if moment.seen in (Seen.NEWS, Seen.SAME)]
    ends = [*(kill.at for kill in kills[1:]), float("inf")]
    for kill, end in zip(kills, ends, strict=True):
        first = next((at for at in polls if kill.restarted <= at < end), None)
        yield replace(kill, restart=first - kill.restarted if first is not None else None)
