"""Terms: the words of a rule, made ready to be searched for. Parses one rule's text; `index.py` finds them.

Spelling: words or a phrase, quotes allowed and without meaning; `word*` opens the end (of any word of a phrase),
`*word` the beginning; `=Word` asks for exactly these characters, capitals included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wirewatch.core.match.inflection import LATIN_LANGS, affixes_of, is_form
from wirewatch.core.text import HANGUL, UNSPACED, Folded, fold

_QUOTES = "\"“”„‟«»「」『』'‘’‚‹›"
_OPEN_BOTH = re.compile(f"[{UNSPACED}]")
_EASTERN = re.compile(f"[{HANGUL}{UNSPACED}]")
_LONGEST_WORD = 200  # letters: what is longer is no form of a word, and a flood of it would cost minutes
_SHORTEST_STEM = 3  # letters before `*`: fewer would find half a dictionary
_WHOLE = frozenset({""})
# A Han name of one of these languages does not count in a text of another: 朝方 is "Korea's side", and "at dawn".
_HAN = frozenset({"zh", "ja", "ko"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a loose term. begins, ends: what may stand round `core`; None: anything."""

    core: str
    begins: frozenset[str] | None
    ends: frozenset[str] | None
    ground: str  # the word itself, folded

    def fits(self, token: str, strict: bool) -> bool:
        """Is this word of the text the piece, in any form of it? strict: its ground form alone counts."""
        if token == self.ground:
            return True
        if self.begins is None:
            return token.endswith(self.core)
        if self.ends is None:
            return token.startswith(self.core)
        return not strict and is_form(token, self.core, self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class Term:
    """What is searched for in a folded text.

    pattern: folded; a space at an end is a word's edge. Terms begin and end at a word's edge, but for Han, kana and
             other scripts without spaces (open on both sides) and Hangul (open on the right, where particles stand).
    exact:   for `=Word`: the characters that must stand in the original, white space as single spaces; "" for others.
    pieces:  of a loose term: every word of it, to be compared where `pattern` stands, which is of word number `at`.
    lang:    the term's forms count only in this language, or where the language is not known: "" for everywhere.
    """

    pattern: str
    exact: str = ""
    pieces: tuple[Piece, ...] = ()
    at: int = 0
    lang: str = ""

    @property
    def is_plain(self) -> bool:
        """Is it wherever its pattern is?"""
        return not (self.exact or self.pieces or self.lang)

    def stands(self, folded: Folded, start: int, end: int, lang: str) -> tuple[int, int] | None:
        """Where the whole term stands, if its pattern (edges left out) stands at start..end; None if it does not.

        lang: the language of the text, "" where it is not known.
        """
        foreign = bool(self.lang) and bool(lang) and lang != self.lang
        if self.pieces:
            return self._whole(folded.text, start, foreign)
        if foreign:
            return None
        if self.exact:
            low, high = folded.span(start, end)
            return (start, end) if " ".join(folded.original[low:high].split()) == self.exact else None
        return start, end

    def _whole(self, text: str, start: int, strict: bool) -> tuple[int, int] | None:
        left = text.rfind(" ", max(0, start - _LONGEST_WORD), start) + 1
        for _ in range(self.at):
            left = text.rfind(" ", max(0, left - _LONGEST_WORD), max(0, left - 1)) + 1
        if not left:
            return None
        right = begin = left
        for piece in self.pieces:
            right = text.find(" ", begin, begin + _LONGEST_WORD)
            if right < 0 or not piece.fits(text[begin:right], strict):
                return None
            begin = right + 1
        return left, right

    def places(self, folded: Folded, lang: str = "") -> Iterator[tuple[int, int]]:
        """Every place of this one term, edges left out: for a look at few words; `TermIndex` finds many at once."""
        text, at = folded.text, -1
        while (at := text.find(self.pattern, at + 1)) >= 0:
            start = at + self.pattern.startswith(" ")
            end = at + len(self.pattern) - self.pattern.endswith(" ")
            whole = self.stands(folded, start, end, lang)
            if whole is not None:
                yield whole


@lru_cache(maxsize=1 << 13)  # packs are compiled for checks and for the matcher
def parse_term(text: str, lang: str = "") -> Term:
    """The term that a rule's text spells. Raises ValueError, saying what is wrong, for one that cannot be used.

    lang: the language of the words, where it is known (ISO 639).
    """
    body = text.strip()
    exact = body.startswith("=")
    body = _unquoted(body.removeprefix("="))
    words = body.split()
    whole = body.strip("*").strip()
    core = fold(" ".join(word.strip("*") for word in words)).text.strip(" ;")
    _refuse(body, words, core, exact=exact)
    only = lang if lang in _HAN and _OPEN_BOTH.search(core) and not _KANA.search(core) else ""
    if exact:
        return Term(f" {core} ", " ".join(whole.split()), lang=only)
    if not _OPEN_BOTH.search(core) and (lang in LATIN_LANGS or not core.isascii() or "*" in body.strip("*")):
        pieces = _pieces(words, lang)
        if _needs_words(pieces):
            return _loose(pieces, lang)
    left = body.startswith("*") or _OPEN_BOTH.match(core[0]) is not None
    right = body.endswith("*") or _EASTERN.match(core[-1]) is not None
    return Term(f"{'' if left else ' '}{core}{'' if right else ' '}", lang=only)


_KANA = re.compile("[\u3040-\u30ff]")  # tells Japanese by itself


def _pieces(words: list[str], lang: str) -> tuple[Piece, ...]:
    """Every word of the rule; a written word may fold to several ("l'Iran")."""
    made = []
    for word in words:
        tokens = fold(word.strip("*")).text.replace(" ; ", " ").split()
        for number, token in enumerate(tokens):
            open_left = word.startswith("*") and number == 0
            open_right = word.endswith("*") and number == len(tokens) - 1
            made.append(_piece(token, word, lang, open_left=open_left, open_right=open_right))
    return tuple(made)


def _piece(token: str, written: str, lang: str, *, open_left: bool, open_right: bool) -> Piece:
    if open_left or open_right:
        return Piece(token, None if open_left else _WHOLE, None if open_right else _WHOLE, token)
    capitals = written.isupper() and written != written.casefold() and len(written) > 1
    affixes = None if capitals else affixes_of(token, lang)  # acronyms (КНДР) have no cases
    if affixes is None:
        return Piece(token, _WHOLE, _WHOLE, token)
    return Piece(affixes.core(token), affixes.begins, affixes.ends, token)


def _needs_words(pieces: tuple[Piece, ...]) -> bool:
    """Must the words of the text be looked at one by one? Not for stars at the ends of a phrase alone."""
    inner = any(piece.ends is None for piece in pieces[:-1]) or any(piece.begins is None for piece in pieces[1:])
    return inner or any(
        piece.begins != _WHOLE or piece.ends != _WHOLE
        for piece in pieces
        if piece.begins is not None and piece.ends is not None
    )


def _loose(pieces: tuple[Piece, ...], lang: str) -> Term:
    at = max(range(len(pieces)), key=lambda number: len(pieces[number].core))
    piece = pieces[at]
    left = " " if piece.begins == _WHOLE else ""
    right = " " if piece.ends == _WHOLE else ""
    latin = lang in LATIN_LANGS and piece.core.isascii()  # Serbian is written in two scripts
    return Term(f"{left}{piece.core}{right}", pieces=pieces, at=at, lang=lang if latin else "")


def _unquoted(body: str) -> str:
    body = body.strip()
    # A quoted phrase may still have its star outside or inside of the quotes.
    while len(body) > 1 and body[0] in _QUOTES and body.rstrip("*")[-1:] in set(_QUOTES):
        star = "*" if body.endswith("*") else ""
        body = body.rstrip("*")[1:-1].strip() + star
    return body


def _refuse(body: str, words: list[str], core: str, *, exact: bool) -> None:
    if not core:
        raise ValueError("holds no letter or digit, so it can never be found; write a word")
    if any("*" in word.strip("*") for word in words) or any(word.startswith("*") for word in words[1:]):
        raise ValueError("`*` may stand only behind a word or before the first; write the words out")
    if exact and "*" in body:
        raise ValueError("`=` (exactly this) and `*` (any ending) contradict each other; take one away")
    if len(core) == 1 and not _EASTERN.match(core):
        raise ValueError("a single letter or digit fits nearly everything; write a longer word")
    for word in words:
        if word.startswith("*") or word.endswith("*"):
            tokens = fold(word.strip("*")).text.split()
            beside = [tokens[0]] * word.startswith("*") + [tokens[-1]] * word.endswith("*") if tokens else [""]
            if any(len(token) < _SHORTEST_STEM and not _EASTERN.search(token) for token in beside):
                raise ValueError("`*` needs at least 3 letters beside it; write more of the word")
