"""Reads only what is new in a document: entries that stood there, byte for byte, at the last look come from memory.

A document is split into the spans of its entries; known ones are cut out before it is parsed. Wherever that could
change the outcome, the whole document is parsed. A memory is lost with its process, and costs a whole parse then.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final
from xml.parsers import expat

from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.fetch.frames import entry_from_plain, plain_from_entry

MEMORY_BYTES: Final = 24 * 1024 * 1024  # of all feeds, packed; about 20 kB for one with 40 whole articles
_ITEMS: Final = frozenset(["item", "entry"])

Parse = Callable[[bytes], ParsedFeed]


@dataclass(frozen=True, slots=True)
class _Split:
    """salt: what all spans stand in (the start tags around them); spans: first byte and first byte after each."""

    salt: bytes
    spans: tuple[tuple[int, int], ...]

    def keys(self, body: bytes) -> list[str]:
        return [blake2b(body[start:end], digest_size=16, key=self.salt).hexdigest() for start, end in self.spans]


@dataclass(slots=True)
class Memory:
    """Entries of each address's last document, packed; at most `most_bytes` of them."""

    most_bytes: int = MEMORY_BYTES
    _packed: dict[str, bytes] = field(default_factory=dict)
    _size: int = 0

    def read(self, body: bytes, kind: str, url: str, parse: Parse) -> ParsedFeed:
        """As `parse(body)`, but cheaper where most of it was read before. kind: what else decides how it is read."""
        split = split_entries(body, f"{kind}\n{url}".encode())
        if split is None:
            self._forget(url)
            return parse(body)
        keys = split.keys(body)
        known = self._recall(url)
        fresh = [key not in known for key in keys]
        if all(fresh):
            feed = parse(body)
        else:
            feed = _merged(parse(_without(body, split.spans, fresh)), keys, fresh, known) or parse(body)
        self._keep(url, keys, feed)
        return feed

    def _recall(self, url: str) -> dict[str, Entry]:
        packed = self._packed.get(url)
        if packed is None:
            return {}
        return {key: entry_from_plain(*plain) for key, plain in json.loads(zlib.decompress(packed))}

    def _keep(self, url: str, keys: Sequence[str], feed: ParsedFeed) -> None:
        self._forget(url)
        if feed.warnings or not feed.complete or len(feed.entries) != len(keys) or len(set(keys)) != len(keys):
            return
        plain = [(key, plain_from_entry(entry)) for key, entry in zip(keys, feed.entries, strict=True)]
        packed = zlib.compress(json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)
        # What came first stays: feeds are read in turns, and dropping the oldest would drop each just before its turn.
        if self._size + len(packed) <= self.most_bytes:
            self._packed[url] = packed
            self._size += len(packed)

    def _forget(self, url: str) -> None:
        self._size -= len(self._packed.pop(url, b""))


def split_entries(body: bytes, kind: bytes) -> _Split | None:
    """Where the entries stand; None where the document cannot be split safely.

    Safe: UTF-8 or ASCII, well-formed to its end, no document type, no xml:base, entries side by side at one depth.
    """
    # feedparser joins every address of a document with xml:base anywhere in it: what one entry says changes the others.
    return None if b"xml:base" in body else _Splitter(body, kind).split()


class _Splitter:
    def __init__(self, body: bytes, kind: bytes) -> None:
        self._body = body
        self._kind = kind
        self._depth = 0
        self._at = 0  # depth of the entries, 0 before the first
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._around: list[str] = []
        self._unsafe = False
        self._parser = expat.ParserCreate()

    def split(self) -> _Split | None:
        parser = self._parser
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = parser.XmlDeclHandler = self._declared
        body = self._body
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError):
            return None
        if self._unsafe or not self._starts or len(self._starts) != len(self._ends):
            return None
        salt = blake2b(self._kind + "\n".join(self._around).encode(), digest_size=16).digest()
        return _Split(salt, tuple(zip(self._starts, self._ends, strict=True)))

    def _declared(self, first: object, encoding: object = None, *rest: object) -> None:
        # A document type (four values) may hold entities; an XML declaration (three) another encoding.
        if len(rest) != 1 or (encoding is not None and str(encoding).lower() not in ("utf-8", "us-ascii", "ascii")):
            raise ValueError("cannot be split safely")  # out of expat at once, before any entity is expanded

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == self._at or (not self._at and name in _ITEMS):
            if name not in _ITEMS:
                return
            self._at = self._depth
            self._starts.append(self._parser.CurrentByteIndex)
        elif not self._at:
            if self._depth <= 2:
                self._around.append(f"{self._depth}{name}{sorted(attributes.items())}")
        elif name in _ITEMS:
            self._unsafe = True

    def _end(self, name: str) -> None:
        if self._depth == self._at and name in _ITEMS:
            at = self._parser.CurrentByteIndex
            close = self._body.find(b">", at) + 1
            self._ends.append(close)
        self._depth -= 1


def _without(body: bytes, spans: Sequence[tuple[int, int]], fresh: Sequence[bool]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for (start, end), is_fresh in zip(spans, fresh, strict=True):
        if not is_fresh:
            parts.append(body[at:start])
            at = end
    return b"".join((*parts, body[at:]))


def _merged(feed: ParsedFeed, keys: Sequence[str], fresh: Sequence[bool], known: dict[str, Entry]) -> ParsedFeed | None:
    """The whole document's entries; None where what was parsed does not fit what was cut."""
    if feed.warnings or not feed.complete or len(feed.entries) != sum(fresh):
        return None
    news = iter(feed.entries)
    return replace(
        feed, entries=tuple(next(news) if is_fresh else known[key] for key, is_fresh in zip(keys, fresh, strict=True))
    )
