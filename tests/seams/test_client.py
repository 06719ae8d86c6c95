"""The client against a real server on the loopback: what is asked, what comes back, how much at once, when it ends."""

from __future__ import annotations

import asyncio
import gzip
import logging
import threading
import time
import zlib
from datetime import timedelta

import certifi
import pytest

from tests.seams.fetching import LOOPBACK, fetched, fetching, refused
from tests.seams.server import Asked, Raw, Reply, Server
from wirewatch.core.watchlist import Access
from wirewatch.errors import FetchError
from wirewatch.fetch.client import Request
from wirewatch.fetch.gate import Gate
from wirewatch.fetch.guard import Guard
from wirewatch.fetch.transfers import Transfers
from wirewatch.fetch.wire import STOPPED, Call, Outcome, Ticket

FEED = b"<rss version='2.0'><channel><title>Wire</title></channel></rss>"
HUNG = Raw(hang=True)


def feed(asked: Asked) -> Reply:
    return Reply(200, FEED, (("Content-Type", "application/rss+xml"), ("ETag", '"7"'), ("X-Tag", "a")))


async def test_a_feed_comes_back_whole_with_its_headers_in_lower_case() -> None:
    with Server(feed) as server:
        async with fetching() as client:
            response = await fetched(client, server.url("/feed?a=1"))
    assert (response.status, response.body, response.moved) == (200, FEED, ())
    assert response.url == server.url("/feed?a=1")
    assert response.headers[:3] == (("content-type", "application/rss+xml"), ("etag", '"7"'), ("x-tag", "a"))
    assert timedelta(0) < response.elapsed < timedelta(seconds=20)
    assert server.asked[0].target == "/feed?a=1"


async def test_the_request_says_who_asks_and_for_what() -> None:
    with Server(feed) as server:
        async with fetching(contact="desk@paper.example") as client:
            await fetched(client, server.url())
    headers = server.asked[0].headers
    assert headers["user-agent"] == "Wirewatch/9.9 (+desk@paper.example)"
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert "gzip" in headers["accept-encoding"]
    assert not {"if-none-match", "if-modified-since", "cookie", "authorization", "referer"} & headers.keys()


async def test_without_a_contact_the_name_stands_alone() -> None:
    with Server(feed) as server:
        async with fetching() as client:
            await fetched(client, server.url())
    assert server.asked[0].headers["user-agent"] == "Wirewatch/9.9"


async def test_a_conditional_request_brings_unchanged_without_a_body() -> None:
    with Server(lambda asked: Reply(304, b"", (("ETag", '"8"'), ("Content-Length", "500")))) as server:
        async with fetching() as client:
            response = await fetched(client, server.url(), etag='W/"7"', last_modified="Sun, 06 Nov 1994 08:49:37 GMT")
    assert (response.status, response.body) == (304, b"")
    assert ("etag", '"8"') in response.headers
    headers = server.asked[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('W/"7"', "Sun, 06 Nov 1994 08:49:37 GMT")


async def test_unchanged_without_a_condition_is_a_fault() -> None:
    with Server(lambda asked: Reply(304)) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert str(error) == "answers 304: unchanged, although we did not say what we have; it is tried again"


async def test_access_is_sent_as_it_is_written_and_overrides_our_own_headers() -> None:
    access = Access(
        headers=(("user-agent", "Reader/1"), ("X-Key", "k"), ("X-Empty", "")),
        cookies=(("a", "1"), ("b", "2")),
        token="t",
    )
    with Server(feed) as server:
        async with fetching() as client:
            await fetched(client, server.url(), access)
    headers = server.asked[0].headers
    assert headers["cookie"] == "a=1; b=2"
    assert headers["authorization"] == "Bearer t"
    assert (headers["user-agent"], headers["x-key"], headers["x-empty"]) == ("Reader/1", "k", "")


@pytest.mark.parametrize("access", [Access(user="ann", password="p:ä"), None], ids=["in access", "in the address"])
async def test_user_and_password_are_sent_at_once(access: Access | None) -> None:
    with Server(feed) as server:
        url = server.url() if access else server.url().replace("//", "//ann:p%3A%C3%A4@")
        async with fetching() as client:
            response = await fetched(client, url, access)
    assert server.asked[0].headers["authorization"] == "Basic YW5uOnA6w6Q="
    assert response.url == server.url()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-Key", "a\r\nX-Other: b", id="line break"),
        pytest.param("X-Key", "a\x00b", id="NUL"),
        pytest.param("X Key", "a", id="space in the name"),
        pytest.param("X-Key: a\r\nX", "b", id="line break in the name"),
    ],
)
async def test_a_header_that_would_smuggle_another_one_is_not_sent(name: str, value: str) -> None:
    with Server(feed) as server:
        async with fetching() as client:
            error = await refused(client, server.url(), Access(headers=((name, value),)))
    assert "cannot be sent" in str(error)
    assert server.asked == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(FEED), id="gzip"),
        pytest.param("deflate", zlib.compress(FEED), id="deflate"),
        pytest.param("identity", FEED, id="identity"),
    ],
)
async def test_a_packed_body_is_unpacked(encoding: str, body: bytes) -> None:
    with Server(lambda asked: Reply(200, body, (("Content-Encoding", encoding),))) as server:
        async with fetching() as client:
            assert (await fetched(client, server.url())).body == FEED


