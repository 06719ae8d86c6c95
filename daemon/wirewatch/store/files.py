"""SQLite files: checked, copied while others write, put in place whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from wirewatch.errors import StoreError
from wirewatch.store.faults import RESTORE


def check_sqlite(conn: sqlite3.Connection, place: str) -> None:
    """Raises StoreError for a damaged file (every page is read; indexes are not compared with their tables)."""
    found = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        where = str(found).splitlines()[-1]
        raise StoreError(f"database: {place}: the file is damaged ({where}); {RESTORE}")


def copy_sqlite(source: sqlite3.Connection, target: Path) -> None:
    """Copy one moment of a database to `target`, replacing it; writers go on meanwhile.

    The copy is one plain file, checked and on the disk before it gets its name. Raises StoreError if it is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            check_sqlite(copy, str(target))
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, target: Path) -> None:
    """Rename a finished file to its name; after this, a power cut leaves the old or the new one, never a piece."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
