"""An entry as the matcher reads it: its fields folded once, and what the found words look like in the original.

Decides nothing about topics: where words stand, which sentence shows them, how a span is written.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from wirewatch.core.excerpts import Excerpt, each_sentence, excerpt
from wirewatch.core.match.nodes import Beside, Both, Found, Guarded, Place, Verdict, Where, Without, Words
from wirewatch.core.model import Entry, Field, Prominence, Span
from wirewatch.core.text import UNSPACED, Folded, Range, fold
from wirewatch.core.watchlist import NO_FEED, Block, Feed, TopicKey

MOST_SPANS = 50  # kept per hit: enough for any mark in a message, and bounds a row's size
LEAD_SENTENCES = 2
LEAD_LENGTH = 300  # characters
FAR = 1 << 30  # words between two fields
_CUT_MARKS = " …."
_KANA = re.compile("[\u3041-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u9fff]")
_RUN_ON = re.compile(f"[{UNSPACED}]")
_SCRIPTS = (("ru", re.compile("[\u0400-\u052f]")), ("ar", re.compile("[\u0620-\u06ff]")))


def fields_of(entry: Entry) -> tuple[Field, ...]:
    """The fields that are read, in order. A summary that is only the beginning of the content is not read twice."""
    fields = [Field.TITLE]
    if _beginning(entry):
        fields.append(Field.SUMMARY)
    if entry.content:
        fields.append(Field.CONTENT)
    return tuple(fields)


def _beginning(entry: Entry) -> str:
    """The summary where it says something of its own, without the marks of its being cut."""
    beginning = entry.summary.rstrip(_CUT_MARKS)
    return "" if entry.content.startswith(beginning) else beginning


def language_of(entry: Entry, feed: Feed) -> str:
    """The language of an entry, "" where it cannot be told: its own, the feed's, else guessed from the script.

    What is written in Hangul or kana is Korean or Japanese whatever the feed says; Han alone is Chinese unless the
    feed says otherwise.
    """
    said = (entry.lang or feed.lang or "").partition("-")[0].lower()
    seen = f"{entry.title} {entry.summary[:200]} {entry.content[:200]}"
    if seen.isascii():
        return said
    if _HANGUL.search(seen):
        return "ko"
    if _KANA.search(seen):
        return "ja"
    if _HAN.search(seen):
        return said if said in ("ja", "ko", "zh") else "zh"
    return said or next((lang for lang, script in _SCRIPTS if script.search(seen)), "")


class Reading:
    """One entry, folded once: for any number of matchers."""

    def __init__(self, entry: Entry, feed: Feed = NO_FEED) -> None:
        self.entry = entry
        self.feed = feed
        self.fields = fields_of(entry)
        self.folded: tuple[Folded, ...] = tuple(fold(entry.text_of(field)) for field in self.fields)
        self._spans: dict[Found, Span] = {}
        # The title is shown whole. Of the other fields the sentences so far, and those that were not asked for yet.
        self._pieces: dict[Field, tuple[list[Range], Iterator[Range]]] = {
            Field.TITLE: ([(0, len(entry.title))], iter(()))
        }

    @cached_property
    def lang(self) -> str:
        return language_of(self.entry, self.feed)

    @property
    def about(self) -> TopicKey | None:
        return self.feed.about

    def span(self, found: Found) -> Span:
        if found not in self._spans:
            start, end = self._original(found.place)
            self._spans[found] = Span(found.rule, self.fields[found.place.field], start, end, found.gloss)
        return self._spans[found]

    def spans(self, found: Sequence[Found], first: Sequence[Found] = ()) -> tuple[Span, ...]:
        """The words that count, in order, at most MOST_SPANS; `first` are among them."""
        every = dict.fromkeys([*first, *found])
        return tuple(self.span(one) for one in sorted(list(every)[:MOST_SPANS]))

    def lies(self, place: Place, where: Where) -> bool:
        """Does a place lie in that part of the entry? Nobody asks of `ANYWHERE`."""
        if where is Where.HEADLINE:
            return place.field == 0
        if where is Where.LEAD:
            return self._rank(place) <= 1
        if where is Where.BELOW:
            return place.field > 0
        own = Field.SUMMARY in self.fields
        return self.fields[place.field] is Field.SUMMARY if own else self._in_beginning(place)

    def block(self, place: Place, block: Block) -> Hashable:
        """What tells one sentence or paragraph from another. The headline goes with the first paragraph."""
        if block is Block.SENTENCE:
            return place.field, self._sentence_at(self.fields[place.field], self._original(place)[0])
        if place.field == 0:
            return 1, 0
        text = self.entry.text_of(self.fields[place.field])
        return place.field, text.count("\n", 0, self._original(place)[0])

    def words_between(self, first: Place, second: Place) -> int:
        """How many words stand between two places; two characters of a script without spaces count as a word."""
        if first.field != second.field:
            return FAR
        between = self.folded[first.field].text[first.end : second.start]
        words = between.replace(";", " ").split()
        # The rest of a word that is open at its end or beginning (a particle, what a star stands for) is none between.
        if words and between[0] != " " and not _RUN_ON.match(words[0]):
            del words[0]
        if words and between[-1] != " " and not _RUN_ON.match(words[-1]):
            del words[-1]
        return sum(max(1, len(word) // 2) if _RUN_ON.match(word) else 1 for word in words)

    def facet(self, name: str, wanted: str) -> bool:
        """Is what is known of the entry besides its text as a query asks? Compared as words, folded; links as text."""
        if name == "lang":
            return self.lang == wanted.partition("-")[0].lower()
        if name == "url":
            return wanted.casefold() in (self.entry.link or "").casefold()
        known = {
            "source": (self.feed.name, self.feed.outlet),
            "tag": (*self.feed.tags, *self.entry.tags),
            "author": (self.entry.author,),
        }
        core = fold(wanted.strip("*")).text.rstrip() if wanted.endswith("*") else fold(wanted).text
        return any(core in fold(one).text for one in known[name])

    def prominence(self, verdict: Verdict) -> Prominence:
        """The highest place in which every condition is met: the title, the lead as well, or anywhere.

        The lead is the first two sentences, at most 300 characters, of the first text field.
        """
        return (Prominence.HEADLINE, Prominence.LEAD, Prominence.PASSING)[self._standing(verdict)]

    def _standing(self, verdict: Verdict) -> int:
        if isinstance(verdict.node, Both):
            worded = [part for part in verdict.parts if part.found and not isinstance(part.node, Without)]
            return max((self._standing(part) for part in worded), default=0)
        if isinstance(verdict.node, Guarded | Beside):
            return self._standing(verdict.parts[0])
        return min((self._rank(one.place) for one in verdict.found), default=0)

    def _rank(self, place: Place) -> int:
        if place.field != 1:
            return min(place.field, 2)
        return 1 if self._original(place)[1] <= self._lead_end() else 2

    def _lead_end(self) -> int:
        known, more = self._sentences_of(self.fields[1])
        known.extend(islice(more, max(0, LEAD_SENTENCES - len(known))))
        return min(LEAD_LENGTH, known[:LEAD_SENTENCES][-1][1])

    def _in_beginning(self, place: Place) -> bool:
        summary = self.entry.summary.rstrip(_CUT_MARKS)
        return place.field > 0 and self._original(place)[1] <= len(summary)

    def _original(self, place: Place) -> Range:
        return self.folded[place.field].span(place.start, place.end)

    def _sentences_of(self, field: Field) -> tuple[list[Range], Iterator[Range]]:
        """Of a field in which something was found, so that there is one. The title counts as one sentence."""
        if field not in self._pieces:
            self._pieces[field] = [], each_sentence(self.entry.text_of(field))
        return self._pieces[field]

    def _sentence_at(self, field: Field, place: int) -> Range:
        known, more = self._sentences_of(field)
        while not known or known[-1][0] <= place:
            piece = next(more, None)
            if piece is None:
                break
            known.append(piece)
        return known[bisect_right(known, (place, math.inf)) - 1]

    def best_sentence(self, verdict: Verdict, spans: Sequence[Span]) -> Excerpt:
        """The sentence that shows the match best; the title where no word stands.

        Best meets the most conditions, then the first one (the others are often company), then is the headline, then
        shows the most distinct rules, then comes first.
        """
        if len(spans) == 1:
            (one,) = spans
            return excerpt(
                self.entry.text_of(one.field), self._sentence_at(one.field, one.start), [(one.start, one.end)]
            )
        inside: dict[tuple[Field, Range], list[Span]] = {}
        for span in spans:
            inside.setdefault((span.field, self._sentence_at(span.field, span.start)), []).append(span)
        conditions = [{one.rule for one in part.found} for part in conditions_of(verdict)]

        def worth(where: tuple[Field, Range]) -> tuple[int, bool, bool, int]:
            rules = {span.rule for span in inside[where]}
            met = [not rules.isdisjoint(wanted) for wanted in conditions]
            return sum(met), met[0], where[0] is Field.TITLE, len(rules)

        nothing = (Field.TITLE, self._pieces[Field.TITLE][0][0])
        field, piece = max(inside, key=worth, default=nothing)
        marks = [(span.start, span.end) for span in inside.get((field, piece), ())]
        return excerpt(self.entry.text_of(field), piece, marks)


def conditions_of(verdict: Verdict) -> tuple[Verdict, ...]:
    """The conditions of a topic that all have to be met, side by side; at least one."""
    return (verdict,) if isinstance(verdict.node, Words) else tuple(_conditions(verdict)) or (verdict,)


def _conditions(verdict: Verdict) -> Iterator[Verdict]:
    if isinstance(verdict.node, Both):
        for part in verdict.parts:
            yield from _conditions(part)
    elif isinstance(verdict.node, Guarded):
        yield from _conditions(verdict.parts[0])
    elif not isinstance(verdict.node, Without):
        yield verdict
