"""How well reports of one event become one story, counted on labelled and on made reports, as a table to keep.

    .venv/bin/python -m tests.stories.score [--show] [--write-table [FILE]]

Beside the window stand grouping by equal headline and MinHash (64 permutations, word pairs). Pairs are counted within
a language. `--show` adds the wrong pairs; `--write-table` writes TABLE.md, or FILE. What is not there is left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import combinations, pairwise
from pathlib import Path

from tests.stories.made import Item, wire_copies
from wirewatch.config.load import load_watchlist
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry, EntryId
from wirewatch.core.stories import Report, StoryWindow
from wirewatch.core.text import fold

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
EVENTS = DATA / "duplicates" / "events.tsv"
NEWS_TITLES = DATA / "duplicates" / "googlenews-T.jsonl"
EDITS = DATA / "duplicates" / "title_edits.tsv"
HEADLINES = DATA / "headlines" / "us-outlets-aug2026.tsv.gz"
TABLE = Path(__file__).parent / "TABLE.md"
WATCHLIST = Path(__file__).parent.parent.parent / "config" / "watchlist.yaml"

Grouping = Callable[[Sequence[Item]], list[int]]


@dataclass(frozen=True, slots=True)
class Counted:
    """Pairs and B³ of one grouping. Pairs of reports in two languages are left out."""

    precision: float
    recall: float
    b_cubed: float
    stories: int

    @property
    def f1(self) -> float:
        return _harmonic(self.precision, self.recall)


def by_window(items: Sequence[Item]) -> list[int]:
    window = StoryWindow()
    return [int(window.place(report_of(number, item)).story) for number, item in enumerate(items)]


def report_of(number: int, item: Item) -> Report:
    """As the daemon makes it: with the topics that hit and the names of what they found, by the shipped watchlist."""
    hits = _matcher().match(Entry(None, None, item.title, item.text, lang=item.lang or None))
    return Report(
        EntryId(number),
        item.title,
        item.text,
        item.lang,
        item.outlet,
        None,
        item.at,
        frozenset(hit.topic for hit in hits),
        frozenset(span.gloss or span.rule for hit in hits for span in hit.spans),
    )


@cache
def _matcher() -> Matcher:
    watchlist = load_watchlist(WATCHLIST).watchlist
    return compile_topics(watchlist.topics, watchlist.packs)


def by_headline(items: Sequence[Item]) -> list[int]:
    first: dict[str, int] = {}
    return [first.setdefault(fold(item.title).text, number) for number, item in enumerate(items)]


PERMUTATIONS, ROWS, SAME_SHARE = 64, 2, 0.5


def by_minhash(items: Sequence[Item]) -> list[int]:
    """A report joins the latest one whose word pairs are estimated to be the same by SAME_SHARE or more."""
    buckets: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    signatures: list[tuple[int, ...]] = []
    stories: list[int] = []
    for number, item in enumerate(items):
        own = _signature(item)
        bands = [(row, own[row : row + ROWS]) for row in range(0, PERMUTATIONS, ROWS)]
        near = sorted({other for band in bands for other in buckets.get(band, ())}, reverse=True)
        like = next((other for other in near if _same_share(own, signatures[other]) >= SAME_SHARE), None)
        stories.append(number if like is None else stories[like])
        signatures.append(own)
        for band in bands:
            buckets.setdefault(band, []).append(number)
    return stories


def _signature(item: Item) -> tuple[int, ...]:
    words = fold(f"{item.title} {item.text}").text.split()
    pairs = {f"{one} {two}" for one, two in pairwise(words)} or set(words)
    hashes = [int.from_bytes(blake2b(pair.encode(), digest_size=8).digest(), "big") for pair in pairs]
    prime = (1 << 61) - 1
    return tuple(min((h * (2 * n + 3) + n * 0x9E3779B97F4A7C15) % prime for h in hashes) for n in range(PERMUTATIONS))


def _same_share(one: Sequence[int], other: Sequence[int]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / PERMUTATIONS


WAYS: tuple[tuple[str, Grouping], ...] = (
    ("stories", by_window),
    ("same headline", by_headline),
    ("MinHash", by_minhash),
)


def count(items: Sequence[Item], stories: Sequence[int], *, only: str = "") -> Counted:
    """only: count the items whose group begins so; the others are background."""
    rows = [(story, item) for story, item in zip(stories, items, strict=True) if item.group.startswith(only)]
    both = Counter((item.lang, story, item.group) for story, item in rows)
    told = Counter((item.lang, story) for story, item in rows)
    true = Counter((item.lang, item.group) for _, item in rows)
    right, joined, same = _pairs(both), _pairs(told), _pairs(true)
    precise = sum(size * size / told[lang, story] for (lang, story, _), size in both.items()) / len(rows)
    complete = sum(size * size / true[lang, group] for (lang, _, group), size in both.items()) / len(rows)
    return Counted(
        right / joined if joined else 1.0, right / same if same else 1.0, _harmonic(precise, complete), len(told)
    )


def _pairs(groups: Counter[tuple[str, int]] | Counter[tuple[str, str]] | Counter[tuple[str, int, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def wrong_pairs(items: Sequence[Item], stories: Sequence[int], *, only: str = "") -> Iterator[tuple[Item, Item]]:
    rows = [(story, item) for story, item in zip(stories, items, strict=True) if item.group.startswith(only)]
    for (story, one), (other_story, other) in combinations(rows, 2):
        if story == other_story and one.group != other.group:
            yield one, other


def read_events(background: bool) -> tuple[Item, ...]:
    """The labelled events in order of time, groups "event:…"; undated ones get a day of their own, ten days apart.

    background: among the headlines of American outlets of the same days.
    """
    days: dict[str, datetime] = {}
    items, links = [], set()
    for row in _read_tsv(EVENTS):
        if row["date"]:
            at = datetime.fromisoformat(row["date"])
        else:
            at = days.setdefault(row["event"], datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=10 * len(days)))
            days[row["event"]] = at + timedelta(hours=2)
        links.add(row["link"])
        group = f"event:{row['event']}"
        items.append(Item(row["id"], group, row["title"], row["summary"], row["lang"], row["source"], at))
    if background:
        items += [item for item in read_headlines() if item.group not in links]
    return tuple(sorted(items, key=lambda item: (item.at, item.id)))


def read_hits() -> tuple[Item, ...]:
    """What the daemon would place of it: only what hits a shipped topic."""
    return tuple(item for number, item in enumerate(read_events(True)) if report_of(number, item).topics)


def read_headlines() -> Iterator[Item]:
    """Unlabelled: the group is the link."""
    for row in _read_tsv(HEADLINES):
        if row["date"]:
            at = datetime.fromisoformat(row["date"]).astimezone(UTC)
            yield Item(row["link"], row["link"], row["title"], row["summary"], row["lang"], row["source"], at)


def read_news_titles() -> tuple[Item, ...]:
    """Titles of one day of 2013, spread evenly over it; they have no outlet and no language."""
    lines = NEWS_TITLES.read_text(encoding="utf-8").splitlines()
    rows = sorted((json.loads(line) for line in lines), key=lambda row: str(row["Id"]))
    begin = datetime(2013, 11, 26, tzinfo=UTC)
    return tuple(
        Item(
            row["Id"],
            str(row["clusterNo"]),
            row["textCleaned"],
            "",
            "",
            f"outlet{number}",
            begin + timedelta(seconds=7 * number),
        )
        for number, row in enumerate(rows)
    )


def read_edits() -> tuple[Item, ...]:
    """All headlines of one address; the address is the group. Placed without it."""
    begin = datetime(2026, 8, 13, tzinfo=UTC)
    items = []
    for number, row in enumerate(_read_tsv(EDITS)):
        for edit, title in enumerate(row['titles_seen (separated by " || ")'].split(" || ")):
            at = begin + timedelta(minutes=10 * number, hours=edit)
            items.append(Item(f"{number}.{edit}", row["url"], title, "", "", row["outlet"], at))
    return tuple(sorted(items, key=lambda item: (item.at, item.id)))


def _read_tsv(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    yield from csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE)


@dataclass(frozen=True, slots=True)
class Set:
    """A labelled set: how to read it, and which of its groups are counted."""

    name: str
    read: Callable[[], tuple[Item, ...]]
    needs: tuple[Path, ...] = ()
    only: str = ""

    @property
    def there(self) -> bool:
        return all(path.exists() for path in self.needs)


SETS = (
    Set("made wire copies, 20 stories × 30", wire_copies),
    Set("labelled events", lambda: read_events(False), (EVENTS,), "event:"),
    Set("labelled events among the headlines of their days", lambda: read_events(True), (EVENTS, HEADLINES), "event:"),
    Set("the same, only what hits a shipped topic", read_hits, (EVENTS, HEADLINES), "event:"),
    Set("news titles of one day of 2013", read_news_titles, (NEWS_TITLES,)),
    Set("edited headlines, without their address", read_edits, (EDITS,)),
)


def table(sets: Sequence[Set]) -> str:
    lines = [
        "| set | reports | events | way | precision | recall | F1 | B³ | stories |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in sets:
        if one.there:
            items = one.read()
            counted = [item for item in items if item.group.startswith(one.only)]
            events = len({item.group for item in counted})
            for name, group in WAYS:
                got = count(items, group(items), only=one.only)
                lines.append(
                    f"| {one.name} | {len(counted)} | {events} | {name} | {got.precision:.3f} | {got.recall:.3f}"
                    f" | {got.f1:.3f} | {got.b_cubed:.3f} | {got.stories} |"
                )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write-table", type=Path, nargs="?", const=TABLE)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--made", action="store_true", help="only the made wire copies")
    asked = parser.parse_args(arguments)
    sets = SETS[:1] if asked.made else SETS
    printed = table(sets)
    print(printed)
    if asked.show:
        for one in sets[:4]:
            if one.there:
                items = one.read()
                for pair in wrong_pairs(items, by_window(items), only=one.only):
                    print(f"{one.name}:", *(f"{item.group}: {item.title}" for item in pair), sep="\n    ")
    if asked.write_table:
        head = (
            "# Stories on labelled reports\n\nPrinted by `python -m tests.stories.score`; pairs within a language.\n"
            "Of the edited headlines only the recall says something: several addresses tell one event.\n\n"
        )
        asked.write_table.write_text(head + printed, encoding="utf-8")


if __name__ == "__main__":
    main()
