"""The work of a backtest, split: this process reads, a few worker processes fold and match. Few entries: no workers.

A worker gets a page at a time and gives back its counts at the end: memory is bounded however long the span is, and
while the workers match, the next page is read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Final, Self, cast

from wirewatch.backtest.sources import Page
from wirewatch.backtest.worker import pack
from wirewatch.core.backtest import Tally
from wirewatch.core.change import Edit
from wirewatch.core.comparing import Comparison
from wirewatch.errors import ControlError

FEW: Final = 4_000  # entries that are judged sooner than a worker is started
GRACE: Final = 3.0  # seconds that a worker gets to end by itself
# Our own search path, and not our main module: with the command line's imports a worker starts six times later.
_PROGRAM: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from wirewatch.backtest.worker import serve; serve(int(sys.argv[2]))"
)


def tally_up(
    edit: Edit, pages: Iterable[Page], *, show: int, processes: int, on_entries: Callable[[int], None]
) -> Tally:
    """Judge all entries by both watchlists. on_entries: told of every page on its way.

    Raises ControlError where a worker ends early (memory ran out, somebody ended it).
    """
    rest = iter(pages)
    first: list[Page] = []
    while sum(map(len, first)) < FEW and (page := next(rest, None)) is not None:
        first.append(page)
    following = next(rest, None)
    if following is None:
        return alone(edit, first, show, on_entries)
    with Crew(edit, show, processes) as crew:
        for page in chain(first, (following,), rest):
            crew.give(page)
            on_entries(len(page))
        return crew.tally()


def alone(edit: Edit, pages: Iterable[Page], show: int, on_entries: Callable[[int], None]) -> Tally:
    """The same, in this process."""
    comparison, tally = Comparison.of(edit), Tally(show)
    for page in pages:
        for candidate in page:
            tally.judge(candidate, comparison)
        on_entries(len(page))
    return tally


@dataclass(slots=True)
class Worker:
    """A process, our end of its pipe, and whether it has a page (sending another would wait until it is done)."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    busy: bool = False


class Crew:
    """A few workers. Use in a `with`: at its end they are gone, whatever happened."""

    def __init__(self, edit: Edit, show: int, processes: int) -> None:
        self._show = show
        self._workers = [_start() for _ in range(processes)]
        for worker in self._workers:
            _send(worker, (edit, show))

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return tuple(worker.process.pid for worker in self._workers)

    def give(self, page: Page) -> None:
        """Hand a page to a worker that has none; waits where all have one."""
        while (worker := next((one for one in self._workers if not one.busy), None)) is None:
            self._hear()
        _send(worker, pack(page))
        worker.busy = True

    def tally(self) -> Tally:
        """All counts, when every page is done."""
        for worker in self._workers:
            _send(worker, None)
        total = Tally(self._show)
        for worker in self._workers:
            answer = _receive(worker)
            while answer is None:  # of the last page
                answer = _receive(worker)
            total.add(answer)
        return total

    def _hear(self) -> None:
        ready = wait([worker.pipe for worker in self._workers])
        for worker in self._workers:
            if worker.pipe in ready:
                _receive(worker)
                worker.busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()  # it ends when it next looks there
        for worker in self._workers:
            _end(worker)


def _start() -> Worker:
    ours, theirs = Pipe()
    with theirs:
        command = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), str(theirs.fileno())]
        return Worker(subprocess.Popen(command, pass_fds=[theirs.fileno()]), ours)


def _send(worker: Worker, what: object) -> None:
    try:
        worker.pipe.send(what)
    except OSError as error:
        raise _ended(worker) from error


def _receive(worker: Worker) -> Tally | None:
    """A worker's answer: None for a page done, its counts at the end."""
    try:
        return cast("Tally | None", worker.pipe.recv())
    except (EOFError, OSError) as error:
        raise _ended(worker) from error


def _ended(worker: Worker) -> ControlError:
    code = _end(worker)
    return ControlError(
        f"backtest: a worker process ended early (code {code}), maybe for want of memory; try a shorter span: --last 7d"
    )


def _end(worker: Worker) -> int:
    """Wait until a worker is gone, and see to it where it takes too long; its exit code."""
    try:
        return worker.process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        return worker.process.wait()
