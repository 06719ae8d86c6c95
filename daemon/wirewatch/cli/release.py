"""`wirewatch release`, `retry` and `reload`: let go what is held, send again what was given up, take up an edit."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from wirewatch.cli.complete import receiver_names, release_names
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, control, print_json
from wirewatch.core.watchlist import ReceiverName

NameArgument = Annotated[
    str,
    typer.Argument(
        help="A receiver with `hold: yes`, or a feed that looked rebuilt (its name or address).",
        autocompletion=release_names,
        show_default=False,
    ),
]
MessageArgument = Annotated[
    str | None, typer.Argument(help="One message, by its number, as `wirewatch alerts` shows it. Default: all.")
]
ReceiverOption = Annotated[
    str | None,
    typer.Option("--receiver", "-r", help="Only messages for this receiver.", autocompletion=receiver_names),
]


def release(
    name: NameArgument,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let go what is held: the messages of a receiver, or the entries of a feed that looked rebuilt."""
    with control(watchlist, database, writing=True) as watch:
        released = watch.release(name)
    if json:
        print_json({"name": name, "released": released})
    elif released:
        print(f"{name}: {released} released; see: wirewatch alerts")
    else:
        print(f"{name}: nothing is held.")


def retry(
    message: MessageArgument = None,
    receiver: ReceiverOption = None,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Send again what was given up, and what waits for another try, now. Messages keep their numbers."""
    with control(watchlist, database, writing=True) as watch:
        sent = watch.retry(message, ReceiverName(receiver) if receiver else None)
    if json:
        print_json({"sent_again": sent})
    elif sent:
        print(f"{sent} {'message goes' if sent == 1 else 'messages go'} again; see: wirewatch alerts")
    else:
        print("No message was given up, and none waits for another try.")


def reload(json: JsonOption = False, watchlist: WatchlistOption = None, database: DatabaseOption = None) -> None:
    """Make the saved watchlist live now, and print every error if it cannot be (exit code 78; nothing changed then)."""
    with control(watchlist, database) as watch:
        errors = watch.reload()
    if json:
        print_json({"live": not errors, "errors": errors})
    elif errors:
        print("\n".join(errors), file=sys.stderr)
        print("The edit is not live; the last good watchlist goes on.", file=sys.stderr)
    else:
        print("The watchlist is live.")
    if errors:
        raise typer.Exit(Exit.WATCHLIST)
