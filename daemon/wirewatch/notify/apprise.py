"""Apprise's home: chats, phones, webhooks. One fresh Apprise object an attempt, one target an object.

Apprise says only "failed"; status, Retry-After and body are seen by a wrapper round the one function through which
requests sends. Apprise is imported when first used: half a second that a desk with mail alone never pays.
"""

from __future__ import annotations

import contextvars
import copy
import hashlib
import logging
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from wirewatch.core.watchlist import Mail
from wirewatch.notify.answers import Fault, Outcome
from wirewatch.notify.sender import Place

if TYPE_CHECKING:
    import requests

# A slow server that has taken the message must not get it again: Apprise's own 4 s are too short.
CONNECT_TIMEOUT: Final = timedelta(seconds=10)
READ_TIMEOUT: Final = timedelta(seconds=25)
PATIENCE: Final = timedelta(seconds=90)
_BODY_BYTES: Final = 2_000
# Where Apprise's classes keep the fixed addresses of their services.
_SERVICE_URLS: Final = ("notify_url", "cloud_notify_url", "webhook_url", "api_url", "notify_sms_url")
_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,18}|[\d.]{7,15}|localhost")
_SECURITY: Final = {"starttls": "starttls", "ssl": "tls", "insecure": "none"}


@dataclass(slots=True)
class _Attempt:
    """What is seen of one attempt; in a context variable, so that attempts in other threads keep apart."""

    idempotency_key: str | None = None
    seen: Outcome = field(default_factory=Outcome)  # of the last request, not yet judged
    words: str = ""  # Apprise's last warning: all that services without HTTP leave
    done: Future[Outcome] = field(default_factory=Future)


_attempt: contextvars.ContextVar[_Attempt | None] = contextvars.ContextVar("wirewatch_attempt", default=None)
_loading: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Service:
    """What a target wants. name: Apprise's class; forms: what it takes of html, markdown, text; sizes in characters."""

    name: str
    title: str
    forms: tuple[str, ...]
    body_most: int
    title_most: int


@dataclass(frozen=True, slots=True)
class Waits:
    """connect, read: socket timeouts where the address sets none (`cto`, `rto`); patience: for the whole attempt."""

    connect: timedelta = CONNECT_TIMEOUT
    read: timedelta = READ_TIMEOUT
    patience: timedelta = PATIENCE


@dataclass(frozen=True, slots=True)
class Target:
    """One single target of an address. parts: Apprise's own; they hold secrets and are never shown."""

    parts: dict[str, Any]

    def __repr__(self) -> str:
        return "Target(***)"

    def identity(self) -> str:
        """Equal for two spellings of one target; a digest, from which no secret can be read."""
        return hashlib.sha256(_build(self.parts).url(privacy=False).encode()).hexdigest()

    def service(self) -> Service:
        """What this target wants; an own `?format=` of the address is obeyed."""
        plugin = _build(self.parts)
        formats = (plugin.resolve_format(form) for form in ("html", "markdown", "text"))
        return Service(
            name=type(plugin).__name__,
            title=str(plugin.service_name),
            forms=tuple(dict.fromkeys(form.value for form in formats)),
            body_most=plugin.body_maxlen,
            title_most=plugin.title_maxlen,
        )

    def place(self) -> Place | None:
        """The server behind it; None where only Apprise knows it. Never a token: some stand where others have hosts."""
        plugin = _build(self.parts)
        own = any("{host}" in template for template in plugin.templates) and getattr(plugin, "mode", "") != "cloud"
        if own:
            port = plugin.port or (443 if plugin.secure else 80)
            found = Place(str(plugin.host), int(port), bool(plugin.secure), bool(plugin.verify_certificate))
        else:
            named = (getattr(type(plugin), name, None) for name in _SERVICE_URLS)
            url = urlsplit(next((one for one in named if isinstance(one, str)), ""))
            secure = url.scheme == "https"
            found = Place(url.netloc, 443 if secure else 80, secure, bool(plugin.verify_certificate))
        return found if _HOST.fullmatch(found.host) else None

    def mail(self) -> Mail | None:
        """Server, sender and person of a `mailto:` address, as Apprise reads it; None for every other service."""
        plugin = _build(self.parts)
        if type(plugin).__name__ != "NotifyEmail":
            return None
        return Mail(
            server=str(plugin.smtp_host),
            port=int(plugin.port),
            security=_SECURITY[plugin.secure_mode],
            sender=str(plugin.from_addr[1]),  # the name beside it is the desk's, as in all our mail
            to=tuple(address for _, address in plugin.targets),
            user=plugin.user,
            password=plugin.password,
        )

    def notify(self, title: str, body: str, form: str, key: str | None, waits: Waits) -> Outcome:
        """Send once. form: "text", "html" or "markdown", as `body` is written; key: for the Idempotency-Key header.

        Runs in a thread of its own that is given up after `patience`: a plugin may wait for ever, and in Apprise's
        shared pool a few such would stop all others.
        """
        attempt = _Attempt(key)
        args = (_run, attempt, self.parts, title, body, form, waits)
        thread = threading.Thread(target=contextvars.copy_context().run, args=args, daemon=True, name="apprise")
        thread.start()
        try:
            return attempt.done.result(waits.patience.total_seconds())
        except TimeoutError:
            return Outcome(fault=Fault.TIMEOUT)


