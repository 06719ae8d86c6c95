"""The bench itself: its feeds hold what was planted, its server answers as RFC 9110 says, its check can fail."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from tests.bench.feeds import ENTRIES, PLANTED, MadeFeeds, etag_of
from tests.bench.measure import Tree, Verdict, compare, links_in
from tests.bench.script import ScriptProcess
from tests.bench.server import ServerProcess

START = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with ServerProcess(feeds=10, sites=2, seed=7) as started:
        yield started


def get(url: str, etag: str | None = None) -> tuple[int, str | None, bytes]:
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=10)
    try:
        connection.request("GET", place.path, headers={} if etag is None else {"If-None-Match": etag})
        answer = connection.getresponse()
        return answer.status, answer.headers["ETag"], answer.read()
    finally:
        connection.close()


def test_the_same_seed_makes_the_same_feeds_of_a_real_feeds_size() -> None:
    made, again = MadeFeeds(4, 7, START), MadeFeeds(4, 7, START)
    assert made.advance(START) == again.advance(START)
    assert made.bodies == again.bodies
    assert all(55_000 < len(body) < 75_000 for body in made.bodies)


def test_a_made_feed_parses_to_what_was_planted() -> None:
    made = MadeFeeds(20, 7, START)
    before = [feed.entries[0].link for feed in made.feeds]
    added = made.advance(START + timedelta(minutes=5))
    for feed, body, old in zip(made.feeds, made.bodies, before, strict=True):
        parsed = feedparser.parse(BytesIO(body))
        news = [entry.link for entry in parsed.entries[: [entry.link for entry in parsed.entries].index(old)]]
        assert not parsed.bozo
        assert len(parsed.entries) == ENTRIES
        assert news == [entry.link for entry in reversed(added) if entry in feed.entries]
        assert [entry.title for entry in parsed.entries if PLANTED in entry.title] == [
            entry.title for entry in reversed(added) if entry.planted and entry in feed.entries
        ]
    assert any(entry.planted for entry in added)


def test_the_word_stands_nowhere_but_in_planted_titles() -> None:
    made = MadeFeeds(20, 7, START)
    assert not any(PLANTED.encode() in body for body in made.bodies)
    planted = [entry for entry in made.advance(START) if entry.planted]
    assert all(entry.xml.count(PLANTED) == entry.title.count(PLANTED) == 1 for entry in planted)


def test_the_server_answers_304_until_the_feed_changes(server: ServerProcess) -> None:
    server.reset()
    first = [get(url) for url in server.urls]
    assert [status for status, _, _ in first] == [200] * 10
    assert all(etag == etag_of(body) for _, etag, body in first)
    again = [get(url, etag) for url, (_, etag, _) in zip(server.urls, first, strict=True)]
    assert again == [(304, etag, b"") for _, etag, _ in first]
    server.advance("idle")
    assert [get(url, etag)[0] for url, (_, etag, _) in zip(server.urls, first, strict=True)] == [304] * 10
    server.advance("steady")
    changed = [get(url, etag)[0] for url, (_, etag, _) in zip(server.urls, first, strict=True)]
    assert sorted(changed) == [200] + [304] * 9
    assert server.counts() == {"feeds": 10, "requests": 40, "changed": 11, "unchanged": 29}


def test_an_unknown_address_is_not_found(server: ServerProcess) -> None:
    assert get(server.urls[0].replace("/feed/0", "/feed/10"))[0] == 404


def test_one_connection_serves_many_requests(server: ServerProcess) -> None:
    place = urlsplit(server.urls[0])
    connection = HTTPConnection(place.netloc, timeout=10)
    try:
        for _ in range(3):
            connection.request("GET", place.path)
            opened = connection.sock
            assert connection.getresponse().read()
            assert connection.sock is opened
    finally:
        connection.close()


@pytest.mark.parametrize("lean", [pytest.param(False, id="plain"), pytest.param(True, id="lean")])
def test_the_script_tells_each_planted_entry_once(server: ServerProcess, tmp_path: Path, lean: bool) -> None:
    planted: set[str] = set()
    with ScriptProcess(tmp_path, server.urls, lean=lean) as script:
        script.look(lambda: True)
        before = script.tree.cpu_seconds()
        for _ in range(6):
            planted |= server.advance("steady").keys()
            script.look(lambda: True)
        assert script.tree.cpu_seconds() > before
    assert planted
    assert compare(planted, script.alerts()) == Verdict(len(planted), (), (), ())


def test_the_check_finds_a_miss_a_double_and_what_nobody_asked_for() -> None:
    assert compare(["a", "b", "c"], ["c", "b", "d", "b"]) == Verdict(3, missed=("a",), doubled=("b",), unasked=("d",))
    assert not compare(["a"], []).is_right
    assert not compare(["a"], ["a", "a"]).is_right
    assert not compare([], ["a"]).is_right
    assert compare(["a"], ["a"]).is_right


def test_links_are_counted_in_any_output(tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    output.write_text("x https://outlet1.example/news/40-0aff01\n<https://outlet1.example/news/40-0aff01>, 영변")
    assert links_in(output) == ["https://outlet1.example/news/40-0aff01"] * 2


def test_the_cpu_and_memory_of_a_process_tree_are_measured() -> None:
    tree = Tree(os.getpid())
    before, deadline = tree.cpu_seconds(), time.monotonic() + 30
    while tree.cpu_seconds() - before < 0.05:  # measuring costs CPU, too
        assert time.monotonic() < deadline
    assert tree.pss_bytes()[0] > 2**20
