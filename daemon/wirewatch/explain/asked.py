"""From what somebody asks about to entries: a headline, a file, a web address. Kept entries come through the control.

Documents of strangers are read by the guarded parsers alone; a web page counts as one entry, a plain text too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from wirewatch import __version__
from wirewatch.config.suggest import did_you_mean
from wirewatch.core.model import Entry
from wirewatch.core.plaintext import clean_line, clean_text
from wirewatch.core.urls import canonical_link
from wirewatch.core.watchlist import NO_FEED, Access, Feed, Limits, Settings, Topic, TopicKey
from wirewatch.errors import ControlError, FetchError, ParseError
from wirewatch.explain.answer import Asked
from wirewatch.fetch.charset import decode_body
from wirewatch.fetch.client import Client, Request
from wirewatch.fetch.pages import is_html_page, page_entry
from wirewatch.fetch.pool import Document, ParsePool
from wirewatch.fetch.sites import site_of
from wirewatch.visit import header

_NUMBER: Final = re.compile(r"(entry|alert):(\d{1,18})", re.ASCII)
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_MARKUP: Final = ("<", "{", "[")


def number_in(what: str) -> tuple[str, int] | None:
    """`entry:12` and `alert:45` as their two parts; None for anything else."""
    found = _NUMBER.fullmatch(what)
    return (found[1], int(found[2])) if found else None


def is_address(what: str) -> bool:
    """Is it a web address, alone?"""
    return _ADDRESS.fullmatch(what) is not None


def feed_named(name: str, feeds: Sequence[Feed]) -> Feed:
    """The watchlist's feed of this name or address, or the only one whose name holds it. Raises ControlError."""
    for feed in feeds:
        if name in (feed.name, feed.url):
            return feed
    holding = [feed for feed in feeds if name.casefold() in feed.name.casefold()]
    if name and len(holding) == 1:
        return holding[0]
    raise ControlError(f"--feed: no feed '{name}'; {did_you_mean(name, [feed.name for feed in feeds], 'feeds')}")


def topic_named(name: str, topics: Sequence[Topic]) -> TopicKey:
    """The key of an enabled topic. Raises ControlError with the nearest one, or that it is disabled."""
    for topic in topics:
        if topic.key == name and topic.enabled:
            return topic.key
        if topic.key == name:
            raise ControlError(f"--topic: topic '{name}' is disabled, so that nothing fits it; see `enabled:`")
    raise ControlError(f"--topic: no topic '{name}'; {did_you_mean(name, [one.key for one in topics], 'topics')}")


def text_entry(text: str) -> Entry:
    """A plain text: its first line is the headline, the rest the text. Raises ControlError where there is none."""
    first, _, rest = text.strip().partition("\n")
    if not first:
        raise ControlError("explain: there is no text; give a headline, a file or an address")
    return Entry(None, None, clean_line(first), content=clean_text(rest))


async def asked_in_file(body: bytes, name: str, url: str, limits: Limits) -> tuple[Asked, ...]:
    """The entries of a saved document: those of a feed, or the one of a page or a plain text.

    name: shown to people; url: where it was found, for relative links. Raises ParseError.
    """
    text = decode_body(body, None).text.lstrip("\ufeff \t\r\n")
    if text.startswith(_MARKUP):
        try:
            return await _asked_in(Document(body, None, url), name, limits)
        except ParseError:
            if text.startswith("<"):
                raise
    return (Asked(text_entry(text), name),)  # "[Update] Talks open" begins as JSON does


async def asked_at(
    address: str, feeds: Sequence[Feed], settings: Settings, resolve: Callable[[str], str]
) -> tuple[Asked, ...]:
    """What stands at a web address now; as from that feed where it is one of ours. Raises FeedError."""
    feed = next((feed for feed in feeds if _is_same(feed.url, address)), NO_FEED)
    client = Client(settings, resolve, version=__version__)
    try:
        response = await client.get(_request(feed, address))
    except FetchError as error:
        raise FetchError(f"{address}: {error}", status=error.status, network=error.network) from error
    finally:
        await client.close()
    document = Document(response.body, header(response, "content-type"), response.url)
    asked = await _asked_in(document, address, settings.limits)
    return tuple(Asked(one.entry, one.source, feed) for one in asked)


def _request(feed: Feed, address: str) -> Request:
    if feed is NO_FEED:
        return Request(address, site_of(address), Access())
    return Request(feed.url, site_of(feed.url), feed.access)


def _is_same(url: str, address: str) -> bool:
    return url == address or (canonical_link(url) or url) == (canonical_link(address) or address)


async def _asked_in(document: Document, name: str, limits: Limits) -> tuple[Asked, ...]:
    parser = ParsePool(limits)
    try:
        read = (await parser.parse([document]))[0]
    finally:
        parser.close()
    if not isinstance(read, ParseError):
        return tuple(Asked(entry, f"{name}, entry {number}") for number, entry in enumerate(read.entries, start=1))
    text = decode_body(document.body, document.content_type).text.lstrip("\ufeff \t\r\n")
    if not is_html_page(text):
        raise ParseError(f"{name}: {read}") from read
    return (Asked(page_entry(text, document.url), f"{name}, a web page: its title and text"),)


def read_file(path: Path, limits: Limits) -> bytes:
    """A file's bytes. Raises ControlError where it cannot be read or is larger than a feed may be."""
    try:
        with path.open("rb") as file:
            return read_whole(file, str(path), limits)
    except OSError as error:
        raise ControlError(f"{path}: cannot be read ({error.strerror}); check its name and permissions") from error


def read_whole(stream: BinaryIO, name: str, limits: Limits) -> bytes:
    """All that comes. Raises ControlError where it is more than a feed may be."""
    body = stream.read(limits.body_bytes + 1)
    if len(body) > limits.body_bytes:
        raise ControlError(f"{name}: is larger than settings.limits.body; give less")
    return body
