"""What happens, as it happens: hits and deliveries for whoever follows the watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from wirewatch.core.model import Delivery, DeliveryState, Message
from wirewatch.store.database import Database
from wirewatch.store.listing import ListedHit, hits_after, last_hit

MOST_WAITING = 1000  # events of one follower; what comes beyond is counted, not kept


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the stream: a hit, or what became of an attempt to deliver; missed: events dropped before it."""

    at: datetime
    hit: ListedHit | None = None
    destination: str | None = None
    message: str | None = None
    state: DeliveryState | None = None
    text: str = ""
    headlines: tuple[str, ...] = ()
    missed: int = 0


@dataclass(slots=True)
class _Follower:
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    missed: int = 0

    def put(self, event: Event) -> None:
        if self.queue.full():
            self.missed += 1
        else:
            self.queue.put_nowait(event)


@dataclass(slots=True)
class Follow:
    """Hands events to every follower. All methods are called in the loop's thread."""

    database: Database
    clock: Callable[[], datetime]
    _followers: list[_Follower] = field(default_factory=list)
    _last: int = 0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_followed(self) -> bool:
        return bool(self._followers)

    async def committed(self) -> None:
        """Something was stored: tell its new hits."""
        if not self._followers:
            return
        async with self._looking:
            for hit in await asyncio.to_thread(self._hits_since, self._last):
                self._last = max(self._last, hit.id)
                self._tell(Event(hit.at, hit=hit))

    def delivered(self, message: Message, delivery: Delivery) -> None:
        """An attempt has its outcome."""
        headlines = (*(one.headline for one in message.alerts), *(one.text for one in message.notices))
        event = Event(
            at=delivery.at,
            destination=message.destination,
            message=message.id,
            state=delivery.state,
            text=delivery.text,
            headlines=headlines,
        )
        self._tell(event)

    async def events(self) -> AsyncIterator[Event]:
        """From now on, until the caller goes."""
        if not self._followers:
            self._last = await asyncio.to_thread(self._newest)
        follower = _Follower()
        self._followers.append(follower)
        try:
            while True:
                event = await follower.queue.get()
                missed, follower.missed = follower.missed, 0
                yield _with_missed(event, missed)
        finally:
            self._followers.remove(follower)

    def _tell(self, event: Event) -> None:
        for follower in self._followers:
            follower.put(event)

    def _hits_since(self, last: int) -> tuple[ListedHit, ...]:
        with self.database.read() as conn:
            return hits_after(conn, last, MOST_WAITING)

    def _newest(self) -> int:
        with self.database.read() as conn:
            return last_hit(conn)


def _with_missed(event: Event, missed: int) -> Event:
    return replace(event, missed=missed) if missed else event
