"""What a fault costs the two loops: one feed one poll, one message one attempt, and never the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.flow.quick import DEADLINE, ParseHere, QuickWorld, soon
from tests.flow.world import START, MadeNetwork
from wirewatch.core.model import DeliveryState, Message, ParsedFeed
from wirewatch.errors import DeliveryError, ParseError, SecretError, StoreBusy, StoreError
from wirewatch.fetch.client import Request, Response
from wirewatch.fetch.pool import Document
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.poll import LEASE
from wirewatch.store.feeds import claim_sites
from wirewatch.store.ledger import ledger

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"

WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea]}
receivers: {screen: {console: true}}
routes: [{to: screen, collect: 0 s}]
"""


@dataclass(slots=True)
class OddNetwork:
    """A network where one address does something odd before it answers."""

    network: MadeNetwork
    url: str
    odd: Callable[[], None]

    async def get(self, request: Request) -> Response:
        if request.url == self.url:
            self.odd()
        return await self.network.get(request)


@dataclass(slots=True)
class OddParser(ParseHere):
    """A parser that makes something odd of the first document of one address."""

    url: str
    odd: Callable[[ParsedFeed], ParsedFeed]
    times: int = 1

    def read(self, document: Document) -> ParsedFeed | ParseError:
        parsed = ParseHere.read(self, document)
        if document.url != self.url or not self.times:
            return parsed
        assert isinstance(parsed, ParsedFeed)
        self.times -= 1
        return self.odd(parsed)


def fail() -> None:
    raise ValueError("a fault that nobody thought of")


