"""`feeds:` → Feed values: names, addresses, lists, groups that hand their keys down, OPML files.

Names and addresses are unique in the whole watchlist; `Feeds` remembers where each was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from os.path import normpath
from pathlib import Path
from urllib.parse import urlsplit

from wirewatch.config.addresses import feed_address
from wirewatch.config.check import checked
from wirewatch.config.names import Mention
from wirewatch.config.opml import read_opml
from wirewatch.config.places import Node, Place, Scalar, Series, Table, has_control, is_blank, one_line, texts
from wirewatch.config.reading import Reading
from wirewatch.config.references import is_reference, masked
from wirewatch.config.schema import FeedKeys, FeedShape, GroupShape
from wirewatch.core.watchlist import Access, Feed, TopicKey

_GROUP_KEYS = frozenset({"feeds", "opml"})


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the walk stands: the key path as written, the names of the groups, and what they hand down."""

    path: str = "feeds"
    groups: tuple[str, ...] = ()
    keys: FeedKeys = field(default_factory=FeedKeys)

    def at(self, part: str) -> _Spot:
        return replace(self, path=f"{self.path}.{part}")

    def inside(self, *groups: str) -> _Spot:
        return replace(self, groups=(*self.groups, *groups))


@dataclass(slots=True)
class Feeds:
    """The feeds of one load, in the order of the files, and the topics that they are about."""

    reading: Reading
    feeds: list[Feed] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    names: dict[str, Place] = field(default_factory=dict)
    addresses: dict[str, tuple[str, Place]] = field(default_factory=dict)  # normal form → the feed's name, place
    moved: list[tuple[str, str, Place, str]] = field(default_factory=list)  # `was`: normal form, feed, place, path

    def collect(self, nodes: Iterable[Node]) -> tuple[Feed, ...]:
        """All feeds below these nodes; what is wrong goes to the findings."""
        for node in nodes:
            self._walk(node, _Spot())
        self._check_moves()
        return tuple(self.feeds)

    def _walk(self, node: Node, spot: _Spot) -> None:
        """The inside of `feeds:`: one address, a list, or names with what they stand for."""
        if isinstance(node, Scalar):
            self._listed(node, spot)
        elif isinstance(node, Series):
            for number, item in enumerate(node.items, 1):
                self._listed(item, spot.at(str(number)))
        else:
            for name, line in node.items.items():
                self._member(one_line(name), line.place, line.node, spot.at(one_line(name)))

    def _listed(self, node: Node, spot: _Spot) -> None:
        """One item of a list: it has no name but what it says itself."""
        if isinstance(node, Table) and _GROUP_KEYS & set(node.items):
            self._group(node, spot)
        elif isinstance(node, Table):
            self._written_out("", node.place, node, spot)
        elif isinstance(node, Series):
            self._walk(node, spot)
        else:
            self._address("", node.place, node, spot)

    def _member(self, name: str, place: Place, node: Node, spot: _Spot) -> None:
        """One name and what it stands for."""
        if has_control(name) or not name:
            self.reading.findings.add(place, "feeds", "a name holds a control character; write plain text")
        elif isinstance(node, Series):
            self._walk(node, spot.inside(name))
        elif isinstance(node, Scalar):
            self._address(name, place, node, spot)
        elif _GROUP_KEYS & set(node.items):
            self._group(node, spot.inside(name))
        else:
            self._written_out(name, place, node, spot)

    def _group(self, node: Table, spot: _Spot) -> None:
        own = checked(GroupShape, node, spot.path, self.reading.findings)
        self._mention(node, spot)
        spot = replace(spot, keys=_handed_down(spot.keys, own)) if own else spot
        for name in texts(node.get("opml")):
            self._opml(name, spot.at("opml"))
        members = node.get("feeds")
        if members is not None and not is_blank(members):
            self._walk(members, spot.at("feeds"))

    def _opml(self, name: Scalar, spot: _Spot) -> None:
        path = self.reading.named_file(name, spot.path)
        content = self.reading.content(path, name.place, spot.path) if path else None
        if content is None:
            return
        for outline in read_opml(content, str(path), self.reading.findings):
            inner = replace(spot.inside(*outline.groups), path=outline.name)
            self._address(outline.name, outline.place, Scalar(outline.place, outline.address), inner)

    def _address(self, name: str, place: Place, node: Scalar, spot: _Spot) -> None:
        """A feed that is no more than an address."""
        try:
            url = feed_address((node.text or "").strip())
        except ValueError as error:
            what = str(error) if node.text else "has no value; write the feed's address or remove the line"
            self.reading.findings.add(node.place if node.text else place, spot.path, what)
            return
        self._add(name or short_name(url), place, url, FeedShape(address=url), spot)

    def _written_out(self, name: str, place: Place, node: Table, spot: _Spot) -> None:
        own = checked(FeedShape, node, spot.path, self.reading.findings)
        self._mention(node, spot)
        if own is None:
            return
        url = own.address or own.url or ""
        if own.was:
            self.moved.append(
                (same_address(own.was), own.name or name or short_name(url), node.items["was"].place, spot.path)
            )
        self._add(own.name or name or short_name(url), place, url, own, spot)

    def _add(self, name: str, place: Place, url: str, own: FeedShape, spot: _Spot) -> None:
        findings = self.reading.findings
        if name in self.names:
            findings.add(place, spot.path, f"a second feed with this name, first at {self.names[name]}; rename one")
            return
        self.names[name] = place
        if same_address(url) in self.addresses:
            other, first = self.addresses[same_address(url)]
            findings.add(place, spot.path, f"has the same address as '{other}' at {first}; remove one")
            return
        self.addresses[same_address(url)] = name, place
        folder = Path(place.file).parent
        self.feeds.append(_feed(name, url, own, _handed_down(spot.keys, own), spot.groups, folder))

    def _mention(self, node: Table, spot: _Spot) -> None:
        for topic in texts(node.get("about")):
            self.mentions.append(Mention("topic", one_line(topic.text or ""), topic.place, f"{spot.path}.about"))

    def _check_moves(self) -> None:
        claimed: dict[str, str] = {}
        for address, name, place, path in self.moved:
            if address in self.addresses:
                other = self.addresses[address][0]
                what = f"that address is still watched as '{other}'; remove 'was', or the other feed"
                self.reading.findings.add(place, f"{path}.was", what)
            elif address in claimed:
                what = f"'{claimed[address]}' already takes over that address; keep one 'was'"
                self.reading.findings.add(place, f"{path}.was", what)
            claimed.setdefault(address, name)


