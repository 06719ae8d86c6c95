"""Puts new keys and items into YAML text; every other character stays where it is: comments, quotes, alignment.

The parser is asked where things stand, and the new lines are spliced in there. (A round trip through ruamel.yaml, which
keeps comments, still rewrote about 90 of the 346 lines of the shipped watchlist.) What a file means is `edit.py`'s.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from wirewatch.config.compose import compose
from wirewatch.config.places import Findings, plain
from wirewatch.errors import ConfigError, Problem

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Path: TypeAlias = Sequence[str | int]  # keys, and positions in lists from 0
Step: TypeAlias = str | int

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what ends a line in YAML 1.1
_PLAIN_ADDRESS = re.compile(r"[a-z]+:(?://)?[^\s,\[\]{}#'\"\\`]*[^\s,\[\]{}#'\"\\`:]")
_BREAKS = "\r\n\x85\u2028\u2029"
_WIDE = 10**9  # never folds
_STR = "tag:yaml.org,2002:str"


@dataclass(slots=True)
class Span:
    """Where a value stands in the text. kind: "map", "list", "text", "none" (nothing is written) or "alias".

    start, end: character offsets; of a block that is not in brackets, `end` is where its last value ends.
    items: of a map by key, of a list by position. column: of the keys or dashes of a block.
    """

    kind: str
    start: int
    end: int
    flow: bool = False
    text: str = ""
    style: str = ""
    column: int = 0
    items: dict[Step, Span] = field(default_factory=dict)


def put(text: str, path: Path, value: Value, *, file: str = "watchlist", levels: int = 1) -> str:
    """The text with more in the block that `path` leads to: a dict's keys, or a list's items behind its own.

    What the path names and the text lacks is made. levels: how deep new blocks are written out in lines of their own;
    deeper ones stand in brackets. Raises ConfigError where the block cannot take it, or where the text would not mean
    exactly the same with that added.
    """
    before = meaning(text, file=file)
    wanted = _added(copy.deepcopy(before), path, value)
    root, around, column, missing = _descend(text, path)
    for part in reversed(missing):
        value = {str(part): value}
    made = _spliced(text, root, around, column, value, levels + len(missing))
    if made is None or _meaning_if_any(made, file) != wanted:
        raise _refused(text, root, path, file)
    return made


def meaning(text: str, *, file: str = "watchlist") -> object:
    """What the text says, as dicts, lists and texts (None where nothing is written). Raises ConfigError."""
    findings = Findings()
    node = compose(text.encode(), file, findings)
    if node is None or findings.problems:
        raise ConfigError(tuple(findings.problems))
    return plain(node)


def scalar(text: str) -> str:
    """The text as it may stand in a watchlist, in quotation marks only where YAML needs them, also in brackets."""
    if text == "<<":  # plain, it would merge
        return "'<<'"
    if _PLAIN_ADDRESS.fullmatch(text):  # the writer below would put each into quotation marks for its colon
        return text
    node = yaml.SequenceNode("tag:yaml.org,2002:seq", [yaml.ScalarNode(_STR, text)], flow_style=True)
    # No resolver: `no` and `1.10` stay as they are, since the watchlist reads everything as text.
    made: str = yaml.serialize(node, Dumper=yaml.BaseDumper, allow_unicode=True, width=_WIDE)
    return made.rstrip("\n")[1:-1]


def brackets(value: Value) -> str:
    """A value in one line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, list):
        return f"[{', '.join(brackets(item) for item in value)}]"
    return f"{{{_pairs(value)}}}"


def lines(value: Mapping[str, Value] | Sequence[Value], levels: int) -> Iterator[str]:
    """A block's lines, `levels` deep; what lies deeper stands in brackets."""
    if not isinstance(value, Mapping):
        yield from (f"- {brackets(item)}" for item in value)
        return
    for key, inner in value.items():
        if levels > 1 and isinstance(inner, dict | list):
            yield f"{scalar(key)}:"
            yield from (f"  {line}" for line in lines(inner, levels - 1))
        else:
            yield f"{scalar(key)}: {brackets(inner)}"


def _pairs(value: Value) -> str:
    """The inside of the brackets."""
    if isinstance(value, dict):
        return ", ".join(f"{scalar(key)}: {brackets(inner)}" for key, inner in value.items())
    return ", ".join(brackets(item) for item in value)


def _spliced(text: str, span: Span | None, around: Span | None, column: int, value: Value, levels: int) -> str | None:
    """None where that place cannot take it. span: the block, None in a text without any."""
    assert not isinstance(value, str)
    written = list(lines(value, levels))
    if span is None:
        return _below(text, len(text), 0, written)
    if span.kind == "none":
        if around is not None and around.flow:
            return f"{text[: span.end]} {brackets(value)}{text[span.end :]}"
        return _below(text, span.end, column, written)
    if span.kind == "text" and isinstance(value, list) and span.style not in ("|", ">"):
        whole = [span.text, *value]  # one thing counts as a list of one; now it is one
        return text[: span.start] + brackets(whole) + text[span.end :]
    if span.kind != ("map" if isinstance(value, dict) else "list"):
        return None
    if span.flow:
        at = _end_of_last(span) if span.items else span.end - 1
        return f"{text[:at]}{', ' if span.items else ''}{_pairs(value)}{text[at:]}"
    if around is None:  # a new section goes to the end of the file, behind what is said below the last one
        return _below(text, len(text), span.column, ["", *written])
    return _below(text, _end(span), span.column, ([""] if _are_apart(text, span) else []) + written)


