"""`wirewatch status`: is the watch well? For people in words, for monitoring by its exit code."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, clock, control, print_json
from wirewatch.control.protocol import Status


def status(json: JsonOption = False, watchlist: WatchlistOption = None, database: DatabaseOption = None) -> None:
    """Say whether the watch is well, since when, what waits and what was refused. Ends with 0 if well, else with 1."""
    with control(watchlist, database) as watch:
        found = watch.status()
    if json:
        print_json(found)
    else:
        print("\n".join(in_words(found)))
    if not found.well:
        raise typer.Exit(Exit.FAULT)


def in_words(found: Status) -> Iterator[str]:
    """The first line says it; the rest says how it is."""
    since = f" since {clock(found.since_well)}" if found.since_well else ""
    yield f"{'Well' if found.well else 'Not well'}{since}.{f' {found.desk}.' if found.desk else ''}"
    yield from (f"    {trouble}" for trouble in found.troubles)
    if found.running:
        yield f"daemon      runs since {clock(found.since)}, process {found.pid}, wirewatch {found.version}"
    yield f"watchlist   {found.watchlist}, live since {clock(found.loaded_at)}"
    yield f"database    {found.database}, schema {found.schema}"
    yield f"feeds       {found.heard} of {found.feeds} heard; last asked {clock(found.polled_at)}"
    yield f"messages    {_queue(found)}; last delivered {clock(found.delivered_at)}"
    for quiet in found.silences:
        yield f"silent      {quiet.topic} until {clock(quiet.until)}: {quiet.because}"
    for error in found.refused:
        yield f"refused     {error}"


def _queue(found: Status) -> str:
    queue = found.queue
    numbers = (
        (queue.waiting, "waiting"),
        (queue.sending, "under way"),
        (queue.held, "held (wirewatch release)"),
        (queue.given_up, "given up"),
        (queue.silenced, "silenced"),
    )
    said = ", ".join(f"{number} {what}" for number, what in numbers if number)
    return said or "none waiting"
