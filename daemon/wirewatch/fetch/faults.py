"""Every way in which a feed gives no usable answer, in words that say what to do."""

from __future__ import annotations

import errno
from datetime import timedelta
from enum import IntEnum
from typing import Final

from wirewatch.errors import FetchError
from wirewatch.fetch.wire import STOPPED, Fault, Stage


class Curl(IntEnum):
    """libcurl's error numbers that have a sentence of their own (curl/curl.h; they never change)."""

    UNSUPPORTED_PROTOCOL = 1
    URL_MALFORMAT = 3
    COULDNT_RESOLVE_PROXY = 5
    COULDNT_RESOLVE_HOST = 6
    COULDNT_CONNECT = 7
    WEIRD_SERVER_REPLY = 8
    HTTP2 = 16
    PARTIAL_FILE = 18
    WRITE_ERROR = 23
    OUT_OF_MEMORY = 27
    OPERATION_TIMEDOUT = 28
    SSL_CONNECT_ERROR = 35
    GOT_NOTHING = 52
    SEND_ERROR = 55
    RECV_ERROR = 56
    SSL_CERTPROBLEM = 58
    SSL_CIPHER = 59
    PEER_FAILED_VERIFICATION = 60
    BAD_CONTENT_ENCODING = 61
    FILESIZE_EXCEEDED = 63
    SSL_CACERT_BADFILE = 77
    SSL_ISSUER_ERROR = 83
    SSL_INVALIDCERTSTATUS = 91
    HTTP2_STREAM = 92
    QUIC_CONNECT_ERROR = 96
    PROXY = 97
    TOO_LARGE = 100


_CUT: Final = "the connection broke before the answer was complete; it is tried again"
_TLS: Final = "no secure connection (TLS) comes about; open the address in a browser, or ask the publisher"
_NOT_HTTP: Final = "what answers is no web server (not HTTP); check the address and its port"
_TEXTS: Final = {
    Curl.UNSUPPORTED_PROTOCOL: _NOT_HTTP,
    Curl.URL_MALFORMAT: "the address cannot be read; check its spelling",
    Curl.COULDNT_RESOLVE_PROXY: "the proxy's name is not known (DNS); check `proxy:`",
    Curl.COULDNT_RESOLVE_HOST: "no such host (DNS); check the address, or whether the site has moved",
    Curl.COULDNT_CONNECT: "the server does not take connections; it is tried again; check the address if this stays",
    Curl.WEIRD_SERVER_REPLY: _NOT_HTTP,
    Curl.HTTP2: "the server breaks the rules of HTTP/2; ask the publisher if this stays",
    Curl.PARTIAL_FILE: _CUT,
    Curl.WRITE_ERROR: "the answer cannot be unpacked (broken compression); ask the publisher if this stays",
    Curl.OUT_OF_MEMORY: "this machine has no memory left; close other programs or lower settings.limits",
    Curl.SSL_CONNECT_ERROR: _TLS,
    Curl.GOT_NOTHING: "the server closed the connection without an answer; it is tried again",
    Curl.SEND_ERROR: _CUT,
    Curl.RECV_ERROR: _CUT,
    Curl.SSL_CERTPROBLEM: _TLS,
    Curl.SSL_CIPHER: _TLS,
    Curl.BAD_CONTENT_ENCODING: "the answer cannot be unpacked (broken compression); ask the publisher if this stays",
    Curl.SSL_CACERT_BADFILE: "the file of trusted certificates cannot be used; check `ca:`",
    Curl.SSL_ISSUER_ERROR: _TLS,
    Curl.SSL_INVALIDCERTSTATUS: "the server's certificate has been revoked; tell the publisher",
    Curl.HTTP2_STREAM: "the server broke off the answer (HTTP/2); it is tried again",
    Curl.QUIC_CONNECT_ERROR: _TLS,
    Curl.PROXY: "the proxy does not pass the request on; check `proxy:`",
}
# What libcurl and OpenSSL say of a certificate, and what it means to people.
_CERTIFICATES: Final = (
    ("has expired", "the server's certificate has expired; tell the publisher, or check this machine's clock"),
    ("not yet valid", "the server's certificate is not valid yet; check this machine's clock, or tell the publisher"),
    ("revoked", "the server's certificate has been revoked; tell the publisher"),
    (
        "self-signed",
        "the server's certificate is signed by nobody we trust; name its CA under `ca:` if you trust it",
    ),
    (
        "self signed",
        "the server's certificate is signed by nobody we trust; name its CA under `ca:` if you trust it",
    ),
    (
        "unable to get local issuer",
        "the server's certificate is signed by nobody we trust; name its CA under `ca:`",
    ),
    ("no alternative certificate subject name", "the server's certificate is for another host; check the address"),
    ("subject name", "the server's certificate is for another host; check the address"),
)
_CERTIFICATE: Final = "the server's certificate cannot be verified; open the address in a browser, or ask the publisher"
_OUR_SIDE: Final = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL))
_OUR_CODES: Final = frozenset((Curl.COULDNT_RESOLVE_PROXY, Curl.OUT_OF_MEMORY, Curl.PROXY, Curl.SSL_CACERT_BADFILE))


