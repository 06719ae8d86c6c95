"""Webhooks against real servers on loopback: what arrives, what each answer means, what is never shown."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
import trustme

from tests.notify.examples import DESK, KOREAN, SEED, message
from tests.notify.machines import RawServer, by_hook, refusal, serving_raw
from tests.notify.servers import Reply, WebServer, serving_web
from wirewatch.notify.answers import Fault
from wirewatch.notify.apprise import Waits
from wirewatch.notify.record import json_line
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination
from wirewatch.notify.webhook import WebhookSender, fault_of, read_target, signature

SECRET = "h00k-s3cret"
TOKEN = "t0kenT0kenT0ken99"
NOW = datetime(2025, 6, 12, 6, 0, tzinfo=UTC)
SHORT = Waits(timedelta(seconds=2), timedelta(seconds=0.3), timedelta(seconds=5))


@pytest.fixture
def serve() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def sender() -> WebhookSender:
    return WebhookSender(Resolver({"SECRET": SECRET, "TOKEN": TOKEN}), SHORT, clock=lambda: NOW)


def test_a_message_arrives_whole_signed_and_with_its_id(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(202)])))
    hook = by_hook(f"http://127.0.0.1:{web.port}/hook?desk=korea", "env:SECRET")
    assert sender.send(message(KOREAN), hook, DESK) == "accepted (HTTP 202)"
    [heard] = web.heard
    assert (heard.method, heard.path) == ("POST", "/hook?desk=korea")
    assert heard.body.encode() == json_line(message(KOREAN))
    wanted = {"Content-Type": "application/json", "Idempotency-Key": "m-4f7c", "User-Agent": "Wirewatch"}
    assert heard.headers | wanted == heard.headers
    seconds, _, hexed = heard.headers["X-Wirewatch-Signature"].partition(",v1=")
    assert seconds == f"t={int(NOW.timestamp())}"
    signed = f"{int(NOW.timestamp())}.{heard.body}".encode()
    assert hexed == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_the_signature_is_of_the_documented_form() -> None:
    at = datetime(2025, 6, 12, tzinfo=UTC)
    # Printed by: printf '1749686400.{"version":1}' | openssl dgst -sha256 -hmac key
    known = "a9ee8a8f8c8ae92467108956d49e7e5fd64047c088495b4894d8f6b70a79071c"
    assert signature("key", at, b'{"version":1}') == f"t=1749686400,v1={known}"


def test_without_a_secret_nothing_is_signed(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    sender.send(message(SEED), by_hook(f"http://127.0.0.1:{web.port}/"), DESK)
    assert "X-Wirewatch-Signature" not in web.heard[0].headers


def test_user_and_password_of_an_address_are_sent_as_basic(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    sender.send(
        message(SEED), by_hook(f"http://desk:${{SECRET}}@127.0.0.1:{web.port}/뉴스 x".replace(" ", "%20")), DESK
    )
    assert web.heard[0].headers["Authorization"] == "Basic ZGVzazpoMDBrLXMzY3JldA=="
    assert web.heard[0].headers["Host"] == f"127.0.0.1:{web.port}"
    assert web.heard[0].path == "/%EB%89%B4%EC%8A%A4%20x"


def test_two_attempts_differ_in_their_number_alone(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    for attempt in (1, 2):
        sender.send(replace(message(SEED), attempt=attempt), by_hook(f"http://127.0.0.1:{web.port}/"), DESK)
    first, second = web.heard
    assert {**first.json, "attempt": 2} == second.json
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == first.json["id"]


@pytest.mark.parametrize(
    ("reply", "meaning", "wait"),
    [
        pytest.param(Reply(500), (False, False, 500), None, id="a fault of the server"),
        pytest.param(Reply(401), (True, False, 401), None, id="not allowed"),
        pytest.param(Reply(404), (True, False, 404), None, id="no such place"),
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
        pytest.param(Reply(503, '{"retry_after": 3}'), (False, False, 503), 4, id="a wait in the body"),
        pytest.param(Reply(hang=True), (False, True, None), None, id="no answer"),
        pytest.param(Reply(reset=True), (False, True, None), None, id="takes the message and then resets"),
    ],
)
def test_the_answer_decides(
    serve: ExitStack, sender: WebhookSender, reply: Reply, meaning: tuple[bool, bool, int | None], wait: int | None
) -> None:
    web = serve.enter_context(serving_web(WebServer([reply])))
    error = refusal(lambda: sender.send(message(SEED), by_hook(f"http://127.0.0.1:{web.port}/"), DESK))
    assert (error.permanent, error.unknown, error.status) == meaning
    assert error.retry_after == (timedelta(seconds=wait) if wait else None)
    assert str(error).startswith("hook/webhook: webhook: ")
    assert len(web.heard) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_final_is_not_followed_and_says_where_to(
    serve: ExitStack, sender: WebhookSender, status: int
) -> None:
    moved = Reply(status, headers=(("Location", f"https://new.example/hook/{TOKEN}"),))
    web = serve.enter_context(serving_web(WebServer([moved])))
    error = refusal(lambda: sender.send(message(SEED), by_hook(f"http://127.0.0.1:{web.port}/${{TOKEN}}"), DESK))
    assert (error.permanent, error.unknown, error.status) == (True, False, status)
    assert f"HTTP {status}, it moved to https://new.example/hook/***; write its new address" in str(error)
    assert len(web.heard) == 1


def test_a_200_that_says_error_is_a_delivery(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer([Reply(200, '{"error": "no such desk"}')])))
    assert sender.send(message(SEED), by_hook(f"http://127.0.0.1:{web.port}/"), DESK) == "accepted (HTTP 200)"


@pytest.mark.parametrize(
    ("server", "unknown", "status"),
    [
        pytest.param(RawServer((b"HTTP/1.1 2",)), True, None, id="closes in the middle of the status"),
        pytest.param(RawServer(), True, None, id="closes without a word"),
        pytest.param(RawServer((b"220 smtp.example ESMTP\r\n",)), True, None, id="speaks another language"),
        pytest.param(RawServer((b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,)), True, None, id="a head without end"),
        pytest.param(
            RawServer((b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nsor",)), False, 503, id="closes in the body"
        ),
        pytest.param(RawServer((b"HTTP/1.1 500 Oh\r\n", b"X: y\r\n\r\n"), 0.01), False, 500, id="answers bit by bit"),
    ],
)
def test_half_an_answer_is_not_taken_for_a_whole_one(
    serve: ExitStack, sender: WebhookSender, server: RawServer, unknown: bool, status: int | None
) -> None:
    raw = serve.enter_context(serving_raw(replace(server)))
    error = refusal(lambda: sender.send(message(SEED), by_hook(f"http://127.0.0.1:{raw.port}/"), DESK))
    assert (error.permanent, error.unknown, error.status) == (False, unknown, status)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    ("first", "unknown", "status"),
    [
        pytest.param(b"HTTP/1.1 100 Continue\r\n", True, None, id="in the head"),
        pytest.param(b"HTTP/1.1 500 Oh\r\nContent-Length: 99999\r\n\r\n", False, 500, id="in the body"),
    ],
)
def test_a_server_that_drips_for_ever_is_left_alone_after_a_while(
    serve: ExitStack,
    sender: WebhookSender,
    authority: trustme.CA,
    tmp_path: Path,
    first: bytes,
    unknown: bool,
    status: int | None,
    secure: bool,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    drip = RawServer((first, *(b"X: y\r\n" for _ in range(500))), pause=0.02, tls=tls_of(authority) if secure else None)
    raw = serve.enter_context(serving_raw(drip))
    patient = replace(sender, waits=replace(SHORT, patience=timedelta(seconds=0.2)))
    hook = by_hook(f"http{'s' if secure else ''}://127.0.0.1:{raw.port}/", ca_file=str(tmp_path / "ca.pem"))
    start = monotonic()
    error = refusal(lambda: patient.send(message(SEED), hook, DESK))
    assert monotonic() - start < 5
    assert (error.permanent, error.unknown, error.status) == (False, unknown, status)
    assert ("no answer in time" in str(error)) is unknown


def test_an_answer_that_comes_before_the_message_was_read_counts(serve: ExitStack, sender: WebhookSender) -> None:
    early = RawServer((b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n",), early=True)
    raw = serve.enter_context(serving_raw(early))
    error = refusal(lambda: sender.send(message(SEED), by_hook(f"http://127.0.0.1:{raw.port}/"), DESK))
    assert (error.permanent, error.status) in {(True, 413), (False, None)}  # a reset may overtake the answer
    assert error.status == 413 or error.unknown


def test_a_server_that_is_away_has_not_got_it(sender: WebhookSender) -> None:
    error = refusal(lambda: sender.send(message(SEED), by_hook("http://127.0.0.1:1/"), DESK))
    assert (error.permanent, error.unknown) == (False, False)
    assert "the server cannot be reached (it says: Connection refused)" in str(error)


def test_encryption_is_checked_against_the_usual_authorities_and_the_own_file(
    serve: ExitStack, sender: WebhookSender, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    raw = serve.enter_context(serving_raw(RawServer((b"HTTP/1.1 204 Fine\r\n\r\n",), tls=tls_of(authority))))
    address = f"https://127.0.0.1:{raw.port}/"
    assert sender.send(message(SEED), by_hook(address, ca_file=str(tmp_path / "ca.pem")), DESK) == "accepted (HTTP 204)"
    error = refusal(lambda: sender.send(message(SEED), by_hook(address), DESK))
    assert (error.permanent, error.unknown) == (False, False)
    assert "its certificate is not to be trusted" in str(error)
    error = refusal(lambda: sender.send(message(SEED), by_hook(address, ca_file=str(tmp_path / "none.pem")), DESK))
    assert "none.pem: cannot be read (No such file or directory)" in str(error)
    assert len(raw.requests) == 1


@pytest.mark.parametrize(
    ("hook", "permanent", "says"),
    [
        pytest.param(by_hook("env:GONE"), False, "env:GONE: is not set", id="an address that is not there"),
        pytest.param(by_hook("http://a.example/", "env:GONE"), False, "env:GONE: is not set", id="a secret"),
        pytest.param(by_hook("env:TOKEN"), True, "not a web address", id="a reference to something else"),
        pytest.param(replace(by_hook("x"), webhook=None), True, "not a web address", id="nothing"),
    ],
)
def test_what_cannot_be_used_says_why(sender: WebhookSender, hook: Destination, permanent: bool, says: str) -> None:
    error = refusal(lambda: sender.send(message(SEED), hook, DESK))
    assert error.permanent is permanent
    assert says in str(error)
    assert TOKEN not in str(error)


@pytest.mark.parametrize(
    "address",
    ["", "ftp://a.example/", "http://", "http://a.example:99999/", "http://a b/", "http://a/\r\nX: y", "http://[::1/"],
)
def test_other_texts_are_no_web_address(address: str) -> None:
    assert read_target(address) is None


@pytest.mark.parametrize("reply", [Reply(403, f"bad token {TOKEN} or {SECRET}"), Reply(hang=True), Reply(reset=True)])
def test_no_secret_is_in_any_text(serve: ExitStack, sender: WebhookSender, reply: Reply) -> None:
    web = serve.enter_context(serving_web(WebServer([reply])))
    hook = by_hook(f"http://u:${{SECRET}}@127.0.0.1:{web.port}/x/${{TOKEN}}?k=${{TOKEN}}", "env:SECRET")
    error = refusal(lambda: sender.send(message(SEED), hook, DESK))
    told = f"{error}{error!r}{error.__cause__!r}{hook!r}{sender!r}{sender.target(hook)!r}"
    assert TOKEN not in told
    assert SECRET not in told


def every(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind, *(one for sub in kind.__subclasses__() for one in every(sub))}


@pytest.mark.parametrize("kind", sorted(every(http.client.HTTPException), key=str), ids=lambda kind: kind.__name__)
def test_every_exception_of_the_library_has_a_meaning(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert fault_of(error, sent=True) is Fault.LOST
    assert fault_of(error, sent=True, late=True) is Fault.TIMEOUT
    invalid = issubclass(kind, http.client.InvalidURL)
    assert fault_of(error, sent=False) is (Fault.BAD_ADDRESS if invalid else Fault.NOT_SENT)


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        (TimeoutError(), Fault.NOT_SENT, Fault.TIMEOUT),
        (ConnectionResetError(), Fault.NOT_SENT, Fault.LOST),
        (ssl.SSLCertVerificationError(), Fault.NOT_SENT, Fault.LOST),
        (ssl.SSLEOFError(), Fault.NOT_SENT, Fault.LOST),
        (UnicodeError(), Fault.BAD_ADDRESS, Fault.LOST),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.name,
)
def test_a_fault_of_the_network_means_what_the_moment_makes_of_it(
    error: Exception, before: Fault, after: Fault
) -> None:
    assert (fault_of(error, sent=False), fault_of(error, sent=True)) == (before, after)


def test_a_burst_of_five_thousand_is_read_back_whole(serve: ExitStack, sender: WebhookSender) -> None:
    web = serve.enter_context(serving_web(WebServer()))
    burst = message(*(replace(SEED, id=number) for number in range(5000)), thread=None)
    sender.send(burst, by_hook(f"http://127.0.0.1:{web.port}/"), DESK)
    assert {alert["id"] for alert in json.loads(web.heard[0].body)["alerts"]} == set(range(5000))
