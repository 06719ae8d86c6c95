"""The ticks: late ones run, slow ones run once at a time, failing ones run again, and no clock that jumps stops them.

The library's clock is a made one that can be set forward and back; time between two ticks is real and short.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers import SchedulerNotRunningError, base

from wirewatch.schedule import LARGEST_DRIFT, DriftGuard, Schedule

SHORT = timedelta(milliseconds=20)
DEADLINE = 5.0  # seconds that a test waits for a tick of SHORT


class Wall:
    """The wall clock as the scheduler sees it: the real one, set forward or back."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self, zone: tzinfo | None = None) -> datetime:
        return datetime.now(zone) + self.by

    def seconds(self) -> float:
        return time.time() + self.by.total_seconds()

    def set_to(self, moment: datetime) -> None:
        self.by = moment - datetime.now(UTC)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()

    class Moment(datetime):
        """`datetime`, as the library asks it for the time."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return made.now(tz)

    monkeypatch.setattr(base, "datetime", Moment)
    return made


@dataclass
class Job:
    """A job that counts its runs. faults: raised, one a run; gate: it ends only when that is set."""

    faults: list[Exception] = field(default_factory=list)
    gate: asyncio.Event | None = None
    runs: int = 0
    at_once: int = 0
    most_at_once: int = 0
    _ran: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self._ran.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.faults:
                raise self.faults.pop()
        finally:
            self.at_once -= 1

    async def runs_again(self, times: int = 1, within: float = DEADLINE) -> bool:
        """Does it run so many more times from now on?"""
        wanted = self.runs + times

        async def wait() -> None:
            while self.runs < wanted:
                self._ran.clear()
                await self._ran.wait()

        try:
            await asyncio.wait_for(wait(), within)
        except TimeoutError:
            return False
        return True


class Make(Protocol):
    """Makes a schedule that is stopped at the end. guard: one that sees no jump, where none is given."""

    def __call__(self, zone: tzinfo = UTC, guard: DriftGuard | None = None) -> Schedule: ...


@pytest.fixture
async def schedules() -> AsyncIterator[Make]:
    made: list[Schedule] = []

    def make(zone: tzinfo = UTC, guard: DriftGuard | None = None) -> Schedule:
        made.append(Schedule(zone, guard or DriftGuard(lambda: 0.0, lambda: 0.0)))
        return made[-1]

    yield make
    for schedule in made:
        with contextlib.suppress(SchedulerNotRunningError):  # it was never started
            schedule.stop()
    await asyncio.sleep(0)


async def test_a_tick_runs_at_once_and_then_at_its_interval(schedules: Make) -> None:
    often, seldom = Job(), Job()
    schedule = schedules()
    schedule.every("often", SHORT, often)
    schedule.every("seldom", timedelta(hours=1), seldom)
    schedule.start()
    assert await often.runs_again(3)
    assert seldom.runs == 1


async def test_a_tick_that_is_hours_late_runs_once(schedules: Make, wall: Wall) -> None:
    job = Job()
    schedule = schedules()
    schedule.every("hourly", timedelta(hours=1), job)
    schedule.start()
    assert await job.runs_again()
    wall.by = timedelta(hours=5, minutes=30)  # the machine slept
    schedule.every("another", timedelta(hours=1), Job())  # makes it look at its jobs
    assert await job.runs_again()
    assert (job.runs, job.most_at_once) == (2, 1)


async def test_a_tick_never_runs_twice_at_once(schedules: Make) -> None:
    gate, skipped = asyncio.Event(), asyncio.Event()
    job = Job(gate=gate)

    class Listen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "maximum number of running instances" in record.getMessage():
                skipped.set()

    logger = logging.getLogger("apscheduler.scheduler")
    logger.addHandler(handler := Listen())
    schedule = schedules()
    schedule.every("slow", SHORT, job)
    schedule.start()
    try:
        await asyncio.wait_for(skipped.wait(), DEADLINE)
    finally:
        logger.removeHandler(handler)
    assert (job.runs, job.at_once) == (1, 1)
    gate.set()
    assert await job.runs_again(2)
    assert job.most_at_once == 1


async def test_a_tick_that_fails_is_logged_and_runs_again(schedules: Make, caplog: pytest.LogCaptureFixture) -> None:
    job = Job(faults=[ValueError("a fault that nobody thought of")])
    schedule = schedules()
    schedule.every("poll", SHORT, job)
    schedule.start()
    assert await job.runs_again(3)
    assert "action=tick_bug tick=poll" in caplog.text and "nobody thought of" in caplog.text


async def test_a_stop_in_the_middle_of_a_tick_ends_it_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    job = Job(gate=asyncio.Event())
    schedule = Schedule(UTC)
    schedule.every("poll", timedelta(hours=1), job)
    schedule.start()
    assert await job.runs_again()
    schedule.stop()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait(rest, timeout=DEADLINE)
    assert job.at_once == 0 and all(task.done() for task in rest)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_no_tick_starts_after_the_stop(schedules: Make) -> None:
    job = Job()
    schedule = Schedule(UTC)
    schedule.every("poll", SHORT, job)
    schedule.start()
    assert await job.runs_again()
    schedule.stop()
    await asyncio.sleep(0)
    assert not await job.runs_again(within=0.1)


async def test_the_daily_job_runs_at_its_time_of_the_watchlists_zone(schedules: Make, wall: Wall) -> None:
    in_seoul, in_utc = Job(), Job()
    wall.set_to(datetime(2026, 11, 25, 19, 9, 59, 800_000, tzinfo=UTC))  # 04:09:59.8 in Seoul
    for zone, job in ((ZoneInfo("Asia/Seoul"), in_seoul), (ZoneInfo("UTC"), in_utc)):
        schedule = schedules(zone)
        schedule.daily("clean-up", 4, 10, job)
        schedule.start()
    assert await in_seoul.runs_again(within=2)
    assert (in_seoul.runs, in_utc.runs) == (1, 0)


def test_the_drift_is_what_the_wall_clock_moved_beside_the_monotonic_one() -> None:
    wall, monotonic = iter([1000.0, 1010.0, 1020.0, 4620.0, 3.0]), iter([5.0, 15.0, 25.0, 25.5, 26.0])
    guard = DriftGuard(lambda: next(wall), lambda: next(monotonic))
    assert [guard.drift().total_seconds() for _ in range(4)] == [0.0, 0.0, 3599.5, -4617.5]


@pytest.mark.parametrize(
    ("moved", "jumped"),
    [
        pytest.param(LARGEST_DRIFT, False, id="as far as clocks are set by hand of a time server"),
        pytest.param(LARGEST_DRIFT + timedelta(milliseconds=1), True, id="forward"),
        pytest.param(-LARGEST_DRIFT - timedelta(milliseconds=1), True, id="back"),
    ],
)
async def test_a_jump_is_what_moves_the_clock_by_more_than_two_seconds(
    schedules: Make, caplog: pytest.LogCaptureFixture, moved: timedelta, jumped: bool
) -> None:
    seconds = iter([0.0, moved.total_seconds(), moved.total_seconds()])
    schedule = schedules(guard=DriftGuard(lambda: next(seconds, moved.total_seconds()), lambda: 0.0))
    schedule.daily("clean-up", 4, 10, Job())
    assert schedule.mend() is jumped
    assert (f"action=clock_jumped by_seconds={moved.total_seconds():.1f}" in caplog.text) is jumped
    assert not schedule.mend()


@pytest.fixture
def ticking(schedules: Make, wall: Wall) -> Iterator[tuple[Schedule, Job]]:
    """A schedule that knows the made clock, with one tick."""
    job = Job()
    schedule = schedules(guard=DriftGuard(wall=wall.seconds))
    schedule.every("poll", SHORT, job)
    yield schedule, job


async def test_ticks_go_on_when_the_clock_is_set_forward(ticking: tuple[Schedule, Job], wall: Wall) -> None:
    schedule, job = ticking
    schedule.start()
    assert await job.runs_again(2)
    wall.by = timedelta(minutes=10)
    assert await job.runs_again(3)
    assert schedule.mend()
    assert await job.runs_again(3)


async def test_ticks_go_on_when_the_clock_is_set_back(ticking: tuple[Schedule, Job], wall: Wall) -> None:
    schedule, job = ticking
    schedule.start()
    assert await job.runs_again(2)
    wall.by = -timedelta(hours=1)
    schedule.mend()
    assert await job.runs_again(3, within=1)


async def test_a_clock_set_far_forward_does_not_hold_up_the_daemon(ticking: tuple[Schedule, Job], wall: Wall) -> None:
    schedule, job = ticking
    schedule.start()
    assert await job.runs_again(2)
    wall.by = timedelta(hours=6)  # a million missed ticks of 20 ms, as 12 days are of a second
    before = time.monotonic()
    await job.runs_again(2)
    assert time.monotonic() - before < 1


async def test_the_clock_is_looked_at_every_second(schedules: Make) -> None:
    looked = asyncio.Event()

    def monotonic() -> float:
        looked.set()
        return 0.0

    schedule = schedules(guard=DriftGuard(lambda: 0.0, monotonic))
    looked.clear()  # it was looked at to begin with
    schedule.start()
    await asyncio.wait_for(looked.wait(), DEADLINE)


async def test_two_days_forward_and_one_back_leave_every_tick_where_it_belongs(
    schedules: Make, wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    often, seldom, daily = Job(), Job(), Job()
    wall.set_to(datetime(2026, 11, 25, 12, 0, tzinfo=UTC))
    schedule = schedules(guard=DriftGuard(wall=wall.seconds))
    schedule.every("poll", SHORT, often)
    schedule.every("calendar", timedelta(hours=1), seldom)
    schedule.daily("clean-up", 4, 10, daily)
    schedule.start()
    assert await often.runs_again(2) and seldom.runs == 1

    wall.set_to(datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
    assert schedule.mend()
    assert await often.runs_again(3, within=1)
    assert daily.runs == 0  # mended before it was looked at: its time is 04:10 of the next day
    wall.set_to(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    assert schedule.mend()
    assert await often.runs_again(3, within=1)
    assert not schedule.mend()

    jumps = [record.getMessage() for record in caplog.records if "action=clock_jumped" in record.getMessage()]
    assert [round(float(jump.partition("by_seconds=")[2].split()[0])) for jump in jumps] == [172_800, -86_400]
    wall.set_to(datetime(2026, 11, 27, 4, 9, 59, 900_000, tzinfo=UTC))
    assert schedule.mend()
    assert await daily.runs_again(within=2)
    assert (daily.runs, often.most_at_once, seldom.runs) == (1, 1, 1)
