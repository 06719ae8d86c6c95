"""The fields of an entry as we keep them: plain, bounded, in one shape for every kind of feed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Final
from urllib.parse import urljoin, urlsplit

from wirewatch.core.model import Entry
from wirewatch.core.plaintext import clean_line

# Far beyond what newsrooms print (measured in 6,000 captures: 300, 6,000 and 60,000), so that only junk is cut.
MAX_TITLE: Final = 2_000
MAX_SUMMARY: Final = 20_000
MAX_CONTENT: Final = 200_000
MAX_NAME: Final = 500
MAX_TAGS: Final = 100
MAX_GUID: Final = 1_000
MAX_LINK: Final = 4_000

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_NO_PAGES: Final = frozenset(["", "javascript", "data", "vbscript", "about", "blob"])
_BREAKS: Final = re.compile(r"[\t\r\n]")  # taken out of addresses, as browsers do (WHATWG URL, section 4.4)


def make_entry(
    *,
    guid: str,
    link: str | None,
    title: str,
    summary: str,
    content: str,
    author: str = "",
    tags: Iterable[str] = (),
    published: datetime | None = None,
    updated: datetime | None = None,
    lang: str | None = None,
) -> Entry:
    """An entry within its bounds. summary, content: plain text; the rest as printed. guid: "" where none was given."""
    if not content and len(summary) > MAX_SUMMARY:
        content = summary  # a whole article where others print a summary: its end is matched, too
    summary, content = summary[:MAX_SUMMARY].rstrip(), content[:MAX_CONTENT].rstrip()
    names = dict.fromkeys(name for tag in tags if (name := clean_line(tag)[:MAX_NAME]))
    return Entry(
        guid=make_guid(guid),
        link=link,
        title=clean_line(title)[:MAX_TITLE],
        summary=summary,
        content="" if content == summary else content,
        author=clean_line(author)[:MAX_NAME],
        tags=tuple(names)[:MAX_TAGS],
        published=published,
        updated=updated,
        lang=lang,
    )


def make_guid(printed: str) -> str | None:
    """A guid on one line; None where there is none. What is longer than any real one keeps its digest at the end."""
    guid = clean_line(printed)
    if len(guid) > MAX_GUID:
        return guid[: MAX_GUID - 33] + "~" + blake2b(guid.encode(), digest_size=16).hexdigest()
    return guid or None


def absolute_link(printed: str, base: str) -> str | None:
    """The absolute form of a link as printed; None where it is empty, broken, absurdly long or no address of a page."""
    link = clean_line(_BREAKS.sub("", printed.strip()))
    if not link or len(link) > MAX_LINK:
        return None
    if link.startswith(("http://", "https://")) and link.isascii() and "[" not in link:
        return link  # nearly all: nothing to join, and nothing that could be broken
    try:
        absolute = urljoin(base, link)
        scheme = urlsplit(absolute).scheme
    except ValueError:  # "http://[" and the like
        return None
    return None if scheme in _NO_PAGES else absolute


def make_lang(printed: str) -> str | None:
    """A language tag in lower case with hyphens (BCP 47: case says nothing); None where it is none."""
    tag = printed.strip()
    return tag.replace("_", "-").lower() if _LANGUAGE.fullmatch(tag) else None
