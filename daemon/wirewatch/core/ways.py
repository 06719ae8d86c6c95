"""Ways by which machines are told, as the watchlist has them: a webhook, a program. (A file is its path alone.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Webhook:
    """A web address that gets each message as JSON. address and secret may hold references; the secret signs."""

    address: str
    secret: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A program that gets each message as JSON on its standard input. folder: where it runs."""

    command: tuple[str, ...]  # the program and its arguments; no shell reads them
    folder: str = "."
