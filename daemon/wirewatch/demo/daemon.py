"""The real daemon in a process of its own, its output shown as it comes, and the real commands beside it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

STOP_WITHIN = 30.0  # seconds


class DaemonProcess:
    """Everything it needs is in one folder: watchlist, database, control socket. say: shows a line of its output."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For the daemon and for commands beside it."""
        mine = {
            "WIREWATCH_WATCHLIST": str(self.folder / "watchlist.yaml"),
            "WIREWATCH_DATABASE": f"sqlite:///{self.folder / 'wirewatch.db'}",
            "WIREWATCH_SOCKET": str(self.folder / "control.sock"),
            "PYTHONUNBUFFERED": "1",
        }
        return os.environ | mine

    def start(self) -> None:
        command = [sys.executable, "-m", "wirewatch", "run"]
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is the demo's to handle
            )
        self._reader = threading.Thread(target=self._read, args=(self._process,), name="demo-daemon", daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, within: float, after: int = 0) -> str | None:
        """The first line from number `after` on that fits; None if none comes in time, or the daemon ends."""
        end = time.monotonic() + within
        with self._changed:
            while True:
                found = next((line for line in self._lines[after:] if re.search(pattern, line)), None)
                if found is not None or time.monotonic() > end or not self.is_running:
                    return found
                self._changed.wait(min(0.2, max(end - time.monotonic(), 0.01)))

    @property
    def said(self) -> int:
        """How many lines it has said."""
        with self._changed:
            return len(self._lines)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """In order; its exit code, None where it did not end in time (it is killed then)."""
        return self._end(signal.SIGTERM)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of ours, as a person would run it beside the daemon."""
        return subprocess.run(
            [sys.executable, "-m", "wirewatch", *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def _end(self, number: int) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(number)
        try:
            code = process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
        finally:
            if self._reader is not None:
                self._reader.join(STOP_WITHIN)
        return code

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self._say(line.rstrip("\n"))
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
