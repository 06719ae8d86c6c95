"""The three senders against real servers on loopback: what arrives is read back and compared whole."""

from __future__ import annotations

import email
import io
import json
import logging
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from tests.notify.examples import DESK, GOLDEN, HOSTILE, KOREAN, NOTICE, SEED, hostile, message
from tests.notify.servers import MailServer, Reply, WebServer, serving_mail, serving_web
from wirewatch.core.model import DestinationKey
from wirewatch.core.watchlist import Mail, ReceiverName
from wirewatch.errors import DeliveryError
from wirewatch.notify.apprise import Waits
from wirewatch.notify.console import ConsoleSender
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination, Sender
from wirewatch.notify.services import AppriseSender
from wirewatch.notify.smtp import SmtpSender

# aiosmtpd warns of a sign-in without TLS; some of our servers are that careless on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

PASSWORD = "pl4nted-Secret/ü"
TOKEN = "t0kenT0kenT0ken99"
SHORT = Waits(timedelta(seconds=2), timedelta(seconds=0.3), timedelta(seconds=5))


@pytest.fixture
def serve() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def secrets() -> Resolver:
    return Resolver({"PASSWORD": PASSWORD, "TOKEN": TOKEN})


def by_mail(server: MailServer, to: str = "korea-desk@example.org", **of: str) -> Destination:
    options = {"security": "none", "sender": "wirewatch@example.org", **of}
    mail = Mail(server="127.0.0.1", port=server.port, to=(to,), **options)
    key = DestinationKey(f"desk-mail/{to}")
    return Destination(key, ReceiverName("desk-mail"), "Europe/London", False, "mail", mail=mail, to=to)


def by_chat(address: str) -> Destination:
    key = DestinationKey("desk-chat")
    return Destination(key, ReceiverName("desk-chat"), "Europe/London", False, "apprise", address=address, index=0)


def refusal(send: Callable[[], str]) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send()
    return caught.value


def read(raw: bytes) -> EmailMessage:
    read_back = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(read_back, EmailMessage)
    return read_back


def shown(raw: bytes) -> str:
    """A mail as a person sees it in the source view, but each part decoded."""
    mail = read(raw)
    head = "".join(f"{name}: {value}\n" for name, value in mail.items())
    parts = (
        f"\n--- {part.get_content_type()} {part.get_content_charset()}\n{part.get_content()}"
        for part in mail.iter_parts()
    )
    return (head + "".join(parts)).replace("\r\n", "\n")


# --- mail


