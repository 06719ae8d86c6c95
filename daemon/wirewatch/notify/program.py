"""Messages handed to a program of the operator's: the JSON on its standard input, its exit code is the answer.

No shell, no secret in its environment, a time limit. What it does with the message is its own affair.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from wirewatch.core.model import Message
from wirewatch.core.ways import Program
from wirewatch.errors import DeliveryError
from wirewatch.notify.answers import shown
from wirewatch.notify.record import json_line
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination

LIMIT: Final = timedelta(seconds=30)
TRY_LATER: Final = 75  # EX_TEMPFAIL of sysexits.h
_SAID_BYTES: Final = 4_000  # kept of what it writes to standard error; the rest is read and dropped
_CHUNK: Final = 65_536
_GLANCE: Final = 0.05  # seconds between two looks whether it has ended, where a child of its keeps its stderr open
# All else stays with us: any other variable may hold a password that the watchlist refers to.
_PASSED_ON: Final = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"})
_PASSED_ON_TOO: Final = ("LC_", "XDG_")


@dataclass(frozen=True, slots=True)
class ProgramSender:
    """resolver: for the environment, and to keep secrets out of texts; limit: how long a program may run."""

    resolver: Resolver
    limit: timedelta = LIMIT

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """Run it once. Exit code 0 is a delivery; every other end is tried again, but for a program that is not there.

        Killed after `limit` with all that it started: unknown, for it may have done its work before.
        """
        place, program = _place(destination)
        process = self._started(place, program)
        try:
            said = _talk(process, json_line(message) + b"\n", self.limit.total_seconds())
        except subprocess.TimeoutExpired as late:
            text = f"did not end within {self.limit.total_seconds():g} s and was stopped; it may have told"
            raise DeliveryError(f"{place}: {text}, it is run again with the same id", unknown=True) from late
        finally:
            _end(process)
        return self._verdict(place, process.returncode, said)

    def look(self, destination: Destination) -> str:
        """Is it there, and may it be run? Runs nothing. DeliveryError where not."""
        place, program = _place(destination)
        name = program.command[0]
        path = str(Path(program.folder, name).absolute()) if "/" in name else name
        if shutil.which(path, path=self.resolver.environ.get("PATH")) is None:
            raise DeliveryError(f"{place}: is not there or may not be run; check its path and its rights")
        return "is there"

    def _started(self, place: str, program: Program) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                program.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=program.folder,
                env=bare_environment(self.resolver.environ),
                start_new_session=True,  # a group of its own, which can be ended whole
                bufsize=0,
            )
        except OSError as error:
            if not Path(program.folder).is_dir():
                raise DeliveryError(f"{place}: the folder {program.folder} is not there; make it") from error
            gone = isinstance(error, FileNotFoundError)
            what = "is not there (or what its first line names)" if gone else f"cannot be run ({error.strerror})"
            raise DeliveryError(f"{place}: {what}; check its path and its rights", permanent=gone) from error

    def _verdict(self, place: str, code: int, said: bytes) -> str:
        if code == 0:
            return "done (exit code 0)"
        line = next((line for line in said.decode("utf-8", "replace").splitlines() if line.strip()), "")
        words = shown(line, self.resolver.scrub)
        after = f" (it says: {words})" if words else ""
        if code < 0:
            text = f"was ended by signal {_signal(-code)}{after}; it may have told, it is run again with the same id"
            raise DeliveryError(f"{place}: {text}", unknown=True)
        what = "asks to be run later" if code == TRY_LATER else "did not take the message; see what it needs"
        raise DeliveryError(f"{place}: exit code {code}, {what}{after}")


def bare_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program sees of our environment: where programs, home and language are; no password, no credentials."""
    return {name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_TOO)}


def _place(destination: Destination) -> tuple[str, Program]:
    if destination.program is None:
        raise DeliveryError(f"{destination.key}: exec: names no program", permanent=True)
    return f"{destination.key}: {destination.program.command[0]}", destination.program


def _talk(process: subprocess.Popen[bytes], data: bytes, limit: float) -> bytes:
    """Hand over `data` and listen to stderr until it ends; its first words. TimeoutExpired after `limit` seconds.

    Not `communicate`: that keeps all that a program says, and waits for whatever its children leave open.
    """
    assert process.stdin is not None and process.stderr is not None
    rest, said, deadline = memoryview(data), bytearray(), monotonic() + limit
    with selectors.DefaultSelector() as selector:
        for pipe, event in ((process.stdin, selectors.EVENT_WRITE), (process.stderr, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, event)
        while selector.get_map():
            ended = process.poll() is not None
            ready = {key.fileobj for key, _ in selector.select(0 if ended else min(_GLANCE, deadline - monotonic()))}
            if process.stdin in ready and not (rest := _handed(process, rest)):
                selector.unregister(process.stdin)
                process.stdin.close()
            if process.stderr in ready and not _heard(process, said):
                selector.unregister(process.stderr)
            if ended and (process.stderr not in ready or len(said) == _SAID_BYTES):
                break
            if monotonic() > deadline:
                raise subprocess.TimeoutExpired(process.args, limit)
    process.wait(max(deadline - monotonic(), 0))
    return bytes(said)


def _handed(process: subprocess.Popen[bytes], rest: memoryview) -> memoryview:
    """What is still to be written; nothing where it does not read on, which is its right."""
    assert process.stdin is not None
    try:
        return rest[os.write(process.stdin.fileno(), rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        return rest[len(rest) :]


def _heard(process: subprocess.Popen[bytes], said: bytearray) -> bool:
    """Take in what it says; False where it has closed its standard error."""
    assert process.stderr is not None
    chunk = os.read(process.stderr.fileno(), _CHUNK)
    said += chunk[: _SAID_BYTES - len(said)]
    return bool(chunk)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it stays behind where it did not end by itself; what it left running on purpose goes on."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)
