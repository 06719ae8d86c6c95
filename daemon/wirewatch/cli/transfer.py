"""`wirewatch import` and `export`: feeds from and for other programs (OPML, JSONL); hits and alerts as JSONL."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from wirewatch.cli.edits import LIVE, change_watchlist
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, WatchlistOption, control, find_watchlist, plain
from wirewatch.config.edit import add_feeds, file_for, save
from wirewatch.config.export import Sorted, feeds_jsonl, feeds_opml, read_list, sort_out
from wirewatch.config.load import Loaded, load_watchlist
from wirewatch.config.reading import read_file
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError, ControlError

PAGE = 500  # hits or alerts that are asked for at a time


class What(StrEnum):
    """What is exported."""

    FEEDS = "feeds"
    HITS = "hits"
    ALERTS = "alerts"


ListArgument = Annotated[Path, typer.Argument(help="An OPML file, or JSONL: a feed's keys in each line.")]
SkipOption = Annotated[bool, typer.Option("--skip-bad", help="Leave out what is wrong, and take the rest.")]
OpmlOption = Annotated[bool, typer.Option("--opml", help="Feeds as OPML, for feed readers.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="One JSON object in each line. The default.")]
WhatOption = Annotated[What, typer.Option("--what", help="What to export.")]
OutOption = Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of the screen.")]


def import_command(file: ListArgument, skip_bad: SkipOption = False, watchlist: WatchlistOption = None) -> None:
    """Add the feeds of an OPML or JSONL file to the watchlist. Those that are there already are skipped."""
    path = find_watchlist(watchlist)
    try:
        listed, problems = read_list(read_file(file), str(file))
    except OSError as error:
        raise ControlError(f"{file}: cannot be read ({error.strerror}); check the name") from error
    known = _loaded(path)
    done = sort_out(listed, known.watchlist if known else Watchlist())
    problems = tuple(sorted((*problems, *done.problems)))
    if problems:
        print("\n".join(str(problem) for problem in problems), file=sys.stderr)
    if problems and not skip_bad:
        wrong = f"{len(problems)} {'line is' if len(problems) == 1 else 'lines are'} wrong"
        print(f"{file}: {wrong}; nothing was added. Mend them, or give --skip-bad")
        raise typer.Exit(Exit.FAULT)
    if done.new:
        change_watchlist(path, lambda text: add_feeds(text, done.new), file=file_for(known, "feeds") if known else None)
    print("\n".join(_imported(path, done, len(problems))))


def export_command(
    opml: OpmlOption = False,
    jsonl: JsonlOption = False,
    what: WhatOption = What.FEEDS,
    output: OutOption = None,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print the feeds (OPML or JSONL), or all kept hits or alerts (JSONL). Secrets leave only as references."""
    if opml and (jsonl or what is not What.FEEDS):
        raise typer.BadParameter("OPML holds feeds alone; leave out --jsonl and --what, or leave out --opml")
    if what is What.FEEDS:
        loaded = load_watchlist(find_watchlist(watchlist)).watchlist
        _write(feeds_opml(loaded.feeds, loaded.settings.name) if opml else feeds_jsonl(loaded.feeds), output)
        return
    with control(watchlist, database) as watch:
        ask: Callable[..., tuple[Any, ...]] = watch.hits if what is What.HITS else watch.alerts
        _write((json.dumps(plain(one), ensure_ascii=False) for one in pages(ask)), output)


def _loaded(path: Path) -> Loaded | None:
    """The watchlist, if it is right; an empty file becomes right by its first feeds."""
    try:
        return load_watchlist(path)
    except ConfigError:
        if path.is_file() and not path.read_bytes().strip():
            return None
        raise


def _imported(path: Path, done: Sorted, bad: int) -> Iterator[str]:
    yield from done.left_out
    added = "1 feed" if len(done.new) == 1 else f"{len(done.new)} feeds"
    counts = [f"{added} added", f"{done.there} were there already"]
    if bad:
        counts.append(f"{bad} left out because they are wrong")
    yield f"{path}: {', '.join(counts)}." + (f" {LIVE}" if done.new else "")


def pages(ask: Callable[..., tuple[Any, ...]]) -> Iterator[Any]:
    """All there is, newest first."""
    before: int | None = None
    while page := ask(before=before, limit=PAGE):
        yield from page
        before = page[-1].id


def _write(lines: Iterable[str], output: Path | None) -> None:
    if output is None:
        for line in lines:
            print(line)
        return
    save(output, None, "".join(f"{line}\n" for line in lines).encode())
    print(f"{output}: written", file=sys.stderr)
