"""libcurl's home: its multi interface, driven by epoll, thousands of transfers at once.

Moves bytes: no redirects, no secrets' references, no meaning of a status. Everything here runs in the one thread of
`transfers.py`. pycurl's objects and exceptions do not leave this module.
"""

from __future__ import annotations

import os
import re
import select
import socket
import time
from typing import Any, Final

import pycurl

from wirewatch.fetch.guard import Guard
from wirewatch.fetch.wire import STOPPED, Answer, Call, Fault, Outcome, Stage, Ticket

MAX_HEADER_BYTES: Final = 100_000
MAX_HEADER_LINES: Final = 300
_POOL_SIZE: Final = 256  # idle handles kept, a few kB each
_SUPPRESS_CONNECT_HEADERS: Final = 265  # pycurl 7.49 has no name for it; curl/curl.h: CURLOPT_SUPPRESS_CONNECT_HEADERS

_STATUS_LINE: Final = re.compile(rb"HTTP/[\d.]+ (\d{3})")


def curl_version() -> str:
    """libcurl's number, and the TLS library that it was built with."""
    words = [word.split("/", 1) for word in str(pycurl.version).split()]
    named = {word[0]: word[1] for word in words if len(word) == 2}
    tls = next((f"{name} {named[name]}" for name in named if "SSL" in name), "no TLS")
    return f"{named.get('libcurl', '?')} ({tls})"


