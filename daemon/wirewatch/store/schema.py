"""Is this database's schema ours? Older ones are migrated after a backup copy, newer ones refused.

Alembic costs 10 MiB and is loaded only when a migration is due.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from wirewatch.errors import StoreError
from wirewatch.store.files import copy_sqlite

MIGRATIONS = Path(__file__).parent / "migrations"
# Two nodes that start at once on PostgreSQL migrate one after the other under this advisory lock.
MIGRATING = 0x57495245_01


@dataclass(frozen=True, slots=True)
class Schema:
    """The migrations that a program knows. head: number of the newest one; numbers have four digits."""

    versions: Path = MIGRATIONS / "versions"
    head: str = "0003"


def sqlite_version() -> str:
    """Of the library that Python was built with."""
    return sqlite3.sqlite_version


def version_of(conn: Connection, place: str) -> str | None:
    """A database's schema number; None for an empty database. Raises StoreError if it is another program's."""
    tables = set(inspect(conn).get_table_names())
    if "alembic_version" in tables:
        version: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version is not None:
            return version
        tables.discard("alembic_version")
    if tables:
        raise StoreError(f"database: {place}: it belongs to another program; name another one in settings.database")
    return None


def refuse_newer(version: str | None, schema: Schema, place: str) -> None:
    """Raises StoreError where a newer program has already been at work."""
    if version is not None and version > schema.head:
        raise StoreError(
            f"database: {place}: its schema {version} is newer than this program's {schema.head}; "
            "install the newer Wirewatch again, or restore a backup from before with: wirewatch restore FILE"
        )


def refuse_older(version: str | None, schema: Schema, place: str) -> None:
    """Raises StoreError where a reader would find tables or columns missing."""
    if version != schema.head:
        found = "is empty" if version is None else f"has schema {version}, this program needs {schema.head}"
        raise StoreError(f"database: {place}: it {found}; start the daemon once, it brings it up to date")


def copy_before(path: Path, version: str, schema: Schema) -> Path:
    """Copy a SQLite file beside itself before its schema changes; one copy per step, never overwritten."""
    target = path.with_name(f"{path.name}.schema-{version}-before-{schema.head}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.schema-{version}-before-{schema.head}.{number}")
    with closing(sqlite3.connect(path)) as source:
        copy_sqlite(source, target)
    return target


def migrate(engine: Engine, schema: Schema) -> None:
    """Bring a database to the newest schema, all steps in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(schema.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            # Rebuilding a table must not touch rows that point at it; SQLite hears this only outside a transaction.
            conn.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        try:
            with conn.begin():
                if conn.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
                config.attributes["connection"] = conn
                command.upgrade(config, schema.head)
                _check_references(conn)
        finally:
            if conn.dialect.name == "sqlite":
                conn.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def _check_references(conn: Connection) -> None:
    if conn.dialect.name == "sqlite" and (broken := conn.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise StoreError(
            f"database: rows of {broken[0]} lost what they point at; nothing was changed, please report this"
        )
