"""The only way to the network inward: one feed's address in, its body (or "unchanged") out, or why not, in words.

Follows redirects itself, so that each hop is judged anew: credentials stay with their origin, addresses with the
guard. Bounds what is under way, and keeps secrets out of all that leaves. libcurl is in `curl.py`; pacing is not here.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from wirewatch.core.retry_after import retry_after
from wirewatch.core.urls import host_of, request_url
from wirewatch.core.watchlist import Access, Settings
from wirewatch.errors import FetchError, SecretError
from wirewatch.fetch.faults import Curl, dns_error, fault_error, status_error
from wirewatch.fetch.gate import Gate
from wirewatch.fetch.guard import Guard
from wirewatch.fetch.headers import plain_headers, secret_headers, user_agent
from wirewatch.fetch.journey import REDIRECTS, Journey
from wirewatch.fetch.mask import Mask
from wirewatch.fetch.names import look_up
from wirewatch.fetch.sites import site_of
from wirewatch.fetch.transfers import Transfers
from wirewatch.fetch.trust import Trust
from wirewatch.fetch.wire import STOPPED, Answer, Call, Fault, Outcome, Ticket

_PROXY: Final = re.compile(r"(?:https?|socks4a?|socks5h?)://[^\s\x00-\x1f]+\Z")
_DNS_PATIENCE: Final = 2.0  # seconds to find out whether a name or the DNS itself is at fault
_STOP_PATIENCE: Final = 1.5  # seconds that close() waits for libcurl's thread

_STALE: Final = frozenset({Curl.SEND_ERROR, Curl.RECV_ERROR, Curl.GOT_NOTHING})
_OPEN: Final = Access()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What to fetch. url and access hold references to secrets, not secrets.

    site: registrable domain, bounds connections. etag, last_modified: of the last body, for a conditional request.
    """

    url: str
    site: str
    access: Access = _OPEN
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A usable answer. Secrets stand in it as their references.

    status: 200, or 304 (unchanged, body empty). url: the final address. headers: of the final answer, names in lower
    case. body: inflated. moved: redirects followed, status and target. elapsed: without the time spent queued.
    """

    status: int
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    moved: tuple[tuple[int, str], ...]
    elapsed: timedelta


class Client:
    """Fetches feeds. One per set of settings, used in one event loop; `close` it.

    resolve: gives a text with the secrets its references name; may raise SecretError.
    now:     aware UTC time, for Retry-After dates.
    ready:   waited for before each transfer: holds the network back while its reader is behind.
    """

    def __init__(
        self,
        settings: Settings,
        resolve: Callable[[str], str],
        *,
        version: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._settings = settings
        self._timeout = settings.limits.timeout
        self._connect = settings.limits.timeout / 3
        self._resolve = resolve
        self._now = now
        self._ready = ready
        self._agent = user_agent(version, settings.contact)
        self._guard = Guard(settings.allow)
        self._gate = Gate(settings.limits.connections, settings.limits.per_site)
        self._trust = Trust()
        # Twice the transfers at once: connections of the sites just served stay while the next ones are asked.
        self._transfers = Transfers(self._guard, self._deliver, kept=2 * settings.limits.connections)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def get(self, request: Request) -> Response:
        """The answer to one request, redirects followed.

        Queues first: at most limits.connections transfers at once, limits.per_site to a site. Then the total deadline
        (limits.timeout) holds over all hops. Raises FetchError; cancelling it breaks the transfer off.
        """
        self._loop = asyncio.get_running_loop()
        journey = self._set_out(request)
        site = request.site
        while True:
            answer = await self._hop(journey, site)
            if answer.status not in REDIRECTS:
                return self._arrive(journey, answer, conditional=bool(request.etag or request.last_modified))
            journey.turn(answer)
            # A redirect queues at its new site: hundreds of feeds that moved to one house still share its bound.
            site = site_of(journey.url)

    async def close(self) -> None:
        """Break off every transfer and end libcurl's thread, within 2 s. Waiting get() calls raise FetchError."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        self._transfers.stop(lambda: _tell(loop, ended.set))
        try:
            await asyncio.wait_for(ended.wait(), _STOP_PATIENCE)
        except TimeoutError:
            # The system's resolver cannot be interrupted; the thread is a daemon and ends with the process.
            log.warning("action=fetch-close-late; libcurl's thread has not ended yet")
        else:
            self._transfers.release()
        self._trust.close()

    def _set_out(self, request: Request) -> Journey:
        access, mask = request.access, Mask(self._resolve)
        proxy = self._settings.proxy if access.proxy is None else access.proxy
        try:
            written = mask.reveal(request.url)
            secrets = secret_headers(access, _login(access, written, mask), mask)
            proxy = _checked_proxy(mask.reveal(proxy)) if proxy else ""
        except SecretError as error:
            raise FetchError(str(error)) from error
        url = request_url(written)
        if url is None:
            raise FetchError("the address is no web address (http:// or https://); correct it in the watchlist")
        if written != request.url and "${" not in request.url:
            mask.hide(url, request.url)  # the whole address is the secret; this is how it looks on the wire
        return Journey(
            mask=mask,
            url=url,
            plain=plain_headers(self._agent, request.etag, request.last_modified),
            secrets=secrets,
            proxy=proxy,
            ca_file=self._trust.bundle(self._settings.ca_file, access.ca_file),
        )

    async def _hop(self, journey: Journey, site: str) -> Answer:
        """One request of a journey. Its time counts towards the deadline, its queueing does not."""
        async with self._gate.place(site):
            if self._ready is not None:
                await self._ready()
            loop = asyncio.get_running_loop()
            start = loop.time() - journey.spent
            if journey.proxy:
                await self._check_target(journey)
            outcome = await self._transfer(self._call(journey, loop.time() - start))
            if isinstance(outcome, Fault) and outcome.code in _STALE:
                # A server that closes kept connections without saying so: libcurl gives up after five of them, or
                # notices only when it reads. Asking is harmless to repeat (RFC 9110, section 9.2.2).
                outcome = await self._transfer(replace(self._call(journey, loop.time() - start), fresh=True))
            journey.spent = loop.time() - start
        if isinstance(outcome, Answer):
            return outcome
        if outcome.code == Curl.COULDNT_RESOLVE_HOST and not await _is_unknown(host_of(journey.url)):
            raise journey.error(dns_error())
        raise journey.error(self._error(journey.mask, outcome))

    def _call(self, journey: Journey, spent: float) -> Call:
        left = max(0.001, self._timeout.total_seconds() - spent)
        return Call(
            url=journey.url,
            headers=journey.lines(),
            proxy=journey.proxy,
            ca_file=journey.ca_file,
            timeout_ms=round(left * 1000),
            connect_ms=round(min(left, self._connect.total_seconds()) * 1000),
            body_bytes=self._settings.limits.body_bytes,
        )

    async def _check_target(self, journey: Journey) -> None:
        """Behind a proxy nothing is dialled here: look the target up and judge it, as far as this machine can."""
        host = host_of(journey.url)
        try:
            async with asyncio.timeout(self._connect.total_seconds()):
                addresses = await look_up(host)
        except OSError:  # no such name here, or no answer in time: the proxy may know better
            addresses = ()
        refusal = self._guard.target_refusal(host, addresses)
        if refusal is not None:
            raise journey.error(FetchError(refusal))

    async def _transfer(self, call: Call) -> Outcome:
        if self._closed:
            return STOPPED
        ticket: Ticket = asyncio.get_running_loop().create_future()
        self._transfers.begin(ticket, call)
        try:
            return await ticket
        except asyncio.CancelledError:
            self._transfers.cancel(ticket)
            raise

    def _deliver(self, batch: list[tuple[Ticket, Outcome]]) -> None:
        """Called in libcurl's thread: one crossing to the loop for all that finished."""
        if self._loop is not None:
            _tell(self._loop, lambda: _settle(batch))

    def _arrive(self, journey: Journey, answer: Answer, *, conditional: bool) -> Response:
        mask = journey.mask
        if answer.status != 200 and not (answer.status == 304 and conditional):
            waits = [retry_after(value, self._now()) for name, value in answer.headers if name == "retry-after"]
            raise journey.error(status_error(answer.status, waits[0] if waits else None))
        return Response(
            status=answer.status,
            url=mask.text(journey.url),
            headers=tuple((name, mask.text(value)) for name, value in answer.headers),
            body=mask.body(answer.body) if answer.status == 200 else b"",
            moved=tuple(journey.moved),
            elapsed=timedelta(seconds=journey.spent),
        )

    def _error(self, mask: Mask, fault: Fault) -> FetchError:
        return fault_error(
            fault,
            detail=mask.text(fault.detail),
            timeout=self._timeout,
            connect=self._connect,
            body_bytes=self._settings.limits.body_bytes,
        )


def _settle(batch: list[tuple[Ticket, Outcome]]) -> None:
    for ticket, outcome in batch:
        if not ticket.done():  # else cancelled meanwhile
            ticket.set_result(outcome)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(what)
    except RuntimeError:
        pass  # the loop has ended: nobody waits any more


def _login(access: Access, written: str, mask: Mask) -> tuple[str, str] | None:
    """User and password, resolved: those given, else those in the address."""
    if access.user is not None:
        return mask.reveal(access.user), mask.reveal(access.password or "")
    if "@" not in written:
        return None
    try:
        parts = urlsplit(written)
    except ValueError:
        return None  # said later, as an address that cannot be used
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _checked_proxy(proxy: str) -> str:
    if not _PROXY.match(proxy):
        raise FetchError("the proxy's address cannot be used; write it as http://host:port or socks5h://host:port")
    return proxy


async def _is_unknown(host: str) -> bool:
    """Does the DNS answer, and say that there is no such name? libcurl does not tell this from a dead DNS."""
    try:
        async with asyncio.timeout(_DNS_PATIENCE):
            await look_up(host)
    except socket.gaierror as error:
        return error.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
    except OSError:  # no answer in time
        return False
    return False  # known now and not a moment ago: the DNS was at fault
