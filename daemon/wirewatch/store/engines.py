"""Engines for both databases: how a connection is opened, and with which promises (durability, waiting, snapshots)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from wirewatch.errors import StoreError

SPELLINGS = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"


def parse_url(url: str) -> URL:
    """A database's address. Raises StoreError (without quoting it: it may hold a password)."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"settings.database: not an address of a database; {SPELLINGS}") from error
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreError(f"settings.database: {parsed.drivername} is not supported; {SPELLINGS}")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"settings.database: a database in memory forgets everything; {SPELLINGS}")
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite address (relative ones start in the current folder); None for PostgreSQL."""
    return Path(url.database or "").absolute() if url.drivername == "sqlite" else None


def place_of(url: URL) -> str:
    """A database's name for people: the file, or host and name; no user, no password."""
    return url.database or "" if url.drivername == "sqlite" else f"{url.host or 'local server'}/{url.database}"


def connect_sqlite(path: Path, patience: timedelta, *, writes: bool) -> sqlite3.Connection:
    """Open an existing or new file. patience: how long a lock of another program is waited for.

    FULL: a commit survives a power cut. Up to 3.51.2 SQLite may corrupt a database when two connections check-point
    its WAL at once, so that only the writer's connection does it. Readers cannot write at all.
    """
    conn = sqlite3.connect(
        path, timeout=patience.total_seconds(), isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        if writes:
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
        else:
            conn.execute("PRAGMA wal_autocheckpoint = 0")
            conn.execute("PRAGMA query_only = ON")
    except BaseException:
        conn.close()
        raise
    return conn


def sqlite_writing(path: Path, patience: timedelta) -> Engine:
    """One connection; its transactions take the write lock at once, so that none fails half-way."""
    wait = patience.total_seconds()
    return _sqlite_engine(
        lambda: connect_sqlite(path, patience, writes=True), "BEGIN IMMEDIATE", size=1, overflow=0, wait=wait
    )


def sqlite_reading(path: Path, patience: timedelta) -> Engine:
    """Several connections; each transaction sees one moment of the database."""
    wait = patience.total_seconds()
    return _sqlite_engine(lambda: connect_sqlite(path, patience, writes=False), "BEGIN", size=2, overflow=20, wait=wait)


def _sqlite_engine(
    connect: Callable[[], sqlite3.Connection], begin: str, *, size: int, overflow: int, wait: float
) -> Engine:
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=overflow, pool_timeout=wait
    )

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        conn.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, patience: timedelta) -> Engine:
    """A pool; connections that died meanwhile are noticed before they are used."""
    return create_engine(
        url,
        pool_size=3,
        max_overflow=20,
        pool_timeout=max(patience.total_seconds(), 1),
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "wirewatch"},
    )
