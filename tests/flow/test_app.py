"""The daemon as a whole: one round of it, its clean-up, what a reload rebuilds, and its end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.quick import QuickWorld, soon
from tests.flow.world import START
from wirewatch.core.model import DeliveryState, HitState, Message
from wirewatch.core.watchlist import ReceiverName, Settings
from wirewatch.errors import DeliveryError, FetchError, SecretError, StoreBusy, StoreError
from wirewatch.fetch.client import Client, Request, Response
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.store.ledger import ledger
from wirewatch.store.outbox import release_held
from wirewatch.visit import Get

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"

WATCHLIST = """
settings: {name: Test desk, keep: 2 days}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea]}
receivers:
  screen: {console: true}
  operator: {mail: {server: "localhost:25", security: none, from: w@example.org, to: op@example.org}}
routes:
  - {to: screen, collect: 1 min}
  - {to: operator, machine: true}
"""


async def test_the_first_round_is_the_baseline_and_the_second_one_tells_what_came(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea before")
    await world.once()
    assert world.outbox.sent == []
    world.clock.now += timedelta(minutes=30)
    world.feed(ALPHA).publishes("North Korea one")
    world.feed(ALPHA).publishes("North Korea two")
    await world.once()  # does not wait for the minute in which alerts are collected
    assert sorted(world.outbox.headlines()) == ["North Korea one", "North Korea two"]
    assert len(world.outbox.sent) == 1
    await world.once()
    assert len(world.outbox.sent) == 1


@dataclass(slots=True)
class DownFor:
    """A destination that is down for so many attempts."""

    attempts: int
    tried: list[int] = field(default_factory=list)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        self.tried.append(message.attempt)
        if len(self.tried) <= self.attempts:
            raise DeliveryError("connection refused")
        return "taken"


@pytest.mark.parametrize("collect", ["1 min", "2 h"])
async def test_a_round_tries_a_destination_that_is_down_once(tmp_path: Path, collect: str) -> None:
    down = DownFor(5)  # bounded, or this round would never end
    world = QuickWorld(tmp_path, WATCHLIST.replace("collect: 1 min", f"collect: {collect}"))
    world.senders = {"console": down}
    world.feed(ALPHA).publishes("Rain")
    await world.once()
    world.clock.now += timedelta(minutes=30)
    world.feed(ALPHA).publishes("North Korea")
    await world.once()
    assert down.tried == [1]


async def test_a_round_asks_each_feed_once_however_short_its_rhythm(tmp_path: Path) -> None:
    brisk = WATCHLIST.replace("Alpha: https://a.example/feed", 'Alpha: {url: "https://a.example/feed", poll: 1 s}')
    world = QuickWorld(tmp_path, brisk)
    stored = asyncio.Event()

    class BetaIsSlow:
        async def get(self, request: Request) -> Response:
            if request.url == BETA:
                await soon(stored.wait())
                world.clock.now += timedelta(seconds=2)
            return await world.network.get(request)

    app = world.build()
    app.poller.client = BetaIsSlow()
    app.poller.on_report = lambda report: stored.set()
    await soon(app.once())
    world.database.close()
    assert (len(world.feed(ALPHA).asked), len(world.feed(BETA).asked)) == (1, 1)


async def test_a_round_on_a_damaged_database_ends_with_its_error(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    app = world.build()
    world.database.reading_faults = [StoreError("database: world.db: damaged")]
    with pytest.raises(StoreError, match="damaged"):
        await soon(app.once())
    world.database.close()


async def test_what_is_older_than_keep_goes_and_is_never_told_again(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    async with world.running() as app:
        await world.run(until="08:10")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="09:00")
        assert world.outbox.headlines() == ["North Korea"]
        world.clock.now = START + timedelta(days=3)
        await app.purge()
        with world.database.read() as conn:
            book = ledger(conn)
        assert (sum(book.entries.values()), book.seen, book.alerts, book.faults) == (0, 2, 0, ())
        world.feed(ALPHA).publishes("Sun")  # another document, with the two that were purged below it
        await world.run(until=START + timedelta(days=3, hours=2))
        with world.database.read() as conn:
            assert sum(ledger(conn).entries.values()) == 1
    assert world.outbox.headlines() == ["North Korea"]


async def test_beyond_keep_size_the_oldest_go_first(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST.replace("keep: 2 days", "keep: 2 days, keep_size: 500 kB"))
    for number in range(40):
        world.feed(ALPHA).publishes(f"Rain {number}", text=f"{number} words " * 4000)
    async with world.running() as app:
        await world.run(until="08:01")
        await app.purge()
        kept = world.feeds()["Alpha"].entries
        assert 0 < kept < 40
        await app.purge()
        assert world.feeds()["Alpha"].entries == kept


async def test_other_network_settings_make_another_client_and_other_topics_do_not(tmp_path: Path) -> None:
    made: list[Settings] = []
    world = QuickWorld(tmp_path, WATCHLIST)

    def client(settings: Settings) -> Get:
        made.append(settings)
        return world.network

    world.client = client
    async with world.running() as app:
        await world.save(WATCHLIST.replace("title: North Korea", "title: The North"))
        await world.save(WATCHLIST.replace("keep: 2 days", "keep: 9 days, timezone: Asia/Seoul"))
        assert len(made) == 1
        await world.save(WATCHLIST.replace("keep: 2 days", "limits: {timeout: 5 s}"))
        await world.save(WATCHLIST.replace("keep: 2 days", 'network: {proxy: "http://proxy.example:3128"}'))
        assert app.poller.client is world.network
    assert [settings.limits.timeout for settings in made[1:]] == [timedelta(seconds=5), timedelta(seconds=30)]
    assert made[2].proxy == "http://proxy.example:3128"


async def others() -> set[asyncio.Task[object]]:
    """Every task but the test's own."""
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_a_client_that_a_reload_retired_is_closed_at_the_stop(tmp_path: Path) -> None:
    made: list[Client] = []

    def client(settings: Settings) -> Get:
        made.append(Client(settings, lambda text: text, version="9.9"))
        return made[-1]

    world = QuickWorld(tmp_path, WATCHLIST)
    world.client = client
    try:
        async with world.running():
            await world.save(WATCHLIST.replace("keep: 2 days", "limits: {timeout: 5 s}"))
        left = await others()
        for task in left:
            task.cancel()
        assert left == set()
        with pytest.raises(FetchError, match="Wirewatch is stopping"):
            await soon(made[0].get(Request("https://a.example/feed", "a.example")))
    finally:
        for one in made:
            await one.close()


