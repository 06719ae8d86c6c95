"""What came instead of a feed, in words for the person who looks after the watch."""

from __future__ import annotations

import re
from typing import Final

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
