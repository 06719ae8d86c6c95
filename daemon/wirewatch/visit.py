"""One feed's visit: what goes out to its server, what came back, and what that answer says. No loop, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from wirewatch.core.model import FeedState, ParsedFeed, SiteLease
from wirewatch.core.polling import Answer
from wirewatch.core.watchlist import Feed
from wirewatch.errors import FeedError, ParseError
from wirewatch.fetch.client import Request, Response
from wirewatch.fetch.pool import Document
from wirewatch.placing import Saved
from wirewatch.store.feeds import SiteFence


class Get(Protocol):
    """The way to the network inward (`fetch/client.py`)."""

    async def get(self, request: Request) -> Response: ...


class Parse(Protocol):
    """The guarded parsers (`fetch/pool.py`)."""

    async def parse(self, documents: Sequence[Document]) -> list[ParsedFeed | ParseError]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """One finished poll, for those who count. saved: None where unchanged, or failed (then state.error says how)."""

    feed: Feed
    state: FeedState
    saved: Saved | None = None


@dataclass(slots=True)
class Round:
    """A claimed site and how many of its feeds are still out."""

    lease: SiteLease
    left: int

    @property
    def fence(self) -> SiteFence:
        return SiteFence(self.lease.site_id, self.lease.fence)


@dataclass(frozen=True, slots=True)
class Visit:
    """One feed on its way through the polling loop.

    full: its body was asked for without conditions; has_news: there is a body that its last poll did not show.
    """

    round: Round
    feed: Feed
    state: FeedState
    full: bool
    result: Response | FeedError
    has_news: bool

    @property
    def waiting_bytes(self) -> int:
        """How much memory this visit holds until its document was read."""
        return len(self.result.body) if self.has_news and isinstance(self.result, Response) else 0


def request_for(feed: Feed, state: FeedState, site: str, *, full: bool) -> Request:
    """What to ask a feed's server. full: without conditions."""
    return Request(
        url=feed.url,
        site=site,
        access=feed.access,
        etag=None if full else state.etag,
        last_modified=None if full else state.last_modified,
    )


def has_news(state: FeedState, result: Response | FeedError) -> bool:
    """Is there a body that this feed has not shown at its last poll?"""
    return isinstance(result, Response) and result.status != 304 and digest(result.body) != state.body_digest


def digest(body: bytes) -> bytes:
    """What a body is compared by before any parsing: servers that ignore conditions cost no more than this."""
    return blake2b(body, digest_size=16).digest()


def document_of(visit: Visit) -> Document:
    assert isinstance(visit.result, Response)
    return Document(visit.result.body, header(visit.result, "content-type"), visit.result.url)


def answer_of(visit: Visit) -> Answer:
    assert isinstance(visit.result, Response)
    body = None if visit.result.status == 304 else digest(visit.result.body)
    return Answer(header(visit.result, "etag"), header(visit.result, "last-modified"), body, visit.full)


def header(response: Response, name: str) -> str | None:
    """The first value of a header, None where the answer has none. name: in lower case."""
    return next((value for key, value in response.headers if key == name), None)
