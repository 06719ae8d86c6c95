"""Who may fetch now: so many transfers in all, so many per site, and the sites take turns. No network here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Bounds what is under way at once. Belongs to one event loop.

    total, per_site: at least 1. Waiting sites get one place each in turn, whatever the length of their queues; within
    a site, first come, first served.
    """

    def __init__(self, total: int, per_site: int) -> None:
        self._free = total
        self._per_site = per_site
        self._busy: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._turns: deque[str] = deque()  # sites that wait and have room of their own; each stands here once

    @asynccontextmanager
    async def place(self, site: str) -> AsyncIterator[None]:
        """Wait for a place of this site and hold it for the block."""
        # No free place of a site with a queue, and no free place at all, is ever left untaken by those who wait.
        if self._free and self._has_room(site):
            self._take(site)
        else:
            await self._wait(site)
        try:
            yield
        finally:
            self._leave(site)

    async def _wait(self, site: str) -> None:
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if site not in self._waiting:
            self._waiting[site] = deque()
            if self._has_room(site):
                self._turns.append(site)
        self._waiting[site].append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self._leave(site)  # given and cancelled in the same moment: hand it on
            raise

    def _leave(self, site: str) -> None:
        self._free += 1
        had_room = self._has_room(site)
        self._busy[site] -= 1
        if not self._busy[site]:
            del self._busy[site]
        if site in self._waiting and not had_room:
            self._turns.append(site)
        while self._free and self._turns:
            self._give(self._turns.popleft())

    def _give(self, site: str) -> None:
        """One place for the first who still waits at this site; its next one queues behind the other sites."""
        queue = self._waiting[site]
        while queue and queue[0].done():
            queue.popleft()  # cancelled while it waited
        if queue:
            self._take(site)
            queue.popleft().set_result(None)
        if not queue:
            del self._waiting[site]
        elif self._has_room(site):
            self._turns.append(site)

    def _has_room(self, site: str) -> bool:
        return self._busy.get(site, 0) < self._per_site

    def _take(self, site: str) -> None:
        self._free -= 1
        self._busy[site] = self._busy.get(site, 0) + 1
