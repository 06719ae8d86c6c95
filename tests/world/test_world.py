"""The world is worth its tests only if it does what it says: each mood, each manner, and children that live on."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.daemon import Daemon
from tests.world.feeds import Item, Manner
from tests.world.journal import Journal
from tests.world.moments import Seen
from tests.world.sinks import Mood
from tests.world.world import PEOPLE, World

MAIL = "Message-ID: <one@made>\r\nSubject: Two words\r\n\r\nA body.\r\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        yield made


def get(url: str, tag: str = "") -> tuple[int, bytes, str]:
    request = urllib.request.Request(url, headers={"If-None-Match": tag} if tag else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read(), answer.headers["ETag"] or ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers["ETag"] or ""


def post(world: World, key: str = "one") -> int:
    data = json.dumps({"title": "Two words", "message": "A body."}).encode()
    url = world.hook.address.replace("json:", "http:")
    request = urllib.request.Request(url, data, headers={"Idempotency-Key": key})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def write_mail(world: World) -> None:
    with smtplib.SMTP("127.0.0.1", world.mail.port, timeout=5) as client:
        client.sendmail("watch@desk.example", [PEOPLE[0]], MAIL)


def test_a_feed_shows_what_was_published_and_says_when_nothing_changed(world: World) -> None:
    world.feeds.feed("/a").publish(Item("1", "First & foremost"))
    status, body, tag = get(world.feeds.url("/a"))
    assert (status, b"First &amp; foremost" in body) == (200, True)
    assert get(world.feeds.url("/a"), tag)[0] == 304
    world.feeds.feed("/a").edit("1", "Second thoughts")
    assert b"Second thoughts" in get(world.feeds.url("/a"), tag)[1]
    assert [moment.seen for moment in world.feeds.moments.all()] == [Seen.NEWS, Seen.SAME, Seen.NEWS]


@pytest.mark.parametrize(
    ("manner", "status"),
    [
        pytest.param(Manner.FAULT, 500, id="500"),
        pytest.param(Manner.STUCK, 304, id="304 for ever"),
        pytest.param(Manner.GARBAGE, 200, id="garbage"),
    ],
)
def test_a_feed_misbehaves_as_told(world: World, manner: Manner, status: int) -> None:
    feed = world.feeds.feed("/a")
    feed.publish(Item("1", "Never seen"))
    feed.manner = manner
    answer = get(world.feeds.url("/a"))
    assert (answer[0], b"Never seen" in answer[1]) == (status, False)


def test_a_feed_server_goes_down_and_comes_up_on_its_port(world: World) -> None:
    world.feeds.feed("/a").publish(Item("1", "Here"))
    url = world.feeds.url("/a")
    world.feeds.go_down()
    with pytest.raises(urllib.error.URLError):
        get(url)
    world.feeds.come_up()
    assert get(url)[0] == 200


@pytest.mark.parametrize(
    ("mood", "status"),
    [
        pytest.param(Mood.TAKE, 200, id="taken"),
        pytest.param(Mood.BUSY, 503, id="busy"),
        pytest.param(Mood.NEVER, 404, id="gone for good"),
    ],
)
def test_a_webhook_answers_by_its_mood(world: World, mood: Mood, status: int) -> None:
    world.hook.turn(mood)
    assert post(world) == status
    assert len(world.hook.arrivals) == (1 if mood is Mood.TAKE else 0)


def test_a_webhook_keeps_the_message_with_its_id(world: World) -> None:
    post(world, "id-7")
    (arrival,) = world.hook.arrivals.all()
    assert (arrival.destination, arrival.message_id, arrival.text) == ("hook", "id-7", "Two words\nA body.")


def test_a_webhook_that_resets_has_the_message(world: World) -> None:
    world.hook.turn(Mood.RESET)
    with pytest.raises(OSError):
        post(world)
    assert [arrival.lost_answer for arrival in world.hook.arrivals.all()] == [True]


def test_a_webhook_that_is_down_refuses_connections(world: World) -> None:
    world.hook.turn(Mood.DOWN)
    with pytest.raises(urllib.error.URLError):
        post(world)


@pytest.mark.parametrize("sink", ["hook", "mail"])
def test_a_sink_holds_its_answer_until_its_mood_changes(world: World, sink: str) -> None:
    held = world.hook if sink == "hook" else world.mail
    held.turn(Mood.HOLD)
    sender = threading.Thread(target=post if sink == "hook" else write_mail, args=(world,))
    sender.start()
    held.moments.wait_until(lambda seen: any(one.seen is Seen.HELD for one in seen), within=5, what="a held message")
    assert sender.is_alive()
    held.turn(Mood.TAKE)
    sender.join(5)
    held.moments.wait_until(lambda seen: seen[-1].seen is Seen.ANSWERED, within=5, what="an answer")
    assert len(held.arrivals) == 1


def test_a_mail_is_kept_with_its_id_and_text(world: World) -> None:
    write_mail(world)
    (arrival,) = world.mail.arrivals.all()
    assert (arrival.destination, arrival.message_id) == (PEOPLE[0], "<one@made>")
    assert arrival.text.split() == ["Two", "words", "A", "body."]


@pytest.mark.parametrize(
    ("mood", "code"), [pytest.param(Mood.BUSY, 451, id="greylisted"), pytest.param(Mood.NEVER, 550, id="unknown")]
)
def test_a_mail_server_turns_away_by_its_mood(world: World, mood: Mood, code: int) -> None:
    world.mail.turn(mood)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        write_mail(world)
    assert [answer[0] for answer in refused.value.recipients.values()] == [code]
    assert not len(world.mail.arrivals)


def test_a_mail_server_that_resets_has_the_mail(world: World) -> None:
    world.mail.turn(Mood.RESET)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        write_mail(world)
    assert [arrival.lost_answer for arrival in world.mail.arrivals.all()] == [True]


def test_settling_waits_until_a_dead_sender_is_gone(world: World) -> None:
    world.hook.turn(Mood.HOLD)
    script = (
        "import sys, urllib.request as web\n"
        'web.urlopen(web.Request(sys.argv[1], b\'{"title": "a", "message": "b"}\', {\'Idempotency-Key\': \'x\'}))'
    )
    url = world.hook.address.replace("json:", "http:")
    with subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.DEVNULL) as sender:
        world.hook.arrivals.wait_until(lambda all: len(all) == 1, within=10, what="the message")
        sender.kill()
    world.settle()
    assert not world.hook.listener.opened


def test_waiting_says_what_it_waited_for() -> None:
    journal: Journal[int] = Journal()
    journal.add(7)
    with pytest.raises(TimeoutError, match="for eight; of 1 the last: 7"):
        journal.wait_until(lambda seen: 8 in seen, within=0.01, what="eight")


def test_a_child_that_outlives_its_daemon_is_found_and_ended(tmp_path: Path) -> None:
    child = "import time; print('child up', flush=True); time.sleep(60)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], start_new_session=True)"
    daemon = Daemon(tmp_path / "none.yaml", tmp_path / "none.db", command=(sys.executable, "-c", script))
    daemon.start()
    daemon.says("child up")
    started = time.monotonic()
    (left,) = daemon.kill()
    assert "child up" in left
    assert time.monotonic() - started >= 5


def test_a_daemon_without_children_leaves_none(tmp_path: Path) -> None:
    script = "import time; print('up', flush=True); time.sleep(60)"
    daemon = Daemon(tmp_path / "none.yaml", tmp_path / "none.db", command=(sys.executable, "-c", script))
    daemon.start()
    daemon.says("up")
    assert daemon.kill() == ()
    assert not daemon.is_running