async def test_what_takes_effect_only_at_a_restart_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    async with world.running():
        await world.save(WATCHLIST.replace("keep: 2 days", "keep: 3 days"))
        assert "restart_needed" not in caplog.text
        await world.save(WATCHLIST.replace("keep: 2 days", 'database: "sqlite:///other.db"'))
        assert caplog.text.count("action=restart_needed") == 1
        await world.save(WATCHLIST.replace("keep: 2 days", 'database: "sqlite:///other.db", limits: {parsers: 2}'))
        assert caplog.text.count("action=restart_needed") == 2


UNTIL = WATCHLIST.replace("Beta: https://b.example/feed", 'Beta: {url: "https://b.example/feed", until: 2025-11-25}')


async def test_a_feed_is_no_longer_asked_when_its_last_day_is_over(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, UNTIL.replace("keep: 2 days", "timezone: Asia/Seoul"))
    async with world.running() as app:
        await world.run(until="14:59")
        await app.editions.turn_page()
        assert BETA in app.editions.live.feeds
        await world.run(until="15:01")  # midnight in Seoul
        await app.editions.turn_page()
        asked = len(world.feed(BETA).asked)
        await world.run(until="20:00")
    assert list(app.editions.live.feeds) == [ALPHA]
    assert asked > 5 and len(world.feed(BETA).asked) == asked
    assert world.feed(ALPHA).asked[-1] > START + timedelta(hours=11)


