"""The delivery loop: claim what is due, send it, record the outcome. One lane per destination; it never fetches.

A claim is committed before the send, so that a crash repeats a message under the same id and never loses one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wirewatch.core.effects import NoticeDraft
from wirewatch.core.model import Delivery, DeliveryState, DestinationKey, Message
from wirewatch.core.retry import plan_retry
from wirewatch.errors import DeliveryError, StoreBusy
from wirewatch.live import Live
from wirewatch.notify.sender import DeskCard, Destination, Sender
from wirewatch.placing import tell_operator
from wirewatch.store.database import Connection, Database
from wirewatch.store.outbox import claim_messages, next_delivery_due, record_delivery
from wirewatch.store.silences import apply_silences
from wirewatch.store.writer import Writer

LANES = 32  # destinations written to at the same time
LONGEST_WAIT = timedelta(seconds=30)  # a look at the outbox even if nobody woke us
EMPTY_PAUSE = timedelta(seconds=1)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Deliverer:
    """Built once by `app.py`. senders: by kind of destination; jitter: gives random values from 0 to 1."""

    database: Database
    writer: Writer
    live: Callable[[], Live]
    senders: Mapping[str, Sender]
    threads: Executor
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    on_delivery: Callable[[Message, Delivery], None] = lambda message, delivery: None
    _lanes: dict[DestinationKey, asyncio.Task[None]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something was committed: look at the outbox now. From the loop's own thread only."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._woken.clear()
            try:
                if not await self.step():
                    await self._wait()
            except StoreBusy as busy:  # looking at the outbox: what waits there goes on waiting
                log.warning("action=store_busy text=%s; nothing is lost, the outbox is looked at again", busy)
                await asyncio.sleep(EMPTY_PAUSE.total_seconds())

    async def step(self) -> int:
        """Claim what is due and start sending it; returns how many messages."""
        now = self.clock()
        busy = frozenset(self._lanes)
        due = await asyncio.to_thread(self._next_due, busy)
        room = LANES - len(busy)
        if due is None or due > now or room <= 0:
            return 0
        titles = {key: topic.title for key, topic in self.live().desk.topics.items()}

        def claim(conn: Connection) -> tuple[Message, ...]:
            apply_silences(conn, now)
            return claim_messages(conn, now, busy, room, titles=titles)

        claimed = self.writer.submit(claim)
        messages = await asyncio.wrap_future(claimed)
        for message in messages:
            lane = asyncio.create_task(self._deliver(message))
            self._lanes[message.destination] = lane
            lane.add_done_callback(lambda _, key=message.destination: self._leave(key))  # type: ignore[misc]
        return len(messages)

    @property
    def is_sending(self) -> bool:
        """Is a message under way?"""
        return bool(self._lanes)

    async def settle(self) -> None:
        """Wait until every lane has recorded its outcome."""
        while self._lanes:
            await asyncio.gather(*self._lanes.values())

    async def close(self, patience: timedelta) -> None:
        """Give running sends this long; what has not answered by then is repeated after the restart, same id."""
        if self._lanes:
            await asyncio.wait(self._lanes.values(), timeout=patience.total_seconds())

    async def _wait(self) -> None:
        due = await asyncio.to_thread(self._next_due, frozenset(self._lanes))
        wait = LONGEST_WAIT if due is None else min(max(due - self.clock(), EMPTY_PAUSE / 100), LONGEST_WAIT)
        with contextlib.suppress(TimeoutError):  # the time has come without anybody waking us
            # Not wait_for: on Python 3.11 it swallows a cancellation that meets the wake-up, and a stop would hang.
            async with asyncio.timeout(wait.total_seconds()):
                await self._woken.wait()

    def _next_due(self, busy: frozenset[DestinationKey]) -> datetime | None:
        with self.database.read() as conn:
            return next_delivery_due(conn, busy)

    async def _deliver(self, message: Message) -> None:
        try:
            delivery = await self._attempt(message)
        except Exception as bug:  # a fault of ours in one message must not stop its lane: it is tried again
            log.exception("action=send_bug message=%s receiver=%s", message.id, message.receiver)
            fault = DeliveryError(f"{message.destination}: internal fault {type(bug).__name__}; please report it")
            delivery = plan_retry(message, fault, self.clock(), self.jitter())
        await asyncio.wrap_future(self.writer.submit(lambda conn: self._record(conn, message, delivery)))
        self._say(message, delivery)
        self.on_delivery(message, delivery)

    async def _attempt(self, message: Message) -> Delivery:
        live = self.live()
        destination = live.destinations.get(message.destination)
        if destination is None:
            return self._without_destination(message, live)
        sender = self.senders[destination.kind]
        try:
            answer = await self._send(sender, message, destination, DeskCard.of(live.watchlist.settings))
        except DeliveryError as error:
            return plan_retry(message, error, self.clock(), self.jitter())
        return Delivery(message.id, DeliveryState.DELIVERED, self.clock(), None, answer)

    def _without_destination(self, message: Message, live: Live) -> Delivery:
        """Its receiver lost this address, or its secret cannot be read now: then it waits."""
        unread = any(
            one.receiver == message.receiver and one.kind == "apprise" and one.index is None
            for one in live.destinations.values()
        )
        if unread:
            text = f"{message.destination}: the secret of its receiver cannot be read now; see the log of the last load"
            return plan_retry(message, DeliveryError(text), self.clock(), self.jitter())
        text = f"{message.destination}: its receiver no longer has this destination"
        return Delivery(message.id, DeliveryState.DROPPED, self.clock(), None, text)

    async def _send(self, sender: Sender, message: Message, destination: Destination, desk: DeskCard) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, sender.send, message, destination, desk)

    def _record(self, conn: Connection, message: Message, delivery: Delivery) -> None:
        record_delivery(conn, delivery)
        if delivery.state is not DeliveryState.GIVEN_UP or message.notices:
            return  # a notice about a lost notice would chase its own tail; the log has it
        heads = "; ".join(alert.headline for alert in message.alerts[:3])
        text = (
            f"A message to {message.destination} was given up: {delivery.text}. It told of: {heads}. "
            f"See: wirewatch alerts --state 'given up'. Send it again: wirewatch retry {message.id}"
        )
        tell_operator(conn, NoticeDraft("given-up", message.id, text, delivery.at), self.live(), delivery.at)

    def _say(self, message: Message, delivery: Delivery) -> None:
        # A fault is said when it begins and when it is final; the tries between are for those who want all.
        news = message.attempt == 1 or delivery.due_at is None
        level = logging.WARNING if news and delivery.state is not DeliveryState.DELIVERED else logging.INFO
        log.log(
            level,
            "action=delivery state=%s message=%s destination=%s attempt=%d alerts=%d due=%s text=%s",
            delivery.state.value.replace(" ", "_"),
            message.id,
            message.destination,
            message.attempt,
            len(message.alerts),
            delivery.due_at.isoformat(timespec="seconds") if delivery.due_at else "-",
            delivery.text,
        )

    def _leave(self, key: DestinationKey) -> None:
        self._lanes.pop(key, None)
        self.wake()
