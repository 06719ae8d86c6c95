"""A world whose parsers read in this process: no child is started. For tests of the shell round them.

Also `once`, a database with moods, and what is stored as people see it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.flow.world import World
from wirewatch.app import App
from wirewatch.core.model import HitState, ParsedFeed
from wirewatch.core.watchlist import Settings
from wirewatch.editions import first_edition
from wirewatch.errors import ParseError, StoreBusy, StoreError
from wirewatch.fetch.parse import parse_document
from wirewatch.fetch.pool import Document
from wirewatch.notify.sender import Sender
from wirewatch.outside import Outside
from wirewatch.store.database import Connection, Database
from wirewatch.store.listing import ListedAlert, ListedFeed, alerts, feed_rows, hits
from wirewatch.visit import Get

DEADLINE = 10.0  # seconds that a test waits for something that should come at once

T = TypeVar("T")


async def soon(what: Awaitable[T]) -> T:
    """Wait for something that should come at once."""
    return await asyncio.wait_for(what, DEADLINE)


class ParseHere:
    """The parsers' seam, in this process."""

    async def parse(self, documents: Sequence[Document]) -> list[ParsedFeed | ParseError]:
        return [self.read(document) for document in documents]

    def read(self, document: Document) -> ParsedFeed | ParseError:
        try:
            return parse_document(
                document.body, content_type=document.content_type, url=document.url, max_entries=10_000
            )
        except ParseError as error:
            return error


class MoodyDatabase(Database):
    """A real database that refuses as often as it is told to. refused: set at the first refusal."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reading_faults: list[StoreBusy | StoreError] = []
        self.writing_faults: list[StoreBusy | StoreError] = []
        self.refused = threading.Event()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.reading_faults:
            self.refused.set()
            raise self.reading_faults.pop()
        with super().read() as conn:
            yield conn

    @contextmanager
    def write(self, *, placing: bool = False) -> Iterator[Connection]:
        if self.writing_faults:
            self.refused.set()
            raise self.writing_faults.pop()
        with super().write(placing=placing) as conn:
            yield conn


@dataclass(slots=True)
class QuickWorld(World):
    """client, resolve, senders: other ones than the world's own; said_more: set whenever something is said."""

    client: Callable[[Settings], Get] | None = None
    resolve: Callable[[str], str] = lambda text: text
    senders: Mapping[str, Sender] | None = None
    database: MoodyDatabase = field(init=False)
    said_more: asyncio.Event = field(default_factory=asyncio.Event)

    def build(self) -> App:
        """A daemon on this folder's database, not yet started."""
        self.database = MoodyDatabase.open(self.database_url, clock=self.clock)
        outside = Outside(
            resolve=lambda text: self.resolve(text),
            senders=self.senders or dict.fromkeys(("console", "mail", "apprise"), self.outbox),
            say=self.say,
            clock=self.clock,
            jitter=lambda: 0.0,
            client=self.client or (lambda settings: self.network),
        )
        with self.database.read() as conn:
            edition = first_edition(self.path, conn)
        self.app = App(self.path, self.database, edition, outside)
        self.app.poller.parser = ParseHere()
        return self.app

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        app = self.build()
        await app.open()
        self.work = asyncio.create_task(app.poller.run())
        try:
            yield app
        finally:
            self.work.cancel()
            await asyncio.gather(self.work, return_exceptions=True)
            await app.close()
            self.database.close()

    async def once(self) -> None:
        """What `wirewatch once` does, from its start to its end."""
        app = self.build()
        try:
            await app.once()
        finally:
            self.database.close()

    async def save(self, watchlist: str) -> None:
        """Write the watchlist and make it live."""
        self.path.write_text(watchlist, encoding="utf-8")
        assert await self.app.editions.reload() is None

    def say(self, line: str) -> None:
        self.said.append(line)
        self.said_more.set()

    async def says(self, part: str, times: int = 1) -> None:
        """Wait until so many lines with this part were said."""

        async def wait() -> None:
            while sum(part in line for line in self.said) < times:
                self.said_more.clear()
                await self.said_more.wait()

        await soon(wait())

    def feeds(self) -> dict[str, ListedFeed]:
        """What `wirewatch feeds` shows, by name."""
        with self.database.read() as conn:
            return {row.name: row for row in feed_rows(conn)}

    def hits(self) -> dict[tuple[str, str], HitState]:
        """What became of each hit, by topic and headline."""
        with self.database.read() as conn:
            return {(hit.topic, hit.title): hit.state for hit in hits(conn)}

    def alerts(self) -> tuple[ListedAlert, ...]:
        """What `wirewatch alerts` shows, newest first."""
        with self.database.read() as conn:
            return alerts(conn)