async def test_an_edit_that_is_saved_while_the_day_turns_stays_live(tmp_path: Path) -> None:
    chat = UNTIL.replace("screen: {console: true}", 'screen: {apprise: "json://hook.example/x"}')
    world = QuickWorld(tmp_path, chat)
    may, turning = threading.Event(), threading.Event()

    def slow_for_the_first(text: str) -> str:
        if not turning.is_set():
            turning.set()
            assert may.wait(10)
        return text

    async with world.running() as app:
        world.clock.now += timedelta(days=1)
        world.resolve = slow_for_the_first
        turned = asyncio.create_task(app.editions.turn_page())
        assert await asyncio.to_thread(turning.wait, 10)
        saved = asyncio.create_task(world.save(chat.replace("title: North Korea", "title: The North")))
        await asyncio.wait([saved], timeout=0.5)  # it may have to wait for the other
        may.set()
        await soon(asyncio.gather(turned, saved))
        titles = [topic.title for topic in app.editions.live.watchlist.topics]
    assert titles == ["The North"]


async def test_a_feed_that_moved_keeps_its_memory(tmp_path: Path) -> None:
    moved = "https://new.example/feed"
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea before", link="https://a.example/1")
    async with world.running():
        await world.run(until="08:10")
        world.feed(moved).entries = list(world.feed(ALPHA).entries)
        world.feed(moved).publishes("North Korea after the move", link="https://a.example/2")
        await world.save(WATCHLIST.replace(ALPHA, f'{{url: "{moved}", was: "{ALPHA}"}}'))
        await world.run(until="09:00")
        assert world.feeds()["Alpha"].entries == 2
        hits = world.hits()
    assert world.outbox.headlines() == ["North Korea after the move"]
    assert hits[("north-korea", "North Korea before")] is HitState.OLDER


async def test_a_receiver_that_holds_gets_its_messages_when_they_are_released(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST.replace("screen: {console: true}", "screen: {console: true, hold: true}"))
    world.feed(ALPHA).publishes("Rain")
    async with world.running() as app:
        await world.run(until="08:10")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="12:00")
        (delivery,) = world.alerts()[0].deliveries
        assert delivery.state is DeliveryState.HELD and world.outbox.sent == []
        job = app.writer.submit(lambda conn: release_held(conn, ReceiverName("screen"), world.clock()))
        assert await asyncio.wrap_future(job) == 1
        await world.settle()
    assert world.outbox.headlines("screen") == ["North Korea"]


