"""Feeds as lists for other programs, out and in: OPML (names, addresses, groups) and JSONL (every key of a feed).

What goes out comes in again as the same feeds. Secrets leave as the references that the watchlist holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from wirewatch.config.addresses import feed_address
from wirewatch.config.check import checked
from wirewatch.config.edit import GROUP_SIGN, NewFeed, groups_in
from wirewatch.config.opml import read_opml
from wirewatch.config.places import Findings, Item, Node, Place, Scalar, Series, Table, has_control
from wirewatch.config.quantities import RHYTHMS
from wirewatch.config.references import is_reference
from wirewatch.config.schema import FeedShape
from wirewatch.config.sources import same_address, short_name
from wirewatch.config.splice import Value
from wirewatch.config.suggest import shown
from wirewatch.core.watchlist import Feed, Pace, Watchlist
from wirewatch.errors import Problem

_APART: Final = frozenset({"name", "address", "url", "group"})  # keys of a line that `NewFeed` holds by themselves


@dataclass(frozen=True, slots=True)
class Listed:
    """One feed of a list, and where it stands there."""

    place: Place
    feed: NewFeed


@dataclass(slots=True)
class Sorted:
    """A list against a watchlist. there: how many feeds it has already; left_out: sentences."""

    new: list[NewFeed] = field(default_factory=list)
    there: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def as_new(feed: Feed) -> NewFeed:
    """A feed of one watchlist as it would be written into another."""
    return NewFeed(feed.name, feed.url, _keys(feed), groups_in(feed.group))


def feeds_jsonl(feeds: Iterable[Feed]) -> Iterator[str]:
    """A JSON object for each feed, with the watchlist's own keys and its group."""
    for feed in feeds:
        group = {"group": feed.group} if feed.group else {}
        yield json.dumps({"name": feed.name, "address": feed.url, **group, **_keys(feed)}, ensure_ascii=False)