def fault_error(fault: Fault, *, detail: str, timeout: timedelta, connect: timedelta, body_bytes: int) -> FetchError:
    """The error of a transfer without an answer.

    detail: libcurl's words with secrets masked, shown only where we have no sentence. timeout, connect, body_bytes:
    the limits that held, to be named. `network` is True where our own side may be at fault.
    """
    if fault == STOPPED:
        return FetchError("broken off: Wirewatch is stopping; it is fetched again after the start", network=True)
    if fault.too_large == "body" or fault.code == Curl.FILESIZE_EXCEEDED:
        return FetchError(
            f"body is larger than {size(body_bytes)}; is this a feed? Raise settings.limits.body if it is"
        )
    if fault.too_large == "headers" or fault.code == Curl.TOO_LARGE:
        return FetchError("the headers of the answer are too large; ask the publisher if this stays")
    if fault.proxy_status:
        return FetchError(f"the proxy answers {fault.proxy_status}: {_proxy(fault.proxy_status)}", network=True)
    if fault.code == Curl.COULDNT_CONNECT and fault.refusal:
        return FetchError(fault.refusal)
    if fault.code == Curl.OPERATION_TIMEDOUT:
        return _timeout(fault.stage, timeout, connect)
    if fault.code == Curl.COULDNT_CONNECT and fault.errno in _OUR_SIDE:
        return FetchError("no way to the server (network unreachable); check this machine's connection", network=True)
    return FetchError(_words(fault.code, detail), network=fault.code in _OUR_CODES)


def dns_error() -> FetchError:
    """Names cannot be looked up here at all."""
    return FetchError("names cannot be looked up (DNS does not answer); check this machine's connection", network=True)


def status_error(status: int, retry_after: timedelta | None) -> FetchError:
    """The error of an answer that is neither 200 nor a 304 we asked for. retry_after counts for 429 and 503 only."""
    wait = retry_after if status in (429, 503) else None
    return FetchError(f"answers {status}: {_status(status)}", status=status, retry_after=wait)


def size(count: int) -> str:
    """A number of bytes as people say it."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"


_STATUSES: Final = {
    300: "several addresses to choose from; pick one and put it in the watchlist",
    304: "unchanged, although we did not say what we have; it is tried again",
    400: "it does not understand the request; check the address",
    401: "it asks for a name and password; give it under `auth:`",
    402: "it wants to be paid; ask the publisher",
    403: "it turns this address away; try another address (`proxy:`) or ask the publisher",
    404: "there is no such page (any more); look for the feed's new address on the publisher's site",
    405: "it does not let this page be read; check the address",
    406: "it has the feed in no form we asked for; ask the publisher",
    407: "a proxy asks for a name and password; check `proxy:`",
    408: "we were too slow for it; it is tried again",
    410: "the feed has been given up; look for another one on the publisher's site, or remove it",
    418: "it turns programs away; ask the publisher",
    421: "it does not know this host; check the address",
    425: "it is not ready; it is tried again",
    426: "it wants another protocol; ask the publisher",
    429: "it asks us to poll less often; let `poll:` be longer if this stays",
    451: "it may not be read from here for legal reasons; try another address (`proxy:`)",
    500: "the server has a fault; it is tried again",
    501: "it cannot do what we ask; ask the publisher",
    502: "the server behind it does not answer; it is tried again",
    503: "the server is overloaded or being repaired; it is tried again",
    504: "the server behind it is too slow; it is tried again",
    511: "this network wants you to sign in first; open a page in a browser",
}


def _status(status: int) -> str:
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return "the server has a fault; it is tried again"
    if status >= 400:
        return "it refuses the request; open the address in a browser, or ask the publisher"
    if status >= 300:
        return "it points elsewhere without a usable address; check the address in a browser"
    return "an answer without a feed in it; check the address in a browser"


def _proxy(status: int) -> str:
    if status == 407:
        return "it asks for a name and password; put them into `proxy:`"
    return "it does not open the way to the server; ask who looks after the proxy"


def _timeout(stage: Stage, timeout: timedelta, connect: timedelta) -> FetchError:
    if stage is Stage.LOOK_UP:
        return FetchError(
            f"its name could not be looked up within {_seconds(connect)} (DNS); check this machine's connection",
            network=True,
        )
    if stage is Stage.CONNECT:
        return FetchError(f"could not be reached within {_seconds(connect)}; it is tried again; check the address")
    return FetchError(f"took longer than {_seconds(timeout)}; it is tried again; the server is slow or overloaded")


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.3g} s"


def _words(code: int, detail: str) -> str:
    if code == Curl.PEER_FAILED_VERIFICATION:
        return next((text for sign, text in _CERTIFICATES if sign in detail.lower()), _CERTIFICATE)
    if code in _TEXTS:
        return _TEXTS[Curl(code)]
    said = f": {detail}" if detail else ""
    return f"the transfer failed (libcurl {code}{said}); it is tried again; report it if this stays"
