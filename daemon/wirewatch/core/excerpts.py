"""Text as it is shown: its sentences, and excerpts of them with the matched words in sight. `text.py` folds.

Offsets are Python character offsets, end exclusive, always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wirewatch.core.text import ABBREVIATIONS, HANGUL, UNSPACED, Range

_SENTENCE_END = re.compile(
    r"[.!?…؟۔।。！？｡\n](?:"  # one set in front: the scan is ten times as fast as over alternatives
    r"(?<=[.!?…؟۔।])[.!?…؟۔।]*[\"'”’»)\]]*(?=\s|$)"  # before a space only: "3.5" and "example.org" go on
    r"|(?<=[。！？｡])[。！？｡]*[」』”’）)]*"  # Chinese and Japanese put no space behind
    r"|(?<=\n)\n*)"
)
_SHORT_WORD = re.compile(rf"\b(?:[^\W\d_{HANGUL}{UNSPACED}]|{ABBREVIATIONS})$", re.IGNORECASE)
_SEARCHED = 40  # how far an excerpt's cut may move to find a space


def sentences(text: str) -> tuple[Range, ...]:
    """The sentences of a plain text, without the white space round them; an empty text has none."""
    return tuple(each_sentence(text))


def each_sentence(text: str) -> Iterator[Range]:
    """The same, one after the other, as far as they are asked for."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if not _goes_on(text, end.start(), end.end()):
            piece = _trimmed(text, start, end.end())
            if piece[0] < piece[1]:
                yield piece
            start = end.end()
    piece = _trimmed(text, start, len(text))
    if piece[0] < piece[1]:
        yield piece


def _goes_on(text: str, start: int, end: int) -> bool:
    """Is this full stop part of a name or an abbreviation ("U.S. envoy", "approx. five")?"""
    if text[start:end] != ".":
        return False
    rest = text[end : end + 20].lstrip(" ")
    return rest[:1].islower() or _SHORT_WORD.search(text, max(0, start - 8), start) is not None


def _trimmed(text: str, start: int, end: int) -> Range:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a text as it is shown, and where in `text` the marked words stand."""

    text: str
    marks: tuple[Range, ...]


def excerpt(text: str, piece: Range, marks: Iterable[Range], limit: int = 300) -> Excerpt:
    """`piece` of the text, cut to `limit` characters at word borders with "…", so that the first mark stays in sight.

    marks: ranges in `text`; overlapping ones become one, those outside of what is shown fall away.
    """
    merged = _merged(marks)
    low, high = piece
    if high - low > limit:
        low, high = _window(text, piece, merged[0] if merged else (low, low), limit - 2)
    before = "…" if low > piece[0] else ""
    after = "…" if high < piece[1] else ""
    shift = len(before) - low
    shown = tuple((start + shift, end + shift) for start, end in merged if low <= start and end <= high)
    return Excerpt(before + text[low:high] + after, shown)


def _merged(marks: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(marks):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, piece: Range, mark: Range, size: int) -> Range:
    """`size` characters of the piece round the mark (a third before it), moved inwards to near spaces."""
    low = max(piece[0], min(mark[0] - size // 3, piece[1] - size))
    high = min(piece[1], low + size)
    if low > piece[0]:
        space = text.find(" ", low - 1, min(low + _SEARCHED, mark[0]))
        low = space + 1 if space >= 0 else low
    if high < piece[1]:
        space = text.rfind(" ", max(high - _SEARCHED, mark[1]), high + 1)
        high = space if space >= 0 else high
    return low, high
