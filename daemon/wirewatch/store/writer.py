"""The one thread that writes: takes all that waits as one group into one transaction, a savepoint for each job.

It commits whenever it is free, without a timer: what comes during one commit goes into the next. It does not know
what jobs do; a job is run again when its transaction could not be committed, so it must not act outside the database.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from wirewatch.errors import StoreBusy, StoreError
from wirewatch.store.database import Database
from wirewatch.store.faults import fault_of

T = TypeVar("T")

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(milliseconds=100)
LONGEST_PAUSE = timedelta(seconds=10)
MOST_TOGETHER = 200  # jobs in one transaction: bounds what is done again after a fault
MOST_WAITING = 1000  # jobs; then `submit_async` waits for room


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]
    placing: bool


class Writer:
    """Starts its thread at once. on_commit: after each commit that held a job; on_trouble: at each fault that keeps a
    group waiting, and with None when it got through. Both are called in the writer's thread and must not block.
    """

    def __init__(
        self,
        database: Database,
        *,
        on_commit: Callable[[], None] = lambda: None,
        on_trouble: Callable[[StoreBusy | None], None] = lambda trouble: None,
    ) -> None:
        self._database = database
        self._on_commit = on_commit
        self._on_trouble = on_trouble
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._room: Future[None] = Future()
        self._closing = False
        self._storing = False
        self._thread = threading.Thread(target=self._run, name="wirewatch-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T], *, placing: bool = False) -> Future[T]:
        """Hand in a job; never blocks. The future gives the job's value once it is committed, or its exception.

        placing: on PostgreSQL, its group is alone among all nodes. Raises StoreBusy after `close`.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._closing:
                raise StoreBusy(
                    f"database: {self._database.place}: it is being closed; the work is done at the next start"
                )
            self._queue.append(_Job(job, future, placing))
            self._changed.notify_all()
        return future

    async def submit_async(self, job: Callable[[Connection], T], *, placing: bool = False) -> T:
        """Hand in a job as soon as there is room, and wait for its value."""
        while True:
            with self._changed:
                full, room = len(self._queue) >= MOST_WAITING, self._room
            if not full:
                return await asyncio.wrap_future(self.submit(job, placing=placing))
            # Shielded: one caller that is cancelled must not take the signal from the others.
            await asyncio.shield(asyncio.wrap_future(room))

    @property
    def is_busy(self) -> bool:
        """Does something wait to be written, or is it being written?"""
        return self._storing or bool(self._queue)

    def close(self, deadline: timedelta) -> bool:
        """Write what waits, then stop; True if all was written. What cannot be written now gets StoreBusy."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(deadline.total_seconds())
        return not self._thread.is_alive() and not self._queue

    def _run(self) -> None:
        while group := self._take():
            try:
                self._storing = True
                self._store(group)
            except Exception:  # a fault of a callback: the rows are committed, writing goes on
                log.exception("action=writer_bug")
            finally:
                self._storing = False

    def _take(self) -> list[_Job]:
        """All that waits, in order; empty when closed and nothing is left."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return []
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_TOGETHER))]
                room, self._room = self._room, Future()
                room.set_result(None)
                if group := [job for job in taken if job.future.set_running_or_notify_cancel()]:
                    return group

    def _store(self, group: list[_Job]) -> None:
        """Commit a group, again and again while the database is busy."""
        pause, troubled = FIRST_PAUSE, False
        while True:
            try:
                outcomes = self._attempt(group)
            except StoreBusy as busy:
                troubled = True
                self._on_trouble(busy)
                if self._is_closing_after(pause):
                    return _fail(group, busy)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001 - handed to everyone who waits, and the thread must live
                return _fail(group, error)
            else:
                break
        if troubled:
            self._on_trouble(None)
        for job, outcome in zip(group, outcomes, strict=True):
            _settle(job.future, outcome)
        return self._on_commit()

    def _attempt(self, group: list[_Job]) -> list[Any]:
        """One transaction; values or exceptions of the jobs, in order. Raises StoreBusy or StoreError for all."""
        with self._database.write(placing=any(job.placing for job in group)) as conn:
            self._database.ask_clock(conn)
            return [self._run_job(job, conn) for job in group]

    def _run_job(self, job: _Job, conn: Connection) -> Any:
        conn.exec_driver_sql("SAVEPOINT job")
        try:
            value = job.work(conn)
        except Exception as error:
            fault = fault_of(error, self._database.place) if isinstance(error, SQLAlchemyError) else error
            if isinstance(fault, StoreBusy | StoreError):
                raise
            conn.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
            if fault is not error:
                fault.__cause__ = error
            value = _Failed(fault)
        conn.exec_driver_sql("RELEASE SAVEPOINT job")
        return value

    def _is_closing_after(self, pause: timedelta) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closing, pause.total_seconds())


@dataclass(frozen=True, slots=True)
class _Failed:
    """A job's own exception, told when the rest of its group is committed."""

    error: Exception


def _settle(future: Future[Any], outcome: Any) -> None:
    if isinstance(outcome, _Failed):
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome)


def _fail(group: list[_Job], error: Exception) -> None:
    for job in group:
        job.future.set_exception(error)
