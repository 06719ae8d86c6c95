"""Texts that are addresses or secrets: what may stand in a file that many people read.

A password or token is only accepted as a reference. No error here repeats what was written: it may hold one.
Every function takes a text and raises ValueError with "what is wrong; what to do".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from wirewatch.config.places import has_control
from wirewatch.config.references import MASK, is_reference, masked, references_in

FEED_SCHEMES = frozenset({"http", "https"})
PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
DATABASE_SCHEMES = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})
# Apprise's services whose plain address carries no token. Every other one does, so it must hold a reference.
OPEN_APPRISE_SCHEMES = frozenset({
    "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "ntfy", "ntfys",
    "syslog", "dbus", "gnome", "glib", "windows", "macosx",
})  # fmt: skip
CURE = "write env:NAME, file:/path, cred:name, or ${NAME} inside the text"

_SECRET_NAME = re.compile(r"(?i)auth|cookie|key|token|secret|passw|session|signature|credential")
_SECRET_PARAMETER = re.compile(
    r"(?i)(?:x-)?(?:access[_-]?token|auth[_-]?token|token|api[_-]?key|secret|client[_-]?secret|pass|passwd|password|pwd"
    r"|authorization|cookie)"
)
_LOOKS_RANDOM = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_\-+/=.]{20,}")
_LOOSE_PARAMETER = re.compile(r"(?i)key|auth|sig|signature|hash|user|uid|id|t|k")
# A piece of a path that nobody would type: a long run of letters and digits, or a UUID.
_TOKEN = re.compile(
    r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9]{16,}|(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[\w-]{20,}"
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    re.ASCII,
)
# Services whose hooks are open to whoever knows the address, also where it holds a short word.
_HOOK_SERVICES = ("hooks.slack.com", "discord.com", "hooks.zapier.com", "maker.ifttt.com", "webhook.office.com")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_MAILBOX = re.compile(r"(?:[^<>@,;\"\\]{0,200}<)?[^\s<>@,;]{1,64}@[^\s<>@,;]{1,253}>?")
_HOST = re.compile(r"[^\s/@:\[\]]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


def secret(text: str) -> str:
    """A whole reference, never the secret itself."""
    if not is_reference(text):
        raise ValueError("a password or token must not stand in this file; write env:NAME, file:/path or cred:name")
    return text


def feed_address(text: str) -> str:
    """An http or https address with a host in plain; secrets in it only as `${NAME}`."""
    parts = _split(text)
    if parts.scheme not in FEED_SCHEMES:
        raise ValueError("not a web address; write one that begins with https:// or http://")
    _no_secret(parts, text, "use auth: {user: …, password: env:NAME}")
    if MASK in (parts.hostname or ""):
        raise ValueError("the host must stand in plain; keep ${…} for the part behind it")
    return text


def proxy(text: str) -> str:
    """The address of a proxy, or a whole reference to it."""
    if is_reference(text):
        return text
    parts = _split(text)
    if parts.scheme not in PROXY_SCHEMES:
        raise ValueError("not a proxy; write an address like http://proxy.example.org:3128 or socks5h://127.0.0.1:9050")
    _no_secret(parts, text, CURE)
    return text


def database(text: str) -> str:
    """A SQLAlchemy address of SQLite or PostgreSQL, or a whole reference to it."""
    if is_reference(text):
        return text
    scheme = text.partition("://")[0]
    if "://" not in text or scheme not in DATABASE_SCHEMES:
        raise ValueError(
            "not a database; write sqlite:///file.db or postgresql+psycopg://user:${DB_PASSWORD}@host/name"
        )
    if scheme != "sqlite":
        _no_secret(_split(text), text, CURE)
    return text


def apprise(text: str) -> str:
    """An Apprise address: a reference, one that holds references, or one that needs no secret."""
    if is_reference(text):
        return text
    if "://" not in text:
        raise ValueError(f"not an Apprise address; write one like json://host/path, or keep it secret: {CURE}")
    scheme = text.partition("://")[0].lower()
    # Apprise reads more than web addresses; only what may carry a password is looked at here.
    head, _, query = masked(text).partition("://")[2].partition("?")
    user, at, _ = head.partition("/")[0].rpartition("@")
    if (at and ":" in user and MASK not in user.partition(":")[2]) or user.startswith("tk_") or _tells(query):
        raise ValueError(f"a password or token stands here in plain; {CURE}")
    if scheme not in OPEN_APPRISE_SCHEMES and not references_in(text):
        raise ValueError(f"the address of such a service is itself a password; {CURE}")
    return text


def webhook(text: str) -> str:
    """A web address, or a reference to it. One with what looks like a token in it holds that as a reference."""
    if is_reference(text):
        return text
    parts = _split(text)
    if parts.scheme not in FEED_SCHEMES:
        raise ValueError("not a web address; write one that begins with https:// or http://, or a reference to it")
    _no_secret(parts, text, CURE)
    host = parts.hostname or ""
    known = any(host == one or host.endswith(f".{one}") for one in _HOOK_SERVICES) and not references_in(text)
    if known or any(_TOKEN.fullmatch(piece) for piece in re.split(r"[/,;@.]", parts.path) if MASK not in piece):
        raise ValueError(f"the address of such a hook is itself a password; {CURE}")
    return text


def file_path(text: str) -> str:
    """The path of a file that is written, in plain."""
    if not text.strip() or "${" in text or text.startswith("~"):
        raise ValueError("not a path of a file; write it in full, or from the folder of this file: alerts.jsonl")
    if text.endswith("/"):
        raise ValueError("this names a folder; write the file in it, like alerts.jsonl")
    if has_control(text):
        raise ValueError("holds a control character; write plain text")
    return text


def command(words: tuple[str, ...]) -> tuple[str, ...]:
    """A program and its arguments. What stands there is seen by all on this machine, so no secret may."""
    if words and (not words[0].strip() or words[0].startswith("~")):
        raise ValueError("the program is missing; write its path first, in full")
    for name, word in zip(("", *words), words, strict=False):
        if has_control(word):
            raise ValueError("holds a control character; write plain text")
        if references_in(word):
            raise ValueError("arguments are seen by all on this machine; let the program read its secret itself")
        if _gives_secret(name, word) or ("://" in word and _tells_in_address(word)):
            raise ValueError("a password or token stands here in plain; let the program read its secret itself")
    return words


def headers(pairs: Mapping[str, str]) -> Mapping[str, str]:
    """Request headers; a value whose name speaks of a secret must be, or hold, a reference."""
    return _pairs(pairs, "header", _HEADER_NAME)


def cookies(pairs: Mapping[str, str]) -> Mapping[str, str]:
    """Cookies by name; what looks like a session must be, or hold, a reference."""
    for name, value in pairs.items():
        if _LOOKS_RANDOM.fullmatch(value) and not references_in(value):
            raise ValueError(f"cookie '{name}' looks like a password; {CURE}")
    return _pairs(pairs, "cookie", _HEADER_NAME)


def mailbox(text: str) -> str:
    """One mail address, with or without a name: `desk@example.org`, `Korea desk <desk@example.org>`."""
    if not _MAILBOX.fullmatch(text) or (">" in text) != ("<" in text):
        raise ValueError("not a mail address; write one like desk@example.org")
    return text


def mail_server(text: str) -> tuple[str, int | None]:
    """`mail.example.org`, `mail.example.org:587` or `[::1]:25` → host and port."""
    host, colon, port = (
        text.rpartition(":") if re.search(r":[0-9]*$", text) and not text.endswith("]") else (text, "", "")
    )
    if not _HOST.fullmatch(host) or (colon and not re.fullmatch("[1-9][0-9]{0,4}", port)) or int(port or 1) > 65_535:
        raise ValueError("not a mail server; write host or host:port, like mail.example.org:587")
    return host.strip("[]"), int(port) if port else None


def _pairs(pairs: Mapping[str, str], kind: str, names: re.Pattern[str]) -> Mapping[str, str]:
    for name, value in pairs.items():
        if not names.fullmatch(name):
            raise ValueError(f"'{name}' is no name of a {kind}; use letters, digits and hyphens")
        if any(sign < " " or sign == "\x7f" for sign in value):
            raise ValueError(f"{kind} '{name}' holds a line break or tab; write it in one line")
        if _SECRET_NAME.search(name) and not references_in(value):
            raise ValueError(f"{kind} '{name}' looks like a password; {CURE}")
    return pairs


def _split(text: str) -> SplitResult:
    if any(sign <= " " or sign == "\x7f" for sign in masked(text)):
        raise ValueError("an address holds no spaces; write it without, or with %20")
    if "${" in masked(text):
        raise ValueError("'${' without a name and '}'; write ${NAME}, ${cred:name} or ${file:/path}")
    try:
        parts = urlsplit(masked(text))
        host = parts.hostname
        _ = parts.port  # raises where it is no number
    except ValueError as error:
        raise ValueError("not an address; check the host and the port") from error
    if parts.scheme and not host:
        raise ValueError("an address without a host; write one like https://example.org/feed.xml")
    return parts


def _no_secret(parts: SplitResult, text: str, cure: str) -> None:
    """Refuses a password, or what plainly is a token, unless it is a reference. A lone user name often is a token."""
    user, at, _ = parts.netloc.rpartition("@")
    login, colon, password = user.partition(":")
    if at and MASK not in (password if colon else login):
        raise ValueError(f"a password or token stands here in plain; {cure}")
    if _tells(parts.query):
        raise ValueError(f"a password or token stands here in plain; {CURE}")


def _gives_secret(before: str, word: str) -> bool:
    """`--token=x`, or `x` behind `--token`; a path is no secret, but where one is kept."""
    option, equals, _ = word.lstrip("-").partition("=")
    if equals and _SECRET_PARAMETER.fullmatch(option):
        return True
    named = before.startswith("-") and _SECRET_PARAMETER.fullmatch(before.lstrip("-"))
    return bool(named) and not word.startswith("/")


def _tells_in_address(text: str) -> bool:
    head, _, query = text.partition("://")[2].partition("?")
    login, at, _ = head.partition("/")[0].rpartition("@")
    return bool(at and ":" in login) or _tells(query)


def _tells(query: str) -> bool:
    for pair, value in parse_qsl(query):
        name = pair.strip()  # Apprise writes `+Header=`, and `+` means a space in a query
        if not value or MASK in value:
            continue
        if _SECRET_PARAMETER.fullmatch(name) or (_LOOSE_PARAMETER.fullmatch(name) and _LOOKS_RANDOM.fullmatch(value)):
            return True
    return False
