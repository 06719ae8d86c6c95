"""The real daemon as a process of its own: started, signalled, killed; every line it says is kept.

Its children are noted before it ends, so that one that outlives it is found, whatever process group it made for itself.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.world.journal import Journal

WIREWATCH = (sys.executable, "-m", "wirewatch")
CHILDREN_MAY_LIVE = 5.0  # seconds after the daemon's death
STOP_WITHIN = 20.0


@dataclass
class Daemon:
    """`wirewatch run` on one watchlist and one database; may be started again and again. said: its output, by line."""

    watchlist: Path
    database: Path
    command: tuple[str, ...] = WIREWATCH
    said: Journal[str] = field(default_factory=Journal)
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None
    _children: list[psutil.Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> float:
        """Start it; returns the time on the monotonic clock."""
        assert not self.is_running, "runs already"
        command = [*self.command, "run", "--watchlist", str(self.watchlist), "--database", self.url]
        self._children = []
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self._reader = threading.Thread(target=self._listen, args=(self._process,), name="daemon-output", daemon=True)
        self._reader.start()
        return time.monotonic()

    def kill(self) -> tuple[str, ...]:
        """SIGKILL the daemon itself, not its children; returns those of them that live on after 5 s (and ends them)."""
        assert self.is_running, f"it ended by itself:\n{self.output()[-3000:]}"
        os.kill(self.pid, signal.SIGSTOP)  # so that no child is born between counting them and the kill
        self._note_children()
        os.kill(self.pid, signal.SIGKILL)
        return self._bury()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stop(self) -> int:
        """SIGTERM; returns the exit status. TimeoutExpired where it does not end in time."""
        self._note_children()
        self.signal(signal.SIGTERM)
        return self.wait(STOP_WITHIN)

    def wait(self, within: float) -> int:
        """The exit status of a daemon that ends by itself."""
        assert self._process is not None
        status = self._process.wait(within)
        assert not self._bury(), "children outlived an orderly stop"
        return status

    def abandon(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        if self._process is not None:
            if self.is_running:
                self._note_children()
                self._process.kill()
            self._bury()

    def says(self, pattern: str, *, after: int = 0, within: float = 60) -> str:
        """The first line that the pattern is found in, not counting the first `after` lines."""
        found = re.compile(pattern).search
        return self.said.wait_for_next(
            lambda line: found(line) is not None, after=after, within=within, what=f"the output {pattern!r}"
        )

    def output(self) -> str:
        return "\n".join(self.said.all())

    def _note_children(self) -> None:
        with suppress(psutil.NoSuchProcess):  # it has just ended by itself
            self._children = psutil.Process(self.pid).children(recursive=True)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.add(line.rstrip("\n"))

    def _bury(self) -> tuple[str, ...]:
        assert self._process is not None and self._reader is not None and self._process.stdout is not None
        self._process.wait(10)
        alive = wait_for_end(self._children, CHILDREN_MAY_LIVE)
        left = tuple(describe(process) for process in alive)
        for process in alive:
            process.kill()
        self._reader.join(10)
        self._process.stdout.close()
        return left


def run_command(*arguments: str, within: float = 30) -> subprocess.CompletedProcess[str]:
    """One command of ours, to its end; both outputs are kept apart."""
    return subprocess.run([*WIREWATCH, *arguments], capture_output=True, text=True, timeout=within, check=False)


def wait_for_end(processes: list[psutil.Process], within: float) -> list[psutil.Process]:
    """Those that still live after so many seconds."""
    deadline = time.monotonic() + within
    alive = [process for process in processes if _lives(process)]
    while alive and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
        alive = [process for process in alive if _lives(process)]
    return alive


def describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())[:120]}"
    except psutil.Error:
        return str(process.pid)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
