"""`wirewatch check`: is the watchlist right? Every error at once, what may surprise, how its feeds are (`--probe`)."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import JsonOption, WatchlistOption, clock, find_watchlist, make_resolver, plain, print_json
from wirewatch.config.load import load_watchlist
from wirewatch.config.packs import PACK
from wirewatch.core.match import TriedExample, topic_of_pack, try_examples
from wirewatch.core.watchlist import Feed, Watchlist
from wirewatch.errors import ConfigError
from wirewatch.explain.asked import feed_named
from wirewatch.explain.notes import named, notes_of
from wirewatch.live import is_watched, today_of
from wirewatch.notify.destinations import destination_problems
from wirewatch.notify.secrets import Resolver
from wirewatch.probe import Probed, probe, rhythm

ProbeOption = Annotated[
    bool, typer.Option("--probe", help="Also ask every feed once, and say how each is. Nothing is kept.")
]
FeedOption = Annotated[str | None, typer.Option("--feed", "-f", help="Ask this feed alone (its name or address).")]
ExamplesOption = Annotated[
    bool, typer.Option("--examples", help="Print each example of the topics, and of their packs, with its outcome.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="End with 1 where there is any note.")]


MANY = 4  # feeds with the same fault: it is said once, since it is hardly theirs


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check --json` prints. warnings: notes; probed: null without --probe."""

    file: str
    good: bool
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    feeds: int = 0
    topics: int = 0
    receivers: int = 0
    routes: int = 0
    examples: tuple[dict[str, Any], ...] = ()
    probed: tuple[dict[str, Any], ...] | None = None


def check(
    watchlist: WatchlistOption = None,
    ask: ProbeOption = False,
    feed: FeedOption = None,
    examples: ExamplesOption = False,
    strict: StrictOption = False,
    json: JsonOption = False,
) -> None:
    """Check the watchlist and its examples; print every error as file:line:column. Changes nothing."""
    path, resolver = find_watchlist(watchlist), make_resolver()
    try:
        loaded = load_watchlist(path).watchlist
    except ConfigError as error:
        _refuse(str(path), error, json=json)
        raise typer.Exit(Exit.WATCHLIST) from error
    problems = destination_problems(loaded, resolver.resolve)
    notes = tuple(dict.fromkeys((*loaded.warnings, *problems, *notes_of(loaded, resolver.resolve))))
    tried = try_examples((*loaded.topics, *map(topic_of_pack, loaded.packs)), loaded.packs)
    if not json:
        print("\n".join([*(_example_lines(tried) if examples else ()), _in_words(str(path), loaded, tried, notes)]))
        sys.stdout.flush()
    probed = _ask(_wanted(loaded, feed), loaded, resolver) if ask or feed is not None else None
    if json:
        print_json(replace(_checked(str(path), loaded, notes, probed), examples=tuple(map(_tried, tried))))
    elif probed is not None:
        print("\n".join(_probe_lines(probed)))
    if (strict and notes) or any(one.fault is not None for one in probed or ()):
        raise typer.Exit(Exit.FAULT)


def _refuse(path: str, error: ConfigError, *, json: bool) -> None:
    errors = tuple(str(problem) for problem in error.problems)
    if json:
        print_json(Checked(path, False, errors, ()))
        return
    print(error, file=sys.stderr)
    print(f"{path}: {len(errors)} {'error' if len(errors) == 1 else 'errors'}; nothing was changed")


def _wanted(loaded: Watchlist, name: str | None) -> tuple[Feed, ...]:
    """The feed that was named, else all that are watched today."""
    if name is not None:
        return (feed_named(name, loaded.feeds),)
    today = today_of(loaded, datetime.now(UTC))
    return tuple(feed for feed in loaded.feeds if is_watched(feed, today))


