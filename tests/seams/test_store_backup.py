"""Backups: taken under writes, checked, restored to either kind of database; and the last good watchlist."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from tests.seams.storing import DAY, NOW, alerted, feed, listed, new_entry
from wirewatch.core.model import Delivery, DeliveryState, EntryId
from wirewatch.errors import InstanceRunning, StoreError
from wirewatch.store.backup import backup, restore
from wirewatch.store.database import Connection, Database, InstanceLock
from wirewatch.store.entries import kept_entries, save_entries
from wirewatch.store.ledger import ledger
from wirewatch.store.outbox import claim_messages, record_delivery
from wirewatch.store.snapshots import MOST_KEPT, kept_watchlists, last_watchlist, save_watchlist
from wirewatch.store.tables import metadata, topics
from wirewatch.store.writer import Writer


def fill(url: str) -> None:
    """A database with something in most tables: bytes, empty fields, truth values, other scripts."""
    database = Database.open(url, clock=lambda: NOW)
    with database.write() as conn:
        (han,) = listed(conn, feed("han"))
        alerted(conn, han, '북한 "quoted"\nline', 2**59)
        (message,) = claim_messages(conn, NOW, frozenset(), 1)
        record_delivery(conn, Delivery(message.id, DeliveryState.DELIVERED, NOW, None, "250 OK"))
        alerted(conn, han, "held", 2, state=DeliveryState.HELD)
        save_watchlist(conn, [("w.yaml", b"\xff\x00 feeds")], NOW)
    database.close()


def contents(url: str) -> dict[str, Sequence[object]]:
    """All rows of all tables, but for the beginning of message ids, which a restore renews."""
    with closing(Database.open(url, clock=lambda: NOW, read_only=True)) as database, database.read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
            if table.name != "meta"
        }


def prefix(conn: Connection) -> str:
    return str(conn.execute(text("SELECT value FROM meta WHERE key = 'prefix'")).scalar_one())


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_is_restored_to_either_kind_of_database(
    store_url: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(store_url)
    before = contents(store_url)

    backup(store_url, tmp_path / "saved" / "wirewatch.backup")
    other = f"sqlite:///{tmp_path}/other.db" if target == "sqlite" else str(request.getfixturevalue("postgres_url"))
    restore(tmp_path / "saved" / "wirewatch.backup", other, overwrite=True)

    assert contents(other) == before
    with closing(Database.open(other, clock=lambda: NOW)) as database, database.write() as conn:
        assert ledger(conn).faults == ()
        (later,) = save_entries(conn, listed(conn, feed("han"))[0], [new_entry("later", 3)])
        assert later > kept_entries(conn, EntryId(0), 10)[0].id
    assert [path.name for path in (tmp_path / "saved").iterdir()] == ["wirewatch.backup"]


def test_a_restored_database_gives_its_messages_ids_of_another_beginning(store_url: str, tmp_path: Path) -> None:
    fill(store_url)
    with closing(Database.open(store_url, clock=lambda: NOW)) as database, database.read() as conn:
        before = prefix(conn)

    backup(store_url, tmp_path / "b")
    restore(tmp_path / "b", store_url, overwrite=True)

    with closing(Database.open(store_url, clock=lambda: NOW)) as database, database.read() as conn:
        assert prefix(conn) != before


def test_a_backup_is_one_moment_while_the_daemon_writes(store_url: str, tmp_path: Path) -> None:
    """Every job writes a pair; a copy that holds half of one is no moment that ever was."""
    database = Database.open(store_url, clock=lambda: NOW)
    writer = Writer(database)

    def pair(number: int) -> None:
        def job(conn: Connection) -> None:
            conn.execute(insert(topics), [{"key": f"{half}{number}", "first_seen": NOW} for half in "ab"])

        writer.submit(job)

    for number in range(300):
        pair(number)
        if number % 100 == 50:
            backup(store_url, tmp_path / f"{number}.backup")
    assert writer.close(timedelta(seconds=20))
    database.close()

    for number in (50, 150, 250):
        other = f"sqlite:///{tmp_path}/{number}.db"
        restore(tmp_path / f"{number}.backup", other)
        keys = [row[0] for row in contents(other)["topics"]]  # type: ignore[index]
        assert {key[1:] for key in keys if key[0] == "a"} == {key[1:] for key in keys if key[0] == "b"}


def test_restoring_keeps_the_replaced_file_aside(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    fill(url)
    backup(url, tmp_path / "b")
    with closing(Database.open(url, clock=lambda: NOW)) as database, database.write() as conn:
        listed(conn, feed("han"), feed("bbc"), now=NOW + DAY)

    with pytest.raises(StoreError, match="there is one already; say --overwrite"):
        restore(tmp_path / "b", url)
    aside = restore(tmp_path / "b", url, overwrite=True)

    assert aside == tmp_path / "w.db.replaced"
    assert (len(contents(f"sqlite:///{aside}")["feeds"]), len(contents(url)["feeds"])) == (2, 1)
    assert restore(tmp_path / "b", url, overwrite=True) == tmp_path / "w.db.replaced.2"


def test_a_damaged_database_is_put_aside_and_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    fill(url)
    backup(url, tmp_path / "b")
    before = contents(url)
    (tmp_path / "w.db").write_bytes(b"not a database " * 1000)

    restore(tmp_path / "b", url, overwrite=True)

    assert contents(url) == before
    assert (tmp_path / "w.db.replaced").read_bytes().startswith(b"not a database")


def test_nothing_is_restored_under_a_running_daemon(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    fill(url)
    backup(url, tmp_path / "b")

    with InstanceLock(url), pytest.raises(InstanceRunning):
        restore(tmp_path / "b", url, overwrite=True)


def test_a_server_that_holds_something_is_not_overwritten_unasked(postgres_url: str, tmp_path: Path) -> None:
    fill(f"sqlite:///{tmp_path}/w.db")
    backup(f"sqlite:///{tmp_path}/w.db", tmp_path / "b")
    restore(tmp_path / "b", postgres_url, overwrite=True)
    before = contents(postgres_url)

    with pytest.raises(StoreError, match="it is not empty; back it up, then say --overwrite"):
        restore(tmp_path / "b", postgres_url)

    assert contents(postgres_url) == before


def newer_file(path: Path) -> None:
    fill(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '0099'")


def damaged_file(path: Path) -> None:
    fill(f"sqlite:///{path}")
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * 32768 + whole[40960:])


def newer_dump(path: Path) -> None:
    path.write_bytes(gzip.compress(b'{"wirewatch": "0099"}\n'))


def cut_dump(path: Path) -> None:
    path.write_bytes(gzip.compress(b'{"wirewatch": "0003"}\n{"table": "meta", "columns": ["key", "value"]}\n'))


def half_dump(path: Path) -> None:
    path.write_bytes(gzip.compress(b'{"wirewatch": "0003"}\n' * 1000)[:20])


@pytest.mark.parametrize(
    ("make", "what"),
    [
        pytest.param(newer_file, "its schema 0099 is newer", id="a newer file"),
        pytest.param(damaged_file, "damaged", id="a damaged file"),
        pytest.param(newer_dump, "its schema 0099 is not this program's", id="a newer dump"),
        pytest.param(cut_dump, "tables are missing", id="a dump without its end"),
        pytest.param(half_dump, "it is damaged or no backup", id="half a dump"),
        pytest.param(lambda path: path.write_bytes(b"feeds: []"), "it is damaged or no backup", id="another file"),
        pytest.param(lambda path: None, "there is no such file", id="no file"),
    ],
)
def test_a_backup_that_cannot_be_used_replaces_nothing(make, what: str, store_url: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(store_url)
    before = contents(store_url)
    make(tmp_path / "bad.backup")

    with pytest.raises(StoreError, match=what):
        restore(tmp_path / "bad.backup", store_url, overwrite=True)

    assert contents(store_url) == before


def test_a_database_is_not_backed_up_onto_itself(tmp_path: Path) -> None:
    fill(f"sqlite:///{tmp_path}/w.db")

    with pytest.raises(StoreError, match="that is the database itself"):
        backup(f"sqlite:///{tmp_path}/w.db", tmp_path / "w.db")


def test_the_last_good_watchlist_comes_back_byte_by_byte(conn: Connection) -> None:
    files = (("watchlist.yaml", b"feeds: []\n"), ("more/\xed\x95\x9c.yaml", bytes(range(256))))
    assert last_watchlist(conn) is None

    assert save_watchlist(conn, [("old.yaml", b"")], NOW) is True
    assert save_watchlist(conn, files, NOW) is True
    assert save_watchlist(conn, files, NOW + DAY) is False

    assert last_watchlist(conn) == files


def test_the_good_watchlists_before_it_are_kept_by_number_the_oldest_go(conn: Connection) -> None:
    for day in range(MOST_KEPT + 2):
        save_watchlist(conn, [("w.yaml", b"%d" % day)], NOW + day * DAY)

    kept = kept_watchlists(conn)
    assert [since for _, since in kept] == [NOW + day * DAY for day in range(MOST_KEPT + 1, 1, -1)]
    assert last_watchlist(conn, kept[-1][0]) == (("w.yaml", b"2"),)
    assert last_watchlist(conn, 10_000) is None
