"""A web server on the loopback for tests: answers what a test says, misbehaves where it is told to.

Runs in a thread of its own, keeps connections open, speaks HTTP/1.1 with or without TLS, forwards as a proxy.
Every wait is bounded: a server that is left ends its connections.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from types import TracebackType
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came. headers: names in lower case. connection: counts the server's connections from 1."""

    method: str
    target: str
    headers: dict[str, str]
    connection: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-formed answer; content-length is added unless it is given."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self) -> bytes:
        names = {name.lower() for name, _ in self.headers}
        length = () if "content-length" in names or self.status == 304 else (("content-length", str(len(self.body))),)
        lines = "".join(f"{name}: {value}\r\n" for name, value in (*self.headers, *length))
        return f"HTTP/1.1 {self.status} Any\r\n{lines}\r\n".encode() + self.body


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes and pauses as they are, then the end of the connection. A float pauses for so many seconds.

    reset: end it with RST instead of FIN. hang: keep it open and silent until the other side or the server ends it.
    """

    steps: tuple[bytes | float, ...] = ()
    reset: bool = False
    hang: bool = False


Answering = Callable[[Asked], Reply | Raw]


@dataclass
class Server:
    """`with Server(answer) as server: server.url("/feed")`. asked: every request so far, in order.

    answer: called in the server's thread for each request. tls: a server context. host: what `url` shows.
    forward: a proxy too, for CONNECT and for whole addresses in the request line. greeting: said unasked to whoever
    connects, then the connection ends.
    """

    answer: Answering
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    forward: bool = False
    greeting: bytes = b""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    busiest: int = 0  # requests that were being answered at the same moment, at most
    ended: int = 0  # connections that have come to their end
    port: int = 0
    _busy: int = 0
    _changed: Condition = field(default_factory=Condition)

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{'https' if self.tls else 'http'}://{host or self.host}:{self.port}{path}"

    async def until(self, what: Callable[[Server], bool], seconds: float = 10.0) -> None:
        """Wait for something that happens here: `await server.until(lambda server: len(server.asked) == 2)`."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: what(self), seconds)

        assert await asyncio.to_thread(wait), f"did not come about within {seconds} s"

    def _change(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Server:
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._socket.getsockname()[1]
        self._thread = Thread(target=self._run, name="test-server", daemon=True)
        self._started = Event()
        self._thread.start()
        assert self._started.wait(10), "the test server did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._end.cancel)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the test server did not end"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._end = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._end)
        except asyncio.CancelledError:
            pass  # the test is over
        for task in (tasks := asyncio.all_tasks(self._loop)):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, sock=self._socket, ssl=self.tls, limit=1 << 20)
        self._started.set()
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            if self.greeting:
                writer.write(self.greeting)
                await writer.drain()
                writer.write_eof()
                await reader.read()
                return
            while await self._one(reader, writer, number):
                pass
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side has gone: what many tests are about
        except asyncio.CancelledError:
            pass  # the server ends
        finally:
            writer.transport.abort()
            self.ended += 1
            self._change()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        pairs = (line.partition(":") for line in head[1:] if line)
        asked = Asked(method, target, {name.lower(): value.strip() for name, _, value in pairs}, number)
        self.asked.append(asked)
        self._change()
        if self.forward and method == "CONNECT":
            await self._tunnel(target, reader, writer)
            return False
        if self.forward and "://" in target:
            await self._pass_on(asked, writer)
            return False
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            return await self._send(self.answer(asked), writer, reader)
        finally:
            self._busy -= 1

    async def _send(self, reply: Reply | Raw, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> bool:
        if isinstance(reply, Reply):
            writer.write(reply.wire())
            await writer.drain()
            return True
        for step in reply.steps:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
        if reply.hang:
            await reader.read()
        if reply.reset:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        else:
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 10)
        return False

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _dialled(target) as (far_reader, far_writer):
            writer.write(b"HTTP/1.1 200 Connection established\r\nx-proxy: yes\r\n\r\n")
            await asyncio.wait(
                [
                    asyncio.ensure_future(_pump(reader, far_writer)),
                    asyncio.ensure_future(_pump(far_reader, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )

    async def _pass_on(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(asked.target)
        async with _dialled(parts.netloc) as (far_reader, far_writer):
            lines = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items() if "proxy" not in name)
            query = f"?{parts.query}" if parts.query else ""
            far_writer.write(f"GET {parts.path}{query} HTTP/1.1\r\n{lines}connection: close\r\n\r\n".encode())
            head = await far_reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            writer.write(await far_reader.readexactly(length))
            await writer.drain()


@asynccontextmanager
async def _dialled(target: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to host:port. Whatever the name, this proxy stays on the loopback, as all test servers do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # one side has gone; the tunnel ends
