"""The watchlist with its secrets, and the database: can they be read and used?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final

from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Watchlist
from wirewatch.doctor.finding import Finding, State
from wirewatch.errors import ConfigError, StoreBusy, StoreError
from wirewatch.explain.notes import secret_problems
from wirewatch.notify.destinations import destination_problems
from wirewatch.notify.secrets import Resolver
from wirewatch.store.database import Database
from wirewatch.store.engines import connect_sqlite
from wirewatch.store.faults import mapped
from wirewatch.store.files import check_sqlite
from wirewatch.store.schema import Schema

LOOK: Final = timedelta(seconds=8)  # for reading the database whole
_PATIENCE: Final = timedelta(seconds=2)  # for a lock

INTERRUPT_AGAIN = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the watchlist. watchlist: None where it cannot be used."""

    watchlist: Watchlist | None
    findings: tuple[Finding, ...]


def check_watchlist(path: Path) -> Loaded:
    """Can it be loaded? Each of its errors is a finding of its own."""
    try:
        loaded = load_watchlist(path).watchlist
    except ConfigError as error:
        return Loaded(None, tuple(_problem(str(problem)) for problem in error.problems))
    counts = f"{len(loaded.feeds)} feeds, {len(loaded.topics)} topics, {len(loaded.receivers)} receivers"
    well = Finding("watchlist", State.OK, f"{path}: {counts}")
    notes = (Finding("watchlist", State.NOTE, warning) for warning in loaded.warnings)
    return Loaded(loaded, (well, *notes))


def _problem(text: str) -> Finding:
    what, _, cure = text.partition("; ")
    return Finding("watchlist", State.WRONG, what, cure or "mend the file, then: wirewatch check")


def check_secrets(watchlist: Watchlist, resolver: Resolver) -> tuple[Finding, ...]:
    """Can every reference be resolved here? What only the service can read (cred:) is a note elsewhere."""
    problems = (
        *secret_problems(watchlist, resolver.resolve),
        *destination_problems(watchlist, resolver.resolve),
    )
    found = tuple(_secret(text, as_service=resolver.credentials is not None) for text in dict.fromkeys(problems))
    return found or (Finding("secrets", State.OK, "every reference in the watchlist can be resolved"),)


def _secret(text: str, *, as_service: bool) -> Finding:
    subject, _, rest = text.partition(": ")
    what, _, cure = rest.partition("; ")
    state = State.NOTE if what.startswith("cred:") and not as_service else State.WRONG
    return Finding(subject, state, what, cure)


def sqlite_file(address: str) -> Path | None:
    """The file of a database's address; None where a server keeps it."""
    scheme, _, path = address.partition(":///")
    return Path(path).absolute() if scheme == "sqlite" and path else None


def check_database(address: str, look: timedelta = LOOK) -> Finding:
    """Does the database open, is it whole, is its schema ours? Changes nothing. look: how long it may be read."""
    path = sqlite_file(address)
    try:
        if path is None:
            Database.open(address, read_only=True, clock=lambda: datetime.now(UTC)).close()
            return Finding("database", State.OK, "the server answers, and the schema is this program's")
        if not path.exists():
            return Finding("database", State.OK, f"{path}: there is none yet; the first start makes it")
        with mapped(str(path)), closing(connect_sqlite(path, _PATIENCE, writes=False)) as conn:
            return _look_at(conn, path, look)
    except StoreBusy as error:
        return Finding.of_error("database", error)
    except StoreError as error:
        # A server's database before the first start, or before the first start of a newer version.
        first = "start the daemon once" in str(error)
        return Finding.of_error("database", error, State.NOTE if first else State.WRONG)


def _look_at(conn: sqlite3.Connection, path: Path, look: timedelta) -> Finding:
    known = Schema().head
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return Finding("database", State.OK, f"{path}: is empty; the first start fills it")
    if "alembic_version" not in tables:
        cure = "name another one in settings.database"
        return Finding("database", State.WRONG, f"{path}: belongs to another program", cure)
    found = str(conn.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if found > known:
        cure = "install the newer Wirewatch again, or restore a backup from before: wirewatch restore FILE"
        return Finding("database", State.WRONG, f"{path}: schema {found} is newer than ours ({known})", cure)
    whole = _is_read_whole(conn, path, look)
    read = "whole" if whole else f"no damage in the part that was read within {look.total_seconds():.0f} s"
    if found < known:
        cure = "the next start brings it up to date, after a copy beside it"
        return Finding("database", State.NOTE, f"{path}: {read}; schema {found} is older than ours ({known})", cure)
    return Finding("database", State.OK, f"{path}: {read}, schema {found}")


def _is_read_whole(conn: sqlite3.Connection, path: Path, look: timedelta) -> bool:
    """Read every page; False where the time was too short for that. Raises StoreError where it is damaged."""
    # From another thread: before 3.41 SQLite asks its progress handler too rarely here, but sees this at each page.
    # Again and again: an interrupt that comes between two statements is lost.
    done = Event()

    def interrupt_late() -> None:
        late = not done.wait(look.total_seconds())
        while late:
            conn.interrupt()
            late = not done.wait(INTERRUPT_AGAIN)

    timer = Thread(target=interrupt_late, name="doctor-database")
    timer.start()
    try:
        check_sqlite(conn, str(path))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    finally:
        done.set()
        timer.join()
    return True


def files_read(make: Callable[[Callable[[Path], str]], Resolver], watchlist: Watchlist) -> Iterator[Path]:
    """The files that hold the watchlist's secrets: every one that is read to resolve its references."""
    read: list[Path] = []

    def remember(path: Path) -> str:
        read.append(path)
        return path.read_text(encoding="utf-8")

    check_secrets(watchlist, make(remember))
    yield from dict.fromkeys(read)
