"""What the databases' own exceptions mean to us: busy (keep and try again), broken (stop), or one refused job.

Texts name the database without its password and quote the database's own words, never the values of a row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wirewatch.errors import StoreBusy, StoreError, WirewatchError


class StoreRefused(WirewatchError):
    """The database refuses one job's rows (a constraint, a type): a fault of ours. That job alone is rolled back."""


RESTORE = "stop the daemon and bring back a backup with: wirewatch restore FILE"

# Primary result codes of SQLite (https://www.sqlite.org/rescode.html): what is wrong, and what to do.
SQLITE_BUSY = {
    sqlite3.SQLITE_BUSY: "another program holds it locked; close that program",
    sqlite3.SQLITE_LOCKED: "another program holds it locked; close that program",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; check the disk and its free space",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check the rights of its folder",
    sqlite3.SQLITE_READONLY: "it cannot be written; check the rights of the file and its folder",
    sqlite3.SQLITE_NOMEM: "there is too little memory",
    sqlite3.SQLITE_PERM: "it cannot be written; check the rights of the file and its folder",
    sqlite3.SQLITE_PROTOCOL: "another program holds it locked; close that program",
    sqlite3.SQLITE_INTERRUPT: "the work was interrupted",
}
SQLITE_BROKEN = {
    sqlite3.SQLITE_CORRUPT: f"the file is damaged; {RESTORE}",
    sqlite3.SQLITE_NOTADB: f"the file is not a database; name another one in settings.database, or {RESTORE}",
}
# Classes and codes of SQLSTATE (PostgreSQL's manual, appendix A); an error without a code is a lost connection.
POSTGRES_BUSY = ("08", "53", "55P03", "57", "58", "40001", "40P01", "25006", "25P02")
POSTGRES_BROKEN = ("XX001", "XX002")
POSTGRES_UNUSABLE = ("28", "3D", "3F", "42501")


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Turn whatever the database's libraries raise inside into StoreBusy, StoreError or StoreRefused."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise fault_of(error, place) from error


def fault_of(error: Exception, place: str) -> WirewatchError:
    """Our name for an exception of SQLAlchemy, sqlite3 or psycopg. place: names the database for a person."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(original).strip().partition("\n")[0]
    if isinstance(original, sqlite3.Error):
        return _sqlite_fault(original, place, said)
    if isinstance(error, PoolTimeout):
        return StoreBusy(f"database: {place}: all its connections are in use; it is tried again")
    if isinstance(error, DBAPIError):
        return _postgres_fault(error, place, said)
    return StoreRefused(f"database: {place}: {type(error).__name__}: {said}; please report this")


def _sqlite_fault(error: sqlite3.Error, place: str, said: str) -> WirewatchError:
    # Errors of the Python module itself (a wrong binding) carry no code.
    code = getattr(error, "sqlite_errorcode", -1) & 0xFF
    if code in SQLITE_BROKEN:
        return StoreError(f"database: {place}: {SQLITE_BROKEN[code]} (SQLite says: {said})")
    if code in SQLITE_BUSY:
        return StoreBusy(f"database: {place}: {SQLITE_BUSY[code]}; nothing is lost, it is tried again ({said})")
    return StoreRefused(f"database: {place}: a row was refused: {said}; please report this")


def _postgres_fault(error: DBAPIError, place: str, said: str) -> WirewatchError:
    state = getattr(error.orig, "sqlstate", None)
    if state is None and (error.connection_invalidated or type(error.orig).__name__ == "OperationalError"):
        return StoreBusy(f"database: {place}: the server does not answer; nothing is lost, it is tried again ({said})")
    code = state or ""
    if code.startswith(POSTGRES_BROKEN):
        return StoreError(f"database: {place}: the server's files are damaged; restore its backup (it says: {said})")
    if code.startswith(POSTGRES_UNUSABLE):
        return StoreError(f"database: {place}: access is refused; check user, password and rights (it says: {said})")
    if code.startswith(POSTGRES_BUSY):
        return StoreBusy(f"database: {place}: the server is busy; nothing is lost, it is tried again ({said})")
    return StoreRefused(f"database: {place}: a row was refused: {said}; please report this")
