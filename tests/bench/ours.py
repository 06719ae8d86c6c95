"""Wirewatch as its users run it, for the bench: the real command on a made watchlist, in a process tree of its own."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.feeds import PLANTED
from tests.bench.measure import Tree, links_in, wait_until

LOOK = 180.0  # seconds that a round may take at most
STOP = 30.0

# Polled only when the bench asks: an hour is longer than any run.
_WATCHLIST = """
settings:
  name: Bench
  network: {{allow: [127.0.0.0/8]}}
topics:
  planted: {{title: Planted, any: [{planted}]}}
receivers:
  screen: {{console: true}}
routes:
  - {{to: screen, collect: 1 s}}
feeds:
  Made:
    poll: {{from: 1 h, to: 1 h}}
    feeds:
"""


class DaemonProcess:
    """The running daemon: started with the block (its first round with it), stopped with it. folder: an empty one."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        self._output = folder / "output.txt"
        self._url = f"sqlite:///{folder / 'wirewatch.db'}"
        lines = (f"      Outlet {number}: {url}\n" for number, url in enumerate(urls))
        (folder / "watchlist.yaml").write_text(_WATCHLIST.format(planted=PLANTED) + "".join(lines))

    def __enter__(self) -> Self:
        options = ("--watchlist", str(self._folder / "watchlist.yaml"), "--database", self._url)
        command = [sys.executable, "-m", "wirewatch", "run", *options]
        with self._output.open("wb") as output, (self._folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=output, stderr=log, start_new_session=True)
        self.tree = Tree(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def load(self, done: Callable[[], bool]) -> float:
        """Wait for the first round, which begins with the start; returns its CPU seconds, the start's included."""
        self._wait(done)
        return self.tree.cpu_seconds()

    def look(self, done: Callable[[], bool]) -> None:
        """Make every feed due now and wait until `done` and at rest. Asking costs the bench, not the daemon."""
        with closing(sqlite3.connect(self._folder / "wirewatch.db", timeout=10)) as database, database:
            database.execute("PRAGMA wal_autocheckpoint = 0")  # that is the daemon's alone
            database.execute("UPDATE feeds SET due_at = 0")
            database.execute("UPDATE sites SET due_at = 0 WHERE lease_until IS NULL")
        self._wait(done)

    def alerts(self) -> list[str]:
        """The link of every alert on the screen, as often as it stands there."""
        return links_in(self._output)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LOOK
        # What never comes is found when the alerts are compared; here it only ends the waiting.
        wait_until(lambda: done() or self._has_ended(), deadline)
        if self._has_ended():
            said = (self._folder / "log.txt").read_text(encoding="utf-8")[-2000:]
            raise RuntimeError(f"wirewatch run: it ended with {self._process.returncode}; it said: {said}")
        self.tree.wait_for_rest(deadline + LOOK)

    def _has_ended(self) -> bool:
        return self._process.poll() is not None
