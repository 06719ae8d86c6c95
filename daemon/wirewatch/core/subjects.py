"""What a few texts are about: which packs' names stand there and where, and which names besides that no pack knows.

Finds; what is worth a topic is decided in `suggesting.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wirewatch.core.excerpts import sentences
from wirewatch.core.match import compile_topics
from wirewatch.core.model import Entry, Field, Span
from wirewatch.core.phrases import phrases
from wirewatch.core.text import Range, fold
from wirewatch.core.watchlist import Pack, PackName, Rule, Topic, TopicKey

MOST_READ: Final = 30_000  # characters of a field: more is no news report, and every one costs
_MOST_ALIASES: Final = 16
_LEAD_SENTENCES: Final = 2
_NO_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Seed:
    """A text to learn from, as one: headline, summary and text with a line's end between them.

    starts: where each field begins; sentences: in order; headline, lead: where these end.
    """

    entry: Entry
    text: str
    starts: Mapping[Field, int]
    sentences: tuple[Range, ...]
    headline: int
    lead: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a name stands: the number of its seed and of the sentence there, and the range in the seed's text."""

    seed: int
    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that the seeds name. rules: how a topic looks for it; spread: how its names stood there, and how often.

    pack:   the pack that knows it, whole or in part ("" for none).
    wholes: the packs that it is a part of, or whose company many of its names ask for.
    common: its words alone would find too much else (a single word that stands there once).
    """

    key: TopicKey
    title: str
    rules: tuple[str, ...]
    places: tuple[Place, ...]
    spread: tuple[tuple[str, int], ...] = ()
    pack: str = ""
    wholes: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    common: bool = False

    @property
    def sentences(self) -> frozenset[tuple[int, int]]:
        return frozenset((place.seed, place.sentence) for place in self.places)


def topic_of(subject: Subject) -> Topic:
    """The topic that finds it."""
    return Topic(subject.key, subject.title, any=tuple(Rule(text) for text in subject.rules))


def make_seed(entry: Entry) -> Seed:
    """An entry as a seed; of a field longer than MOST_READ its beginning."""
    entry = replace(
        entry,
        title=entry.title[:MOST_READ],
        summary=entry.summary[:MOST_READ],
        content=entry.content[:MOST_READ],
    )
    starts, text = {}, ""
    for field in Field:
        starts[field] = len(text)
        text += entry.text_of(field) + "\n"
    pieces = sentences(text)
    headline = len(entry.title)
    lead = [end for start, end in pieces if start >= headline][:_LEAD_SENTENCES]
    return Seed(entry, text, starts, pieces, headline, max(lead, default=headline))


def slug(title: str) -> TopicKey:
    """`Trump–Kim` → `trump-kim`; letters of every script stay."""
    return TopicKey(_NO_LETTERS.sub("-", title.casefold()).strip("-") or "topic")


def find_subjects(seeds: Sequence[Seed], packs: Sequence[Pack]) -> tuple[Subject, ...]:
    """Every pack of which a name stands in a seed, and the names that no pack knows. Keys are unique."""
    known = tuple(_in_packs(seeds, {pack.key: pack for pack in packs}))
    subjects: dict[TopicKey, Subject] = {}
    for subject in (*known, *_besides(seeds, known)):
        subjects.setdefault(subject.key, subject)
    return tuple(subjects.values())


def _in_packs(seeds: Sequence[Seed], packs: Mapping[str, Pack]) -> Iterator[Subject]:
    topics = tuple(Topic(TopicKey(key), pack.title, any=(Rule(f"pack:{key}"),)) for key, pack in packs.items())
    matcher = compile_topics(topics, tuple(packs.values()))
    places: defaultdict[str, dict[Place, str]] = defaultdict(dict)
    for number, seed in enumerate(seeds):
        for hit in matcher.match(seed.entry):
            for span in _outermost(hit.spans):
                start = seed.starts[span.field]
                place = _place(seed, number, (start + span.start, start + span.end))
                places[hit.topic].setdefault(place, span.rule)
    for key, found in places.items():
        yield _of_pack(packs[key], found, packs)


def _outermost(spans: Iterable[Span]) -> Iterator[Span]:
    """Without "Kim" inside of "Kim Jong Un"."""
    last: Span | None = None
    for span in sorted(spans, key=lambda one: (one.field, one.start, -one.end)):
        if last is None or last.field is not span.field or span.end > last.end:
            yield span
            last = span


def _of_pack(pack: Pack, found: Mapping[Place, str], packs: Mapping[str, Pack]) -> Subject:
    """The pack as a subject; or, of a pack that lists many things, the only one of them that stands there."""
    parts = included(pack.key, packs)
    by_rule = {
        rule.text: name for key in (*sorted(parts), pack.key) for name in packs[key].names for rule in name.rules
    }
    names = [by_rule[rule] for rule in found.values() if rule in by_rule]
    counts = Counter(name.gloss for name in names)
    wholes = frozenset(key for key in packs if pack.key in included(key, packs))
    company = Counter(name.beside for name in pack.names if name.beside)
    asked = {key for key, count in company.items() if 3 * count >= len(pack.names)}
    subject = Subject(
        key=TopicKey(pack.key),
        title=pack.title,
        rules=(f"pack:{pack.key}",),
        places=tuple(sorted(found)),
        spread=tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))),
        pack=pack.key,
        wholes=(wholes | asked) - {pack.key},
        parts=parts,
    )
    only = names[0] if len(counts) == 1 else None
    if only is None or only.beside or only not in pack.names or _is_one_thing(pack):
        return subject
    rules = _aliases(only, found.values())
    return replace(subject, key=slug(only.gloss), title=only.gloss, rules=rules, wholes=subject.wholes | {pack.key})


def included(key: str, packs: Mapping[str, Pack]) -> frozenset[str]:
    """The packs whose names are this one's too, at every depth, without itself."""
    found: set[str] = set()
    waiting = list(packs[key].include) if key in packs else []
    while waiting:
        one = waiting.pop()
        if one in packs and one not in found:
            found.add(one)
            waiting += packs[one].include
    return frozenset(found) - {key}