async def test_a_fault_of_ours_in_asking_costs_that_feed_one_poll(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    odd = OddNetwork(world.network, ALPHA, fail)
    world.client = lambda settings: odd
    async with world.running():
        await world.settle()
        feeds = world.feeds()
        assert feeds["Alpha"].state.error == "Alpha: internal fault ValueError; please report it"
        assert feeds["Alpha"].state.failures == 1
        assert feeds["Beta"].state.error is None and feeds["Beta"].state.ok_at == START
        odd.odd = lambda: None
        await world.run(until="08:10")
        assert world.feeds()["Alpha"].state.error is None
    assert "action=poll_bug feed=Alpha" in caplog.text and "nobody thought of" in caplog.text


def without_titles(parsed: ParsedFeed) -> ParsedFeed:
    """What no parser gives: planning cannot work with it."""
    return replace(parsed, entries=tuple(replace(one, title=None) for one in parsed.entries))  # type: ignore[arg-type]


def with_a_time_without_a_zone(parsed: ParsedFeed) -> ParsedFeed:
    """What no parser gives: planning does not look at this time, and the store refuses it."""
    naive = START.replace(tzinfo=None)
    return replace(parsed, entries=tuple(replace(one, updated=naive) for one in parsed.entries))


@pytest.mark.parametrize(
    ("odd", "action"),
    [
        pytest.param(without_titles, "plan_bug", id="planning"),
        pytest.param(with_a_time_without_a_zone, "store_bug", id="storing"),
    ],
)
async def test_a_document_that_cannot_be_worked_off_costs_that_feed_one_poll_and_the_others_are_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, odd: Callable[[ParsedFeed], ParsedFeed], action: str
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    world.feed(BETA).publishes("Sun", link="https://b.example/1")
    async with world.running() as app:
        app.poller.parser = OddParser(ALPHA, odd)
        await world.settle()
        feeds = world.feeds()
        assert feeds["Alpha"].state.error is not None
        assert feeds["Alpha"].state.error.startswith("internal fault ")
        assert feeds["Alpha"].state.error.endswith("; please report it")
        assert (feeds["Alpha"].state.failures, feeds["Alpha"].entries) == (1, 0)
        assert (feeds["Beta"].state.error, feeds["Beta"].entries) == (None, 1)
        await world.run(until="08:10")
        feeds = world.feeds()
        assert (feeds["Alpha"].state.error, feeds["Alpha"].entries) == (None, 1)
    assert f"action={action} feed=Alpha" in caplog.text


async def test_a_document_that_is_no_feed_is_said_in_the_parsers_words(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).body = b"<!doctype html><html><body>Just a moment ...</body></html>"
    async with world.running():
        await world.settle()
        error = world.feeds()["Alpha"].state.error
    assert error is not None and "page" in error


async def test_a_poll_under_a_lost_lease_is_dropped_and_the_other_nodes_stands(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea")

    def others_take_over() -> None:
        world.clock.now += LEASE + timedelta(seconds=1)
        job = world.app.writer.submit(lambda conn: claim_sites(conn, world.clock(), "another:1", LEASE, 10))
        assert len(job.result(5)) == 1

    world.client = lambda settings: OddNetwork(world.network, ALPHA, others_take_over)
    world.path.write_text(WATCHLIST.replace("  Beta: https://b.example/feed\n", ""))
    async with world.running() as app:
        await app.poll_all()
        assert world.feeds()["Alpha"].entries == 0 and world.feeds()["Alpha"].state.polled_at is None
        with world.database.read() as conn:
            assert ledger(conn).seen == 0
        assert await app.poller.tick() == 0  # it is the other node's now
    assert "action=lease_lost feed=Alpha" in caplog.text


async def test_a_busy_database_keeps_the_answers_until_they_can_be_worked_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea")
    async with world.running() as app:
        world.database.reading_faults.append(StoreBusy("database: world.db: locked"))
        await soon(app.poll_all())
        assert world.feeds()["Alpha"].entries == 1
    assert world.feed(ALPHA).asked == [START]
    assert "action=store_busy text=database: world.db: locked; nothing is lost" in caplog.text


async def test_a_busy_database_is_written_to_again_until_it_takes_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea")
    async with world.running() as app:
        world.database.writing_faults += [StoreBusy("database: world.db: disk full")] * 2
        await soon(app.poll_all())
        assert world.feeds()["Alpha"].entries == 1
    said = [record.getMessage() for record in caplog.records if "action=store_" in record.getMessage()]
    assert said == [
        *["action=store_busy text=database: world.db: disk full; nothing is lost, the same work is tried again"] * 2,
        "action=store_well text=the database takes writes again; nothing was lost",
    ]


async def test_a_feed_that_left_the_watchlist_while_its_site_was_due_is_not_asked(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    async with world.running() as app:
        app.editions.live = replace(app.editions.live, feeds={})  # as between two steps of a reload
        await app.poll_all()
        assert world.feed(ALPHA).asked == []
        await world.save(WATCHLIST + "\n")
        await app.poll_all()
    assert world.feed(ALPHA).asked == [START]


@dataclass(slots=True)
class OddSender:
    """Raises what it is told to, once each; then takes what it is given."""

    faults: list[Exception] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        if self.faults:
            raise self.faults.pop()
        self.sent.append(message)
        return "taken"


async def test_a_fault_of_ours_in_sending_is_tried_again_under_the_same_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    sender = OddSender([ValueError("a fault that nobody thought of")])
    world.senders = {"console": sender}
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:01")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="08:07")
        (delivery,) = world.alerts()[0].deliveries
        assert delivery.state is DeliveryState.DELIVERED and delivery.attempts == 2
    (message,) = sender.sent
    assert message.attempt == 2 and message.id == delivery.message_id
    assert f"action=send_bug message={message.id} receiver=screen" in caplog.text
    assert "screen: internal fault ValueError; please report it" in caplog.text


TWO_TARGETS = WATCHLIST.replace("screen: {console: true}", "chat: {apprise: env:CHAT}").replace(
    "to: screen", "to: chat"
)


async def test_what_waits_for_a_destination_whose_secret_cannot_be_read_goes_on_waiting(tmp_path: Path) -> None:
    secrets = {"env:CHAT": "ntfy://n.example/one/two"}

    def resolve(text: str) -> str:
        if text.startswith("env:") and text not in secrets:
            raise SecretError(f"{text}: is not set")
        return secrets.get(text, text)

    world = QuickWorld(tmp_path, TWO_TARGETS)
    world.resolve = resolve
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:01")
        world.outbox.faults["chat#2"] = DeliveryError("chat#2: down")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="08:07")
        world.outbox.faults.clear()
        given = secrets.pop("env:CHAT")
        await world.save(TWO_TARGETS + "\n")
        await world.run(until="09:00")
        waiting = next(one for one in world.alerts()[0].deliveries if one.destination == "chat#2")
        assert waiting.state is DeliveryState.WAITING
        assert waiting.text == "chat#2: the secret of its receiver cannot be read now; see the log of the last load"
        secrets["env:CHAT"] = given
        await world.save(TWO_TARGETS)
        await world.run(until="12:00")
    assert [key for key, _ in world.outbox.sent] == ["chat", "chat#2"]


MAIL = '{mail: {server: "localhost:25", security: none, from: w@example.org, to: [a@example.org, b@example.org]}}'


async def test_what_waits_for_a_destination_that_was_taken_out_is_dropped_with_the_reason(tmp_path: Path) -> None:
    mail = WATCHLIST.replace("{console: true}", MAIL)
    world = QuickWorld(tmp_path, mail)
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:01")
        world.outbox.faults["screen/b@example.org"] = DeliveryError("down")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="08:07")
        await world.save(mail.replace(", b@example.org", ""))
        await world.run(until="09:00")
        dropped = next(one for one in world.alerts()[0].deliveries if "/b@" in one.destination)
    assert dropped.state is DeliveryState.DROPPED
    assert dropped.text == "screen/b@example.org: its receiver no longer has this destination"
    assert [key for key, _ in world.outbox.sent] == ["screen/a@example.org"]


@dataclass(slots=True)
class SlowSender:
    """Says when it was given a message, and takes it when it is let."""

    loop: asyncio.AbstractEventLoop
    given: asyncio.Event = field(default_factory=asyncio.Event)
    may: threading.Event = field(default_factory=threading.Event)
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        self.sent.append(message)
        self.loop.call_soon_threadsafe(self.given.set)
        assert self.may.wait(10), "the test is over"
        return "taken"


@pytest.fixture
def slow(event_loop_of_test: asyncio.AbstractEventLoop) -> Iterator[SlowSender]:
    sender = SlowSender(event_loop_of_test)
    yield sender
    sender.may.set()


@pytest.fixture
async def event_loop_of_test() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def test_a_commit_wakes_the_delivery_loop_and_a_busy_database_does_not_end_it(
    tmp_path: Path, slow: SlowSender, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.senders = {"console": slow}
    world.feed(ALPHA).publishes("Rain")
    async with world.running() as app:
        await app.poll_all()
        world.database.reading_faults.append(StoreBusy("database: world.db: locked"))
        loop = asyncio.create_task(app.deliverer.run())
        assert await asyncio.to_thread(world.database.refused.wait, DEADLINE)
        world.clock.now += timedelta(minutes=10)
        world.feed(ALPHA).publishes("North Korea")
        delivered = asyncio.Event()
        app.deliverer.on_delivery = lambda message, delivery: delivered.set()
        await app.poll_all()
        await soon(slow.given.wait())
        slow.may.set()
        await soon(delivered.wait())
        assert world.alerts()[0].deliveries[0].state is DeliveryState.DELIVERED
        await end(loop)
    assert "action=store_busy text=database: world.db: locked; nothing is lost, the outbox is looked" in caplog.text


async def end(loop: asyncio.Task[None]) -> None:
    """Cancel it until it has ended."""
    while not loop.done():
        loop.cancel()
        await asyncio.wait([loop], timeout=1)


async def test_a_wake_at_the_moment_of_the_stop_does_not_keep_the_delivery_loop_alive(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST.replace("collect: 0 s", "collect: 1 h"))
    world.feed(ALPHA).publishes("Rain")
    async with world.running() as app:
        await world.run(until="08:01")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="08:10")  # a message waits: the loop reads the clock just before it goes to sleep
        asked: asyncio.Queue[None] = asyncio.Queue()

        def clock() -> datetime:
            asked.put_nowait(None)
            return world.clock.now

        app.deliverer.clock = clock
        loop = asyncio.create_task(app.deliverer.run())
        for _ in range(2):
            await soon(asked.get())
        for _ in range(3):
            await asyncio.sleep(0)
        app.deliverer.wake()
        await asyncio.sleep(0)
        loop.cancel()
        ended, _ = await asyncio.wait([loop], timeout=0.5)
        await end(loop)
    assert ended == {loop}


async def test_a_damaged_database_ends_the_delivery_loop(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    async with world.running() as app:
        world.database.reading_faults.append(StoreError("database: world.db: damaged"))
        with pytest.raises(StoreError, match="damaged"):
            await soon(app.deliverer.run())


async def test_a_send_that_outlasts_the_stop_is_repeated_with_its_id_after_the_restart(
    tmp_path: Path, slow: SlowSender
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    world.senders = {"console": slow}
    async with world.running() as app:
        await app.poll_all()
        world.clock.now += timedelta(minutes=10)
        world.feed(ALPHA).publishes("North Korea")
        await app.poll_all()
        assert await app.deliverer.step() == 1
        await soon(slow.given.wait())
        assert await app.deliverer.step() == 0  # its lane is busy
        await app.deliverer.close(timedelta(milliseconds=10))
        lanes = [task for task in asyncio.all_tasks() if "_deliver" in str(task.get_coro())]
        assert len(lanes) == 1
        lanes[0].cancel()  # as the end of the process does
        await asyncio.gather(*lanes, return_exceptions=True)
        slow.may.set()
    world.senders = None
    async with world.running():
        await world.settle()
        (delivery,) = world.alerts()[0].deliveries
    ((_, again),) = world.outbox.sent
    assert again.id == slow.sent[0].id and again.attempt == 2
    assert delivery.unknown and delivery.state is DeliveryState.DELIVERED
