"""A topic's rule as a tree of conditions, and the one judgement of it: `judge` of its root.

Matching, explaining and checking all ask this; there is no second opinion. Places are in folded text.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, Protocol

from wirewatch.core.watchlist import Block, TopicKey


class Place(NamedTuple):
    """Where a term stands: in which field read (0: the title, then the texts), and where in its folded text."""

    field: int
    start: int
    end: int


class Name(NamedTuple):
    """A rule as its author wrote it, and the English name of what it means ("" where it needs none)."""

    rule: str
    gloss: str = ""


class Found(NamedTuple):
    """One rule of a topic, found in one place. Sorts by place."""

    place: Place
    rule: str
    gloss: str = ""


class Where(StrEnum):
    """The part of an entry in which words count; the value is told to people."""

    ANYWHERE = "anywhere"
    HEADLINE = "in the headline"
    LEAD = "in the headline or the lead"
    SUMMARY = "in the summary"
    BELOW = "below the headline"


class Text(Protocol):
    """What the conditions ask of an entry."""

    @property
    def about(self) -> TopicKey | None: ...
    def lies(self, place: Place, where: Where) -> bool: ...
    def block(self, place: Place, block: Block) -> Hashable: ...
    def words_between(self, first: Place, second: Place) -> int: ...
    def facet(self, name: str, wanted: str) -> bool: ...


@dataclass(slots=True)
class Sight:
    """All that was found in one entry. places: by term number; companies: those judged already, by their node."""

    text: Text
    places: Mapping[int, Sequence[Place]]
    companies: dict[int, Verdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one condition, and from what.

    found:   the words that count, in order of place.     parts: the verdicts of its parts.
    hidden:  (a word, the `not` phrase around it).        vetoes: `not` phrases that decide against it.
    by_feed: it holds since the entry's feed is about it.
    """

    node: Node
    ok: bool
    found: tuple[Found, ...] = ()
    parts: tuple[Verdict, ...] = ()
    hidden: tuple[tuple[Found, Found], ...] = ()
    vetoes: tuple[Found, ...] = ()
    by_feed: bool = False


Hiding = Sequence[Found]
Anchors = frozenset[int] | None  # terms without one of which a condition cannot hold; None: it can without any word


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One of these words must be there (`least` different ones). names: by term number."""

    names: Mapping[int, Name]
    where: Where = Where.ANYWHERE
    least: int = 1

    @property
    def anchors(self) -> Anchors:
        return frozenset(self.names)

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        found, hidden = [], []
        for one in _gather(self.names, sight.places):
            if self.where is not Where.ANYWHERE and not sight.text.lies(one.place, self.where):
                continue
            hider = next((phrase for phrase in hiding if _inside(one.place, phrase.place)), None)
            if hider is None:
                found.append(one)
            else:
                hidden.append((one, hider))
        return Verdict(self, _enough(found, self.least), tuple(found), hidden=tuple(hidden))


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of the parts must hold (their words together: `least` different ones)."""

    parts: tuple[Node, ...]
    least: int = 1
    title: str = ""  # of the pack that this is

    @property
    def anchors(self) -> Anchors:
        every = [part.anchors for part in self.parts]
        known = [one for one in every if one is not None]
        return frozenset[int]().union(*known) if len(known) == len(every) else None

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        parts = tuple(part.judge(sight, hiding) for part in self.parts)
        found = _together(part for part in parts if part.ok)
        holds = any(part.ok for part in parts) and (self.least == 1 or _enough(found, self.least))
        return Verdict(self, holds, found, parts)


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """All parts must hold; within: in one block, or each at most that many words from another."""

    parts: tuple[Node, ...]
    within: int | Block | None = None

    @property
    def anchors(self) -> Anchors:
        """Of the part with the fewest words."""
        return min((one for part in self.parts if (one := part.anchors) is not None), key=len, default=None)

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        parts = tuple(part.judge(sight, hiding) for part in self.parts)
        if self.within is None or not all(part.ok for part in parts):
            return Verdict(self, all(part.ok for part in parts), _together(parts), parts)
        near = _near(parts, self.within, sight.text)
        kept = tuple(
            replace(part, found=tuple(one for one in part.found if one.place in near)) if part.found else part
            for part in parts
        )
        return Verdict(self, bool(near), _together(kept if near else parts), kept if near else parts)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Words that count only in company. topics: those that the company names; a feed about one of them is company."""

    part: Node
    company: Node
    name: str
    topics: frozenset[TopicKey]

    @property
    def anchors(self) -> Anchors:
        return self.part.anchors

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        part = self.part.judge(sight, hiding)
        if not part.ok:
            return Verdict(self, False, parts=(part,))
        if sight.text.about in self.topics:
            return Verdict(self, True, part.found, (part,), by_feed=True)
        company = sight.companies.get(id(self.company))
        if company is None:
            company = sight.companies[id(self.company)] = self.company.judge(sight, ())
        return Verdict(self, company.ok, part.found if company.ok else (), (part, company))


@dataclass(frozen=True, slots=True)
class Guard:
    """A `not` phrase. hides: it holds words of what it guards, and takes them away where it stands; else it vetoes.

    unless: where this holds, the phrase does nothing.
    """

    number: int
    name: Name
    hides: bool
    unless: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A part with its `not` phrases."""

    part: Node
    guards: tuple[Guard, ...]

    @property
    def anchors(self) -> Anchors:
        return self.part.anchors

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        own, vetoes = list(hiding), list[Found]()
        for guard in self.guards:
            where = sight.places.get(guard.number)
            if where and (guard.unless is None or not guard.unless.judge(sight, ()).ok):
                (own if guard.hides else vetoes).extend(Found(place, *guard.name) for place in where)
        part = self.part.judge(sight, own)
        return Verdict(self, part.ok and not vetoes, part.found, (part,), vetoes=tuple(sorted(vetoes)))


