"""What the answer of a web service means for a message: arrived, again later, perhaps arrived, or never.

Knows no library: `apprise.py` fills in what it saw, this decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from wirewatch.core.plaintext import clean_line
from wirewatch.core.retry_after import MAX_WAIT, retry_after
from wirewatch.errors import DeliveryError

# 4xx that pass: timeout, conflict, locked, too early, too many requests (RFC 9110, RFC 6585). All others need a person.
_PASSING: Final = frozenset({408, 409, 423, 425, 429})
# Discord and Telegram say it in the body alone.
_WAIT_IN_BODY: Final = re.compile(r'"retry_after"\s*:\s*"?(\d{1,9})(?:\.\d+)?')
# Answers may bring secrets that we have never seen: the token of a fresh log-in.
_NEW_SECRET: Final = re.compile(r'("[^"]*(?:token|secret|passw|key|session)[^"]*"\s*:\s*)"[^"]*"', re.IGNORECASE)
_QUOTED: Final = 200  # characters of the server's own words


class Fault(Enum):
    """Why no answer came; the text is what people read."""

    NOT_SENT = "the server cannot be reached"
    LOST = "the connection broke before the answer; the message may have arrived, it is repeated with the same id"
    TIMEOUT = "no answer in time; the message may have arrived, it is repeated with the same id"
    BAD_ADDRESS = "the address cannot be used; correct it in the watchlist"
    REFUSED = "the service did not take the message"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to. said: the server's body, or the library's last words, not yet scrubbed."""

    ok: bool = False
    status: int | None = None
    wait: str | None = None  # the Retry-After header
    said: str = ""
    fault: Fault | None = None


def verdict(place: str, outcome: Outcome, now: datetime, scrub: Callable[[str], str]) -> str:
    """The answer in words; DeliveryError where it is no delivery. place: destination and service."""
    said = shown(outcome.said, scrub)
    if outcome.ok:
        return f"accepted (HTTP {outcome.status})" if outcome.status else "accepted"
    if outcome.fault is not None and outcome.fault is not Fault.REFUSED:
        raise DeliveryError(
            f"{place}: {outcome.fault.value}{_after(said)}",
            permanent=outcome.fault is Fault.BAD_ADDRESS,
            unknown=outcome.fault in (Fault.LOST, Fault.TIMEOUT),
        )
    if outcome.status is None or outcome.status < 300:
        # Some services say "ok: false" with 200; others are not HTTP at all.
        raise DeliveryError(f"{place}: {Fault.REFUSED.value}{_after(said)}", status=outcome.status)
    raise DeliveryError(
        f"{place}: HTTP {outcome.status}, {_cure(outcome.status)}{_after(said)}",
        permanent=400 <= outcome.status < 500 and outcome.status not in _PASSING,
        retry_after=asked_wait(outcome, now),
        status=outcome.status,
    )


def asked_wait(outcome: Outcome, now: datetime) -> timedelta | None:
    """How long the service asked us to wait, of any size up to a year: by header, else in its JSON body (seconds)."""
    if outcome.wait is not None and (wait := retry_after(outcome.wait, now)) is not None:
        return wait
    found = _WAIT_IN_BODY.search(outcome.said)
    return min(timedelta(seconds=int(found[1]) + 1), MAX_WAIT) if found else None


def shown(said: str, scrub: Callable[[str], str]) -> str:
    """A server's words on one line, without secrets, not too many."""
    line = _NEW_SECRET.sub(r'\1"***"', clean_line(scrub(said)))
    return line if len(line) <= _QUOTED else line[:_QUOTED].rstrip() + "..."


def _after(said: str) -> str:
    return f" (it says: {said})" if said else ""


def _cure(status: int) -> str:
    if status in (401, 403, 407):
        return "not allowed; check the token or password in its address"
    if status in (404, 410):
        return "there is no such place; check the address"
    if status == 413:
        return "too long even when shortened"
    if status == 429:
        return "asks us to write less often"
    if 300 <= status < 400:
        return "it moved; write its new address into the watchlist"
    return "refused" if status < 500 else "its server has a fault"
