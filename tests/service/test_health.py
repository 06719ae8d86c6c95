"""The watchdog is fed only while the watch moves, and systemd hears what it has to."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from wirewatch.health import PATIENCE, Manager, Part, Pulse, Watchdog


@dataclass
class Ear:
    """The manager's end of the socket."""

    address: str
    socket: socket.socket = field(repr=False)

    def heard(self) -> list[str]:
        """What came so far, a string a message."""
        said: list[str] = []
        while True:
            try:
                said.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return said


@pytest.fixture(params=["path", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ear]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@wirewatch-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.setblocking(False)
        listening.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        yield Ear(address, listening)


@dataclass
class Hand:
    """A monotonic clock that is moved by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, time: timedelta) -> None:
        self.seconds += time.total_seconds()


@pytest.fixture
def hand() -> Hand:
    return Hand()


MOMENT = timedelta(seconds=1)


def test_the_manager_hears_the_life_of_the_watch(ear: Ear) -> None:
    manager = Manager.from_environment({"NOTIFY_SOCKET": ear.address})
    manager.ready("3 feeds,\n2 topics")
    manager.status("well")
    manager.reloading()
    manager.ready()
    manager.feed()
    manager.stopping("as asked")
    ready, status, reloading, again, fed, stopping = ear.heard()
    assert ready == "READY=1\nSTATUS=3 feeds, 2 topics"
    assert status == "STATUS=well"
    first, _, since = reloading.partition("\nMONOTONIC_USEC=")
    assert first == "RELOADING=1" and since.isdecimal()
    assert (again, fed, stopping) == ("READY=1", "WATCHDOG=1", "STOPPING=1\nSTATUS=as asked")


def test_an_empty_status_is_not_sent(ear: Ear) -> None:
    manager = Manager.from_environment({"NOTIFY_SOCKET": ear.address})
    manager.feed()
    assert ear.heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize("named", ["", "vsock:2:1", "relative"])
def test_without_a_socket_of_ours_nothing_is_said(named: str, caplog: pytest.LogCaptureFixture) -> None:
    manager = Manager.from_environment({"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "1000000"})
    manager.ready("well")
    manager.feed()
    assert manager.watchdog_interval is None and caplog.text == ""


def test_a_manager_that_is_gone_is_said_once_and_the_watch_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = Manager(str(tmp_path / "gone"))
    manager.feed()
    manager.feed()
    assert caplog.text.count("action=manager_deaf") == 1


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        pytest.param({"WATCHDOG_USEC": "90000000"}, timedelta(seconds=45), id="half of what systemd waits"),
        pytest.param({"WATCHDOG_USEC": "2", "WATCHDOG_PID": str(os.getpid())}, timedelta(microseconds=1), id="ours"),
        pytest.param({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "1"}, None, id="another process's"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="off"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="not a number"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_watchdog_wants_to_be_fed_at_half_its_time(environ: dict[str, str], interval: timedelta | None) -> None:
    assert Manager.from_environment({"NOTIFY_SOCKET": "/nowhere", **environ}).watchdog_interval == interval


@pytest.mark.parametrize("part", list(Part))
def test_what_has_begun_and_does_not_move_is_stuck_after_its_patience(part: Part, hand: Hand) -> None:
    pulse = Pulse(hand)
    pulse.begin(part)
    hand.wait(PATIENCE[part])
    assert pulse.stuck() == ()
    pulse.begin(part)  # more to do is no movement
    hand.wait(MOMENT)
    (text,) = pulse.stuck()
    assert text.startswith(f"{part.value}: ") and f"{PATIENCE[part].total_seconds():.0f} s" in text


@pytest.mark.parametrize("part", list(Part))
def test_what_moves_now_and_then_is_not_stuck(part: Part, hand: Hand) -> None:
    pulse = Pulse(hand)
    pulse.begin(part)
    for _ in range(5):
        hand.wait(PATIENCE[part])
        pulse.moved(part)
    hand.wait(PATIENCE[part])
    assert pulse.stuck() == ()
    hand.wait(MOMENT)
    assert len(pulse.stuck()) == 1


def test_nothing_due_counts_as_moving(hand: Hand) -> None:
    pulse = Pulse(hand)
    pulse.begin(Part.POLL)
    pulse.idle(Part.POLL)
    hand.wait(timedelta(days=3))
    pulse.moved(Part.POLL)  # late, and nothing is under way
    hand.wait(timedelta(days=3))
    assert pulse.stuck() == ()


def test_a_part_that_begins_after_a_rest_has_its_whole_patience(hand: Hand) -> None:
    pulse = Pulse(hand)
    pulse.under_way(Part.WRITER, True)
    pulse.under_way(Part.WRITER, False)
    hand.wait(timedelta(hours=1))
    pulse.under_way(Part.WRITER, True)
    hand.wait(PATIENCE[Part.WRITER])
    assert pulse.stuck() == ()


def test_a_busy_database_that_is_tried_again_moves_everything_that_waits_for_it(hand: Hand) -> None:
    pulse = Pulse(hand)
    for part in Part:
        pulse.begin(part)
    for _ in range(60):
        hand.wait(timedelta(minutes=1))
        pulse.moved()
    assert pulse.stuck() == ()
    hand.wait(timedelta(hours=1))
    assert [text.partition(":")[0] for text in pulse.stuck()] == ["deliver", "poll", "writer"]


async def test_the_watchdog_starves_while_something_is_stuck_and_it_is_said_once(
    ear: Ear, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pulse = Pulse(hand)
    watchdog = Watchdog(Manager(ear.address), pulse)
    await watchdog.tick()
    pulse.begin(Part.DELIVER)
    await watchdog.tick()
    assert ear.heard() == ["WATCHDOG=1", "WATCHDOG=1"]
    hand.wait(PATIENCE[Part.DELIVER] + MOMENT)
    await watchdog.tick()
    hand.wait(MOMENT)
    await watchdog.tick()
    (said,) = ear.heard()
    assert said.startswith("STATUS=stuck: deliver: messages are being sent and none has ended")
    assert caplog.text.count("action=stuck text=deliver: ") == 1
    pulse.moved(Part.DELIVER)
    await watchdog.tick()
    assert ear.heard() == ["STATUS=moves again", "WATCHDOG=1"]
    assert caplog.text.count("action=moves_again") == 1
