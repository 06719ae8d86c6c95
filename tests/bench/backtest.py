"""What a backtest costs: 100,000 stored entries through two watchlists, from the database to the counts.

    .venv/bin/python -m tests.bench.backtest [--entries N] [--topics N]

Makes a database of entries of 60 words in a folder that is gone afterwards, and two watchlists that differ in some of
their topics; then runs what `wirewatch backtest` runs, once with worker processes and once without. Other work on the
machine shows in the seconds that pass, not in those of CPU (of all processes together).
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.match import SEED, make_entries, make_topics, vocabulary
from wirewatch.backtest.crew import alone, tally_up
from wirewatch.backtest.sources import Page, Span, stored_pages
from wirewatch.core.change import Edit, Effect, effect_in_words
from wirewatch.core.effects import NewEntry
from wirewatch.core.model import Entry, SeenKey, Via
from wirewatch.core.watchlist import Feed, Receiver, ReceiverName, Route, Topic, Watchlist
from wirewatch.store.database import Database
from wirewatch.store.entries import save_entries
from wirewatch.store.feeds import sync_feeds

START = datetime(2026, 10, 26, tzinfo=UTC)
APART = timedelta(seconds=26)  # 100,000 in 30 days
BATCH = 1_000
FEED = Feed(name="Made", url="https://made.example/feed", lang="en")
DESK = ReceiverName("desk")


def watchlist_of(topics: Sequence[Topic]) -> Watchlist:
    return Watchlist(feeds=(FEED,), topics=tuple(topics), receivers=(Receiver(DESK),), routes=(Route(1, (DESK,)),))


def edit_of(topics: Sequence[Topic]) -> Edit:
    """Every tenth topic loses its name; nine in ten stay as they are."""
    edited = [replace(one, any=one.any[1:]) if number % 10 == 0 else one for number, one in enumerate(topics)]
    return Edit(watchlist_of(topics), watchlist_of(edited))


def fill(database: Database, entries: Iterator[Entry]) -> None:
    with database.write() as conn:
        feed_id = sync_feeds(conn, (FEED,), lambda url: url.split("/")[2], START)[FEED.url]
    batch: list[NewEntry] = []
    for number, entry in enumerate(entries, start=1):
        at = START + number * APART
        batch.append(
            NewEntry(replace(entry, published=at), (SeenKey(number),), None, None, Via.POLL, "first time seen", at)
        )
        if len(batch) == BATCH:
            with database.write() as conn:
                save_entries(conn, feed_id, batch)
            batch.clear()
    with database.write() as conn:
        save_entries(conn, feed_id, batch)


def made(chance: random.Random, words: Sequence[str], topics: Sequence[Topic], count: int) -> Iterator[Entry]:
    for start in range(0, count, BATCH):
        yield from make_entries(chance, words, topics, min(BATCH, count - start), 60)


def reading(pages: Iterator[Page]) -> int:
    return sum(len(page) for page in pages)


def cpu() -> float:
    """Seconds of CPU so far, of this process and of its children that have ended."""
    return sum(os.times()[:4])


def report(name: str, work: Callable[[], int]) -> None:
    began, before = time.perf_counter(), cpu()
    count = work()
    took, spent = time.perf_counter() - began, cpu() - before
    print(f"  {name:<32} {took:>6.1f} s ({count / took:>6,.0f} entries a second), {spent:>6.1f} s of CPU", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--entries", type=int, default=100_000)
    asked.add_argument("--topics", type=int, default=100)
    given = asked.parse_args()
    chance = random.Random(SEED)
    words = vocabulary(chance)
    topics = make_topics(chance, words, given.topics)
    edit = edit_of(topics)
    span = Span(START, START + (given.entries + 1) * APART)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'bench.db'}", clock=lambda: datetime.now(UTC))
        fill(database, made(chance, words, topics, given.entries))
        print(f"{given.entries:,} stored entries of 60 words, {given.topics:,} topics, {os.cpu_count()} cores")
        effects: list[Effect] = []

        def shared() -> int:
            pages = stored_pages(database, span)
            tally = tally_up(edit, pages, show=10, processes=2, on_entries=lambda count: None)
            effects.append(tally.effect(edit))
            return tally.entries

        def by_one() -> int:
            tally = alone(edit, stored_pages(database, span), 10, lambda count: None)
            effects.append(tally.effect(edit))
            return tally.entries

        report("reading them alone", lambda: reading(stored_pages(database, span)))
        report("backtest with 2 worker processes", shared)
        report("backtest in one process", by_one)
        database.close()
    print(f"  the same counts both ways: {effects[0] == effects[1]}; {effect_in_words(effects[0])}")


if __name__ == "__main__":
    main()
