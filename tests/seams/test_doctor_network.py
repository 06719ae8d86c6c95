"""What the doctor says of names, of feeds over TLS and of receivers' servers: on real servers, each wrong case."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event

import pytest
import trustme

from tests.notify.servers import MailServer, WebServer, serving_mail, serving_web
from tests.seams.fetching import LOOPBACK
from tests.seams.server import Raw, Reply, Server
from wirewatch.core.model import DestinationKey
from wirewatch.core.watchlist import Access, Feed, Limits, Mail, ReceiverName, Settings
from wirewatch.doctor.finding import Finding, State
from wirewatch.doctor.network import (
    Asked,
    Names,
    boxed,
    check_feeds,
    check_names,
    check_ways,
    feeds_to_try,
    hosts_to_look_up,
)
from wirewatch.fetch.client import Client
from wirewatch.notify.reach import Way, way_of
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

OK, NOTE, WRONG = State.OK, State.NOTE, State.WRONG
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PASSWORD = "pl4nted-Secret"
ALL_KNOWN = Names({}, False, ())
RESOLVER = Resolver({"PASSWORD": PASSWORD, "WRONG": "an0ther-Secret"})


@pytest.fixture
def serve() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def name(text: str, url: str, **access: str) -> Feed:
    return Feed(text, url, access=Access(**access))  # type: ignore[arg-type]  # texts alone


# --- names


class Phonebook:
    """Looks up those names that it has; hangs at `slow.example`."""

    def __init__(self, *known: str) -> None:
        self.known = known

    async def __call__(self, host: str) -> tuple[str, ...]:
        if host == "slow.example":
            await asyncio.Event().wait()
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ("192.0.2.1",)


async def test_names_that_are_known_are_one_line() -> None:
    names = await check_names({"a.example": "feeds.A", "b.example": "feeds.B"}, Phonebook("a.example", "b.example"))
    assert names.findings == (Finding("names", OK, "2 of 2 can be looked up (DNS)"),)


async def test_a_name_that_is_not_known_is_wrong_for_who_needs_it() -> None:
    names = await check_names({"a.example": "feeds.A", "typo.example": "receivers.desk"}, Phonebook("a.example"))
    assert [(one.subject, one.state) for one in names.findings] == [("receivers.desk", WRONG)]
    assert not names.closed and names.known == {"a.example": True, "typo.example": False}


async def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    names = await check_names({"slow.example": "feeds.A"}, Phonebook(), timedelta(seconds=0.05))
    assert names.closed and names.findings[0].state is WRONG


async def test_a_closed_network_is_said_once() -> None:
    hosts = {f"{letter}.example": f"feeds.{letter}" for letter in "abcde"} | {"localhost": "receivers.desk"}
    names = await check_names(hosts, Phonebook("localhost"))
    [found] = names.findings
    assert names.closed and found.state is WRONG
    assert "not one of 5 names" in found.text and "network: proxy" in found.cure


def test_what_is_looked_up_are_names_once_each_and_not_what_a_proxy_looks_up() -> None:
    feeds = (
        name("A", "https://a.example/1"),
        name("A2", "https://a.example/2"),
        name("B", "https://b.example/", proxy="http://p.example:1"),
        name("C", "https://192.0.2.7/"),
        name("D", "env:NOT_THERE"),
    )
    ways = {"desk": Way("x", "m.example"), "hook": Way("x", "h.example", proxied=True), "screen": Way("x")}
    direct = hosts_to_look_up(Settings(), feeds, ways, RESOLVER.resolve)
    assert direct == {"a.example": "feeds.A2", "m.example": "receivers.desk"}
    proxied = hosts_to_look_up(Settings(proxy="http://u:${PASSWORD}@p.example:8"), feeds, ways, RESOLVER.resolve)
    assert proxied == {"p.example": "proxy", "m.example": "receivers.desk"}


def test_one_feed_of_each_host_is_tried() -> None:
    feeds = (name("A", "http://a.example/1"), name("B", "https://b.example/"), name("B2", "https://b.example/2"))
    assert [feed.name for feed in feeds_to_try(feeds, RESOLVER.resolve, 5)] == ["A", "B"]
    assert [feed.name for feed in feeds_to_try(feeds, RESOLVER.resolve, 5, secure=True)] == ["B"]
    assert [feed.name for feed in feeds_to_try(feeds, RESOLVER.resolve, 1)] == ["A"]


# --- feeds over TLS, and the time


async def asked(*urls: str, ca_file: str | None = None, patience: timedelta = timedelta(seconds=10)) -> Asked:
    limits = Limits(timeout=timedelta(seconds=9), per_site=8)
    client = Client(Settings(allow=LOOPBACK, ca_file=ca_file, limits=limits), RESOLVER.resolve, version="9.9")
    try:
        feeds = [name(f"F{number}", url) for number, url in enumerate(urls)]
        return await check_feeds(feeds, client, lambda: NOW, patience)
    finally:
        await client.close()


def dated(at: datetime, **more: str) -> Reply:
    return Reply(body=b"<rss/>", headers=(("date", format_datetime(at)), *more.items()))


async def test_a_secure_connection_with_an_own_ca_is_well_and_tells_the_time(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str
) -> None:
    server = serve.enter_context(Server(lambda asked: dated(NOW - timedelta(hours=2)), tls=tls, host="localhost"))
    found = await asked(server.url("/feed"), ca_file=ca_file)
    assert found.findings[0].state is OK and "takes secure connections (TLS)" in found.findings[0].text
    assert found.offsets == (timedelta(hours=2),)


async def test_an_old_copy_from_a_cache_is_as_old_as_it_says(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str
) -> None:
    server = serve.enter_context(Server(lambda asked: dated(NOW - timedelta(hours=1), age="3600"), tls=tls))
    assert (await asked(server.url("/feed"), ca_file=ca_file)).offsets == (timedelta(),)


async def test_a_server_without_a_date_tells_no_time(serve: ExitStack, tls: ssl.SSLContext, ca_file: str) -> None:
    server = serve.enter_context(Server(lambda asked: Reply(body=b"x", headers=(("date", "soon"),)), tls=tls))
    assert (await asked(server.url("/feed"), ca_file=ca_file)).offsets == ()


async def test_a_certificate_that_nobody_trusts_is_wrong(serve: ExitStack, tls: ssl.SSLContext) -> None:
    server = serve.enter_context(Server(lambda asked: dated(NOW), tls=tls, host="localhost"))
    [found] = (await asked(server.url("/feed"))).findings
    assert found.state is WRONG and "signed by nobody we trust" in found.text and "`ca:`" in found.cure


async def test_a_certificate_for_another_host_is_wrong(serve: ExitStack, ca: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("other.example").configure_cert(context)
    server = serve.enter_context(Server(lambda asked: dated(NOW), tls=context, host="localhost"))
    [found] = (await asked(server.url("/feed"), ca_file=ca_file)).findings
    assert found.state is WRONG and "is for another host" in found.text


async def test_a_server_that_refuses_the_feed_still_took_the_connection(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str
) -> None:
    server = serve.enter_context(Server(lambda asked: Reply(403), tls=tls))
    [found] = (await asked(server.url("/feed"), ca_file=ca_file)).findings
    assert found.state is NOTE and "but answers 403" in found.text and "check --probe" in found.cure


async def test_a_server_that_is_not_there_is_wrong_and_one_that_hangs_is_left(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str, nobody: int
) -> None:
    server = serve.enter_context(Server(lambda asked: Raw(hang=True), tls=tls))
    gone, slow = (
        await asked(
            f"https://127.0.0.1:{nobody}/", server.url("/feed"), ca_file=ca_file, patience=timedelta(seconds=0.5)
        )
    ).findings
    assert gone.state is WRONG and "does not take connections" in gone.text
    assert slow.state is NOTE and "no whole answer within" in slow.text


# --- the servers of receivers


def by_mail(port: int, **of: str) -> Destination:
    options = {"security": "none", "sender": "w@example.org", **of}
    mail = Mail(server="127.0.0.1", port=port, to=("a@example.org",), **options)
    key = DestinationKey("desk/a@example.org")
    return Destination(key, ReceiverName("desk"), "UTC", False, "mail", mail=mail, to="a@example.org")


def by_chat(address: str) -> Destination:
    return Destination(DestinationKey("chat"), ReceiverName("chat"), "UTC", False, "apprise", address=address, index=0)


def reached(destination: Destination, **environ: str) -> Finding:
    way = way_of(destination, RESOLVER, environ)
    [found] = asyncio.run(check_ways({destination.key: way}, ALL_KNOWN))
    return found


def test_a_mail_server_is_greeted_and_no_mail_is_sent(serve: ExitStack) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    found = reached(by_mail(server.port))
    assert (found.subject, found.state) == ("receivers.desk/a@example.org", OK)
    assert found.text == f"mail to a@example.org by 127.0.0.1:{server.port} (none): answers"
    assert not server.received and not server.asked


@pytest.mark.parametrize(("password", "state"), [("env:PASSWORD", OK), ("env:WRONG", WRONG)], ids=["right", "wrong"])
def test_a_password_is_tried_and_never_shown(serve: ExitStack, password: str, state: State) -> None:
    server = serve.enter_context(serving_mail(MailServer(password=PASSWORD.encode(), echo_password=True)))
    found = reached(by_mail(server.port, user="u", password=password))
    assert found.state is state
    assert ("lets us sign in" in found.text) is (state is OK)
    assert ("535 5.7.8 wrong password ***" in found.text) is (state is WRONG)
    assert "Secret" not in found.text + found.cure


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
def test_the_encryption_of_a_mail_server_is_tried(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str, security: str, trusted: bool
) -> None:
    server = serve.enter_context(serving_mail(MailServer(tls=tls, implicit_tls=security == "tls")))
    options = {"security": security} | ({"ca_file": ca_file} if trusted else {})
    found = reached(by_mail(server.port, **options))
    assert found.state is (OK if trusted else WRONG)
    assert trusted or "CERTIFICATE_VERIFY_FAILED" in found.text


def test_a_mail_server_that_is_not_there_is_wrong(nobody: int) -> None:
    found = reached(by_mail(nobody))
    assert found.state is WRONG and "Connection refused" in found.text and "check server, port" in found.cure


def test_a_webhook_is_knocked_at_and_gets_no_message(serve: ExitStack) -> None:
    server = serve.enter_context(serving_web(WebServer()))
    found = reached(by_chat(f"json://u:${{PASSWORD}}@127.0.0.1:{server.port}/x"))
    assert found == Finding(
        "receivers.chat", OK, f"JSON (by Apprise), server 127.0.0.1:{server.port}: takes connections"
    )
    assert not server.heard


@pytest.mark.parametrize(
    ("trusted", "query", "state"),
    [(True, "", OK), (False, "", WRONG), (False, "?verify=no", OK)],
    ids=["trusted", "not trusted", "not to be verified"],
)
def test_the_encryption_of_a_webhook_is_tried(
    serve: ExitStack, tls: ssl.SSLContext, ca_file: str, trusted: bool, query: str, state: State
) -> None:
    server = serve.enter_context(Server(lambda asked: Reply(), tls=tls))
    environ = {"REQUESTS_CA_BUNDLE": ca_file} if trusted else {}
    found = reached(by_chat(f"jsons://127.0.0.1:{server.port}/x{query}"), **environ)
    assert found.state is state
    assert ("certificate is not to be trusted" in found.text) is (state is WRONG)


def test_what_answers_without_encryption_where_it_should_have_one_is_wrong(serve: ExitStack) -> None:
    server = serve.enter_context(serving_web(WebServer()))
    found = reached(by_chat(f"jsons://127.0.0.1:{server.port}/x"))
    assert found.state is WRONG and "no secure connection comes about" in found.text


def test_a_webhook_that_is_not_there_is_wrong(nobody: int) -> None:
    found = reached(by_chat(f"json://127.0.0.1:{nobody}/x"))
    assert found.state is WRONG and "cannot be reached (Connection refused)" in found.text


def test_what_goes_through_a_proxy_of_the_environment_is_not_dialled_from_here() -> None:
    found = reached(by_chat("jsons://hook.example/x"), HTTPS_PROXY="http://p.example:3128")
    assert found.state is NOTE and "goes through a proxy" in found.text and "receivers test chat" in found.cure
    way = way_of(by_chat("jsons://hook.example/x"), RESOLVER, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a,.example"})
    assert not way.proxied


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "Telegram (by Apprise), server api.telegram.org:443"),
        ("ntfys://my-secret-topic", "ntfy (by Apprise), server ntfy.sh:443"),
        ("ntfys://ntfy.example:8443/topic", "ntfy (by Apprise), server ntfy.example:8443"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord (by Apprise), server discord.com:443"),
        ("syslog://", "Syslog (by Apprise)"),
        ("mailtos://u:p@mail.example?to=a@example.org", "mail to a@example.org by mail.example:587 (starttls)"),
    ],
)
def test_where_an_address_leads_is_said_without_its_tokens(address: str, what: str) -> None:
    assert way_of(by_chat(address), RESOLVER, {}).what == what


async def test_what_needs_an_unknown_name_is_not_asked_again() -> None:
    way = Way("mail", "gone.example", lambda: pytest.fail("was asked"))
    assert await check_ways({"desk": way}, Names({"gone.example": False}, False, ())) == ()


async def test_a_server_that_hangs_is_left_after_the_time() -> None:
    let_go = Event()
    way = Way("mail by m.example", "m.example", lambda: str(let_go.wait(10)))
    [found] = await check_ways({"desk": way}, ALL_KNOWN, timedelta(seconds=0.05))
    let_go.set()
    assert found.state is WRONG and "mail by m.example: no answer within" in found.text


async def test_a_fault_of_ours_in_a_thread_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await boxed(lambda: str(1 // 0), timedelta(seconds=5))
