"""All distinct terms in one automaton: one pass over a folded text finds every term, however many there are.

The home of ahocorasick_rs. Knows terms by number; what they mean to a topic is `nodes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import ahocorasick_rs

from wirewatch.core.match.terms import Term
from wirewatch.core.text import Folded

_MOST_TRIES = 2_000  # places of one word in one text that are looked at closely; news has a handful


class TermIndex:
    """Finds terms. Immutable once built; usable from several threads."""

    def __init__(self, terms: list[Term]) -> None:
        """terms: distinct; a term's number is its place in this list."""
        by_pattern: dict[str, list[tuple[int, Term | None]]] = {}
        for number, term in enumerate(terms):
            by_pattern.setdefault(term.pattern, []).append((number, None if term.is_plain else term))
        self._users = list(by_pattern.values())
        self._trim = [(pattern[0] == " ", pattern[-1] == " ") for pattern in by_pattern]
        self.needs_lang = any(term.lang for term in terms)  # does the language of a text change what is found?
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_pattern), store_patterns=False)

    def find(self, folded: Folded, lang: str = "") -> Iterator[tuple[int, int, int]]:
        """(term number, start, end) in `folded.text`, spaces at the edges left out; overlapping ones all.

        lang: the language of the text, "" where it is not known.
        """
        tries: dict[int, int] = {}
        for pattern, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            left, right = self._trim[pattern]
            start, end = start + left, end - right
            for number, term in self._users[pattern]:
                if term is None:
                    yield number, start, end
                    continue
                tries[number] = tries.get(number, 0) + 1
                if tries[number] <= _MOST_TRIES and (whole := term.stands(folded, start, end, lang)) is not None:
                    yield number, *whole
