"""How well topics find what a reader would call theirs: counts, precision, recall and F1 over labelled entries.

Also what somebody would write in five minutes instead, a search for plain words, to be measured beside. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wirewatch.core.model import Entry
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Pack, Rule, Topic, TopicKey

PACK_PREFIX = "pack:"

Found = frozenset[TopicKey]
Guess = Callable[[Entry], Found]
# What a plain search looks for: every list must have one of its words somewhere in the text.
PlainWords = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """An entry that a reader labelled. topics: those that it is about; borderline: readers could differ.

    id: what its file calls it, else "line 7"; lang: "" where the file does not say; line: in its file, from 1.
    """

    id: str
    lang: str
    entry: Entry
    topics: Found
    borderline: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """A labelled entry and the topics that were found in it."""

    judged: JudgedEntry
    found: Found


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one topic over some entries. right: found and about it; wrong: found only; missed: about it only."""

    right: int
    wrong: int
    missed: int

    @property
    def about(self) -> int:
        """How many are about the topic."""
        return self.right + self.missed

    @property
    def precision(self) -> float:
        """Share of what was found that is about the topic; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of what is about the topic that was found; 1 where nothing is."""
        return self.right / self.about if self.about else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two (van Rijsbergen 1979); 1 where there was nothing to find and nothing was found."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True, slots=True)
class LanguageScore:
    """Counts of one topic over the entries of one language. items: how many there are."""

    lang: str
    items: int
    score: Score


def try_all(judged: Iterable[JudgedEntry], guess: Guess) -> tuple[Tried, ...]:
    """Each entry with what `guess` finds in it, in order."""
    return tuple(Tried(one, guess(one.entry)) for one in judged)


def without_borderline(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Those on which readers agree."""
    return tuple(one for one in tried if not one.judged.borderline)


def score(tried: Iterable[Tried], topic: TopicKey) -> Score:
    """Count one topic."""
    pairs = [(topic in one.judged.topics, topic in one.found) for one in tried]
    return Score(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))


def by_language(tried: Sequence[Tried], topic: TopicKey) -> tuple[LanguageScore, ...]:
    """Count one topic in each language in which anything is about it or was found; most entries first, then by name."""
    groups: dict[str, list[Tried]] = {}
    for one in tried:
        groups.setdefault(one.judged.lang, []).append(one)
    counted = (LanguageScore(lang, len(some), score(some, topic)) for lang, some in groups.items())
    some = (one for one in counted if one.score.about or one.score.wrong)
    return tuple(sorted(some, key=lambda one: (-one.items, one.lang)))


def plain_search(words: Mapping[TopicKey, PlainWords]) -> Guess:
    """A search for substrings, whatever their case and accents; a topic without words is never found."""
    folded = {
        key: [[fold(word).text.strip() for word in some] for some in every] for key, every in words.items() if every
    }

    def guess(entry: Entry) -> Found:
        text = fold("\n".join((entry.title, entry.summary, entry.content))).text
        fits = (key for key, every in folded.items() if all(any(word in text for word in some) for some in every))
        return frozenset(fits)

    return guess


def title_words(topic: Topic) -> PlainWords:
    """The topic's own title, the first thing that one types into a search box."""
    return ((topic.title,),)


def english_words(topic: Topic, packs: Iterable[Pack]) -> PlainWords:
    """The English words of each list of the topic, those of its packs too, without stars and signs.

    A list without an English word is left out; () where none is left (a topic with a query alone).
    """
    known = {pack.key: pack for pack in packs}
    lists = ((topic.any,) if topic.any else ()) + topic.all
    every = (tuple(dict.fromkeys(_english(rules, known, frozenset()))) for rules in lists)
    return tuple(words for words in every if words)


def _english(rules: Iterable[Rule], packs: Mapping[str, Pack], seen: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        name = rule.text.removeprefix(PACK_PREFIX)
        if name != rule.text:
            yield from _english_of(name, packs, seen)
        elif rule.lang in ("", "en") and rule.text.isascii() and (word := _bare(rule.text)):
            yield word


def _english_of(name: str, packs: Mapping[str, Pack], seen: frozenset[str]) -> Iterator[str]:
    if name in seen or name not in packs:
        return
    pack = packs[name]
    for one in pack.names:
        yield from _english(one.rules, packs, seen)
    for other in pack.include:
        yield from _english_of(other, packs, seen | {name})


def _bare(word: str) -> str:
    """A rule's words without its signs; "" where nothing is left to search for."""
    bare = word.replace("*", "").removeprefix("=").strip()
    return bare if fold(bare).text.strip() else ""
