"""What came instead of a feed, in words for the person who looks after the watch; and a page read as one entry."""

from __future__ import annotations

import re
from typing import Final

from wirewatch.core.model import Entry
from wirewatch.core.plaintext import clean_line, decode_references, plain_text
from wirewatch.fetch.fields import make_entry

_HEAD: Final = 20_000  # characters that are looked at: pages tell what they are at their top
_LOOK: Final = "open its address in a browser and look for the feed's own"
_PROLOGUE: Final = r"(?:\s|<\?[^>]*+>|<!--(?:(?!-->).)*+-->)*+"
_ROOT: Final = re.compile(
    r"\A"
    + _PROLOGUE
    + r"(?:<!doctype(\s+html\b)?[^>\[]*+(?:\[[^\]]*+\][^>]*+)?>"
    + _PROLOGUE
    + r")?+(?:<([A-Za-z_][\w.:-]*+))?",
    re.DOTALL | re.IGNORECASE,
)
_READ: Final = 1_000_000  # characters of a page that are read as text
# No pattern may look past the next tag, nor for an end that never comes: pages are strangers' texts of any size.
_META: Final = re.compile(r"<meta\b([^<>]*+)>", re.IGNORECASE)
_CONTENT: Final = re.compile(r"\bcontent\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title\b[^<>]*+>([^<]*+)", re.IGNORECASE)
_HTML: Final = frozenset(["html", "head", "body"])
_CHALLENGE: Final = re.compile(
    r"just a moment\.\.\.|cf-chl|challenge-platform|attention required! \| cloudflare|captcha|ddos-guard"
    r"|incapsula|_px-captcha|enable javascript and cookies|checking your browser|verify(?:ing)? (?:that )?you are human"
    r"|access denied|request unsuccessful|are you a robot",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(
    r"type\s*=\s*[\"']?password|<title>[^<]{0,80}(?:log ?in|sign ?in|anmelden|로그인|登录|вход)", re.IGNORECASE
)
# RSS-Bridge prints its own failures as entries (its option `error.output`, which is "feed" by default).
_BRIDGE: Final = re.compile(r"\s*Bridge returned error \d+")


def is_html_page(text: str) -> bool:
    """Does the document begin as an HTML page does? Some feeds, too, stand under HTML's DOCTYPE."""
    root = _ROOT.match(text[:_HEAD])
    if root is None:
        return False
    name = (root[2] or "").lower()
    return name in _HTML or (root[1] is not None and name not in ("rss", "feed", "rdf:rdf"))


def is_bridge_error(title: str) -> bool:
    """Is this entry the failure of a program that makes feeds out of pages (RSS-Bridge)?"""
    return _BRIDGE.match(title) is not None


def instead_of_a_feed(text: str) -> str:
    """One sentence for a document without any feed in it: what it is, and what to do."""
    head = text[:_HEAD]
    if _CHALLENGE.search(head):
        return "a page against robots came instead of a feed; the site does not let us in: ask it, or remove the feed"
    if _LOGIN.search(head):
        return "a page to log in came instead of a feed; give the feed's user and password, or its cookies"
    if is_html_page(text):
        return f"an HTML page came instead of a feed; {_LOOK}"
    root = _ROOT.match(head)
    if root and root[2]:
        return f"XML came that is no feed (it begins with '{root[2][:40]}'); {_LOOK}"
    return f"the answer is no feed; {_LOOK}"


def page_entry(text: str, url: str) -> Entry:
    """A web page as one entry: its headline, and the text of its `<article>`, `<main>` or `<body>`, menus and all.

    text: its HTML; url: where it was found. What the page does not say stays empty. Never raises.
    """
    page = text[:_READ]
    title = clean_line(decode_references(_headline(page)))
    return make_entry(guid="", link=url, title=title, summary="", content=plain_text(_story(page)))


def _headline(page: str) -> str:
    """What the page is called where it is shared (without the house's name), else its title."""
    for found in _META.finditer(page):
        content = _CONTENT.search(found[1]) if "og:title" in found[1] else None
        if content is not None:
            return content[1] or content[2] or ""
    title = _TITLE.search(page)
    return title[1] if title is not None else ""


def _story(page: str) -> str:
    for name in ("article", "main", "body"):
        start, end = re.search(rf"<{name}\b", page, re.IGNORECASE), page.lower().rfind(f"</{name}")
        if start is not None and start.start() < end:
            return page[start.start() : end]
    return page
