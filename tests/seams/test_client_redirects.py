"""Redirects: followed by hand, five at most, judged at each hop; credentials stay with their origin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.seams.fetching import fetched, fetching, refused
from tests.seams.server import Asked, Raw, Reply, Server
from wirewatch.core.watchlist import Access

SECRET = "s3cr3t-key-0123456789"
FULL = Access(headers=(("X-Key", "env:KEY"),), cookies=(("login", "env:KEY"),), user="ann", password="env:KEY")
SECRETS = {"env:KEY": SECRET, "${KEY}": SECRET}


def to(location: str, status: int = 302) -> Reply:
    return Reply(status, b"moved", (("Location", location),))


@pytest.fixture
def other() -> Iterator[Server]:
    """Another origin: the same host, another port."""
    with Server(lambda asked: Reply(200, b"other")) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_told(status: int) -> None:
    with Server(lambda asked: Reply(200, b"new") if asked.path == "/new" else to("/new", status)) as server:
        async with fetching() as client:
            response = await fetched(client, server.url("/old"))
    assert (response.body, response.url) == (b"new", server.url("/new"))
    assert response.moved == ((status, server.url("/new")),)
    assert ("location", "/new") not in response.headers


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("new", "/a/new"),
        ("../new", "/new"),
        ("?page=2", "/a/old"),
        ("//127.0.0.1:{port}/new", "/new"),
        ("new é#part", "/a/new%20%C3%A9"),
        (" /new ", "/new"),
    ],
)
async def test_a_relative_target_is_resolved(location: str, path: str) -> None:
    def answer(asked: Asked) -> Reply | Raw:
        if asked.target != "/a/old":
            return Reply(200, b"new")
        target = location.format(port=server.port)
        return Raw((f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode(),))

    with Server(answer) as server:
        async with fetching() as client:
            assert (await fetched(client, server.url("/a/old"))).body == b"new"
    assert server.asked[1].path == path


async def test_the_condition_goes_along() -> None:
    with Server(lambda asked: Reply(304) if asked.path == "/new" else to("/new")) as server:
        async with fetching() as client:
            response = await fetched(client, server.url("/old"), etag='"7"')
    assert response.status == 304
    assert [asked.headers["if-none-match"] for asked in server.asked] == ['"7"', '"7"']


async def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    def answer(asked: Asked) -> Reply:
        left = int(asked.path[1:])
        return to(f"/{left - 1}") if left else Reply(200, b"there")

    with Server(answer) as server:
        async with fetching() as client:
            assert len((await fetched(client, server.url("/5"))).moved) == 5
            error = await refused(client, server.url("/6"))
    assert "more than 5 redirects; put the last address into the watchlist" in str(error)


@pytest.mark.parametrize("location", ["/a", "/b"], ids=["to itself", "there and back"])
async def test_a_circle_is_found(location: str) -> None:
    with Server(lambda asked: to(location if asked.path == "/a" else "/a")) as server:
        async with fetching() as client:
            error = await refused(client, server.url("/a"))
    assert f"redirects in a circle, back to {server.url('/a')};" in str(error)
    assert len(server.asked) <= 2


@pytest.mark.parametrize(
    "location", ["ftp://site.example/", "file:///etc/passwd", "javascript:alert(1)", "http://[::1"]
)
async def test_a_target_that_is_no_web_address_is_not_followed(location: str) -> None:
    with Server(lambda asked: to(location)) as server:
        async with fetching() as client:
            assert "which is no web address" in str(await refused(client, server.url()))


async def test_a_redirect_without_a_target_is_a_fault() -> None:
    with Server(lambda asked: Reply(302)) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert str(error).startswith("answers 302: it points elsewhere without a usable address")


async def test_the_body_of_a_redirect_is_not_read() -> None:
    def answer(asked: Asked) -> Reply | Raw:
        endless = b"HTTP/1.1 302 Found\r\nLocation: /new\r\n\r\n"
        return Reply(200, b"new") if asked.path == "/new" else Raw((endless,), hang=True)

    with Server(answer) as server:
        async with fetching(body_bytes=10) as client:
            assert (await fetched(client, server.url())).body == b"new"


async def test_credentials_go_along_within_the_origin() -> None:
    with Server(lambda asked: Reply(200) if asked.path == "/new" else to("/new")) as server:
        async with fetching(secrets=SECRETS) as client:
            await fetched(client, server.url("/old"), FULL)
    assert all({"x-key", "cookie", "authorization"} <= asked.headers.keys() for asked in server.asked)


async def test_credentials_never_cross_to_another_origin_and_come_back_only_at_home(other: Server) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, b"home") if asked.path == "/back" else to(other.url("/over"))

    other.answer = lambda asked: to(home.url("/back"))
    with Server(answer) as home:
        async with fetching(secrets=SECRETS) as client:
            assert (await fetched(client, home.url("/start"), FULL)).body == b"home"
    assert SECRET not in repr(other.asked)
    assert not {"x-key", "cookie", "authorization"} & other.asked[0].headers.keys()
    assert [asked.headers["x-key"] for asked in home.asked] == [SECRET, SECRET]


async def test_a_user_in_the_address_or_in_a_target_goes_nowhere_else(other: Server) -> None:
    target = other.url("/over").replace("//", "//eve:pw@")
    with Server(lambda asked: to(target)) as home:
        async with fetching() as client:
            response = await fetched(client, home.url().replace("//", "//ann:pw@"))
    assert "authorization" not in other.asked[0].headers
    assert response.url == other.url("/over")


async def test_a_refusal_after_a_redirect_says_where_the_credentials_stayed(other: Server) -> None:
    other.answer = lambda asked: Reply(401)
    with Server(lambda asked: to(other.url("/over"))) as home:
        async with fetching(secrets=SECRETS) as client:
            error = await refused(client, home.url(), FULL)
    assert str(error).startswith(f"redirected to {other.url('/over')}: answers 401:")
    assert f"the credentials stay with http://127.0.0.1:{home.port};" in str(error)
    assert error.status == 401


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://10.0.0.1/", id="private"),
        pytest.param("http://169.254.169.254/latest/meta-data/", id="a cloud's own page"),
        pytest.param("http://0xA9FEA9FE/", id="hexadecimal"),
        pytest.param("http://2852039166/", id="decimal"),
        pytest.param("http://[::ffff:10.0.0.1]/", id="IPv4 in IPv6"),
        pytest.param("http://[fd00::1]/", id="private IPv6"),
    ],
)
async def test_the_guard_judges_each_hop(location: str) -> None:
    with Server(lambda asked: to(location)) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert "to permit it" in str(error)


async def test_a_redirect_queues_at_its_new_site() -> None:
    """Feeds of many sites that all moved to one house are bounded by that house's limit."""
    busy: list[int] = []

    def answer(asked: Asked) -> Raw:
        busy.append(house._busy)
        return Raw((0.02, Reply(200, b"there").wire()))

    with Server(answer) as house, Server(lambda asked: to(house.url())) as many:
        async with fetching(connections=8, per_site=2) as client:
            await asyncio.gather(*(fetched(client, many.url(f"/{n}"), site=f"s{n}.example") for n in range(12)))
    assert house.busiest <= 2


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://127.0.0.1:{port}/x?key=" + SECRET, id="in a query"),
        pytest.param("http://127.0.0.1:{port}/x/" + SECRET + "/y", id="in a path"),
        pytest.param("ftp://127.0.0.1/" + SECRET, id="in an address that cannot be used"),
        pytest.param("/start?key=" + SECRET, id="in a circle"),
    ],
)
async def test_a_secret_that_a_target_repeats_is_shown_as_its_reference(location: str, other: Server) -> None:
    other.answer = lambda asked: Reply(500, SECRET.encode(), (("X-Echo", SECRET),))
    with Server(lambda asked: to(location.format(port=other.port))) as home:
        async with fetching(secrets=SECRETS) as client:
            error = await refused(client, home.url("/start?key=${KEY}"))
    assert SECRET not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    assert "${KEY}" in str(error)
