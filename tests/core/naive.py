"""A slow matcher to compare with: the meaning of topics and packs written out, without automaton, tree or index.

Every term is looked for at every place of every field. A condition is a set of places, or None where it does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from wirewatch.core.excerpts import sentences
from wirewatch.core.match.query import FACETS, Part, Word, parse_query
from wirewatch.core.match.reading import fields_of, language_of
from wirewatch.core.match.terms import Term, parse_term
from wirewatch.core.model import Entry, Field
from wirewatch.core.text import UNSPACED, Folded, fold
from wirewatch.core.watchlist import NO_FEED, Block, Feed, Pack, Rule, Scope, Topic, TopicKey

PACK = "pack:"
FAR = 10**9
PARTS = {Scope.HEADLINE: "title", Scope.LEAD: "lead", Scope.TEXT: ""}


class Mark(NamedTuple):
    """A word that stands somewhere: field, range in its folded text, and what it is called."""

    field: int
    start: int
    end: int
    name: str

    @property
    def place(self) -> tuple[int, int, int]:
        return self[:3]


Marks = frozenset[Mark]


class Naive:
    """Topics and packs, and one entry of a feed."""

    def __init__(self, topics: Iterable[Topic], packs: Iterable[Pack], read: Entry, feed: Feed = NO_FEED) -> None:
        self.topics = {topic.key: topic for topic in topics}
        self.packs = {pack.key: pack for pack in packs}
        self.read, self.feed = read, feed
        self.fields = fields_of(read)
        self.folded = [fold(read.text_of(field)) for field in self.fields]
        self.lang = language_of(read, feed)

    def fits(self, topic: Topic) -> bool:
        hiding, vetoes = self.refused(topic.none, topic.lang, self.own_words(topic))
        return not vetoes and (self.feed.about == topic.key or self.asked(topic, hiding) is not None)

    def words(self, topic: Topic) -> set[tuple[Field, int, int]]:
        """Where the words that count stand in the original, of a topic that fits by its words."""
        hiding, _ = self.refused(topic.none, topic.lang, self.own_words(topic))
        marks = self.asked(topic, hiding) or frozenset()
        return {(self.fields[one.field], *self.folded[one.field].span(one.start, one.end)) for one in marks}

    def asked(self, topic: Topic, hiding: Marks) -> Marks | None:
        where = PARTS[topic.scope]
        lists = [self.one_of(some, where, topic.lang, hiding) for some in topic.all]
        parts = [self.one_of(topic.any, where, topic.lang, hiding, topic.least)] if topic.any else []
        parts += [self.together(lists, topic.within)] if topic.within is not None and len(lists) > 1 else lists
        if topic.query is not None:
            parts.append(self.query(parse_query(topic.query.text), where, topic.lang, hiding))
        return every(parts)

    # Lists, packs and company.

    def one_of(self, some: Sequence[Rule], where: str, lang: str, hiding: Marks, least: int = 1) -> Marks | None:
        marks = set[Mark]()
        called: dict[tuple[str, Term], str] = {}
        for rule in some:
            if rule.text.startswith(PACK):
                these = self.pack(rule.text.removeprefix(PACK), where, hiding) or frozenset()
            else:
                term = parse_term(rule.text, rule.lang or lang)
                these = self.counted(term, called.setdefault((rule.beside, term), rule.text), where, hiding)
            if these and (not rule.beside or self.company(rule.beside)):
                marks |= these
        return frozenset(marks) if marks and len({mark.name for mark in marks}) >= least else None

    def pack(self, key: str, where: str, hiding: Marks, alone: bool = False) -> Marks | None:
        pack = self.packs[key]
        hides, vetoes = self.refused(pack.none, "", self.pack_words(key, alone), always=alone)
        if vetoes:
            return None
        marks = set[Mark]()
        called: dict[tuple[str, Term], str] = {}
        for name in pack.names:
            for rule in name.rules:
                gloss = name.gloss if re.search(r"[^\W\u0000-\u02af]", rule.text) else ""
                term = parse_term(rule.text, rule.lang)
                these = self.counted(
                    term, called.setdefault((name.beside, term), gloss or rule.text), where, hiding | hides
                )
                if these and (not name.beside or (not alone and self.company(PACK + name.beside))):
                    marks |= these
        for other in pack.include:
            marks |= self.pack(other, where, hiding | hides, alone) or frozenset()
        return frozenset(marks) or None

    def company(self, name: str) -> bool:
        key = name.removeprefix(PACK)
        topic = self.topics.get(TopicKey(name))
        if topic is None:
            named = {one.key for one in self.topics.values() if any(rule.text == PACK + key for rule in one.any)}
            return self.feed.about in named or self.pack(key, "", frozenset(), alone=True) is not None
        if self.feed.about == topic.key:
            return True
        alone = [rule for rule in topic.any if not rule.beside]
        words = [term for rule in alone for term in self.rule_words(rule, topic.lang, alone=True)]
        hiding, _ = self.refused(topic.none, topic.lang, words)
        for rule in alone:
            if rule.text.startswith(PACK):
                if self.pack(rule.text.removeprefix(PACK), "", hiding, alone=True) is not None:
                    return True
            elif self.one_of([rule], "", topic.lang, hiding) is not None:
                return True
        return False

    # What a topic or a pack has for words, and what its `not` phrases do.

    def own_words(self, topic: Topic) -> list[Term]:
        lists = [rule for some in (topic.any, *topic.all) for rule in some]
        words = [term for rule in lists for term in self.rule_words(rule, topic.lang, alone=False)]
        return words + (self.query_words(parse_query(topic.query.text), topic.lang) if topic.query is not None else [])

    def rule_words(self, rule: Rule, lang: str, alone: bool) -> list[Term]:
        if rule.text.startswith(PACK):
            return self.pack_words(rule.text.removeprefix(PACK), alone)
        return [parse_term(rule.text, rule.lang or lang)]

    def pack_words(self, key: str, alone: bool) -> list[Term]:
        names = [name for name in self.packs[key].names if not (alone and name.beside)]
        own = [parse_term(rule.text, rule.lang) for name in names for rule in name.rules]
        return own + [term for other in self.packs[key].include for term in self.pack_words(other, alone)]

    def query_words(self, part: Part, lang: str) -> list[Term]:
        if not isinstance(part, Word):
            inner = part.parts if part.operator != "NOT" else ()
            return [term for one in inner for term in self.query_words(one, lang)]
        if part.field in FACETS:
            return []
        return [term for text in wanted(part) for term in self.rule_words(Rule(text), lang, alone=False)]

    def refused(
        self, none: Sequence[Rule], lang: str, own: Sequence[Term], always: bool = False
    ) -> tuple[Marks, Marks]:
        """(phrases that take away words inside of them, those that veto). always: all of them take away."""
        hiding, vetoes = set[Mark](), set[Mark]()
        for rule in none:
            if rule.text.startswith(PACK):
                for term in self.pack_words(rule.text.removeprefix(PACK), alone=True):
                    (hiding if always else vetoes).update(self.counted(term, rule.text, "", frozenset()))
                continue
            phrase, _, unless = (rule.text, "", "") if rule.text.startswith('"') else rule.text.partition(" unless ")
            if unless and self.one_of([Rule(unless)], "", lang, frozenset()) is not None:
                continue
            bare = fold(phrase.removeprefix("=").strip("*"))
            hides = always or any(next(places(term, bare, ""), None) for term in own)
            marks = self.counted(parse_term(phrase, rule.lang or lang), phrase, "", frozenset())
            (hiding if hides else vetoes).update(marks)
        return frozenset(hiding), frozenset(vetoes)

    # Queries.

    def query(self, part: Part, where: str, lang: str, hiding: Marks) -> Marks | None:
        if isinstance(part, Word):
            return self.word(part, part.field or where, lang, hiding)
        parts = [self.query(one, where, lang, hiding) for one in part.parts]
        if part.operator == "NOT":
            return frozenset() if parts[0] is None else None
        if part.operator == "OR":
            holding = [marks for marks in parts if marks is not None]
            return frozenset[Mark]().union(*holding) if holding else None
        return self.together(parts, part.reach) if part.operator == "NEAR" else every(parts)

    def word(self, word: Word, where: str, lang: str, hiding: Marks) -> Marks | None:
        if word.field in FACETS:
            return frozenset() if self.facet(word.field, word.text) else None
        parts = [self.one_of([Rule(text)], where, lang, hiding) for text in wanted(word)]
        return self.together(parts, word.slop) if word.slop else parts[0]

    def facet(self, name: str, asked: str) -> bool:
        if name == "lang":
            return asked.split("-")[0].lower() == self.lang
        if name == "url":
            return asked.casefold() in (self.read.link or "").casefold()
        known: dict[str, Iterable[str]] = {
            "source": [self.feed.name, self.feed.outlet],
            "tag": [*self.feed.tags, *self.read.tags],
            "author": [self.read.author],
        }
        words = fold(asked.strip("*")).text.split()
        for one in known[name]:
            there = fold(one).text.split()
            for at in range(len(there) - len(words) + 1):
                piece = there[at : at + len(words)]
                if piece == words or (asked.endswith("*") and " ".join(piece).startswith(" ".join(words))):
                    return True
        return False

    # Places.

    def counted(self, term: Term, name: str, where: str, hiding: Marks) -> Marks:
        """Where a term stands in that part of the entry, outside of hiding phrases."""
        every = (
            Mark(number, start, end, name)
            for number, folded in enumerate(self.folded)
            for start, end in places(term, folded, self.lang)
        )
        return frozenset(
            mark for mark in every if self.lies(mark, where) and not any(inside(mark, one) for one in hiding)
        )

    def lies(self, mark: Mark, where: str) -> bool:
        if where == "title" or not where:
            return not where or mark.field == 0
        end = self.folded[mark.field].span(mark.start, mark.end)[1]
        if where == "summary":
            cut = len(self.read.summary.rstrip(" …."))
            separate = Field.SUMMARY in self.fields
            return self.fields[mark.field] is Field.SUMMARY if separate else mark.field == 1 and end <= cut
        if where == "lead" and mark.field == 1:
            return end <= min(300, sentences(self.folded[1].original)[:2][-1][1])
        return mark.field == 0 if where == "lead" else mark.field > 0

    def together(self, parts: Sequence[Marks | None], within: int | Block) -> Marks | None:
        """The words of groups that have one of every part; a group is one block, or joined by short ways."""
        if any(marks is None for marks in parts):
            return None
        marks = sorted(frozenset[Mark]().union(*(one for one in parts if one)))
        group = {mark: mark for mark in marks}
        for one, two in combinations(marks, 2):
            if self.near(one, two, within):
                old, new = group[two], group[one]
                group = {mark: new if its == old else its for mark, its in group.items()}
        kept = set[Mark]()
        for head in set(group.values()):
            members = {mark for mark in marks if group[mark] == head}
            there = {mark.place for mark in members}
            if all(any(mark.place in there for mark in one or ()) for one in parts):
                kept |= members
        return frozenset(kept) or None

    def near(self, one: Mark, two: Mark, within: int | Block) -> bool:
        if isinstance(within, Block):
            return self.block(one, within) == self.block(two, within)
        if one.field != two.field:
            return False
        words = 0
        for word in re.finditer("[^ ;]+", self.folded[one.field].text):
            low, high = max(word.start(), one.end), min(word.end(), two.start)
            if re.match(f"[{UNSPACED}]", word[0]):
                words += max(1, (high - low) // 2) if low < high else 0
            else:
                words += (low, high) == word.span()
        return words <= within

    def block(self, mark: Mark, within: Block) -> tuple[int, int]:
        """Which sentence or paragraph a word stands in; the headline is one sentence, and of the first paragraph."""
        if mark.field == 0:
            return (0, 0) if within is Block.SENTENCE else (1, 0)
        folded = self.folded[mark.field]
        start = folded.span(mark.start, mark.end)[0]
        if within is Block.PARAGRAPH:
            return mark.field, folded.original[:start].count("\n")
        return mark.field, sum(first <= start for first, _ in sentences(folded.original))


def every(parts: Sequence[Marks | None]) -> Marks | None:
    holding = [marks for marks in parts if marks is not None]
    return frozenset[Mark]().union(*holding) if len(holding) == len(parts) else None


def wanted(word: Word) -> list[str]:
    """What a word of a query looks for: a phrase with a distance is its words."""
    if not word.slop:
        return [f'"{word.text}"' if word.quoted and word.text.startswith(PACK) else word.text]
    return [text for text in word.text.split() if fold(text).text.strip(" ;")]


def inside(mark: Mark, phrase: Mark) -> bool:
    return mark.field == phrase.field and phrase.start <= mark.start and mark.end <= phrase.end


def places(term: Term, folded: Folded, lang: str) -> Iterator[tuple[int, int]]:
    """Where a term stands in a text of that language ("": not known): every place is tried."""
    foreign = bool(term.lang and lang) and term.lang != lang
    if term.pieces:
        return _loose(term, folded.text, foreign)
    return _plain(term, folded, lambda start, end: _exact(term, folded, start, end) if term.exact else not foreign)


def _loose(term: Term, text: str, foreign: bool) -> Iterator[tuple[int, int]]:
    words = [(found.start(), found.end()) for found in re.finditer(r"[^ ]+", text)]
    for at in range(len(words) - len(term.pieces) + 1):
        run = words[at : at + len(term.pieces)]
        if all(piece.fits(text[low:high], foreign) for piece, (low, high) in zip(term.pieces, run, strict=True)):
            yield run[0][0], run[-1][1]


def _plain(term: Term, folded: Folded, counts: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    text, core = folded.text, term.pattern.strip()
    for start in range(len(text) - len(core) + 1):
        end = start + len(core)
        left = term.pattern[0] != " " or text[start - 1 : start] == " "
        right = term.pattern[-1] != " " or text[end : end + 1] == " "
        if text[start:end] == core and left and right and counts(start, end):
            yield start, end


def _exact(term: Term, folded: Folded, start: int, end: int) -> bool:
    low, high = folded.span(start, end)
    return folded.original[low:high].split() == term.exact.split()
