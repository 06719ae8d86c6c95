"""What stories cost: reports placed per CPU second in a window of 50,000, and the window's memory.

    .venv/bin/python -m tests.bench.stories [--window 50000] [--placed 4000]

Reports are made of a vocabulary with the skew of natural text and its most frequent words, a third of them copies of
an earlier one with other headlines and other beginnings. CPU time of one thread;
memory as `tracemalloc` sees it, in a window filled apart.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.bench.match import skewed, vocabulary
from wirewatch.core.model import EntryId
from wirewatch.core.stories import Report, StoryId, StoryWindow
from wirewatch.core.watchlist import TopicKey

SEED = 11
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
# The most frequent words of natural text say nothing, about two in five of all.
FREQUENT = re.findall(
    r"\w+",
    "the of to in a and for on with at is by as from that it was he his said has be will are an its not have but they"
    " were their who been more after which this had or about would new up over also one when out into its she two",
)
NAMES = (frozenset({"Kavo Min"}), frozenset({"Kavo Min", "Rotesu"}), frozenset({"Lavi"}))


def made_reports(count: int, step: timedelta) -> Iterator[Report]:
    """Reports of 10 words of headline and 70 of text, `step` apart."""
    chance = random.Random(SEED)
    words = [*FREQUENT, *vocabulary(chance)]
    texts: list[list[str]] = []
    for number in range(count):
        copied = texts and chance.random() < 1 / 3
        text = list(chance.choice(texts[-3000:])) if copied else skewed(chance, words, 70)
        if copied:
            text = text[chance.randrange(20) :]
        texts.append(text)
        yield Report(
            EntryId(number),
            " ".join(skewed(chance, words, 6) + text[:4]),
            " ".join(text),
            "en",
            f"outlet{chance.randrange(400)}",
            None,
            BEGIN + step * number,
            frozenset({TopicKey("topic")}),
            chance.choice(NAMES),
            number,
        )


def filled(reports: list[Report]) -> StoryWindow:
    """A window as after a restart: every report a story of its own, which is the most there can be."""
    window = StoryWindow()
    for report in reports:
        window.add(report, StoryId(report.entry_id))
    return window


def measure(size: int, placed: int) -> tuple[float, float, float]:
    """Reports per CPU second placed and added, and MiB."""
    reports = list(made_reports(size + placed, timedelta(hours=72) / size))
    began = time.process_time()
    window = filled(reports[:size])
    added = size / (time.process_time() - began)
    began = time.process_time()
    for report in reports[size:]:
        window.place(report)
    rate = placed / (time.process_time() - began)
    del window
    gc.collect()
    tracemalloc.start()
    window = filled(reports[:size])
    mib = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    assert len(window) == size
    return rate, added, mib


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--window", type=int, default=50_000)
    parser.add_argument("--placed", type=int, default=4_000)
    asked = parser.parse_args()
    rate, added, mib = measure(asked.window, asked.placed)
    print(
        f"window of {asked.window:,}: {rate:,.0f} reports placed per CPU second, {added:,.0f} added after a restart,"
        f" {mib:.0f} MiB"
    )


if __name__ == "__main__":
    main()
