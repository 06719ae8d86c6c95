"""Backups: taken while the daemon runs, checked before they count, restored under the instance lock.

SQLite gives a plain database file, PostgreSQL a dump (`dump.py`); either can be restored to either.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from wirewatch.errors import StoreError
from wirewatch.store.database import PATIENCE, Connection, Database, InstanceLock
from wirewatch.store.dump import dump, empty, is_empty, load
from wirewatch.store.engines import connect_sqlite, parse_url, sqlite_path
from wirewatch.store.faults import mapped
from wirewatch.store.files import check_sqlite, copy_sqlite, put_in_place
from wirewatch.store.tables import meta

_IS_SQLITE = b"SQLite format 3\0"


def backup(url: str, target: Path) -> None:
    """Write a checked copy of one moment of the database to `target`; the daemon goes on meanwhile.

    `target` appears when it is whole; one that exists is replaced. Raises StoreError, StoreBusy.
    """
    path = sqlite_path(parse_url(url))
    if path is not None and path == target.absolute():
        raise StoreError(f"backup: {target}: that is the database itself; name another file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if path is None:
            _dump_to(url, target)
            return
        if not path.is_file():
            raise StoreError(f"database: {path}: there is none yet; nothing to back up")
        with mapped(str(path)), closing(connect_sqlite(path, PATIENCE, writes=False)) as source:
            copy_sqlite(source, target)
    except OSError as error:
        raise StoreError(f"backup: {target}: cannot be written ({error.strerror}); check folder and disk") from error


def restore(source: Path, url: str, *, overwrite: bool = False) -> Path | None:
    """Put a backup in the place of a database; no daemon may run on it.

    The backup is checked first. A SQLite database that is replaced stays beside the new one; returns its new name.
    New messages get ids of another beginning, so that none is taken for one that was sent after the backup.
    Raises StoreError (damaged or newer backup, something there and not `overwrite`), InstanceRunning.
    """
    if not source.is_file():
        raise StoreError(f"backup: {source}: there is no such file; name the file that `wirewatch backup` wrote")
    path = sqlite_path(parse_url(url))
    with InstanceLock(url):
        if path is None:
            _restore_server(source, url, overwrite=overwrite)
            return None
        if path.exists() and path.stat().st_size > 0 and not overwrite:
            raise StoreError(
                f"database: {path}: there is one already; say --overwrite to replace it (it is kept aside)"
            )
        fresh = path.with_name(f"{path.name}.{os.getpid()}.restored")
        try:
            _build_file(source, fresh)
            aside = _put_aside(path)
            put_in_place(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        return aside


def _dump_to(url: str, target: Path) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    database = Database.open(url, read_only=True, clock=_clock)
    try:
        with database.read() as conn:
            dump(conn, part)
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
        database.close()


def _build_file(source: Path, fresh: Path) -> None:
    """A finished SQLite file of this program's schema, made of any backup."""
    is_file = _is_sqlite(source)
    if is_file:
        with mapped(str(source)), closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            check_sqlite(conn, str(source))
            copy_sqlite(conn, fresh)
    database = _open_backup(fresh, source)
    try:
        with database.write() as conn:
            if not is_file:
                empty(conn)
                load(conn, source)
            _renew_prefix(conn)
    finally:
        database.close()
    # What migrating left beside it; the file itself holds all since it was closed.
    for leftover in fresh.parent.glob(f"{fresh.name}?*"):
        leftover.unlink()


def _open_backup(fresh: Path, source: Path) -> Database:
    try:
        return Database.open(f"sqlite:///{fresh}", clock=_clock)
    except StoreError as error:
        raise StoreError(f"backup: {source}: it cannot be restored: {error}") from error


def _put_aside(path: Path) -> Path | None:
    """Rename a database with what SQLite keeps beside it; returns its new name, None where there was none."""
    if not path.exists():
        return None
    # Closing it folds its WAL into the file. A damaged one does not open: it is put aside as it is.
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number, aside = 1, path.with_name(f"{path.name}.replaced")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.replaced.{number}")
    for beside in ("-wal", "-shm", ""):
        part = path.with_name(path.name + beside)
        if part.exists():
            part.rename(aside.with_name(aside.name + beside))
    return aside


def _restore_server(source: Path, url: str, *, overwrite: bool) -> None:
    database = Database.open(url, clock=_clock)
    try:
        with database.write() as conn:
            if not is_empty(conn) and not overwrite:
                raise StoreError(
                    f"database: {database.place}: it is not empty; "
                    "back it up, then say --overwrite to replace what it holds"
                )
            empty(conn)
            _load_any(conn, source)
            _renew_prefix(conn)
    finally:
        database.close()


def _load_any(conn: Connection, source: Path) -> None:
    if not _is_sqlite(source):
        load(conn, source)
        return
    with TemporaryDirectory(prefix="wirewatch-restore-") as folder:
        copy, rows = Path(folder, "copy.db"), Path(folder, "rows.gz")
        _build_file(source, copy)
        from_file = Database.open(f"sqlite:///{copy}", read_only=True, clock=_clock)
        try:
            with from_file.read() as reading:
                dump(reading, rows)
        finally:
            from_file.close()
        load(conn, rows)


def _renew_prefix(conn: Connection) -> None:
    conn.execute(update(meta).where(meta.c.key == "prefix").values(value=secrets.token_hex(4)))


def _is_sqlite(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(len(_IS_SQLITE)) == _IS_SQLITE


def _clock() -> datetime:
    return datetime.now(UTC)
