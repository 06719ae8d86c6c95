"""Ties the parts of the daemon to its pulse: what is busy, what moved, and what systemd is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from wirewatch.core.model import Delivery, Message
from wirewatch.deliver import Deliverer
from wirewatch.health import Manager, Part, Pulse, Watchdog
from wirewatch.poll import Poller
from wirewatch.store.writer import Writer
from wirewatch.visit import Report

BEAT = timedelta(seconds=5)


@dataclass(slots=True)
class Heartbeat:
    """One per daemon. Its callbacks may come from any thread, `tick` runs in the loop."""

    manager: Manager
    pulse: Pulse = field(default_factory=Pulse)
    _watchdog: Watchdog = field(init=False)

    def __post_init__(self) -> None:
        self._watchdog = Watchdog(self.manager, self.pulse)

    def committed(self) -> None:
        """The writer has stored something."""
        self.pulse.moved(Part.WRITER)

    def troubled(self) -> None:
        """The database is busy: all wait for it, and the writer tries. That is trouble, but no standstill."""
        self.pulse.moved()

    def reported(self, report: Report) -> None:
        """A poll has ended."""
        self.pulse.moved(Part.POLL)

    def delivered(self, message: Message, delivery: Delivery) -> None:
        """An attempt has ended."""
        self.pulse.moved(Part.DELIVER)

    async def tick(self, poller: Poller, deliverer: Deliverer, writer: Writer) -> None:
        """Nothing due counts as moving; feed the watchdog if nothing stands still."""
        self.pulse.under_way(Part.POLL, not poller.is_idle)
        self.pulse.under_way(Part.DELIVER, deliverer.is_sending)
        self.pulse.under_way(Part.WRITER, writer.is_busy)
        await self._watchdog.tick()
