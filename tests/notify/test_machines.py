"""One contract for the three ways to machines: the same JSON arrives by each, whatever a feed put into it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.notify.examples import DESK, HOSTILE, KOREAN, NOTICE, SEED, hostile, message
from tests.notify.machines import by_file, by_hook, by_python, refusal
from tests.notify.servers import Reply, WebServer, serving_web
from wirewatch.core.model import Message
from wirewatch.notify.reach import is_unresolved, way_of
from wirewatch.notify.record import record
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination
from wirewatch.notify.senders import make_senders
from wirewatch.notify.trial import send_trial

TOKEN = "t0kenT0kenT0ken99"
RESOLVER = Resolver({"TOKEN": TOKEN, "PATH": "/usr/bin:/bin"})
SENDERS = make_senders(RESOLVER, io.StringIO())


Arrived = Callable[[], list[Any]]


@contextmanager
def hook(folder: Path) -> Iterator[tuple[Destination, Arrived]]:
    with serving_web(WebServer([Reply(204, "")])) as web:
        yield by_hook(f"http://127.0.0.1:{web.port}/${{TOKEN}}"), lambda: [heard.json for heard in web.heard]


@contextmanager
def file(folder: Path) -> Iterator[tuple[Destination, Arrived]]:
    path = folder / "alerts.jsonl"
    yield by_file(path), lambda: lines_of(path)


@contextmanager
def program(folder: Path) -> Iterator[tuple[Destination, Arrived]]:
    copy = "import sys; open('got', 'ab').write(sys.stdin.buffer.read())"
    yield by_python(copy, folder), lambda: lines_of(folder / "got")


def lines_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.fixture(params=[hook, file, program], ids=["webhook", "file", "exec"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Destination, Arrived]]:
    with ExitStack() as stack:
        yield stack.enter_context(request.param(tmp_path))


def send(told: Message, destination: Destination) -> str:
    return SENDERS[destination.kind].send(told, destination, DESK)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(message(SEED), id="one alert"),
        pytest.param(message(SEED, KOREAN, thread=None), id="a burst"),
        pytest.param(message(notices=(NOTICE,), thread=None), id="a notice"),
        *(pytest.param(message(hostile(text)), id=name) for name, text in HOSTILE.items()),
    ],
)
def test_the_documented_json_arrives_whole(way: tuple[Destination, Arrived], told: Message) -> None:
    destination, arrived = way
    assert send(told, destination)
    assert arrived() == [record(told)]


def test_messages_arrive_one_by_one_and_in_order(way: tuple[Destination, Arrived]) -> None:
    destination, arrived = way
    for told in (message(SEED), message(KOREAN)):
        send(told, destination)
    assert [one["alerts"][0]["id"] for one in arrived()] == [SEED.id, KOREAN.id]


def test_a_test_message_goes_the_same_way(way: tuple[Destination, Arrived]) -> None:
    destination, arrived = way
    sent = send_trial(destination, SENDERS, DESK, message(SEED).created_at, "host")
    assert (sent.destination, sent.ok) == (str(destination.key), True)
    [told] = arrived()
    assert told["notices"][0]["text"].startswith("Test of receiver ")


def test_a_look_goes_there_and_sends_nothing(way: tuple[Destination, Arrived]) -> None:
    destination, arrived = way
    found = way_of(destination, RESOLVER, {})
    assert found.reach is not None
    assert found.reach() in {"takes connections", "will be made by the first message", "is there"}
    assert arrived() == []
    assert not is_unresolved(destination, RESOLVER)


def test_where_each_leads_is_said_without_secrets() -> None:
    hooked = by_hook("https://desk.example/${TOKEN}", "env:TOKEN")
    assert way_of(hooked, RESOLVER, {}).what == "webhook at https://desk.example:443, signed"
    assert way_of(by_file(Path("/srv/a.jsonl")), RESOLVER, {}).what == "lines of JSON in /srv/a.jsonl"
    assert way_of(by_python("secret"), RESOLVER, {}).what.startswith("the program /")


def test_a_hook_whose_secret_is_not_there_is_known_as_such() -> None:
    assert is_unresolved(by_hook("env:GONE"), RESOLVER)
    assert is_unresolved(by_hook("https://desk.example/", "env:GONE"), RESOLVER)
    assert "env:GONE: is not set" in str(refusal(lambda: way_of(by_hook("env:GONE"), RESOLVER, {})))
