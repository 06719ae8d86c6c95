"""Text as it is compared: folding, with a way back to the original. Sentences and excerpts are in `excerpts.py`.

Folding makes two spellings of a word equal ("Trump–Kim" and "trump kim", "Kim's" and "kim s", "Ёнбён" and "енбен").
It does not know languages: no inflection, no stop words. Traditional Han becomes simplified where that is safe.
Offsets are Python character offsets, end exclusive, always.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, compress

from wirewatch.core.han import SIMPLIFIED

Range = tuple[int, int]

HANGUL = "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"
# Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han. Their terms have no edges.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u31ff\u3400-\u9fff\U00020000-\U0003ffff"
)

# What ends a sentence whatever follows it. A full stop is looked at in its place (`_STOP`).
_ENDS = frozenset(";!?\n\r\v\f\u0085\u2028\u2029…。｡؟؛۔।॥‼⁇⁈⁉")
# Letters that Unicode does not decompose, and Arabic and Cyrillic letters that writers interchange.
_SAME = (
    dict(zip("łøđħıŀſёأإآٱىیېےةک", "lodhilsеااااييييهك", strict=True))
    | dict(SIMPLIFIED)
    | {
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
        "\u0640": "",
    }
)
# Marks that only colour a letter: Latin, Greek and Cyrillic accents (й is composed before), Hebrew and Arabic points,
# Koranic signs, variation selectors, Hangul fillers.
_DROPPED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ed\u115f\u1160\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# Print marks in English text that would cost it the fast path.
_TYPED = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("\xa0", " "), ("…", ";"))

ABBREVIATIONS = "mr|mrs|ms|dr|prof|gen|col|lt|maj|sgt|capt|adm|sen|rep|gov|pres|st|jr|sr|vs|inc|corp|co|ltd"
# "N. Korea", "U.S. envoy" and "Gen. Kim" go on; any other full stop before a space ends the sentence. Abbreviations of
# one length share a lookbehind: a third of the cost.
_BY_LENGTH = ["|".join(word for word in ABBREVIATIONS.split("|") if len(word) == length) for length in (2, 3, 4)]
_STOP = re.compile(
    r"\.(?=[\s;.]|$)(?<!\b[a-zα-ωа-яіїєґ]\.)" + "".join(rf"(?<!\b(?:{words})\.)" for words in _BY_LENGTH)
)
_EASTERN = re.compile(f"[{HANGUL}{UNSPACED}]")
_SEAM = re.compile(
    f"[{HANGUL}](?=[^ ;{HANGUL}])|[{UNSPACED}](?=[^ ;{UNSPACED}])|[^ ;{HANGUL}{UNSPACED}](?=[{HANGUL}{UNSPACED}])"
)
_NO_LETTERS = " ;."
_STEP = 256  # characters between two marks on the way back: no place costs more, however long the text


def _fold_char(char: str) -> str:
    """One composed character folded: letters and digits, or " ", or ";" (a sentence's end), or "." (perhaps one)."""
    if char in _ENDS:
        return ";"
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_fold_part(part) for part in wide)


def _fold_part(char: str) -> str:
    if char in _ENDS:
        return ";"
    if char == "." or char in _SAME:
        return _SAME.get(char, char)
    category = unicodedata.category(char)
    if category == "Cf" or _DROPPED.match(char):
        return ""
    if category[0] not in "LNM":
        return " "
    base = unicodedata.normalize("NFD", char)[0]
    if unicodedata.name(base, "").startswith(("LATIN ", "GREEK ")):
        return _SAME.get(base, base)
    return char


