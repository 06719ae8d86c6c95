"""Real servers on loopback: a mail server that can be difficult, and a web server that answers by script."""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PATIENCE = 10.0


@dataclass
class MailServer:
    """What an operator's mail server may do. received: (sender, recipients, bytes as they came after DATA)."""

    mail_answer: str = "250 OK"
    rcpt_answer: str = "250 OK"
    data_answer: str = "250 OK, queued as 1"
    drop_after_data: bool = False
    silent_after_data: bool = False
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False  # from the first byte, as on port 465
    password: bytes | None = None
    echo_password: bool = False
    port: int = 0
    received: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail_answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self.received.append((envelope.mail_from or "", list(envelope.rcpt_tos), content))
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.silent_after_data:
            await asyncio.sleep(PATIENCE)  # the client gives up long before; the connection's end cancels this
        return self.data_answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        if data.password == self.password:
            return AuthResult(success=True)
        said = data.password.decode() if self.echo_password else "no"
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 wrong password {said}")

    def protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example",
            enable_SMTPUTF8=True,
            tls_context=None if self.implicit_tls else self.tls,
            auth_required=self.password is not None,
            auth_require_tls=False,
            authenticator=self.authenticate,
            timeout=PATIENCE,
        )


@contextmanager
def serving_mail(server: MailServer) -> Iterator[MailServer]:
    loop = asyncio.new_event_loop()
    tls = server.tls if server.implicit_tls else None
    listener = loop.run_until_complete(loop.create_server(server.protocol, "127.0.0.1", 0, ssl=tls))
    server.port = listener.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_wind_up(listener), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


async def _wind_up(listener: asyncio.Server) -> None:
    listener.close()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@dataclass(frozen=True)
class Reply:
    """One scripted answer. hang: keep the connection open, say nothing. reset: read all, then break the connection."""

    status: int = 200
    body: str = "{}"
    headers: tuple[tuple[str, str], ...] = ()
    hang: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebServer:
    """Answers by path (its beginning), else in the order of `replies`; the last one stays."""

    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    by_path: dict[str, Reply] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def reply_to(self, path: str) -> Reply:
        for start, reply in self.by_path.items():
            if path.startswith(start):
                return reply
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving_web(server: WebServer) -> Iterator[WebServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            server.heard.append(Heard(self.command, self.path, dict(self.headers), body))
            reply = server.reply_to(self.path)
            if reply.hang:
                server.closing.wait(PATIENCE)
            elif reply.reset:
                # Linger 0: the connection ends with a reset, not with a polite end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                self.write(reply)
            self.close_connection = True

        def write(self, reply: Reply) -> None:
            data = reply.body.encode()
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(data)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.shutdown()
        thread.join(PATIENCE)
        listener.server_close()
