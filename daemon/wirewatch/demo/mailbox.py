"""The demo's mail server: takes every message on loopback and keeps it in a mailbox that any mail program opens."""

from __future__ import annotations

import email
import email.policy
import mailbox
import socketserver
import threading
import time
from email.message import EmailMessage
from pathlib import Path

MOST_BYTES = 1_000_000  # of one message


class MailServer:
    """`with MailServer(path) as server: server.wait_for(…)`. Speaks as much of RFC 5321 as a sender needs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._box = mailbox.mbox(path)
        self._messages: list[EmailMessage] = []
        self._changed = threading.Condition()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-mail", daemon=True)

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._box.close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def messages(self) -> tuple[EmailMessage, ...]:
        """All that arrived, in order."""
        with self._changed:
            return tuple(self._messages)

    def wait_for(self, headline: str, within: float) -> EmailMessage | None:
        """The first message that tells of a headline; None if none comes in that many seconds."""
        end = time.monotonic() + within
        with self._changed:
            while True:
                found = next((one for one in self._messages if headline in body_of(one)), None)
                if found is not None or time.monotonic() > end:
                    return found
                self._changed.wait(end - time.monotonic())

    def keep(self, data: bytes) -> None:
        """Take a message in."""
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        with self._changed:
            self._box.add(mailbox.mboxMessage(email.message_from_bytes(data)))
            self._box.flush()
            self._messages.append(message)
            self._changed.notify_all()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        keep = self.keep

        class Handler(socketserver.StreamRequestHandler):
            timeout = 60

            def handle(self) -> None:
                self._say("220 demo.example ESMTP")
                for line in iter(self._line, b""):
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self._say("354 go on")
                        keep(self._data())
                        self._say("250 kept")
                    elif verb == b"QUIT":
                        self._say("221 bye")
                        return
                    elif verb in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP"):
                        self._say("250 ok")
                    else:
                        self._say("502 not here")

            def _line(self) -> bytes:
                return self.rfile.readline(2000)

            def _data(self) -> bytes:
                lines: list[bytes] = []
                for line in iter(self._line, b""):
                    if line in (b".\r\n", b".\n") or sum(map(len, lines)) > MOST_BYTES:
                        break
                    lines.append(line[1:] if line.startswith(b".") else line)
                return b"".join(lines)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        return Handler


def body_of(message: EmailMessage) -> str:
    """Subject and plain text, spaces and line breaks as one space."""
    plain = message.get_body(("plain",))
    return " ".join(f"{message['Subject']} {plain.get_content() if plain else ''}".split())
