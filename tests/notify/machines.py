"""Destinations for machines (webhook, file, program) and a server that says exactly the bytes it is told to."""

from __future__ import annotations

import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.notify.servers import PATIENCE
from wirewatch.core.model import DestinationKey
from wirewatch.core.watchlist import ReceiverName
from wirewatch.core.ways import Program, Webhook
from wirewatch.errors import DeliveryError
from wirewatch.notify.sender import Destination


def by_hook(address: str, secret: str | None = None, ca_file: str | None = None) -> Destination:
    key, hook = DestinationKey("hook/webhook"), Webhook(address, secret, ca_file)
    return Destination(key, ReceiverName("hook"), "Europe/London", False, "webhook", webhook=hook)


def by_file(path: Path) -> Destination:
    key = DestinationKey("archive/file")
    return Destination(key, ReceiverName("archive"), "Europe/London", False, "file", file=str(path))


def by_program(*command: str, folder: Path | str = ".") -> Destination:
    key, program = DestinationKey("pager/exec"), Program(command, str(folder))
    return Destination(key, ReceiverName("pager"), "Europe/London", False, "exec", program=program)


def by_python(code: str, folder: Path | str = ".") -> Destination:
    """A real program whose text is `code`."""
    return by_program(sys.executable, "-I", "-S", "-c", code, folder=folder)


def refusal(send: Callable[[], object]) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send()
    return caught.value


@dataclass
class RawServer:
    """Reads one whole request a connection, then sends `pieces`, `pause` seconds apart, and closes (or resets).

    early: answers and closes after the head, without reading the body.
    """

    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0
    reset: bool = False
    early: bool = False
    tls: ssl.SSLContext | None = None
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        self.requests.append(_request(connection, head_only=self.early))
        for piece in self.pieces:
            connection.sendall(piece)
            if self.closing.wait(self.pause):
                return
        if self.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _request(connection: socket.socket, *, head_only: bool) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1 if head_only else 65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while not head_only and len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving_raw(server: RawServer) -> Iterator[RawServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                if server.closing.is_set():
                    connection.close()
                    return
                try:
                    with server.tls.wrap_socket(connection, server_side=True) if server.tls else connection as talk:
                        server.answer(talk)
                except OSError:
                    continue  # the client went away: what it is tested for

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
            thread.join(PATIENCE)
