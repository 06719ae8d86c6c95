"""Recognises references to secrets. Resolving them is the work of `notify/secrets.py`; no secret is ever seen here.

A whole text may be `env:NAME` (environment), `file:/path` (first line of a file) or `cred:name` (a credential that the
service was given). Inside a longer text stands `${NAME}`, `${env:NAME}`, `${file:/path}` or `${cred:name}`.
"""

from __future__ import annotations

import re

MASK = "x0wirewatch0reference0x"  # stands for a reference where an address is taken apart; no address holds it
_WHOLE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|cred:[A-Za-z0-9_.@-]+|file:/[^\x00-\x1f]+")
_INSIDE = re.compile(
    r"\$\{(?:(?:env:)?[A-Za-z_][A-Za-z0-9_]*|cred:[A-Za-z0-9_.@-]+|file:/[^\x00-\x1f{}]+)\}",
)


def is_reference(text: str) -> bool:
    """Is the whole text one reference, so that nothing of it is a secret?"""
    return bool(_WHOLE.fullmatch(text) or _INSIDE.fullmatch(text))


def references_in(text: str) -> tuple[str, ...]:
    """Every reference in a text, as written and in its order; the text itself where it is one."""
    return (text,) if _WHOLE.fullmatch(text) else tuple(_INSIDE.findall(text))


def masked(text: str) -> str:
    """The text with every `${…}` replaced by MASK, so that the rest can be read as an address."""
    return _INSIDE.sub(MASK, text)