def parse_targets(address: str) -> tuple[Target, ...]:
    """The single targets of an address (or of several, parted by blanks or commas); empty: Apprise knows it not.

    Split as Apprise itself parses: its `targets`, each alone in an otherwise equal address. Where that does not give
    as many single targets as Apprise counts (services that take many receivers in one request), it stays whole.
    """
    library = _library()
    found: list[Target] = []
    for url in library.utils.parse.parse_urls(address):
        parts = library.plugins.url_to_dict(url, secure_logging=True)
        split = _split(parts) if parts else []
        if not split:
            return ()
        found += split
    return tuple(found)


def _split(parts: dict[str, Any]) -> list[Target]:
    whole = _build(parts)
    if whole is None:
        return []
    # "?to=a@b.org,c@d.org" is one text of two to Apprise's parser, and two to its plugin.
    names = [name for text in parts.get("targets") or () for name in str(text).split(",")]
    if len(names) < 2:
        return [Target(parts)]
    alone = [{**parts, "targets": [name]} for name in dict.fromkeys(names)]
    built = [_build(one) for one in alone]
    if any(one is None or len(one) != 1 for one in built) or len(built) != len(whole):
        return [Target(parts)]
    return [Target(one) for one in alone]


def _build(parts: dict[str, Any]) -> Any:
    """Apprise's plugin for these parts, None where it refuses them."""
    library = _library()
    asset = library.AppriseAsset(
        app_id="Wirewatch",
        app_desc="Wirewatch",
        image_url_mask="",  # no picture that a chat would load from somewhere
        async_mode=False,  # in our thread, not in a shared pool
        service_timeout=0,
        storage_mode=library.PersistentStoreMode.MEMORY,
    )
    return library.Apprise.instantiate(copy.deepcopy(parts), asset=asset)


def _run(attempt: _Attempt, parts: dict[str, Any], title: str, body: str, form: str, waits: Waits) -> None:
    _attempt.set(attempt)
    try:
        courier = _library().Apprise()
        courier.add(_tamed(_build(parts), waits))
        result = courier.notify(body=body, title=title, body_format=form)
    except BaseException as bug:  # noqa: BLE001  handed to the thread that waits, which raises it
        attempt.done.set_exception(bug)
        return
    # Before the plugin goes: some say goodbye to their server then, which must not count as the answer.
    attempt.done.set_result(_outcome(attempt, result.status.name))


def _tamed(plugin: Any, waits: Waits) -> Any:
    """Options of an address that would break our promises are overruled."""
    plugin.retry = 0  # `core/retry.py` decides
    plugin.optional = False  # it would report a failure as success
    plugin.redirects = False  # a redirected POST becomes a GET without the message, and then "200 OK"
    plugin.overflow_mode = _library().OverflowMode.TRUNCATE  # the last fence: we render to the limit
    if plugin.socket_connect_timeout == type(plugin).socket_connect_timeout:
        plugin.socket_connect_timeout = waits.connect.total_seconds()
    if plugin.socket_read_timeout == type(plugin).socket_read_timeout:
        plugin.socket_read_timeout = waits.read.total_seconds()
    return plugin