def test_a_mail_arrives_whole(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    answer = SmtpSender(secrets).send(message(SEED), by_mail(server), DESK)
    assert answer == "250 OK, queued as 1"
    [(sender, to, raw)] = server.received
    assert (sender, to) == ("wirewatch@example.org", ["korea-desk@example.org"])
    assert shown(raw) == (GOLDEN / "arrived.mail.txt").read_text(encoding="utf-8")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_repeated_mail_is_the_same_byte_for_byte(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    for attempt in (1, 2):
        SmtpSender(secrets).send(replace(message(SEED), attempt=attempt), by_mail(server), DESK)
    assert server.received[0] == server.received[1]


def test_ids_and_addresses_in_the_head_are_never_encoded_however_long(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    desk = replace(DESK, name="a desk with a very long name in " + "x" * 80, contact=f"{'y' * 64}@example.org")
    long = by_mail(server, sender=f"w@{'z' * 60}.example.org")
    SmtpSender(secrets).send(message(SEED), long, desk)
    head = server.received[0][2].partition(b"\r\n\r\n")[0].decode()
    id = f"@a-desk-with-a-very-long-name-in-xxxxxxxx.wirewatch.{'z' * 60}.example.org>"
    for line in (
        f"Message-ID: <m-4f7c{id}",
        f"References: <thread-e1{id}",
        f"In-Reply-To: <thread-e1{id}",
        f"List-Unsubscribe: <mailto:{'y' * 64}@example.org?subject=silence%20Trump%E2%80%93Kim%20for%20desk-mail>",
    ):
        assert line in head.split("\r\n")


def test_a_burst_and_a_notice_are_no_replies(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    sender = SmtpSender(secrets)
    sender.send(message(SEED, KOREAN, thread=None), by_mail(server), DESK)
    sender.send(message(notices=(NOTICE,), thread=None), by_mail(server), replace(DESK, contact=None))
    burst, notice = (read(raw) for _, _, raw in server.received)
    assert burst["In-Reply-To"] is None
    assert burst["Subject"] == "Urgent: Yongbyon 1, Trump–Kim 1: 2 reports"
    assert notice["List-Unsubscribe"] is None
    assert notice["Subject"] == "Watch: 38 North has failed 8 times since 01:10: HTTP 403, turned away"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_encrypted_and_signed_in(serve: ExitStack, secrets: Resolver, tmp_path: Path, security: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = MailServer(password=PASSWORD.encode(), tls=context, implicit_tls=security == "tls")
    serve.enter_context(serving_mail(server))
    account = {"user": "wirewatch", "password": "env:PASSWORD", "security": security}
    SmtpSender(secrets).send(message(SEED), by_mail(server, ca_file=str(tmp_path / "ca.pem"), **account), DESK)
    assert len(server.received) == 1
    error = refusal(lambda: SmtpSender(secrets).send(message(SEED), by_mail(server, **account), DESK))
    assert "certificate" in str(error)
    assert not error.permanent


@pytest.mark.parametrize(
    ("server", "meaning", "says"),
    [
        pytest.param(
            MailServer(rcpt_answer="451 4.7.1 Greylisted, try again"),
            (False, False, 451),
            "recipient: 451 4.7.1 Greylisted, try again; check the address in `to`",
            id="greylisted",
        ),
        pytest.param(
            MailServer(rcpt_answer="550 5.1.1 No such user"), (True, False, 550), "recipient: 550", id="nobody there"
        ),
        pytest.param(
            MailServer(mail_answer="553 5.7.1 not your address"), (True, False, 553), "sender: 553", id="not our name"
        ),
        pytest.param(
            MailServer(data_answer="554 5.7.1 looks like spam"), (True, False, 554), "message: 554", id="taken for spam"
        ),
        pytest.param(
            MailServer(data_answer="452 4.3.1 disk full"), (False, False, 452), "message: 452", id="disk full"
        ),
        pytest.param(
            MailServer(drop_after_data=True),
            (False, True, None),
            "it may have arrived; it is repeated with the same id",
            id="the connection is lost after the final dot",
        ),
        pytest.param(
            MailServer(silent_after_data=True), (False, True, None), "timed out", id="no answer to the final dot"
        ),
    ],
)
def test_a_mail_servers_answer_decides(
    serve: ExitStack, secrets: Resolver, server: MailServer, meaning: tuple[bool, bool, int | None], says: str
) -> None:
    serve.enter_context(serving_mail(server))
    sender = SmtpSender(secrets, timeout=timedelta(seconds=1))
    error = refusal(lambda: sender.send(message(SEED), by_mail(server), DESK))
    assert (error.permanent, error.unknown, error.status) == meaning
    assert str(error).startswith(f"desk-mail/korea-desk@example.org: 127.0.0.1:{server.port}: ")
    assert says in str(error)


def test_a_mail_server_that_is_away_is_tried_again(secrets: Resolver) -> None:
    error = refusal(lambda: SmtpSender(secrets).send(message(SEED), by_mail(MailServer(port=1)), DESK))
    assert (error.permanent, error.unknown) == (False, False)
    assert "connecting: [Errno 111] Connection refused; check server, port and security" in str(error)


@pytest.mark.parametrize("to", ["no address", "two@a.example, b@b.example", "a@b\r\nBcc: c@d", ""])
def test_an_address_that_is_none_is_given_up(serve: ExitStack, secrets: Resolver, to: str) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    error = refusal(lambda: SmtpSender(secrets).send(message(SEED), by_mail(server, to), DESK))
    assert error.permanent
    assert server.received == []


def test_a_refused_sign_in_waits_and_shows_no_password_even_if_the_server_does(
    serve: ExitStack, secrets: Resolver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve.enter_context(serving_mail(MailServer(password=b"another", echo_password=True)))
    account = by_mail(server, user="wirewatch", password="env:PASSWORD")
    error = refusal(lambda: SmtpSender(secrets).send(message(SEED), account, DESK))
    assert (error.permanent, error.status) == (False, 535)
    assert "signing in: 535 5.7.8 wrong password ***; check user and password" in str(error)
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("wirewatch"))
    assert PASSWORD not in f"{error!r}{error.__cause__!r}{account!r}{ours}"


@pytest.mark.parametrize("password", ["plain-ascii", PASSWORD])
def test_a_password_of_any_letters_signs_in(serve: ExitStack, password: str) -> None:
    server = serve.enter_context(serving_mail(MailServer(password=password.encode())))
    account = by_mail(server, user="wirewatch", password="env:PASSWORD")
    SmtpSender(Resolver({"PASSWORD": password})).send(message(SEED), account, DESK)
    assert len(server.received) == 1


def test_a_missing_password_says_which(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer(password=b"x")))
    account = by_mail(server, user="wirewatch", password="env:NOT_THERE")
    error = refusal(lambda: SmtpSender(secrets).send(message(SEED), account, DESK))
    assert "env:NOT_THERE: is not set" in str(error)
    assert not error.permanent


def test_mail_reaches_people_with_other_letters_in_their_address(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    SmtpSender(secrets).send(message(SEED), by_mail(server, "편집@뉴스.example"), DESK)
    SmtpSender(secrets).send(message(SEED), by_mail(server, "desk@뉴스.example"), DESK)
    assert server.asked == ["편집@xn--9p4b1mp1w.example", "desk@xn--9p4b1mp1w.example"] or server.asked[0].startswith(
        "편집@"
    )


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_a_hostile_feed_adds_nothing_to_a_mail(serve: ExitStack, secrets: Resolver, text: str) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    SmtpSender(secrets).send(message(SEED), by_mail(server), DESK)
    SmtpSender(secrets).send(message(hostile(text)), by_mail(server), DESK)
    plain, harmed = (read(raw) for _, _, raw in server.received)
    assert harmed.keys() == plain.keys()
    assert [part.get_content_type() for part in harmed.walk()] == [part.get_content_type() for part in plain.walk()]
    assert server.asked == ["korea-desk@example.org"] * 2


def test_a_line_with_a_single_dot_does_not_end_a_mail(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    dotted = replace(NOTICE, text="before\n.\n..two\nafter")
    SmtpSender(secrets).send(message(notices=(dotted,)), by_mail(server), DESK)
    body = read(server.received[0][2]).get_body(("plain",))
    assert body is not None
    assert body.get_content().split()[:4] == ["before", ".", "..two", "after"]


# --- webhooks and chats


def test_a_webhook_gets_the_whole_message_and_its_id(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    answer = AppriseSender(secrets).send(message(SEED), by_chat(f"json://127.0.0.1:{web.port}/hook/${{TOKEN}}"), DESK)
    assert answer == "accepted (HTTP 200)"
    [heard] = web.heard
    assert (heard.method, heard.path, heard.headers["Idempotency-Key"]) == ("POST", f"/hook/{TOKEN}", "m-4f7c")
    golden = json.loads((GOLDEN / "arrived.webhook.json").read_text(encoding="utf-8"))
    assert heard.json == golden


MATRIX = {
    "/_matrix/client/v3/login": Reply(
        body='{"user_id": "@bot:h", "access_token": "syt_fresh", "home_server": "h", "device_id": "D"}'
    ),
    "/_matrix/client/v3/join/": Reply(body='{"room_id": "!room:h"}'),
    "/_matrix/client/v3/rooms/": Reply(body='{"event_id": "$1"}'),
    "/_matrix/client/v3/logout": Reply(),
}


def test_a_matrix_room_gets_the_whole_message(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer(by_path=MATRIX)))
    AppriseSender(secrets).send(message(SEED), by_chat(f"matrix://bot:${{TOKEN}}@127.0.0.1:{web.port}/!room:h"), DESK)
    login, join, put = web.heard[:3]
    assert login.json["password"] == TOKEN
    assert join.path.startswith("/_matrix/client/v3/join/%21room%3Ah")
    assert (put.method, put.headers["Authorization"]) == ("PUT", "Bearer syt_fresh")
    assert put.json == json.loads((GOLDEN / "arrived.matrix.json").read_text(encoding="utf-8"))


def test_a_mattermost_room_gets_escaped_markdown_that_rings_nobody(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    sender, hook = AppriseSender(secrets), by_chat(f"mmost://127.0.0.1:{web.port}/${{TOKEN}}")
    sender.send(message(SEED), hook, DESK)
    sender.send(message(hostile("@channel *b* [x](http://evil.example)")), hook, DESK)
    seed, harmed = (heard.json for heard in web.heard)
    markdown = (GOLDEN / "first-report.chat.txt").read_text(encoding="utf-8").partition("=== markdown\n")[2]
    assert seed == {"text": markdown.rstrip(), "username": "Wirewatch"}
    assert "[@\u2060channel \\*b\\* \\[x\\](http:\u2060//evil.example)](https://news.example/" in harmed["text"]


@pytest.mark.parametrize(
    ("reply", "meaning", "wait"),
    [
        pytest.param(Reply(500, "<h1>fault</h1>"), (False, False, 500), None, id="a fault"),
        pytest.param(Reply(401), (True, False, 401), None, id="a wrong token"),
        pytest.param(Reply(404), (True, False, 404), None, id="no such hook"),
        pytest.param(Reply(410), (True, False, 410), None, id="gone"),
        pytest.param(
            Reply(429, headers=(("Retry-After", "10072"),)), (False, False, 429), 10_072, id="too many, wait 10,072 s"
        ),
        pytest.param(
            Reply(429, headers=(("Retry-After", "Thu, 12 Jun 2025 07:00:00 GMT"),)),
            (False, False, 429),
            3600,
            id="too many, wait until a date",
        ),
        pytest.param(Reply(301, headers=(("Location", "/elsewhere"),)), (False, False, 301), None, id="moved"),
        pytest.param(Reply(hang=True), (False, True, None), None, id="no answer"),
        pytest.param(Reply(reset=True), (False, True, None), None, id="reset after reading the request"),
    ],
)
def test_a_webhooks_answer_decides(
    serve: ExitStack, secrets: Resolver, reply: Reply, meaning: tuple[bool, bool, int | None], wait: int | None
) -> None:
    web = serve.enter_context(serving_web(WebServer([reply])))
    sender = AppriseSender(secrets, SHORT, clock=lambda: datetime(2025, 6, 12, 6, 0, tzinfo=UTC))
    error = refusal(lambda: sender.send(message(SEED), by_chat(f"json://127.0.0.1:{web.port}/"), DESK))
    assert (error.permanent, error.unknown, error.status) == meaning
    assert error.retry_after == (timedelta(seconds=wait) if wait else None)
    assert str(error).startswith("desk-chat: JSON: ")
    assert len(web.heard) == 1  # Apprise tries once, and follows no redirect


def test_a_service_that_says_no_with_200_has_not_taken_it(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(200, '{"errcode": "M_FORBIDDEN"}')])))
    room = by_chat(f"matrix://bot:${{TOKEN}}@127.0.0.1:{web.port}/!room:h")
    error = refusal(lambda: AppriseSender(secrets).send(message(SEED), room, DESK))
    assert (error.permanent, error.unknown, error.status) == (False, False, 200)
    assert 'the service did not take the message (it says: {"errcode": "M_FORBIDDEN"})' in str(error)


def test_a_server_that_cannot_be_reached_has_not_got_it(secrets: Resolver) -> None:
    error = refusal(lambda: AppriseSender(secrets).send(message(SEED), by_chat("json://127.0.0.1:1/"), DESK))
    assert (error.permanent, error.unknown) == (False, False)
    assert "the server cannot be reached" in str(error)
    assert "Connection refused" in str(error)


def test_a_service_that_never_ends_is_left_alone_after_a_while(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(hang=True)])))
    waits = Waits(timedelta(seconds=2), timedelta(seconds=8), patience=timedelta(seconds=0.3))
    sender = AppriseSender(secrets, waits)
    error = refusal(lambda: sender.send(message(SEED), by_chat(f"json://127.0.0.1:{web.port}/"), DESK))
    assert (error.permanent, error.unknown) == (False, True)


def test_a_mailto_address_goes_through_our_own_mail_with_its_id_and_thread(serve: ExitStack, secrets: Resolver) -> None:
    server = serve.enter_context(serving_mail(MailServer()))
    address = f"mailto://127.0.0.1:{server.port}?from=wirewatch@example.org&to=korea-desk@example.org"
    AppriseSender(secrets).send(message(SEED), by_chat(address), DESK)
    SmtpSender(secrets).send(message(SEED), by_mail(server), DESK)
    assert server.received[0] == server.received[1]


def test_a_service_that_dislikes_the_formatting_gets_bare_text(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(400, "can't parse entities"), Reply()])))
    sender = AppriseSender(secrets)
    answer = sender.send(message(SEED), by_chat(f"rocket://{TOKEN}/{TOKEN}@127.0.0.1:{web.port}/#desk"), DESK)
    assert answer == "accepted (HTTP 200)"
    first, second = (heard.json["text"] for heard in web.heard)
    assert "**Trump–Kim** · [White House" in first
    assert "**" not in second
    assert "](" not in second


