"""`wirewatch feeds`: how each feed is, and in words what is wrong with it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.complete import feed_names
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, clock, console, control, print_json
from wirewatch.store.listing import ListedFeed

GROUP_HELP = "Show how each feed is, and in words what is wrong with it: feeds [NAME]. Add one with `feeds add`."

NameArgument = Annotated[
    str | None,
    typer.Argument(help="One feed, by name or address: all that is known of it.", autocompletion=feed_names),
]
AllOption = Annotated[bool, typer.Option("--all", "-a", help="Also feeds that are no longer watched.")]


def feeds(
    name: NameArgument = None,
    everything: AllOption = False,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show every feed with its state, its last news and its next poll; failing ones first."""
    with control(watchlist, database) as watch:
        found = watch.feeds()
    if name is not None:
        found = tuple(feed for feed in found if name in (feed.name, feed.url))
        if not found:
            print(f"{name}: no feed of this name or address was ever watched; see them all with: wirewatch feeds --all")
            raise typer.Exit(Exit.FAULT)
    elif not everything:
        found = tuple(feed for feed in found if feed.enabled)
    if json:
        print_json(found)
    elif name is not None:
        print("\n\n".join(in_words(feed) for feed in found))
    elif not found:
        print("No feeds yet. Start the watch once: wirewatch run")
    else:
        console().print(table(found))


def state_of(feed: ListedFeed) -> str:
    """One word for a feed's state."""
    if not feed.enabled:
        return "not watched"
    if feed.state.error is not None:
        return "failing"
    return "well" if feed.state.ok_at is not None else "not asked yet"


def table(found: tuple[ListedFeed, ...]) -> Table:
    """Failing feeds first, each with its fault in words."""
    made = Table("feed", "state", "last heard", "last news", "entries", "hits", "next poll", "what is wrong", box=None)
    for feed in sorted(found, key=lambda feed: (feed.state.error is None, feed.name.casefold())):
        state = feed.state
        made.add_row(
            feed.name,
            state_of(feed),
            clock(state.ok_at),
            clock(state.news_at),
            str(feed.entries),
            str(feed.hits),
            clock(state.due_at),
            state.error or state.warning or "",
        )
    return made


def in_words(feed: ListedFeed) -> str:
    """All that is known of one feed."""
    state = feed.state
    failing = f"{state.error} ({state.failures} in a row, since {clock(state.failing_since)})" if state.error else None
    rows = (
        ("address", feed.url),
        ("outlet", feed.outlet),
        ("kind", feed.kind.value if feed.kind else None),
        ("state", state_of(feed)),
        ("what is wrong", failing),
        ("odd", state.warning),
        ("format", state.format),
        ("language", state.lang),
        ("last asked", clock(state.polled_at)),
        ("last heard", clock(state.ok_at)),
        ("last news", clock(state.news_at)),
        ("next poll", f"{clock(state.due_at)} ({state.due_reason})"),
        ("kept", f"{feed.entries} entries, {feed.hits} hits"),
    )
    return "\n".join([feed.name, *(f"    {key:<14}{value}" for key, value in rows if value is not None)])
