"""APScheduler's home: a few ticks that only start work done elsewhere, and a guard against clocks that jump.

"Due" is a column in the database, never a job here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

Job = Callable[[], Awaitable[object]]

# After the wall clock jumps, APScheduler's interval jobs would wait for a time that has gone (or is far away).
LARGEST_DRIFT = timedelta(seconds=2)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class DriftGuard:
    """Compares the wall clock with the monotonic one. `drift()` says how far they parted since it was last asked."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    _wall: float = field(init=False)
    _monotonic: float = field(init=False)

    def __post_init__(self) -> None:
        self._wall, self._monotonic = self.wall(), self.monotonic()

    def drift(self) -> timedelta:
        wall, monotonic = self.wall(), self.monotonic()
        parted = (wall - self._wall) - (monotonic - self._monotonic)
        self._wall, self._monotonic = wall, monotonic
        return timedelta(seconds=parted)


class Tick(BaseTrigger):  # type: ignore[misc]
    """So long from now, whenever it is asked: a clock that jumps leaves no missed runs to count and none far ahead."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now + self._interval


class Schedule:
    """Ticks by name. A job that fails is logged with its traceback and runs again at its next time."""

    def __init__(self, timezone: tzinfo, guard: DriftGuard | None = None) -> None:
        # The defaults would drop a job that is a second late, which is every job on a busy machine.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=timezone, job_defaults=defaults)
        self._guard = guard or DriftGuard()
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False

    def every(self, name: str, interval: timedelta, job: Job) -> None:
        """Run `job` now and then at this interval; never twice at once."""
        first = datetime.now(self._scheduler.timezone)
        self._scheduler.add_job(self._guarded(name, job), Tick(interval), id=name, next_run_time=first)

    def daily(self, name: str, hour: int, minute: int, job: Job) -> None:
        """Run `job` at that time of the watchlist's zone."""
        trigger = CronTrigger(hour=hour, minute=minute, timezone=self._scheduler.timezone)
        self._scheduler.add_job(self._guarded(name, job), trigger, id=name)

    def start(self) -> None:
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock())

    def stop(self) -> None:
        """No job starts after this; running ones are cancelled."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
        self._scheduler.shutdown(wait=False)

    def mend(self) -> bool:
        """If the clock jumped, count every job's next time anew; True if it had jumped."""
        drift = self._guard.drift()
        if abs(drift) <= LARGEST_DRIFT:
            return False
        log.warning(
            "action=clock_jumped by_seconds=%.1f text=the times of all ticks are counted anew", drift.total_seconds()
        )
        for job in self._scheduler.get_jobs():
            job.reschedule(job.trigger)
        return True

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(1)  # monotonic, so that it goes on whatever the wall clock does
            self.mend()

    def _guarded(self, name: str, job: Job) -> Job:
        async def run() -> None:
            try:
                await job()
            except asyncio.CancelledError:  # APScheduler cancels what runs at a stop, then reports it as an error
                if not self._stopping:
                    raise
            except Exception:  # the top of a tick: a bug in one must not stop the others
                log.exception("action=tick_bug tick=%s", name)

        return run
