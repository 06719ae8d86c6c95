"""Terms: the words of a rule, made ready to be searched for. Parses one rule's text; finds nothing itself.

Spelling: words or a phrase, quotes allowed and without meaning; `word*` opens the end, `*word` the beginning;
`=Word` asks for exactly these characters, capitals included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wirewatch.core.text import HANGUL, UNSPACED, fold

_QUOTES = "\"“”„‟«»「」『』'‘’‚‹›"
_OPEN_BOTH = re.compile(f"[{UNSPACED}]")
_EASTERN = re.compile(f"[{HANGUL}{UNSPACED}]")
_SHORTEST_STEM = 3  # letters before `*`: fewer would find half a dictionary


@dataclass(frozen=True, slots=True)
class Term:
    """What is searched for in a folded text.

    pattern: folded; a space at an end is a word's edge. Terms begin and end at a word's edge, but for Han, kana and
             other scripts without spaces (open on both sides) and Hangul (open on the right, where particles stand).
    exact:   for `=Word`: the characters that must stand in the original, white space as single spaces; "" for others.
    """

    pattern: str
    exact: str = ""


def parse_term(text: str) -> Term:
    """The term that a rule's text spells. Raises ValueError, saying what is wrong, for one that cannot be used."""
    body = text.strip()
    exact = body.startswith("=")
    body = _unquoted(body.removeprefix("="))
    words = body.strip("*").strip()
    core = fold(words).text.strip(" ;")
    left, right = body.startswith("*"), body.endswith("*")
    _refuse(words, core, stars="*" in body, exact=exact, left=left, right=right)
    if exact:
        return Term(f" {core} ", " ".join(words.split()))
    left = left or _OPEN_BOTH.match(core[0]) is not None
    right = right or _EASTERN.match(core[-1]) is not None
    return Term(f"{'' if left else ' '}{core}{'' if right else ' '}")


def _unquoted(body: str) -> str:
    body = body.strip()
    # A quoted phrase may still have its star outside or inside of the quotes.
    while len(body) > 1 and body[0] in _QUOTES and body.rstrip("*")[-1:] in set(_QUOTES):
        star = "*" if body.endswith("*") else ""
        body = body.rstrip("*")[1:-1].strip() + star
    return body


def _refuse(words: str, core: str, *, stars: bool, exact: bool, left: bool, right: bool) -> None:
    if not core:
        raise ValueError("holds no letter or digit, so it can never be found; write a word")
    if "*" in words:
        raise ValueError("`*` may stand only before the first or after the last word; write the words out")
    if exact and stars:
        raise ValueError("`=` (exactly this) and `*` (any ending) contradict each other; take one away")
    if len(core) == 1 and not _EASTERN.match(core):
        raise ValueError("a single letter or digit fits nearly everything; write a longer word")
    edges = [core.split()[0]] * left + [core.split()[-1]] * right
    if any(len(word) < _SHORTEST_STEM and not _EASTERN.search(word) for word in edges):
        raise ValueError("`*` needs at least 3 letters beside it; write more of the word")
