"""One series through the real daemon on a fake clock: each capture is one poll at its own time.

A topic that the whole feed is about makes every new entry an alert: what is told is what was judged new.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import feedparser

from tests.flow.world import World
from tests.replay.oracle import Oracle, raw_id
from tests.replay.series import Capture
from wirewatch.core.identity import identify_document
from wirewatch.core.model import EntryId, FeedId, Identity, ParsedFeed, SeenKey
from wirewatch.errors import ParseError
from wirewatch.fetch.pool import Document, ParsePool
from wirewatch.store.entries import seen_entries
from wirewatch.store.feeds import poke
from wirewatch.store.ledger import ledger
from wirewatch.store.listing import feed_rows

URL = "https://series.example/feed"
WATCHLIST = """
feeds: {{{name}: {{url: "https://series.example/feed", about: everything, poll: {{from: 10 min, to: 30 days}}}}}}
topics: {{everything: {{title: Everything, any: ["no entry says these words"]}}}}
receivers: {{screen: {{console: true}}}}
routes: [{{to: screen, collect: 1 s}}]
"""

SAME_LINK = "the same link under another guid is the same entry"
SAME_TEXT = "the same text at about the same time under other ids is the same entry"
SAME_TITLE = "titles that differ in white space, or whose text was edited, are one entry where there is no other id"
RECYCLED = "old ids given out anew to other articles"
CUT = "cut off by the end of a broken document, and never shown again"


@dataclass(slots=True)
class Recording:
    """The real parsers, with an oracle that reads along."""

    pool: ParsePool
    oracle: Oracle = field(default_factory=Oracle)
    identities: dict[str, Identity] = field(default_factory=dict)  # by raw id, as first seen
    faults: Counter[str] = field(default_factory=Counter)

    async def parse(self, documents: Sequence[Document]) -> list[ParsedFeed | ParseError]:
        parsed = await self.pool.parse(documents)
        for one in parsed:
            if isinstance(one, ParseError):
                self.faults[str(one)] += 1
                continue
            self.oracle.sees(one)
        for document, one in zip(documents, parsed, strict=True):
            if isinstance(one, ParsedFeed):
                for raw, identity in zip(raw_ids(document, one), identify_document(one), strict=True):
                    self.identities.setdefault(raw, identity)
        return parsed


def raw_ids(document: Document, parsed: ParsedFeed) -> list[str]:
    """Each entry's guid, else link, else title as printed; our titles have their white space squeezed."""
    if all(entry.guid or entry.link for entry in parsed.entries):
        return [raw_id(entry) for entry in parsed.entries]
    read = feedparser.parse(io.BytesIO(document.body), sanitize_html=False, resolve_relative_uris=False)
    return [entry.get("id") or entry.get("link") or entry.get("title") for entry in read.entries]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay came to. rules: how many raw ids more (or, RECYCLED, fewer) than entries each rule explains."""

    name: str
    polls: int
    empty: int
    faults: int
    raw_ids: int
    entries: int
    rules: dict[str, int]
    verdicts: dict[str, int]
    alerts: int
    again: int
    told_twice: tuple[str, ...]
    told_old: tuple[str, ...]
    missed: tuple[str, ...]
    ledger_faults: tuple[str, ...]

    @property
    def is_explained(self) -> bool:
        fewer = sum(count for rule, count in self.rules.items() if rule != RECYCLED)
        return self.raw_ids - fewer + self.rules.get(RECYCLED, 0) == self.entries

    @property
    def is_right(self) -> bool:
        return self.is_explained and not (self.told_twice or self.told_old or self.missed or self.ledger_faults)


async def replay(name: str, captures: Iterable[Capture], folder: Path) -> Outcome:
    """Run a series and hold what was told against the oracle."""
    world = World(folder, WATCHLIST.format(name=name))
    coming = iter(captures)
    first = next(coming)
    world.clock.now = first.at
    async with world.running() as app:
        recording = Recording(app.parser)
        app.poller.parser = recording
        with app.database.read() as conn:
            (row,) = feed_rows(conn)
        polls = 0
        for capture in (first, *coming):
            polls += 1
            await _poll(world, capture, row.state.id)
            for _, message in world.outbox.sent:
                for alert in message.alerts:
                    recording.oracle.hears(alert)
            world.outbox.sent.clear()
        return _outcome(name, polls, world, recording, row.state.id)


async def _poll(world: World, capture: Capture, feed_id: FeedId) -> None:
    world.feed(URL).body = capture.body
    world.clock.now = now = max(capture.at, world.clock.now + timedelta(seconds=1))
    await asyncio.wrap_future(world.app.writer.submit(lambda conn: poke(conn, [feed_id], now)))
    await world.settle()
    world.clock.now += timedelta(seconds=1)  # what was collected goes out
    await world.settle()


def _outcome(name: str, polls: int, world: World, recording: Recording, feed_id: FeedId) -> Outcome:
    oracle = recording.oracle
    with world.app.database.read() as conn:
        book = ledger(conn)
        keys = tuple({key for identity in recording.identities.values() for key in identity.keys})
        known = {key: seen.id for key, seen in seen_entries(conn, feed_id, keys).items()}
    entries = sum(book.entries.values())
    return Outcome(
        name=name,
        polls=polls,
        empty=oracle.empty,
        faults=sum(recording.faults.values()),
        raw_ids=len(recording.identities),
        entries=entries,
        rules=_explain(recording.identities, known, entries),
        verdicts=dict(book.entries),
        alerts=sum(oracle.told.values()),
        again=oracle.again,
        told_twice=oracle.told_twice(),
        told_old=tuple(oracle.told_old),
        missed=oracle.missed(),
        ledger_faults=book.faults,
    )


def _explain(identities: dict[str, Identity], known: dict[SeenKey, EntryId], entries: int) -> dict[str, int]:
    """Which rule made how many raw ids one entry with others, and the other way round."""
    rules: Counter[str] = Counter()
    by_entry: dict[EntryId, list[Identity]] = defaultdict(list)
    for identity in identities.values():
        names = [key for key in (identity.guid, identity.link, identity.version) if key in known]
        if names:
            by_entry[known[names[0]]].append(identity)
        else:
            rules[CUT] += 1
    for same in by_entry.values():
        links = Counter(identity.link for identity in same)
        linked = sum(count - 1 for link, count in links.items() if link is not None)
        rules[SAME_LINK] += linked
        named = any(identity.guid is not None or identity.link is not None for identity in same)
        rules[SAME_TEXT if named else SAME_TITLE] += len(same) - 1 - linked
    rules[RECYCLED] = entries - len(by_entry)
    return {rule: count for rule, count in rules.items() if count}
