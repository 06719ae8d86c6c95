"""The feeds behind a web page: the addresses that it names, and a few where feeds often are. Asks nobody.

A page is a stranger's text: what it names may not hold a reference to one of our secrets, nor leave the web.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from wirewatch.core.plaintext import decode_references
from wirewatch.core.urls import origin, request_url

LOOKED_AT: Final = 500_000  # characters of a page: feeds are named in its head
WELL_KNOWN: Final = ("/feed", "/rss.xml", "/atom.xml")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG: Final = re.compile(r"<(link|a|base)\b([^<>]*+)>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"(?<![a-zA-Z-])([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_TYPES: Final = frozenset(
    ["application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/xml"]
)
_ASIDE: Final = re.compile(r"comment|reply|replies", re.IGNORECASE)


def feeds_named(page: str, url: str) -> tuple[str, ...]:
    """The addresses that a page calls its feeds (`<link rel=alternate type=…>`, links with a feed's type), in order.

    page: its HTML; url: where it was found. Absolute, in wire form, each once; feeds of comments come last.
    Source: the RSS Advisory Board's autodiscovery, RFC 8288, jsonfeed.org 1.1.
    """
    base, named = url, dict[str, bool]()
    for tag, attributes in _tags(_COMMENT.sub("", page[:LOOKED_AT])):
        href = attributes.get("href", "").strip()
        if tag == "base":
            base = urljoin(url, href) if _is_clean(href) else base
        elif _is_feed(tag, attributes) and (address := _absolute(base, href)) is not None:
            named.setdefault(address, bool(_ASIDE.search(attributes.get("title", "") + href)))
    return tuple(sorted(named, key=lambda address: named[address]))


def feeds_guessed(url: str) -> tuple[str, ...]:
    """Where feeds often are on a page's own host; few, since each of them is a request to a stranger."""
    start = origin(url)
    return () if start is None or "${" in start else tuple(start + path for path in WELL_KNOWN)


def _tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    for found in _TAG.finditer(page):
        pairs = (
            (match[1].lower(), decode_references(match[2] or match[3] or match[4] or ""))
            for match in _ATTRIBUTE.finditer(found[2])
        )
        yield found[1].lower(), dict(pairs)


def _is_feed(tag: str, attributes: dict[str, str]) -> bool:
    mime = attributes.get("type", "").partition(";")[0].strip().lower()
    is_alternate = tag == "a" or "alternate" in attributes.get("rel", "").lower().split()
    return mime in _TYPES and is_alternate


def _absolute(base: str, href: str) -> str | None:
    if not href or not _is_clean(href):
        return None
    try:
        joined = urljoin(base, href)
    except ValueError:
        return None
    # The page's own address may hold a reference in its query, which urljoin keeps for "" and "#x" alone.
    return request_url(joined) if _is_clean(joined) else None


def _is_clean(address: str) -> bool:
    """Does it hold nothing that would be read as a reference to a secret of ours?"""
    return "${" not in address
