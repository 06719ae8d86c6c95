"""An entry as the matcher reads it: its fields folded, and what the found words look like in the original.

Decides nothing about topics: where words stand (`Prominence`), which sentence shows them, how a span is written.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from wirewatch.core.match.topics import Finding, Found
from wirewatch.core.model import Entry, Field, Prominence, Span
from wirewatch.core.text import Excerpt, Folded, Range, excerpt, fold, sentences

MOST_SPANS = 50  # kept per hit: enough for any mark in a message, and bounds a row's size
LEAD_SENTENCES = 2
LEAD_LENGTH = 300  # characters
_CUT_MARKS = " …."


def fields_of(entry: Entry) -> tuple[Field, ...]:
    """The fields that are read, in order. A summary that is only the beginning of the content is not read twice."""
    fields = [Field.TITLE]
    beginning = entry.summary.rstrip(_CUT_MARKS)
    if beginning and not entry.content.startswith(beginning):
        fields.append(Field.SUMMARY)
    if entry.content:
        fields.append(Field.CONTENT)
    return tuple(fields)


class Reading:
    """One entry, folded once; made for one call of the matcher."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.fields = fields_of(entry)
        self.folded: tuple[Folded, ...] = tuple(fold(entry.text_of(field)) for field in self.fields)
        self._spans: dict[Found, Span] = {}
        self._pieces: dict[Field, tuple[Range, ...]] = {Field.TITLE: ((0, len(entry.title)),)}  # shown whole

    def span(self, found: Found) -> Span:
        if found not in self._spans:
            start, end = self.folded[found.place.field].span(found.place.start, found.place.end)
            self._spans[found] = Span(found.rule, self.fields[found.place.field], start, end)
        return self._spans[found]

    def leading(self, finding: Finding) -> tuple[Span, ...]:
        """The first word of every condition that has one, in the order of the conditions."""
        return tuple(self.span(found[0]) for found in finding.found if found)

    def spans(self, finding: Finding) -> tuple[Span, ...]:
        """The words that count, in order, at most MOST_SPANS; the leading ones are among them."""
        first = [found[0] for found in finding.found if found]
        every = dict.fromkeys([*first, *sorted({one for found in finding.found for one in found})])
        return tuple(self.span(found) for found in sorted(list(every)[:MOST_SPANS]))

    def prominence(self, finding: Finding) -> Prominence:
        """The highest place in which every condition is met: the title, the lead as well, or anywhere.

        The lead is the first two sentences, at most 300 characters, of the first text field.
        """
        first = [found[0] for found in finding.found if found]
        if finding.missing:  # the feed is about the topic: no word is needed, one in the headline is noticed
            return Prominence.HEADLINE if any(one.place.field == 0 for one in first) else Prominence.LEAD
        return (Prominence.HEADLINE, Prominence.LEAD, Prominence.PASSING)[max(map(self._rank, first))]

    def _rank(self, found: Found) -> int:
        if found.place.field != 1:
            return min(found.place.field, 2)
        return 1 if self.span(found).end <= self._lead_end() else 2

    def _lead_end(self) -> int:
        last = self._sentences_of(self.fields[1])[:LEAD_SENTENCES][-1]
        return min(LEAD_LENGTH, last[1])

    def _sentences_of(self, field: Field) -> tuple[Range, ...]:
        """Of a field in which something was found, so that there is one. The title counts as one sentence."""
        if field not in self._pieces:
            self._pieces[field] = sentences(self.entry.text_of(field))
        return self._pieces[field]

    def best_sentence(self, finding: Finding, spans: Sequence[Span]) -> Excerpt:
        """The sentence that shows the match best; the title where no word stands.

        Best meets the most conditions, then the first one (the others are often company), then is the headline, then
        shows the most distinct rules, then comes first.
        """
        inside: dict[tuple[Field, Range], list[Span]] = {}
        for span in spans:
            inside.setdefault((span.field, self._sentence_of(span)), []).append(span)

        def worth(one: tuple[Field, Range]) -> tuple[int, bool, bool, int]:
            rules = {span.rule for span in inside[one]}
            met = [not rules.isdisjoint(condition.names.values()) for condition in finding.compiled.conditions]
            return sum(met), met[0], one[0] is Field.TITLE, len(rules)

        nothing = (Field.TITLE, self._pieces[Field.TITLE][0])
        field, piece = max(inside, key=worth, default=nothing)
        marks = [(span.start, span.end) for span in inside.get((field, piece), ())]
        return excerpt(self.entry.text_of(field), piece, marks)

    def _sentence_of(self, span: Span) -> Range:
        pieces = self._sentences_of(span.field)
        return pieces[bisect_right(pieces, (span.start, math.inf)) - 1]
