"""Health as systemd sees it: ready, reloading, stopping, and a watchdog that is fed only while the watch moves.

`Pulse` keeps what each part has begun and when it last moved; nothing due counts as moving. Without systemd (no
NOTIFY_SOCKET) the messages go nowhere. It does not judge feeds or receivers: `wirewatch status` does.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final

log = logging.getLogger(__name__)


class Manager:
    """The service manager, told by datagrams to its socket (sd_notify(3)). No call raises: a watch without an ear to
    tell goes on. address: a path, or `@name` in the abstract namespace; None: nobody wants to know.
    """

    def __init__(self, address: str | None = None, watchdog_interval: timedelta | None = None) -> None:
        self._address = address
        self.watchdog_interval = watchdog_interval
        self._failed = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Manager:
        """From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. watchdog_interval: half of what systemd waits, as
        sd_watchdog_enabled(3) advises; None where no watchdog is set, or where it is another process's.
        """
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):  # others (vsock:) are of virtual machines
            return cls()
        wanted, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        ours = wanted.isdecimal() and int(wanted) > 0 and pid in ("", str(os.getpid()))
        return cls(address, timedelta(microseconds=int(wanted) / 2) if ours else None)

    def ready(self, text: str = "") -> None:
        """The watch runs; also ends what `reloading` began. text: a short word on its state for `systemctl status`."""
        self._tell("READY=1", *_status(text))

    def reloading(self) -> None:
        """A reload begins; `ready` must follow however it ends, or systemd waits."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, text: str = "") -> None:
        """The stop has begun."""
        self._tell("STOPPING=1", *_status(text))

    def status(self, text: str) -> None:
        """A line for `systemctl status`."""
        self._tell(*_status(text))

    def feed(self) -> None:
        """The watch lives."""
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaking:
                speaking.settimeout(1)  # a manager whose queue is full must not hold up the loop
                speaking.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            if not self._failed:  # said once: the watchdog asks every few seconds
                log.warning("action=manager_deaf text=%s: %s; systemd does not hear of us", self._address, error)
            self._failed = True
        else:
            self._failed = False


def _status(text: str) -> tuple[str, ...]:
    return (f"STATUS={' '.join(text.split())}",) if text else ()


class Part(Enum):
    """What must move while there is something to do."""

    POLL = "poll"
    DELIVER = "deliver"
    WRITER = "writer"


# Far beyond each part's own time limits, so that a slow server or a large commit never looks like a standstill.
PATIENCE: Final[Mapping[Part, timedelta]] = {
    Part.POLL: timedelta(minutes=10),
    Part.DELIVER: timedelta(minutes=5),
    Part.WRITER: timedelta(minutes=2),
}
_WORK: Final[Mapping[Part, str]] = {
    Part.POLL: "polls are under way and none has ended",
    Part.DELIVER: "messages are being sent and none has ended",
    Part.WRITER: "something waits to be written and nothing was",
}


class Pulse:
    """What is under way, and when it last moved. Safe to call from any thread; monotonic: seconds, never set back."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, patience: Mapping[Part, timedelta] = PATIENCE
    ) -> None:
        self._monotonic = monotonic
        self._patience = patience
        self._moved: dict[Part, float] = {}
        self._lock = threading.Lock()

    def begin(self, part: Part) -> None:
        """There is something to do. Where there was already, that is no movement."""
        with self._lock:
            self._moved.setdefault(part, self._monotonic())

    def moved(self, *parts: Part) -> None:
        """Something of the part's work has ended, well or not. Without a part: of all parts."""
        now = self._monotonic()
        with self._lock:
            self._moved.update((part, now) for part in parts or tuple(Part) if part in self._moved)

    def idle(self, part: Part) -> None:
        """Nothing is under way, which is as good as moving."""
        with self._lock:
            self._moved.pop(part, None)

    def under_way(self, part: Part, busy: bool) -> None:
        """`begin` or `idle`, by what the part says of itself."""
        if busy:
            self.begin(part)
        else:
            self.idle(part)

    def stuck(self) -> tuple[str, ...]:
        """The parts that have not moved for longer than their patience, a sentence each."""
        now = self._monotonic()
        with self._lock:
            waits = {part: timedelta(seconds=now - since) for part, since in self._moved.items()}
        return tuple(
            f"{part.value}: {_WORK[part]} for more than {round(self._patience[part].total_seconds())} s"
            for part, wait in sorted(waits.items(), key=lambda one: one[0].value)
            if wait > self._patience[part]
        )


@dataclass(slots=True)
class Watchdog:
    """Feeds the manager's watchdog from a tick of the loop, so that a loop that hangs feeds nobody either."""

    manager: Manager
    pulse: Pulse
    _said: tuple[str, ...] = field(default=())

    async def tick(self) -> None:
        """Feed if all moves; else say once what is stuck, and leave the restart to systemd."""
        stuck = self.pulse.stuck()
        if stuck != self._said:
            self._say(stuck)
        self._said = stuck
        if not stuck:
            self.manager.feed()

    def _say(self, stuck: tuple[str, ...]) -> None:
        if stuck:
            text = "; ".join(stuck)
            log.error("action=stuck text=%s; the watchdog is not fed until it moves", text)
            self.manager.status(f"stuck: {text}")
        else:
            log.warning("action=moves_again text=what was stuck moves; the watchdog is fed again")
            self.manager.status("moves again")
