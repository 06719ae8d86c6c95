"""All distinct terms in one automaton: one pass over a folded text finds every term, however many there are.

The home of ahocorasick_rs. Knows terms by number; what they mean to a topic is `topics.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import ahocorasick_rs

from wirewatch.core.match.terms import Term
from wirewatch.core.text import Folded


class TermIndex:
    """Finds terms. Immutable once built; usable from several threads."""

    def __init__(self, terms: list[Term]) -> None:
        """terms: distinct; a term's number is its place in this list."""
        by_pattern: dict[str, list[int]] = {}
        for number, term in enumerate(terms):
            by_pattern.setdefault(term.pattern, []).append(number)
        self._exact = [term.exact for term in terms]
        self._numbers = list(by_pattern.values())
        self._trim = [(pattern[0] == " ", pattern[-1] == " ") for pattern in by_pattern]
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_pattern), store_patterns=False)

    def find(self, folded: Folded) -> Iterator[tuple[int, int, int]]:
        """(term number, start, end) in `folded.text`, spaces at the edges left out; overlapping ones all."""
        for pattern, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            left, right = self._trim[pattern]
            start, end = start + left, end - right
            for number in self._numbers[pattern]:
                exact = self._exact[number]
                if not exact or self._stands(exact, folded, start, end):
                    yield number, start, end

    @staticmethod
    def _stands(exact: str, folded: Folded, start: int, end: int) -> bool:
        low, high = folded.span(start, end)
        return " ".join(folded.original[low:high].split()) == exact
