"""YAML's home: bytes of a file → nodes with places. Text stays text: what `no` or `18:30` means, the schema says.

Anchors, aliases and `<<` are understood, custom tags are not. Bounded in bytes, depth and in what aliases expand to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from wirewatch.config.places import Findings, Item, Node, Place, Scalar, Series, Table
from wirewatch.config.suggest import shown

MOST_BYTES = 5_000_000
MOST_DEPTH = 60
MOST_ALIASED = 10_000  # values reached through aliases: enough for shared settings, not for a "billion laughs" file

_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
)
_MERGE = "tag:yaml.org,2002:merge"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TAB = "a tab in the indentation; use spaces"
# libyaml's words → ours, by the first part that is found in its text.
_SYNTAX = (
    ("mapping values are not allowed", "a ': ' where none is expected; put text that holds ': ' in quotation marks,"
     " and check the indentation"),
    ("alphabetic or numeric character", "text that begins with * or & needs quotation marks round it"),
    ("found undefined alias", "a text that begins with * needs quotation marks round it"),
    ("cannot start any token", "text cannot begin with @, ` or %; put it in quotation marks"),
    ("tab character", _TAB),
    ("unexpected end of stream", "a quotation mark is opened and never closed; close it"),
    ("escape character", r"a \ in double quotation marks begins an escape; use single quotation marks"),
    ("',' or ']'", "a list that begins with [ is not closed, or a comma is missing, or a ' inside quotation"
     " marks is not doubled; mend it"),
    ("',' or '}'", "keys and values that begin with { are not closed, or a comma is missing, or a '"
     " inside quotation marks is not doubled; mend it"),
    ("'-' indicator", "the indentation does not fit the lines above; line it up with its neighbours"),
    ("node content", "a value is missing, or a bracket that closes; write it here or in the line above"),
    ("expected key", "the indentation does not fit the lines above; line it up with its neighbours"),
    ("another document", "'---' begins a second document; keep one, or use include:"),
    ("document start", "something stands behind the end of a text; put the whole text in quotation marks"),
    ("nesting depth", f"nested deeper than {MOST_DEPTH} levels; write it flatter"),
    ("duplicate anchor", "the same &name stands twice; rename one of them"),
)  # fmt: skip


class _UnreadableError(Exception):
    """The tree cannot be built at all; the text says why."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what


def compose(content: bytes, file: str, findings: Findings) -> Node | None:
    """The nodes of one YAML file; None where it cannot be read at all. What is wrong goes to the findings.

    An empty file is an empty table.
    """
    try:
        text = _decode(content, file)
        root = _parse(text, file)
        return _Builder(file, findings).build(root, 1) if root is not None else Table(Place(file), {})
    except _UnreadableError as error:
        findings.add(error.place, "", error.what)
        return None


def _decode(content: bytes, file: str) -> str:
    if len(content) > MOST_BYTES:
        raise _UnreadableError(Place(file), f"larger than {MOST_BYTES // 1_000_000} MB; split it with include:")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8", "replace")
        raise _UnreadableError(_place_after(good, file), "not UTF-8 text; save the file as UTF-8") from error
    strange = _UNPRINTABLE.search(text)
    if strange:
        what = f"an invisible control character (U+{ord(strange[0]):04X}); delete it"
        raise _UnreadableError(_place_after(text[: strange.start()], file), what)
    return text


def _place_after(text: str, file: str) -> Place:
    return Place(file, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _parse(text: str, file: str) -> yaml.Node | None:
    loader = yaml.CSafeLoader(text.encode())
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        at_tab = "".join(text.splitlines()[line : line + 1])[column : column + 1] == "\t"
        raise _UnreadableError(Place(file, line + 1, column + 1), _TAB if at_tab else _in_words(error)) from error
    except yaml.YAMLError as error:
        raise _UnreadableError(Place(file), f"not YAML: {error}; mend the file") from error
    finally:
        loader.dispose()


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    for sign, words in _SYNTAX:
        if sign in problem:
            begun = error.context_mark
            since = f" (it begins in line {begun.line + 1})" if begun and "closed" in words else ""
            return words + since
    return f"not YAML: {problem}; mend this line or the one above it"


@dataclass(slots=True)
class _Builder:
    """One file's tree on its way; remembers what aliases share."""

    file: str
    findings: Findings
    done: dict[int, tuple[Node, int]] = field(
        default_factory=dict
    )  # by the YAML node: ours, and how many values it holds
    under_way: set[int] = field(default_factory=set)
    size: int = 0
    aliased: int = 0

    def build(self, node: yaml.Node, depth: int) -> Node:
        if id(node) in self.done:
            return self._again(node)
        if id(node) in self.under_way:
            raise _UnreadableError(self._place(node), "an alias that contains itself; write the values out")
        if depth > MOST_DEPTH:
            raise _UnreadableError(self._place(node), f"nested deeper than {MOST_DEPTH} levels; write it flatter")
        self.under_way.add(id(node))
        before = self.size
        self.size += 1
        built = self._built(node, depth)
        self.done[id(node)] = built, self.size - before
        return built

    def _again(self, node: yaml.Node) -> Node:
        built, size = self.done[id(node)]
        self.size += size
        self.aliased += size
        if self.aliased > MOST_ALIASED:
            raise _UnreadableError(
                self._place(node), f"aliases expand to more than {MOST_ALIASED} values; write them out or use include:"
            )
        return built

    def _built(self, node: yaml.Node, depth: int) -> Node:
        if node.tag not in _STANDARD_TAGS:
            what = f"the tag {shown(node.tag)} is not supported; remove it"
            self.findings.add(self._place(node), "", what)
        if isinstance(node, yaml.MappingNode):
            return self._table(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return Series(self._place(node), tuple(self.build(item, depth + 1) for item in node.value))
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"', "|", ">")
        return Scalar(self._place(node), node.value if node.value or quoted else None, _inset(node))

    def _table(self, node: yaml.MappingNode, depth: int) -> Table:
        own: dict[str, Item] = {}
        merged: list[Node] = []
        for key, value in node.value:
            built = self.build(value, depth + 1)
            if key.tag == _MERGE:
                merged.append(built)
            elif not isinstance(key, yaml.ScalarNode) or not key.value:
                self.findings.add(self._place(key), "", "a key must be plain text; write `key: value`")
            elif key.value in own:
                first = own[key.value].place.line
                what = f"key {shown(key.value)} stands twice, first in line {first}; remove or rename one"
                self.findings.add(self._place(key), "", what)
            else:
                own[key.value] = Item(self._place(key), built)
        for source in merged:
            self._merge(own, source)
        return Table(self._place(node), own)

    def _merge(self, own: dict[str, Item], source: Node) -> None:
        """`<<: *other`: what is written out wins over what is merged, the first merged over later ones."""
        for table in source.items if isinstance(source, Series) else (source,):
            if not isinstance(table, Table):
                self.findings.add(table.place, "<<", "can only merge keys and values; name an anchor on such a block")
                continue
            for key, entry in table.items.items():
                own.setdefault(key, entry)

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def _inset(node: yaml.Node) -> int | None:
    """Characters between a text's place and its first one, if it stands in the file as it reads; else None."""
    if not isinstance(node, yaml.ScalarNode) or node.start_mark.line != node.end_mark.line:
        return None
    inset = 1 if node.style in ("'", '"') else 0
    as_written = node.end_mark.column - node.start_mark.column == len(node.value) + 2 * inset
    return inset if as_written else None
