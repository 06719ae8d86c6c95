"""Feeds that say what a script tells them to: publish, edit, answer 304 for ever, 500 or garbage, go down."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from xml.sax.saxutils import escape

from tests.world.journal import Journal
from tests.world.loopback import HOST, Asked, Loopback, Reply, Web
from tests.world.moments import Moment, Seen

XML = (("content-type", "application/atom+xml; charset=utf-8"),)


class Manner(Enum):
    """How a feed answers."""

    WELL = "its document, or 304 where it is unchanged"
    STUCK = "304 for ever"
    FAULT = "500"
    GARBAGE = "bytes that are no feed"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a scripted feed."""

    name: str
    title: str
    text: str = ""
    published: datetime = field(default_factory=lambda: datetime.now(UTC))

    def atom(self) -> str:
        at = self.published.isoformat(timespec="seconds")
        return (
            f"<entry><id>urn:made:{escape(self.name)}</id><title>{escape(self.title)}</title>"
            f'<link href="https://made.example/{escape(self.name)}"/><published>{at}</published><updated>{at}</updated>'
            f"<summary>{escape(self.text)}</summary></entry>"
        )


class ScriptedFeed:
    """Safe to change from any thread. window: it shows so many of its newest entries, newest first."""

    def __init__(self, path: str, window: int = 150) -> None:
        self.path = path
        self.manner = Manner.WELL
        self._window = window
        self._items: list[Item] = []
        self._body: bytes | None = None
        self._revision = 0
        self._lock = threading.Lock()

    def publish(self, item: Item) -> None:
        with self._lock:
            self._items.insert(0, item)
            self._revision += 1

    def edit(self, name: str, title: str) -> None:
        """Give an entry another headline; its id, link and date stay."""
        with self._lock:
            self._items = [replace(item, title=title) if item.name == name else item for item in self._items]
            self._revision += 1

    def show(self, body: bytes) -> None:
        """From now on this document as it is, whatever was published."""
        with self._lock:
            self._body = body
            self._revision += 1

    def document(self) -> tuple[str, bytes]:
        """Its ETag and its body."""
        with self._lock:
            return f'"{self._revision}"', self._body if self._body is not None else self._atom()

    def _atom(self) -> bytes:
        entries = "".join(item.atom() for item in self._items[: self._window])
        return (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>urn:made:feed{self.path}</id><title>Made feed {self.path}</title>"
            f'<link href="https://made.example/"/><updated>2026-01-01T00:00:00Z</updated>{entries}</feed>'
        ).encode()


class FeedServer:
    """`FeedServer(loopback, moments).feed("/a")`; its address is `url("/a")`. moments: told of all that is served."""

    def __init__(self, loopback: Loopback, moments: Journal[Moment]) -> None:
        self.moments = moments
        self._feeds: dict[str, ScriptedFeed] = {}
        self._served: dict[str, str] = {}
        self._loopback = loopback
        self._web = Web(self._answer)
        self.come_up()

    def feed(self, path: str) -> ScriptedFeed:
        return self._feeds.setdefault(path, ScriptedFeed(path))

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self._web.listener.port}{path}"

    def go_down(self) -> None:
        self._loopback.call(self._web.listener.down())

    def come_up(self) -> None:
        self._loopback.call(self._web.listener.up())

    def settle(self) -> None:
        """Wait until a dead daemon's connections are gone."""
        self._loopback.call(self._web.listener.settle())

    def wait_for_polls(self, path: str, count: int, *, within: float = 60) -> None:
        """Return when the feed has been asked so many more times from now on."""
        before = len(self.moments)
        self.moments.wait_until(
            lambda seen: sum(one.place == path for one in seen[before:]) >= count,
            within=within,
            what=f"{count} polls of {path}",
        )

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader) -> Reply:
        feed = self._feeds.get(asked.path)
        if feed is None:
            return Reply(404)
        tag, body = feed.document()
        reply = _reply(feed.manner, asked.headers.get("if-none-match"), tag, body)
        is_news = reply.status == 200 and self._served.get(asked.path) != tag
        if reply.status == 200:
            self._served[asked.path] = tag
        self.moments.add(Moment(Seen.NEWS if is_news else Seen.SAME, asked.path))
        return reply


def _reply(manner: Manner, known: str | None, tag: str, body: bytes) -> Reply:
    if manner is Manner.FAULT:
        return Reply(500, b"<html>Internal error</html>", (("content-type", "text/html"),))
    if manner is Manner.GARBAGE:
        return Reply(200, b"\x00\xff\xfe neither XML nor JSON \x80" * 20, XML)
    if manner is Manner.STUCK or known == tag:
        return Reply(304, b"", (("etag", tag),))
    return Reply(200, body, (*XML, ("etag", tag)))
