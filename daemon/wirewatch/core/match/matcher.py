"""Compile once, match many, explain one: the door of the matching engine.

`match` and `explain` ask the same judgement (`nodes.py`); neither decides by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from wirewatch.core.match.compiling import CompiledTopic, TopicSet, compile_set
from wirewatch.core.match.nodes import Found, Place, Sight, Verdict
from wirewatch.core.match.reading import Reading, conditions_of
from wirewatch.core.match.words import Condition, Standing, condition, hidden, standing, why
from wirewatch.core.model import Entry, Field, Hit, Prominence, Span
from wirewatch.core.watchlist import NO_FEED, Feed, Pack, Topic, TopicKey

MOST_PLACES = 500  # of one word in one field: beyond, a flood of it would cost minutes, and no news has it


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one topic stands to one entry, and why.

    spans: the words that count, in order (at most 50).     rule: the whole rule, each condition with its verdict.
    why:   what decided, in one line.     failed: each condition that failed, in words; empty where the topic fits.
    """

    topic: TopicKey
    fits: bool
    why: str
    rule: Condition
    spans: tuple[Span, ...] = ()
    failed: tuple[str, ...] = ()


class Matcher:
    """A watchlist's topics, compiled. Immutable; usable from several threads."""

    def __init__(self, compiled: TopicSet) -> None:
        self._set = compiled
        self._numbers = {one.topic.key: number for number, one in enumerate(compiled.topics)}

    def match(self, entry: Entry | Reading, feed: Feed = NO_FEED) -> tuple[Hit, ...]:
        """The topics that the entry fits, in the watchlist's order, each with its proof.

        feed: where the entry is from. The topic that its feed is about is hit by that alone, unless one of its `not`
              phrases vetoes. A topic that is not watched (disabled) is no topic here.
        """
        reading = entry if isinstance(entry, Reading) else Reading(entry, feed)
        sight = self._look(reading)
        users = self._set.users
        candidates = set(chain.from_iterable(users[term] for term in sight.places))
        about = self._numbers.get(reading.about) if reading.about is not None else None
        if about is not None:
            candidates.add(about)
        hits = (self._hit(self._set.topics[number], sight, reading) for number in sorted(candidates))
        return tuple(hit for hit in hits if hit is not None)

    def explain(
        self, entry: Entry | str | Reading, feed: Feed = NO_FEED, only: TopicKey | None = None
    ) -> tuple[Explanation, ...]:
        """Every topic's standing to the entry (a plain text counts as a headline), in the watchlist's order.

        only: of this topic alone.
        """
        if isinstance(entry, str):
            entry = Entry(None, None, entry)
        reading = entry if isinstance(entry, Reading) else Reading(entry, feed)
        sight = self._look(reading)
        wanted = self._set.topics if only is None else (self._set.topics[self._numbers[only]],)
        return tuple(_explanation(one, one.root.judge(sight, ()), reading) for one in wanted)

    def refusing(self, text: str, topic: TopicKey, rule: str) -> str:
        """The `not` phrase of a topic that takes a rule away in a text, or vetoes it there; "" where none does."""
        reading = Reading(Entry(None, None, text))
        verdict = self._set.topics[self._numbers[topic]].root.judge(self._look(reading), ())
        hiding = (phrase.rule for word, phrase in hidden(verdict) if word.rule == rule)
        return next(chain((veto.rule for veto in verdict.vetoes), hiding), "")

    def _look(self, reading: Reading) -> Sight:
        """Where every term stands that is found at all, by term number."""
        places: dict[int, list[Place]] = {}
        find = self._set.index.find
        lang = reading.lang if self._set.index.needs_lang else ""
        for field, folded in enumerate(reading.folded):
            for term, start, end in find(folded, lang):
                there = places.setdefault(term, [])
                if len(there) < MOST_PLACES * (field + 1):
                    there.append(Place(field, start, end))
        return Sight(reading, places)

    def _hit(self, compiled: CompiledTopic, sight: Sight, reading: Reading) -> Hit | None:
        verdict = compiled.root.judge(sight, ())
        how = standing(verdict, about=reading.about == compiled.topic.key)
        if not how.fits:
            return None
        leading = _leading(verdict)
        spans = reading.spans(verdict.found, leading)
        shown = reading.best_sentence(verdict, spans)
        return Hit(
            topic=compiled.topic.key,
            spans=spans,
            sentence=shown.text,
            marks=shown.marks,
            prominence=_prominence(how, verdict, spans, reading),
            why=why(compiled.topic.title, how, verdict, _telling(leading, spans, reading), reading),
        )


def compile_topics(topics: tuple[Topic, ...], packs: tuple[Pack, ...] = ()) -> Matcher:
    """The matcher of all enabled topics (trial ones among them). packs: those that they name.

    Raises ValueError for a rule that cannot be used: `check_rules` names all of those, with what to do.
    """
    return Matcher(compile_set([topic for topic in topics if topic.enabled], packs, topics))


def _leading(verdict: Verdict) -> tuple[Found, ...]:
    """The first word of every condition that has one, in the order of the conditions."""
    return tuple(part.found[0] for part in conditions_of(verdict) if part.found)


def _telling(leading: tuple[Found, ...], spans: tuple[Span, ...], reading: Reading) -> tuple[Span, ...]:
    """The words in the order in which they are named: the first of each condition, then all."""
    return spans if len(spans) == 1 else (*map(reading.span, leading), *spans)


def _prominence(how: Standing, verdict: Verdict, spans: tuple[Span, ...], reading: Reading) -> Prominence:
    if how is Standing.ABOUT:  # no word is needed; one in the headline is noticed
        return Prominence.HEADLINE if any(one.field is Field.TITLE for one in spans) else Prominence.LEAD
    return reading.prominence(verdict)


def _explanation(compiled: CompiledTopic, verdict: Verdict, reading: Reading) -> Explanation:
    how = standing(verdict, about=reading.about == compiled.topic.key)
    leading = _leading(verdict)
    spans = reading.spans(verdict.found, leading)
    told = condition(verdict, reading)
    return Explanation(
        topic=compiled.topic.key,
        fits=how.fits,
        why=why(compiled.topic.title, how, verdict, tuple(map(reading.span, leading)) + spans, reading),
        rule=told,
        spans=spans,
        failed=() if how.fits else told.failures(),
    )
