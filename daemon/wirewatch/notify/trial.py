"""A message that only tries the way: the same senders and the same layout as an alert, and says that it is a test."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from wirewatch.core.model import Message, Notice
from wirewatch.errors import DeliveryError
from wirewatch.notify.sender import DeskCard, Destination, Sender


@dataclass(frozen=True, slots=True)
class Sent:
    """How one message to one destination went. answer: the server's words, or what is wrong and what to do."""

    destination: str
    ok: bool
    answer: str


def trial_message(destination: Destination, desk: DeskCard, now: datetime, host: str) -> Message:
    """A test: from which desk and machine, when, and that nothing has to be done. now: aware; host: of this machine."""
    at = now.astimezone(ZoneInfo(destination.timezone))
    text = (
        f"Test of receiver {destination.receiver}, nothing has to be done. It was sent by hand to see whether "
        f"messages arrive here.\nFrom: {desk.name}, Wirewatch on {host}\n"
        f"Sent: {at:%Y-%m-%d %H:%M} ({destination.timezone}), to {destination.key}\n"
        "If you can read this, alerts will arrive here, too."
    )
    return notice_message(destination, "test", text, now)


def notice_message(destination: Destination, kind: str, text: str, now: datetime) -> Message:
    """One notice as a message of its own, outside of the outbox: its id is new at each call, kept by no database."""
    id = f"{kind}-{now:%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
    notice = Notice(0, kind, kind, text, now)
    return Message(id, destination.key, destination.receiver, now, 1, notices=(notice,))


def send_trial(
    destination: Destination, senders: Mapping[str, Sender], desk: DeskCard, now: datetime, host: str
) -> Sent:
    """Send one test message now, once."""
    message = trial_message(destination, desk, now, host)
    try:
        answer = senders[destination.kind].send(message, destination, desk)
    except DeliveryError as error:
        return Sent(str(destination.key), False, str(error))
    return Sent(str(destination.key), True, answer)
