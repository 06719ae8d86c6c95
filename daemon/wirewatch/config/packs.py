"""Alias packs: files of names that topics use as `pack:NAME`. Shipped ones, and those of `packs/` beside the watchlist.

A file beside the watchlist adds to the shipped pack of its name, or takes its place (`replace: yes`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from wirewatch.config.check import checked
from wirewatch.config.compose import compose
from wirewatch.config.places import Findings, Item, Node, Place, Scalar, Series, Table, is_blank, one_line, texts
from wirewatch.config.reading import Read, read_file
from wirewatch.config.schema import PackShape
from wirewatch.config.suggest import did_you_mean, shown
from wirewatch.core.watchlist import Pack, PackName, Rule, Topic
from wirewatch.errors import ConfigError
from wirewatch.shipped import shipped

PACK: Final = "pack:"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_IN_QUERY = re.compile(r"(?<![^\s(:])-?pack:([^\s()\"]+)")
_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_OTHER_KEYS = ("beside", "source", "note", "any")
_FOLDER: Final = "packs"


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that come with the program."""
    files = shipped(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def load_pack(name: str, folder: Path | None = None) -> Pack:
    """One pack by itself: shipped, with what `packs/` in that folder adds. Raises ConfigError; what it names is not
    loaded, and its examples are not tried.
    """
    findings = Findings()
    loading = Packs(findings, read_file, folder)
    loading.want(name, Place(name), "")
    loading.one(name)
    if findings.problems:
        raise ConfigError(tuple(findings.problems))
    return loading.packs[name]


@dataclass(slots=True)
class Packs:
    """Packs on their way in. folder: the watchlist's; None where there is none.

    files:  what was read beside the watchlist; asked: every file looked for there, whether it is there or not.
    broken: packs that are not there or cannot be read, and those that need one: nothing can be said of rules that name
            them.
    """

    findings: Findings
    read: Read
    folder: Path | None
    packs: dict[str, Pack] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)
    asked: dict[Path, Place] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    _wanted: dict[str, tuple[Place, str]] = field(default_factory=dict)

    @property
    def sound(self) -> tuple[Pack, ...]:
        """The packs that are there with all that they need, in the order of their names."""
        return tuple(self.packs[name] for name in sorted(self.packs) if name not in self.broken)

    def load(self, topics: Sequence[Topic]) -> None:
        """Every pack that the topics name, and those that these name."""
        keys = {topic.key for topic in topics}
        for topic in topics:
            for name, place, key in _named_by(topic, keys):
                self.want(name, place, key)
        waiting = deque(self._wanted)
        while waiting:
            name = waiting.popleft()
            if name in self.packs or not self.one(name):
                continue
            pack = self.packs[name]
            for other in _needed_by(pack):
                self.want(other, _place(pack.where), PACK + name)
                waiting.append(other)
        for _ in self.packs:
            self.broken |= {name for name, pack in self.packs.items() if not self.broken.isdisjoint(_needed_by(pack))}

    def is_whole(self, topic: Topic) -> bool:
        """Are all packs there that a topic names?"""
        return all(name not in self.broken for name, _, _ in _named_by(topic, ()))

    def want(self, name: str, place: Place, key: str) -> None:
        """Remember where a pack is named first."""
        self._wanted.setdefault(name, (place, key))

    def one(self, name: str) -> bool:
        """Read one pack that is wanted; False with a finding where there is none."""
        own = self._beside(name)
        known = _shipped_pack(name) if _NAME.fullmatch(name) else None
        if own is None and known is None:
            if name in self.broken:  # its file is there, and cannot be read
                return False
            place, key = self._wanted[name]
            cure = did_you_mean(name, (*shipped_packs(), *self._own_names()), "packs")
            self.findings.add(place, key, f"there is no pack {shown(name)}; {cure}")
            self.broken.add(name)
            return False
        if own is None or known is None or own.replaces:
            self.packs[name] = own.pack if own is not None else known  # type: ignore[assignment]
        else:
            self.packs[name] = _added(known, own.pack)
        return True

    def _own_names(self) -> list[str]:
        return [path.name.removesuffix(".yaml") for path in self.files]

    def _beside(self, name: str) -> _ReadPack | None:
        """The file of `packs/` beside the watchlist; None where there is none."""
        if self.folder is None or not _NAME.fullmatch(name):
            return None
        path = self.folder / _FOLDER / f"{name}.yaml"
        self.asked[path] = self._wanted[name][0]
        try:
            content = self.read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            what = f"{shown(str(path))} cannot be read ({error.strerror or type(error).__name__}); check the file"
            self.findings.add(self._wanted[name][0], self._wanted[name][1], what)
            self.broken.add(name)
            return None
        self.files[path] = content
        faults = len(self.findings.problems)
        pack = _read_pack(name, content, str(path), self.findings)
        if len(self.findings.problems) > faults:
            self.broken.add(name)
        return pack


@dataclass(frozen=True, slots=True)
class _ReadPack:
    pack: Pack
    replaces: bool = False