async def test_a_body_up_to_the_limit_is_taken() -> None:
    with Server(lambda asked: Reply(200, b"x" * 100_000)) as server:
        async with fetching(body_bytes=100_000) as client:
            assert len((await fetched(client, server.url())).body) == 100_000


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, b"x" * 100_001), id="one byte too many"),
        pytest.param(Reply(200, gzip.compress(b"\0" * 50_000_000), (("Content-Encoding", "gzip"),)), id="bomb"),
        pytest.param(Raw((b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 200_000), hang=True), id="without an end"),
    ],
)
async def test_a_body_over_the_limit_is_broken_off(reply: Reply | Raw) -> None:
    with Server(lambda asked: reply) as server:
        async with fetching(body_bytes=100_000) as client:
            error = await refused(client, server.url())
    assert str(error).startswith("body is larger than 100 kB;")


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"".join(b"X-%d: y\r\n" % number for number in range(400)), id="too many"),
        pytest.param(b"".join(b"X-%d: %s\r\n" % (number, b"y" * 9000) for number in range(12)), id="too large"),
        pytest.param(b"X: " + b"y" * 400_000 + b"\r\n", id="one without end"),
    ],
)
async def test_headers_over_the_limit_are_broken_off(head: bytes) -> None:
    with Server(lambda asked: Raw((b"HTTP/1.1 200 OK\r\n" + head + b"\r\n",), hang=True)) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert str(error).startswith("the headers of the answer are too large")


DRIP = Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *(b"x", 0.05) * 400))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(HUNG, id="silent"),
        pytest.param(Raw((b"HTTP/1.1 200 OK\r\nX: ",), hang=True), id="silent within the headers"),
        pytest.param(DRIP, id="a byte now and then"),
        pytest.param(Raw((b"HTTP/1.1 103 Early\r\n\r\n", 0.05) * 400), id="hints for ever"),
    ],
)
async def test_the_deadline_is_total(reply: Raw) -> None:
    with Server(lambda asked: reply) as server:
        async with fetching(seconds=0.6) as client:
            start = time.monotonic()
            error = await refused(client, server.url())
            assert 0.5 < time.monotonic() - start < 5
    assert str(error).startswith("took longer than 0.6 s;")
    assert not error.network


async def test_a_kept_connection_that_falls_silent_ends_at_the_deadline() -> None:
    with Server(lambda asked: HUNG if asked.path == "/hangs" else feed(asked)) as server:
        async with fetching(seconds=1.5) as client:
            await fetched(client, server.url())
            error = await refused(client, server.url("/hangs"))
    assert server.connections == 1
    assert str(error).startswith("took longer than 1.5 s;")


async def test_the_deadline_holds_over_all_redirects_together() -> None:
    def slowly(asked: Asked) -> Raw:
        return Raw((0.3, b"HTTP/1.1 302 Found\r\nLocation: %sx\r\n\r\n" % asked.path.encode()))

    with Server(slowly) as server:
        async with fetching(seconds=0.8) as client:
            error = await refused(client, server.url("/"))
    assert "took longer than 0.8 s" in str(error)
    assert len(server.asked) <= 3


async def test_time_in_the_queue_does_not_count() -> None:
    with Server(lambda asked: Raw((0.5, Reply(200, FEED).wire()))) as server:
        async with fetching(seconds=1.6, per_site=1) as client:
            responses = await asyncio.gather(*(fetched(client, server.url()) for _ in range(4)))
    assert all(response.elapsed < timedelta(seconds=1.6) for response in responses)


async def test_connections_are_kept_and_used_again() -> None:
    with Server(feed) as server:
        async with fetching() as client:
            for _ in range(20):
                await fetched(client, server.url())
    assert (len(server.asked), server.connections) == (20, 1)


