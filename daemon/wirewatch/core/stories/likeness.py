"""How alike texts are: TF-IDF cosine over the words of a window, and the search for what could be alike.

How rare a word is, is counted in stories, not in reports: thirty copies of a wire's text would otherwise make its
words common, and the thirty-first would not be recognised. Decides nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from math import log, sqrt
from typing import Final

from wirewatch.core.stories.fingerprint import Fingerprint

# Chosen on the labelled events of August 2026, measured again by tests/stories.
SMOOTH: Final = 20.0  # stories that every window is taken to have besides: in a young one no word is rare yet
HEADLINE_WEIGHT: Final = 3.0  # a word of the headline counts as three of the text
SOUGHT_WEIGHT: Final = 0.15  # what topics look for stands in all their reports and tells no two events apart
MOST_POSTINGS: Final = 150  # visited in one search, the rarest words first
MOST_FOUND: Final = 10  # reports by one search
CUT_EVERY: Final = 64  # reports of a word: then those that were dropped are cut off, for all at once
LEAST_SHARED: Final = 2  # words that no topic looks for
LEAST_SHARED_UNNAMED: Final = 3  # where a headline names no event: "World news" and "World news" share two
COPIED: Final = 0.7  # of the shorter text's words stand in the other: a reprint
LEAST_COPIED: Final = 8  # words; two shorter texts are alike by chance


class Words:
    """Which reports hold a word, and in how many stories it stands. Reports are small numbers here."""

    def __init__(self) -> None:
        self._holders: dict[int, array[int]] = {}
        self._stories: dict[int, int] = {}
        self._oldest = 0

    @property
    def stories(self) -> Mapping[int, int]:
        """Word → number of stories it stands in."""
        return self._stories

    def holders(self, term: int) -> Sequence[int]:
        """The reports with a word that is in the window, in the order of coming."""
        holders = self._holders[term]
        gone = bisect_left(holders, self._oldest)
        return holders[gone:] if gone else holders

    def hold(self, number: int, terms: Iterable[int]) -> None:
        for term in terms:
            holders = self._holders.get(term)
            if holders is None:
                holders = self._holders[term] = array("I")
            elif not len(holders) % CUT_EVERY:
                del holders[: bisect_left(holders, self._oldest)]
            holders.append(number)

    def drop(self, number: int, terms: Iterable[int], oldest: int) -> None:
        """After `tell()`. oldest: the first report that is left; what is before it is cut off later, many at once."""
        self._oldest = oldest
        for term in terms:
            if term not in self._stories:
                del self._holders[term]
            elif number > oldest:
                self._holders[term].remove(number)

    def tell(self, terms: Iterable[int], told: Set[int], step: int) -> None:
        """A report joins (step 1) or leaves (step -1) a story; told: the words of the story's other reports."""
        for term in terms:
            if term not in told:
                count = self._stories.get(term, 0) + step
                if count:
                    self._stories[term] = count
                else:
                    del self._stories[term]

    def search(self, weights: Mapping[int, float]) -> list[tuple[int, float]]:
        """The reports that share the most of these words, at most MOST_FOUND, with the sum of the shared weights.

        Only the rarest words are looked up; of words as common as the last one, the newest reports.
        """
        found: dict[int, float] = {}
        left = MOST_POSTINGS
        known = [(self._stories[term], term) for term in weights if term in self._stories]
        for _, term in sorted(known, key=lambda pair: pair[0]):
            weight, holders = weights[term], self.holders(term)
            for number in holders[-left:]:
                found[number] = found.get(number, 0.0) + weight
            left -= len(holders)
            if left <= 0:
                break
        best = sorted(zip(found.values(), found, strict=True), reverse=True)[:MOST_FOUND]
        return [(number, shared) for shared, number in best]


class Likeness:
    """One report against others, at one moment of the window.

    stories: in the window, without the report's; sought: words that topics look for.
    """

    def __init__(self, mark: Fingerprint, words: Words, stories: int, sought: Container[int]) -> None:
        self._stories, self._sought = words.stories, sought
        self._most = log(stories + 1 + SMOOTH)
        self.weights = self._vector(mark.terms, mark.heads)
        self._mark = mark
        self._headline: dict[int, float] | None = None  # rarely asked for

    def to(self, other: Fingerprint, *, headline: bool) -> float:
        """Cosine, 0 to 1, of the headlines alone or of headline and text; 0 where they share too few words to say."""
        own = self._own_headline() if headline else self.weights
        terms = other.terms[: other.heads] if headline else other.terms
        shared = [term for term in terms if term in own]
        named = self._mark.headline is not None and other.headline is not None
        least = LEAST_SHARED if named else LEAST_SHARED_UNNAMED
        if len(shared) < least or sum(term not in self._sought for term in shared) < least:
            return 0.0
        weights = self._weights(terms, other.heads)
        product = sum(weight * own[term] for weight, term in zip(weights, terms, strict=True) if term in own)
        return product / sqrt(sum(weight * weight for weight in weights))

    def _own_headline(self) -> dict[int, float]:
        if self._headline is None:
            self._headline = self._vector(self._mark.terms[: self._mark.heads], self._mark.heads)
        return self._headline

    def _vector(self, terms: Sequence[int], heads: int) -> dict[int, float]:
        """Weights of length 1; empty for a report without words."""
        weights = self._weights(terms, heads)
        length = sqrt(sum(weight * weight for weight in weights)) or 1.0
        return {term: weight / length for term, weight in zip(terms, weights, strict=True)}

    def _weights(self, terms: Sequence[int], heads: int) -> list[float]:
        most, stories, sought = self._most, self._stories, self._sought
        weights = [
            (most - log(stories.get(term, 0) + 1)) * (SOUGHT_WEIGHT if term in sought else 1.0) for term in terms
        ]
        weights[:heads] = [weight * HEADLINE_WEIGHT for weight in weights[:heads]]
        return weights


def share_copied(one: Fingerprint, other: Fingerprint) -> float | None:
    """How much of the shorter text (headline apart) stands in the other report; None where a text is too short."""
    texts = sorted((one, other), key=lambda mark: len(mark.terms) - mark.heads)
    short, long = texts
    body = short.terms[short.heads :]
    if len(body) < LEAST_COPIED:
        return None
    held = set(long.terms)
    return sum(term in held for term in body) / len(body)
