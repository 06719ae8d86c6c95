"""One request on its way over its redirects: where it is, what it may carry there, whether it may go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from wirewatch.core.urls import origin, request_url
from wirewatch.errors import FetchError
from wirewatch.fetch.faults import status_error
from wirewatch.fetch.headers import header_lines
from wirewatch.fetch.mask import Mask
from wirewatch.fetch.wire import Answer

MAX_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


@dataclass(slots=True)
class Journey:
    """Where a request stands. Resolved secrets are in here; none is in its repr.

    url: the next address to ask, in wire form. plain: headers for anybody; secrets: headers for the first origin alone.
    moved: redirects followed, status and masked target. spent: seconds of the total deadline.
    """

    mask: Mask
    url: str = field(repr=False)
    plain: dict[str, str]
    secrets: dict[str, str] = field(repr=False)
    proxy: str = field(repr=False)
    ca_file: str
    moved: list[tuple[int, str]] = field(default_factory=list)
    spent: float = 0.0
    _visited: list[str] = field(default_factory=list, repr=False)

    def at_home(self) -> bool:
        """Is the next hop the origin that the secrets are for (scheme, host and port)?"""
        return not self._visited or origin(self.url) == origin(self._visited[0])

    def lines(self) -> tuple[bytes, ...]:
        """The header lines of the next hop. Raises FetchError."""
        return header_lines(self.plain, self.secrets if self.at_home() else {})

    def turn(self, answer: Answer) -> None:
        """Follow a redirect. Raises FetchError where it may not be followed."""
        locations = [value for name, value in answer.headers if name == "location"]
        if not locations:
            raise self.error(status_error(answer.status, None))
        target = _join(self.url, locations[0])
        shown = self.mask.text(target or locations[0])
        if target is None:
            raise self.error(FetchError(f"redirects to {shown!r}, which is no web address; tell the publisher"))
        if len(self.moved) == MAX_REDIRECTS:
            raise self.error(
                FetchError(f"more than {MAX_REDIRECTS} redirects; put the last address into the watchlist")
            )
        if self.url.startswith("https:") and target.startswith("http:"):
            raise self.error(FetchError(f"redirects from https to the open {shown}; not followed; ask the publisher"))
        self._visited.append(self.url)
        if target in self._visited:
            raise self.error(FetchError(f"redirects in a circle, back to {shown}; open it in a browser"))
        self.moved.append((answer.status, shown))
        self.url = target

    def error(self, error: FetchError) -> FetchError:
        """The error with the place where it happened, if that is not the address in the watchlist."""
        if not self.moved:
            return error
        hint = ""
        if error.status in (401, 403) and self.secrets and not self.at_home():
            first = origin(self._visited[0])
            hint = f" (the credentials stay with {first}; put the new address into the watchlist if you trust it)"
        text = f"redirected to {self.moved[-1][1]}: {error}{hint}"
        return FetchError(text, status=error.status, retry_after=error.retry_after, network=error.network)


def _join(base: str, location: str) -> str | None:
    try:
        return request_url(urljoin(base, location))
    except ValueError:
        return None
