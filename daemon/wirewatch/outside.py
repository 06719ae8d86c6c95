"""What the daemon needs of the world around it, in one value: tests give their own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wirewatch.core.watchlist import Settings
from wirewatch.health import Manager
from wirewatch.notify.sender import Sender
from wirewatch.visit import Get


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the daemon needs of the world; tests give their own.

    say: prints a line for the person at the terminal; senders: by kind of destination.
    """

    resolve: Callable[[str], str]
    senders: Mapping[str, Sender]
    say: Callable[[str], None]
    clock: Callable[[], datetime] = utc_now
    jitter: Callable[[], float] = random.random
    client: Callable[[Settings], Get] | None = None
    socket: Path | None = None
    manager: Manager = field(default_factory=Manager)
