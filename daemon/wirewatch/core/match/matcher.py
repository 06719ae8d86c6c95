"""Compile once, match many, explain one: the door of the matching engine.

`match` and `explain` read the same findings (`topics.judge_topic`); neither decides by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wirewatch.core.match.reading import Reading
from wirewatch.core.match.topics import Finding, Place, TopicSet, compile_set, judge_topic
from wirewatch.core.match.words import why
from wirewatch.core.model import Entry, Hit, Span
from wirewatch.core.watchlist import Rule, Topic, TopicKey


@dataclass(frozen=True, slots=True)
class Hidden:
    """A word of the topic that does not count, since it stands inside a `not` phrase."""

    span: Span
    phrase: Span


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one topic stands to one entry, and why.

    spans:   the words that count, in order (at most 50).
    missing: the lists (`any`, or one of `all`) of which nothing was found.
    hidden:  words that do not count, each with the `not` phrase around it.
    vetoes:  `not` phrases that decide against the topic.
    why:     all of this in one line.
    """

    topic: TopicKey
    fits: bool
    why: str
    spans: tuple[Span, ...] = ()
    missing: tuple[tuple[Rule, ...], ...] = ()
    hidden: tuple[Hidden, ...] = ()
    vetoes: tuple[Span, ...] = ()


class Matcher:
    """A watchlist's topics, compiled. Immutable; usable from several threads."""

    def __init__(self, compiled: TopicSet) -> None:
        self._set = compiled
        self._numbers = {one.topic.key: number for number, one in enumerate(compiled.topics)}

    def match(self, entry: Entry, about: TopicKey | None = None) -> tuple[Hit, ...]:
        """The topics that the entry fits, in the watchlist's order, each with its proof.

        about: the topic that everything in the entry's feed is about: it is hit by that alone, unless one of its
               `not` phrases vetoes. A topic that is not watched (disabled) is no topic here.
        """
        reading = Reading(entry)
        places = self._find(reading)
        always = self._numbers.get(about) if about is not None else None
        candidates = set(places) if always is None else {*places, always}
        findings = (
            judge_topic(self._set.topics[number], places.get(number, {}), number == always)
            for number in sorted(candidates)
        )
        return tuple(_hit(reading, finding) for finding in findings if finding.fits)

    def explain(self, entry: Entry | str, about: TopicKey | None = None) -> tuple[Explanation, ...]:
        """Every topic's standing to the entry (a plain text counts as a headline), in the watchlist's order."""
        return tuple(self._explanations(entry, about))

    def _explanations(self, entry: Entry | str, about: TopicKey | None) -> Iterator[Explanation]:
        reading = Reading(entry if isinstance(entry, Entry) else Entry(None, None, entry))
        places = self._find(reading)
        for number, compiled in enumerate(self._set.topics):
            finding = judge_topic(compiled, places.get(number, {}), compiled.topic.key == about)
            yield _explanation(reading, finding)

    def _find(self, reading: Reading) -> dict[int, dict[int, list[Place]]]:
        """Topic number → term number → where that term stands; only topics of which something was found."""
        places: dict[int, list[Place]] = {}
        for field, folded in enumerate(reading.folded):
            for term, start, end in self._set.index.find(folded):
                places.setdefault(term, []).append(Place(field, start, end))
        own: dict[int, dict[int, list[Place]]] = {}
        for term, where in places.items():
            for number in self._set.users[term]:
                own.setdefault(number, {})[term] = where
        return own


def compile_topics(topics: tuple[Topic, ...]) -> Matcher:
    """The matcher of all enabled topics (trial ones among them).

    Raises ValueError for a rule that is no usable term: `check_rules` names all of those, with what to do.
    """
    return Matcher(compile_set(topic for topic in topics if topic.enabled))


def _hit(reading: Reading, finding: Finding) -> Hit:
    spans = reading.spans(finding)
    shown = reading.best_sentence(finding, spans)
    return Hit(
        topic=finding.compiled.topic.key,
        spans=spans,
        sentence=shown.text,
        marks=shown.marks,
        prominence=reading.prominence(finding),
        why=why(finding, reading.leading(finding) + spans, ()),
    )


def _explanation(reading: Reading, finding: Finding) -> Explanation:
    spans = reading.spans(finding)
    vetoes = tuple(reading.span(found) for found in finding.vetoes)
    return Explanation(
        topic=finding.compiled.topic.key,
        fits=finding.fits,
        why=why(finding, reading.leading(finding) + spans, vetoes),
        spans=spans,
        missing=tuple(condition.rules for condition in finding.missing),
        hidden=tuple(Hidden(reading.span(term), reading.span(phrase)) for term, phrase in finding.hidden),
        vetoes=vetoes,
    )
