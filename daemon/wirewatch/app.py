"""Builds everything once; start, run, stop. The only module that knows all the others.

The database is closed last, and at the shutdown deadline the process ends even if a sender's thread hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from wirewatch import __version__
from wirewatch.clients import Clients
from wirewatch.config.load import files_named
from wirewatch.config.watch import watch_files
from wirewatch.control.follow import Follow
from wirewatch.control.inside import control_inside
from wirewatch.control.server import ControlServer
from wirewatch.core.model import Delivery, Message
from wirewatch.core.watchlist import Settings
from wirewatch.deliver import LANES, Deliverer
from wirewatch.editions import Edition, Editions
from wirewatch.errors import StoreBusy, StoreError
from wirewatch.expecting import check_rates
from wirewatch.fetch.client import Client
from wirewatch.fetch.pool import ParsePool
from wirewatch.greeting import Greeting
from wirewatch.heartbeat import BEAT, Heartbeat
from wirewatch.live import Live, bring_to_life, today_of
from wirewatch.outside import Outside
from wirewatch.poll import Poller
from wirewatch.schedule import Schedule
from wirewatch.store.database import Connection, Database
from wirewatch.store.feeds import free_leases
from wirewatch.store.outbox import recover_sending, stop_collecting
from wirewatch.store.retention import purge, purge_to_size
from wirewatch.store.writer import Writer
from wirewatch.visit import Get, Report

TICK = timedelta(seconds=1)
PATIENCE = timedelta(seconds=10)  # for running sends at a stop
PURGE_AT_ONCE = 1000

log = logging.getLogger(__name__)


class App:
    """One running daemon on one open database. Build it, then `await run()`."""

    def __init__(self, path: Path, database: Database, edition: Edition, outside: Outside) -> None:
        self.path = path
        self.database = database
        self.outside = outside
        self.edition = edition
        self.stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._fatal: StoreError | None = None
        self._named: tuple[Path, ...] = files_named(path)
        self._closing: set[asyncio.Task[None]] = set()
        clock = outside.clock
        watchlist = edition.loaded.watchlist
        live = bring_to_life(watchlist, outside.resolve, today_of(watchlist, clock()))
        self.heartbeat = Heartbeat(outside.manager)
        self.writer = Writer(database, on_commit=self._committed, on_trouble=self._trouble)
        self.editions = Editions(
            path, database, self.writer, outside.resolve, clock, live, edition.loaded.files, self._changed
        )
        self.parser = ParsePool(watchlist.settings.limits)
        self.greeting = Greeting(database, lambda: self.editions.live, clock, outside.say)
        self.threads = ThreadPoolExecutor(LANES, thread_name_prefix="send")
        self.clients = Clients(self._client, watchlist.settings)
        self.poller = self._poller()
        self.follow = Follow(database, clock)
        control = control_inside(database, self.writer, self.editions, clock, self.reload)
        self.server = None if outside.socket is None else ControlServer(outside.socket, control, self.follow)
        self.deliverer = Deliverer(
            database=database,
            writer=self.writer,
            live=lambda: self.editions.live,
            senders=outside.senders,
            threads=self.threads,
            clock=clock,
            jitter=outside.jitter,
            on_delivery=self._delivered,
        )
        self.schedule = Schedule(ZoneInfo(watchlist.settings.timezone))

    def _poller(self) -> Poller:
        return Poller(
            database=self.database,
            writer=self.writer,
            client=self.clients.current,
            parser=self.parser,
            live=lambda: self.editions.live,
            clock=self.outside.clock,
            jitter=self.outside.jitter,
            owner=f"{socket.gethostname()}:{os.getpid()}",
            on_report=self._heard,
        )

    async def open(self) -> None:
        """Take up what the last run left, and make the first edition live."""
        now = self.outside.clock()

        def take_up(conn: Connection) -> None:
            free_leases(conn, now)
            recover_sending(conn, now)

        await asyncio.wrap_future(self.writer.submit(take_up))
        await self.editions.open(self.edition)

    async def run(self) -> None:
        """Watch until `stopping` is set; then stop in order."""
        self._handle_signals()
        await self.open()
        if self.server is not None:
            await self.server.start()
        self.greeting.start()
        loops = [
            asyncio.create_task(self.poller.run(), name="poll"),
            asyncio.create_task(self.deliverer.run(), name="deliver"),
            asyncio.create_task(watch_files(self._paths, self._saved, stop=self.stopping), name="watch"),
        ]
        self._start_ticks()
        self.outside.manager.ready(
            f"{len(self.editions.live.feeds)} feeds, {len(self.editions.live.desk.topics)} topics"
        )
        stop = asyncio.create_task(self.stopping.wait(), name="stop")
        await asyncio.wait([*loops, stop], return_when=asyncio.FIRST_COMPLETED)
        self.outside.manager.stopping()
        self.schedule.stop()
        failed = [loop for loop in loops if loop.done() and not self.stopping.is_set()]
        stop.cancel()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, stop, return_exceptions=True)
        await self.close()
        for loop in failed:
            loop.result()  # a loop ends only by a fault: let it be seen
        if self._fatal is not None:
            raise self._fatal

    async def once(self) -> None:
        """Poll every feed once, send what is due, and return."""
        await self.open()
        start = self.database.now()
        work, asking = asyncio.create_task(self.poller.run()), asyncio.create_task(self.poll_all(start))
        await asyncio.wait((work, asking), return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        asking.cancel()
        await asyncio.gather(work, asking, return_exceptions=True)
        await self._write(lambda conn: stop_collecting(conn, self.outside.clock()))
        while await self.deliverer.step():
            await self.deliverer.settle()
        await self.close()
        for task in (work, asking):
            if not task.cancelled():
                task.result()  # a fault in one of them is seen, not waited for

    async def poll_all(self, due_by: datetime | None = None) -> None:
        """Ask what is due (by a time that is past: each feed once) until nothing is out and nothing is due any more."""
        while await self.poller.tick(due_by) or not self.poller.is_idle:
            await self.poller.quiet()

    async def close(self) -> None:
        """Stop asking, let running sends end, write what is queued."""
        if self.server is not None:
            await self.server.stop()
        await self.poller.close()
        await self.deliverer.close(PATIENCE)
        for task in self._closing:
            task.cancel()
        await self.clients.close()
        self.parser.close()
        self.threads.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.writer.close, PATIENCE)

    def stop(self) -> None:
        """Ask the daemon to stop; from the loop's thread."""
        self.stopping.set()

    async def _saved(self) -> None:
        """The watchlist was saved: make it live. A fault of ours in doing so must not end the watch."""
        try:
            await self.reload()
        except Exception:
            log.exception("action=reload_bug file=%s text=the running watchlist goes on", self.path)

    async def reload(self) -> tuple[str, ...]:
        """Make the saved watchlist live; every error, where it is not."""
        self.outside.manager.reloading()
        try:
            self._named = await asyncio.to_thread(files_named, self.path)
            problems = await self.editions.reload()
        finally:
            self.outside.manager.ready()
        if problems is None:
            self.outside.say("The watchlist was saved and is live.")
            return ()
        return tuple(str(problem) for problem in problems.problems)

    async def purge(self) -> None:
        """Delete what is older than `keep`, and the oldest beyond `keep_size`; what was seen stays."""
        settings = self.editions.live.watchlist.settings
        before = self.outside.clock() - settings.keep
        while await self._write(lambda conn: purge(conn, before, PURGE_AT_ONCE)) == PURGE_AT_ONCE:
            pass
        if settings.keep_bytes is not None:
            most = settings.keep_bytes
            while await self._write(lambda conn: purge_to_size(conn, most, PURGE_AT_ONCE)):
                pass

    async def _write(self, job: Callable[[Connection], int]) -> int:
        return await asyncio.wrap_future(self.writer.submit(job))

    def _start_ticks(self) -> None:
        self.schedule.every("poll", TICK, self._poll)
        self.schedule.every("greeting", TICK, self.greeting.tick)
        self.schedule.every("heartbeat", BEAT, self._beat)
        self.schedule.every("calendar", timedelta(minutes=5), self.editions.turn_page)
        self.schedule.every("rates", timedelta(hours=1), self._rates)
        self.schedule.daily("clean-up", 4, 10, self.purge)
        self.schedule.start()

    async def _rates(self) -> None:
        await check_rates(self.database, self.writer, self.editions.live, self.outside.clock())

    async def _poll(self) -> None:
        try:
            await self.poller.tick()
        except StoreError as error:  # nothing that is asked now could be kept: stop, with a code that says so
            self._fatal = error
            self.stop()

    def _handle_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        self._loop.add_signal_handler(signal.SIGHUP, lambda: self._keep(self._saved()))

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _paths(self) -> tuple[Path, ...]:
        """The files of the running edition, and those that the last one tried names: mending them must be noticed."""
        return tuple(dict.fromkeys((*self._named, *(one.path for one in self.editions.files))))

    def _client(self, settings: Settings) -> Get:
        if self.outside.client is not None:
            return self.outside.client(settings)
        return Client(settings, self.outside.resolve, version=__version__, ready=lambda: self.poller.room())

    def _changed(self, before: Live, after: Live) -> None:
        """A new edition is live: what is built from its settings is built anew where it can be."""
        old, new = before.watchlist.settings, after.watchlist.settings
        if new.database != old.database or new.limits.parsers != old.limits.parsers:
            log.warning("action=restart_needed text=settings.database and limits.parsers take effect at a restart")
        if self.clients.change(new):
            self.poller.client = self.clients.current

    async def _beat(self) -> None:
        await self.heartbeat.tick(self.poller, self.deliverer, self.writer)

    def _heard(self, report: Report) -> None:
        self.heartbeat.reported(report)
        self.greeting.heard(report)

    def _delivered(self, message: Message, delivery: Delivery) -> None:
        self.heartbeat.delivered(message, delivery)
        self.follow.delivered(message, delivery)

    def _committed(self) -> None:
        self.heartbeat.committed()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be woken
            self._loop.call_soon_threadsafe(self._news)

    def _news(self) -> None:
        self.deliverer.wake()
        if self.follow.is_followed:
            self._keep(self.follow.committed())

    def _trouble(self, trouble: StoreBusy | None) -> None:
        self.heartbeat.troubled()
        if trouble is None:
            log.warning("action=store_well text=the database takes writes again; nothing was lost")
            return
        log.error("action=store_busy text=%s; nothing is lost, the same work is tried again", trouble)
