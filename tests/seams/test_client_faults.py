"""Every status and every error of libcurl is said in words that tell what to do."""

from __future__ import annotations

import errno
from datetime import timedelta

import pycurl
import pytest

from wirewatch.errors import FetchError
from wirewatch.fetch.faults import Curl, dns_error, fault_error, size, status_error
from wirewatch.fetch.wire import STOPPED, Fault, Stage

CODES = {
    name: getattr(pycurl, name) for name in dir(pycurl) if name.startswith("E_") and not name.startswith("E_MULTI_")
}
WAIT = timedelta(seconds=7)


def error_of(fault: Fault, detail: str = "") -> FetchError:
    return fault_error(
        fault, detail=detail, timeout=timedelta(seconds=30), connect=timedelta(seconds=10), body_bytes=12_000_000
    )


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_error_of_libcurl_has_a_sentence(name: str) -> None:
    error = error_of(Fault(code=CODES[name]), "libcurl's own words")
    if CODES[name] in set(Curl):
        assert "libcurl" not in str(error), "it has words of its own"
    else:
        assert str(error).startswith(f"the transfer failed (libcurl {CODES[name]}: libcurl's own words);")


@pytest.mark.parametrize("code", list(Curl))
def test_the_numbers_are_libcurls(code: Curl) -> None:
    # pycurl has no name for the last ones; curl/curl.h has.
    unnamed = {"HTTP2_STREAM": 92, "QUIC_CONNECT_ERROR": 96, "PROXY": 97, "TOO_LARGE": 100, "WEIRD_SERVER_REPLY": 8}
    assert code.value == unnamed.get(code.name, getattr(pycurl, f"E_{code.name}", None))


@pytest.mark.parametrize(
    ("fault", "text", "network"),
    [
        pytest.param(
            Fault(Curl.COULDNT_RESOLVE_HOST),
            "no such host (DNS); check the address, or whether the site has moved",
            False,
            id="no such host",
        ),
        pytest.param(
            Fault(Curl.COULDNT_CONNECT, errno=errno.ECONNREFUSED),
            "the server does not take connections; it is tried again; check the address if this stays",
            False,
            id="refused",
        ),
        pytest.param(
            Fault(Curl.COULDNT_CONNECT, errno=errno.ENETUNREACH),
            "no way to the server (network unreachable); check this machine's connection",
            True,
            id="network unreachable",
        ),
        pytest.param(
            Fault(Curl.COULDNT_CONNECT, errno=errno.EHOSTUNREACH),
            "no way to the server (network unreachable); check this machine's connection",
            True,
            id="no route",
        ),
        pytest.param(
            Fault(Curl.COULDNT_CONNECT, errno=errno.ENETUNREACH, refusal="address 10.0.0.1 is private; do x"),
            "address 10.0.0.1 is private; do x",
            False,
            id="the guard's words win",
        ),
        pytest.param(
            Fault(Curl.OPERATION_TIMEDOUT, stage=Stage.LOOK_UP),
            "its name could not be looked up within 10 s (DNS); check this machine's connection",
            True,
            id="look-up too slow",
        ),
        pytest.param(
            Fault(Curl.OPERATION_TIMEDOUT, stage=Stage.CONNECT),
            "could not be reached within 10 s; it is tried again; check the address",
            False,
            id="connection too slow",
        ),
        pytest.param(
            Fault(Curl.OPERATION_TIMEDOUT),
            "took longer than 30 s; it is tried again; the server is slow or overloaded",
            False,
            id="answer too slow",
        ),
        pytest.param(
            Fault(Curl.WRITE_ERROR, too_large="body"),
            "body is larger than 12 MB; is this a feed? Raise settings.limits.body if it is",
            False,
            id="body too large",
        ),
        pytest.param(
            Fault(Curl.COULDNT_RESOLVE_PROXY), "the proxy's name is not known (DNS); check `proxy:`", True, id="proxy"
        ),
        pytest.param(
            STOPPED, "broken off: Wirewatch is stopping; it is fetched again after the start", True, id="stopped"
        ),
    ],
)
def test_a_fault_is_said(fault: Fault, text: str, network: bool) -> None:
    error = error_of(fault)
    assert (str(error), error.network, error.status) == (text, network, None)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("SSL certificate problem: certificate has expired", "has expired; tell the publisher"),
        ("SSL certificate problem: certificate is not yet valid", "not valid yet; check this machine's clock"),
        ("SSL certificate problem: self-signed certificate in certificate chain", "signed by nobody we trust"),
        ("SSL certificate problem: unable to get local issuer certificate", "signed by nobody we trust"),
        ("SSL: no alternative certificate subject name matches target host name 'x'", "for another host"),
        ("SSL certificate problem: certificate revoked", "has been revoked"),
        ("something new", "cannot be verified; open the address in a browser"),
    ],
)
def test_a_certificates_fault_is_said(detail: str, words: str) -> None:
    assert words in str(error_of(Fault(Curl.PEER_FAILED_VERIFICATION), detail))


@pytest.mark.parametrize("status", [*range(201, 209), 226, *range(300, 309), *range(400, 452), *range(500, 531), 599])
def test_every_status_has_a_sentence_that_says_what_to_do(status: int) -> None:
    error = status_error(status, WAIT)
    assert str(error).startswith(f"answers {status}: ")
    assert "; " in str(error)
    assert (error.status, error.network) == (status, False)
    assert error.retry_after == (WAIT if status in (429, 503) else None)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "answers 403: it turns this address away; try another address (`proxy:`) or ask the publisher"),
        (404, "answers 404: there is no such page (any more); look for the feed's new address on the publisher's site"),
        (410, "answers 410: the feed has been given up; look for another one on the publisher's site, or remove it"),
        (429, "answers 429: it asks us to poll less often; let `poll:` be longer if this stays"),
        (522, "answers 522: the server has a fault; it is tried again"),
    ],
)
def test_a_status_is_said(status: int, text: str) -> None:
    assert str(status_error(status, None)) == text


@pytest.mark.parametrize(
    ("count", "words"), [(999, "999 bytes"), (1000, "1 kB"), (12_000_000, "12 MB"), (2_500_000_000, "2.5 GB")]
)
def test_a_size_is_said(count: int, words: str) -> None:
    assert size(count) == words


def test_a_dead_dns_is_our_own_side() -> None:
    error = dns_error()
    assert str(error) == "names cannot be looked up (DNS does not answer); check this machine's connection"
    assert error.network