def test_a_message_that_is_too_long_is_shortened_once(serve: ExitStack, secrets: Resolver) -> None:
    burst = message(*(replace(SEED, id=number) for number in range(50)), thread=None)
    web = serve.enter_context(serving_web(WebServer([Reply(413), Reply(413)])))
    error = refusal(lambda: AppriseSender(secrets).send(burst, by_chat(f"mmost://127.0.0.1:{web.port}/{TOKEN}"), DESK))
    assert (error.permanent, error.status) == (True, 413)
    first, second = (len(heard.json["text"]) for heard in web.heard)
    assert second <= 2000 < first <= 4000


@pytest.mark.parametrize(
    ("address", "permanent", "says"),
    [
        pytest.param("nosuch://x", True, "Apprise does not know this address", id="unknown"),
        pytest.param("env:NOT_THERE", False, "env:NOT_THERE: is not set", id="unresolved"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(secrets: Resolver, address: str, permanent: bool, says: str) -> None:
    error = refusal(lambda: AppriseSender(secrets).send(message(SEED), by_chat(address), DESK))
    assert error.permanent is permanent
    assert says in str(error)


def test_an_address_that_changed_since_the_last_load_is_not_guessed_at(secrets: Resolver) -> None:
    two = by_chat("json://127.0.0.1:1/a json://127.0.0.1:1/b")
    sender = AppriseSender(secrets)
    error = refusal(lambda: sender.send(message(SEED), replace(two, index=None), DESK))
    assert "its address has 2 targets" in str(error)
    error = refusal(lambda: sender.send(message(SEED), replace(two, index=2), DESK))
    assert "its address has only 2 targets now" in str(error)


def test_an_addresss_own_options_cannot_hide_a_failure(serve: ExitStack, secrets: Resolver) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(500)])))
    lax = by_chat(f"json://127.0.0.1:{web.port}/?optional=yes&retry=3&wait=1&redirect=yes&overflow=split")
    assert refusal(lambda: AppriseSender(secrets).send(message(SEED), lax, DESK)).status == 500
    assert len(web.heard) == 1


