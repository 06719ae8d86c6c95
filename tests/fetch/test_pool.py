"""The guarded parsers: one document costs nobody else anything, whatever it does to its child.

These tests start real child processes and kill only those.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

import wirewatch
from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.watchlist import Limits
from wirewatch.errors import ParseError
from wirewatch.fetch.pool import Document, ParsePool

URL = "https://a.example/feed.xml"
LIMITS = Limits(parse_cpu=timedelta(seconds=1), parse_memory_bytes=400_000_000)
DEADLINE = 30.0


def document(title: str) -> Document:
    body = f"<rss version='2.0'><channel><item><title>{title}</title><link>/1</link></item></channel></rss>"
    return Document(body.encode(), "application/rss+xml", URL)


def costly() -> Document:
    """feedparser compares each category with all before it: 50,000 of them cost more than 40 s."""
    categories = "".join(f"<category>{n}</category>" for n in range(50_000))
    return Document(f"<rss><channel><item>{categories}</item></channel></rss>".encode(), None, URL)


@pytest.fixture
def pool() -> Iterator[ParsePool]:
    pool = ParsePool(LIMITS)
    yield pool
    pool.close()


async def parsed(pool: ParsePool, *documents: Document) -> list[ParsedFeed | ParseError]:
    return await asyncio.wait_for(pool.parse(documents), DEADLINE)


def wait_until_it_works(pid: int) -> None:
    child = psutil.Process(pid)
    before = child.cpu_times().user
    deadline = time.monotonic() + DEADLINE
    while child.cpu_times().user < before + 0.05:
        assert time.monotonic() < deadline
        child.cpu_percent(interval=0.01)


def titles(results: list[ParsedFeed | ParseError]) -> list[str]:
    return [str(one) if isinstance(one, ParseError) else one.entries[0].title for one in results]


async def test_documents_come_back_as_feeds_in_their_order(pool: ParsePool) -> None:
    results = await parsed(pool, document("one"), Document(b"", None, URL), document("two"))
    assert titles([results[0], results[2]]) == ["one", "two"]
    assert isinstance(results[1], ParseError)
    assert str(results[1]).startswith("the answer was empty")


async def test_a_feed_crosses_the_pipe_whole(pool: ParsePool) -> None:
    body = (
        "<rss version='2.0'><channel><title>T</title><language>ko</language><item><guid isPermaLink='false'>g</guid>"
        "<title>북한 \U0001f680</title><pubDate>Tue, 25 Nov 2025 16:10:05 KST</pubDate><category>c</category>"
        "<author>A</author><description>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</description></item>"
    )
    (feed,) = await parsed(pool, Document(body.encode(), "text/html", URL))
    assert isinstance(feed, ParsedFeed)
    (entry,) = feed.entries
    assert entry == Entry(
        guid="g",
        link=None,
        title="북한 \U0001f680",
        summary="a\nb",
        author="A",
        tags=("c",),
        published=datetime(2025, 11, 25, 7, 10, 5, tzinfo=UTC),
    )
    assert feed.lang == "ko"
    assert feed.complete is False
    assert len(feed.warnings) == 3


async def test_children_start_when_there_is_work_and_stay(pool: ParsePool) -> None:
    assert pool.pids == ()
    await parsed(pool, document("a"))
    first = pool.pids
    await parsed(pool, document("b"))
    assert len(first) == 1
    assert pool.pids == first
    assert await parsed(pool) == []


async def test_several_children_share_the_work() -> None:
    pool = ParsePool(replace(LIMITS, parsers=2))
    try:
        results = await parsed(pool, *(document(str(n)) for n in range(7)))
        assert titles(results) == [str(n) for n in range(7)]
        assert len(pool.pids) == 2
    finally:
        pool.close()


async def test_a_document_that_costs_too_much_fails_alone(pool: ParsePool) -> None:
    results = await parsed(pool, document("before"), costly(), document("after"))
    assert titles(results) == [
        "before",
        "cost more than 1 s of CPU to read; tell its publisher, or remove the feed",
        "after",
    ]


async def test_the_cpu_limit_is_of_each_document_and_not_of_the_childs_life() -> None:
    pool = ParsePool(replace(LIMITS, parse_cpu=timedelta(seconds=1)))
    items = "".join(f"<item><title>{n}</title></item>" for n in range(1_500))
    busy = Document(f"<rss><channel>{items}</channel></rss>".encode(), None, URL)
    try:
        await parsed(pool, document("a"))
        (pid,) = pool.pids
        child = psutil.Process(pid)
        deadline = time.monotonic() + DEADLINE
        while child.cpu_times().user + child.cpu_times().system < 2.5 and time.monotonic() < deadline:
            assert all(isinstance(one, ParsedFeed) for one in await parsed(pool, busy))
        assert child.cpu_times().user + child.cpu_times().system >= 2.5
        assert pool.pids == (pid,)
    finally:
        pool.close()


async def test_a_document_that_needs_too_much_memory_fails_alone() -> None:
    pool = ParsePool(replace(LIMITS, parse_memory_bytes=120_000_000, parse_cpu=timedelta(seconds=20)))
    huge = Document(b"<rss><channel><item><title>" + b"a &lt; b " * 1_300_000, None, URL)
    try:
        results = titles(await parsed(pool, document("before"), huge, document("after")))
        assert (results[0], results[2]) == ("before", "after")
        assert "memory" in results[1]
    finally:
        pool.close()


async def test_an_idle_child_that_is_killed_is_replaced(pool: ParsePool) -> None:
    await parsed(pool, document("a"))
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    assert titles(await parsed(pool, document("b"))) == ["b"]
    assert pool.pids != (pid,)


async def test_a_child_that_is_killed_at_work_costs_no_document() -> None:
    pool = ParsePool(replace(LIMITS, parse_cpu=timedelta(seconds=20)))
    items = "".join(f"<item><title>{n}</title></item>" for n in range(9_000))
    long = Document(f"<rss><channel>{items}</channel></rss>".encode(), None, URL)
    try:
        await parsed(pool, document("warm"))
        (pid,) = pool.pids
        work = asyncio.create_task(pool.parse([long, document("next")]))
        await asyncio.to_thread(wait_until_it_works, pid)
        os.kill(pid, signal.SIGKILL)
        results = await asyncio.wait_for(work, DEADLINE)
        assert isinstance(results[0], ParsedFeed)
        assert len(results[0].entries) == 9_000
        assert titles(results[1:]) == ["next"]
    finally:
        pool.close()


async def test_the_loop_goes_on_while_documents_are_read(pool: ParsePool) -> None:
    loop = asyncio.get_running_loop()
    beats: list[float] = []

    def beat() -> None:
        beats.append(loop.time())
        loop.call_later(0.01, beat)

    beat()
    await parsed(pool, costly())
    assert len(beats) > 20  # it costs a second and more


async def test_signals_meant_for_the_daemon_do_not_end_a_child(pool: ParsePool) -> None:
    await parsed(pool, document("a"))
    (pid,) = pool.pids
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert titles(await parsed(pool, document("b"))) == ["b"]
    assert pool.pids == (pid,)
    assert os.getsid(pid) != os.getsid(0)


async def test_a_child_holds_no_secret_of_the_daemons_environment(
    pool: ParsePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREWATCH_TEST_SECRET", "hunter2")
    await parsed(pool, document("a"))
    assert "WIREWATCH_TEST_SECRET" not in psutil.Process(pool.pids[0]).environ()


async def test_closing_ends_the_children_and_refuses_work() -> None:
    pool = ParsePool(LIMITS)
    await parsed(pool, document("a"))
    (pid,) = pool.pids
    pool.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(RuntimeError):
        await parsed(pool, document("b"))


async def test_closing_does_not_wait_for_a_long_document() -> None:
    pool = ParsePool(replace(LIMITS, parse_cpu=timedelta(seconds=60)))
    await parsed(pool, document("warm"))
    (pid,) = pool.pids
    work = asyncio.create_task(pool.parse([costly()]))
    await asyncio.to_thread(wait_until_it_works, pid)
    started = time.monotonic()
    await asyncio.to_thread(pool.close)
    assert time.monotonic() - started < 20
    with pytest.raises(RuntimeError):
        await work


def test_children_end_with_the_daemon_however_it_ends() -> None:
    program = (
        "import asyncio, sys\n"
        "from wirewatch.core.watchlist import Limits\n"
        "from wirewatch.fetch.pool import Document, ParsePool\n"
        "pool = ParsePool(Limits())\n"
        "asyncio.run(pool.parse([Document(b'<rss/>', None, 'https://a.example')]))\n"
        "print(pool.pids[0], 'feedparser' in sys.modules, flush=True)\n"
        "sys.stdin.read()\n"
    )
    source = str(Path(wirewatch.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{program}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        pid, loaded = daemon.stdout.readline().split()
        assert loaded == "False", "the daemon itself must not load feedparser"
        child = psutil.Process(int(pid))
        daemon.kill()
        gone, alive = psutil.wait_procs([child], timeout=DEADLINE)
        assert (gone, alive) == ([child], [])
