"""The control socket: the app on a fake clock, asked over a real Unix socket by the client that commands use."""

from __future__ import annotations

import asyncio
import getpass
import http.client
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flow.world import World
from wirewatch.control.client import RemoteControl, answers
from wirewatch.control.follow import Event, Follow
from wirewatch.control.inside import control_inside
from wirewatch.control.places import is_ours, socket_of_daemon, sockets_to_ask
from wirewatch.control.server import ControlServer, open_socket
from wirewatch.core.model import DeliveryState
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.errors import ControlError

WATCHLIST = """
settings: {name: Korea desk}
feeds:
  Han: {url: "https://han.example/rss", poll: 1 min}
topics:
  yongbyon: {title: Yongbyon, any: [Yongbyon]}
  floods: {title: Floods, any: [flood]}
receivers:
  desk: {apprise: "json://desk.example/hook"}
  later: {apprise: "json://later.example/hook", hold: true}
routes:
  - {topics: [yongbyon], to: [desk, later], collect: 0 s}
  - {to: desk, collect: 0 s}
"""
YONGBYON = TopicKey("yongbyon")
HOUR = timedelta(hours=1)


class Held:
    """A world whose app answers on a socket."""

    def __init__(self, world: World, server: ControlServer) -> None:
        self.world, self.server = world, server
        self.control = RemoteControl(server.path)

    async def ask(self, method: str, **given: Any) -> Any:
        return await asyncio.to_thread(lambda: getattr(self.control, method)(**given))

    async def publish(self, *titles: str) -> None:
        for title in titles:
            self.world.feed("https://han.example/rss").publishes(title)
        await self.world.run(self.world.clock.now + timedelta(minutes=2))


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    world = World(tmp_path, WATCHLIST)
    async with world.running() as app:
        control = control_inside(app.database, app.writer, app.editions, world.clock, app.reload)
        server = ControlServer(tmp_path / "c.sock", control, app.follow)
        assert await server.start()
        made = Held(world, server)
        await made.publish("Before the watch")
        yield made
        await server.stop()


async def until_followed(follow: Follow) -> None:
    async with asyncio.timeout(10):
        while not follow.is_followed:  # noqa: ASYNC110 (it only lets the others run)
            await asyncio.sleep(0)


def raw(path: Path, method: str, address: str, body: bytes = b"") -> tuple[int, Any]:
    """A request as anybody may write it."""
    connection = http.client.HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request(method, address, body)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


async def test_the_status_says_that_all_is_well_and_who_answers(held: Held) -> None:
    status = await held.ask("status")
    assert status.well and status.running and status.pid == os.getpid()
    assert (status.desk, status.feeds, status.heard, status.refused) == ("Korea desk", 1, 1, ())
    assert status.watchlist == str(held.world.path)


async def test_hits_alerts_feeds_ledger_and_records_are_those_of_the_database(held: Held) -> None:
    await held.publish("Yongbyon steams", "Nothing to see")
    (hit,) = await held.ask("hits", topic=YONGBYON, limit=5)
    assert hit.title == "Yongbyon steams"
    assert await held.ask("hits", topic=TopicKey("floods")) == ()
    told = await held.ask("alerts", receiver=ReceiverName("desk"))
    assert [one.deliveries[0].state for one in told] == [DeliveryState.DELIVERED]
    (record,) = await held.ask("records", link=hit.link)
    assert record.hits == (hit,) and {one.receiver for one in record.alerts} == {"desk", "later"}
    assert await held.ask("records", title="Yongbyon steams") == (record,)
    assert (await held.ask("feeds"))[0].entries == 3
    assert (await held.ask("ledger")).faults == ()


