"""The seam between the delivery loop and the ways out: one message, one destination, one answer in words.

No rule about retries stands here (`core/retry.py`), and nothing of how a message reads (`render.py`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal, Protocol

from wirewatch.core.model import DestinationKey, Message
from wirewatch.core.watchlist import Mail, ReceiverName, Settings
from wirewatch.core.ways import Program, Webhook

Kind = Literal["console", "mail", "apprise", "webhook", "file", "exec"]


@dataclass(frozen=True, slots=True)
class Destination:
    """One single place that a message can go to. Its repr shows no address and no server.

    mail, to: of kind "mail": the server, and the one person written to.
    address:  of kind "apprise", as written (references unresolved).
    index:    which target of a split Apprise address, from 0; None: the address was not split, because its
              reference could not be resolved when the watchlist was loaded.
    webhook, file, program: of the kinds "webhook", "file" (its path) and "exec".
    """

    key: DestinationKey
    receiver: ReceiverName
    timezone: str
    hold: bool
    kind: Kind
    mail: Mail | None = field(default=None, repr=False)
    to: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    index: int | None = None
    webhook: Webhook | None = field(default=None, repr=False)
    file: str | None = None
    program: Program | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The server that a target is sent to. secure: TLS; verified: its certificate is looked at."""

    host: str
    port: int
    secure: bool
    verified: bool = True


@dataclass(frozen=True, slots=True)
class DeskCard:
    """How this desk signs. domain: of its contact address, else a stable name that exists nowhere (RFC 2606)."""

    name: str
    contact: str | None
    domain: str

    @classmethod
    def of(cls, settings: Settings) -> DeskCard:
        return cls(settings.name, settings.contact, domain_of(settings.contact) or "localhost.invalid")

    def message_id(self, id: str, domain: str | None = None) -> str:
        """The Message-ID (RFC 5322, section 3.6.4) of a message or thread, the same in every attempt."""
        return f"<{id}@{_slug(self.name)}.wirewatch.{domain or self.domain}>"


class Sender(Protocol):
    """One way out. Blocking; runs in a worker thread; keeps nothing between two messages."""

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """Send now, once. Returns the server's answer in words; raises DeliveryError. Neither holds a secret."""
        ...


def domain_of(address: str | None) -> str | None:
    """The domain of a mail address, in ASCII; None where the text is no mail address or its domain is no name."""
    if address is None or address.count("@") != 1 or "/" in address:
        return None
    try:
        return address.rpartition("@")[2].strip("> ").encode("idna").decode("ascii").lower() or None
    except UnicodeError:
        return None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "desk"
