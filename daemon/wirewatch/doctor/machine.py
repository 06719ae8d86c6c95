"""This machine: the program and its libraries, the rights of files, the disk, the clock, the daemon."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from wirewatch.control.protocol import Status
from wirewatch.doctor.finding import Finding, State
from wirewatch.errors import ControlError, StoreBusy
from wirewatch.fetch.faults import size

PYTHON: Final = (3, 11)
SQLITE: Final = (3, 35)  # INSERT … RETURNING
LIBCURL: Final = (7, 62)  # HTTP/2 over one connection by itself
DISK_NOTE: Final = 1_000_000_000  # bytes
DISK_WRONG: Final = 100_000_000
CLOCK_OFF: Final = timedelta(minutes=2)
JUMP: Final = timedelta(seconds=2)

# What belongs to a SQLite file; a daemon that was once run as root leaves some of it to root.
_BESIDE: Final = ("", "-wal", "-shm", "-journal", ".lock")
_OURS: Final = "install Wirewatch again into an environment of its own: pipx install wirewatch"


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs us. libcurl: its number with its TLS library in brackets ("8.23.0 (OpenSSL 3.6.5)")."""

    wirewatch: str
    python: str
    sqlite: str
    libcurl: str


def check_program(versions: Versions) -> tuple[Finding, ...]:
    """Are the program's libraries new enough? One line, or one for each that is too old."""
    number, _, tls = versions.libcurl.partition(" (")
    least = (("Python", versions.python, PYTHON), ("SQLite", versions.sqlite, SQLITE), ("libcurl", number, LIBCURL))
    found = [
        Finding(name, State.WRONG, f"{version} is too old, {'.'.join(map(str, wanted))} is needed", _OURS)
        for name, version, wanted in least
        if numbers(version) < wanted
    ]
    if "no TLS" in tls:
        found.append(Finding("libcurl", State.WRONG, "was built without TLS: no https:// address can be read", _OURS))
    said = ", ".join(f"{name} {version}" for name, version, _ in least)
    well = Finding("program", State.OK, f"wirewatch {versions.wirewatch}, {said} ({tls}")
    return tuple(found) or (well,)


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: "3.12.0rc1" is (3, 12, 0)."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, leading[0].split("."))) if leading else ()


def check_rights(
    shared: Iterable[Path], secret: Iterable[Path], database: Path | None, may_write: Callable[[Path], bool], user: str
) -> tuple[Finding, ...]:
    """May we write where we must, and do others keep out?

    shared: files that everyone may read, and nobody else may change. secret: files that hold secrets.
    database: its file, None where a server keeps it. may_write: as this user; user: its name, for people.
    """
    problems = [*_open_files(shared, secret)]
    if database is not None:
        problems += _unwritable(database, may_write, user)
    well = Finding("rights", State.OK, f"files and folders are as they should be (looked at as {user})")
    return tuple(problems) or (well,)


def _open_files(shared: Iterable[Path], secret: Iterable[Path]) -> Iterator[Finding]:
    for path in dict.fromkeys(shared):
        if path.exists() and _mode(path) & stat.S_IWOTH:
            yield Finding(str(path), State.WRONG, "everyone on this machine can change it", f"chmod o-w {path}")
    for path in dict.fromkeys(secret):
        if path.exists() and _mode(path) & (stat.S_IROTH | stat.S_IWOTH):
            text = "holds a secret, and everyone on this machine can read it"
            yield Finding(str(path), State.WRONG, text, f"chmod o= {path}")


def _unwritable(database: Path, may_write: Callable[[Path], bool], user: str) -> Iterator[Finding]:
    folder, there = database.parent, nearest(database.parent)
    cure = f"give it to the user of the service, or look as that user: sudo -u wirewatch wirewatch doctor (now: {user})"
    if not there.is_dir():
        yield Finding(str(folder), State.WRONG, f"cannot be made: {there} is no folder", "correct settings.database")
        return
    if not may_write(there):
        yield Finding(str(there), State.WRONG, f"{user} may not write there, and the database needs it", cure)
    for path in (database.with_name(database.name + ending) for ending in _BESIDE):
        if path.exists() and not may_write(path):
            yield Finding(str(path), State.WRONG, f"{user} may not write to it", cure)


def _mode(path: Path) -> int:
    return path.stat().st_mode


def nearest(folder: Path) -> Path:
    """The folder, or the first one above it that is there."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def check_disk(folder: Path, free_bytes: Callable[[Path], int]) -> Finding:
    """Is there room for the database? free_bytes: on the disk of a path that is there."""
    free = free_bytes(nearest(folder))
    text = f"{size(free)} free where the database is ({folder})"
    if free < DISK_WRONG:
        return Finding("disk", State.WRONG, text, "free some space now: news that comes cannot be kept")
    if free < DISK_NOTE:
        return Finding("disk", State.NOTE, text, "free some space, or let settings: keep: be shorter")
    return Finding("disk", State.OK, text)


def check_clock(offsets: Sequence[timedelta]) -> Finding:
    """Is this machine's clock right? offsets: ours minus that of each server that was asked.

    The smallest one counts: an old copy of an answer, or one wrong server, makes no wrong clock.
    """
    if not offsets:
        return Finding("clock", State.NOTE, "not compared: no server has told its time")
    off = min(offsets, key=abs)
    servers = "1 server" if len(offsets) == 1 else f"{len(offsets)} servers"
    if abs(off) > CLOCK_OFF:
        way = "ahead of" if off > timedelta() else "behind"
        text = f"{_span(abs(off))} {way} the clocks of {servers}"
        return Finding("clock", State.WRONG, text, "let it be set by the network: timedatectl set-ntp true")
    return Finding("clock", State.OK, f"right to within {max(1, round(abs(off).total_seconds()))} s, by {servers}")


def check_drift(wall: timedelta, monotonic: timedelta) -> Finding | None:
    """Did the wall clock jump while we looked? wall, monotonic: how long that took by each. None: it did not."""
    jump = wall - monotonic
    if abs(jump) <= JUMP:
        return None
    text = f"it jumped by {_span(abs(jump))} while this command ran"
    return Finding("clock", State.NOTE, text, "look whether two programs set it (timedatectl, ntpd, the host)")


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for name, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} s"


def check_daemon(ask: Callable[[], Status | None]) -> Finding:
    """Does a daemon run, and may we speak to it? ask: its status, None where none runs."""
    try:
        status = ask()
    except (ControlError, StoreBusy) as error:
        return Finding.of_error("daemon", error)
    if status is None:
        return Finding("daemon", State.NOTE, "none runs for this watchlist", "start it with: wirewatch run")
    runs = f"runs (process {status.pid}, wirewatch {status.version})"
    if status.well:
        return Finding("daemon", State.OK, f"{runs} and is well")
    return Finding("daemon", State.NOTE, f"{runs}, and is not well", "see: wirewatch status")