async def test_a_silence_keeps_back_what_is_told_next_and_lifting_it_ends_that(held: Held) -> None:
    made = await held.ask("silence", topic=YONGBYON, lasts=2 * HOUR, because="a drill", by="somebody else")
    assert (made.because, made.by, made.until - made.since) == ("a drill", getpass.getuser(), 2 * HOUR)
    await held.publish("Yongbyon steams")
    assert held.world.outbox.headlines() == []
    (told,) = await held.ask("alerts", state=DeliveryState.SILENCED)
    assert "a drill" in told.deliveries[0].text
    assert [one.id for one in (await held.ask("status")).silences] == [made.id]
    assert await held.ask("lift", topic=YONGBYON) == 1
    assert await held.ask("lift", topic=YONGBYON) == 0
    await held.publish("Yongbyon stops")
    assert held.world.outbox.headlines() == ["Yongbyon stops"]
    assert len(await held.ask("silences")) == 1


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("silence", {"topic": "yongbyn", "lasts": HOUR, "because": "x", "by": ""}, "did you mean yongbyon?"),
        ("silence", {"topic": "yongbyon", "lasts": -HOUR, "because": "x", "by": ""}, "lasts: "),
        ("silence", {"topic": "yongbyon", "lasts": HOUR, "because": "", "by": ""}, "because: "),
        ("lift", {"topic": "nobody"}, "no topic is called 'nobody'"),
        ("release", {"name": "Hann"}, "did you mean Han?"),
        ("retry", {"message": "none"}, "none of this number waits"),
        ("retry", {"receiver": "dessk"}, "did you mean desk?"),
        ("not_this", {}, "name one hit or one alert"),
        ("not_this", {"hit": 99}, "hit 99: there is none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_cannot_be_done_says_why(held: Held, method: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ControlError) as caught:
        await held.ask(method, **given)
    assert said in str(caught.value)


async def test_what_a_receiver_holds_goes_when_it_is_released(held: Held) -> None:
    await held.publish("Yongbyon steams")
    assert held.world.outbox.headlines() == ["Yongbyon steams"]
    assert await held.ask("release", name="later") == 1
    await held.world.settle()
    assert held.world.outbox.headlines() == ["Yongbyon steams"] * 2
    assert await held.ask("release", name="later") == 0


async def test_entries_of_a_feed_that_looked_rebuilt_are_told_when_they_are_released(held: Held) -> None:
    feed = held.world.feed("https://han.example/rss")
    old = held.world.clock.now - timedelta(days=30)
    for number in range(8):
        feed.publishes(f"Yongbyon report {number} of another time", guid=f"old{number}", at=old)
    await held.world.run(held.world.clock.now + timedelta(minutes=2))
    assert held.world.outbox.headlines() == []

    assert await held.ask("release", name="Han") == 8
    await held.world.settle()

    assert len(held.world.outbox.headlines()) == 8
    assert await held.ask("release", name="https://han.example/rss") == 0
    assert (await held.ask("ledger")).faults == ()


async def test_noise_names_the_term_to_blame_and_the_line_for_ignore(held: Held) -> None:
    await held.publish("Yongbyon steams")
    (told,) = await held.ask("alerts", receiver=ReceiverName("desk"))
    (noise,) = await held.ask("not_this", alert=told.id)
    assert (noise.topic, noise.terms, noise.example) == (YONGBYON, ("Yongbyon",), "Yongbyon steams")
    assert [hit.noise for hit in await held.ask("hits")] == [True]


async def test_a_reload_answers_with_every_error_and_changes_nothing_until_it_is_mended(held: Held) -> None:
    held.world.path.write_text(WATCHLIST.replace("any:", "anny:") + "colour: blue\n", encoding="utf-8")
    errors = await held.ask("reload")
    assert len(errors) >= 2 and all(str(held.world.path) in one for one in errors)
    status = await held.ask("status")
    assert not status.well and status.refused == errors and "not live" in status.troubles[0]
    held.world.path.write_text(WATCHLIST, encoding="utf-8")
    assert await held.ask("reload") == ()
    assert (await held.ask("status")).well


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "said"),
    [
        ("GET", "/v1/hits?limit=0", b"", 400, "limit: "),
        ("GET", "/v1/hits?colour=blue", b"", 400, "the request has colour; it takes topic"),
        ("POST", "/v1/silences", b"{", 400, "not JSON"),
        ("POST", "/v1/silences", b"[]", 400, "not a JSON object"),
        ("POST", "/v1/silences", b'{"because": "' + b"x" * 70_000 + b'"}', 400, "longer than"),
        ("GET", "/v1/nothing", b"", 404, "there is no such operation"),
        ("DELETE", "/v1/silences", b"", 404, "there is no such operation"),
    ],
    ids=[
        "a number out of range",
        "an unknown field",
        "no JSON",
        "no object",
        "too long",
        "no such path",
        "no such way",
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(
    held: Held, method: str, address: str, body: bytes, status: int, said: str
) -> None:
    found, answer = await asyncio.to_thread(raw, held.server.path, method, address, body)
    assert found == status and said in answer["error"]


async def test_a_follower_hears_hits_and_deliveries_as_they_come(held: Held) -> None:
    events: list[Event] = []

    async def follow() -> None:
        async for event in held.world.app.follow.events():
            events.append(event)
            if event.destination and event.destination.startswith("desk"):
                return

    following = asyncio.create_task(follow())
    await until_followed(held.world.app.follow)
    await held.publish("Yongbyon steams")
    await asyncio.wait_for(following, 10)
    assert [event.hit.title for event in events if event.hit] == ["Yongbyon steams"]
    assert [event.headlines for event in events if event.destination] == [("Yongbyon steams",)]
    assert not held.world.app.follow.is_followed


async def test_the_stream_is_a_json_object_a_line(held: Held) -> None:
    lines = await asyncio.to_thread(lambda: iter(held.control.follow()))
    first = asyncio.create_task(asyncio.to_thread(next, lines))
    await until_followed(held.world.app.follow)
    await held.publish("Yongbyon steams")
    event = await asyncio.wait_for(first, 10)
    assert event.hit is not None or event.destination is not None
    await held.server.stop()


async def test_a_follower_that_does_not_listen_is_told_how_much_it_missed(held: Held) -> None:
    follow = Follow(held.world.app.database, held.world.clock)
    events = follow.events()
    first = asyncio.ensure_future(anext(events))
    await until_followed(follow)
    await held.publish(*(f"Yongbyon report {number}" for number in range(3)))
    await follow.committed()
    assert (await first).hit is not None
    (follower,) = follow._followers
    while not follower.queue.full():
        follower.put(Event(held.world.clock()))
    follower.put(Event(held.world.clock()))
    assert (await anext(events)).missed == 1
    await events.aclose()  # type: ignore[attr-defined]


async def test_the_socket_is_for_its_owner_and_group_and_goes_with_the_daemon(held: Held) -> None:
    assert stat.S_IMODE(held.server.path.stat().st_mode) == 0o660
    await held.server.stop()
    assert not held.server.path.exists() and not answers(held.server.path)
    with pytest.raises(ControlError, match="is it stopping"):
        await held.ask("status")


def test_a_socket_that_a_dead_daemon_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    assert not answers(path)
    open_socket(path).close()


def test_a_living_socket_a_file_and_a_long_name_are_refused_in_words(tmp_path: Path) -> None:
    with open_socket(tmp_path / "c.sock"), pytest.raises(ControlError, match="another daemon answers"):
        open_socket(tmp_path / "c.sock")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ControlError, match="no socket stands in its place"):
        open_socket(tmp_path / "file")
    with pytest.raises(ControlError, match="longer than 107 bytes"):
        open_socket(tmp_path / ("x" * 120))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of another user")
