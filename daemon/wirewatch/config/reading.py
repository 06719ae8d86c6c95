"""Which files a watchlist is made of: the file itself, what it includes, its OPML files; and their sections, merged.

Every file is read once, through one function, so that a watchlist loads the same from disk and from memory.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wirewatch.config.compose import MOST_BYTES, compose
from wirewatch.config.places import (
    Findings,
    Item,
    Node,
    Place,
    Scalar,
    Series,
    Table,
    has_control,
    is_blank,
    one_line,
    texts,
)
from wirewatch.config.suggest import did_you_mean, shown

SECTIONS = ("settings", "feeds", "topics", "receivers", "routes", "include")
_NAMED = ("settings", "topics", "receivers")
MOST_FILES = 1_000

Read = Callable[[Path], bytes]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a watchlist as it was read. path: as given, or beside the file that names it."""

    path: Path
    content: bytes


@dataclass(slots=True)
class Sections:
    """All files' sections together. settings, topics, receivers: by name; feeds, routes: one node a file."""

    settings: dict[str, Item] = field(default_factory=dict)
    topics: dict[str, Item] = field(default_factory=dict)
    receivers: dict[str, Item] = field(default_factory=dict)
    feeds: list[Node] = field(default_factory=list)
    routes: list[Node] = field(default_factory=list)

    def named(self, section: str) -> dict[str, Item]:
        return {"settings": self.settings, "topics": self.topics, "receivers": self.receivers}[section]


def read_file(path: Path) -> bytes:
    """A file's content, of a byte more than may be at most."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


@dataclass(slots=True)
class Reading:
    """One load under way. whole: False once a file could not be read, so that names in it are not known."""

    read: Read
    findings: Findings = field(default_factory=Findings)
    sections: Sections = field(default_factory=Sections)
    files: dict[Path, bytes] = field(default_factory=dict)
    asked: dict[Path, Place] = field(default_factory=dict)  # every file that is named, and where
    waiting: deque[Path] = field(default_factory=deque)
    whole: bool = True

    def watchlist(self, path: Path) -> None:
        """Reads the file, then what it includes, in order, into the sections."""
        self.asked[Path(os.path.normpath(path))] = self.asked[path] = Place(str(path))
        self.waiting.append(path)
        while self.waiting:
            self._file(self.waiting.popleft())

    def content(self, path: Path, place: Place, key: str) -> bytes | None:
        """A file's bytes; None with a finding where the file is named, if they cannot be had."""
        try:
            content = self.read(path)
        except OSError as error:
            self.whole = False
            self.findings.add(place, key, _unreadable(error, shown(str(path))))
            return None
        self.files[path] = content
        return content

    def named_file(self, name: Scalar, key: str) -> Path | None:
        """The path of a file that another names, relative to that one; None with a finding if it was named before."""
        written = (name.text or "").strip()
        if not written or has_control(written):
            self.findings.add(name.place, key, "not a file name; write one like more.yaml")
            return None
        path = Path(os.path.normpath(Path(name.place.file).parent / written))
        if path in self.asked:
            what = f"{shown(written)} is already read (see {self.asked[path]}); name each file once"
            self.findings.add(name.place, key, what)
            return None
        if len(self.asked) >= MOST_FILES:
            self.findings.add(name.place, key, f"more than {MOST_FILES} files; put several in one")
            return None
        self.asked[path] = name.place
        return path

    def _file(self, path: Path) -> None:
        place = self.asked[path]
        content = self.content(path, place, "include" if place.file != str(path) else "")
        if content is None:
            return
        root = compose(content, str(path), self.findings)
        if root is None:
            self.whole = False
        elif isinstance(root, Table):
            self._sections(root)
        else:
            self.findings.add(root.place, "", f"expected sections, found a text or list; begin with {SECTIONS[1]}:")

    def _sections(self, root: Table) -> None:
        for key, item in root.items.items():
            if key not in SECTIONS:
                self.findings.add(
                    item.place, "", f"unknown key {shown(key)}; {did_you_mean(key, SECTIONS, 'keys here')}"
                )
            elif key in _NAMED and not is_blank(item.node):
                self._merge(key, item.node)
            elif not is_blank(item.node) and key != "include":
                (self.sections.feeds if key == "feeds" else self.sections.routes).append(item.node)
        for name in _file_names(root.get("include"), self.findings):
            path = self.named_file(name, "include")
            if path is not None:
                self.waiting.append(path)

    def _merge(self, section: str, node: Node) -> None:
        if not isinstance(node, Table):
            self.findings.add(node.place, section, "expected keys and values; write `name: …` lines below it")
            return
        known = self.sections.named(section)
        for written, item in node.items.items():
            name = one_line(written)
            if name in known:
                what = f"stands twice, first at {known[name].place}; remove or rename one"
                self.findings.add(item.place, f"{section}.{name}", what)
            else:
                known[name] = item


def _file_names(node: Node | None, findings: Findings) -> tuple[Scalar, ...]:
    """The names behind `include:`."""
    for item in node.items if isinstance(node, Series) else (node,):
        if isinstance(item, Series | Table):
            findings.add(item.place, "include", "expected a file name; write one like more.yaml")
    return tuple(texts(node))


def _unreadable(error: OSError, name: str) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no file {name}; check the path, which counts from the folder of the file that names it"
    if isinstance(error, PermissionError):
        return f"{name} may not be read; give the service's user the right to read it"
    if isinstance(error, IsADirectoryError):
        return f"{name} is a folder; name a file"
    return f"{name} cannot be read ({error.strerror or type(error).__name__}); check the file and its disk"


def from_memory(files: Mapping[Path, bytes]) -> Read:
    """Reads from a snapshot instead of the disk."""

    def read(path: Path) -> bytes:
        try:
            return files[path]
        except KeyError as error:
            raise FileNotFoundError(str(path)) from error

    return read
