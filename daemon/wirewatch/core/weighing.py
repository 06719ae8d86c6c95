"""How much each subject of a few texts carries, and which two of them belong together.

By where and how often a name stands there, and how rare it is in the stored entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import log2, log10
from typing import Final

from wirewatch.core.subjects import Place, Seed, Subject
from wirewatch.core.text import fold
from wirewatch.core.watchlist import TopicKey

_MOST_PAIRS: Final = 2
_MOST_PAIRED: Final = 12  # of the leading subjects, which are tried with each other
_ENOUGH: Final = 500  # stored entries below which their shares say nothing
_TOO_COMMON: Final = 0.2  # of the stored entries: a name that stands in every fifth tells nothing apart
_DASH: Final = re.compile(r"\.?[-‐‑–—]")
_DASHED: Final = re.compile(r"\s*[-‐‑–—]\s*")


@dataclass(frozen=True, slots=True)
class Background:
    """How common things are elsewhere: of so many stored entries, how many fit each subject's topic."""

    entries: int = 0
    fits: Mapping[TopicKey, int] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return self.entries >= _ENOUGH

    def share(self, key: TopicKey) -> float:
        return self.fits.get(key, 0) / self.entries if self.entries else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two subjects that stand together. name: as the text itself joins them ("Trump–Kim"), "" where it does not."""

    first: Subject
    second: Subject
    sentences: frozenset[tuple[int, int]]
    in_headline: bool
    name: str
    weight: float

    @property
    def keys(self) -> frozenset[TopicKey]:
        return frozenset((self.first.key, self.second.key))


@dataclass(frozen=True, slots=True)
class Judge:
    """How much each subject carries."""

    seeds: Sequence[Seed]
    background: Background

    def weight(self, subject: Subject) -> float:
        """By how often it stands in each seed and how far up; what the seeds share counts more."""
        return self._weigh(subject.places)

    def score(self, subject: Subject) -> float:
        return self.weight(subject) * self._rarity(subject)

    def ranked(self, subjects: Iterable[Subject]) -> list[Subject]:
        return sorted(subjects, key=lambda one: (-self.score(one), one.places[0], one.key))

    def tells_apart(self, subject: Subject) -> bool:
        return not self.background.counts or self.background.share(subject.key) <= _TOO_COMMON

    def in_headline(self, places: Iterable[Place]) -> bool:
        return any(place.start < self.seeds[place.seed].headline for place in places)

    def in_lead(self, places: Iterable[Place]) -> bool:
        return any(self.seeds[place.seed].headline <= place.start < self.seeds[place.seed].lead for place in places)

    def _weigh(self, places: Sequence[Place]) -> float:
        by_seed: dict[int, list[Place]] = {}
        for place in places:
            by_seed.setdefault(place.seed, []).append(place)
        weights = (log2(1 + len(some)) + 2 * self.in_headline(some) + self.in_lead(some) for some in by_seed.values())
        return sum(weights) * len(by_seed) / len(self.seeds)

    def _rarity(self, subject: Subject) -> float:
        """How much its name says; without stored entries, a guess from its kind."""
        if self.background.counts:
            share = (self.background.fits.get(subject.key, 0) + 0.5) / (self.background.entries + 1)
            return (0.5 if subject.common else 1) * min(4.0, max(0.3, -log10(share))) * _own_name(subject)
        if subject.pack:
            return (3.0 if subject.wholes else 1.5) * _own_name(subject)
        if subject.common:
            return 0.5
        return 2.0 if len(fold(subject.title).text.split()) > 1 or not subject.title.isascii() else 1.0

    def pair(self, first: Subject, second: Subject) -> Pair | None:
        """The two as a pair, where they stand together in a headline, with a dash, or three times. None for kin."""
        if _are_kin(first, second) or not (_is_name(first) and _is_name(second)):
            return None
        together = first.sentences & second.sentences
        ours = _apart([place for place in first.places if (place.seed, place.sentence) in together], second.places)
        theirs = [place for place in second.places if (place.seed, place.sentence) in together]
        shared = frozenset((place.seed, place.sentence) for place in ours)
        in_headline = any(self.in_headline([place]) for place in ours) and self.in_headline(theirs)
        name = self._joined(ours, theirs) or self._joined(theirs, ours)
        if len(shared) < 3 and not in_headline and not name:
            return None
        weight = (len(shared) + 2 * in_headline + 3 * bool(name)) * (self._rarity(first) + self._rarity(second))
        return Pair(first, second, shared, in_headline, name, weight)

    def _joined(self, first: Sequence[Place], second: Sequence[Place]) -> str:
        """`Trump–Kim` where a seed writes the two with a dash between them, else ""."""
        ends = {(place.seed, place.start): place.end for place in second}
        for one in first:
            text = self.seeds[one.seed].text
            dash = _DASH.match(text, one.end)
            behind = dash.end() if dash else -1
            end = max(ends.get((one.seed, behind), 0), ends.get((one.seed, one.start), 0))
            if dash and end > behind:
                return _DASHED.sub("–", text[one.start : end])
        return ""


def _own_name(subject: Subject) -> float:
    """More than 1 where what the pack is called stands there itself, and not only some of the words in it."""
    title = fold(subject.title).text
    return 2.2 if any(title in fold(gloss).text for gloss, _ in subject.spread) else 1.0


def _is_name(subject: Subject) -> bool:
    """Not "核施設": what is only said often may be a thing of any kind, and goes with everybody."""
    return bool(subject.pack) or subject.title[:1].isupper()


def _are_kin(first: Subject, second: Subject) -> bool:
    """Is one a part of the other, or both parts of a third, or both the same words?"""
    if {first.pack, first.key} & (second.wholes | second.parts) or {second.pack, second.key} & (
        first.wholes | first.parts
    ):
        return True
    return bool(first.wholes & second.wholes) or first.places == second.places


def _apart(places: Iterable[Place], others: Sequence[Place]) -> list[Place]:
    """Those that are not the very words of the other; "Trump" in "Trump-Kim" is apart from it."""
    same = set(others)
    return [place for place in places if place not in same]


def strongest_pairs(judge: Judge, subjects: Sequence[Subject]) -> list[Pair]:
    """The strongest pairs. Of "Trump and North Korea" and "Trump and Kim" the narrower, if it makes up half of it."""
    found = [
        pair for one, two in combinations(subjects[:_MOST_PAIRED], 2) if (pair := judge.pair(one, two)) is not None
    ]
    kept = [pair for pair in found if not any(_narrows(other, pair) for other in found)]
    kept.sort(key=lambda pair: (-pair.weight, pair.first.key, pair.second.key))
    return kept[:_MOST_PAIRS]


def _narrows(narrow: Pair, broad: Pair) -> bool:
    shared = narrow.keys & broad.keys
    if (broad.name and not narrow.name) or len(shared) != 1 or 2 * len(narrow.sentences) < len(broad.sentences):
        return False
    own, others = _without(narrow, shared), _without(broad, shared)
    return own.pack != "" and own.pack in others.parts


def _without(pair: Pair, shared: frozenset[TopicKey]) -> Subject:
    return pair.second if pair.first.key in shared else pair.first
