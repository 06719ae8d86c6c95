"""What crosses between the client and libcurl's thread: a call over, an answer or a fault back. Values only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """How far a transfer came."""

    LOOK_UP = "look-up"
    CONNECT = "connect"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Call:
    """One request over the wire, secrets resolved (so it has no telling repr).

    url: ASCII, http or https. headers: whole lines. proxy: "" for none. timeout_ms, connect_ms: from 1.
    body_bytes: the most that is taken of the inflated body. fresh: on a new connection.
    A status other than 200 is answered without its body.
    """

    url: str = field(repr=False)
    headers: tuple[bytes, ...] = field(repr=False)
    proxy: str = field(repr=False)
    ca_file: str
    timeout_ms: int
    connect_ms: int
    body_bytes: int
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. headers: names in lower case, of the last response only (no 1xx, no proxy's)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer.

    code:    libcurl's number (CURLE_...). detail: its words; may hold what the call held.
    errno:   the system's error number of the last connection attempt, 0 for none.
    refusal: the guard's words where it refused an address; "" otherwise.
    stage:   how far it came.
    proxy_status: the status of a proxy that refused the tunnel; 0 otherwise.
    too_large: "body" or "headers" where that limit was passed; "" otherwise.
    """

    code: int
    detail: str = field(default="", repr=False)
    errno: int = 0
    refusal: str = ""
    stage: Stage = Stage.TRANSFER
    proxy_status: int = 0
    too_large: str = ""


Outcome = Answer | Fault
Ticket = asyncio.Future[Outcome]  # whom an outcome is for; touched by the event loop's thread alone
STOPPED: Final = Fault(code=-100)  # no code of libcurl's: the transfers were ended before this one
