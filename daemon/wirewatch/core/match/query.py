"""The experts' spelling of a topic: one line of Boolean search → its parts, each with its column.

Precedence NOT > AND > OR; words side by side are joined by AND; NEAR/n binds closest. Parses only: what the words mean
is the work of `compiling.py`. The errors point at the character.

    query = and {OR and}          and = not {[AND] not}        not = (NOT | -) not | near
    near  = part {NEAR/n part}    part = ( query ) | field:part | "phrase"[~n] | word
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

PLACES = ("title", "summary", "text")  # fields of the text
FACETS = ("source", "tag", "lang", "url", "author")  # what is known of the entry besides
MOST_DEPTH = 50
MOST_PARTS = 5_000
MOST_LENGTH = 100_000  # characters
FARTHEST = 1_000  # words, for NEAR and ~


class QueryError(ValueError):
    """The query cannot be read. column: of the character that is wrong, from 0; the text says what to do."""

    def __init__(self, column: int, what: str) -> None:
        super().__init__(what)
        self.column = column


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase. field: "" or one of PLACES or FACETS; slop: how many words apart its words may be."""

    text: str
    column: int
    field: str = ""
    slop: int = 0
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts joined by one operator: "AND", "OR", "NOT" (one part) or "NEAR" (reach in words)."""

    operator: str
    parts: tuple[Part, ...]
    column: int
    reach: int = 0


Part = Word | Group


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』"}
_TOKEN = re.compile(r"\s+|[()]|-(?=[^\s)-])|(?!pack:)[a-z]+:(?=[^\s:])|[\"“„«「『]|[^\s()\"“„«「『]+")
_NEAR = re.compile(r"NEAR/(\d{1,9})")
_SLOP = re.compile(r"~(\d{1,9})(?=[\s)]|$)")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_LOWER = re.compile(r"and|or|not|near/\d+")


def parse_query(text: str) -> Part:
    """The parts of a query. Raises QueryError for one that cannot be read or has no word to look for."""
    if len(text) > MOST_LENGTH:
        raise QueryError(MOST_LENGTH, f"is longer than {MOST_LENGTH} characters; use `any` and `all` lists")
    tokens = list(_tokens(text))
    if not tokens:
        raise QueryError(0, "is empty; write the words to look for")
    if len(tokens) > MOST_PARTS:
        raise QueryError(
            tokens[MOST_PARTS].column, f"more than {MOST_PARTS} words and signs; use `any` and `all` lists"
        )
    part = _Parser(tokens, len(text)).whole()
    _needs_a_word(part)
    return part


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while found := _TOKEN.match(text, at):
        token, at = found[0], found.end()
        if token.isspace():
            continue
        if token in _CLOSING:
            phrase = _phrase(text, found.start(), _CLOSING[token])
            at = phrase.end
            yield _Token(f"phrase{phrase.slop}", phrase.text, found.start())
        elif token in "()" or (token == "-" and text[at : at + 1].strip().strip(")-")):
            yield _Token(token, token, found.start())
        elif token.endswith(":") and not text.startswith("//", at):
            yield _Token("field", token[:-1], found.start())
        elif token in _OPERATORS or _NEAR.fullmatch(token):
            yield _Token("near" if "/" in token else token, token, found.start())
        else:
            yield _Token("word", token, found.start())


class _Phrase(NamedTuple):
    text: str
    slop: str
    end: int


def _phrase(text: str, start: int, closing: str) -> _Phrase:
    ends = [place for sign in closing if (place := text.find(sign, start + 1)) >= 0]
    if not ends:
        raise QueryError(start, "this quotation mark is never closed; close it")
    end = min(ends)
    if not text[start + 1 : end].strip():
        raise QueryError(start, "there is nothing between these quotation marks; write a phrase")
    slop = _SLOP.match(text, end + 1)
    if slop is None and text.startswith("~", end + 1):
        raise QueryError(end + 1, '`~` needs a number of words behind it, as in "reactor restart"~5')
    star = "*" if text.startswith("*", end + 1) else ""
    return _Phrase(text[start + 1 : end] + star, slop[1] if slop else "", slop.end() if slop else end + 1 + len(star))


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._end = _Token("end", "", length)

    def whole(self) -> Part:
        part = self._any()
        if self._next.kind != "end":
            raise QueryError(self._next.column, "this bracket closes nothing; take it away")
        return part

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _any(self) -> Part:
        column = self._next.column
        parts = [self._all()]
        while self._next.kind == "OR":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Group("OR", tuple(parts), column)

    def _all(self) -> Part:
        column = self._next.column
        parts = [self._not()]
        while self._next.kind not in ("OR", ")", "end"):
            if self._next.kind == "AND":
                self._take()
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Group("AND", tuple(parts), column)

    def _not(self) -> Part:
        if self._next.kind not in ("NOT", "-"):
            return self._near()
        token = self._take()
        self._deeper(token)
        part = Group("NOT", (self._not(),), token.column)
        self._depth -= 1
        return part

    def _near(self) -> Part:
        part, before = self._part(), self._depth
        while self._next.kind == "near":
            token = self._take()
            self._deeper(token)  # what is near what is near
            reach = int(token.text.removeprefix("NEAR/"))
            if not 1 <= reach <= FARTHEST:
                raise QueryError(token.column, f"NEAR takes 1 to {FARTHEST} words; NEAR/5 is usual")
            part = Group("NEAR", (_wordy(part), _wordy(self._part())), token.column, reach)
        self._depth = before
        return part

    def _part(self) -> Part:
        token = self._take()
        if token.kind == "(":
            self._deeper(token)
            part = self._any()
            if self._take().kind != ")":
                raise QueryError(token.column, "this bracket is never closed; close it")
            self._depth -= 1
            return part
        if token.kind == "field":
            return self._field(token)
        if token.kind.startswith("phrase"):
            return Word(token.text, token.column, slop=_slop(token), quoted=True)
        if token.kind == "word":
            return _word(token)
        raise QueryError(token.column, _missing(token))

    def _field(self, token: _Token) -> Part:
        if token.text not in PLACES + FACETS:
            near = difflib.get_close_matches(token.text, PLACES + FACETS, 1)
            meant = f"did you mean `{near[0]}:`?" if near else f"there are {', '.join(PLACES + FACETS)}."
            raise QueryError(token.column, f"there is no field `{token.text}:`; {meant} Or put it in quotation marks")
        self._deeper(token)
        part = _within_field(self._part(), token.text)
        self._depth -= 1
        return part

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise QueryError(token.column, f"nested deeper than {MOST_DEPTH} levels; write it flatter")


def _word(token: _Token) -> Word:
    if _LOWER.fullmatch(token.text):
        what = (
            f"`{token.text}` is an operator only in capitals; write {token.text.upper()}, or put it in quotation marks"
        )
        raise QueryError(token.column, what)
    if token.text.startswith("NEAR") or token.text.startswith("ONEAR"):
        raise QueryError(token.column, "NEAR takes a number of words, as in `reactor NEAR/5 restart`")
    return Word(token.text, token.column)


def _slop(token: _Token) -> int:
    written = token.kind.removeprefix("phrase")
    if not written:
        return 0
    if not 1 <= int(written) <= FARTHEST:
        raise QueryError(token.column, f"`~` takes 1 to {FARTHEST} words")
    return int(written)


def _missing(token: _Token) -> str:
    if token.kind == "end":
        return "something is missing at the end; write a word there"
    if token.kind == ")":
        return "there is nothing before this bracket; write a word, or take the bracket away"
    return f"a word is missing before {token.text}; write one"


def _wordy(part: Part) -> Part:
    """Only words can stand near each other: a word, a phrase, or several joined by OR."""
    if isinstance(part, Group):
        if part.operator not in ("OR", "NEAR"):
            raise QueryError(part.column, "NEAR joins words, phrases and (… OR …) alone; take the rest out of it")
        for inner in part.parts:
            _wordy(inner)
    elif part.field in FACETS:
        raise QueryError(part.column, f"NEAR joins words of the text; `{part.field}:` has no place in it")
    return part


def _within_field(part: Part, field: str) -> Part:
    if isinstance(part, Word):
        if part.field:
            raise QueryError(part.column, f"`{part.field}:` inside `{field}:`; keep one of the two")
        return Word(part.text, part.column, field, part.slop, part.quoted)
    if field in FACETS and part.operator == "NEAR":
        raise QueryError(part.column, f"`{field}:` has no words to stand near each other; join them by OR")
    return Group(part.operator, tuple(_within_field(one, field) for one in part.parts), part.column, part.reach)


def _needs_a_word(part: Part) -> None:
    """Every alternative needs a word to look for: a query of refusals and feeds alone would take everything else."""
    if isinstance(part, Word):
        if part.field in FACETS:
            raise QueryError(part.column, f"`{part.field}:` alone finds no story; add a word to look for")
    elif part.operator == "NOT":
        raise QueryError(part.column, "only says what must not be there; add a word to look for")
    elif part.operator == "OR":
        for one in part.parts:
            _needs_a_word(one)
    elif part.operator == "AND":
        _one_has_a_word(part)


def _one_has_a_word(part: Group) -> None:
    faults = []
    for one in part.parts:
        try:
            _needs_a_word(one)
        except QueryError as error:
            faults.append(error)
        else:
            return
    raise faults[0]
