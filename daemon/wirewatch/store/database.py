"""One database, open: connections to read and to write, its clock, and the lock that keeps a second daemon out.

Writing goes through `writer.py` while the daemon runs; `Database.write` is its one transaction.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import BigInteger, Connection, Engine, text

from wirewatch.errors import InstanceRunning, StoreError
from wirewatch.store.engines import (
    connect_sqlite,
    parse_url,
    place_of,
    postgres_engine,
    sqlite_path,
    sqlite_reading,
    sqlite_writing,
)
from wirewatch.store.faults import mapped
from wirewatch.store.files import check_sqlite
from wirewatch.store.schema import Schema, copy_before, migrate, refuse_newer, refuse_older, version_of
from wirewatch.store.types import EPOCH

__all__ = ["Connection", "Database", "InstanceLock"]

PATIENCE = timedelta(seconds=5)
# On PostgreSQL, placing decides by what was told before: nodes do it one after the other under this advisory lock.
PLACING = 0x57495245_02
ASK_THE_CLOCK_EVERY = 60.0  # seconds


class Database:
    """An open database whose schema is this program's. Made by `Database.open`; used by any thread."""

    def __init__(self, place: str, path: Path | None, writing: Engine, reading: Engine, clock: Callable[[], datetime]):
        self.place = place
        self.path = path  # None on PostgreSQL
        self._writing = writing
        self._reading = reading
        self._clock = clock
        self._anchor: tuple[float, datetime] | None = None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        read_only: bool = False,
        clock: Callable[[], datetime],
        patience: timedelta = PATIENCE,
        schema: Schema | None = None,
    ) -> Self:
        """Open a database, make it if it is new, bring it up to date (after a copy of a SQLite file) if it is older.

        url: SQLAlchemy's spelling, secrets resolved. clock: gives the time on SQLite. patience: how long a lock is
        waited for. read_only: changes nothing, makes nothing.
        Raises StoreError (damaged, newer, another program's, no rights) and StoreBusy (locked, no answer).
        """
        parsed = parse_url(url)
        place, path, known = place_of(parsed), sqlite_path(parsed), schema or Schema()
        with mapped(place):
            if path is None:
                writing = reading = postgres_engine(parsed, patience)
            else:
                _prepare_file(path, place, patience, read_only=read_only)
                writing, reading = sqlite_writing(path, patience), sqlite_reading(path, patience)
            database = cls(place, path, writing, reading, clock)
            try:
                database._take_up(known, read_only=read_only)
            except BaseException:
                database.close()
                raise
        return database

    @property
    def is_postgres(self) -> bool:
        return self.path is None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database and cannot write."""
        with mapped(self.place), self._reading.connect() as conn:
            yield conn

    @contextmanager
    def write(self, *, placing: bool = False) -> Iterator[Connection]:
        """One transaction: committed at the end, undone by any exception. placing: one node at a time."""
        with mapped(self.place), self._writing.begin() as conn:
            if self.is_postgres and placing:
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": PLACING})
            yield conn

    def now(self) -> datetime:
        """The database's time, so that all nodes agree: its own clock on PostgreSQL, this computer's on SQLite.

        PostgreSQL is asked now and then (`ask_clock`); between, the monotonic clock counts on. Never touches the net.
        """
        if self._anchor is None:
            return self._clock()
        at, then = self._anchor
        return then + timedelta(seconds=time.monotonic() - at)

    def ask_clock(self, conn: Connection) -> None:
        """Set our clock by the database's, if that was a minute ago; the writer does this in passing."""
        if not self.is_postgres or (self._anchor and time.monotonic() - self._anchor[0] < ASK_THE_CLOCK_EVERY):
            return
        asked = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").columns(now=BigInteger)
        microseconds = conn.execute(asked).scalar_one()
        self._anchor = (time.monotonic(), EPOCH + timedelta(microseconds=microseconds))

    def close(self) -> None:
        """Close all connections; the writer's last, so that it alone folds the WAL into the file."""
        self._reading.dispose()
        self._writing.dispose()

    def _take_up(self, schema: Schema, *, read_only: bool) -> None:
        with self._reading.connect() as conn:
            version = version_of(conn, self.place)
            self.ask_clock(conn)
        refuse_newer(version, schema, self.place)
        if read_only:
            refuse_older(version, schema, self.place)
        elif version != schema.head:
            if self.path is not None and version is not None:
                copy_before(self.path, version, schema)
            migrate(self._writing, schema)
        if self.is_postgres:
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_file(path: Path, place: str, patience: timedelta, *, read_only: bool) -> None:
    """Make the folder of a new file, check an old one."""
    if read_only:
        if not path.is_file():
            raise StoreError(f"database: {place}: there is none yet; start the daemon once with: wirewatch run")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"database: {place}: its folder cannot be made ({error.strerror}); make it") from error
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise StoreError(f"database: {place}: it cannot be written; check the rights of the file and its folder")
    with closing(connect_sqlite(path, patience, writes=True)) as conn:
        check_sqlite(conn, place)


class InstanceLock:
    """Held while a daemon runs on a SQLite file: a lock file beside it with the holder's process id.

    The kernel frees it with the process, however that ends. PostgreSQL needs none: nodes share it by leases.
    """

    def __init__(self, url: str) -> None:
        """Take the lock. Raises InstanceRunning, naming the other process; StoreError without rights."""
        path = sqlite_path(parse_url(url))
        self._file = None if path is None else self._take(path)

    def release(self) -> None:
        """Let the next one in; the file stays (removing it would let two processes lock two files of one name)."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @staticmethod
    def _take(path: Path) -> int:
        lock = path.with_name(f"{path.name}.lock")
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"database: {lock}: cannot be written ({error.strerror}); check the rights") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise InstanceRunning(
                f"database: {path.name}: a daemon already runs on it, process {holder}; stop that one first"
            ) from error
        os.truncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        return file