async def test_kept_connections_that_the_server_closed_without_a_word_are_replaced() -> None:
    with Server(lambda asked: Raw((Reply(200, FEED).wire(),))) as server:
        async with fetching(connections=32, per_site=2) as client:
            responses = await asyncio.gather(*(fetched(client, server.url(), site=f"s{n % 16}") for n in range(300)))
    assert {response.body for response in responses} == {FEED}


@pytest.mark.parametrize(
    ("connections", "per_site", "sites", "most"),
    [
        pytest.param(8, 2, 1, 2, id="of one site"),
        pytest.param(3, 2, 10, 3, id="in all"),
    ],
)
async def test_only_so_many_are_asked_at_once(connections: int, per_site: int, sites: int, most: int) -> None:
    with Server(lambda asked: Raw((0.02, Reply(200, FEED).wire()))) as server:
        async with fetching(connections=connections, per_site=per_site) as client:
            await asyncio.gather(*(fetched(client, server.url(), site=f"s{n % sites}") for n in range(30)))
    assert (len(server.asked), server.busiest) == (30, most)


async def test_a_site_with_a_long_queue_does_not_hold_up_the_others() -> None:
    with Server(feed) as server:
        async with fetching(connections=1) as client:
            crowd = [asyncio.create_task(fetched(client, server.url("/crowd"), site="crowd")) for _ in range(50)]
            await asyncio.sleep(0)
            await fetched(client, server.url("/lone"), site="lone")
            assert [asked.path for asked in server.asked].index("/lone") <= 3
            await asyncio.gather(*crowd)


async def test_two_thousand_at_once_are_all_answered() -> None:
    with Server(feed) as server:
        async with fetching(connections=64) as client:
            responses = await asyncio.gather(*(fetched(client, server.url(), site=f"s{n % 99}") for n in range(2000)))
    assert {response.body for response in responses} == {FEED}
    assert server.connections <= 64


async def test_a_cancelled_request_is_broken_off_and_frees_its_place() -> None:
    def answer(asked: Asked) -> Reply | Raw:
        return HUNG if asked.path == "/hangs" else feed(asked)

    with Server(answer) as server:
        async with fetching(connections=1) as client:
            task = asyncio.create_task(fetched(client, server.url("/hangs")))
            await server.until(lambda server: len(server.asked) == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.until(lambda server: server.ended == 1)
            assert (await fetched(client, server.url("/feed"))).status == 200


async def test_cancelling_in_the_queue_leaves_the_others_in_it() -> None:
    with Server(lambda asked: Raw((0.05, Reply(200, FEED).wire()))) as server:
        async with fetching(connections=1) as client:
            tasks = [asyncio.create_task(fetched(client, server.url(f"/{n}"))) for n in range(6)]
            await server.until(lambda server: len(server.asked) == 1)
            for task in tasks[1:4]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [asked.path for asked in server.asked] == ["/0", "/4", "/5"]
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 3


async def test_close_ends_hanging_and_waiting_requests_and_the_thread_within_two_seconds() -> None:
    with Server(lambda asked: HUNG) as server:
        async with fetching(connections=2) as client:
            tasks = [asyncio.create_task(fetched(client, server.url())) for _ in range(5)]
            await server.until(lambda server: len(server.asked) == 2)
            start = time.monotonic()
            await client.close()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert time.monotonic() - start < 2
    assert all(isinstance(result, FetchError) and result.network for result in results)
    assert "wirewatch-libcurl" not in {thread.name for thread in threading.enumerate()}


async def test_a_closed_client_says_so_and_closes_twice() -> None:
    async with fetching() as client:
        await client.close()
        with pytest.raises(FetchError, match="Wirewatch is stopping"):
            await client.get(Request("http://127.0.0.1:1/", "site.example"))


async def test_nobody_connects_where_nobody_listens() -> None:
    async with fetching() as client:
        error = await refused(client, "http://127.0.0.1:1/")
    assert str(error).startswith("the server does not take connections;")
    assert (error.status, error.network) == (None, False)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(Raw(), "closed the connection without an answer", id="nothing"),
        pytest.param(Raw(reset=True), "the connection broke", id="reset"),
        pytest.param(
            Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",)), "the connection broke", id="cut off"
        ),
        pytest.param(Raw((b"SSH-2.0-OpenSSH_9.2\r\n",)), "no web server", id="another protocol"),
        pytest.param(
            Raw((b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno",)), "cannot be unpacked", id="no gzip"
        ),
    ],
)
async def test_a_broken_answer_is_said_in_words(reply: Raw, words: str) -> None:
    with Server(lambda asked: reply) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert words in str(error)
    assert error.status is None


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        pytest.param(429, "120", timedelta(seconds=120), id="429 with seconds"),
        pytest.param(503, "Wed, 25 Nov 2026 12:05:00 GMT", timedelta(minutes=5), id="503 with a date"),
        pytest.param(500, "120", None, id="500 does not count"),
        pytest.param(503, "soon", None, id="unreadable"),
    ],
)
async def test_how_long_the_server_asks_us_to_wait_comes_with_the_error(
    status: int, value: str, wait: timedelta | None
) -> None:
    with Server(lambda asked: Reply(status, b"wait", (("Retry-After", value),))) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert (error.status, error.retry_after) == (status, wait)


