"""`wirewatch explain`: why was I (not) told? Match, routes and deliveries of one entry in one answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    WatchlistOption,
    control,
    find_watchlist,
    make_resolver,
    plain,
    print_json,
)
from wirewatch.config.load import load_watchlist
from wirewatch.control.protocol import Control
from wirewatch.core.model import EntryId
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ControlError, SecretError, StoreBusy, StoreError
from wirewatch.explain.answer import Answer, Asked, answer, asked_of
from wirewatch.explain.asked import (
    asked_at,
    asked_in_file,
    feed_named,
    is_address,
    number_in,
    read_file,
    read_whole,
    text_entry,
    topic_named,
)
from wirewatch.explain.words import in_words, short
from wirewatch.live import bring_to_life, today_of
from wirewatch.notify.secrets import Resolver
from wirewatch.store.overview import Record

WhatArgument = Annotated[
    str,
    typer.Argument(
        help="A headline, a file (a text or a saved feed), a web address, entry:12, alert:45, or - for standard input.",
        show_default=False,
    ),
]
FeedOption = Annotated[
    str | None,
    typer.Option("--feed", "-f", help="As if it came from this feed (its name): with its kind, language and topic."),
]
LangOption = Annotated[str | None, typer.Option("--lang", help="As if it were in this language: en, ko, …")]
TopicOption = Annotated[str | None, typer.Option("--topic", "-t", help="Look at this topic alone (its key).")]

FEW = 3  # that many are explained whole; of more, each in brief


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database says: entries asked about, silences; missing: why there is nothing to look it up in."""

    records: tuple[Record, ...]
    silences: tuple[Silence, ...]
    missing: str = ""


def explain(
    what: WhatArgument,
    feed: FeedOption = None,
    lang: LangOption = None,
    topic: TopicOption = None,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say why something was told or not: which topics fit or nearly, the way through the routes, each delivery."""
    loaded, resolver = load_watchlist(find_watchlist(watchlist)).watchlist, make_resolver()
    now = datetime.now(UTC)
    live = bring_to_life(loaded, resolver.resolve, today_of(loaded, now))
    key = topic_named(topic, loaded.topics) if topic is not None else None
    as_if = feed is not None or lang is not None
    if as_if and number_in(what):
        raise ControlError(f"{what}: came from its own feed; give --feed and --lang with a text, a file or an address")
    kept = _kept(what, watchlist, database, as_if=as_if)
    if kept.records:
        asked = tuple(asked_of(record, loaded.feeds) for record in kept.records)
    else:
        asked = tuple(_as_if(one, loaded, feed, lang) for one in _asked(what, loaded, resolver))
    answers = [answer(one, live, kept.silences, now, key) for one in asked]
    if json:
        print_json([_for_scripts(one, kept.missing) for one in answers])
    else:
        print(_for_people(answers, kept.missing))


def _kept(what: str, watchlist: Path | None, database: str | None, *, as_if: bool) -> Kept:
    number = number_in(what)
    try:
        with control(watchlist, database) as watch:
            return Kept(() if as_if else _records(what, number, watch), watch.silences())
    except (StoreError, StoreBusy, SecretError, ControlError) as error:
        if number is not None:
            raise
        return Kept((), (), f"Match and routes only, since what is kept cannot be read: {error}")


def _records(what: str, number: tuple[str, int] | None, watch: Control) -> tuple[Record, ...]:
    if number is None:
        return watch.records(link=what) if is_address(what) else watch.records(title=what)
    kind, value = number
    found = watch.records(entry=EntryId(value)) if kind == "entry" else watch.records(alert=value)
    if not found:
        raise ControlError(f"{what}: nothing of this number is kept; see: wirewatch hits, wirewatch alerts")
    return found


def _asked(what: str, loaded: Watchlist, resolver: Resolver) -> tuple[Asked, ...]:
    """What is not kept: standard input, a web address, a file, or a headline, in this order."""
    limits = loaded.settings.limits
    if what == "-":
        body = read_whole(sys.stdin.buffer, "standard input", limits)
        return asyncio.run(asked_in_file(body, "standard input", "", limits))
    if is_address(what):
        return _patiently(what, asked_at(what, loaded.feeds, loaded.settings, resolver.resolve))
    if _is_file(what):
        return asyncio.run(asked_in_file(read_file(Path(what), limits), what, "", limits))
    return (Asked(text_entry(what), "a headline"),)


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except OSError:  # a headline may be longer than any file's name
        return False


def _patiently(address: str, work: Coroutine[Any, Any, tuple[Asked, ...]]) -> tuple[Asked, ...]:
    screen = Console(stderr=True)
    if not screen.is_terminal:
        return asyncio.run(work)
    with screen.status(Text(f"Asking {address} …")):
        return asyncio.run(work)


def _as_if(asked: Asked, loaded: Watchlist, feed: str | None, lang: str | None) -> Asked:
    if feed is not None:
        asked = replace(asked, feed=feed_named(feed, loaded.feeds))
    return asked if lang is None else replace(asked, entry=replace(asked.entry, lang=lang))


def _for_people(answers: Sequence[Answer], missing: str, zone: tzinfo | None = None) -> str:
    if not answers:
        return "There are no entries in it just now."
    if len(answers) <= FEW:
        blocks = [in_words(one, zone) for one in answers]
    else:
        blocks = [f"{short(one, zone)}\n    {one.asked.entry.title}" for one in answers]
        blocks.append('One of them whole: wirewatch explain "ITS HEADLINE" (or all of it: --json)')
    return "\n\n".join(blocks + ([missing] if missing else []))


def _for_scripts(one: Answer, missing: str) -> dict[str, object]:
    """One answer as JSON has it; the feed by its name alone."""
    given = plain(one)
    asked = given.pop("asked")
    asked["feed"] = one.asked.feed.name
    return {"answer": short(one, UTC), "missing": missing, **asked, **given}
