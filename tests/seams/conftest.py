"""Databases for the store's tests: each test gets its own, migrated and empty, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seams.postgres import Postgres
from tests.seams.storing import NOW
from wirewatch.store.database import Connection, Database
from wirewatch.store.tables import metadata


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres.start(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """One migrated database for all tests of a worker; each finds it empty (making new ones takes half a second)."""
    url = postgres.url(postgres.create())
    Database.open(url, clock=lambda: NOW).close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    Database.open(f"sqlite:///{path}", clock=lambda: NOW).close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that holds nothing."""
    if request.param == "sqlite":
        path = tmp_path / "wirewatch.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("postgres_url")
    database = Database.open(url, clock=lambda: NOW)
    with database.write() as connection:
        filled = ", ".join(name for name in metadata.tables if name != "meta")
        connection.exec_driver_sql(f"TRUNCATE {filled} RESTART IDENTITY")
    database.close()
    yield url


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database.open(store_url, clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """One transaction, rolled back only by a failing test."""
    with database.write() as connection:
        yield connection
