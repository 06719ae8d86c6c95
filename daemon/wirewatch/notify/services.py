"""The sender for everything that Apprise knows: which form each service gets, and what its answer means.

The library itself is reached through `apprise.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from wirewatch.core.model import Message
from wirewatch.errors import DeliveryError, SecretError
from wirewatch.notify.answers import Outcome, verdict
from wirewatch.notify.apprise import Service, Target, Waits, parse_targets
from wirewatch.notify.document import calm
from wirewatch.notify.render import Rendered, render_chat, render_mail
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.notify.smtp import SmtpSender

UNKNOWN_ADDRESS: Final = (
    "Apprise does not know this address; compare it with https://appriseit.com/services/ and correct the watchlist"
)
# Machines read these: plain text, and an Idempotency-Key by which they can tell a repetition.
_WEBHOOKS: Final = frozenset({"NotifyJSON", "NotifyXML", "NotifyForm", "NotifyAppriseAPI"})
# Slack's own markup knows no escapes: what a feed says would be read as markup. Plain text is taken literally there.
_TEXT: Final = _WEBHOOKS | {"NotifySlack"}
# Read "text" as Markdown although Apprise calls it text: they get Markdown, escaped.
_MARKDOWN_IN_TEXT: Final = frozenset(
    {"NotifyMattermost", "NotifyZulip", "NotifyRevolt", "NotifyFluxer", "NotifyNextcloudTalk", "NotifyRyver"}
)
# Put a title into the text, where its characters would be read as markup: the first line carries the news instead.
_NO_TITLE: Final = frozenset(
    {"NotifyMatrix", "NotifyDiscord", "NotifyGuilded", "NotifyDingTalk", "NotifyFeishu", "NotifyLark", "NotifyCliq"}
    | {"NotifyWorkflows", "NotifyTwist", "NotifySlack", "NotifyMattermost", "NotifyRevolt", "NotifyFluxer"}
    | {"NotifyNextcloudTalk", "NotifyRyver"}
)
# Where the service takes less than Apprise believes: ntfy makes a file of a text of more than 4,096 bytes.
_LIMITS: Final = {"NotifyNtfy": 1_300}
_MAIL_CHARS: Final = 30_000  # services that take HTML alone, and this much, are mail


@dataclass(frozen=True, slots=True)
class Style:
    """How a service is written to. form: what Apprise is told; spelling: which of our spellings goes in."""

    form: str
    spelling: str
    most: int
    title_most: int
    mail: bool = False

    def write(self, message: Message, desk: DeskCard, zone: ZoneInfo) -> tuple[str, str]:
        """Title ("" where the service gets none) and body."""
        if self.mail:
            rendered = render_mail(message, desk, zone, self.most)
        else:
            titled = self.title_most > 0 and self.spelling == "text"
            rendered = render_chat(message, desk, zone, self.most, titled=titled)
        title = calm(rendered.subject)[: self.title_most]
        return title, self._body(rendered)

    def _body(self, rendered: Rendered) -> str:
        by_spelling = {"text": rendered.text, "html": rendered.html, "markdown": rendered.markdown}
        return by_spelling[self.spelling] or rendered.text

    def plainer(self) -> Style:
        """For a service that did not like the formatting: bare text, and half of it."""
        return Style("text", "text", self.most // 2, self.title_most)


def style_for(service: Service) -> Style:
    """HTML where the service reads it, else Markdown, else text; exceptions by name, each with its reason above."""
    form = "text" if service.name in _TEXT else service.forms[0]
    if form not in service.forms:  # the address itself asks for another one
        form = service.forms[0]
    if form == "text" and "markdown" in service.forms and service.name not in _TEXT:
        form = "markdown"
    spelling = "markdown" if form == "text" and service.name in _MARKDOWN_IN_TEXT else form
    most = min(service.body_most, _LIMITS.get(service.name, service.body_most))
    title_most = 0 if service.name in _NO_TITLE else service.title_most
    mail = form == "html" and service.body_most > _MAIL_CHARS and "markdown" not in service.forms
    mail = mail and service.name not in _WEBHOOKS  # `?format=html` makes no mail of them
    return Style(form, spelling, most, title_most, mail)


@dataclass(frozen=True, slots=True)
class AppriseSender:
    """resolver: for the address; clock: for dates in Retry-After."""

    resolver: Resolver
    waits: Waits = field(default_factory=Waits)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """One message to one target; DeliveryError as `answers.verdict` has it.

        After a 400 it is tried once more as bare text, after a 413 once at half the length.
        """
        target = self.target(destination)
        mail = target.mail()
        if mail is not None:  # ours keeps its id and its thread, and says what the server said
            by_mail = replace(destination, kind="mail", mail=mail, to=mail.to[0])
            return SmtpSender(self.resolver).send(message, by_mail, desk)
        service = target.service()
        style = style_for(service)
        zone = ZoneInfo(destination.timezone)

        def once(style: Style) -> Outcome:
            title, body = style.write(message, desk, zone)
            key = message.id if service.name in _WEBHOOKS else None
            return target.notify(title, body, style.form, key, self.waits)

        outcome = once(style)
        if outcome.status in (400, 413) and not outcome.ok:
            outcome = once(style.plainer())
        return verdict(f"{destination.key}: {service.title}", outcome, self.clock(), self.resolver.scrub)

    def target(self, destination: Destination) -> Target:
        """The one target that a destination stands for. DeliveryError where its address cannot be read."""
        place = str(destination.key)
        try:
            address = self.resolver.resolve(destination.address or "")
        except SecretError as error:
            raise DeliveryError(f"{place}: {error}") from error
        self.resolver.guard(address)
        targets = parse_targets(address)
        if not targets:
            raise DeliveryError(f"{place}: {UNKNOWN_ADDRESS}", permanent=True)
        if destination.index is None and len(targets) > 1:
            text = f"{place}: its address has {len(targets)} targets and was unreadable at the last load"
            raise DeliveryError(f"{text}; save the watchlist again, so that each target gets its own messages")
        if (destination.index or 0) >= len(targets):
            raise DeliveryError(f"{place}: its address has only {len(targets)} targets now; save the watchlist again")
        return targets[destination.index or 0]
