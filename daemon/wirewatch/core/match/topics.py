"""Topics in compiled form, and the one function that decides whether an entry fits: `judge_topic`.

Matching, explaining and checking all ask this function; there is no second opinion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from wirewatch.core.match.index import TermIndex
from wirewatch.core.match.terms import Term, parse_term
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Rule, Topic


class Place(NamedTuple):
    """Where a term stands: in which field read (0: the title, then the texts), and where in its folded text."""

    field: int
    start: int
    end: int


class Found(NamedTuple):
    """One rule of a topic, found in one place. Sorts by place."""

    place: Place
    rule: str


Names = Mapping[int, str]  # term number → the rule's text, as its author wrote it


@dataclass(frozen=True, slots=True)
class Condition:
    """One of these terms must be there. `rules` are the same, as their author wrote them."""

    names: Names
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic whose terms are numbers.

    conditions: `any` first (where there is one), then each list of `all`.
    hiding:     `not` phrases that hold one of the topic's own terms ("on par with North Korea"): they hide it there.
    vetoing:    the other `not` phrases: wherever one stands, the topic does not fit the entry.
    """

    topic: Topic
    conditions: tuple[Condition, ...]
    hiding: Names
    vetoing: Names


class Standing(Enum):
    """How a topic stands to an entry; the value is told to people."""

    FITS = "fits"
    ABOUT = "fits, since everything in this feed is about it"
    MISSING = "does not fit: something is missing"
    VETOED = "does not fit: a `not` phrase stands in it"


@dataclass(frozen=True, slots=True)
class Finding:
    """What `judge_topic` decided, and from what."""

    compiled: CompiledTopic
    standing: Standing
    found: tuple[tuple[Found, ...], ...]  # for each condition, in order of place
    hidden: tuple[tuple[Found, Found], ...]  # (a term, the `not` phrase that hides it)
    vetoes: tuple[Found, ...]

    @property
    def fits(self) -> bool:
        return self.standing in (Standing.FITS, Standing.ABOUT)

    @property
    def missing(self) -> tuple[Condition, ...]:
        return tuple(
            condition for condition, found in zip(self.compiled.conditions, self.found, strict=True) if not found
        )


def judge_topic(compiled: CompiledTopic, places: Mapping[int, Sequence[Place]], about: bool) -> Finding:
    """Does an entry fit this topic?

    places: where the terms of this topic stand (others may be among them).
    about:  the entry's feed is about this topic: then no condition has to be met.

    A term that lies wholly inside a hiding phrase does not count there; it still counts elsewhere. A vetoing phrase
    decides against the topic, `about` or not.
    """
    hiding = _gather(compiled.hiding, places)
    vetoes = _gather(compiled.vetoing, places)
    every, hidden = [], set()
    for condition in compiled.conditions:
        counted = []
        for found in _gather(condition.names, places):
            hider = next((phrase for phrase in hiding if _inside(found.place, phrase.place)), None)
            if hider is None:
                counted.append(found)
            else:
                hidden.add((found, hider))
        every.append(tuple(counted))
    standing = _standing(met=all(every), vetoed=bool(vetoes), about=about)
    return Finding(compiled, standing, tuple(every), tuple(sorted(hidden)), tuple(vetoes))


def _standing(*, met: bool, vetoed: bool, about: bool) -> Standing:
    if vetoed:
        return Standing.VETOED
    if met:
        return Standing.FITS
    return Standing.ABOUT if about else Standing.MISSING


def _gather(names: Names, places: Mapping[int, Sequence[Place]]) -> list[Found]:
    return sorted(Found(place, names[number]) for number in places if number in names for place in places[number])


def _inside(inner: Place, outer: Place) -> bool:
    return inner.field == outer.field and outer.start <= inner.start and inner.end <= outer.end


@dataclass(frozen=True, slots=True)
class TopicSet:
    """Topics compiled together, in the watchlist's order, over one index.

    users: term number → numbers of the topics that use it.
    """

    topics: tuple[CompiledTopic, ...]
    index: TermIndex
    users: tuple[tuple[int, ...], ...]


def compile_set(topics: Iterable[Topic]) -> TopicSet:
    """Raises ValueError for a rule that is no term; `check_rules` says which beforehand."""
    terms: dict[Term, int] = {}
    topics = tuple(topics)
    drafts = [_Draft(topic, terms) for topic in topics]
    index = TermIndex(list(terms))
    users: list[list[int]] = [[] for _ in terms]
    for number, draft in enumerate(drafts):
        for term in draft.wanted | draft.refused.keys():
            users[term].append(number)
    return TopicSet(tuple(draft.compiled(index) for draft in drafts), index, tuple(tuple(row) for row in users))


class _Draft:
    """A topic whose terms have numbers, before it is known which `not` phrases hold a term of its own."""

    def __init__(self, topic: Topic, terms: dict[Term, int]) -> None:
        self.topic = topic
        lists = ((topic.any,) if topic.any else ()) + topic.all
        self.conditions = tuple(Condition(_names(rules, terms), rules) for rules in lists)
        self.wanted = frozenset[int]().union(*(condition.names for condition in self.conditions))
        self.refused = _names(topic.none, terms)

    def compiled(self, index: TermIndex) -> CompiledTopic:
        hiding: dict[int, str] = {}
        vetoing: dict[int, str] = {}
        for number, phrase in self.refused.items():
            holds_own = any(found in self.wanted for found, _, _ in index.find(fold(phrase)))
            (hiding if holds_own else vetoing)[number] = phrase
        return CompiledTopic(self.topic, self.conditions, hiding, vetoing)


def _names(rules: tuple[Rule, ...], terms: dict[Term, int]) -> dict[int, str]:
    """The rules by the number of their term; new terms get the next numbers. Two spellings of one term: the first."""
    names: dict[int, str] = {}
    for rule in rules:
        names.setdefault(terms.setdefault(parse_term(rule.text), len(terms)), rule.text)
    return names
