"""Signed webhooks: http.client's home. One POST a message, no redirect followed, no proxy asked, nothing kept open.

http.client because it tells exactly whether the request has gone out, which decides what a broken connection means.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from wirewatch.core.model import Message
from wirewatch.core.ways import Webhook
from wirewatch.errors import DeliveryError, SecretError
from wirewatch.notify.answers import Fault, Outcome, shown, verdict
from wirewatch.notify.apprise import Waits
from wirewatch.notify.record import json_line
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination, Place
from wirewatch.notify.tls import tls_context

SIGNATURE: Final = "X-Wirewatch-Signature"
BAD_ADDRESS: Final = "not a web address; write one that begins with https:// or http://"
_BODY_BYTES: Final = 2_000
_KEPT: Final = "/%:@!$&'()*+,;=~-._?[]"  # what stays as written in a path and query (RFC 3986); the rest is encoded


@dataclass(frozen=True, slots=True)
class Target:
    """A web address taken apart. path: with its query; login: the value of Authorization. Its repr shows neither."""

    place: Place
    path: str = field(repr=False)
    login: str | None = field(default=None, repr=False)


def read_target(address: str) -> Target | None:
    """The parts of an http(s) address, user and password as Basic (RFC 7617); None where it is no such address."""
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("ascii" if ":" in (parts.hostname or "") else "idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme not in ("http", "https") or not host or any(sign <= " " or sign == "\x7f" for sign in address):
        return None
    secure = parts.scheme == "https"
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_KEPT)
    login = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    return Target(Place(host, port or (443 if secure else 80), secure), path, login)


def signature(secret: str, at: datetime, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 (RFC 2104) over the seconds, a full stop and the body."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={hmac.new(secret.encode(), seconds.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """resolver: for address and secret; waits: as for chats; clock: for the signature, and dates in Retry-After."""

    resolver: Resolver
    waits: Waits = field(default_factory=Waits)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """One POST. Any 2xx is a delivery whatever its body says; a redirect is permanent and says where to.

        The other answers mean what they mean for a chat (`answers.verdict`). DeliveryError.
        """
        place = f"{destination.key}: webhook"
        target, headers, body = self._request(place, message, destination)
        context = self.context(place, destination.webhook) if target.place.secure else None
        outcome, location = _Exchange(target, self.waits, context).post(body, headers)
        if outcome.status is not None and 300 <= outcome.status < 400:
            where = f" to {shown(location, self.resolver.scrub)}" if location else ""
            text = f"{place}: HTTP {outcome.status}, it moved{where}; write its new address into the watchlist"
            raise DeliveryError(text, permanent=True, status=outcome.status)
        return verdict(place, outcome, self.clock(), self.resolver.scrub)

    def target(self, destination: Destination) -> Target:
        """Where it goes. DeliveryError where a reference cannot be resolved, or its value is no web address."""
        hook = destination.webhook
        try:
            found = read_target(self.resolver.resolve(hook.address)) if hook is not None else None
        except SecretError as error:
            raise DeliveryError(f"{destination.key}: {error}") from error
        if found is None:
            raise DeliveryError(f"{destination.key}: webhook: {BAD_ADDRESS}", permanent=True)
        return found

    def context(self, place: str, hook: Webhook | None) -> ssl.SSLContext:
        """Whom we trust. DeliveryError where the file of `ca` cannot be read."""
        ca_file = hook.ca_file if hook is not None else None
        try:
            return tls_context(ca_file)
        except OSError as error:  # ssl.SSLError is one
            text = f"ca {ca_file}: cannot be read ({error.strerror or error}); check its path and what is in it"
            raise DeliveryError(f"{place}: {text}") from error

    def _request(self, place: str, message: Message, destination: Destination) -> tuple[Target, dict[str, str], bytes]:
        target, hook, body = self.target(destination), destination.webhook, json_line(message)
        headers = {"Content-Type": "application/json", "User-Agent": "Wirewatch", "Connection": "close"}
        headers |= {"Content-Length": str(len(body)), "Idempotency-Key": message.id}
        if target.login is not None:
            headers["Authorization"] = target.login
        if hook is not None and hook.secret is not None:
            try:
                headers[SIGNATURE] = signature(self.resolver.resolve(hook.secret), self.clock(), body)
            except SecretError as error:
                raise DeliveryError(f"{place}: {error}") from error
        return target, headers, body


@dataclass(slots=True)
class _Exchange:
    """One request and its answer. sent: some of it may have gone out; late: it was cut off after `waits.patience`."""

    target: Target
    waits: Waits
    context: ssl.SSLContext | None
    sent: bool = False
    late: bool = False
    sock: socket.socket | None = None

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[Outcome, str]:
        """What came of it, and where a redirect leads ("" where none does)."""
        connection = self._connection()
        # A timeout is for one read: a server that sends a byte now and then would hold the lane for ever.
        timer = threading.Timer(self.waits.patience.total_seconds(), self._cut)
        timer.daemon = True
        timer.start()
        try:
            return self._ask(connection, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(fault=fault_of(error, sent=self.sent, late=self.late), said=_words_of(error)), ""
        finally:
            timer.cancel()
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        place, wait = self.target.place, self.waits.connect.total_seconds()
        if self.context is None:
            return http.client.HTTPConnection(place.host, place.port, timeout=wait)
        return http.client.HTTPSConnection(place.host, place.port, timeout=wait, context=self.context)

    def _ask(self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> tuple[Outcome, str]:
        connection.connect()
        self.sock = connection.sock  # the connection lets go of it once the answer has begun
        self.sock.settimeout(self.waits.read.total_seconds())
        connection.putrequest("POST", self.target.path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        self.sent = True
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have said why (413) before it closed
            connection.endheaders(body)
        answer = connection.getresponse()
        ok = 200 <= answer.status < 300
        outcome = Outcome(
            ok=ok,
            status=answer.status,
            wait=answer.getheader("Retry-After"),
            said="" if ok else _body(answer),
        )
        return outcome, answer.getheader("Location") or ""

    def _cut(self) -> None:
        self.late = True
        if self.sock is not None:  # else it still connects, which has a limit of its own
            with suppress(OSError):  # it is closed already
                self.sock.shutdown(socket.SHUT_RDWR)


def _body(answer: http.client.HTTPResponse) -> str:
    """The beginning of what it says; a refusal counts without it."""
    with suppress(OSError, http.client.HTTPException):
        return answer.read(_BODY_BYTES).decode("utf-8", "replace")
    return ""


def fault_of(error: Exception, *, sent: bool, late: bool = False) -> Fault:
    """What an exception of http.client, ssl or the network means. sent: the request may have gone out."""
    if sent:
        return Fault.TIMEOUT if late or isinstance(error, TimeoutError) else Fault.LOST
    # ssl.SSLCertVerificationError is a ValueError as well, and no fault of the address.
    wrong = isinstance(error, ValueError | http.client.InvalidURL) and not isinstance(error, OSError)
    return Fault.BAD_ADDRESS if wrong else Fault.NOT_SENT


def _words_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
