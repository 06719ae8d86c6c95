"""What the bench measures and how it judges: CPU and memory of a process tree, and alerts against what was planted."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

AT_REST = 0.06  # of one CPU: a daemon's ticks stay below, work is above
SLICE = 0.4  # seconds of one look; three quiet ones in a row are rest
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_LINK = re.compile(r"https?://outlet\d+\.example/news/[0-9a-f-]+")


class Tree:
    """A process and all that it started."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        """User and system time so far of all processes, those that ended and were waited for included."""
        total = 0.0
        for process in self._all():
            try:
                total += sum(process.cpu_times()[:4])  # own user and system, then those of reaped children
            except psutil.NoSuchProcess:
                continue  # ended in this moment: its parent has its time at the next look
        return total

    def pss_bytes(self) -> tuple[int, ...]:
        """Proportional set sizes, the first process's first: shared pages count once over all that share them."""
        return tuple(_pss_bytes(process.pid) for process in self._all())

    def wait_for_rest(self, deadline: float) -> None:
        """Wait until almost no CPU is used. deadline: of the monotonic clock; Raises TimeoutError after it."""
        quiet = 0
        while quiet < 3:
            if time.monotonic() > deadline:
                raise TimeoutError(f"bench: process {self._root.pid}: does not come to rest; see what it does")
            before = self.cpu_seconds()
            time.sleep(SLICE)
            quiet = quiet + 1 if self.cpu_seconds() - before < AT_REST * SLICE else 0

    def _all(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the alerts of one contestant compare with what was planted; links in each."""

    planted: int
    missed: tuple[str, ...]
    doubled: tuple[str, ...]
    unasked: tuple[str, ...]  # told, but nobody planted them

    @property
    def is_right(self) -> bool:
        return not (self.missed or self.doubled or self.unasked)


def compare(planted: Iterable[str], told: Iterable[str]) -> Verdict:
    """Every planted link must be told exactly once, and nothing else. told: as often as it stands in the output."""
    wanted, counted = frozenset(planted), Counter(told)
    return Verdict(
        planted=len(wanted),
        missed=tuple(sorted(wanted - counted.keys())),
        doubled=tuple(sorted(link for link, times in counted.items() if times > 1)),
        unasked=tuple(sorted(counted.keys() - wanted)),
    )


def links_in(path: Path) -> list[str]:
    """The link of every made entry in an output, in order, with repetitions."""
    return _LINK.findall(path.read_text(encoding="utf-8"))


def wait_until(done: Callable[[], bool], deadline: float) -> bool:
    """Look often until it is done; False if the deadline (of the monotonic clock) came first."""
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def processor() -> str:
    """The machine's class, for the table: processor, cores, memory; nothing that names the machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [
        value.strip() for name, _, value in (line.partition(":") for line in lines) if name.strip() == "model name"
    ]
    memory = psutil.virtual_memory().total / 2**30
    return f"{models[0] if models else 'unknown processor'}, {psutil.cpu_count()} cores, {memory:.0f} GiB"


def _pss_bytes(pid: int) -> int:
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
    assert found is not None, "smaps_rollup without a Pss line"
    return int(found[1]) * 1024