async def test_the_body_of_a_refusal_is_not_waited_for() -> None:
    with Server(lambda asked: Raw((b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n",), hang=True)) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert str(error).startswith("answers 403: it turns this address away;")


@pytest.mark.parametrize(
    "url", ["ftp://site.example/feed", "file:///etc/passwd", "site.example", "http://", "http://a b/"]
)
async def test_only_web_addresses_are_asked(url: str) -> None:
    async with fetching() as client:
        assert str(await refused(client, url)).startswith("the address is no web address")


async def test_a_name_that_does_not_exist_is_not_our_fault_and_a_dead_dns_is() -> None:
    async with fetching() as client:
        error = await refused(client, "http://no-such-host.invalid/feed")
        label = await refused(client, f"http://{'a' * 70}.example/")
    assert str(label).startswith("no such host (DNS)")
    # Which of the two it is depends on the network in which the tests run; the words and the mark agree.
    assert str(error).startswith("names cannot be looked up" if error.network else "no such host (DNS)")


async def test_a_bug_in_libcurls_thread_is_logged_and_the_thread_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    tickets = [loop.create_future() for _ in range(3)]
    failing = iter([True])

    def deliver(batch: list[tuple[Ticket, Outcome]]) -> None:
        if next(failing, False):
            raise ZeroDivisionError
        for ticket, outcome in batch:
            loop.call_soon_threadsafe(ticket.set_result, outcome)

    transfers = Transfers(Guard(LOOPBACK), deliver, kept=4)
    with (
        Server(lambda asked: HUNG if asked.path == "/hangs" else feed(asked)) as server,
        caplog.at_level(logging.ERROR),
    ):
        calls = [
            Call(server.url(path), (), "", certifi.where(), timeout_ms=9000, connect_ms=9000, body_bytes=9000)
            for path in ("/hangs", "/bug", "/after")
        ]
        transfers.begin(tickets[0], calls[0])
        await server.until(lambda server: len(server.asked) == 1)
        transfers.begin(tickets[1], calls[1])  # its outcome is what the fault loses
        assert await asyncio.wait_for(tickets[0], 10) == STOPPED
        transfers.begin(tickets[2], calls[2])
        assert (await asyncio.wait_for(tickets[2], 10)).status == 200
    ended = threading.Event()
    transfers.stop(ended.set)
    assert await asyncio.to_thread(ended.wait, 10)
    transfers.release()
    assert "action=fetch-thread-failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_place_that_is_given_and_cancelled_in_the_same_moment_is_handed_on() -> None:
    gate = Gate(total=1, per_site=1)
    order: list[str] = []

    async def leave_and_cancel() -> None:
        async with gate.place("a"):
            await asyncio.sleep(0)  # the others queue
        second.cancel()  # it has been given the place and has not run yet

    async def pass_through(name: str) -> None:
        async with gate.place(name):
            order.append(name)

    first = asyncio.create_task(leave_and_cancel())
    second, third = (asyncio.create_task(pass_through(name)) for name in ("b", "c"))
    results = await asyncio.gather(first, second, third, return_exceptions=True)
    assert order == ["c"]
    assert isinstance(results[1], asyncio.CancelledError)


async def test_places_of_sites_take_turns_and_queues_keep_their_order() -> None:
    gate = Gate(total=2, per_site=1)
    order: list[str] = []

    async def pass_through(site: str, number: int) -> None:
        async with gate.place(site):
            order.append(f"{site}{number}")
            await asyncio.sleep(0)

    await asyncio.gather(*(pass_through(site, number) for site in "abc" for number in range(3)))
    assert sorted(order) == sorted(f"{site}{number}" for site in "abc" for number in range(3))
    for site in "abc":
        assert [name for name in order if name[0] == site] == [f"{site}0", f"{site}1", f"{site}2"]
    assert {name[0] for name in order[:3]} == set("abc")
