"""`wirewatch tell`: a word to the operator without the database, for systemd's OnFailure and for scripts."""

from __future__ import annotations

import os
import socket
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import JsonOption, WatchlistOption, find_watchlist, make_resolver, print_json
from wirewatch.errors import WirewatchError
from wirewatch.notify.sender import DeskCard
from wirewatch.notify.senders import make_senders
from wirewatch.notify.trial import Sent
from wirewatch.outside import utc_now
from wirewatch.tell import (
    LOG_LINES,
    MAIL_TIMEOUT,
    WAITS,
    learn_secrets,
    machine_destinations,
    notice_text,
    read_what_can_be_read,
    show_unit,
    unit_in_words,
)
from wirewatch.tell import (
    tell as tell_all,
)

TextArgument = Annotated[str | None, typer.Argument(help="What to say.")]
UnitOption = Annotated[
    str | None, typer.Option("--unit", "-u", help="A systemd unit that has failed: says how, and what to do.")
]
LogOption = Annotated[
    str | None, typer.Option("--log", help="Add the last lines of this file; - reads them from standard input.")
]

NOBODY = (
    "tell: nobody was told: {path} has no route with `machine: true` that could be read; "
    "add one below routes:, as in `- {{machine: true, to: [RECEIVER]}}`"
)


def tell(
    text: TextArgument = None,
    unit: UnitOption = None,
    log: LogOption = None,
    watchlist: WatchlistOption = None,
    json: JsonOption = False,
) -> None:
    """Tell the receivers of the route with `machine: true`, without the database. Ends with 0 if one was told."""
    if not text and unit is None:
        raise WirewatchError("tell: there is nothing to say; give a text, or --unit UNIT")
    path, resolver = find_watchlist(watchlist), make_resolver()
    known = read_what_can_be_read(path)
    learn_secrets(known.watchlist, resolver)
    first = ([unit_in_words(unit, show_unit(unit, os.environ))] if unit is not None else []) + ([text] if text else [])
    now = utc_now()
    said = notice_text(first, known, resolver.scrub(_log(log)), socket.gethostname(), now)
    said = resolver.scrub(said)
    to = machine_destinations(known.watchlist, resolver)
    if not to:
        print(said, file=sys.stderr)  # the journal has it, at least
        raise WirewatchError(NOBODY.format(path=path))
    senders = make_senders(resolver, sys.stderr if json else sys.stdout, mail_timeout=MAIL_TIMEOUT, waits=WAITS)
    if sys.stderr.isatty():
        print(f"Telling {len(to)}; who does not answer is tried again for up to a minute.", file=sys.stderr)
    _end(tell_all(said, to, senders, DeskCard.of(known.watchlist.settings), now), json=json)


def _end(results: Sequence[Sent], *, json: bool) -> None:
    if json:
        print_json(tuple(results))
    else:
        for sent in results:
            print(f"told:  {sent.destination}: {sent.answer}" if sent.ok else f"wrong: {sent.answer}")
    if not any(sent.ok for sent in results):
        raise typer.Exit(Exit.FAULT)


def _log(name: str | None) -> str:
    """The end of a log; what cannot be read is said in its place, for the notice must go out all the same."""
    if name is None:
        return ""
    if name == "-":
        return b"".join(deque(sys.stdin.buffer, maxlen=4 * LOG_LINES)).decode("utf-8", "replace")
    try:
        with Path(name).open("rb") as file:
            return b"".join(deque(file, maxlen=4 * LOG_LINES)).decode("utf-8", "replace")
    except OSError as error:
        return f"{name}: cannot be read ({error.strerror})"