def feeds_opml(feeds: Sequence[Feed], title: str) -> Iterator[str]:
    """The lines of an OPML 2.0 document (opml.org/spec2.opml); groups are outlines round their feeds."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<opml version="2.0">'
    yield f"  <head><title>{quoteattr(title)[1:-1]}</title></head>"
    yield "  <body>"
    together: dict[tuple[str, ...], list[Feed]] = {}
    for feed in feeds:
        together.setdefault(groups_in(feed.group), []).append(feed)
    for group, members in together.items():
        for depth, name in enumerate(group):
            yield f"{'  ' * (depth + 2)}<outline text={quoteattr(name)}>"
        for feed in members:
            name, address = quoteattr(feed.name), quoteattr(feed.url)
            yield f'{"  " * (len(group) + 2)}<outline type="rss" text={name} title={name} xmlUrl={address}/>'
        for depth in range(len(group), 0, -1):
            yield f"{'  ' * (depth + 1)}</outline>"
    yield "  </body>"
    yield "</opml>"


def read_list(content: bytes, file: str) -> tuple[tuple[Listed, ...], tuple[Problem, ...]]:
    """The feeds of an OPML or JSONL file, and what is wrong with its other lines."""
    findings = Findings()
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        listed = tuple(_from_opml(content, file, findings))
    else:
        listed = tuple(_from_jsonl(content, file, findings))
    return listed, tuple(findings.problems)


def sort_out(listed: Iterable[Listed], watchlist: Watchlist) -> Sorted:
    """Which of them are new to this watchlist; each name and address at most once."""
    done = Sorted()
    names = {feed.name for feed in watchlist.feeds}
    addresses = {same_address(feed.url) for feed in watchlist.feeds}
    topics = {topic.key for topic in watchlist.topics}
    for one in listed:
        place, feed = one.place, one.feed
        if same_address(feed.url) in addresses:
            done.there += 1
        elif feed.name in names:
            what = f"another feed has the name {shown(feed.name)}; rename one of the two"
            done.problems.append(Problem(place.file, place.line, place.column, "", what))
        else:
            if (about := feed.keys.get("about")) and about not in topics:
                feed = replace(feed, keys={key: value for key, value in feed.keys.items() if key != "about"})
                done.left_out.append(f"{place}: {feed.name}: 'about: {about}' is left out: there is no such topic")
            names.add(feed.name)
            addresses.add(same_address(feed.url))
            done.new.append(feed)
    return done


def _from_opml(content: bytes, file: str, findings: Findings) -> Iterator[Listed]:
    for outline in read_opml(content, file, findings):
        try:
            url = feed_address(outline.address)
        except ValueError as error:
            findings.add(outline.place, outline.name, str(error))
        else:
            yield Listed(outline.place, NewFeed(outline.name or short_name(url), url, {}, outline.groups))


def _from_jsonl(content: bytes, file: str, findings: Findings) -> Iterator[Listed]:
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        place = Place(file, number)
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair can be written as \\u, not kept
        except (ValueError, RecursionError):
            said = None  # one sentence for all: none of them is a feed
        if isinstance(said, dict):
            yield from _from_object(said, place, findings)
        else:
            findings.add(place, "", 'not a JSON object; write one like {"name": …, "address": …} in each line')


def _from_object(said: dict[str, object], place: Place, findings: Findings) -> Iterator[Listed]:
    group = said.pop("group", None)
    node = _node({key: value for key, value in said.items() if value is not None}, place)
    assert isinstance(node, Table)
    shape = checked(FeedShape, node, "", findings)
    if not isinstance(group, str | None) or has_control(group or ""):
        findings.add(place, "group", f"expected text; write the groups' names with '{GROUP_SIGN}' between them")
    elif shape is not None:
        url = shape.address or shape.url or ""
        keys: dict[str, Value] = {key: _value(item.node) for key, item in node.items.items() if key not in _APART}
        yield Listed(place, NewFeed(shape.name or short_name(url), url, keys, groups_in(group)))


def _node(value: object, place: Place) -> Node:
    """JSON as the watchlist reads YAML: every single thing is text."""
    if isinstance(value, dict):
        return Table(place, {str(key): Item(place, _node(inner, place)) for key, inner in value.items()})
    if isinstance(value, list):
        return Series(place, tuple(_node(item, place) for item in value))
    if isinstance(value, bool):
        return Scalar(place, "yes" if value else "no")
    return Scalar(place, value if isinstance(value, str | None) else json.dumps(value))


def _value(node: Node) -> Value:
    if isinstance(node, Table):
        return {key: _value(item.node) for key, item in node.items.items()}
    if isinstance(node, Series):
        return [_value(item) for item in node.items]
    return node.text or ""


def _keys(feed: Feed) -> dict[str, Value]:
    """What the watchlist says of a feed beside its name and address; defaults are left out."""
    access = feed.access
    auth = {"user": access.user, "password": access.password, "token": access.token}
    ca = (
        access.ca_file
        if access.ca_file is None or is_reference(access.ca_file)
        else str(Path(access.ca_file).absolute())
    )
    said: dict[str, Value | None] = {
        "lang": feed.lang,
        "kind": feed.kind.value if feed.kind else None,
        "about": feed.about,
        "poll": None if feed.pace == Pace() else _rhythm(feed.pace),
        "tags": [*sorted(feed.tags)],
        "outlet": None if feed.outlet == feed.name else feed.outlet,
        "headers": dict(access.headers),
        "cookies": dict(access.cookies),
        "auth": {key: value for key, value in auth.items() if value is not None},
        "proxy": access.proxy,
        "ca": ca,
        "was": feed.was,
        "enabled": None if feed.enabled else "no",
        "until": feed.until.isoformat() if feed.until else None,
    }
    return {key: value for key, value in said.items() if value}


def _rhythm(pace: Pace) -> Value:
    name = next((name for name, known in RHYTHMS.items() if known == pace), None)
    return name or {"from": _duration(pace.shortest), "to": _duration(pace.longest)}


def _duration(time: timedelta) -> str:
    for unit, length in (("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if not time % length:
            return f"{time // length} {unit}"
    return f"{time.total_seconds():.6f}".rstrip("0").rstrip(".") + " s"
