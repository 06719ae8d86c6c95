"""One thread with an event loop for all servers of a world, and listeners that go down and come up on their port.

Knows nothing of feeds or messages.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

HOST = "127.0.0.1"
_PATIENCE = 10.0  # seconds for anything that the loop's own thread does

Factory = Callable[[], asyncio.BaseProtocol]


class Loopback:
    """`with Loopback() as loopback: loopback.call(coroutine)`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="world", daemon=True)

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.call(_end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_PATIENCE)
        self.loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in the loop's thread and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE)


async def _end_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Listener:
    """A port that belongs to us from the first `up()` on. opened: connections that live at the moment."""

    factory: Factory
    port: int = 0
    opened: set[asyncio.BaseTransport] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _empty: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, transport: asyncio.BaseTransport) -> None:
        self.opened.add(transport)
        self._empty.clear()

    def leave(self, transport: asyncio.BaseTransport) -> None:
        self.opened.discard(transport)
        if not self.opened:
            self._empty.set()

    async def up(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self.factory, HOST, self.port, reuse_address=True)
            self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and end those that live."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in tuple(self.opened):
            reset(transport)
        await asyncio.sleep(0)

    async def settle(self) -> None:
        """Wait until everything that a dead client had sent is read, and its connections are gone.

        A connection of our own comes last in the listener's line: when it is gone, so are those before it.
        """
        if self._server is not None:
            with suppress(OSError):  # went down meanwhile, which ends connections too
                _, writer = await asyncio.open_connection(HOST, self.port)
                writer.close()
                await writer.wait_closed()
        if self.opened:
            await self._empty.wait()


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection with RST, as a machine does that crashed."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. headers: names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Asked, asyncio.StreamReader], Awaitable[Reply | None]]


@dataclass
class Web:
    """A minimal HTTP/1.1 server on a listener. answer: gives a reply, or None to end the connection with RST."""

    answer: Answer
    after: Callable[[Reply], None] = lambda reply: None  # called when a reply has left
    listener: Listener = field(init=False)

    def __post_init__(self) -> None:
        self.listener = Listener(self._protocol)

    def _protocol(self) -> asyncio.BaseProtocol:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20, loop=loop)
        return asyncio.StreamReaderProtocol(reader, self._connected, loop=loop)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.listener.enter(writer.transport)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has gone: what killing a daemon is about
        finally:
            writer.transport.abort()
            self.listener.leave(writer.transport)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await _read(reader)
        reply = await self.answer(asked, reader)
        if reply is None:
            reset(writer.transport)
            return False
        length = () if reply.status == 304 else (("content-length", str(len(reply.body))),)
        lines = "".join(f"{name}: {value}\r\n" for name, value in (*reply.headers, *length))
        writer.write(f"HTTP/1.1 {reply.status} Any\r\n{lines}\r\n".encode() + reply.body)
        await writer.drain()
        self.after(reply)
        return True


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)
