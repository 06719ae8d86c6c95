"""A world on a fake clock: scripted feeds, recording destinations, and the real daemon between them.

Everything but the network, the terminal and the clock is real: parsers in child processes, SQLite on disk, the writer.
Time stands still while work is done and jumps from one due moment to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from wirewatch.app import App
from wirewatch.config.load import load_watchlist
from wirewatch.core.model import Message
from wirewatch.editions import Edition
from wirewatch.errors import DeliveryError, FetchError
from wirewatch.fetch.client import Request, Response
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.outside import Outside
from wirewatch.store.database import Database
from wirewatch.store.feeds import next_poll_due
from wirewatch.store.outbox import next_delivery_due

START = datetime(2025, 11, 25, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that somebody sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def at(self, time: str) -> datetime:
        """ "10:04" on the day of START."""
        hour, minute = time.split(":")
        return self.now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


@dataclass(slots=True)
class MadeFeed:
    """A feed that says what it is told to: entries newest first, or a body as it is, or a fault."""

    clock: Clock
    entries: list[str] = field(default_factory=list)
    fault: FetchError | None = None
    body: bytes | None = None
    asked: list[datetime] = field(default_factory=list)

    def publishes(
        self, title: str, *, guid: str = "", link: str = "", text: str = "", at: datetime | None = None
    ) -> None:
        number = len(self.entries)
        self.entries.insert(
            0,
            f"<item><title>{escape(title)}</title><guid isPermaLink='false'>{escape(guid or f'g{number}')}</guid>"
            f"<link>{escape(link or f'https://made.example/{number}')}</link>"
            f"<description>{escape(text)}</description>"
            f"<pubDate>{format_datetime(at or self.clock())}</pubDate></item>",
        )

    def document(self) -> bytes:
        if self.body is not None:
            return self.body
        items = "".join(self.entries)
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Made</title>"
            f"<link>https://made.example/</link>{items}</channel></rss>"
        ).encode()


@dataclass(slots=True)
class MadeNetwork:
    """The client's seam: what an address answers now."""

    clock: Clock
    feeds: dict[str, MadeFeed] = field(default_factory=dict)

    def feed(self, url: str) -> MadeFeed:
        return self.feeds.setdefault(url, MadeFeed(self.clock))

    async def get(self, request: Request) -> Response:
        feed = self.feed(request.url)
        feed.asked.append(self.clock())
        if feed.fault is not None:
            raise feed.fault
        headers = (("content-type", "application/xml"),)
        return Response(200, request.url, headers, feed.document(), (), timedelta(milliseconds=20))


@dataclass(slots=True)
class Outbox:
    """A sender that keeps what it was given. faults: raised instead, by destination, as long as they are set."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    faults: dict[str, DeliveryError] = field(default_factory=dict)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        if destination.key in self.faults:
            raise self.faults[destination.key]
        self.sent.append((destination.key, message))
        return "taken"

    def headlines(self, key: str | None = None) -> list[str]:
        """Headlines in the order in which they were sent."""
        return [alert.headline for to, message in self.sent if key in (None, to) for alert in message.alerts]

    def notices(self) -> list[str]:
        return [notice.text for _, message in self.sent for notice in message.notices]


@dataclass(slots=True)
class World:
    """The daemon and what surrounds it. Restart it with `running()` on the same folder."""

    folder: Path
    watchlist: str
    clock: Clock = field(default_factory=Clock)
    outbox: Outbox = field(default_factory=Outbox)
    said: list[str] = field(default_factory=list)
    network: MadeNetwork = field(init=False)
    app: App = field(init=False)
    work: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.network = MadeNetwork(self.clock)
        self.path.write_text(self.watchlist, encoding="utf-8")

    @property
    def path(self) -> Path:
        return self.folder / "watchlist.yaml"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'world.db'}"

    def feed(self, url: str) -> MadeFeed:
        return self.network.feed(url)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """The daemon on this folder's database, from its start to its orderly stop."""
        database = Database.open(self.database_url, clock=self.clock)
        outside = Outside(
            resolve=lambda text: text,
            senders={"console": self.outbox, "mail": self.outbox, "apprise": self.outbox},
            say=self.said.append,
            clock=self.clock,
            jitter=lambda: 0.0,
            client=lambda settings: self.network,
        )
        self.app = App(self.path, database, Edition(load_watchlist(self.path)), outside)
        await self.app.open()
        self.work = asyncio.create_task(self.app.poller.run())
        try:
            yield self.app
        finally:
            self.work.cancel()
            await self.app.close()
            database.close()

    async def run(self, until: str | datetime) -> None:
        """Let time pass, from one due moment to the next."""
        end = self.clock.at(until) if isinstance(until, str) else until
        while True:
            await self.settle()
            due = self._next_due()
            if due is None or due > end:
                break
            self.clock.now = max(due, self.clock.now)
        self.clock.now = end
        await self.settle()

    async def settle(self) -> None:
        """Do everything that is due now."""
        asking = asyncio.create_task(self.app.poll_all())
        await asyncio.wait((asking, self.work), return_when=asyncio.FIRST_COMPLETED)
        if self.work.done():
            asking.cancel()
            self.work.result()  # the loop died: say why, and do not wait for it
        asking.result()
        while await self.app.deliverer.step():
            await self.app.deliverer.settle()

    def _next_due(self) -> datetime | None:
        with self.app.database.read() as conn:
            moments = (next_poll_due(conn), next_delivery_due(conn, frozenset()))
        return min((moment for moment in moments if moment is not None), default=None)


Make = Callable[[str], World]


def alerts_by_entry(messages: Sequence[tuple[str, Message]]) -> dict[tuple[str, int], int]:
    """How often each destination was told of each entry."""
    told: dict[tuple[str, int], int] = {}
    for key, message in messages:
        for alert in message.alerts:
            told[(key, alert.entry_id)] = told.get((key, alert.entry_id), 0) + 1
    return told
