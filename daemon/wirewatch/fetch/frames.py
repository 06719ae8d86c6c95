"""What crosses the pipe between the daemon and a parser child: documents one way, plain JSON the other.

JSON and not a pickle: a child that a hostile document took over can give wrong entries, but no code to run.
feedparser is not imported here, so that the daemon does not load it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from wirewatch.core.model import Entry, ParsedFeed

_LENGTHS: Final = struct.Struct(">iII")  # of content type (-1: none), address and body, in bytes
_LENGTH: Final = struct.Struct(">I")

Read = Callable[[int], bytes]


class Answer(NamedTuple):
    """What a child says to one document. kind: "feed", "error" (a ParseError's text) or "bug" (a traceback).

    last: the child ends after this answer and must be replaced.
    """

    kind: str
    value: Any
    last: bool


def pack_document(body: bytes, content_type: str | None, url: str) -> bytes:
    """A document as one frame."""
    mime = b"" if content_type is None else content_type.encode("utf-8", "replace")
    address = url.encode("utf-8", "replace")
    lengths = _LENGTHS.pack(-1 if content_type is None else len(mime), len(address), len(body))
    return b"".join((lengths, mime, address, body))


def read_document(read: Read) -> tuple[bytes, str | None, str] | None:
    """The next document (body, content type, address); None at the end. read: gives exactly so many bytes, or fewer."""
    head = read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    mime_length, url_length, body_length = _LENGTHS.unpack(head)
    content_type = None if mime_length < 0 else read(mime_length).decode()
    url = read(url_length).decode()
    return read(body_length), content_type, url


def pack_answer(answer: Answer) -> bytes:
    """An answer as one frame."""
    data = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return _LENGTH.pack(len(data)) + data


def read_answer(read: Read) -> Answer | None:
    """The next answer; None where the child ended before it was whole."""
    head = read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = read(length)
    return Answer(*json.loads(data)) if len(data) == length else None


def plain_from_feed(feed: ParsedFeed) -> tuple[object, ...]:
    """A feed as nested tuples of texts and numbers; times as whole seconds since 1970."""
    entries = [plain_from_entry(entry) for entry in feed.entries]
    return feed.format, entries, feed.title, feed.link, feed.lang, feed.complete, feed.warnings


def feed_from_plain(plain: Any) -> ParsedFeed:
    """The feed again: equal to the one that was packed."""
    kind, entries, title, link, lang, complete, warnings = plain
    return ParsedFeed(
        format=kind,
        entries=tuple(entry_from_plain(*entry) for entry in entries),
        title=title,
        link=link,
        lang=lang,
        complete=complete,
        warnings=tuple(warnings),
    )


def plain_from_entry(entry: Entry) -> tuple[object, ...]:
    """An entry as texts and numbers."""
    texts = (entry.guid, entry.link, entry.title, entry.summary, entry.content, entry.author)
    return *texts, entry.tags, _seconds(entry.published), _seconds(entry.updated), entry.lang


def entry_from_plain(*plain: Any) -> Entry:
    """The entry that `plain_from_entry` took apart."""
    guid, link, title, summary, content, author, tags, published, updated, lang = plain
    return Entry(guid, link, title, summary, content, author, tuple(tags), _moment(published), _moment(updated), lang)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
