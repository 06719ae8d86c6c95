"""The thread in which libcurl works: takes orders from any thread, hands outcomes over in batches.

Starts with the first call, is woken by an eventfd, sleeps while nothing moves. What libcurl does is in `curl.py`.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable
from threading import Thread

from wirewatch.fetch.curl import Engine
from wirewatch.fetch.guard import Guard
from wirewatch.fetch.wire import STOPPED, Call, Outcome, Ticket

log = logging.getLogger(__name__)


class Transfers:
    """Runs calls; `deliver` gets batches of (ticket, outcome) in the thread and must hand them over quickly.

    kept: how many connections stay open at most. `begin`, `cancel` and `stop` may be called from any thread.
    A ticket means nothing here; one that is cancelled may still be delivered if its outcome was already on the way.
    """

    def __init__(self, guard: Guard, deliver: Callable[[list[tuple[Ticket, Outcome]]], None], *, kept: int) -> None:
        self._guard = guard
        self._deliver = deliver
        self._kept = kept
        self._orders: deque[tuple[Ticket, Call | None]] = deque()  # None: cancel that ticket
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._woken = False
        self._stopping = False
        self._thread: Thread | None = None
        self._ended: Callable[[], None] = lambda: None

    def begin(self, ticket: Ticket, call: Call) -> None:
        """Start a call soon; its outcome is delivered exactly once unless it is cancelled."""
        self._order(ticket, call)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="wirewatch-libcurl", daemon=True)
            self._thread.start()

    def cancel(self, ticket: Ticket) -> None:
        """Break off a transfer; unknown tickets (already finished) are ignored."""
        self._order(ticket, None)

    def stop(self, ended: Callable[[], None]) -> None:
        """Break all off (delivered as STOPPED) and end the thread, which then calls `ended`; begin nothing after it."""
        self._ended = ended
        self._stopping = True
        self._rouse()
        if self._thread is None:
            ended()

    def release(self) -> None:
        """Give the eventfd back, after `ended`; from the thread that begins and cancels."""
        self._woken = True  # a late cancel() must not write to a number that means another file by then
        os.close(self._wake)

    def _order(self, ticket: Ticket, call: Call | None) -> None:
        self._orders.append((ticket, call))
        self._rouse()

    def _rouse(self) -> None:
        # One wake-up for all orders since the thread last looked: each would cost a switch between the threads.
        if not self._woken:
            self._woken = True
            os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        while not self._stopping:
            engine = Engine(self._guard, self._wake, self._kept)
            try:
                self._work(engine)
            except Exception:
                log.exception("action=fetch-thread-failed; every transfer under way is given up, the thread goes on")
            finally:
                # First those who wait, then what may take its time.
                self._hand_over(engine.abandon())
                if self._stopping:
                    self._hand_over([(ticket, STOPPED) for ticket, call in self._orders if call is not None])
                engine.close()
        self._ended()

    def _work(self, engine: Engine) -> None:
        while not self._stopping:
            if engine.wait():
                self._woken = False  # before the orders are read: what comes after this wakes us again
            while self._orders:
                ticket, call = self._orders.popleft()
                if call is None:
                    engine.cancel(ticket)
                else:
                    engine.begin(ticket, call)
            self._hand_over(engine.finished())

    def _hand_over(self, batch: list[tuple[Ticket, Outcome]]) -> None:
        if batch:
            self._deliver(batch)
