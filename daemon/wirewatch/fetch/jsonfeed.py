"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read with patience: a value of the wrong type costs that value alone.

Takes text, gives core values; bytes and character sets are `charset`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.plaintext import clean_line, clean_text, plain_text
from wirewatch.errors import ParseError
from wirewatch.fetch.dates import read_date
from wirewatch.fetch.fields import MAX_NAME, absolute_link, make_entry, make_lang

_VERSION: Final = re.compile(r"jsonfeed\.org/version/(1(?:\.\d)?)", re.IGNORECASE)
# The items of a document that stops: read one by one with the decoder until it finds no further whole one.
_ITEMS: Final = re.compile(r'"items"\s*:\s*\[')
_COMMA: Final = re.compile(r"[\s,]*")

Object = Mapping[str, object]


def read_json_feed(text: str, url: str) -> ParsedFeed:
    """Read a JSON Feed. Raises ParseError where the text is no JSON, or JSON that is no feed.

    Of a document that stops, the whole items before its end are given. Numbers as ids are taken as text.
    """
    try:
        data, complete = _Decoder.decode(text), True
    except RecursionError as error:
        raise ParseError("JSON came that is nested too deep for a feed; tell its publisher") from error
    except ValueError as error:
        data, complete = _rescued(text, error), False
    if not isinstance(data, dict):
        raise ParseError(_NO_FEED)
    return _feed(data, url, complete)


_NO_FEED: Final = "JSON came that is no feed; open its address in a browser and look for the feed's own"


class _Strict(json.JSONDecoder):
    """Control characters inside strings pass, numbers too large for Python's own reader become text."""

    def __init__(self) -> None:
        super().__init__(strict=False, parse_int=lambda digits: int(digits) if len(digits) < 20 else digits)


_Decoder: Final = _Strict()


def _rescued(text: str, error: ValueError) -> dict[str, object]:
    """What can be read of a document that stops in the middle."""
    start = _ITEMS.search(text)
    if start is None or "jsonfeed.org" not in text[: start.start()]:
        raise ParseError(_NO_FEED) from error
    items: list[object] = []
    position = start.end()
    while True:
        gap = _COMMA.match(text, position)
        try:
            item, position = _Decoder.raw_decode(text, gap.end() if gap else position)
        except (ValueError, RecursionError):
            break  # the end, or the item in which the document stops
        items.append(item)
    try:
        head = _Decoder.decode(text[: start.end()] + "]}")
    except (ValueError, RecursionError):
        head = {}
    version = _VERSION.search(text[: start.start()])
    return {"version": version[0] if version else "", **(head if isinstance(head, dict) else {}), "items": items}


def _feed(data: Object, url: str, complete: bool) -> ParsedFeed:
    version = _VERSION.search(_text(data, "version"))
    items = data.get("items")
    if version is None and not _looks_like_feed(data):
        raise ParseError(_NO_FEED)
    warnings = [] if version else ["it does not say which version of JSON Feed it is"]
    if not isinstance(items, list):
        warnings.append("its 'items' are no list: no entries are read")
        items = []
    objects = [item for item in items if isinstance(item, dict)]
    if len(objects) < len(items):
        warnings.append(f"{len(items) - len(objects)} of its items are no objects: left out")
    odd = sum(1 for item in objects if _has_wrong_types(item))
    if odd:
        warnings.append(f"{odd} of its items hold values of a wrong type: read without them")
    return ParsedFeed(
        format="json11" if version and version[1] == "1.1" else "json1",
        entries=tuple(_entry(item, data, url) for item in objects),
        title=clean_line(_text(data, "title"))[:MAX_NAME],
        link=absolute_link(_text(data, "home_page_url"), url),
        lang=make_lang(_text(data, "language")),
        complete=complete,
        warnings=tuple(warnings),
    )


def _looks_like_feed(data: Object) -> bool:
    """Without its version it is still one if it speaks JSON Feed's words and no other's."""
    items = data.get("items")
    if not isinstance(items, list):
        return False
    contents = {"content_html", "content_text"}
    return bool({"feed_url", "home_page_url"} & data.keys()) or any(
        isinstance(item, dict) and contents & item.keys() for item in items
    )


def _entry(item: Object, feed: Object, url: str) -> Entry:
    html, text = _text(item, "content_html"), _text(item, "content_text")
    content = plain_text(html) if html else clean_text(text)
    summary = clean_text(_text(item, "summary"))
    guid = _text(item, "id")
    link = absolute_link(_text(item, "url"), url) or absolute_link(_text(item, "external_url"), url)
    if link is None and guid.startswith(("http://", "https://")):  # "ideally, the id is the full URL" (jsonfeed.org)
        link = absolute_link(guid, url)
    tags = item.get("tags")
    return make_entry(
        guid=guid,
        link=link,
        title=_text(item, "title"),
        summary=summary or content,
        content=content,
        author=_authors(item) or _authors(feed),
        tags=[tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else (),
        published=read_date(_text(item, "date_published")),
        updated=read_date(_text(item, "date_modified")),
        lang=make_lang(_text(item, "language")),
    )


def _text(data: Object, key: str) -> str:
    """A text, or a number as text; "" for anything else."""
    value = data.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _authors(data: Object) -> str:
    authors = data.get("authors")
    people = authors if isinstance(authors, list) else [data.get("author")]  # `author` is the form of version 1.0
    names = (_text(person, "name") for person in people if isinstance(person, dict))
    return ", ".join(dict.fromkeys(name for name in names if name))


_TEXTS: Final = (
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "language",
)


def _has_wrong_types(item: Object) -> bool:
    return any(not isinstance(item.get(key), str | None) for key in _TEXTS) or not isinstance(
        item.get("tags"), list | None
    )
