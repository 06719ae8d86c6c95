"""`wirewatch backtest`: what an edit of the watchlist would change, tried on what is stored or on saved feeds."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from wirewatch.backtest.crew import tally_up
from wirewatch.backtest.sides import NONE_RUNS, Compared, Wanted, choose, kept_watchlist
from wirewatch.backtest.sources import Page, Span, count_stored, pages_of_files, stored_pages
from wirewatch.backtest.words import a_day, changes_in_words, head_line, kept_lines, quiet_topics
from wirewatch.cli.complete import topic_names
from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    WatchlistOption,
    console,
    database_address,
    find_watchlist,
    plain,
    print_json,
)
from wirewatch.config.quantities import some_time
from wirewatch.core.change import Edit, Effect, ReceiverEffect, TopicEffect
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ControlError
from wirewatch.store.database import Database
from wirewatch.store.snapshots import kept_watchlists

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Saved feeds, or tables of headlines (.tsv, .tsv.gz with columns title, summary, lang, date, link), "
        "instead of what is stored.",
        show_default=False,
    ),
]
FeedsOption = Annotated[list[Path] | None, typer.Option("--feeds", help="The same files, by an option.")]
BeforeOption = Annotated[
    Path | None,
    typer.Option(
        "--before",
        "--against",
        help="The watchlist to compare with: a file, or kept:NUMBER (see --kept). Default: the one that runs.",
    ),
]
AfterOption = Annotated[
    Path | None, typer.Option("--after", help="The edited watchlist, or kept:NUMBER. Default: the file.")
]
KeptOption = Annotated[bool, typer.Option("--kept", help="List the watchlists that were live on this database.")]
TopicOption = Annotated[
    str | None, typer.Option("--topic", "-t", help="Look at this topic alone (its key).", autocompletion=topic_names)
]
AnyOption = Annotated[
    list[str] | None,
    typer.Option("--any", help='Try a topic typed here: words of which one is enough, "ELWR, 5 MWe reactor".'),
]
AllOption = Annotated[
    list[str] | None, typer.Option("--all", help="Of the topic typed here: one of these too. May be repeated.")
]
NotOption = Annotated[
    list[str] | None, typer.Option("--not", help="Of the topic typed here: what keeps it out. May be repeated.")
]
QueryOption = Annotated[str | None, typer.Option("--query", help="Of the topic typed here: a query with AND, OR, NOT.")]
LastOption = Annotated[
    str | None, typer.Option("--last", help="The span: 7d, 12 h, 90 days until now. Default: 30 days.")
]
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", metavar="DATE", formats=_DATES, help="The span: its first day or moment, local time."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", metavar="DATE", formats=_DATES, help="The span: its last day, or the moment it ends."),
]
ShowOption = Annotated[
    int, typer.Option("--show", min=0, max=100, help="That many hits of each topic gained and lost are printed.")
]

MONTH = timedelta(days=30)
MOST_PROCESSES = 2  # more would wait for the one that reads
EDIT_A_COPY = (
    "The daemon takes an edit when it is saved. To see its effect before: copy the watchlist, edit the copy, and "
    "wirewatch backtest --after COPY"
)


def backtest(
    files: FilesArgument = None,
    feeds: FeedsOption = None,
    before: BeforeOption = None,
    after: AfterOption = None,
    topic: TopicOption = None,
    any_of: AnyOption = None,
    all_of: AllOption = None,
    none_of: NotOption = None,
    query: QueryOption = None,
    last: LastOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    show: ShowOption = 10,
    kept: KeptOption = False,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say what an edit would change: hits gained and lost, alerts a day, the words that bring most. Changes nothing.

    Compares the file with the watchlist that runs, over the stored entries of the last 30 days. `--before` and
    `--after` name two others; `--any`, `--all`, `--not` and `--query` try a topic that stands in neither.
    """
    path, now = find_watchlist(watchlist), datetime.now(UTC)
    if kept:
        _kept_list(path, database, json=json)
        return
    span, paths = _span(last, since, until, now), [*(files or ()), *(feeds or ())]
    wanted = Wanted(path, before, after, topic, _typed(any_of, all_of, none_of, query))
    compared = choose(wanted, lambda number: _kept(path, database, number))
    if paths:
        pages = pages_of_files(paths, compared.edit.after.settings.limits, span)
        effect = _measure(compared.edit, pages, None, span, show)
    else:
        effect = _measure_stored(compared.edit, path, database, span or Span(now - MONTH, now), show)
    if not effect.entries:
        raise ControlError(_nothing(paths, span))
    if json:
        print_json(_for_scripts(effect, compared))
    else:
        _print(effect, compared, show)


def _typed(
    any_of: Sequence[str] | None, all_of: Sequence[str] | None, none_of: Sequence[str] | None, query: str | None
) -> dict[str, object] | None:
    """The keys of a topic that was typed; None where none was."""
    words = {"any": _words(any_of), "all": [_words([text]) for text in all_of or ()], "not": _words(none_of)}
    typed = {key: value for key, value in {**words, "query": query}.items() if value}
    return typed or None


def _words(texts: Sequence[str] | None) -> list[str]:
    """`a, "b, c"` → its words, of all the texts."""
    cells = [cell for text in texts or () for cell in next(csv.reader([text], skipinitialspace=True), [])]
    return [" ".join(cell.split()) for cell in cells if cell.strip()]


