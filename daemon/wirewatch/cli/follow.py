"""`wirewatch follow`: what happens, as it happens."""

from __future__ import annotations

from wirewatch.cli.hits import in_words as hit_in_words
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, clock, control
from wirewatch.control.client import RemoteControl
from wirewatch.control.codec import to_json
from wirewatch.control.follow import Event
from wirewatch.errors import ControlError


def follow(json: JsonOption = False, watchlist: WatchlistOption = None, database: DatabaseOption = None) -> None:
    """Print hits and deliveries as they come, until Ctrl-C. Needs a running daemon."""
    with control(watchlist, database) as watch:
        if not isinstance(watch, RemoteControl):
            raise ControlError("no daemon runs on this database: there is nothing to follow; start it: wirewatch run")
        try:
            for event in watch.follow():
                print(to_json(Event, event).decode() if json else in_words(event), flush=True)
        except KeyboardInterrupt:
            return


def in_words(event: Event) -> str:
    """One event as a person reads it."""
    missed = f"({event.missed} events were missed here)\n" if event.missed else ""
    if event.hit is not None:
        return missed + hit_in_words(event.hit)
    state = event.state.value if event.state else ""
    headlines = "; ".join(event.headlines)
    return f"{missed}{clock(event.at)}  {event.destination}: {state}: {headlines}" + (
        f"\n    {event.text}" if event.text else ""
    )
