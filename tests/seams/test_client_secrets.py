"""Secrets: sent where they belong, and nowhere in what comes back, goes wrong or is logged."""

from __future__ import annotations

import logging

import pytest

from tests.seams.fetching import fetched, fetching, refused, resolver
from tests.seams.server import Asked, Reply, Server
from wirewatch.core.watchlist import Access
from wirewatch.fetch.client import Request
from wirewatch.fetch.journey import Journey
from wirewatch.fetch.mask import Mask
from wirewatch.fetch.wire import Call

SECRET = "p4ss w0rd/+&ü"
ON_THE_WIRE = "p4ss%20w0rd/+&%C3%BC"


async def test_a_secret_address_is_asked_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(asked: Asked) -> Reply:
        link = f"<http://127.0.0.1{asked.target}>; rel=self"
        return Reply(200, f"<link href='{asked.target}'/>".encode(), (("Link", link), ("ETag", '"1"')))

    with Server(echo) as server:
        async with fetching(secrets={"${KEY}": "k3y-0123456789"}) as client:
            response = await fetched(client, server.url("/feed?key=${KEY}&a=1"))
    assert server.asked[0].target == "/feed?key=k3y-0123456789&a=1"
    assert response.url == server.url("/feed?key=${KEY}&a=1")
    assert response.body == b"<link href='/feed?key=${KEY}&a=1'/>"
    assert dict(response.headers)["link"] == "<http://127.0.0.1/feed?key=${KEY}&a=1>; rel=self"
    assert "k3y-0123456789" not in f"{response!r} {caplog.text}"


async def test_an_address_that_is_a_secret_as_a_whole_is_shown_as_its_name() -> None:
    with Server(lambda asked: Reply(200, b"x")) as server:
        address = server.url("/feeds/private-0123456789/rss?token=abcdefgh")
        async with fetching(secrets={"env:FEED": address}) as client:
            response = await fetched(client, "env:FEED")
            server.answer = lambda asked: Reply(302, b"", (("Location", "/moved/private-0123456789?token=abcdefgh"),))
            error = await refused(client, "env:FEED")
    assert response.url == "env:FEED"
    assert "private-0123456789" not in f"{response!r} {error!r}"
    assert "abcdefgh" not in f"{response!r} {error!r}"


async def test_a_secret_that_is_not_there_is_named() -> None:
    async with fetching() as client:
        error = await refused(client, "env:FEED")
        other = await refused(client, "http://127.0.0.1:1/", Access(token="env:TOKEN"))
    assert str(error) == "env:FEED: not set; set it where Wirewatch is started"
    assert str(other).startswith("env:TOKEN: not set")


@pytest.mark.parametrize(
    "access",
    [
        pytest.param(Access(headers=(("X-Key", "env:KEY"),)), id="header"),
        pytest.param(Access(cookies=(("a", "env:KEY"),)), id="cookie"),
        pytest.param(Access(token="env:KEY"), id="token"),
        pytest.param(Access(proxy="http://user:env:KEY@127.0.0.1:1", token="env:KEY"), id="proxy"),
        pytest.param(Access(proxy="env:KEY"), id="proxy that is none"),
        pytest.param(Access(ca_file="/nowhere/ca.pem", token="env:KEY"), id="with another fault"),
    ],
)
async def test_a_value_that_cannot_be_sent_is_not_shown(access: Access) -> None:
    async with fetching(secrets={"env:KEY": "k3y-\r\n-0123456789"}) as client:
        error = await refused(client, "http://127.0.0.1:1/", access)
    assert "0123456789" not in f"{error!r} {error.__cause__!r} {error.__context__!r}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"at {SECRET} it", id="plain"),
        pytest.param(f"at {ON_THE_WIRE} it", id="as in an address"),
        pytest.param("at p4ss%20w0rd%2F%2B%26%C3%BC it", id="escaped whole"),
        pytest.param("at p4ss%20w0rd%2f%2b%26%c3%bc it", id="escaped whole, in lower case"),
        pytest.param("at p4ss+w0rd%2F%2B%26%C3%BC it", id="as in a form"),
    ],
)
def test_a_secret_is_found_in_every_spelling(text: str) -> None:
    mask = Mask(resolver({"${KEY}": SECRET}))
    assert mask.reveal("a ${KEY} b") == f"a {SECRET} b"
    assert mask.text(text) == "at ${KEY} it"
    assert mask.body(text.encode()) == b"at ${KEY} it"


def test_a_short_secret_is_hidden_in_texts_but_changes_no_news() -> None:
    mask = Mask(resolver({"${PIN}": "north"}))
    mask.reveal("${PIN}")
    assert mask.text("key=north") == "key=${PIN}"
    assert mask.body(b"north korea") == b"north korea"


def test_what_holds_resolved_secrets_does_not_show_them() -> None:
    mask = Mask(resolver({"${KEY}": SECRET}))
    journey = Journey(mask=mask, url=f"http://a/{SECRET}", plain={}, secrets={"X": SECRET}, proxy=SECRET, ca_file="")
    call = Call(
        url=SECRET, headers=(SECRET.encode(),), proxy=SECRET, ca_file="", timeout_ms=1, connect_ms=1, body_bytes=1
    )
    assert "p4ss" not in f"{mask!r} {journey!r} {call!r} {Request('http://a/${KEY}', 'a')!r}"