def _is_one_thing(pack: Pack) -> bool:
    """Is the pack named after one of its names ("Trump": Donald Trump), and so no list of many things?"""
    title = fold(pack.title).text
    glosses = [fold(name.gloss).text for name in pack.names]
    return any(title in gloss or gloss in title for gloss in glosses)


def _aliases(name: PackName, found: Iterable[str]) -> tuple[str, ...]:
    """How the press writes it, what stands in the seeds first."""
    return tuple(dict.fromkeys((*sorted(set(found)), *(rule.text for rule in name.rules))))[:_MOST_ALIASES]


def _besides(seeds: Sequence[Seed], known: Sequence[Subject]) -> Iterator[Subject]:
    """Names that the packs do not know; those of several seeds under one key."""
    forms: defaultdict[str, list[str]] = defaultdict(list)
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for number, seed in enumerate(seeds):
        taken = bytearray(len(seed.text))
        words = set()  # of a long text the matcher gives the first places alone
        for place in (place for subject in known for place in subject.places if place.seed == number):
            taken[place.start : place.end] = b"\1" * (place.end - place.start)
            words.add(fold(seed.text[place.start : place.end]).text)
        for phrase in phrases(seed.text):
            key = fold(phrase.forms[0]).text
            own = sum(not any(taken[start:end]) for start, end in phrase.places)
            if 2 * own > len(phrase.places) and not any(word in key for word in words):
                forms[key] += phrase.forms
                places[key] += (_place(seed, number, place) for place in phrase.places)
    for key, where in places.items():
        yield _of_phrase(tuple(dict.fromkeys(forms[key])), where)


def _of_phrase(forms: tuple[str, ...], places: Sequence[Place]) -> Subject:
    name = forms[0]
    single = name.isascii() and len(fold(name).text.split()) == 1 and len(places) == 1
    return Subject(slug(name), name, forms, tuple(sorted(places)), common=single)


def _place(seed: Seed, number: int, span: Range) -> Place:
    sentence = bisect_right(seed.sentences, (span[0], len(seed.text))) - 1
    return Place(number, *span, sentence)
