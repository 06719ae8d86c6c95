"""Is the server of a destination there, and does it let us in? Connects and signs in; sends no message.

Also says in words where a destination leads, without a secret.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import certifi

from wirewatch.core.watchlist import Mail
from wirewatch.errors import DeliveryError, SecretError
from wirewatch.notify.jsonlines import JsonLinesSender
from wirewatch.notify.program import ProgramSender
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination, Place
from wirewatch.notify.services import AppriseSender
from wirewatch.notify.smtp import SmtpSender
from wirewatch.notify.webhook import WebhookSender

PATIENCE: Final = timedelta(seconds=8)  # for each answer of a server
# What requests reads, so that a look sees the same authorities as a message.
_CA_NAMES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a destination leads. what: in words; host: of its server, None where there is none or none is known.

    proxied: messages go through a proxy that the environment names, so that the server is not dialled from here.
    """

    what: str
    host: str | None = None
    reach: Callable[[], str] | None = None
    proxied: bool = False


def way_of(destination: Destination, resolver: Resolver, environ: Mapping[str, str]) -> Way:
    """Where a destination leads, and the function that goes there.

    Raises DeliveryError where its address cannot be read, with the reference or the cure; so does `reach()`, which
    returns the server's answer in words.
    """
    if destination.kind == "console":
        return Way("the screen, or the journal of the service")
    if destination.kind == "mail" and destination.mail is not None:
        return _mail_way(destination, destination.mail, resolver, PATIENCE)
    if destination.kind == "webhook":
        return _hook_way(destination, resolver)
    if destination.file is not None:
        return Way(f"lines of JSON in {destination.file}", None, lambda: JsonLinesSender().look(destination))
    if destination.program is not None:
        what = f"the program {destination.program.command[0]}"
        return Way(what, None, lambda: ProgramSender(resolver).look(destination))
    target = AppriseSender(resolver).target(destination)
    mail = target.mail()
    if mail is not None:
        return _mail_way(destination, mail, resolver, PATIENCE)
    title, place = target.service().title, target.place()
    if place is None:
        return Way(f"{title} (by Apprise)")
    proxied = bool(_proxy_of(place, environ))
    what = resolver.scrub(f"{title} (by Apprise), server {place.host}:{place.port}")
    return Way(what, place.host, lambda: _knock(str(destination.key), place, lambda: _context(place, environ)), proxied)


def _mail_way(destination: Destination, mail: Mail, resolver: Resolver, patience: timedelta) -> Way:
    to = destination.to or ", ".join(mail.to)
    what = f"mail to {to} by {mail.server}:{mail.port} ({mail.security})"
    return Way(what, mail.server, lambda: SmtpSender(resolver, patience).greet(mail, str(destination.key)))


def _hook_way(destination: Destination, resolver: Resolver) -> Way:
    sender, key = WebhookSender(resolver), str(destination.key)
    place = sender.target(destination).place
    hook = destination.webhook
    signed = ", signed" if hook is not None and hook.secret is not None else ""
    what = f"webhook at {'https' if place.secure else 'http'}://{place.host}:{place.port}{signed}"
    return Way(what, place.host, lambda: _knock(key, place, lambda: sender.context(key, hook)))


def is_unresolved(destination: Destination, resolver: Resolver) -> bool:
    """Does it need a secret that is not there?"""
    mail, hook = destination.mail, destination.webhook
    texts = [destination.address, mail.user if mail else None, mail.password if mail else None]
    texts += [hook.address, hook.secret] if hook else []
    try:
        for text in texts:
            resolver.resolve(text or "")
    except SecretError:
        return True
    return False


def _knock(key: str, place: Place, context: Callable[[], ssl.SSLContext]) -> str:
    """Connect, and shake hands where it is TLS."""
    where = f"{key}: {place.host}:{place.port}"
    try:
        with socket.create_connection((place.host, place.port), PATIENCE.total_seconds()) as connection:
            if not place.secure:
                return "takes connections"
            with context().wrap_socket(connection, server_hostname=place.host) as secure:
                return f"takes secure connections ({secure.version()})"
    except ssl.SSLCertVerificationError as error:
        said = f"its certificate is not to be trusted ({error.verify_message})"
        raise DeliveryError(f"{where}: {said}; check the address, or this machine's clock and authorities") from error
    except ssl.SSLError as error:
        said = f"no secure connection comes about ({error.reason or error})"
        raise DeliveryError(f"{where}: {said}; check the address and its port") from error
    except OSError as error:
        said = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        text = f"{where}: cannot be reached ({said}); check the address, its port, and this machine's firewall"
        raise DeliveryError(text) from error


def _context(place: Place, environ: Mapping[str, str]) -> ssl.SSLContext:
    authorities = next((environ[name] for name in _CA_NAMES if environ.get(name)), certifi.where())
    context = ssl.create_default_context(cafile=authorities)
    if not place.verified:  # the address itself says `verify=no`
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _proxy_of(place: Place, environ: Mapping[str, str]) -> str | None:
    """The environment's proxy for this server, as requests reads it."""
    names = ("https_proxy", "HTTPS_PROXY") if place.secure else ("http_proxy", "HTTP_PROXY")
    exempt = ",".join(environ.get(name, "") for name in ("no_proxy", "NO_PROXY")).split(",")
    if any(place.host == one.strip() or place.host.endswith(f".{one.strip().lstrip('.')}") for one in exempt if one):
        return None
    return next((environ[name] for name in (*names, "all_proxy", "ALL_PROXY") if environ.get(name)), None)
