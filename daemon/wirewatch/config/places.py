"""What a file says, with the place of every word, and the list of what is wrong with it.

Nodes are plain: text, tables (key → node) and series (lists). Nothing here knows YAML or what a key means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from wirewatch.errors import Problem


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. file: as shown to the person; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text; None where nothing is written (`key:`).

    inset: how many characters stand between the place and the text's first one (a quotation mark); None where the
           text stands otherwise in the file than it reads (over several lines, with escapes).
    """

    place: Place
    text: str | None
    inset: int | None = 0


@dataclass(frozen=True, slots=True)
class Series:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and values, in the order of the file; each key with its own place."""

    place: Place
    items: Mapping[str, Item]

    def get(self, key: str) -> Node | None:
        found = self.items.get(key)
        return found.node if found else None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a table: where its key stands, and its value."""

    place: Place
    node: Node


Node = Scalar | Series | Table


def is_blank(node: Node | None) -> bool:
    """Is nothing written there? (A section whose lines are all commented out.)"""
    return node is None or (isinstance(node, Scalar) and node.text is None)


def plain(node: Node) -> object:
    """The same as text, lists and dicts, without places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Series):
        return [plain(item) for item in node.items]
    return {key: plain(entry.node) for key, entry in node.items.items()}


def texts(node: Node | None) -> Iterator[Scalar]:
    """The texts of a scalar (a list of one) or of a list, with their places; anything else is left out."""
    items = node.items if isinstance(node, Series) else (node,)
    yield from (item for item in items if isinstance(item, Scalar) and item.text is not None)


def one_line(text: str) -> str:
    """A text with single spaces: names are the same however they are spaced."""
    return " ".join(text.split())


def has_control(text: str) -> bool:
    """Does a control character stand in it? (Joiners are no such: Persian names and emoji need them.)"""
    return any(sign < " " or "\x7f" <= sign <= "\x9f" for sign in text)


def visible(text: str) -> str:
    """The text with control characters spelled out: it goes to terminals and logs."""
    return "".join(f"\\x{ord(sign):02x}" if has_control(sign) else sign for sign in text)


@dataclass(slots=True)
class Findings:
    """All that is wrong so far, and what only deserves a word."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, place: Place, key: str, what: str) -> None:
        self.problems.append(Problem(place.file, place.line, place.column, visible(key), visible(what)))

    def add_at(self, text: Scalar, at: int, key: str, what: str) -> None:
        """A fault at one character of a text (from 0, of its one line), shown with a caret under it."""
        place, written = text.place, one_line(text.text or "")
        if text.inset is not None and written == text.text:
            place = Place(place.file, place.line, place.column + text.inset + at)
        excerpt = _pointed(visible(written), len(visible(written[:at])))
        self.problems.append(Problem(place.file, place.line, place.column, visible(key), visible(what), excerpt))


_SHOWN = 100  # characters of a long text that are shown round a fault


def _pointed(text: str, at: int) -> str:
    """The text, or what stands round the character, and a caret under it; wide characters take two columns."""
    start = max(0, min(at - _SHOWN // 2, len(text) - _SHOWN))
    piece = text[start : start + _SHOWN]
    columns = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in piece[: at - start])
    return f"    {piece}\n    {' ' * columns}^"
