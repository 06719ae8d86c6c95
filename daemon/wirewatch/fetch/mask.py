"""Keeps resolved secrets out of everything that leaves the client: each becomes its reference again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from wirewatch.core.urls import escaped

_REFERENCE: Final = re.compile(r"\$\{[^}]*\}")
_SHORTEST_IN_BODY: Final = 8  # shorter ones are words that any text may hold; replacing them would change the news


class Mask:
    """Resolves references, remembers what they stood for, and puts them back into texts and bodies.

    resolve: gives a text with its secrets; may raise. One mask serves one request. Its repr shows nothing.
    """

    def __init__(self, resolve: Callable[[str], str]) -> None:
        self._resolve = resolve
        self._known: dict[bytes, bytes] = {}  # a secret in each of its spellings, and its reference

    def reveal(self, text: str) -> str:
        """The text with its secrets. Raises what `resolve` raises."""
        value = self._resolve(text)
        if value == text:
            return value
        for reference in _REFERENCE.findall(text) or [text]:
            for part in _parts(self._resolve(reference)):
                self.hide(part, reference)
        return value

    def hide(self, secret: str, reference: str) -> None:
        """From now on this text is shown as its reference, plain or escaped."""
        for spelling in (secret, escaped(secret), quote(secret, safe=""), quote(secret), quote_plus(secret)):
            data = spelling.encode("utf-8", "surrogateescape")
            if data:
                self._known[data] = reference.encode("utf-8", "surrogateescape")
                self._known[re.sub(rb"%[0-9A-F]{2}", lambda found: found[0].lower(), data)] = self._known[data]

    def text(self, text: str) -> str:
        """The text with references in place of secrets."""
        if not self._known:
            return text
        return self._replace(text.encode("utf-8", "surrogateescape"), 1).decode("utf-8", "surrogateescape")

    def body(self, body: bytes) -> bytes:
        """A body with references in place of secrets of 8 bytes and more (a feed may print its own address)."""
        return self._replace(body, _SHORTEST_IN_BODY) if self._known else body

    def _replace(self, data: bytes, shortest: int) -> bytes:
        # The longest first: a secret may hold another one.
        secrets = sorted((secret for secret in self._known if len(secret) >= shortest), key=len, reverse=True)
        if not secrets:
            return data
        return re.sub(b"|".join(map(re.escape, secrets)), lambda found: self._known[found[0]], data)


def _parts(secret: str) -> Iterator[str]:
    """What gives a secret away: all of it and, where it is a whole address, its telling parts too."""
    yield secret
    if "://" not in secret:
        return
    parts = urlsplit(secret)
    yield from (part for part in (parts.username, parts.password, parts.query) if part)
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= _SHORTEST_IN_BODY)
    # A path of a secret address is the key itself in many services; words such as `feed` or `rss.xml` are not.
    yield from (part for part in parts.path.split("/") if len(part) >= 2 * _SHORTEST_IN_BODY)
