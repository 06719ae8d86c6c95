"""What a service's answer means; and that no exception or result of the libraries is without a meaning."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from apprise import AppriseResultStatus
from requests import exceptions

from wirewatch.errors import DeliveryError
from wirewatch.notify.answers import Fault, Outcome, verdict
from wirewatch.notify.apprise import RESULTS, Service, fault_of
from wirewatch.notify.services import style_for
from wirewatch.notify.smtp import ANSWER, CONNECT, DATA, FROM, LOGIN, TLS, TO, Step, judge

NOW = datetime(2025, 6, 12, 6, 0, tzinfo=UTC)


def refused(outcome: Outcome) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        verdict("desk-chat: Matrix", outcome, NOW, lambda text: text.replace("hunter2", "***"))
    return caught.value


def answer(status: int, said: str = "", wait: str | None = None) -> Outcome:
    return Outcome(status=status, said=said, wait=wait, fault=Fault.REFUSED)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        *((status, True) for status in (400, 401, 403, 404, 405, 410, 413, 415, 422)),
        *((status, False) for status in (301, 302, 307, 308, 408, 409, 423, 425, 429, 500, 502, 503, 504, 522)),
    ],
)
def test_a_status_is_final_or_passes(status: int, permanent: bool) -> None:
    error = refused(answer(status))
    assert (error.status, error.permanent, error.unknown) == (status, permanent, False)


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [
        pytest.param(answer(429, wait="30"), timedelta(seconds=30), id="seconds"),
        pytest.param(answer(429, wait="10072"), timedelta(seconds=10072), id="nearly three hours"),
        pytest.param(answer(503, wait="Thu, 12 Jun 2025 07:30:00 GMT"), timedelta(hours=1.5), id="a date"),
        pytest.param(answer(429, wait="soon"), None, id="unreadable"),
        pytest.param(answer(429), None, id="none"),
        pytest.param(
            answer(429, '{"ok":false,"parameters":{"retry_after":10072}}'), timedelta(seconds=10073), id="Telegram"
        ),
        pytest.param(answer(429, '{"message": "limited", "retry_after": 0.65}'), timedelta(seconds=1), id="Discord"),
        pytest.param(answer(429, '{"retry_after": 999999999}'), timedelta(days=366), id="absurd"),
    ],
)
def test_a_wish_to_wait_is_handed_on_whatever_its_size(outcome: Outcome, wait: timedelta | None) -> None:
    assert refused(outcome).retry_after == wait


@pytest.mark.parametrize(
    ("fault", "permanent", "unknown"),
    [
        pytest.param(Fault.NOT_SENT, False, False, id="not reached"),
        pytest.param(Fault.LOST, False, True, id="lost"),
        pytest.param(Fault.TIMEOUT, False, True, id="timeout"),
        pytest.param(Fault.BAD_ADDRESS, True, False, id="bad address"),
        pytest.param(Fault.REFUSED, False, False, id="refused with 200, or without HTTP"),
    ],
)
def test_a_fault_says_whether_the_message_may_have_arrived(fault: Fault, permanent: bool, unknown: bool) -> None:
    error = refused(Outcome(fault=fault, said="why"))
    assert (error.permanent, error.unknown) == (permanent, unknown)
    assert str(error) == f"desk-chat: Matrix: {fault.value} (it says: why)"


def test_a_servers_words_are_shown_short_on_one_line_and_without_secrets() -> None:
    said = 'no\r\n\x1b[31m hunter2 {"access_token": "syt_fresh", "apiKey":"k"} ' + "x" * 500
    text = str(refused(answer(403, said)))
    assert text.startswith(
        "desk-chat: Matrix: HTTP 403, not allowed; check the token or password in its address "
        '(it says: no [31m *** {"access_token": "***", "apiKey":"***"} xxx'
    )
    assert len(text) < 330


def test_an_accepted_message_is_said_with_its_status() -> None:
    assert verdict("x", Outcome(ok=True, status=204), NOW, str) == "accepted (HTTP 204)"
    assert verdict("x", Outcome(ok=True), NOW, str) == "accepted"


def test_every_result_of_apprise_has_a_meaning() -> None:
    assert set(RESULTS) == {status.name for status in AppriseResultStatus}


def every(base: type[Exception]) -> list[type[Exception]]:
    found = {base}.union(*(every(kind) for kind in base.__subclasses__()))
    return sorted(found, key=lambda kind: kind.__name__)


# What `Session.send` may raise, and what it means. What is not listed may have arrived: the safe guess.
REQUESTS: dict[type[Exception], Fault] = {
    exceptions.ConnectTimeout: Fault.NOT_SENT,
    exceptions.ReadTimeout: Fault.TIMEOUT,
    exceptions.Timeout: Fault.TIMEOUT,
    exceptions.ProxyError: Fault.NOT_SENT,
    exceptions.SSLError: Fault.NOT_SENT,
    exceptions.InvalidURL: Fault.BAD_ADDRESS,
    exceptions.InvalidProxyURL: Fault.BAD_ADDRESS,
    exceptions.InvalidSchema: Fault.BAD_ADDRESS,
    exceptions.MissingSchema: Fault.BAD_ADDRESS,
    exceptions.InvalidHeader: Fault.BAD_ADDRESS,
    exceptions.URLRequired: Fault.BAD_ADDRESS,
    exceptions.ConnectionError: Fault.LOST,
    exceptions.ChunkedEncodingError: Fault.LOST,
    exceptions.ContentDecodingError: Fault.LOST,
    exceptions.StreamConsumedError: Fault.LOST,
    exceptions.RetryError: Fault.LOST,
    exceptions.UnrewindableBodyError: Fault.LOST,
    exceptions.TooManyRedirects: Fault.LOST,
    exceptions.HTTPError: Fault.LOST,
    exceptions.InvalidJSONError: Fault.LOST,
    exceptions.RequestException: Fault.LOST,
}


@pytest.mark.parametrize("kind", every(exceptions.RequestException))
def test_every_exception_of_requests_has_a_meaning(kind: type[Exception]) -> None:
    if kind is exceptions.JSONDecodeError:
        assert issubclass(kind, exceptions.InvalidJSONError)  # needs three arguments; its parent is in the table
        return
    if not kind.__module__.startswith("requests."):
        pytest.skip("another library's own subclass")
    assert fault_of(kind("x")) is REQUESTS[kind]


SMTP: list[tuple[Exception, Step, tuple[bool, bool, int | None]]] = [
    (smtplib.SMTPConnectError(554, b"no service"), CONNECT, (False, False, 554)),
    (smtplib.SMTPServerDisconnected("gone"), CONNECT, (False, False, None)),
    (smtplib.SMTPHeloError(550, b"who?"), LOGIN, (False, False, 550)),
    (smtplib.SMTPNotSupportedError("STARTTLS"), TLS, (False, False, None)),
    (smtplib.SMTPNotSupportedError("AUTH"), LOGIN, (False, False, None)),
    (smtplib.SMTPAuthenticationError(535, b"wrong"), LOGIN, (False, False, 535)),
    (smtplib.SMTPNotSupportedError("SMTPUTF8"), FROM, (True, False, None)),
    (smtplib.SMTPResponseException(530, b"sign in first"), FROM, (False, False, 530)),
    (smtplib.SMTPSenderRefused(550, b"not you", "a@b"), FROM, (True, False, 550)),
    (smtplib.SMTPResponseException(421, b"later"), TO, (False, False, 421)),
    (smtplib.SMTPResponseException(451, b"greylisted"), TO, (False, False, 451)),
    (smtplib.SMTPResponseException(550, b"nobody"), TO, (True, False, 550)),
    (smtplib.SMTPRecipientsRefused({}), TO, (False, False, None)),
    (smtplib.SMTPDataError(552, b"too large"), DATA, (True, False, 552)),
    (smtplib.SMTPServerDisconnected("gone"), DATA, (False, False, None)),
    (smtplib.SMTPResponseException(554, b"spam"), ANSWER, (True, False, 554)),
    (smtplib.SMTPResponseException(451, b"later"), ANSWER, (False, False, 451)),
    (smtplib.SMTPResponseException(-1, b"garbage"), ANSWER, (False, True, None)),
    (smtplib.SMTPServerDisconnected("gone"), ANSWER, (False, True, None)),
    (smtplib.SMTPException("?"), ANSWER, (False, True, None)),
    (TimeoutError(), ANSWER, (False, True, None)),
    (ConnectionRefusedError(), CONNECT, (False, False, None)),
]


@pytest.mark.parametrize(
    ("error", "step", "meaning"),
    [pytest.param(*row, id=f"{type(row[0]).__name__} while {row[1].name} {number}") for number, row in enumerate(SMTP)],
)
def test_an_exception_of_smtplib_is_judged_by_its_step(
    error: Exception, step: Step, meaning: tuple[bool, bool, int | None]
) -> None:
    assert judge(error, step) == meaning


def test_every_exception_of_smtplib_is_in_that_table() -> None:
    assert set(every(smtplib.SMTPException)) <= {type(error) for error, _, _ in SMTP}


def service(name: str, *forms: str, body: int = 4000, title: int = 250) -> Service:
    return Service(name, name, forms, body, title)


@pytest.mark.parametrize(
    ("of", "form", "spelling", "titled", "mail"),
    [
        pytest.param(service("NotifyTelegram", "html", "markdown", title=0), "html", "html", False, False, id="html"),
        pytest.param(service("NotifyMatrix", "html", "markdown", "text"), "html", "html", False, False, id="Matrix"),
        pytest.param(service("NotifyDiscord", "text", "markdown"), "markdown", "markdown", False, False, id="Discord"),
        pytest.param(service("NotifySlack", "markdown", "text"), "text", "text", False, False, id="Slack: no escapes"),
        pytest.param(service("NotifyMattermost", "text"), "text", "markdown", False, False, id="Markdown called text"),
        pytest.param(service("NotifyGotify", "text"), "text", "text", True, False, id="plain"),
        pytest.param(service("NotifyJSON", "html", "markdown", "text"), "text", "text", True, False, id="a webhook"),
        pytest.param(service("NotifyJSON", "html", body=32768), "html", "html", True, False, id="?format=html"),
        pytest.param(service("NotifySendGrid", "html", body=32768), "html", "html", True, True, id="a mail service"),
        pytest.param(service("NotifyDiscord", "text"), "text", "text", False, False, id="?format=text"),
    ],
)
def test_a_service_gets_the_form_it_reads(of: Service, form: str, spelling: str, titled: bool, mail: bool) -> None:
    style = style_for(of)
    assert (style.form, style.spelling, style.title_most > 0, style.mail) == (form, spelling, titled, mail)


def test_ntfy_gets_less_than_apprise_allows() -> None:
    assert style_for(service("NotifyNtfy", "text", body=7800)).most == 1300
