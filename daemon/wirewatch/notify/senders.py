"""The ways out, built once: which sender serves which kind of destination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TextIO

from wirewatch.notify.apprise import Waits
from wirewatch.notify.console import ConsoleSender
from wirewatch.notify.jsonlines import JsonLinesSender
from wirewatch.notify.program import LIMIT, ProgramSender
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Sender
from wirewatch.notify.services import AppriseSender
from wirewatch.notify.smtp import TIMEOUT, SmtpSender
from wirewatch.notify.webhook import WebhookSender


def make_senders(
    resolver: Resolver, stream: TextIO, *, mail_timeout: timedelta = TIMEOUT, waits: Waits | None = None
) -> Mapping[str, Sender]:
    """By kind of destination. stream: where the console's messages go; the rest: how long an answer is waited for."""
    waits = waits or Waits()
    return {
        "console": ConsoleSender(stream),
        "mail": SmtpSender(resolver, mail_timeout),
        "apprise": AppriseSender(resolver, waits),
        "webhook": WebhookSender(resolver, waits),
        "file": JsonLinesSender(),
        "exec": ProgramSender(resolver, min(LIMIT, waits.patience)),
    }
