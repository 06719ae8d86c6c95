"""All rows as gzipped JSON lines: a backup of PostgreSQL, and the way from one kind of database to the other.

First line: the schema. Then, for each table, a line with its name and columns, and a line per row. Times are whole
microseconds since 1970 UTC, bytes are {"b64": …}.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Connection, Table, text

from wirewatch.errors import StoreError
from wirewatch.store.schema import Schema
from wirewatch.store.tables import meta, metadata

ROWS_AT_ONCE = 1000


def dump(conn: Connection, target: Path) -> None:
    """Write all tables to a new file. The connection sees one moment (`Database.read`)."""
    with gzip.open(target, "wt", encoding="utf-8", compresslevel=6) as file:
        file.write(json.dumps({"wirewatch": Schema().head}) + "\n")
        for table in metadata.sorted_tables:
            names = [column.name for column in table.columns]
            file.write(json.dumps({"table": table.name, "columns": names}) + "\n")
            quoted = ", ".join(f'"{name}"' for name in names)
            # As the driver gives them, past our types: the numbers and bytes as they are stored.
            for row in conn.execution_options(yield_per=ROWS_AT_ONCE).execute(
                text(f'SELECT {quoted} FROM "{table.name}"')
            ):
                file.write(json.dumps([_plain(value) for value in row], ensure_ascii=False) + "\n")


def load(conn: Connection, source: Path) -> None:
    """Fill empty tables from a dump, in one transaction. Raises StoreError for a file that is none, or is cut."""
    try:
        with gzip.open(source, "rt", encoding="utf-8") as file:
            lines = (json.loads(line) for line in file)
            _check_schema(next(lines, None), source)
            for table, rows in _tables(lines, source):
                _insert(conn, table, rows)
    except (OSError, EOFError, zlib.error, ValueError, KeyError) as error:
        raise StoreError(f"backup: {source}: it is damaged or no backup ({error}); take another one") from error
    if conn.dialect.name == "postgresql":
        _count_on(conn)


def empty(conn: Connection) -> None:
    """Delete all rows of all tables."""
    for table in reversed(metadata.sorted_tables):
        conn.execute(table.delete())


def is_empty(conn: Connection) -> bool:
    """Does a database hold nothing but what its creation put there?"""
    filled = (table for table in metadata.sorted_tables if table is not meta)
    return all(conn.execute(table.select().limit(1)).first() is None for table in filled)


def _check_schema(header: Any, source: Path) -> None:
    version = header.get("wirewatch") if isinstance(header, dict) else None
    if version is None:
        raise StoreError(f"backup: {source}: it is no backup of Wirewatch; name another file")
    if version != Schema().head:
        raise StoreError(
            f"backup: {source}: its schema {version} is not this program's {Schema().head}; "
            "restore it with the version that made it, then install this one again"
        )


def _tables(lines: Iterator[Any], source: Path) -> Iterator[tuple[Table, Iterator[dict[str, Any]]]]:
    """Each table with its rows; the rows must be used up before the next table is asked for."""
    seen: set[str] = set()
    header = next(lines, None)
    while header is not None:
        table, names = metadata.tables[header["table"]], header["columns"]
        seen.add(table.name)
        following: list[Any] = []
        yield table, _rows(lines, names, following)
        header = following[0] if following else None
    if missing := metadata.tables.keys() - seen:
        raise StoreError(f"backup: {source}: tables are missing: {', '.join(sorted(missing))}; take another backup")


def _rows(lines: Iterator[Any], names: list[str], following: list[Any]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if isinstance(line, dict):
            following.append(line)
            return
        yield dict(zip(names, line, strict=True))


def _insert(conn: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    iterator = iter(rows)
    flags = [column.name for column in table.columns if isinstance(column.type, Boolean)]
    while some := list(islice(iterator, ROWS_AT_ONCE)):
        values = [_stored(row, flags) for row in some]
        names = ", ".join(f'"{name}"' for name in values[0])
        marks = ", ".join(f":{name}" for name in values[0])
        conn.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'), values)


def _count_on(conn: Connection) -> None:
    """Let PostgreSQL give out ids beyond those that were loaded."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            conn.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                    f'coalesce(max("{column.name}"), 0) + 1, false) FROM "{table.name}"'
                )
            )


def _plain(value: Any) -> Any:
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _stored(row: dict[str, Any], flags: Iterable[str]) -> dict[str, Any]:
    """SQLite keeps truth as 0 and 1, PostgreSQL insists on its own."""
    values = {key: base64.b64decode(value["b64"]) if isinstance(value, dict) else value for key, value in row.items()}
    return values | {name: bool(values[name]) for name in flags if values[name] is not None}
