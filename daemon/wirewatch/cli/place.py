"""Where a command finds the watchlist and its database, and how it prints what it found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from wirewatch.config.load import load_watchlist
from wirewatch.config.peek import peek_database
from wirewatch.control.client import RemoteControl, answers
from wirewatch.control.local import LocalControl
from wirewatch.control.places import sockets_to_ask
from wirewatch.control.protocol import Control
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError, SecretError
from wirewatch.live import Live, bring_to_life, today_of
from wirewatch.notify.secrets import Resolver
from wirewatch.store.database import Connection, Database, InstanceLock

T = TypeVar("T")

PLACES = (Path("watchlist.yaml"), Path("config/watchlist.yaml"), Path("/etc/wirewatch/watchlist.yaml"))

WatchlistOption = Annotated[
    Path | None,
    typer.Option(
        "--watchlist",
        "-w",
        envvar="WIREWATCH_WATCHLIST",
        help="The watchlist file. Default: ./watchlist.yaml, ./config/watchlist.yaml or /etc/wirewatch/watchlist.yaml.",
        show_default=False,
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        "-d",
        envvar="WIREWATCH_DATABASE",
        help="Another database than the watchlist names, as an SQLAlchemy address.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most this many.")]


def find_watchlist(given: Path | None) -> Path:
    """The file that was named, else the first that is there; the name to complain about where none is."""
    return given or next((path for path in PLACES if path.is_file()), PLACES[0])


def make_resolver() -> Resolver:
    """Secrets from the environment, from files, and from systemd's credentials."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Resolver(os.environ, Path(folder) if folder else None)


def database_address(watchlist: Path, given: str | None) -> str:
    """The database named on the command line, else by the watchlist, even by one that is broken elsewhere. Resolved."""
    if given is None:
        try:
            given = load_watchlist(watchlist).watchlist.settings.database
        except ConfigError:
            given = peek_database(watchlist)
    return make_resolver().resolve(given)


@contextmanager
def control(watchlist: Path | None, database: str | None, *, writing: bool = False) -> Iterator[Control]:
    """The daemon where one runs, else the database itself: to read, or to write under the instance lock."""
    path = find_watchlist(watchlist)
    daemon, address = _daemon(path, database)
    if daemon is not None:
        yield daemon
        return
    if address is None:
        address = database_address(path, database)
    with ExitStack() as stack:
        if writing:
            stack.enter_context(InstanceLock(address))
        opened = Database.open(address, read_only=not writing, clock=lambda: datetime.now(UTC))
        stack.callback(opened.close)
        yield _local(path, opened)


def _daemon(path: Path, database: str | None) -> tuple[RemoteControl | None, str | None]:
    """The daemon of this watchlist and database, if it answers; and the database's address, where it can be known.

    A user of the service's group may not be able to read its secrets, and need not.
    """
    address: str | None = None
    with suppress(SecretError):  # said when the database has to be opened
        address = database_address(path, database)
    for socket in sockets_to_ask(os.environ, address, path):
        if answers(socket):
            return RemoteControl(socket), address
    return None, address


def _local(path: Path, opened: Database) -> LocalControl:
    def write(job: Callable[[Connection], T], *, placing: bool = False) -> T:
        with opened.write(placing=placing) as conn:
            return job(conn)

    loaded: Watchlist | None = None
    refused: tuple[str, ...] = ()
    try:
        loaded = load_watchlist(path).watchlist
    except ConfigError as error:
        refused = tuple(str(problem) for problem in error.problems)

    def live() -> Live:
        watchlist = loaded or load_watchlist(path).watchlist
        return bring_to_life(watchlist, make_resolver().resolve, today_of(watchlist, datetime.now(UTC)))

    return LocalControl(
        database=opened,
        write=write,
        live=live,
        clock=lambda: datetime.now(UTC),
        desk=lambda: loaded.settings.name if loaded else "",
        watchlist=str(path.resolve()),
        refused=refused,
    )


def console() -> Console:
    """Standard output; tables keep their columns when they are piped."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=200)


def print_json(value: object) -> None:
    """One JSON document; times as ISO 8601, durations in seconds, enums as their value."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value


def clock(at: datetime | None) -> str:
    """A local time for a table; "-" where there is none."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at is not None else "-"