def _ask(feeds: Sequence[Feed], loaded: Watchlist, resolver: Resolver) -> tuple[Probed, ...]:
    """Ask them, with a progress bar where somebody looks on."""

    def asking(on_done: Callable[[Probed], None]) -> tuple[Probed, ...]:
        return asyncio.run(probe(feeds, loaded.settings, resolver.resolve, on_done))

    screen = Console(stderr=True)
    if not screen.is_terminal:
        return asking(lambda probed: None)
    columns = (TextColumn("Asking the feeds"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=len(feeds))
        return asking(lambda probed: progress.advance(task))


def _checked(path: str, loaded: Watchlist, notes: tuple[str, ...], probed: Sequence[Probed] | None) -> Checked:
    counts = (len(loaded.feeds), len(loaded.topics), len(loaded.receivers), len(loaded.routes))
    made = Checked(path, True, (), notes, *counts)
    return made if probed is None else replace(made, probed=tuple(_for_scripts(one) for one in probed))


def _for_scripts(probed: Probed) -> dict[str, Any]:
    given: dict[str, Any] = plain(probed)
    return {**given, "feed": probed.feed.name, "url": probed.feed.url}


def _tried(one: TriedExample) -> dict[str, Any]:
    return {
        "topic": one.topic,
        "example": one.example.text,
        "where": one.example.where,
        "expected": "match" if one.expected else "ignore",
        "why": one.why,
    }


def _example_lines(tried: Sequence[TriedExample]) -> Iterator[str]:
    for one in tried:
        how = "match " if one.expected else "ignore"
        yield f"ok  {one.topic}  {how}  {one.example.text}"
        yield f"        {one.why}"


def _in_words(path: str, loaded: Watchlist, tried: Sequence[TriedExample], notes: tuple[str, ...]) -> str:
    own = sum(not one.topic.startswith(PACK) for one in tried)
    hold = "1 example holds" if own == 1 else f"{own} examples hold"
    packs = _count(len(loaded.packs), "pack")
    used = f", {packs} (so do {len(tried) - own})" if loaded.packs else ""
    good = (
        f"{path}: good. {_count(len(loaded.feeds), 'feed')}, {_count(len(loaded.topics), 'topic')} ({hold}){used}, "
        f"{_count(len(loaded.receivers), 'receiver')}, {_count(len(loaded.routes), 'route')}."
    )
    return "\n".join([good, *(f"note: {warning}" for warning in notes)])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _probe_lines(probed: Sequence[Probed]) -> Iterator[str]:
    """What is wrong first, what many feeds share said once; then how the others are; the sum at the end."""
    ordered = sorted(probed, key=lambda one: one.feed.name.casefold())
    wrong: defaultdict[str, list[Probed]] = defaultdict(list)
    for one in ordered:
        if one.fault is not None:
            wrong[one.fault].append(one)
    for fault, those in wrong.items():
        yield from _wrong_lines(fault, those)
    for one in ordered:
        if one.fault is None:
            yield f"well:  {one.feed.name}: {_how_it_is(one)} ({one.answer})"
            yield from (f"       note: {note}" for note in one.notes)
    failed = sum(map(len, wrong.values()))
    yield f"{len(probed)} asked: {len(probed) - failed} answer as feeds, {failed} do not."


def _wrong_lines(fault: str, those: Sequence[Probed]) -> Iterator[str]:
    if len(those) >= MANY:
        yield f"wrong: {len(those)} feeds ({named([one.feed.name for one in those], '; ')}): {fault}"
        return
    for one in those:
        yield f"wrong: {one.feed.name}: {fault}"
        yield f"       {one.feed.url} ({one.answer})"
        yield from (
            f"       behind it: {found.url} ({found.format}, {found.title or 'no title'})" for found in one.found
        )


def _how_it_is(one: Probed) -> str:
    lang = one.lang or one.feed.lang or "not known"
    parts = [one.format or "", f"{one.entries} entries, {rhythm(one.per_day)}", f"language {lang}"]
    return ", ".join([*parts, f"last {clock(one.newest)}"])
