"""`wirewatch receivers`: who is told and by which way; `receivers test` sends each way one message. No database."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from wirewatch.cli.complete import receiver_names
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import JsonOption, WatchlistOption, console, find_watchlist, make_resolver, print_json
from wirewatch.config.load import load_watchlist
from wirewatch.config.suggest import did_you_mean
from wirewatch.core.watchlist import Receiver, Watchlist
from wirewatch.errors import DeliveryError, WirewatchError
from wirewatch.notify.destinations import destinations
from wirewatch.notify.reach import way_of
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.notify.senders import make_senders
from wirewatch.notify.trial import Sent, send_trial
from wirewatch.outside import utc_now

GROUP_HELP = "Show who is told, and by which way. Try a way with: receivers test NAME"

NameArgument = Annotated[
    str | None, typer.Argument(help="The receiver, as the watchlist names it.", autocompletion=receiver_names)
]
AllOption = Annotated[bool, typer.Option("--all", help="Every receiver, each destination once.")]


@dataclass(frozen=True, slots=True)
class ListedDestination:
    """One place that messages go to. way: in words, without a secret; fault: why it cannot be read, "" where it can."""

    key: str
    kind: str
    way: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ListedReceiver:
    """What `receivers --json` prints. routes: the numbers of those that name it; machine: one brings notices."""

    name: str
    timezone: str
    hold: bool
    routes: tuple[int, ...]
    machine: bool
    destinations: tuple[ListedDestination, ...]


GROUP_HELP = "Show who is told, where, and by which routes. `receivers test NAME` sends a test message to each."


def receivers_list(watchlist: WatchlistOption = None, json: JsonOption = False) -> None:
    """Show each receiver, where its messages go, and which routes name it. Never shows a secret."""
    loaded, resolver = load_watchlist(find_watchlist(watchlist)).watchlist, make_resolver()
    found = tuple(_listed(receiver, loaded, resolver) for receiver in loaded.receivers)
    if json:
        print_json(found)
    elif not found:
        print("There are no receivers. Write one below `receivers:` and name it in a route.")
    else:
        _print(found)


def receivers_test(
    name: NameArgument = None, every: AllOption = False, watchlist: WatchlistOption = None, json: JsonOption = False
) -> None:
    """Send one test message to each destination of a receiver, and show the server's answer."""
    loaded, resolver = load_watchlist(find_watchlist(watchlist)).watchlist, make_resolver()
    wanted = _wanted(name, loaded, every=every)
    by_receiver = destinations(Watchlist(receivers=wanted), resolver.resolve)
    ways = tuple(dict.fromkeys(one for receiver in wanted for one in by_receiver[receiver.name]))
    senders = make_senders(resolver, sys.stderr if json else sys.stdout)
    desk, host = DeskCard.of(loaded.settings), socket.gethostname()
    results = send_all(ways, lambda way: send_trial(way, senders, desk, utc_now(), host))
    _end(results, wanted, json=json)


def _end(results: Sequence[Sent], wanted: Sequence[Receiver], *, json: bool) -> None:
    failed = sum(not sent.ok for sent in results)
    if json:
        print_json(tuple(results))
    else:
        print("\n".join(map(_in_words, results)))
        for receiver in wanted:
            if receiver.hold:
                print(
                    f"note: {receiver.name} has `hold: true`: its alerts wait until wirewatch release {receiver.name}."
                )
        print(f"{len(results)} tried: {len(results) - failed} took the message, {failed} did not.")
        if failed:
            print("Mend what is said above; what this machine cannot reach, and why, says: wirewatch doctor")
    if failed:
        raise typer.Exit(Exit.FAULT)


def send_all(ways: Sequence[Destination], send: Callable[[Destination], Sent]) -> tuple[Sent, ...]:
    """One after the other, with a bar for a person at a terminal; what is printed here comes last, below the bar."""
    far = [way for way in ways if way.kind != "console"]
    near = [way for way in ways if way.kind == "console"]
    screen = Console(stderr=True)
    results: dict[Destination, Sent] = {}
    with Progress(
        *(TextColumn("Sending"), BarColumn(), MofNCompleteColumn()),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as progress:
        for way in progress.track(far):
            results[way] = send(way)
    results |= {way: send(way) for way in near}
    return tuple(results[way] for way in ways)


def _in_words(sent: Sent) -> str:
    return f"well:  {sent.destination}: {sent.answer}" if sent.ok else f"wrong: {sent.answer}"


def _wanted(name: str | None, loaded: Watchlist, *, every: bool) -> tuple[Receiver, ...]:
    names = [str(receiver.name) for receiver in loaded.receivers]
    the_list = f"the receivers are: {', '.join(names)}" if names else "the watchlist has none; write one first"
    if every and name is None:
        return loaded.receivers
    if name is None or every:
        raise WirewatchError(f"receivers test: name one receiver, or say --all; {the_list}")
    found = next((receiver for receiver in loaded.receivers if receiver.name == name), None)
    if found is None:
        hint = did_you_mean(name, names, "receivers")
        cure = f"{hint} {the_list[:1].upper()}{the_list[1:]}" if hint.endswith("?") else the_list
        raise WirewatchError(f"receivers: '{name}': there is no such receiver; {cure}")
    return (found,)


def _listed(receiver: Receiver, loaded: Watchlist, resolver: Resolver) -> ListedReceiver:
    routes = [route for route in loaded.routes if receiver.name in route.to]
    alone = Watchlist(receivers=(receiver,))
    ways = destinations(alone, resolver.resolve)[receiver.name]
    return ListedReceiver(
        name=receiver.name,
        timezone=receiver.timezone,
        hold=receiver.hold,
        routes=tuple(route.number for route in routes),
        machine=any(route.machine for route in routes),
        destinations=tuple(_destination(one, resolver) for one in ways),
    )


def _destination(one: Destination, resolver: Resolver) -> ListedDestination:
    try:
        return ListedDestination(one.key, one.kind, way_of(one, resolver, os.environ).what)
    except DeliveryError as error:
        return ListedDestination(one.key, one.kind, "cannot be read", str(error))


def _print(found: Sequence[ListedReceiver]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("receiver", no_wrap=True)
    table.add_column("goes to", overflow="fold")
    table.add_column("routes", no_wrap=True)
    for receiver in found:
        routes = ", ".join(map(str, receiver.routes)) or "none: it is told nothing"
        routes += " (notices)" if receiver.machine else ""
        routes += ", held" if receiver.hold else ""
        for index, one in enumerate(receiver.destinations):
            what = one.fault or one.way
            table.add_row(*((receiver.name, what, routes) if index == 0 else ("", what, "")))
    console().print(table)
    print("Try one: wirewatch receivers test NAME")