@lru_cache
def _shipped_pack(name: str) -> Pack | None:
    """Raises ConfigError for one that is broken, which our tests rule out."""
    findings = Findings()
    try:
        content = shipped(_FOLDER, f"{name}.yaml").read_bytes()
    except FileNotFoundError:
        return None
    read = _read_pack(name, content, f"wirewatch/{_FOLDER}/{name}.yaml", findings)
    if findings.problems:
        raise ConfigError(tuple(findings.problems))
    return read.pack


def _added(known: Pack, own: Pack) -> Pack:
    return replace(
        known,
        names=known.names + own.names,
        none=known.none + own.none,
        include=tuple(dict.fromkeys(known.include + own.include)),
        examples_match=known.examples_match + own.examples_match,
        examples_ignore=known.examples_ignore + own.examples_ignore,
        where=own.where,
    )


def _read_pack(name: str, content: bytes, file: str, findings: Findings) -> _ReadPack:
    root = compose(content, file, findings)
    empty = Pack(name, name, (), where=str(Place(file)))
    if root is None:
        return _ReadPack(empty)
    shape = checked(PackShape, root, "", findings)
    if shape is None or not isinstance(root, Table):
        return _ReadPack(empty)
    names = root.get("names")
    adds = name in shipped_packs() and not shape.replace
    if not (adds or shape.include) and (is_blank(names) or (isinstance(names, Table) and not names.items)):
        findings.add(root.place, "", "'names' is missing; add it, with the words of each name below it")
    examples = root.get("examples")
    tried = examples if isinstance(examples, Table) else Table(root.place, {})
    pack = Pack(
        key=name,
        title=shape.title,
        names=tuple(_names(names, findings)),
        none=_rules(root.get("not")),
        include=shape.include,
        examples_match=_rules(tried.get("match")),
        examples_ignore=_rules(tried.get("ignore")),
        where=str(root.place),
    )
    return _ReadPack(pack, shape.replace)


def _names(node: Node | None, findings: Findings) -> Iterable[PackName]:
    if not isinstance(node, Table):
        if node is not None and not is_blank(node):
            findings.add(node.place, "names", "expected `English name:` lines with words by language; write them")
        return
    for written, item in node.items.items():
        gloss = one_line(written)
        if not isinstance(item.node, Table):
            what = "expected words by language; write `en: [words]` below it"
            findings.add(item.place, f"names.{gloss}", what)
            continue
        yield _name(gloss, item, item.node, findings)


def _name(gloss: str, item: Item, table: Table, findings: Findings) -> PackName:
    rules: list[Rule] = []
    for key, line in table.items.items():
        if key in ("beside", "source", "note"):
            continue
        if key != "any" and not _LANG.fullmatch(key):
            known = (*_OTHER_KEYS, "en", "ko", "ja", "zh", "ru")
            what = f"unknown key {shown(key)}; {did_you_mean(key, known, 'keys here (and other languages)')}"
            findings.add(line.place, f"names.{gloss}", what)
            continue
        lang = "" if key == "any" else key.partition("-")[0]
        rules += _rules(line.node, lang, f"names.{gloss}.{key}", findings)
    if not rules:
        findings.add(item.place, f"names.{gloss}", "has no words; write `en: [words]` below it")
    beside = table.items.get("beside")
    if beside is None:
        return PackName(gloss, tuple(rules))
    if not isinstance(beside.node, Scalar) or not beside.node.text:
        findings.add(beside.place, f"names.{gloss}.beside", "expected the name of one pack; write it")
        return PackName(gloss, tuple(rules))
    return PackName(gloss, tuple(rules), one_line(beside.node.text.removeprefix(PACK)))


def _rules(node: Node | None, lang: str = "", key: str = "", findings: Findings | None = None) -> tuple[Rule, ...]:
    for item in node.items if isinstance(node, Series) else ():
        if findings is not None and (not isinstance(item, Scalar) or not item.text):
            findings.add(item.place, key, "expected words, one or a list; put text that holds ': ' in quotation marks")
    return tuple(Rule(one_line(one.text or ""), str(one.place), lang=lang) for one in texts(node) if one.text)


def _needed_by(pack: Pack) -> tuple[str, ...]:
    return (*pack.include, *(one.beside for one in pack.names if one.beside))


def _named_by(topic: Topic, topics: Iterable[str]) -> Iterable[tuple[str, Place, str]]:
    """The packs that a topic names, each with the place and the list where it does."""
    lists: Mapping[str, tuple[Rule, ...]] = {
        "any": topic.any,
        "all": tuple(rule for rules in topic.all for rule in rules),
        "not": topic.none,
    }
    for key, rules in lists.items():
        for rule in rules:
            where = _place(rule.where)
            for part in rule.text.split(" unless ") if key == "not" else (rule.text,):
                if part.strip().startswith(PACK):
                    yield part.strip().removeprefix(PACK), where, f"topics.{topic.key}.{key}"
            if rule.beside and rule.beside not in topics:
                yield rule.beside.removeprefix(PACK), where, f"topics.{topic.key}.{key}.beside"
    if topic.query is not None:
        for found in _IN_QUERY.finditer(topic.query.text):
            yield found[1], _place(topic.query.where), f"topics.{topic.key}.query"


def _place(where: str) -> Place:
    file, line, column = where.rsplit(":", 2)
    return Place(file, int(line), int(column))
