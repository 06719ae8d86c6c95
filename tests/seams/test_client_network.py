"""The network between: which addresses may be dialled, proxies, and TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.seams.fetching import fetched, fetching, refused
from tests.seams.server import Asked, Reply, Server
from wirewatch.core.watchlist import Access
from wirewatch.fetch.guard import Guard
from wirewatch.fetch.sites import site_of


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "this machine"),
        ("::", "this machine"),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("100.64.0.1", "CGNAT"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("192.0.2.1", "documentation"),
        ("2001:db8::1", "documentation"),
        ("198.18.0.1", "benchmarks"),
        ("192.88.99.1", "6to4"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:0:10.0.0.1", "private"),
        ("::10.0.0.1", "private"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b:1::1", "NAT64"),
        ("2002:a00:1::", "private"),
        ("2002:7f00:1::1", "loopback"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved"),
        ("nonsense", "cannot be read"),
    ],
)
def test_what_is_not_public_is_refused(address: str, what: str) -> None:
    refusal = Guard().refusal(address)
    assert refusal is not None
    assert what in refusal


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert Guard().refusal(address) is None


@pytest.mark.parametrize(
    ("allow", "address", "allowed"),
    [
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.0.0/16", "::ffff:10.1.2.3", True),
        ("fd00::/8", "fd12::1", True),
        ("0.0.0.0/0", "10.1.2.3", True),
        ("0.0.0.0/0", "fd12::1", False),
    ],
)
def test_the_settings_allow_a_range(allow: str, address: str, allowed: bool) -> None:
    assert (Guard((allow,)).refusal(address) is None) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://017700000001:{port}/",
        "http://0x7f.1:{port}/",
        "http://0:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://localhost:{port}/",
    ],
)
async def test_no_spelling_of_a_forbidden_address_is_dialled(url: str) -> None:
    with Server(lambda asked: Reply(200, b"inside")) as server:
        async with fetching(allow=()) as client:
            error = await refused(client, url.format(port=server.port))
    assert "to permit it" in str(error)
    assert server.connections == 0


async def test_the_environments_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(lambda asked: Reply(200, b"direct")) as server:
        for name in ("http_proxy", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        async with fetching() as client:
            assert (await fetched(client, server.url())).body == b"direct"


@pytest.fixture
def proxy() -> Iterator[Server]:
    """A proxy that takes every target to the loopback."""
    with Server(lambda asked: Reply(400), forward=True) as server:
        yield server


async def test_the_proxy_is_used_even_on_a_private_address_and_where_the_environment_makes_exceptions(
    proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with Server(lambda asked: Reply(200, b"far")) as server:
        async with fetching(allow=(), proxy=proxy.url()) as client:
            # A public address: where this proxy takes it is its own matter.
            response = await fetched(client, f"http://93.184.215.14:{server.port}/feed?a=1")
    assert response.body == b"far"
    assert proxy.asked[0].target == f"http://93.184.215.14:{server.port}/feed?a=1"


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:10.0.0.1]", "localhost", "nas", "nas.local"],
)
async def test_behind_a_proxy_the_target_is_still_checked(host: str, proxy: Server) -> None:
    async with fetching(allow=(), proxy=proxy.url()) as client:
        error = await refused(client, f"http://{host}/")
    assert "to permit it" in str(error) or "local name" in str(error)
    assert proxy.asked == []


async def test_behind_a_proxy_each_hop_is_checked(proxy: Server) -> None:
    with Server(lambda asked: Reply(302, b"", (("Location", "http://10.0.0.1/"),))) as server:
        async with fetching(allow=(), proxy=proxy.url()) as client:
            error = await refused(client, f"http://93.184.215.14:{server.port}/")
    assert str(error).startswith("redirected to http://10.0.0.1/: address 10.0.0.1 is in a private network;")
    assert len(proxy.asked) == 1


async def test_a_name_that_only_the_proxy_can_look_up_is_passed_on(proxy: Server) -> None:
    with Server(lambda asked: Reply(200, b"far")) as server:
        async with fetching(allow=(), proxy=proxy.url()) as client:
            assert (await fetched(client, f"http://feeds.paper.invalid:{server.port}/")).body == b"far"


async def test_a_feeds_own_proxy_wins_and_gets_its_password(proxy: Server) -> None:
    own = Access(proxy=proxy.url().replace("//", "//ann:${PW}@"))
    with Server(lambda asked: Reply(200, b"far")) as server:
        async with fetching(proxy="http://127.0.0.1:1", secrets={"${PW}": "0123456789"}) as client:
            await fetched(client, server.url(), own)
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic YW5uOjAxMjM0NTY3ODk="
    assert "proxy-authorization" not in server.asked[0].headers


@pytest.mark.parametrize("url", ["127.0.0.1:3128", "ftp://127.0.0.1", "http://a b"])
async def test_a_proxy_address_that_cannot_be_used_is_said(url: str) -> None:
    async with fetching(proxy=url) as client:
        assert str(await refused(client, "http://127.0.0.1:1/")).startswith("the proxy's address cannot be used")


async def test_a_proxy_that_is_not_there_is_our_own_fault() -> None:
    async with fetching(proxy="http://no-such-proxy.invalid:3128") as client:
        error = await refused(client, "http://93.184.215.14/")
    assert str(error).startswith("the proxy's name is not known")
    assert error.network


@pytest.mark.parametrize(
    ("status", "words"), [(407, "it asks for a name and password"), (403, "does not open the way")]
)
async def test_a_proxy_that_opens_no_tunnel_is_told_from_the_site(status: int, words: str) -> None:
    with Server(lambda asked: Reply(status, b"no")) as server:
        async with fetching(proxy=server.url()) as client:
            error = await refused(client, "https://93.184.215.14/")
    assert str(error).startswith(f"the proxy answers {status}:")
    assert words in str(error)
    assert (error.network, error.status) == (True, None)


class Authority:
    """A certificate authority of our own, with its file."""

    def __init__(self, folder: Path, name: str) -> None:
        self.ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self.ca.cert_pem.write_to_path(str(self.file))

    def context(self, *hosts: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*hosts).configure_cert(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


def secure(asked: Asked) -> Reply:
    return Reply(200, b"secure")


async def test_an_own_ca_is_trusted_in_addition_wherever_it_is_named(authority: Authority, tmp_path: Path) -> None:
    second = Authority(tmp_path, "second")
    with (
        Server(secure, tls=authority.context("127.0.0.1")) as ours,
        Server(secure, tls=second.context("127.0.0.1")) as theirs,
    ):
        async with fetching(ca_file=str(authority.file)) as client:
            assert (await fetched(client, ours.url())).body == b"secure"
            own = Access(ca_file=str(second.file))
            assert (await fetched(client, theirs.url(), own)).body == b"secure"
            assert (await fetched(client, ours.url(), own)).body == b"secure"
            # What one feed trusts, another does not, on a kept connection neither.
            assert "signed by nobody we trust" in str(await refused(client, theirs.url()))


async def test_a_certificate_of_an_unknown_ca_is_refused(authority: Authority) -> None:
    with Server(secure, tls=authority.context("127.0.0.1")) as server:
        async with fetching() as client:
            error = await refused(client, server.url())
    assert "signed by nobody we trust; name its CA under `ca:`" in str(error)
    assert server.asked == []


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param((-30, -1), "has expired", id="expired"),
        pytest.param((1, 30), "is not valid yet", id="from tomorrow"),
    ],
)
async def test_a_certificate_out_of_its_time_is_refused(
    days: tuple[int, int], words: str, authority: Authority
) -> None:
    now = datetime.now(UTC)
    start, end = (now + timedelta(days=day) for day in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.ca.issue_cert("127.0.0.1", not_before=start, not_after=end).configure_cert(context)
    with Server(secure, tls=context) as server:
        async with fetching(ca_file=str(authority.file)) as client:
            assert words in str(await refused(client, server.url()))


async def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    with Server(secure, tls=authority.context("other.example")) as server:
        async with fetching(ca_file=str(authority.file)) as client:
            assert "certificate is for another host" in str(await refused(client, server.url()))


async def test_a_server_without_tls_is_not_spoken_to_in_the_open() -> None:
    with Server(secure, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        async with fetching() as client:
            error = await refused(client, server.url().replace("http:", "https:"))
    assert str(error).startswith("no secure connection (TLS)")


async def test_a_handshake_that_hangs_ends_after_a_third_of_the_deadline() -> None:
    with Server(secure) as server:
        async with fetching(seconds=1.5) as client:
            error = await refused(client, server.url().replace("http:", "https:"))
    assert str(error).startswith("could not be reached within 0.5 s;")


async def test_https_is_never_left_for_http(authority: Authority) -> None:
    with (
        Server(secure) as plain,
        Server(
            lambda asked: Reply(302, b"", (("Location", plain.url()),)), tls=authority.context("127.0.0.1")
        ) as server,
    ):
        async with fetching(ca_file=str(authority.file)) as client:
            error = await refused(client, server.url())
    assert str(error).startswith(f"redirects from https to the open {plain.url()};")
    assert plain.asked == []


async def test_http_may_turn_into_https_without_credentials(authority: Authority) -> None:
    with (
        Server(secure, tls=authority.context("127.0.0.1")) as server,
        Server(lambda asked: Reply(301, b"", (("Location", server.url()),))) as plain,
    ):
        async with fetching(ca_file=str(authority.file)) as client:
            response = await fetched(client, plain.url(), Access(token="t"))
    assert response.moved == ((301, server.url()),)
    assert "authorization" not in server.asked[0].headers


async def test_https_goes_through_a_proxys_tunnel_and_is_verified(authority: Authority, proxy: Server) -> None:
    with Server(secure, tls=authority.context("93.184.215.14")) as server:
        async with fetching(allow=(), ca_file=str(authority.file), proxy=proxy.url()) as client:
            response = await fetched(client, f"https://93.184.215.14:{server.port}/", Access(token="t"))
    assert response.body == b"secure"
    assert "x-proxy" not in dict(response.headers)
    assert "authorization" not in proxy.asked[0].headers


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("none", "holds no certificate in PEM form")])
async def test_a_ca_file_that_cannot_be_used_is_named_and_tried_again(
    text: str | None, words: str, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "desk.pem"
    if text is not None:
        file.write_text(text)
    with Server(secure, tls=authority.context("127.0.0.1")) as server:
        async with fetching(ca_file=str(file)) as client:
            error = await refused(client, server.url())
            assert str(error).startswith(f"ca {file}: {words}")
            file.write_bytes(authority.file.read_bytes())
            assert (await fetched(client, server.url())).body == b"secure"


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("https://www.Yonhap.co.kr/rss", "yonhap.co.kr"),
        ("https://a.blogspot.com/feed", "a.blogspot.com"),
        ("https://co.uk/", "co.uk"),
        ("http://127.0.0.1:8080/feed", "127.0.0.1:8080"),
        ("http://127.0.0.1/feed", "127.0.0.1"),
        ("http://[::1]:8080/feed", "[::1]:8080"),
        ("http://localhost:8080/feed", "localhost:8080"),
        ("http://nas/feed", "nas"),
        ("https://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai"),
        ("env:FEED", "env:FEED"),
    ],
)
def test_a_site_is_the_registrable_domain(url: str, site: str) -> None:
    assert site_of(url) == site
