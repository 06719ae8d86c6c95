"""`wirewatch not-this`: mark noise, see which words are to blame, and get the line that keeps it out."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, control, print_json
from wirewatch.control.protocol import Noise

WhatArgument = Annotated[
    str, typer.Argument(help="alert:12 or hit:34, as `wirewatch alerts` and `hits` number them.", show_default=False)
]


def not_this(
    what: WhatArgument,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say that an alert or a hit was noise. Prints the words to blame and the example to put into the watchlist."""
    kind, number = _number(what)
    with control(watchlist, database, writing=True) as watch:
        by = getpass.getuser()
        found = watch.not_this(alert=number, by=by) if kind == "alert" else watch.not_this(hit=number, by=by)
    if json:
        print_json(found)
    else:
        print("\n\n".join(in_words(one) for one in found))


def _number(what: str) -> tuple[str, int]:
    kind, _, number = what.partition(":")
    if kind not in ("alert", "hit") or not number.isdecimal():
        raise typer.BadParameter(f"{what!r}: write alert:12 or hit:34")
    return kind, int(number)


def in_words(noise: Noise) -> str:
    """What to do about one marked hit."""
    terms = ", ".join(noise.terms) or "no single word: everything in this feed is about the topic"
    example = noise.example.replace("'", "''")
    return (
        f"{noise.topic}: marked as noise. To blame: {terms}\n"
        f'    "{noise.text}"\n'
        f"Put this under topics.{noise.topic}, then add a `not` that lets it hold (check tries it):\n"
        f"    examples:\n      ignore:\n        - '{example}'"
    )