def _handed_down(above: FeedKeys, own: FeedKeys) -> FeedKeys:
    """What holds for a feed or group: its own keys before the group's; tags, headers and cookies are joined."""
    said = own.model_fields_set & set(FeedKeys.model_fields)
    values = {name: getattr(own if name in said else above, name) for name in FeedKeys.model_fields}
    joined = {
        "tags": tuple(dict.fromkeys((*above.tags, *own.tags))),
        "headers": {**above.headers, **own.headers},
        "cookies": {**above.cookies, **own.cookies},
    }
    return FeedKeys.model_construct(above.model_fields_set | said, **(values | joined))


def _feed(name: str, url: str, own: FeedShape, keys: FeedKeys, groups: tuple[str, ...], folder: Path) -> Feed:
    return Feed(
        name=name,
        url=url,
        lang=keys.lang,
        tags=frozenset(keys.tags),
        outlet=keys.outlet or name,
        kind=keys.kind,
        about=TopicKey(keys.about) if keys.about else None,
        pace=keys.poll,
        access=Access(
            headers=tuple(keys.headers.items()),
            cookies=tuple(keys.cookies.items()),
            user=keys.auth.user if keys.auth else None,
            password=keys.auth.password if keys.auth else None,
            token=keys.auth.token if keys.auth else None,
            proxy=keys.proxy,
            ca_file=beside(folder, keys.ca),
        ),
        was=own.was,
        enabled=keys.enabled,
        until=keys.until,
        group=" / ".join(groups),
    )


def beside(folder: Path, name: str | None) -> str | None:
    """A file that the watchlist names, found from the folder of the file that names it; references stay as they are."""
    return name if name is None or is_reference(name) else normpath(folder / name)


def short_name(url: str) -> str:
    """A name for a feed that has none: its address without what all addresses have."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


def same_address(url: str) -> str:
    """Equal for two spellings of one address: scheme and host in lower case, no fragment."""
    parts = urlsplit(masked(url))
    at = len(parts.scheme) + 3
    rest = url[at:].partition("#")[0]
    host, slash, path = rest.partition("/")
    return f"{parts.scheme.lower()}://{host.lower() if '${' not in host else host}{slash or '/'}{path}"
