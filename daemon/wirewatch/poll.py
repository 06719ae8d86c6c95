"""The polling loop: claim due sites, ask, read, plan, hand to the writer. It decides nothing and sends nothing.

Answers are worked off in batches: unchanged feeds as one bulk update, documents through the parsers and the plan.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wirewatch.core.effects import PollPlan
from wirewatch.core.identity import identify_document
from wirewatch.core.judge import Verdict
from wirewatch.core.model import Arrival, FeedState, ParsedFeed, Via
from wirewatch.core.plan import plan_entries
from wirewatch.core.polling import (
    Moment,
    asks_in_full,
    notices_after,
    state_after_document,
    state_after_failure,
    state_after_unchanged,
)
from wirewatch.core.watchlist import Feed
from wirewatch.errors import FeedError, ParseError, StoreBusy
from wirewatch.fetch.client import Response
from wirewatch.live import Live
from wirewatch.placing import LeaseLost, Saved, save_plan
from wirewatch.store.database import Connection, Database
from wirewatch.store.entries import seen_entries
from wirewatch.store.feeds import claim_sites, release_sites, save_feed_states
from wirewatch.store.writer import Writer
from wirewatch.visit import Get, Parse, Report, Round, Visit, answer_of, document_of, has_news, request_for

LEASE = timedelta(minutes=10)  # longer than any poll with its redirects, deadline and parse
SITES_AT_ONCE = 500
LIGHT_AT_ONCE = 1000
DOCUMENTS_AT_ONCE = 16
BACKLOG_BYTES = 8_000_000  # bodies that wait to be read; what is in flight comes on top
BUSY_PAUSE = 2.0  # seconds

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Poller:
    """Built once by `app.py`; `live` is asked anew at each step. jitter: gives random values from 0 to 1."""

    database: Database
    writer: Writer
    client: Get
    parser: Parse
    live: Callable[[], Live]
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    owner: str
    on_report: Callable[[Report], None] = lambda report: None
    _light: asyncio.Queue[Visit] = field(default_factory=asyncio.Queue)
    _documents: asyncio.Queue[Visit] = field(default_factory=asyncio.Queue)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)
    _rounds: dict[int, Round] = field(default_factory=dict)
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)
    _roomy: asyncio.Event = field(default_factory=asyncio.Event)
    _backlog: int = 0

    def __post_init__(self) -> None:
        self._roomy.set()

    @property
    def is_idle(self) -> bool:
        """Is no feed out?"""
        return not self._rounds

    async def run(self) -> None:
        """Work off answers until cancelled."""
        await asyncio.gather(
            self._work_off(self._light, LIGHT_AT_ONCE, self._save_light),
            self._work_off(self._documents, DOCUMENTS_AT_ONCE, self._save_documents),
        )

    async def tick(self, due_by: datetime | None = None) -> int:
        """Claim what is due (now, or by a time that is past) and start asking; returns how many feeds.

        Does not wait for answers.
        """
        now = due_by or self.database.now()
        claimed = self.writer.submit(lambda conn: claim_sites(conn, now, self.owner, LEASE, SITES_AT_ONCE))
        feeds = self.live().feeds
        started = 0
        for lease in await asyncio.wrap_future(claimed):
            wanted = [(feeds[state.url], state) for state in lease.feeds if state.url in feeds]
            round_ = Round(lease, len(wanted))
            if not wanted:
                self._release([round_])
                continue
            self._rounds[lease.site_id] = round_
            self._quiet.clear()
            started += len(wanted)
            for feed, state in wanted:
                task = asyncio.create_task(self._ask(round_, feed, state, asks_in_full(state, now)))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
        return started

    async def quiet(self) -> None:
        """Wait until no feed is out."""
        if self._rounds:
            await self._quiet.wait()

    async def room(self) -> None:
        """Wait until answers can be taken in: they come faster than they are read at the first load."""
        await self._roomy.wait()

    async def close(self) -> None:
        """Stop asking; what is out is dropped and polled again at the next start."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _ask(self, round_: Round, feed: Feed, state: FeedState, full: bool) -> None:
        request = request_for(feed, state, round_.lease.site, full=full)
        result: Response | FeedError
        try:
            result = await self.client.get(request)
        except FeedError as error:
            result = error
        except Exception as bug:  # a fault of ours costs this feed one poll, not the loop
            log.exception("action=poll_bug feed=%s", feed.name)
            result = FeedError(f"{feed.name}: internal fault {type(bug).__name__}; please report it")
        full = not (request.etag or request.last_modified)
        visit = Visit(round_, feed, state, full, result, has_news(state, result))
        self._hold(visit.waiting_bytes)
        (self._documents if visit.has_news else self._light).put_nowait(visit)

    def _hold(self, more_bytes: int) -> None:
        """Count what waits to be read; beyond BACKLOG_BYTES no further answer is asked for."""
        self._backlog += more_bytes
        if self._backlog < BACKLOG_BYTES:
            self._roomy.set()
        else:
            self._roomy.clear()

    async def _work_off(
        self, queue: asyncio.Queue[Visit], most: int, save: Callable[[list[Visit]], Awaitable[None]]
    ) -> None:
        while True:
            visits = [await queue.get()]
            while len(visits) < most and not queue.empty():
                visits.append(queue.get_nowait())
            await self._until_stored(save, visits)

    async def _until_stored(self, save: Callable[[list[Visit]], Awaitable[None]], visits: list[Visit]) -> None:
        while True:
            try:
                return await save(visits)
            except StoreBusy as busy:  # reading what was seen: the answers are kept and worked off when it is over
                log.warning("action=store_busy text=%s; nothing is lost, the same work is tried again", busy)
                await asyncio.sleep(BUSY_PAUSE)

    async def _save_light(self, visits: Sequence[Visit]) -> None:
        """Unchanged and failed feeds: one bulk update; those that the operator should hear of one by one."""
        plans = [(visit, self._light_plan(visit)) for visit in visits]
        quiet = [(visit.round.fence, plan.state) for visit, plan in plans if not plan.notices]
        if quiet:
            await asyncio.wrap_future(self.writer.submit(lambda conn: save_feed_states(conn, quiet)))
        for visit, plan in plans:
            if plan.notices:
                await self._store(visit, plan)
            self.on_report(Report(visit.feed, plan.state))
        self._finish(visits)

    async def _save_documents(self, visits: Sequence[Visit]) -> None:
        """Changed bodies: parsers, plan, writer; each poll is a job of its own within one group."""
        documents = [document_of(visit) for visit in visits]
        parsed = await self.parser.parse(documents)
        plans = await asyncio.to_thread(self._plan_all, list(zip(visits, parsed, strict=True)))
        stored = await asyncio.gather(*(self._store(*pair) for pair in zip(visits, plans, strict=True)))
        for visit, plan, saved in zip(visits, plans, stored, strict=True):
            self.on_report(Report(visit.feed, plan.state, saved))
        self._finish(visits)

    def _plan_all(self, read: Sequence[tuple[Visit, ParsedFeed | ParseError]]) -> list[PollPlan]:
        live = self.live()
        with self.database.read() as conn:
            return [self._document_plan(visit, parsed, live, conn) for visit, parsed in read]

    def _document_plan(self, visit: Visit, parsed: ParsedFeed | ParseError, live: Live, conn: Connection) -> PollPlan:
        if isinstance(parsed, ParseError):
            return self._failure_plan(visit, parsed)
        try:
            return self._news_plan(visit, parsed, live, conn)
        except Exception as bug:  # one document that we cannot plan must not stop the others
            log.exception("action=plan_bug feed=%s", visit.feed.name)
            return self._failure_plan(visit, FeedError(f"internal fault {type(bug).__name__}; please report it"))

    def _news_plan(self, visit: Visit, parsed: ParsedFeed, live: Live, conn: Connection) -> PollPlan:
        feed, state, moment = visit.feed, visit.state, self._moment()
        arrival = Arrival(state.id, parsed, identify_document(parsed), Via.POLL, moment.now)
        seen = seen_entries(conn, state.id, arrival.keys)
        older = live.watchlist.settings.older_news
        plan = plan_entries(arrival, feed, state, seen, live.matcher.match, older)
        after = state_after_document(state, feed, parsed, plan, answer_of(visit), moment)
        held = plan.counts.get(Verdict.HELD, 0)
        notices = notices_after(feed, state, after, held)
        lease = visit.round.lease
        return PollPlan(state.id, lease.site_id, lease.fence, after, plan.new, plan.edited, plan.again, notices)

    def _light_plan(self, visit: Visit) -> PollPlan:
        if isinstance(visit.result, FeedError):
            return self._failure_plan(visit, visit.result)
        after = state_after_unchanged(visit.state, visit.feed, answer_of(visit), self._moment())
        return self._state_plan(visit, after)

    def _failure_plan(self, visit: Visit, error: FeedError) -> PollPlan:
        return self._state_plan(visit, state_after_failure(visit.state, visit.feed, error, self._moment()))

    def _state_plan(self, visit: Visit, after: FeedState) -> PollPlan:
        lease = visit.round.lease
        notices = notices_after(visit.feed, visit.state, after, held=0)
        return PollPlan(visit.state.id, lease.site_id, lease.fence, after, notices=notices)

    async def _store(self, visit: Visit, plan: PollPlan) -> Saved | None:
        """Hand one poll to the writer. If it cannot be stored for a fault of ours, its failure is stored instead."""
        live, now = self.live(), self.clock()
        job = self.writer.submit(lambda conn: save_plan(conn, plan, visit.feed, live, now), placing=True)
        try:
            saved = await asyncio.wrap_future(job)
            for notice in saved.told:
                log.log(logging.WARNING if notice.open else logging.INFO, "action=%s text=%s", notice.kind, notice.text)
            return saved
        except LeaseLost as error:
            log.warning("action=lease_lost feed=%s text=%s", visit.feed.name, error)
        except Exception as bug:  # kept apart by its savepoint: the feed backs off and says so
            log.exception("action=store_bug feed=%s", visit.feed.name)
            failed = self._failure_plan(visit, FeedError(f"internal fault {type(bug).__name__}; please report it"))
            states = [(visit.round.fence, failed.state)]
            await asyncio.wrap_future(self.writer.submit(lambda conn: save_feed_states(conn, states)))
        return None

    def _finish(self, visits: Sequence[Visit]) -> None:
        done: list[Round] = []
        self._hold(-sum(visit.waiting_bytes for visit in visits))
        for visit in visits:
            visit.round.left -= 1
            if visit.round.left == 0:
                done.append(visit.round)
                self._rounds.pop(visit.round.lease.site_id, None)
        if done:
            self._release(done)
        if not self._rounds:
            self._quiet.set()

    def _release(self, rounds: Sequence[Round]) -> None:
        fences = [round_.fence for round_ in rounds]
        self.writer.submit(lambda conn: release_sites(conn, fences))

    def _moment(self) -> Moment:
        return Moment(self.clock(), self.jitter())