def _below(text: str, after: int, column: int, written: Sequence[str]) -> str:
    """The lines behind the line in which `after` lies; a file without a last line break keeps being without."""
    known = _BREAK.search(text)
    ended = None if _begins_line(text, after) else _BREAK.search(text, after)
    sign = (ended or known or ("\n",))[0]
    made = [" " * column + line if line else "" for line in written]
    at = _past_remarks(text, ended.end() if ended else after if _begins_line(text, after) else len(text), column)
    if not _begins_line(text, at):
        return text + sign + sign.join(made)
    return text[:at] + "".join(line + sign for line in made) + text[at:]


def _past_remarks(text: str, at: int, column: int) -> int:
    """Remarks that are indented deeper than the new lines belong to what stands above them."""
    best = at
    while at < len(text):
        ended = _BREAK.search(text, at)
        line = text[at : ended.start() if ended else len(text)]
        at = ended.end() if ended else len(text)
        if line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > column:
            best = at
        elif line.strip():
            break
    return best


def _begins_line(text: str, at: int) -> bool:
    """So does the end of a `|` text, and of most files."""
    return at == 0 or _BREAK.fullmatch(text[at - 1]) is not None


def _are_apart(text: str, block: Span) -> bool:
    """Are the parts of this block parted by empty lines?"""
    if len(block.items) < 2:
        return False
    first, *_, last = block.items.values()
    between = _BREAK.split(text[_end(first) : last.start])
    return any(not line.strip() for line in between[1:-1])


def _descend(text: str, path: Path) -> tuple[Span | None, Span | None, int, list[Step]]:
    """What stands at the path; what is round it; the column for lines below it; what of the path is missing."""
    span, around, column = _read(text), None, 0
    for number, part in enumerate(path):
        inner = span.items.get(part) if span is not None else None
        if span is None or inner is None:
            return span, around, column, list(path[number:])
        span, around, column = inner, span, span.column + 2
    return span, around, column, []


def _read(text: str) -> Span | None:
    """The places of everything in the first document; None where there is nothing but comments."""
    events = iter(yaml.parse(text.encode(), Loader=yaml.CSafeLoader))
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            root = _span(event, events, text)
            return None if root.kind == "none" else root
    return None


def _span(event: yaml.Event, events: Iterator[yaml.Event], text: str) -> Span:
    start, end = _offsets(event)
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        kind = "text" if event.value or style in tuple("'\"|>") else "none"
        return Span(kind, start, end, False, event.value, style)
    if not isinstance(event, yaml.CollectionStartEvent):
        return Span("alias", start, end)
    made = Span("map" if isinstance(event, yaml.MappingStartEvent) else "list", start, end, bool(event.flow_style))
    while not isinstance(event := next(events), yaml.CollectionEndEvent):
        first = _span(event, events, text)
        if not made.items and not made.flow:  # the block itself may begin with its &anchor, so its first line is asked
            made.column = _column(text, first.start if made.kind == "map" else text.rfind("-", 0, first.start))
        if made.kind == "map":
            made.items[first.text] = _span(next(events), events, text)
        else:
            made.items[len(made.items)] = first
    made.end = _offsets(event)[1]
    return made


def _offsets(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None and event.end_mark is not None  # the parser always gives them
    return event.start_mark.index, event.end_mark.index


def _column(text: str, at: int) -> int:
    """Counted from 0."""
    return at - max(text.rfind(sign, 0, max(at, 0)) for sign in _BREAKS) - 1


def _end(span: Span) -> int:
    """Where the last thing in it ends. (The parser ends a block only where the next one begins.)"""
    return _end_of_last(span) if span.items and not span.flow else span.end


def _end_of_last(span: Span) -> int:
    return _end(next(reversed(span.items.values())))


def _meaning_if_any(text: str, file: str) -> object:
    try:
        return meaning(text, file=file)
    except ConfigError:
        return None


def _added(at: object, path: Path, value: Value) -> object:
    """The same addition on what the text means."""
    if path:
        if isinstance(at, dict):
            return {**at, path[0]: _added(at.get(path[0]), path[1:], value)}
        if isinstance(at, list) and isinstance(path[0], int):
            return [_added(item, path[1:], value) if number == path[0] else item for number, item in enumerate(at)]
        return {path[0]: _added(None, path[1:], value)} if at is None else None
    if isinstance(value, dict):
        return {**(at if isinstance(at, dict) else {}), **value}
    return [*(at if isinstance(at, list) else [] if at is None else [at]), *value]


def _refused(text: str, span: Span | None, path: Path, file: str) -> ConfigError:
    before = text[: span.start if span else 0]
    key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path)
    shape = "an alias (*name)" if span and span.kind == "alias" else "written in a way"
    what = f"{shape} that no command can add to; add the lines by hand"
    return ConfigError((Problem(file, len(_BREAK.findall(before)) + 1, _column(before, len(before)) + 1, key, what),))