@dataclass(frozen=True, slots=True, eq=False)
class Without:
    """The part must not hold."""

    part: Node

    @property
    def anchors(self) -> Anchors:
        return None

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        part = self.part.judge(sight, hiding)
        return Verdict(self, not part.ok, parts=(part,))


@dataclass(frozen=True, slots=True, eq=False)
class Facet:
    """Something that is known of the entry besides its text: its source, tag, language, link or author."""

    name: str
    wanted: str

    @property
    def anchors(self) -> Anchors:
        return None

    def judge(self, sight: Sight, hiding: Hiding) -> Verdict:
        return Verdict(self, sight.text.facet(self.name, self.wanted))


Node = Words | Either | Both | Beside | Guarded | Without | Facet


def _gather(names: Mapping[int, Name], places: Mapping[int, Sequence[Place]]) -> list[Found]:
    return sorted(Found(place, *names[number]) for number in places if number in names for place in places[number])


def _inside(inner: Place, outer: Place) -> bool:
    return inner.field == outer.field and outer.start <= inner.start and inner.end <= outer.end


def _enough(found: Sequence[Found], least: int) -> bool:
    return bool(found) if least == 1 else len({one.gloss or one.rule for one in found}) >= least


def _together(parts: Iterable[Verdict]) -> tuple[Found, ...]:
    every = [part.found for part in parts if part.found]
    return every[0] if len(every) == 1 else tuple(sorted({one for found in every for one in found}))


def _near(parts: Sequence[Verdict], within: int | Block, text: Text) -> frozenset[Place]:
    """The places that stand together with one of every part (parts without words aside); empty where none do."""
    worded = [part.found for part in parts if part.found]
    marked = sorted({(one.place, number) for number, found in enumerate(worded) for one in found})
    groups: list[list[tuple[Place, int]]] = []
    if isinstance(within, Block):
        by_block: dict[Hashable, list[tuple[Place, int]]] = {}
        for place, number in marked:
            by_block.setdefault(text.block(place, within), []).append((place, number))
        groups = list(by_block.values())
    else:
        last: Place | None = None  # the one that reaches farthest so far
        for place, number in marked:
            if last is None or text.words_between(last, place) > within:
                groups.append([])
            groups[-1].append((place, number))
            if last is None or place.field != last.field or place.end > last.end:
                last = place
    whole = [group for group in groups if len({number for _, number in group}) == len(worded)]
    return frozenset(place for group in whole for place, _ in group)