def test_a_folder_of_another_user_is_neither_used_nor_asked(tmp_path: Path) -> None:
    folder = tmp_path / "wirewatch"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(ControlError, match="belongs to another user"):
        open_socket(folder / "c.sock")
    assert sockets_to_ask({"XDG_RUNTIME_DIR": str(tmp_path)}, "sqlite:///w.db", Path("w.yaml")) == ()


def test_a_folder_of_ours_or_one_that_is_not_there_is_used(tmp_path: Path) -> None:
    assert is_ours(tmp_path) and is_ours(tmp_path / "nothing")


async def test_a_daemon_without_a_socket_says_so_and_goes_on(
    held: Held, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("mine")
    server = ControlServer(tmp_path / "file", held.server.control, held.server.follow)
    assert not await server.start()
    assert "action=no_control_socket" in caplog.text
    await server.stop()
    assert (tmp_path / "file").read_text() == "mine"


def test_where_the_socket_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "sqlite:///wirewatch.db"
    assert socket_of_daemon({"WIREWATCH_SOCKET": "/a/b"}, url) == Path("/a/b")
    assert socket_of_daemon({"RUNTIME_DIRECTORY": "/run/wirewatch"}, url) == Path("/run/wirewatch/control.sock")
    monkeypatch.chdir(tmp_path)
    own = socket_of_daemon({"XDG_RUNTIME_DIR": "/run/user/7"}, url)
    assert own.parent == Path("/run/user/7/wirewatch")
    assert own == socket_of_daemon({"XDG_RUNTIME_DIR": "/run/user/7"}, f"sqlite:///{tmp_path}/wirewatch.db")
    assert own != socket_of_daemon({"XDG_RUNTIME_DIR": "/run/user/7"}, "sqlite:///other.db")
    assert f"wirewatch-{os.getuid()}" in str(socket_of_daemon({}, url))
    assert sockets_to_ask({"XDG_RUNTIME_DIR": "/run/user/7"}, url, Path("w.yaml")) == (own,)
    assert sockets_to_ask({}, None, Path("/etc/wirewatch/watchlist.yaml")) == (Path("/run/wirewatch/control.sock"),)
    assert sockets_to_ask({"WIREWATCH_SOCKET": "/a/b"}, url, Path("w.yaml")) == (Path("/a/b"),)