# Every AppriseResultStatus; the test of this map fails where a new one appears.
RESULTS: Final[dict[str, Fault | None]] = {
    "SUCCESS": None,
    "FAILURE": Fault.REFUSED,
    "PARTIAL": Fault.LOST,
    "NOMATCH": Fault.BAD_ADDRESS,
    "TIMEOUT": Fault.TIMEOUT,
}


def _outcome(attempt: _Attempt, status: str) -> Outcome:
    seen = attempt.seen
    fault = RESULTS[status]
    if fault is None:
        return replace(seen, ok=True, fault=None)
    return replace(seen, fault=seen.fault or fault, said=seen.said or attempt.words)


def _library() -> Any:
    """Apprise, imported at its first use, its requests watched and its log lines kept to ourselves."""
    with _loading:
        import apprise
        import requests

        if getattr(requests.Session.send, "__module__", "") != __name__:
            _watch_requests(requests)
            logging.getLogger("apprise").addFilter(_keep_to_ourselves)
            logging.getLogger("urllib3.connectionpool").addFilter(lambda record: _attempt.get() is None)
    return apprise


def _keep_to_ourselves(record: logging.LogRecord) -> bool:
    """Apprise logs addresses, tokens and answers. Nothing of it goes out; the last warning goes into the outcome."""
    attempt = _attempt.get()
    if attempt is not None and record.levelno >= logging.WARNING:
        attempt.words = record.getMessage()
    return False


def _watch_requests(library: Any) -> None:
    real = library.Session.send

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        attempt = _attempt.get()
        if attempt is None:
            answer: requests.Response = real(session, request, **options)
            return answer
        if attempt.idempotency_key is not None:
            request.headers.setdefault("Idempotency-Key", attempt.idempotency_key)
        try:
            answer = real(session, request, **options)
        except library.RequestException as error:
            attempt.seen = Outcome(fault=fault_of(error), said=_words_of(error))
            raise
        said = "" if options.get("stream") else answer.content[:_BODY_BYTES].decode("utf-8", "replace")
        attempt.seen = Outcome(status=answer.status_code, wait=answer.headers.get("Retry-After"), said=said)
        return answer

    library.Session.send = send


def fault_of(error: Exception) -> Fault:
    """What an exception of requests means for a message that was on its way. The order decides: most exact first."""
    from requests import exceptions
    from urllib3.exceptions import NewConnectionError

    if isinstance(_reason(error), NewConnectionError):
        return Fault.NOT_SENT
    table: tuple[tuple[type[Exception], Fault], ...] = (
        (exceptions.ConnectTimeout, Fault.NOT_SENT),
        (exceptions.Timeout, Fault.TIMEOUT),
        (exceptions.ProxyError, Fault.NOT_SENT),
        (exceptions.SSLError, Fault.NOT_SENT),
        (exceptions.InvalidURL, Fault.BAD_ADDRESS),
        (exceptions.InvalidSchema, Fault.BAD_ADDRESS),
        (exceptions.MissingSchema, Fault.BAD_ADDRESS),
        (exceptions.InvalidHeader, Fault.BAD_ADDRESS),
        (exceptions.URLRequired, Fault.BAD_ADDRESS),
        # Broken connections and answers that stopped half-way; what is not listed may have arrived as well.
        (exceptions.RequestException, Fault.LOST),
    )
    return next((fault for kind, fault in table if isinstance(error, kind)), Fault.LOST)


def _reason(error: Exception) -> object:
    """What urllib3 says below requests: requests wraps it, and it wraps its own."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or inner


def _words_of(error: Exception) -> str:
    """Without the object that urllib3 names first."""
    return re.sub(r"^.*?(?:object at 0x\w+>|\(host=.*?\)): ", "", str(_reason(error)))
