"""Secrets: references resolved where they are used, and their values taken out of texts that others wrote.

References: `env:NAME`, `file:/path`, `cred:NAME` as the whole text; `${NAME}` (the environment), `${env:NAME}`,
`${file:/path}`, `${cred:NAME}` inside it, put in as they are: what an address would misread (/ @ : ? #) has to be
URL-encoded where the secret is kept. Values live only in this object's memory, for `scrub`.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from wirewatch.errors import SecretError

MASK: Final = "***"
_SHORTEST: Final = 4  # shorter values would blot out ordinary words
_WHOLE: Final = re.compile(r"(?P<env>env:[A-Za-z_]\w*)|(?P<file>file:/.+)|(?P<cred>cred:[\w.@-]+)", re.ASCII)
_INSIDE: Final = re.compile(r"\$\{([^{}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# A plain host name is no secret, and a text without it helps nobody. Tokens have capitals, or no dot.
_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,30}\.)+[a-z]{2,18}|[\d.]+|localhost")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Resolver:
    """environ: the environment; credentials: systemd's $CREDENTIALS_DIRECTORY, None outside of a service.

    Files are read anew each time, so that a changed password works without a restart. Safe to share by threads.
    """

    environ: Mapping[str, str] = field(repr=False)
    credentials: Path | None = None
    read_file: Callable[[Path], str] = _read
    _known: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def resolve(self, text: str) -> str:
        """The text with every reference replaced by its value. SecretError names the reference and the cure."""
        if _WHOLE.fullmatch(text):
            value = self._value(text)
            self.guard(value)
            return value
        return _INSIDE.sub(self._inside, text)

    def guard(self, value: str) -> None:
        """From now on `scrub` takes out this value, and where it is an address, the secrets in it."""
        parts = _parts_of(value) if "://" in value else ()
        # An address is also masked whole, and every line of a file of several lines on its own.
        found = {part for part in (value, *parts, *value.splitlines()) if len(part) >= _SHORTEST}
        with self._lock:
            self._known.update(*(_spellings(part) for part in found))

    def scrub(self, text: str) -> str:
        """The text with every value known so far, also URL-encoded or in base64, replaced by `***`."""
        with self._lock:
            known = [value for value in self._known if value in text]
        for value in sorted(known, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    def _inside(self, match: re.Match[str]) -> str:
        inner = match[1]
        reference = f"env:{inner}" if _NAME.fullmatch(inner) else inner
        if not _WHOLE.fullmatch(reference):
            raise SecretError(
                f"{match[0]}: not a reference; write ${{NAME}}, ${{env:NAME}}, ${{file:/path}} or ${{cred:NAME}}"
            )
        value = self._value(reference)
        self.guard(value)
        return value

    def _value(self, reference: str) -> str:
        kind, _, name = reference.partition(":")
        value = self._from_environment(name) if kind == "env" else self._from_file(kind, name)
        if not value:
            raise SecretError(f"{reference}: is empty; put the secret there")
        return value

    def _from_environment(self, name: str) -> str:
        value = self.environ.get(name)
        if value is None:
            raise SecretError(f"env:{name}: is not set; set the environment variable {name} for wirewatch")
        return value

    def _from_file(self, kind: str, name: str) -> str:
        reference = f"{kind}:{name}"
        if kind == "cred" and self.credentials is None:
            raise SecretError(
                f"{reference}: no credentials were given to this process; run it as the service with "
                f"LoadCredential={name}:FILE, or use env: or file:"
            )
        path = self.credentials / name if kind == "cred" and self.credentials is not None else Path(name)
        try:
            return self.read_file(path).removesuffix("\n").removesuffix("\r")
        except FileNotFoundError as error:
            cure = (
                f"add LoadCredential={name}:FILE to the service and restart it, a reload cannot bring it"
                if kind == "cred"
                else "create the file"
            )
            raise SecretError(f"{reference}: there is no such file; {cure}") from error
        except OSError as error:
            raise SecretError(
                f"{reference}: cannot be read ({error.strerror}); let the user of wirewatch read it"
            ) from error
        except UnicodeDecodeError:
            # Without its cause: that holds the file's bytes.
            raise SecretError(f"{reference}: is not UTF-8 text; write the secret as text") from None


def _parts_of(address: str) -> tuple[str, ...]:
    """User, password, token, path segments and query values of an address: any of them may be the secret.

    Apprise puts tokens everywhere, also where other addresses have their host.
    """
    without_keys = re.sub(r"(?<=[?&])[^=&]*=", "&", address.partition("://")[2])
    pieces = re.split(r"[/:@?&#,;\s]+", without_keys)
    return tuple(spelling for piece in pieces if not _HOST.fullmatch(piece) for spelling in (piece, unquote(piece)))


def _spellings(value: str) -> set[str]:
    """The forms in which a value comes back from servers and libraries."""
    data = value.encode("utf-8", "surrogateescape")
    coded = base64.b64encode(data).decode("ascii")
    forms = {value, quote(data, safe=""), quote(data), quote_plus(data), quote(data, safe="").lower(), coded}
    forms |= {coded.rstrip("="), base64.urlsafe_b64encode(data).decode("ascii").rstrip("="), repr(value)[1:-1]}
    return {form for form in forms if len(form) >= _SHORTEST}
