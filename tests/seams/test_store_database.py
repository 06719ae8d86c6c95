"""Opening a database: made, checked, migrated after a copy, or refused with what to do; one daemon per file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import UniqueConstraint, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.seams.postgres import Postgres
from tests.seams.storing import NOW, entry, feed, listed, new_entry
from wirewatch.core.model import EntryId
from wirewatch.errors import InstanceRunning, StoreBusy, StoreError
from wirewatch.store.database import Database, InstanceLock
from wirewatch.store.entries import kept_entries, save_entries
from wirewatch.store.faults import StoreRefused, fault_of
from wirewatch.store.schema import MIGRATIONS, Schema
from wirewatch.store.tables import metadata

DAEMON = Path(__file__).parents[2] / "daemon"
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    with op.batch_alter_table("entries") as batch:
        batch.add_column(sa.Column("folded", sa.Text(), nullable=False, server_default="none yet"))
        batch.alter_column("author", existing_type=sa.Text(), nullable=True)
"""
BROKEN = SECOND.replace("with op.batch", 'op.drop_table("hits")\n    raise ZeroDivisionError\n    with op.batch')


def open_sqlite(path: Path, **more) -> Database:  # type: ignore[no-untyped-def]
    return Database.open(f"sqlite:///{path}", clock=lambda: NOW, **more)


def later_schema(folder: Path, migration: str = SECOND) -> Schema:
    """The migrations of a program that is one step ahead."""
    (folder / "versions").mkdir()
    for shipped in (MIGRATIONS / "versions").glob("*.py"):
        (folder / "versions" / shipped.name).write_bytes(shipped.read_bytes())
    (folder / "versions" / "0004_folded.py").write_text(migration)
    return Schema(folder / "versions", "0004")


@pytest.fixture
def filled(store_url: str) -> Iterator[str]:
    """The address of a database that holds one entry."""
    database = Database.open(store_url, clock=lambda: NOW)
    with database.write() as conn:
        save_entries(conn, listed(conn, feed("han"))[0], [new_entry("kept", 1)])
    database.close()
    yield store_url


