"""A watchlist made ready to judge entries again, and the two of an edit side by side: what hits, and who would be told.

Asks the same matcher and the same `place` as the watch; `backtest.py` counts what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from wirewatch.core.change import Candidate, Edit
from wirewatch.core.effects import NewEntry, NewHit
from wirewatch.core.judge import Verdict
from wirewatch.core.match import Matcher, Reading, compile_topics
from wirewatch.core.model import DestinationKey, EntryId, Hit, Via
from wirewatch.core.plan import place
from wirewatch.core.routing import Desk
from wirewatch.core.watchlist import Feed, Pack, ReceiverName, Rule, Topic, TopicKey, Watchlist

MOST_KNOWN: Final = 1_000  # ways in which hits can stand to the routes; more than a watch has at a time
_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Side:
    """A watchlist made ready to judge. feeds: those that are read, by address; lists: of each topic's `all`."""

    matcher: Matcher
    desk: Desk
    feeds: Mapping[str, Feed]
    lists: Mapping[TopicKey, Mapping[str, frozenset[int]]]
    known: dict[object, tuple[ReceiverName, ...]] = field(default_factory=dict)  # `told`, by all that decides it

    @classmethod
    def of(cls, watchlist: Watchlist) -> Side:
        # A destination each is enough: it is counted who is told, not how many copies go out.
        told = {one.name: (DestinationKey(one.name),) for one in watchlist.receivers}
        return cls(
            compile_topics(watchlist.topics, watchlist.packs),
            Desk.of(watchlist, told),
            {feed.url: feed for feed in watchlist.feeds if feed.enabled},
            {topic.key: _lists_of(topic, watchlist.packs) for topic in watchlist.topics if topic.enabled},
        )

    def told(self, candidate: Candidate, feed: Feed, hits: Sequence[Hit]) -> tuple[ReceiverName, ...]:
        """Who would be told of it, if it were the first report."""
        if not hits:
            return ()
        decides = (feed.kind, candidate.entry.lang or feed.lang, tuple((hit.topic, hit.prominence) for hit in hits))
        if decides not in self.known:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[decides] = self._place(candidate, feed, hits)
        return self.known[decides]

    def _place(self, candidate: Candidate, feed: Feed, hits: Sequence[Hit]) -> tuple[ReceiverName, ...]:
        new = NewEntry(
            entry=candidate.entry,
            keys=(),
            title_key=None,
            link_key=None,
            via=Via.POLL,
            verdict=Verdict.NEW.value,
            seen_at=candidate.at or _NO_DATE,
            hits=tuple(NewHit(hit) for hit in hits),
        )
        return tuple(alert.receiver for alert in place(EntryId(0), new, feed, self.desk, {}).alerts)


@dataclass(frozen=True, slots=True)
class Judged:
    """What both watchlists say of one entry: the hits, and the receivers who would be told. feed: its name."""

    before: tuple[Hit, ...]
    after: tuple[Hit, ...]
    told_before: tuple[ReceiverName, ...]
    told_after: tuple[ReceiverName, ...]
    feed: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two watchlists of an edit, ready to judge by."""

    before: Side
    after: Side
    only: TopicKey | None = None

    @classmethod
    def of(cls, edit: Edit) -> Comparison:
        """Compile both; seconds where there are very many topics. Raises ValueError for topics that are not checked."""
        return cls(Side.of(edit.before), Side.of(edit.after), edit.only)

    def feeds_of(self, candidate: Candidate) -> tuple[Feed | None, Feed | None]:
        """Its feed on both sides; None where only the other side reads that feed, and so never sees the entry."""
        url = candidate.feed.url
        before, after = self.before.feeds.get(url), self.after.feeds.get(url)
        if before is None and after is None:  # from a file, or from a feed that both have left
            return candidate.feed, candidate.feed
        return before, after

    def judge(self, candidate: Candidate) -> Judged:
        """One entry by both. It is folded once, unless the edit changes what is known of its feed."""
        of_before, of_after = self.feeds_of(candidate)
        before: tuple[Hit, ...] = ()
        after: tuple[Hit, ...] = ()
        told_before: tuple[ReceiverName, ...] = ()
        told_after: tuple[ReceiverName, ...] = ()
        reading = None
        if of_before is not None:
            reading = Reading(candidate.entry, of_before)
            before = self.hits(self.before, reading, of_before)
            told_before = self.before.told(candidate, of_before, before)
        if of_after is not None:
            if reading is None or of_after != of_before:
                reading = Reading(candidate.entry, of_after)
            after = self.hits(self.after, reading, of_after)
            told_after = self.after.told(candidate, of_after, after)
        return Judged(before, after, told_before, told_after, (of_after or of_before or candidate.feed).name)

    def hits(self, side: Side, reading: Reading, feed: Feed) -> tuple[Hit, ...]:
        found = side.matcher.match(reading, feed)
        return found if self.only is None else tuple(hit for hit in found if hit.topic == self.only)


def _lists_of(topic: Topic, packs: Sequence[Pack]) -> Mapping[str, frozenset[int]]:
    """For each term of `all`: the numbers (from 1) of the lists it stands in. `any` and `query` are list 0."""
    by_key = {pack.key: pack for pack in packs}
    found: dict[str, frozenset[int]] = {}
    for number, rules in enumerate((topic.any, *topic.all)):
        for text in _texts(rules, by_key, frozenset()):
            found[text] = found.get(text, frozenset()) | {number}
    return found


def _texts(rules: Iterable[Rule], packs: Mapping[str, Pack], seen: frozenset[str]) -> Iterator[str]:
    """The terms behind these rules, the names of packs in place of `pack:NAME`."""
    for rule in rules:
        key = rule.text.removeprefix("pack:")
        pack = packs.get(key) if rule.text.startswith("pack:") and key not in seen else None
        if pack is None:
            yield rule.text
            continue
        yield from _texts((one for name in pack.names for one in name.rules), packs, seen | {key})
        yield from _texts((Rule(f"pack:{other}") for other in pack.include), packs, seen | {key})
