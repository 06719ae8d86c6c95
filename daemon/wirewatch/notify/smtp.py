"""Mail: smtplib's home. One connection a mail, one mail a person, the same Message-ID in every attempt.

What a server's code means for the message is decided here (`judge`); when it is tried again is `core/retry.py`'s.
"""

from __future__ import annotations

import base64
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from wirewatch.core.model import Message
from wirewatch.core.plaintext import clean_line
from wirewatch.core.watchlist import Mail
from wirewatch.errors import DeliveryError, SecretError
from wirewatch.notify.render import Rendered, render_mail
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination, domain_of
from wirewatch.notify.tls import tls_context

TIMEOUT: Final = timedelta(seconds=60)  # for each answer; RFC 5321, section 4.5.3.2 asks for minutes, people for less


class _OneLine(UnstructuredHeader):
    """A header of ids or addresses: never folded, never encoded. Python's folding would spoil those of 78 characters
    and more ("=?utf-8?q?=3Cmailto..."); RFC 5322 allows lines of 998."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # typeshed: a mixin of BaseHeader


def _mail_policy() -> EmailPolicy[EmailMessage]:
    headers = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
        headers.map_to_type(name, _OneLine)  # type: ignore[arg-type]  # as the library's own UnstructuredHeader
    # 7bit: lines of 76 ASCII characters pass every server.
    return SMTP_POLICY.clone(cte_type="7bit", header_factory=headers)


_POLICY: Final = _mail_policy()
# Codes that speak of our account or session, not of the message or its recipient: an operator can cure them, and
# until then the mail waits (RFC 4954, section 6; RFC 5321, section 4.2.1).
_ABOUT_US: Final = frozenset({421, 432, 454, 530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Step:
    """Where in the talk with the server we are: what an error there means, and the cure."""

    name: str
    cure: str
    permanent: bool = False  # a 5xx here is about this mail
    unknown: bool = False  # a lost answer here may hide a delivered mail


CONNECT: Final = Step("connecting", "check server, port and security")
TLS: Final = Step("encryption", "check security (starttls, tls, none) and ca_file")
LOGIN: Final = Step("signing in", "check user and password; the mail waits")
FROM: Final = Step("sender", "check `from`: the server must accept it", permanent=True)
TO: Final = Step("recipient", "check the address in `to`", permanent=True)
DATA: Final = Step("message", "ask the server's operator", permanent=True)
ANSWER: Final = Step("message", "it may have arrived; it is repeated with the same id", permanent=True, unknown=True)


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """resolver: for `user` and `password`; timeout: for each answer of the server."""

    resolver: Resolver
    timeout: timedelta = TIMEOUT

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """One mail to one person. DeliveryError says which step failed.

        4xx and lost connections are temporary, 5xx on sender, recipient or text permanent. A refused sign-in is
        temporary: it says nothing of the mail, and a password can be put right.
        """
        mail, to = destination.mail, destination.to
        if mail is None or to is None:
            raise DeliveryError(f"{destination.key}: mail: has no server or no address", permanent=True)
        zone = ZoneInfo(destination.timezone)
        try:
            written = build_mail(message, render_mail(message, desk, zone), mail, to, desk, zone)
        except (MessageError, ValueError, IndexError) as error:
            text = f"{destination.key}: {mail.sender} or {to}: is no mail address; correct it in the watchlist"
            raise DeliveryError(text, permanent=True) from error
        return _Talk(self.resolver, mail, str(destination.key), self.timeout.total_seconds()).deliver(written, to)

    def greet(self, mail: Mail, place: str) -> str:
        """Connect, say EHLO, sign in where there is a user, and go: no mail is sent. DeliveryError as `send`.

        place: names the destination in errors.
        """
        return _Talk(self.resolver, mail, place, self.timeout.total_seconds()).greet()


@dataclass(slots=True)
class _Talk:
    """One connection, from greeting to QUIT. `step` says what is going on, for the error's text and its meaning."""

    resolver: Resolver = field(repr=False)
    mail: Mail
    place: str
    timeout: float
    step: Step = CONNECT

    def deliver(self, written: EmailMessage, to: str) -> str:
        with self._mapped():
            smtp = self._open()
            try:
                self._sign_in(smtp)
                answer = self._hand_over(smtp, written, to)
                with suppress(OSError):  # a courtesy: a server that has answered the dot has the mail
                    smtp.putcmd("QUIT")
            finally:
                smtp.close()
        return self.resolver.scrub(answer)

    def greet(self) -> str:
        with self._mapped():
            smtp = self._open()
            try:
                self._sign_in(smtp)
                with suppress(OSError):
                    smtp.putcmd("QUIT")
            finally:
                smtp.close()
        return "answers, and lets us sign in" if self.mail.user is not None else "answers"

    def _open(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        if self.mail.security == "tls":
            return smtplib.SMTP_SSL(server, port, timeout=self.timeout, context=tls_context(self.mail.ca_file))
        smtp = smtplib.SMTP(server, port, timeout=self.timeout)
        if self.mail.security == "starttls":
            self.step = TLS
            try:
                smtp.starttls(context=tls_context(self.mail.ca_file))
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        self.step = LOGIN
        smtp.ehlo_or_helo_if_needed()
        if self.mail.user is None:
            return
        user, password = self.resolver.resolve(self.mail.user), self.resolver.resolve(self.mail.password or "")
        if (user + password).isascii():
            smtp.login(user, password)
        else:  # smtplib knows ASCII alone; PLAIN is UTF-8 (RFC 4616, section 2)
            plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
            self._expect(smtp.docmd("AUTH", f"PLAIN {plain}"), 235)

    def _hand_over(self, smtp: smtplib.SMTP, written: EmailMessage, to: str) -> str:
        """MAIL, RCPT, DATA by hand: smtplib's own does not tell a connection lost before the dot from one after it."""
        sender, to = _address(parseaddr(self.mail.sender)[1]), _address(to)
        options = () if (sender + to).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        self.step = FROM
        self._expect(smtp.mail(sender, options))
        self.step = TO
        self._expect(smtp.rcpt(to))
        self.step = DATA
        self._expect(smtp.docmd("DATA"), 354)
        smtp.send(_on_the_wire(written, utf8=bool(options)))
        self.step = ANSWER
        return self._expect(smtp.getreply())

    @staticmethod
    def _expect(reply: tuple[int, bytes], wanted: int | None = None) -> str:
        code, text = reply
        if (code != wanted) if wanted else not 200 <= code < 300:
            raise smtplib.SMTPResponseException(code, text)
        return f"{code} {text.decode('utf-8', 'replace')}"

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """smtplib's, ssl's and the network's exceptions to ours, without a secret in text or cause."""
        try:
            yield
        except SecretError as error:
            raise DeliveryError(f"{self.place}: {error}") from error
        except (OSError, UnicodeError, ValueError) as error:  # SMTPException is an OSError, so is ssl.SSLError
            # A server may print what we said; then the cause would print it again in a traceback.
            clean = self.resolver.scrub(str(error)) == str(error)
            raise self._verdict(error) from (error if clean else None)

    def _verdict(self, error: Exception) -> DeliveryError:
        permanent, unknown, code = judge(error, self.step)
        where = f"{self.place}: {self.mail.server}:{self.mail.port}: {self.step.name}"
        text = self.resolver.scrub(f"{where}: {_said(error)}; {self.step.cure}")
        return DeliveryError(text, permanent=permanent, unknown=unknown, status=code)


def judge(error: Exception, step: Step) -> tuple[bool, bool, int | None]:
    """What an exception means at a step: permanent, unknown (it may have arrived), and the server's code."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    code = code if code and code > 0 else None  # smtplib says -1 for an answer that is none
    permanent = step.permanent and code is not None and 500 <= code < 600 and code not in _ABOUT_US
    if isinstance(error, smtplib.SMTPNotSupportedError):
        permanent = step is FROM  # this server cannot write to an address in other letters (RFC 6531)
    return permanent, step.unknown and code is None, code


def build_mail(
    message: Message, rendered: Rendered, mail: Mail, to: str, desk: DeskCard, zone: ZoneInfo
) -> EmailMessage:
    """The whole mail; a repeated one is the same byte for byte. ValueError or MessageError where an address is none."""
    written = EmailMessage(policy=_POLICY)
    name, sender = parseaddr(mail.sender)
    sender = _address(sender)
    own = desk.name if desk.name == "Wirewatch" else f"Wirewatch, {desk.name}"
    domain = domain_of(sender)
    written["From"] = _mailbox(clean_line(name or own), sender)
    written["To"] = _mailbox("", _address(to))
    written["Subject"] = clean_line(rendered.subject)
    written["Date"] = format_datetime(message.created_at.astimezone(zone))
    written["Message-ID"] = desk.message_id(message.id, domain)
    if message.thread is not None:
        root = desk.message_id(f"thread-{message.thread}", domain)
        written["In-Reply-To"] = root
        written["References"] = root
    if message.alerts and domain_of(desk.contact):
        written["List-Unsubscribe"] = f"<mailto:{desk.contact}?subject={quote(_silence(message))}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(rendered.text)
    if rendered.html is not None:
        written.add_alternative(rendered.html, subtype="html")
        written.set_boundary(f"=_{message.id}_=")
    return written


def _silence(message: Message) -> str:
    """What somebody asks for who has had enough: a line that the desk's contact understands."""
    topics = dict.fromkeys(clean_line(alert.hits[0].title) for alert in message.alerts if alert.hits)
    return f"silence {', '.join(topics)} for {message.receiver}"[:200]


def _mailbox(name: str, address: str) -> Address:
    """For a header. Python's parser refuses letters beyond ASCII, so these are only looked at for what cannot be."""
    if address.isascii():
        return Address(name, addr_spec=address)
    local, _, domain = address.rpartition("@")
    if not local or not domain or re.search(r"[\s,;<>@\"]", local):
        raise ValueError(f"{address} is no mail address")
    return Address(name, username=local, domain=domain)


def _address(address: str) -> str:
    """With its domain in ASCII (IDNA): any server can carry that."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain_of(address) or domain}"


def _on_the_wire(written: EmailMessage, *, utf8: bool) -> bytes:
    """CRLF at each line's end, dots doubled at a line's start, the final dot (RFC 5321, section 4.5.2)."""
    data = written.as_bytes(policy=_POLICY.clone(utf8=utf8))
    data = re.sub(rb"(?m)^\.", b"..", data)
    return data + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        return clean_line(f"{error.smtp_code} {text}")[:300]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return clean_line(str(error))[:300] or type(error).__name__