def test_the_migrations_make_the_tables_that_the_program_uses(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        made = inspect(conn)
        for table in metadata.tables.values():
            unique = {tuple(one["column_names"]) for one in made.get_unique_constraints(table.name)}
            wanted = {
                tuple(column.name for column in one.columns)
                for one in table.constraints
                if isinstance(one, UniqueConstraint)
            }
            assert unique == wanted, table.name
            assert {one["name"] for one in made.get_foreign_keys(table.name)} == {
                f"fk_{table.name}_{column.name}" for column in table.columns if column.foreign_keys
            }


def test_a_new_database_is_made_with_its_folder_where_the_address_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(Database.open("sqlite:///state/deep/w.db", clock=lambda: NOW)) as database:
        assert database.path == tmp_path / "state" / "deep" / "w.db"
        assert database.path.is_file()


def test_sqlite_is_opened_with_its_promises(tmp_path: Path) -> None:
    with closing(open_sqlite(tmp_path / "w.db")) as database:
        with database.write() as conn:
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint")
            found = [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
            assert found == ["wal", 2, 1, 5000, 1000]
        with database.read() as conn:
            assert conn.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0
            assert conn.exec_driver_sql("PRAGMA query_only").scalar() == 1
        with database.write() as conn:
            sql = "SELECT sql FROM sqlite_master WHERE name = 'seen'"
            assert "WITHOUT ROWID" in str(conn.exec_driver_sql(sql).scalar())


def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises((StoreBusy, StoreRefused)), database.read() as conn:
        conn.execute(text("DELETE FROM topics"))


def test_readers_see_one_moment(database: Database) -> None:
    with database.read() as reading:
        before = kept_entries(reading, EntryId(0), 10)
        with database.write() as conn:
            save_entries(conn, listed(conn, feed("han"))[0], [new_entry("a", 1)])
        assert kept_entries(reading, EntryId(0), 10) == before == ()
    with database.read() as reading:
        assert [kept.entry for kept in kept_entries(reading, EntryId(0), 10)] == [entry("a")]


def test_what_a_failing_transaction_did_is_undone(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as conn:
        listed(conn, feed("han"))
        raise ZeroDivisionError
    with database.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM feeds")).scalar() == 0


def test_the_time_is_ours_on_sqlite_and_the_servers_on_postgresql(database: Database) -> None:
    if database.is_postgres:
        assert abs(database.now() - datetime.now(UTC)) < timedelta(minutes=1)
    else:
        assert database.now() == NOW


def test_reading_alone_makes_and_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is none yet; start the daemon once with: wirewatch run"):
        open_sqlite(tmp_path / "w.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_is_migrated_after_a_copy(filled: str, tmp_path: Path) -> None:
    schema = later_schema(tmp_path)
    with pytest.raises(StoreError, match="has schema 0003, this program needs 0004; start the daemon once"):
        Database.open(filled, clock=lambda: NOW, read_only=True, schema=schema)

    if filled.startswith("postgresql"):
        return  # the other tests share this server's database: it stays at the schema of this program
    with closing(Database.open(filled, clock=lambda: NOW, schema=schema)) as database, database.read() as conn:
        assert conn.execute(text("SELECT title, folded FROM entries")).all() == [("kept", "none yet")]
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0004"
        assert conn.execute(text("SELECT count(*) FROM seen")).scalar() == 2
    copy = tmp_path / "wirewatch.db.schema-0003-before-0004"
    with closing(open_sqlite(copy)) as old, old.read() as conn:
        assert [kept.entry.title for kept in kept_entries(conn, EntryId(0), 10)] == ["kept"]


def test_an_older_schema_is_migrated_on_a_server(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url(postgres.create())
    Database.open(url, clock=lambda: NOW).close()

    schema = later_schema(tmp_path)
    with closing(Database.open(url, clock=lambda: NOW, schema=schema)) as database, database.read() as conn:
        assert "folded" in {column["name"] for column in inspect(conn).get_columns("entries")}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_migration_that_fails_changes_nothing(filled: str, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        Database.open(filled, clock=lambda: NOW, schema=later_schema(tmp_path, BROKEN))

    with closing(Database.open(filled, clock=lambda: NOW)) as database, database.read() as conn:
        assert [kept.entry.title for kept in kept_entries(conn, EntryId(0), 10)] == ["kept"]
        assert conn.execute(text("SELECT count(*) FROM hits")).scalar() == 0


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    open_sqlite(tmp_path / "w.db", schema=later_schema(tmp_path / "later")).close()

    with pytest.raises(StoreError, match=r"its schema 0004 is newer than this program's 0003; install the newer"):
        open_sqlite(tmp_path / "w.db")


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "w.db")) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")

    with pytest.raises(StoreError, match=r"it belongs to another program; name another one in settings\.database"):
        open_sqlite(tmp_path / "w.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.db").write_bytes(b"feeds:\n  - https://han.example/rss\n" * 100)

    with pytest.raises(StoreError, match=r"w\.db: the file is not a database; .* wirewatch restore FILE"):
        open_sqlite(tmp_path / "w.db")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with closing(open_sqlite(path)) as database, database.write() as conn:
        rows = [new_entry(f"t{key}", key, content="x" * 900) for key in range(300)]
        save_entries(conn, listed(conn, feed("han"))[0], rows)
    whole = path.read_bytes()
    path.write_bytes(whole[:40960] + b"\xa5" * 40960 + whole[81920:])

    with pytest.raises(StoreError, match=r"the file is damaged.* wirewatch restore FILE"):
        open_sqlite(path)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        pytest.param("sqlite://", "a database in memory forgets everything", id="in memory"),
        pytest.param("mysql://root:secret@db/w", "mysql is not supported", id="another kind"),
        pytest.param("secret words", "not an address of a database", id="no address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_quoting_it(url: str, what: str) -> None:
    with pytest.raises(StoreError, match=what) as refused:
        Database.open(url, clock=lambda: NOW)
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_busy_and_its_password_unsaid() -> None:
    url = "postgresql+psycopg://watch:hush@127.0.0.1:9/w?connect_timeout=2"
    with pytest.raises(StoreBusy, match=r"127\.0\.0\.1/w: the server does not answer; nothing is lost") as busy:
        Database.open(url, clock=lambda: NOW)
    assert "hush" not in str(busy.value)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="it cannot be written; check the rights"):
        open_sqlite(tmp_path)


def test_alembic_is_loaded_only_when_a_migration_is_due(sqlite_template: Path) -> None:
    script = (
        "import sys; from datetime import datetime, UTC; from wirewatch.store.database import Database;"
        "Database.open(sys.argv[1], clock=lambda: datetime.now(UTC)).close();"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'alembic', 'psycopg', 'mako'}))"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{sqlite_template}"]
    run = subprocess.run(command, env={"PYTHONPATH": str(DAEMON)}, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_second_daemon_is_refused_with_the_first_ones_process_id(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from wirewatch.store.database import InstanceLock;"
            "lock = InstanceLock(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
            url,
        ],
        env={"PYTHONPATH": str(DAEMON)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(InstanceRunning, match=f"a daemon already runs on it, process {holder.pid}; stop that one"):
            InstanceLock(url)
        holder.kill()
        holder.wait(20)
    with InstanceLock(url):
        assert (tmp_path / "w.db.lock").read_text() == f"{os.getpid()}\n"
        with pytest.raises(InstanceRunning):
            InstanceLock(url)
    InstanceLock(url).release()


def test_a_server_is_shared_by_its_nodes(postgres_url: str) -> None:
    with InstanceLock(postgres_url), InstanceLock(postgres_url):
        pass


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("said the database")
    error.sqlite_errorcode = code
    return error


class ServerError(Exception):
    """As psycopg's: with the server's code."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("said the server")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("original", "ours"),
    [
        *((sqlite_error(code), StoreBusy) for code in (5, 6, 7, 8, 9, 10, 13, 14, 15, 261, 266, 1290)),
        *((sqlite_error(code), StoreError) for code in (11, 26, 267)),
        *((sqlite_error(code), StoreRefused) for code in (1, 18, 19, 20)),
        (sqlite3.ProgrammingError("a wrong binding"), StoreRefused),
        *((ServerError(code), StoreBusy) for code in ("08006", "53100", "57P01", "40001", "40P01", "55P03", "25006")),
        *((ServerError(code), StoreError) for code in ("XX001", "28P01", "3D000", "42501")),
        *((ServerError(code), StoreRefused) for code in ("23505", "22021", "42703")),
    ],
    ids=lambda value: f"{getattr(value, 'sqlite_errorcode', getattr(value, 'sqlstate', ''))}" or None,
)
def test_every_exception_of_the_databases_is_one_of_ours(original: Exception, ours: type[Exception]) -> None:
    for wrapped in (DBAPIError("SQL", {"secret": "s3cret"}, original), original):
        if wrapped is original and not isinstance(original, sqlite3.Error):
            continue  # sqlite3's own come bare from its connect; psycopg's never do
        found = fault_of(wrapped, "w.db")
        assert type(found) is ours
        assert "said the" in str(found) or "wrong binding" in str(found)
        assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        pytest.param(PoolTimeout("QueuePool limit"), StoreBusy, id="no connection left"),
        pytest.param(InvalidRequestError("closed"), StoreRefused, id="our own misuse"),
        pytest.param(OperationalError("SQL", {}, OperationalError("x", {}, Exception())), StoreBusy, id="lost"),
        pytest.param(IntegrityError("SQL", {}, Exception("twice")), StoreRefused, id="twice"),
        pytest.param(SQLAlchemyError("odd"), StoreRefused, id="anything else"),
    ],
)
def test_every_exception_of_sqlalchemy_is_one_of_ours(error: Exception, ours: type[Exception]) -> None:
    assert type(fault_of(error, "w.db")) is ours


def test_no_exception_of_sqlalchemy_leaves_the_store(database: Database) -> None:
    with pytest.raises(StoreRefused), database.read() as conn:
        conn.execute(text("SELECT nothing FROM nowhere"))
    with pytest.raises(StoreRefused), database.write() as conn:
        conn.execute(text("INSERT INTO topics (key) VALUES ('no time')"))