class _Table(dict[int, str]):
    """A translation table that works out a character when it is first met; there are 1.1 million."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_TABLE = _Table()
_ASCII = {code: _fold_char(chr(code)) for code in range(128)}


def _letters(text: str) -> str:
    """First half of folding, character by character: what `_begins` cuts apart can be folded apart."""
    if not text.isascii():
        for printed, typed in _TYPED:
            text = text.replace(printed, typed)
    if text.isascii():
        return text.translate(_ASCII)  # one to one, and thirty times as fast
    composed = unicodedata.normalize("NFC", text).translate(_TABLE)
    return unicodedata.normalize("NFC", composed)  # what stood between two halves of a letter is gone now


def _spaced(letters: str) -> str:
    """Second half: which full stops end a sentence, words apart by one space. Adds and takes only `_NO_LETTERS`."""
    if "." in letters:
        letters = _STOP.sub(";", letters).replace(".", " ")
    if ";" in letters:
        letters = letters.replace(";", " ; ")
    if not letters.isascii() and _EASTERN.search(letters):
        # "IAEA는", "北김정은" and "米Trump" are two words each; Han and kana run on.
        letters = _SEAM.sub(r"\g<0> ", letters)
    return " ".join(("", *letters.split(), ""))


@lru_cache(maxsize=1 << 14)
def _begins(char: str) -> bool:
    """May a text be cut before this character? Not before accents, vowel signs, half letters and invisible ones."""
    folded = _letters(char)[:1]
    return bool(folded) and unicodedata.category(folded)[0] != "M" and not "\u1160" <= folded <= "\u11ff"


def _count(piece: str) -> int:
    """How many letters of the folded text this piece of the original becomes."""
    folded = _letters(piece)
    return len(folded) - sum(folded.count(char) for char in _NO_LETTERS)


_count_few = lru_cache(maxsize=1 << 14)(_count)  # of one letter and its accents: the same again and again


@dataclass(slots=True)
class Folded:
    """A text and its folded form: `text` has one space between words and at both ends; " ; " is a sentence's end.

    Not frozen: the table that leads back is made at the first `span()`, since most texts never need it.
    """

    original: str
    text: str
    _blocks: tuple[list[int], list[int]] | None = field(default=None, repr=False, compare=False)
    _before: list[int] = field(default_factory=list, repr=False, compare=False)
    _letters: dict[int, list[int]] = field(default_factory=dict, repr=False, compare=False)  # places, by ASCII block

    def span(self, start: int, end: int) -> Range:
        """The range of `original` that became `text[start:end]`, which must begin and end with a letter."""
        first = self._letters_before(start)
        last = first + self._letters_between(start, end) - 1
        return self._place(first)[0], self._place(last)[1]

    def _letters_before(self, end: int) -> int:
        if end < _STEP:
            return self._letters_between(0, end)
        if not self._before:
            steps = range(0, len(self.text), _STEP)
            self._before = [0, *accumulate(self._letters_between(at, min(at + _STEP, len(self.text))) for at in steps)]
        step = end // _STEP
        return self._before[step] + self._letters_between(step * _STEP, end)

    def _letters_between(self, start: int, end: int) -> int:
        return end - start - self.text.count(" ", start, end) - self.text.count(";", start, end)

    def _place(self, number: int) -> Range:
        """Where letter `number` (from 0) of the folded text stands in the original."""
        starts, counts = self._blocks = self._blocks or self._measure()
        block = bisect_right(counts, number) - 1
        at, left = starts[block], number - counts[block]
        letters = self._letters.get(block)
        if letters is None:
            piece = self.original[at : starts[block + 1]]
            every = compress(range(at, starts[block + 1]), map(str.isalnum, piece))
            letters = self._letters[block] = list(every) if piece.isascii() else []
        if letters:
            return letters[left], letters[left] + 1
        while True:
            end = _next_cut(self.original, at + 1)
            left -= _count_few(self.original[at:end])
            if left < 0:
                return at, end
            at = end

    def _measure(self) -> tuple[list[int], list[int]]:
        """Blocks of the original: where each starts, and how many letters stand before it."""
        if len(self.original) <= _STEP and self.original.isascii():
            return [0, len(self.original)], [0]  # one block
        starts, counts, at, letters = [0], [0], 0, 0
        while at < len(self.original):
            plain = _PLAIN_RUN.match(self.original, at)
            end = plain.end() if plain else _next_cut(self.original, min(at + _CLOSE, len(self.original)))
            piece = self.original[at:end]
            letters += sum(map(str.isalnum, piece)) if plain else _count(piece)
            at = end
            starts.append(at)
            counts.append(letters)
        return starts, counts


_CLOSE = 32  # characters of a block in which every one has to be looked at
# ASCII as far as nothing else follows, which might be an accent of the last letter.
_PLAIN_RUN = re.compile(rf"(?:[\x00-\x7f](?![^\x00-\x7f])){{1,{_STEP}}}")


def _next_cut(text: str, at: int) -> int:
    while at < len(text) and not _begins(text[at]):
        at += 1
    return at


def fold(text: str) -> Folded:
    """The text in the form in which words are compared. Folding a folded text changes nothing. Never raises.

    NFKC and casefold; dashes, slashes, apostrophes and all other signs become spaces; . ! ? ; … and line breaks end a
    sentence, so that no phrase crosses them; accents go from Latin and Greek letters; ё is е; Arabic without points and
    with one alef, ya and ha; soft hyphens and invisible characters go; a change of script parts two words.
    """
    return Folded(text, _spaced(_letters(text)))
