"""Where messages arrive: a webhook and a mail server. Both flap as they are told to and keep what reached them."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from enum import Enum

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.world.journal import Journal
from tests.world.loopback import HOST, Asked, Listener, Loopback, Reply, Web, reset
from tests.world.moments import Moment, Seen


class Mood(Enum):
    """How a sink treats a message."""

    TAKE = "takes it"
    HOLD = "has it whole, but holds the answer until the mood changes"
    RESET = "has it whole, and ends the connection without an answer"
    BUSY = "turns it away for now (503, 451)"
    NEVER = "turns it away for good (404, 550)"
    DOWN = "refuses connections"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that reached us whole. at: monotonic seconds; lost_answer: we kept the answer back on purpose."""

    destination: str
    message_id: str
    text: str
    at: float
    lost_answer: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Sink(ABC):
    """What both have in common: a mood, a listener, and what came. Moods change in the loop's own thread."""

    name: str
    loopback: Loopback
    arrivals: Journal[Arrival]  # shared by all sinks of a world
    moments: Journal[Moment]
    mood: Mood = Mood.TAKE
    listener: Listener = field(init=False)
    _turned: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.listener = self._make_listener()
        self.loopback.call(self.listener.up())

    @abstractmethod
    def _make_listener(self) -> Listener: ...

    def turn(self, mood: Mood) -> None:
        """Change the mood; who was held is answered."""
        self.loopback.call(self._turn(mood))

    def settle(self) -> None:
        """Wait until everything is recorded that a dead daemon had sent."""
        self.loopback.call(self.listener.settle())

    @property
    def port(self) -> int:
        return self.listener.port

    async def _turn(self, mood: Mood) -> None:
        self.mood = mood
        self._turned.set()
        self._turned = asyncio.Event()
        await (self.listener.down() if mood is Mood.DOWN else self.listener.up())

    def _see(self, seen: Seen) -> None:
        self.moments.add(Moment(seen, self.name))

    def _receive(self, destination: str, message_id: str, text: str, headers: tuple[tuple[str, str], ...]) -> Mood:
        """Keep a message that is in, and say how it is to be treated."""
        mood = self.mood
        lost = mood is Mood.RESET
        self.arrivals.add(Arrival(destination, message_id, text, time.monotonic(), lost, headers))
        self._see(Seen.HELD if mood is Mood.HOLD else Seen.ARRIVED)
        return mood

    async def _hold(self) -> None:
        while self.mood is Mood.HOLD:
            await self._turned.wait()


class WebhookSink(Sink):
    """What Apprise's `json://` writes to. Its one destination is called by the sink's name."""

    def _make_listener(self) -> Listener:
        return Web(self._answer, after=self._answered).listener

    @property
    def address(self) -> str:
        return f"json://{HOST}:{self.port}/{self.name}"

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader) -> Reply | None:
        if self.mood in (Mood.BUSY, Mood.NEVER):
            self._see(Seen.REFUSED)
            return Reply(503 if self.mood is Mood.BUSY else 404, b"not now")
        told = json.loads(asked.body)
        text = f"{told['title']}\n{told['message']}"
        headers = tuple(asked.headers.items())
        mood = self._receive(self.name, asked.headers.get("idempotency-key", ""), text, headers)
        if mood is Mood.RESET:
            return None
        if mood is Mood.HOLD and not await self._held_out(reader):
            return None
        return Reply(200, b"taken")

    async def _held_out(self, reader: asyncio.StreamReader) -> bool:
        """Hold the answer; False where the other side went away meanwhile."""
        hold, gone = asyncio.ensure_future(self._hold()), asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({hold, gone}, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            hold.cancel()
            gone.cancel()
            await asyncio.gather(hold, gone, return_exceptions=True)

    def _answered(self, reply: Reply) -> None:
        if reply.status == 200:
            self._see(Seen.ANSWERED)


class MailSink(Sink):
    """A mail server without encryption or passwords. A destination is a recipient's address."""

    def _make_listener(self) -> Listener:
        return Listener(self._protocol)

    def _protocol(self) -> asyncio.BaseProtocol:
        return _Tracked(self, self.listener, self.loopback.loop)

    # aiosmtpd finds its hooks by these names.
    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mood in (Mood.BUSY, Mood.NEVER):
            self._see(Seen.REFUSED)
            return (
                "451 4.7.1 greylisted, come back later" if self.mood is Mood.BUSY else "550 5.1.1 nobody of that name"
            )
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = read_mail(envelope.content)
        headers = tuple((name, str(value)) for name, value in mail.items())
        mood = self._receive(envelope.rcpt_tos[0], str(mail["Message-ID"] or ""), text_of(mail), headers)
        if mood is Mood.RESET:
            assert server.transport is not None
            reset(server.transport)
            return "250 OK"  # goes nowhere
        if mood is Mood.HOLD:
            await self._hold()
        # The reply leaves when this returns; nothing tells us later, and nothing comes between.
        asyncio.get_running_loop().call_soon(self._see, Seen.ANSWERED)
        return "250 2.0.0 taken"


class _Tracked(SMTP):
    """An SMTP connection that its listener knows of."""

    def __init__(self, handler: MailSink, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(handler, hostname="mail.made.example", ident="made", enable_SMTPUTF8=True, loop=loop)
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = transport
        self._listener.enter(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._listener.leave(self._mine)


def read_mail(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=modern)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    """Subject and plain text of a mail."""
    part = mail.get_body(("plain",))
    body = part.get_content() if part is not None else ""
    return f"{mail['Subject']}\n{body}"
