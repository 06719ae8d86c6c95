"""`wirewatch doctor`: is there all that a watch needs? A line for each thing, with what to do."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from wirewatch import __version__
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    WatchlistOption,
    database_address,
    find_watchlist,
    make_resolver,
    print_json,
)
from wirewatch.config.load import load_watchlist
from wirewatch.control.client import RemoteControl, answers
from wirewatch.control.places import sockets_to_ask
from wirewatch.control.protocol import Status
from wirewatch.core.watchlist import Settings
from wirewatch.doctor.examine import STEPS, Doctor, Surroundings
from wirewatch.doctor.finding import Finding, State
from wirewatch.doctor.machine import Versions
from wirewatch.errors import SecretError
from wirewatch.fetch.client import Client
from wirewatch.fetch.curl import curl_version
from wirewatch.fetch.names import look_up
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.notify.senders import make_senders
from wirewatch.notify.trial import Sent, send_trial
from wirewatch.outside import utc_now
from wirewatch.store.schema import sqlite_version

SendOption = Annotated[bool, typer.Option("--send", help="Also send a test message to every receiver.")]


def doctor(
    send: SendOption = False,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Look at this machine, its network and each receiver's server; say what is wrong and what to do. Sends nothing."""
    path, resolver = find_watchlist(watchlist), make_resolver()
    address = _address(path, database)
    around = _surroundings(path, address)
    sender = (lambda ways: _send(path, resolver, ways, quiet=json)) if send else None
    found = _look(Doctor(path, address, resolver, around, sender))
    wrong = sum(one.state is State.WRONG for one in found)
    if json:
        print_json({"well": wrong == 0, "findings": found})
    else:
        print("\n".join(in_words(found)))
    if wrong:
        raise typer.Exit(Exit.FAULT)


def in_words(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each, what to do below it, and the sum at the end."""
    for one in found:
        yield f"{one.state.value + ':':6} {one.subject}: {one.text}"
        if one.cure:
            yield f"       do: {one.cure}"
    wrong = sum(one.state is State.WRONG for one in found)
    yield "Nothing is wrong." if not wrong else f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong."


def _look(doctor: Doctor) -> tuple[Finding, ...]:
    """With a bar where somebody looks on."""
    screen = Console(stderr=True)
    columns = (TextColumn("Looking"), BarColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("", total=STEPS)
        return asyncio.run(doctor.examine(lambda: progress.advance(task)))


def _address(path: Path, database: str | None) -> str | None:
    try:
        return database_address(path, database)
    except SecretError:  # the check of secrets says it
        return None


def _surroundings(path: Path, address: str | None) -> Surroundings:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    credentials = Path(folder) if folder else None
    return Surroundings(
        environ=os.environ,
        versions=Versions(__version__, platform.python_version(), sqlite_version(), curl_version()),
        user=_user(),
        now=utc_now,
        monotonic=time.monotonic,
        free_bytes=lambda path: shutil.disk_usage(path).free,
        may_write=lambda path: os.access(path, os.W_OK),
        look_up=look_up,
        client=_client,
        make=lambda read: Resolver(os.environ, credentials, read),
        ask=_asking(path, address),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in some containers
        return f"user {os.getuid()}"


def _client(settings: Settings, resolver: Resolver) -> Client:
    return Client(settings, resolver.resolve, version=__version__)


def _asking(path: Path, address: str | None) -> Callable[[], Status | None]:
    def ask() -> Status | None:
        for place in sockets_to_ask(os.environ, address, path):
            if answers(place):
                return RemoteControl(place).status()
        return None

    return ask


def _send(path: Path, resolver: Resolver, ways: Sequence[Destination], *, quiet: bool) -> tuple[Sent, ...]:
    senders = make_senders(resolver, sys.stderr if quiet else sys.stdout)
    desk, host = DeskCard.of(load_watchlist(path).watchlist.settings), socket.gethostname()
    return tuple(send_trial(way, senders, desk, utc_now(), host) for way in ways)
