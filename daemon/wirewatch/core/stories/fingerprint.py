"""What of a report is compared: its folded headline, its first words, and the set of its words with their weight.

Knows nothing of other reports. Words are kept as 32-bit hashes: a window of 50,000 reports must stay small.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zlib import crc32

from wirewatch.core.commonwords import COMMON
from wirewatch.core.stories.report import Report
from wirewatch.core.text import HANGUL, UNSPACED, fold

TEXT_CHARS: Final = 400
MOST_TERMS: Final = 32  # of a report: its headline and about the first two sentences; what follows is background
HEADLINE_WORDS: Final = 3  # a shorter headline ("North Korea", "Newsflash") names a section, not an event
HEADLINE_LETTERS: Final = 10
FIRST_WORDS: Final = 14  # words of the text that make two texts the same
STEM: Final = 6

_EASTERN: Final = re.compile(f"[{HANGUL}{UNSPACED}]")
# What desks put before a headline when they send a text again. Folded.
_AGAIN: Final = re.compile(
    r"^(?:(?:\d+(?:st|nd|rd|th) )?(?:update|updated|wrapup|refile|corrected|correction|recast|lead|ld"
    r"|breaking|urgent|exclusive|just in|watch|live"
    r"|eilmeldung|urgente|en direct|срочно|속보|단독|종합|速報|快讯|突发|独家)(?: \d+)? )+"
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """headline and words: digests, None where too short to say that two are the same.

    terms:   distinct hashes of words, those of the headline first; `heads` of them.
    figures: hashes of the numbers in figures ("57", "2026"); they are the same in all languages.
    """

    headline: int | None
    words: int | None
    terms: array[int]
    heads: int
    figures: tuple[int, ...]


def fingerprint(report: Report) -> Fingerprint:
    """A pure function of title and text; a report without words has no terms and fits nothing."""
    title = _AGAIN.sub("", fold(report.title).text.replace(" ; ", " ").strip() + " ").split()
    text = fold(report.text[:TEXT_CHARS]).text.replace(" ; ", " ").split()
    heads = _terms(title)[:MOST_TERMS]
    terms = list(dict.fromkeys(heads + _terms(text)))[:MOST_TERMS]
    figures = tuple(dict.fromkeys(hashed(word) for word in (*title, *text) if word.isdigit()))
    return Fingerprint(
        _digest(title, HEADLINE_WORDS), _digest(text[:FIRST_WORDS], FIRST_WORDS), array("I", terms), len(heads), figures
    )


def hashed(word: str) -> int:
    """A word in 32 bits, the same in every process."""
    return crc32(word.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1 << 12)
def terms_of_names(names: frozenset[str]) -> frozenset[int]:
    """The terms of what a topic looks for."""
    return frozenset(term for name in names for term in _terms(fold(name).text.replace(" ; ", " ").split()))


def _digest(words: list[str], least: int) -> int | None:
    joined = " ".join(words)
    length = len(joined) * (2 if _EASTERN.search(joined) else 1)
    spaced = len(words) >= least or (length > len(joined) and length >= 3 * least)
    if not spaced or length < HEADLINE_LETTERS:
        return None
    return int.from_bytes(blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _terms(words: list[str]) -> list[int]:
    """In order, each once."""
    terms: list[int] = []
    for word in words:
        terms += _hashes(word)
    return list(dict.fromkeys(terms))


@lru_cache(maxsize=1 << 16)
def _hashes(word: str) -> tuple[int, ...]:
    """A word by its first letters, so that its forms are one; where words are not spaced or grow endings, by pairs."""
    if word in COMMON:
        return ()
    if _EASTERN.search(word):
        parts = [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    elif word.isdigit() or len(word) > 1:
        parts = [word[:STEM].rstrip("s") or word]
    else:
        parts = []
    return tuple(hashed(part) for part in parts)
