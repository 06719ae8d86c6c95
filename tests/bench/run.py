"""`make bench`: Wirewatch beside a plain script on the same loopback feeds, in one run. `--write-table` keeps it.

Both look at the same feeds, in turns, after a first load and a warm-up, so that a machine that drifts slows both.
Ends with 1 if an alert was missed, doubled or not asked for. Slow or large is printed, and ends with 0.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tests.bench.feeds import ENTRIES
from tests.bench.measure import Tree, Verdict, compare, processor
from tests.bench.ours import DaemonProcess
from tests.bench.script import ScriptProcess
from tests.bench.server import ServerProcess

FEEDS = 300
MANY_FEEDS = 1000
SITES = 30
SEED = 20261125
ROUNDS = 4  # of each kind, after the warm-up
STANDING = 10.0  # seconds of doing nothing
MOST_STEADY = 0.5  # of the script's CPU
MOST_IDLE = 1.0
MOST_MIB = 160.0
TABLE = Path(__file__).with_name("TABLE.md")


class Contestant(Protocol):
    """Who looks at all feeds once when told, and tells of planted entries."""

    tree: Tree

    def look(self, done: Callable[[], bool]) -> None: ...

    def alerts(self) -> list[str]: ...


@dataclass(slots=True)
class Course:
    """One contestant's CPU seconds by kind of round."""

    name: str
    contestant: Contestant
    costs: dict[str, list[float]] = field(default_factory=lambda: {"load": [], "steady": [], "idle": []})

    def run(self, kind: str, server: ServerProcess, feeds: int, planted: frozenset[str]) -> None:
        """One round. planted: what must have been told at its end, the rounds before included."""
        server.reset()
        before = self.contestant.tree.cpu_seconds()
        self.contestant.look(
            lambda: server.counts()["feeds"] == feeds and planted <= frozenset(self.contestant.alerts())
        )
        cost = self.contestant.tree.cpu_seconds() - before
        asked = server.counts()
        print(
            f"  {kind:6} {self.name:12} {cost:7.2f} s CPU  {asked['changed']} changed, {asked['unchanged']} unchanged"
        )
        if asked["requests"] != feeds:
            raise RuntimeError(
                f"bench: {self.name}: {asked['requests']} requests instead of {feeds}; is a round split?"
            )
        self.costs[kind].append(cost)

    def mean(self, kind: str) -> float:
        return sum(self.costs[kind]) / len(self.costs[kind])


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the daemon with MANY_FEEDS: proportional set sizes of its processes, the first one's first."""

    pss_bytes: tuple[int, ...]
    verdict: Verdict

    @property
    def mib(self) -> float:
        return sum(self.pss_bytes) / 2**20


@dataclass(frozen=True, slots=True)
class Race:
    """What came of the rounds. standing: CPU seconds a second of the daemon that has nothing to do."""

    script: Course
    lean: Course
    ours: Course
    verdicts: dict[str, Verdict]
    standing: float

    def ratio(self, kind: str) -> float:
        return self.ours.mean(kind) / self.script.mean(kind)


def race(folder: Path) -> Race:
    """Alternating rounds of all contestants on the same documents."""
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess(FEEDS, SITES, SEED))
        plain = stack.enter_context(ScriptProcess(_new(folder, "plain"), server.urls))
        slim = stack.enter_context(ScriptProcess(_new(folder, "lean"), server.urls, lean=True))
        daemon = stack.enter_context(DaemonProcess(_new(folder, "ours"), server.urls))
        loaded = daemon.load(lambda: server.counts()["feeds"] == FEEDS)
        script, lean, ours = Course("script", plain), Course("lean script", slim), Course("wirewatch", daemon)
        ours.costs["load"].append(loaded)
        for course in (script, lean):
            course.run("load", server, FEEDS, frozenset())
        planted: frozenset[str] = frozenset()
        for number, (kind, counted) in enumerate(_rounds()):
            planted |= server.advance(kind).keys()
            courses = (script, ours, lean) if number % 4 < 2 else (ours, script, lean)
            for course in courses:
                course.run(kind, server, FEEDS, planted)
                if not counted:
                    course.costs[kind].clear()
        verdicts = {course.name: compare(planted, course.contestant.alerts()) for course in (script, lean, ours)}
        return Race(script, lean, ours, verdicts, _standing(daemon.tree))


