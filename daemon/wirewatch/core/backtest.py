"""What an edit of the watchlist changes: two watchlists over the same entries, hits and alerts counted on both sides.

Counts only: `comparing.py` judges; where entries come from and how the work is split is the business of `backtest/`.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from wirewatch.core.change import (
    MOST_NEW_TERMS,
    MOST_TERMS,
    NO_WORDS,
    Candidate,
    Change,
    Edit,
    Effect,
    ReceiverEffect,
    Sample,
    TermEffect,
    TopicEffect,
)
from wirewatch.core.comparing import Comparison, Judged, Side
from wirewatch.core.model import Hit
from wirewatch.core.watchlist import ReceiverName, Topic, TopicKey, Watchlist

MOST_TOPICS: Final = 50  # of which hits are kept to be shown, for each kind of change
_FIRST: Final = frozenset({0})  # a term of which no list is known: of `any` or of a query
_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Tally:
    """Counts under way, and the newest samples. show: how many samples are kept for each topic and change."""

    def __init__(self, show: int) -> None:
        self._show = show
        self.entries = 0
        self.dates: tuple[datetime, ...] = ()  # the first and the last
        self.changes: Counter[tuple[TopicKey, Change]] = Counter()
        self.terms: Counter[tuple[TopicKey, str]] = Counter()
        self.alone: Counter[tuple[TopicKey, str]] = Counter()  # no other term of its list stands in the hit
        self.new: Counter[tuple[TopicKey, str]] = Counter()  # the hit is gained
        self.told_before: Counter[ReceiverName] = Counter()
        self.told_after: Counter[ReceiverName] = Counter()
        self.samples: dict[tuple[TopicKey, Change], list[Sample]] = {}

    def judge(self, candidate: Candidate, comparison: Comparison) -> None:
        """Count one entry."""
        self.entries += 1
        if candidate.at is not None:
            self._date(candidate.at)
        judged = comparison.judge(candidate)
        self.told_before.update(judged.told_before)
        self.told_after.update(judged.told_after)
        if judged.before or judged.after:
            self._count(candidate, judged)
            self._count_terms(judged, comparison.after)

    def add(self, other: Tally) -> None:
        """Join what was counted elsewhere over other entries."""
        self.entries += other.entries
        for at in other.dates:
            self._date(at)
        self.changes.update(other.changes)
        self.terms.update(other.terms)
        self.alone.update(other.alone)
        self.new.update(other.new)
        self.told_before.update(other.told_before)
        self.told_after.update(other.told_after)
        for key, samples in other.samples.items():
            for sample in samples:
                self._keep(key, sample)

    def effect(self, edit: Edit, since: datetime | None = None, until: datetime | None = None) -> Effect:
        """What was counted. since, until: the span that was asked for; it begins with its first entry, though."""
        first, last = self.dates or (None, None)
        topics = {one.key: one for side in (edit.before, edit.after) for one in side.topics if one.enabled}
        names = dict.fromkeys(one.name for side in (edit.after, edit.before) for one in side.receivers)
        return Effect(
            entries=self.entries,
            since=max(since, first) if since and first else first,
            until=until or last,
            topics=tuple(self._of(topic) for key, topic in topics.items() if edit.only in (None, key)),
            receivers=tuple(
                ReceiverEffect(name, self.told_before[name], self.told_after[name])
                for name in names
                if self.told_before[name] or self.told_after[name]
            ),
            samples=tuple(sample for key in sorted(self.samples) for sample in reversed(self.samples[key])),
        )

    def _of(self, topic: Topic) -> TopicEffect:
        kept, gained, lost = (self.changes[topic.key, one] for one in (Change.KEPT, Change.GAINED, Change.LOST))
        return TopicEffect(
            topic=topic.key,
            title=topic.title,
            before=kept + lost,
            after=kept + gained,
            gained=gained,
            lost=lost,
            terms=self._terms_of(topic.key),
            still_noise=self.changes[topic.key, Change.STILL_NOISE],
            mended=self.changes[topic.key, Change.MENDED],
        )

    def _terms_of(self, topic: TopicKey) -> tuple[TermEffect, ...]:
        """Those that bring the most hits, and those that bring the most new ones."""
        every = [
            TermEffect(term, count, self.alone[topic, term], self.new[topic, term])
            for (key, term), count in self.terms.items()
            if key == topic
        ]
        every.sort(key=lambda one: (-one.hits, one.term))
        new = sorted((one for one in every[MOST_TERMS:] if one.gained), key=lambda one: -one.gained)
        return (*every[:MOST_TERMS], *new[:MOST_NEW_TERMS])

    def _count(self, candidate: Candidate, judged: Judged) -> None:
        was, now = {hit.topic for hit in judged.before}, {hit.topic for hit in judged.after}
        for hit in judged.after:
            self._change(candidate, judged, hit, Change.KEPT if hit.topic in was else Change.GAINED)
            if hit.topic in candidate.noise:
                self._change(candidate, judged, hit, Change.STILL_NOISE)
        for hit in judged.before:
            if hit.topic in now:
                continue
            self._change(candidate, judged, hit, Change.LOST)
            if hit.topic in candidate.noise:
                self._change(candidate, judged, hit, Change.MENDED)

    def _change(self, candidate: Candidate, judged: Judged, hit: Hit, change: Change) -> None:
        key = (hit.topic, change)
        self.changes[key] += 1
        if change is Change.KEPT:
            return
        entry = candidate.entry
        sample = Sample(
            topic=hit.topic,
            change=change,
            at=candidate.at,
            feed=judged.feed,
            title=entry.title,
            link=entry.link,
            sentence=hit.sentence,
            marks=hit.marks,
            why=hit.why,
        )
        self._keep(key, sample)

    def _keep(self, key: tuple[TopicKey, Change], sample: Sample) -> None:
        """Keep it among the newest; oldest first."""
        if key not in self.samples and sum(change is key[1] for _, change in self.samples) >= MOST_TOPICS:
            return
        kept = self.samples.setdefault(key, [])
        insort(kept, sample, key=lambda one: (one.at or _NO_DATE, one.title))
        del kept[: -self._show or None]

    def _count_terms(self, judged: Judged, side: Side) -> None:
        was = {hit.topic for hit in judged.before}
        for hit in judged.after:
            lists = side.lists.get(hit.topic, {})
            terms = {span.rule for span in hit.spans} or {NO_WORDS}
            crowd = Counter(number for term in terms for number in lists.get(term, _FIRST))
            for term in terms:
                key = (hit.topic, term)
                self.terms[key] += 1
                self.alone[key] += all(crowd[number] == 1 for number in lists.get(term, _FIRST))
                self.new[key] += hit.topic not in was

    def _date(self, at: datetime) -> None:
        self.dates = (min(at, *self.dates), max(at, *self.dates)) if self.dates else (at, at)


def effect_of(
    before: Watchlist,
    after: Watchlist,
    entries: Iterable[Candidate],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    only: TopicKey | None = None,
    show: int = 10,
) -> Effect:
    """What the edit does to these entries, in this process. since, until: the span that they were taken from.

    Raises ValueError for a watchlist whose topics were not checked.
    """
    edit, tally = Edit(before, after, only), Tally(show)
    comparison = Comparison.of(edit)
    for candidate in entries:
        tally.judge(candidate, comparison)
    return tally.effect(edit, since, until)