def _span(last: str | None, since: datetime | None, until: datetime | None, now: datetime) -> Span | None:
    """The span that was asked for; None where none was."""
    if last is None and since is None and until is None:
        return None
    if last is not None and (since is not None or until is not None):
        raise typer.BadParameter("give either --last or --since and --until")
    end = now if until is None else until.astimezone(UTC)
    if until is not None and until.time() == time():
        end = min(end + timedelta(days=1), now)  # a day is meant with its evening, if that has come
    try:
        begin = since.astimezone(UTC) if since is not None else end - (some_time(last) if last is not None else MONTH)
    except ValueError as error:
        raise typer.BadParameter(f"--last: {error}") from error
    if begin >= end:
        raise typer.BadParameter("--since: lies behind the end of the span; write an earlier day")
    return Span(begin, end)


def _nothing(paths: Sequence[Path], span: Span | None) -> str:
    if paths and span is None:
        return "backtest: there are no entries in these files; give others"
    where = "published in this span in these files" if paths else "stored of this span"
    return f"backtest: there is no entry {where}; give a longer one (--last 90d), or saved feeds: --feeds FILE"


@contextmanager
def _opened(path: Path, database: str | None) -> Iterator[Database]:
    """The database, to read; the daemon may run beside it."""
    opened = Database.open(database_address(path, database), read_only=True, clock=lambda: datetime.now(UTC))
    try:
        yield opened
    finally:
        opened.close()


def _kept(path: Path, database: str | None, number: int | None) -> Watchlist:
    with _opened(path, database) as opened:
        return kept_watchlist(opened, number)


def _kept_list(path: Path, database: str | None, *, json: bool) -> None:
    """The watchlists that the daemon keeps, newest first."""
    with _opened(path, database) as opened, opened.read() as conn:
        kept = kept_watchlists(conn)
    if json:
        print_json([{"number": number, "live_since": since} for number, since in kept])
        return
    print("\n".join(kept_lines(kept)) if kept else NONE_RUNS)


def _measure_stored(edit: Edit, path: Path, database: str | None, span: Span, show: int) -> Effect:
    with _opened(path, database) as opened:
        return _measure(edit, stored_pages(opened, span), count_stored(opened, span), span, show)


def _measure(edit: Edit, pages: Iterable[Page], total: int | None, span: Span | None, show: int) -> Effect:
    """Judge them, with a progress bar where somebody looks on."""

    def work(on_entries: Callable[[int], None]) -> Effect:
        processes = min(os.cpu_count() or 1, MOST_PROCESSES)
        tally = tally_up(edit, pages, show=show, processes=processes, on_entries=on_entries)
        return tally.effect(edit, span.since if span else None, span.until if span else None)

    screen = Console(stderr=True)
    if not screen.is_terminal:
        return work(lambda count: None)
    columns = (TextColumn("Matching entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=total)
        return work(lambda count: progress.advance(task, count))


def _for_scripts(effect: Effect, compared: Compared) -> dict[str, Any]:
    """The effect as JSON has it; beside the counts of the span, those of a day."""

    def with_days(one: TopicEffect | ReceiverEffect) -> dict[str, Any]:
        days = {"before_a_day": effect.a_day(one.before), "after_a_day": effect.a_day(one.after)}
        return {**plain(one), **days}

    return {
        "before": compared.before,
        "after": compared.after,
        **plain(effect),
        "days": effect.days,
        "topics": [with_days(one) for one in effect.topics],
        "receivers": [with_days(one) for one in effect.receivers],
    }


def _print(effect: Effect, compared: Compared, show: int) -> None:
    screen = console()

    def say(text: str) -> None:
        screen.print(text, markup=False, soft_wrap=True)

    say(f"{head_line(effect)}\nbefore: {compared.before}\nafter:  {compared.after}\n")
    hit = [one for one in effect.topics if one.before or one.after]
    if hit:
        screen.print(_topic_table(effect, hit))
    if len(hit) < len(effect.topics):
        say(quiet_topics(effect))
    if effect.receivers:
        say("\nAlerts, a report counted once for each receiver (night hours and silences aside):")
        screen.print(_receiver_table(effect))
    for block in changes_in_words(effect, show):
        say(f"\n{block}")
    for one in hit:
        if one.terms:
            say(f"\n{one.topic}: the words that bring most of its {one.after:,} hits")
            screen.print(_term_table(one))
    if compared.live and not any(one.gained or one.lost for one in hit):
        say(f"\nNo hit is gained or lost. {EDIT_A_COPY}")


def _topic_table(effect: Effect, hit: Sequence[TopicEffect]) -> Table:
    made = Table("topic", box=None)
    for name in ("before", "after", "gained", "lost", "a day", "noise again", "noise gone"):
        made.add_column(name, justify="right")
    for one in hit:
        counts = (one.before, one.after, one.gained, one.lost)
        noise = (f"{count:,}" if count else "" for count in (one.still_noise, one.mended))
        made.add_row(
            escape(one.topic), *(f"{count:,}" for count in counts), a_day(effect, one.before, one.after), *noise
        )
    return made


def _receiver_table(effect: Effect) -> Table:
    made = Table("receiver", box=None)
    for name in ("before", "after", "a day"):
        made.add_column(name, justify="right")
    for one in effect.receivers:
        made.add_row(escape(one.receiver), f"{one.before:,}", f"{one.after:,}", a_day(effect, one.before, one.after))
    return made


def _term_table(one: TopicEffect) -> Table:
    made = Table("word", box=None)
    for name in ("hits", "share", "only by it", "gained"):
        made.add_column(name, justify="right")
    for term in one.terms:
        counts = (f"{count:,}" for count in (term.only, term.gained))
        made.add_row(escape(term.term), f"{term.hits:,}", f"{term.hits / one.after:.0%}", *counts)
    return made
