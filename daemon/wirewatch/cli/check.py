"""`wirewatch check`: is the watchlist right? Every error at once, and what it would do."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import JsonOption, WatchlistOption, find_watchlist, make_resolver, print_json
from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError
from wirewatch.notify.destinations import destination_problems


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check --json` prints."""

    file: str
    good: bool
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    feeds: int = 0
    topics: int = 0
    receivers: int = 0
    routes: int = 0


def check(watchlist: WatchlistOption = None, json: JsonOption = False) -> None:
    """Check the watchlist and its examples; print every error as file:line:column. Changes nothing."""
    path = find_watchlist(watchlist)
    try:
        loaded = load_watchlist(path).watchlist
        notes = (*loaded.warnings, *destination_problems(loaded, make_resolver().resolve))
    except ConfigError as error:
        errors = tuple(str(problem) for problem in error.problems)
        if json:
            print_json(Checked(str(path), False, errors, ()))
        else:
            print(error, file=sys.stderr)
            print(f"{path}: {len(errors)} {'error' if len(errors) == 1 else 'errors'}; nothing was changed")
        raise typer.Exit(Exit.WATCHLIST) from error
    if json:
        print_json(_checked(str(path), loaded, notes))
    else:
        print(_in_words(str(path), loaded, notes))


def _checked(path: str, loaded: Watchlist, notes: tuple[str, ...]) -> Checked:
    counts = (len(loaded.feeds), len(loaded.topics), len(loaded.receivers), len(loaded.routes))
    return Checked(path, True, (), notes, *counts)


def _in_words(path: str, loaded: Watchlist, notes: tuple[str, ...]) -> str:
    examples = sum(len(topic.examples_match) + len(topic.examples_ignore) for topic in loaded.topics)
    lines = [
        f"{path}: good. {len(loaded.feeds)} feeds, {len(loaded.topics)} topics ({examples} examples hold), "
        f"{len(loaded.receivers)} receivers, {len(loaded.routes)} routes."
    ]
    return "\n".join([*lines, *(f"note: {warning}" for warning in notes)])
