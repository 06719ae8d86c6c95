"""Made values for the core's tests: short ways to write feeds, entries and what was seen of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wirewatch.core.effects import EditedEntry, NewEntry
from wirewatch.core.identity import identify_document
from wirewatch.core.model import (
    Arrival,
    Entry,
    EntryId,
    FeedId,
    FeedState,
    Field,
    Hit,
    ParsedFeed,
    Prominence,
    SeenEntry,
    SeenKey,
    Span,
    Via,
)
from wirewatch.core.plan import EntriesPlan, plan_entries
from wirewatch.core.watchlist import Feed, OlderNews, TopicKey

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
FEED = Feed(name="World Desk", url="https://news.example/feed", outlet="World Desk")
NK, TK, YB = TopicKey("north-korea"), TopicKey("trump-kim"), TopicKey("yongbyon")


def entry(number: int, title: str = "", **changes: object) -> Entry:
    """Entry `number` of a well-behaved feed, published that many minutes before NOW."""
    made = Entry(
        guid=f"id-{number}",
        link=f"https://news.example/{number}",
        title=title or f"Story number {number}",
        published=NOW - timedelta(minutes=number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def document(*entries: Entry, complete: bool = True, link: str | None = "https://news.example/") -> ParsedFeed:
    return ParsedFeed("rss20", entries, title="World Desk", link=link, complete=complete)


def words_match(entry: Entry, feed: Feed) -> tuple[Hit, ...]:
    """A matcher whose topics are hit by their own key standing in the title."""
    return tuple(hit(topic) for topic in (NK, TK, YB) if topic in entry.title)


def hit(topic: TopicKey, prominence: Prominence = Prominence.HEADLINE) -> Hit:
    return Hit(topic, (Span(topic, Field.TITLE, 0, 1),), f"about {topic}", ((0, 1),), prominence)


class Memory:
    """What a store would remember of one feed: plans are applied as the store applies them."""

    def __init__(self) -> None:
        self.state = FeedState(FeedId(1), FEED.url)
        self.seen: dict[SeenKey, SeenEntry] = {}
        self.told: list[tuple[str, TopicKey]] = []
        self.entries: dict[EntryId, Entry] = {}

    def polls(
        self, parsed: ParsedFeed, *, minutes: float = 0, older: OlderNews | None = None, feed: Feed = FEED
    ) -> EntriesPlan:
        at = NOW + timedelta(minutes=minutes)
        arrival = Arrival(self.state.id, parsed, identify_document(parsed), Via.POLL, at)
        known = {key: self.seen[key] for key in arrival.keys if key in self.seen}
        plan = plan_entries(arrival, feed, self.state, known, words_match, older or OlderNews())
        self._apply(plan)
        return plan

    def _apply(self, plan: EntriesPlan) -> None:
        self.state = replace(self.state, newest=plan.newest, cut_key=plan.cut_key, baseline_at=plan.baseline_at)
        for new in plan.new:
            one = EntryId(len(self.entries) + 1)
            self.entries[one] = new.entry
            topics = frozenset(found.hit.topic for found in new.hits)
            self._remember(new.keys, SeenEntry(one, new.title_key, new.entry.published, 0, topics))
            self._tell(new)
        for edited in plan.edited:
            self.entries[edited.id] = edited.entry
            before = next(known for known in self.seen.values() if known.id == edited.id)
            topics = before.topics | {found.hit.topic for found in edited.hits}
            after = replace(before, edits=before.edits + 1, topics=topics, title_key=edited.title_key)
            self.seen = {key: after if known.id == edited.id else known for key, known in self.seen.items()}
            self._remember(edited.keys, after)
            self._tell(edited)
        for again in plan.again:
            self._remember(again.keys, next(known for known in self.seen.values() if known.id == again.id))

    def _remember(self, keys: Iterable[SeenKey], known: SeenEntry) -> None:
        self.seen.update(dict.fromkeys(keys, known))

    def _tell(self, entry: NewEntry | EditedEntry) -> None:
        self.told += [(entry.entry.title, found.hit.topic) for found in entry.hits if found.state is None]


def told_titles(memory: Memory) -> list[str]:
    return [title for title, _ in memory.told]


def counts(plan: EntriesPlan) -> Mapping[str, int]:
    return {verdict.name: count for verdict, count in plan.counts.items()}


def titles(entries: Sequence[NewEntry]) -> list[str]:
    return [new.entry.title for new in entries]