async def test_notices_go_by_the_machines_route_and_alerts_do_not(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    async with world.running() as app:
        await world.run(until="08:10")
        world.feed(ALPHA).publishes("North Korea")
        world.path.write_text(WATCHLIST.replace("any:", "anny:"))
        assert await app.editions.reload() is not None
        await world.run(until="09:00")
    by_place = {key: (len(message.alerts), len(message.notices)) for key, message in world.outbox.sent}
    assert by_place == {"screen": (1, 0), "operator/op@example.org": (0, 1)}
    assert world.outbox.notices()[0].startswith("Your edit is not live; the last good watchlist goes on.\n")


async def test_a_start_with_a_broken_file_goes_on_with_the_last_good_one_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:10")
    world.path.write_text(WATCHLIST.replace("any:", "anny:"))
    for _ in range(2):  # a second restart opens no second episode
        async with world.running():
            await world.run(until=world.clock() + timedelta(hours=1))
    (notice,) = world.outbox.notices()
    assert notice.startswith("The last good watchlist goes on.\n") and "did you mean 'any'" in notice
    async with world.running():
        world.feed(ALPHA).publishes("North Korea on the last good one")
        await world.run(until=world.clock() + timedelta(hours=1))
    assert world.outbox.headlines() == ["North Korea on the last good one"]
    assert "action=watchlist_refused errors=" in caplog.text


async def test_what_a_person_should_put_right_in_a_receiver_is_said_at_the_load(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def resolve(text: str) -> str:
        if text == "env:CHAT":
            raise SecretError("env:CHAT: is not set; set it where Wirewatch is started")
        return text

    world = QuickWorld(tmp_path, WATCHLIST.replace("{console: true}", "{apprise: env:CHAT}"))
    world.resolve = resolve
    async with world.running():
        pass
    assert "action=watchlist_warning text=receivers.screen.apprise: env:CHAT: is not set" in caplog.text


@pytest.fixture
async def signals() -> AsyncIterator[None]:
    """The loop's signal handlers, taken back at the end."""
    yield
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_it_runs_is_edited_and_ends_at_a_signal_with_nothing_left(
    tmp_path: Path, signals: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea before")
    app = world.build()
    running = asyncio.create_task(app.run())
    await world.says("Watching. Next: ")
    assert world.said[1] == "2 feeds answered in 0 s; 0 did not."
    world.path.write_text(WATCHLIST.replace("title: North Korea", "title: The North"))
    await world.says("The watchlist was saved and is live.")
    assert app.editions.live.desk.topics[next(iter(app.editions.live.desk.topics))].title == "The North"
    os.kill(os.getpid(), signal.SIGHUP)
    await world.says("The watchlist was saved and is live.", times=2)
    os.kill(os.getpid(), signal.SIGTERM)
    await soon(running)
    assert await others() == set()
    assert app.parser.pids == ()
    with pytest.raises(StoreBusy, match="being closed"):
        app.writer.submit(lambda conn: None)
    world.database.close()
    live = [line for line in caplog.text.splitlines() if "action=watchlist_live" in line]
    assert len(live) == 2 and live[0].endswith("feeds=2 topics=1 receivers=2 routes=2")


async def test_a_fault_of_ours_in_a_reload_does_not_end_the_watch(
    tmp_path: Path, signals: None, caplog: pytest.LogCaptureFixture
) -> None:
    def resolve(text: str) -> str:
        if world.said and text.startswith("json:"):
            broken.set()
            raise ValueError("a fault that nobody thought of")
        return text

    broken = threading.Event()
    world = QuickWorld(tmp_path, WATCHLIST)
    world.resolve = resolve
    app = world.build()
    running = asyncio.create_task(app.run())
    await world.says("Watching. Next: ")
    world.path.write_text(WATCHLIST.replace("{console: true}", '{apprise: "json://hook.example/x"}'))
    assert await asyncio.to_thread(broken.wait, 10)
    world.path.write_text(WATCHLIST)
    await world.says("The watchlist was saved and is live.")
    app.stop()
    await soon(running)
    world.database.close()
    assert re.search(r"action=reload_bug file=\S+watchlist.yaml text=the running watchlist goes on", caplog.text)


DAMAGED = StoreError("database: world.db: damaged; restore a backup")


async def test_a_database_that_is_damaged_when_what_is_due_is_asked_for_ends_the_daemon(
    tmp_path: Path, signals: None
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    app = world.build()
    running = asyncio.create_task(app.run())
    await world.says("Watching. Next: ")
    world.database.writing_faults.append(DAMAGED)
    with pytest.raises(StoreError, match="damaged; restore a backup"):
        await soon(running)
    assert await others() == set()
    world.database.close()


@pytest.mark.parametrize("which", ["reading what was seen", "storing it"])
async def test_a_database_that_is_damaged_when_answers_are_stored_ends_the_daemon(
    tmp_path: Path, signals: None, which: str
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    app = world.build()

    class Break:
        async def get(self, request: Request) -> Response:
            database = world.database
            faults = database.writing_faults if which == "storing it" else database.reading_faults
            faults.extend([DAMAGED] * 5)
            return await world.network.get(request)

    app.poller.client = Break()
    with pytest.raises(StoreError, match="damaged; restore a backup"):
        await soon(app.run())
    with pytest.raises(StoreBusy, match="being closed"):
        app.writer.submit(lambda conn: None)
    world.database.close()


async def test_a_loop_that_ends_by_a_fault_ends_the_daemon_with_that_fault(tmp_path: Path, signals: None) -> None:
    class Broken:
        async def parse(self, documents: object) -> list[object]:
            raise OSError("no process can be started")

    world = QuickWorld(tmp_path, WATCHLIST)
    app = world.build()
    app.poller.parser = Broken()  # type: ignore[assignment]
    with pytest.raises(OSError, match="no process can be started"):
        await soon(app.run())
    world.database.close()