def weigh(folder: Path) -> Memory:
    """The daemon with MANY_FEEDS after the first load and one steady round."""
    with ServerProcess(MANY_FEEDS, SITES, SEED) as server, DaemonProcess(_new(folder, "many"), server.urls) as daemon:
        daemon.load(lambda: server.counts()["feeds"] == MANY_FEEDS)
        planted = frozenset(server.advance("steady"))
        Course("wirewatch", daemon).run("steady", server, MANY_FEEDS, planted)
        return Memory(daemon.tree.pss_bytes(), compare(planted, daemon.alerts()))


def table(race: Race, memory: Memory) -> str:
    """The result as Markdown."""
    return "\n".join((*_heading(), *_cpu_table(race), "", *_goals(race, memory), "", *_checks(race, memory), ""))


def _rounds() -> Iterator[tuple[str, bool]]:
    """Kind of round, and whether it counts (the first two warm up)."""
    for number in range(ROUNDS + 1):
        yield "steady", number > 0
        yield "idle", number > 0


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _standing(tree: Tree) -> float:
    before = tree.cpu_seconds()
    time.sleep(STANDING)
    return (tree.cpu_seconds() - before) / STANDING


def _heading() -> Iterator[str]:
    yield "# Speed and size beside a plain script"
    yield ""
    yield f"Made by `make bench` on {datetime.now(UTC):%d %B %Y}; {processor()}; Python {sys.version.split()[0]}."
    yield (
        f"{FEEDS} feeds of {ENTRIES} entries (about 65 kB each) on {SITES} loopback sites; a steady round gives news "
        f"to 10 % of them, an idle round to none. Means of {ROUNDS} rounds of each kind, in turns after a warm-up. "
        "CPU is user and system time of all processes; Wirewatch's rounds also hold its ticks until it is at rest. "
        "The script is `script.py` (requests, feedparser, 20 threads, ETags, SQLite), the lean one switches off "
        "feedparser's sanitizing and link resolution."
    )
    yield ""


def _cpu_table(race: Race) -> Iterator[str]:
    yield "| CPU seconds | script | lean script | wirewatch | wirewatch ÷ script | wirewatch, feeds per CPU second |"
    yield "|---|---:|---:|---:|---:|---:|"
    for kind, name in (("load", "first load"), ("steady", "steady round"), ("idle", "idle round")):
        means = " | ".join(f"{course.mean(kind):.2f}" for course in (race.script, race.lean, race.ours))
        yield f"| {name} | {means} | {race.ratio(kind):.2f} | {FEEDS / race.ours.mean(kind):.0f} |"


def _goals(race: Race, memory: Memory) -> Iterator[str]:
    steady, idle = race.ratio("steady"), race.ratio("idle")
    parent, *children = (f"{size / 2**20:.0f}" for size in memory.pss_bytes)
    yield f"- Steady round, at most {MOST_STEADY} × the script's CPU: {steady:.2f}, {_met(steady <= MOST_STEADY)}."
    yield f"- Idle round, at most {MOST_IDLE} × the script's CPU: {idle:.2f}, {_met(idle <= MOST_IDLE)}."
    yield (
        f"- {MANY_FEEDS:,} feeds after the first load and a steady round, under {MOST_MIB:.0f} MiB PSS: "
        f"{memory.mib:.0f} MiB ({parent} the daemon, {' + '.join(children) or 'no'} its children), "
        f"{_met(memory.mib < MOST_MIB)}."
    )
    yield f"- Standing still, Wirewatch uses {race.standing * 1000:.1f} ms CPU a second."


def _checks(race: Race, memory: Memory) -> Iterator[str]:
    yield "| alerts | planted | missed | doubled | unasked |"
    yield "|---|---:|---:|---:|---:|"
    for name, verdict in {**race.verdicts, f"wirewatch, {MANY_FEEDS:,} feeds": memory.verdict}.items():
        counts = (len(verdict.missed), len(verdict.doubled), len(verdict.unasked))
        yield f"| {name} | {verdict.planted} | {' | '.join(str(count) for count in counts)} |"


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


def main(*options: str) -> int:
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name:
        ran, memory = race(Path(name)), weigh(Path(name))
    text = table(ran, memory)
    print(text)
    if "--write-table" in options:
        TABLE.write_text(text, encoding="utf-8")
    verdicts = (*ran.verdicts.values(), memory.verdict)
    for verdict in verdicts:
        for what in ("missed", "doubled", "unasked"):
            for link in getattr(verdict, what):
                print(f"{what}: {link}", file=sys.stderr)
    return 0 if all(verdict.is_right for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
