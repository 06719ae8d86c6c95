"""The client that asks now, and those before it that may still hear an answer: a reload changes proxies and bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from wirewatch.core.watchlist import Settings
from wirewatch.fetch.client import Client
from wirewatch.live import network_of
from wirewatch.visit import Get

GRACE = timedelta(seconds=5)  # beyond the longest that a request may take


class Clients:
    """make: builds a client from settings. Lives in the daemon's loop."""

    def __init__(self, make: Callable[[Settings], Get], settings: Settings) -> None:
        self._make = make
        self._settings = settings
        self.current = make(settings)
        self._retired: list[tuple[Get, asyncio.Task[None]]] = []

    def change(self, settings: Settings) -> bool:
        """Make another client current where these settings change how feeds are asked; False where they do not."""
        before, self._settings = self._settings, settings
        if network_of(before) == network_of(settings):
            return False
        retired, self.current = self.current, self._make(settings)
        task = asyncio.create_task(self._retire(retired, before.limits.timeout + GRACE))
        self._retired.append((retired, task))
        return True

    async def close(self) -> None:
        """Close every client that is open."""
        for _, task in self._retired:
            task.cancel()
        for client in (self.current, *(client for client, _ in self._retired)):
            if isinstance(client, Client):
                await client.close()

    async def _retire(self, client: Get, patience: timedelta) -> None:
        await asyncio.sleep(patience.total_seconds())  # what it has asked may still answer
        self._retired = [one for one in self._retired if one[0] is not client]
        if isinstance(client, Client):
            await client.close()