def test_answers_of_messages_sent_side_by_side_are_kept_apart(serve: ExitStack, secrets: Resolver) -> None:
    by_path = {f"/{status}": Reply(status) for status in (200, 401, 429, 500)}
    web = serve.enter_context(serving_web(WebServer(by_path=by_path)))
    sender = AppriseSender(secrets)

    def status(wanted: int) -> int | None:
        try:
            sender.send(message(SEED), by_chat(f"json://127.0.0.1:{web.port}/{wanted}"), DESK)
        except DeliveryError as error:
            return error.status
        return 200

    wanted = [200, 401, 429, 500] * 8
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(status, wanted)) == wanted


@pytest.mark.parametrize(
    "reply", [Reply(403, f"bad token {TOKEN} for /hook/{TOKEN}"), Reply(hang=True), Reply(reset=True)]
)
def test_a_chats_secret_is_in_no_text_and_no_log(
    serve: ExitStack, secrets: Resolver, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("apprise", "urllib3", "urllib3.connectionpool", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    web = serve.enter_context(serving_web(WebServer([reply])))
    sender = AppriseSender(secrets, SHORT)
    for address in (
        f"json://127.0.0.1:{web.port}/hook/{TOKEN}?+X-Key={TOKEN}",
        f"gotify://127.0.0.1:{web.port}/{TOKEN}",
    ):
        target = by_chat(address)
        error = refusal(lambda target=target: sender.send(message(SEED), target, DESK))  # type: ignore[misc]
        told = f"{error}{error!r}{error.__cause__!r}{target!r}{sender!r}"
        assert TOKEN not in told
    assert TOKEN not in caplog.text


# --- the console


def test_the_console_prints_a_block() -> None:
    stream = io.StringIO()
    console = Destination(DestinationKey("screen"), ReceiverName("screen"), "Europe/London", False, "console")
    assert ConsoleSender(stream).send(message(SEED), console, DESK) == "printed"
    assert stream.getvalue() == (GOLDEN / "first-report.console.txt").read_text(encoding="utf-8")
    stream.truncate(0)
    ConsoleSender(stream, colour=True).send(message(SEED), console, DESK)
    assert re.findall("\x1b\\[[0-9]m", stream.getvalue()) == ["\x1b[1m", "\x1b[0m"]


def test_blocks_on_the_console_never_mix() -> None:
    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            half = len(text) // 2
            return super().write(text[:half]) + super().write(text[half:])

    stream = Slow()
    console = Destination(DestinationKey("screen"), ReceiverName("screen"), "UTC", False, "console")
    sender = ConsoleSender(stream)
    threads = [threading.Thread(target=sender.send, args=(message(SEED), console, DESK)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(re.split("(?=06:06  Trump–Kim)", stream.getvalue())[1:])) == 1


def test_a_console_that_cannot_show_a_script_shows_the_rest() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    console = Destination(DestinationKey("screen"), ReceiverName("screen"), "UTC", False, "console")
    ConsoleSender(stream).send(message(KOREAN), console, DESK)
    stream.seek(0)
    assert "Urgent: Yongbyon: ??, ???" in stream.read()


def test_a_closed_console_is_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    console = Destination(DestinationKey("screen"), ReceiverName("screen"), "UTC", False, "console")
    error = refusal(lambda: ConsoleSender(stream, colour=False).send(message(SEED), console, DESK))
    assert str(error).startswith("screen: console: cannot be written to")
    assert not error.permanent


def test_all_senders_keep_the_protocol(secrets: Resolver) -> None:
    senders: tuple[Sender, ...] = (ConsoleSender(io.StringIO()), SmtpSender(secrets), AppriseSender(secrets))
    assert [type(sender).__name__ for sender in senders] == ["ConsoleSender", "SmtpSender", "AppriseSender"]