class Engine:
    """One CurlMulti and its easy handles, which are pooled.

    wake: an eventfd that ends `wait` early. kept: how many connections stay open at most. Not safe between threads.
    """

    def __init__(self, guard: Guard, wake: int, kept: int) -> None:
        self._guard = guard
        self._wake = wake
        self._epoll = select.epoll()
        self._epoll.register(wake, select.EPOLLIN)
        self._alarm: float | None = None  # when libcurl wants to be called although nothing moves; monotonic seconds
        self._watched: set[int] = set()  # libcurl's sockets in epoll
        self._opened: list[socket.socket] = []
        self._pool: list[Any] = []
        self._running: dict[Any, _Transfer] = {}  # by handle
        self._handles: dict[Ticket, Any] = {}  # by ticket
        self._finished: list[tuple[Ticket, Outcome]] = []
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_alarm)
        self._multi.setopt(pycurl.M_MAXCONNECTS, kept)

    def begin(self, ticket: Ticket, call: Call) -> None:
        handle = self._pool.pop() if self._pool else pycurl.Curl()
        transfer = _Transfer(ticket, call, self._guard, self._opened)
        try:
            transfer.prepare(handle)
            self._multi.add_handle(handle)
        except (pycurl.error, TypeError, ValueError) as error:
            code = error.args[0] if isinstance(error, pycurl.error) else pycurl.E_BAD_FUNCTION_ARGUMENT
            self._finished.append((ticket, Fault(code=code, detail=type(error).__name__)))
            self._give_back(handle)
            return
        self._running[handle] = transfer
        self._handles[ticket] = handle

    def cancel(self, ticket: Ticket) -> None:
        handle = self._handles.get(ticket)
        if handle is not None:
            self._remove(handle)

    def wait(self) -> bool:
        """Sleep until something moves, let libcurl work; True if somebody woke us."""
        woken = False
        pause = -1.0 if self._alarm is None else max(0.0, self._alarm - time.monotonic())
        for descriptor, event in self._epoll.poll(0.0 if self._finished else pause):
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
                woken = True
            else:
                self._act(descriptor, _bits(event))
        if self._alarm is not None and self._alarm <= time.monotonic():
            self._alarm = None
            self._act(pycurl.SOCKET_TIMEOUT, 0)
        return woken

    def finished(self) -> list[tuple[Ticket, Outcome]]:
        """What has come to its end since the last call."""
        queued = 1
        while queued:
            queued, good, bad = self._multi.info_read()
            for handle in good:
                self._finish(handle, 0, "")
            for handle, code, detail in bad:
                self._finish(handle, code, detail)
        done, self._finished = self._finished, []
        return done

    def abandon(self) -> list[tuple[Ticket, Outcome]]:
        """Break off everything; what was under way or not yet handed over."""
        rest = self._finished + [(transfer.ticket, STOPPED) for transfer in self._running.values()]
        for handle in list(self._running):
            self._remove(handle)
        return rest

    def close(self) -> None:
        """Close the connections. libcurl waits here for look-ups that hang (until the resolver gives up, 10 s)."""
        self._multi.close()
        self._epoll.close()

    def _act(self, descriptor: int, bits: int) -> None:
        self._multi.socket_action(descriptor, bits)
        while self._opened:
            self._opened.pop().close()  # libcurl holds a duplicate

    def _finish(self, handle: Any, code: int, detail: str) -> None:
        transfer = self._running[handle]
        self._finished.append((transfer.ticket, transfer.outcome(handle, code, detail)))
        self._remove(handle)

    def _remove(self, handle: Any) -> None:
        self._multi.remove_handle(handle)
        transfer = self._running.pop(handle)
        del self._handles[transfer.ticket]
        self._give_back(handle)

    def _give_back(self, handle: Any) -> None:
        handle.reset()  # forgets the callbacks and, above all, the credentials
        if len(self._pool) < _POOL_SIZE:
            self._pool.append(handle)
        else:
            handle.close()

    def _watch(self, what: int, descriptor: int, multi: Any, data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(descriptor)
            self._epoll.unregister(descriptor)
            return
        wanted = (select.EPOLLIN if what != pycurl.POLL_OUT else 0) | (select.EPOLLOUT if what != pycurl.POLL_IN else 0)
        if descriptor in self._watched:
            self._epoll.modify(descriptor, wanted)
        else:
            self._watched.add(descriptor)
            self._epoll.register(descriptor, wanted)

    def _set_alarm(self, milliseconds: int) -> None:
        self._alarm = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


def _bits(event: int) -> int:
    bits = pycurl.CSELECT_IN if event & (select.EPOLLIN | select.EPOLLHUP) else 0
    if event & select.EPOLLOUT:
        bits |= pycurl.CSELECT_OUT
    return bits | (pycurl.CSELECT_ERR if event & select.EPOLLERR else 0)


class _Transfer:
    """What one transfer has brought so far. Its methods are libcurl's callbacks."""

    __slots__ = ("_call", "_chunks", "_ends", "_guard", "_lines", "_refusal", "_room", "_sockets", "_status", "ticket")

    def __init__(self, ticket: Ticket, call: Call, guard: Guard, sockets: list[socket.socket]) -> None:
        self.ticket = ticket
        self._call = call
        self._guard = guard
        self._sockets = sockets  # to be closed after libcurl has duplicated them
        self._status = 0
        self._lines: list[bytes] = []
        self._chunks: list[bytes] = []
        self._room = {"headers": MAX_HEADER_BYTES, "body": call.body_bytes}
        self._ends = ""  # why we broke off: "enough", "headers" or "body"
        self._refusal = ""

    def prepare(self, handle: Any) -> None:
        call, setopt = self._call, handle.setopt
        setopt(pycurl.URL, call.url)
        setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        setopt(pycurl.HTTPHEADER, call.headers)
        setopt(pycurl.ACCEPT_ENCODING, "")  # all that this libcurl can inflate
        setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        setopt(pycurl.NOSIGNAL, 1)
        setopt(pycurl.TIMEOUT_MS, call.timeout_ms)
        setopt(pycurl.CONNECTTIMEOUT_MS, call.connect_ms)
        setopt(pycurl.CAINFO, call.ca_file)
        setopt(pycurl.HEADERFUNCTION, self._take_header)
        setopt(pycurl.WRITEFUNCTION, self._take_body)
        # Set even when empty: else the environment's proxy, and its exceptions from ours, would count.
        setopt(pycurl.PROXY, call.proxy)
        setopt(pycurl.NOPROXY, "")
        if call.fresh:
            setopt(pycurl.FRESH_CONNECT, 1)
        if call.proxy:
            setopt(_SUPPRESS_CONNECT_HEADERS, 1)
        else:
            setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def outcome(self, handle: Any, code: int, detail: str) -> Outcome:
        if code == 0 or self._ends == "enough":
            return Answer(self._status, tuple(map(_pair, self._lines)), b"".join(self._chunks))
        return Fault(
            code=code,
            detail=detail,
            errno=handle.getinfo(pycurl.OS_ERRNO),
            refusal=self._refusal,
            stage=_stage(detail),
            proxy_status=handle.getinfo(pycurl.HTTP_CONNECTCODE) if self._call.proxy else 0,
            too_large=self._ends,
        )

    def _open(self, purpose: int, address: Any) -> socket.socket | int:
        refusal = self._guard.refusal(address.addr[0])
        if refusal is not None:
            self._refusal = refusal
            return int(pycurl.SOCKET_BAD)
        try:
            opened = socket.socket(address.family, address.socktype, address.protocol)
        except OSError as error:
            self._refusal = f"no connection could be opened ({error.strerror}); see this machine's limits"
            return int(pycurl.SOCKET_BAD)
        self._sockets.append(opened)
        return opened

    def _take_header(self, line: bytes) -> int | None:
        self._room["headers"] -= len(line)
        if self._room["headers"] < 0 or len(self._lines) >= MAX_HEADER_LINES:
            return self._break_off("headers")
        start = _STATUS_LINE.match(line)
        if start is not None:  # also after 1xx: the last response is the one that counts
            self._status = int(start[1])
            self._lines.clear()
        elif line.strip():
            self._lines.append(line)
        elif self._status >= 300 and self._status != 304 and not self._is_empty():
            # A redirect's or a refusal's body is of no use; the connection is the price.
            return self._break_off("enough")
        return None

    def _is_empty(self) -> bool:
        return any(_pair(line) == ("content-length", "0") for line in self._lines)

    def _take_body(self, chunk: bytes) -> int | None:
        if self._status != 200:
            return self._break_off("enough")
        self._room["body"] -= len(chunk)
        if self._room["body"] < 0:
            return self._break_off("body")
        self._chunks.append(chunk)
        return None

    def _break_off(self, reason: str) -> int:
        self._ends = reason
        return 0  # taken less than was given: libcurl ends the transfer


def _pair(line: bytes) -> tuple[str, str]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    name, _, value = text.partition(":")
    return name.strip().lower(), value.strip()


def _stage(detail: str) -> Stage:
    # From libcurl's words: its times cannot tell a handshake that hangs from an answer that does (8.23, measured).
    if detail.startswith("Resolving"):
        return Stage.LOOK_UP
    return Stage.CONNECT if detail.startswith(("Connection timed out", "SSL connection timeout")) else Stage.TRANSFER
