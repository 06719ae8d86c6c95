"""The header lines of a request: who asks, what for, on which condition, with which credentials."""

from __future__ import annotations

import base64
import re
from typing import Final

from wirewatch.core.watchlist import Access
from wirewatch.errors import FetchError
from wirewatch.fetch.mask import Mask

# What feeds are really served as, then anything: some servers answer 406 to a list without the last.
_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, section 5.6.2
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def user_agent(version: str, contact: str | None) -> str:
    """Who asks, and whom a publisher can write to: `Wirewatch/1.0 (+desk@example.org)`."""
    return f"Wirewatch/{version} (+{contact})" if contact else f"Wirewatch/{version}"


def plain_headers(agent: str, etag: str | None, last_modified: str | None) -> dict[str, str]:
    """What every server may read, whoever it is."""
    headers = {"User-Agent": agent, "Accept": _ACCEPT}
    if etag is not None:
        headers["If-None-Match"] = etag
    if last_modified is not None:
        headers["If-Modified-Since"] = last_modified
    return headers


def secret_headers(access: Access, login: tuple[str, str] | None, mask: Mask) -> dict[str, str]:
    """What only the feed's own origin may read: everything of `access` that is sent, resolved.

    login: user and password, resolved; None for none. A token wins over it, a header written out over both.
    """
    headers: dict[str, str] = {}
    if login is not None:
        pair = base64.b64encode(":".join(login).encode()).decode()
        mask.hide(pair, "(user and password)")
        headers["Authorization"] = f"Basic {pair}"
    if access.token is not None:
        headers["Authorization"] = f"Bearer {mask.reveal(access.token)}"
    if access.cookies:
        headers["Cookie"] = "; ".join(f"{name}={mask.reveal(value)}" for name, value in access.cookies)
    for name, value in access.headers:
        _set(headers, name, mask.reveal(value))
    return headers


def header_lines(*groups: dict[str, str]) -> tuple[bytes, ...]:
    """Lines as libcurl takes them; a later group overrides an earlier one, whatever the case of the name.

    Raises FetchError where a name is no token or a value holds a line break or another control character: such a
    value would smuggle in a header of its own. The text names the header, never the value.
    """
    merged: dict[str, str] = {}
    for group in groups:
        for name, value in group.items():
            _set(merged, name, value)
    return tuple(_line(name, value) for name, value in merged.items())


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for other in [other for other in headers if other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value


def _line(name: str, value: str) -> bytes:
    if not _TOKEN.match(name):
        raise FetchError(f"header {name!r} cannot be sent: its name holds characters that are not allowed; correct it")
    value = value.strip()
    if _CONTROL.search(value):
        raise FetchError(f"header {name} cannot be sent: its value holds a line break; put it on one line")
    # libcurl reads "Name:" as "do not send this header"; an empty one is spelt "Name;".
    return f"{name}: {value}".encode("utf-8", "replace") if value else f"{name};".encode()
