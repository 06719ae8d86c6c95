"""Alerts on the screen, or in the journal where we run as a service: a readable block a message.

Only on a terminal does the first line stand out; nothing else is coloured.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TextIO
from zoneinfo import ZoneInfo

from wirewatch.core.model import Message
from wirewatch.errors import DeliveryError
from wirewatch.notify.render import render_mail
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.notify.wording import clock

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class ConsoleSender:
    """stream: where to write. colour: whether it may be a terminal's; asked of the stream where None."""

    stream: TextIO
    colour: bool | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """Print one block, whole: two messages never mix. DeliveryError (temporary) if nobody can read it."""
        zone = ZoneInfo(destination.timezone)
        rendered = render_mail(message, desk, zone)
        first = f"{clock(message.created_at, zone, message.created_at)}  {rendered.subject}"
        block = f"{self._bold(first)}\n{_indent(rendered.text)}\n"
        try:
            with self._lock:
                self.stream.write(self._writable(block))
                self.stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise DeliveryError(
                f"{destination.key}: console: cannot be written to ({error}); is the terminal or its pipe closed?"
            ) from error
        return "printed"

    def _bold(self, line: str) -> str:
        colour = self.stream.isatty() if self.colour is None else self.colour
        return f"{_BOLD}{line}{_PLAIN}" if colour else line

    def _writable(self, text: str) -> str:
        """A terminal that knows no Hangul shows question marks; better than no alert at all."""
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)


def _indent(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))
