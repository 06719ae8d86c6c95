"""`wirewatch run` and `wirewatch once`: the daemon in the foreground, and one round of it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.app import App
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, WatchlistOption, database_address, find_watchlist, make_resolver
from wirewatch.control.places import socket_of_daemon
from wirewatch.core.model import Message
from wirewatch.editions import first_edition
from wirewatch.errors import ConfigError
from wirewatch.health import Manager
from wirewatch.logs import set_up_logs
from wirewatch.notify.console import ConsoleSender
from wirewatch.notify.sender import DeskCard, Destination, Sender
from wirewatch.notify.senders import make_senders
from wirewatch.outside import Outside, utc_now
from wirewatch.store.database import Database, InstanceLock

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be sent and to whom; send nothing, keep nothing.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log every change of state, also on a terminal.")]


def run(
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
    dry_run: DryRunOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Watch until told to stop (Ctrl-C, SIGTERM). Save the watchlist, or send SIGHUP, and the edit is live."""
    _start(watchlist, database, dry_run=dry_run, verbose=verbose, go=App.run)


def once(
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
    dry_run: DryRunOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Poll every feed that is due, send what is due, and end. The first time, what stands there is older news."""
    _start(watchlist, database, dry_run=dry_run, verbose=verbose, go=App.once)


GRACE = 1.0  # seconds that a thread gets to end by itself

Go = Callable[[App], Coroutine[None, None, None]]


def _start(watchlist: Path | None, given: str | None, *, dry_run: bool, verbose: bool, go: Go) -> None:
    resolver = make_resolver()
    chatty = verbose or not sys.stderr.isatty()
    set_up_logs(logging.INFO if chatty else logging.WARNING, resolver.scrub)
    path = find_watchlist(watchlist)
    with ExitStack() as stack:
        if dry_run:
            address = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/dry-run.db"
        else:
            address = database_address(path, given)
        stack.enter_context(InstanceLock(address))
        database = Database.open(address, clock=utc_now)
        stack.callback(database.close)
        senders = _dry_senders() if dry_run else make_senders(resolver, sys.stdout)
        socket = None if dry_run else socket_of_daemon(os.environ, address)
        manager = Manager.from_environment(os.environ)
        outside = Outside(resolver.resolve, senders, _say, socket=socket, manager=manager)
        asyncio.run(_run(path, database, outside, go))
    _end()


async def _run(path: Path, database: Database, outside: Outside, go: Go) -> None:
    try:
        with database.read() as conn:
            edition = first_edition(path, conn)
    except ConfigError as error:
        place = f"{path}: this watchlist cannot be used, and there is no last good one; mend what is said above"
        print(f"{error}\n{place}", file=sys.stderr)
        raise typer.Exit(Exit.WATCHLIST) from error
    if edition.problems is not None:
        print(f"{edition.problems}\nThe last good watchlist goes on until this is mended.", file=sys.stderr)
    await go(App(path, database, edition, outside))


@dataclass(frozen=True, slots=True)
class DrySender:
    """Prints what would go out, and to whom."""

    console: ConsoleSender

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        _say(f"Would go to {destination.key}:")
        self.console.send(message, destination, desk)
        return "dry run: printed, not sent"


def _dry_senders() -> Mapping[str, Sender]:
    dry = DrySender(ConsoleSender(sys.stdout))
    return dict.fromkeys(("console", "mail", "apprise"), dry)


def _say(text: str) -> None:
    print(text, flush=True)


def _end() -> None:
    """End the process even where a third party's sender thread hangs: its message is repeated at the next start."""
    for one in threading.enumerate():
        if one is not threading.current_thread() and not one.daemon:
            one.join(GRACE)
    hanging = [one.name for one in threading.enumerate() if one is not threading.current_thread() and not one.daemon]
    if hanging:
        logging.getLogger(__name__).warning("action=hard_exit threads=%s", ",".join(hanging))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(Exit.OK)
