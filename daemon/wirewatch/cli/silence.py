"""`wirewatch silence`: keep a topic quiet for a while, see what is quiet, and end it."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.complete import topic_names
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, clock, console, control, print_json
from wirewatch.config.quantities import duration
from wirewatch.control.operations import LONGEST_SILENCE
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import TopicKey

GROUP_HELP = (
    "Keep a topic quiet for a while: silence TOPIC --for 2h --because WHY. "
    "`silence list` shows what is silent, `silence lift TOPIC` ends it."
)

TopicArgument = Annotated[
    str, typer.Argument(help="The topic, by its key in the watchlist.", autocompletion=topic_names, show_default=False)
]


def _duration(text: str) -> timedelta:
    try:
        lasts = duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not timedelta(0) < lasts <= LONGEST_SILENCE:
        raise typer.BadParameter(f"a silence lasts longer than 0 and at most {LONGEST_SILENCE.days} days")
    return lasts


ForOption = Annotated[
    timedelta,
    typer.Option(
        "--for", parser=_duration, metavar="DURATION", help="How long: 2h, 90 min, 3 days.", show_default=False
    ),
]
BecauseOption = Annotated[
    str, typer.Option("--because", help="Why; whoever wonders later reads it.", show_default=False)
]


def silence(
    topic: TopicArgument,
    lasts: ForOption,
    because: BecauseOption,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Tell nobody of a topic for a while. An alert that names another topic too is told all the same.

    What is kept back is not sent later: wirewatch alerts --state silenced
    """
    with control(watchlist, database, writing=True) as watch:
        made = watch.silence(TopicKey(topic), lasts, because, getpass.getuser())
    if json:
        print_json(made)
    else:
        print(f"{made.topic} is silent until {clock(made.until)}. End it earlier: wirewatch silence lift {made.topic}")


def silence_list(json: JsonOption = False, watchlist: WatchlistOption = None, database: DatabaseOption = None) -> None:
    """Show what is silent now, and what was in the last 7 days."""
    with control(watchlist, database) as watch:
        found = watch.silences()
    if json:
        print_json(found)
    elif not found:
        print("No topic is silent, and none was in the last 7 days.")
    else:
        console().print(_table(found))


def silence_lift(
    topic: TopicArgument,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """End the silence of a topic now."""
    with control(watchlist, database, writing=True) as watch:
        lifted = watch.lift(TopicKey(topic))
    if json:
        print_json({"topic": topic, "lifted": lifted})
    elif lifted:
        print(f"{topic} is told again from now on. What was kept back: wirewatch alerts --state silenced")
    else:
        print(f"{topic} was not silent; see: wirewatch silence list")


def _table(found: tuple[Silence, ...]) -> Table:
    made = Table("topic", "from", "until", "by", "because", box=None)
    for one in found:
        until = f"{clock(one.lifted_at)} (lifted)" if one.lifted_at else clock(one.until)
        made.add_row(one.topic, clock(one.since), until, one.by or "-", one.because)
    return made
