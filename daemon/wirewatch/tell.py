"""A word to the operator without the database: the last thing that still works when the daemon does not start.

Reads the watchlist, or what of it can be read; writes to the receivers of the routes that say `machine: true`.
Keeps nothing: what fails for a minute is left to the journal of the service.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final
from urllib.parse import urlsplit

from wirewatch.config.build import receivers_of, routes_of, settings_of
from wirewatch.config.load import load_watchlist
from wirewatch.config.reading import Read, Reading, read_file
from wirewatch.core.model import Message
from wirewatch.core.plaintext import clean_line
from wirewatch.core.routing import machine_receivers
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError, DeliveryError, SecretError
from wirewatch.explain.notes import secret_problems
from wirewatch.notify.apprise import Waits
from wirewatch.notify.destinations import destination_problems, destinations
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination, Sender
from wirewatch.notify.trial import Sent, notice_message

PATIENCE: Final = timedelta(seconds=60)
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (3, 7, 15, 20))  # between two tries
# Shorter than a daemon's: an answer that takes longer is worth another try.
MAIL_TIMEOUT: Final = timedelta(seconds=15)
WAITS: Final = Waits(timedelta(seconds=8), timedelta(seconds=15), timedelta(seconds=25))
SYSTEMCTL: Final = timedelta(seconds=5)
LOG_LINES: Final = 15
_LINE_CHARS: Final = 300
_NEEDED: Final = re.compile(r"(?:settings|receivers|routes)\s*:")
# Exit codes of `cli/exits.py`, and what systemd calls an end.
_CODES: Final[Mapping[str, str]] = {
    "65": "the database is damaged, or a newer version has been at work; look with: wirewatch doctor; "
    "a backup comes back with: wirewatch restore FILE",
    "75": "the database is locked, its disk is full, or another daemon holds it; look with: wirewatch doctor",
    "78": "the watchlist cannot be used, and there is no last good one; every error is shown by: wirewatch check",
}
_RESULTS: Final[Mapping[str, str]] = {
    "watchdog": "it gave no sign of life for too long, and was ended",
    "oom-kill": "this machine had too little memory, and ended it",
    "signal": "it was killed by a signal",
    "core-dump": "it crashed",
    "timeout": "it did not start or stop in time",
    "start-limit-hit": "it failed too often in a row, and is not started again by itself",
    "resources": "this machine had no room to start it",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What of the watchlist can be used. fault: its first error where it is broken, "" where it is whole."""

    watchlist: Watchlist
    fault: str = ""


def read_what_can_be_read(path: Path) -> Known:
    """The watchlist; where it is broken, its settings, receivers and routes as far as each of them is right."""
    try:
        return Known(load_watchlist(path).watchlist)
    except ConfigError as error:
        fault = str(error.problems[0])
    whole = _salvaged(path, read_file)
    return Known(whole if machine_receivers(whole) else _salvaged(path, _needed_lines), fault)


def _salvaged(path: Path, read: Read) -> Watchlist:
    reading = Reading(read)
    reading.watchlist(path)
    settings = settings_of(reading.sections.settings, reading.findings)
    receivers = receivers_of(reading.sections.receivers, settings.timezone, reading.findings)
    routes, _ = routes_of(reading.sections.routes, reading.findings)
    return Watchlist(settings, receivers=receivers, routes=routes)


def _needed_lines(path: Path) -> bytes:
    """The file without its feeds and topics, read by line: a slip of YAML there does not hide who is to be told."""
    kept: list[str] = []
    needed = False
    for line in read_file(path).decode("utf-8", "replace").splitlines():
        if line[:1].strip() and line[0] not in "#-":
            needed = _NEEDED.match(line) is not None
        kept.append(line if needed else "")
    return "\n".join(kept).encode()


def machine_destinations(watchlist: Watchlist, resolver: Resolver) -> tuple[Destination, ...]:
    """Where notices go, each destination once; empty where no route says `machine: true`."""
    by_receiver = destinations(watchlist, resolver.resolve)
    names = machine_receivers(watchlist)
    return tuple(dict.fromkeys(one for name in names for one in by_receiver.get(name, ())))


def learn_secrets(watchlist: Watchlist, resolver: Resolver) -> None:
    """Let the resolver know every secret of the watchlist, so that `scrub` finds them in texts from elsewhere."""
    secret_problems(watchlist, resolver.resolve)
    destination_problems(watchlist, resolver.resolve)
    for receiver in watchlist.receivers:
        for address in receiver.apprise:
            try:
                resolver.guard(resolver.resolve(address))
            except SecretError:
                continue  # nothing to hide; sending there says what is missing
    for feed in watchlist.feeds:
        if password := urlsplit(feed.url).password:  # written into the file as it is
            resolver.guard(password)


def show_unit(unit: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """What systemd says of a unit: Result, ExecMainStatus, NRestarts; empty where it cannot be asked within 5 s."""
    program = shutil.which("systemctl", path=environ.get("PATH"))
    if program is None:
        return {}
    command = [program, "show", "-p", "Result,ExecMainStatus,NRestarts", "--", unit]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SYSTEMCTL.total_seconds(), check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def unit_in_words(unit: str, facts: Mapping[str, str]) -> str:
    """How a unit ended, why, and what to do; one sentence or two. facts: of `show_unit`."""
    result, code = facts.get("Result", ""), facts.get("ExecMainStatus", "")
    words = _CODES.get(code) if result in ("exit-code", "start-limit-hit", "") else None
    why = words or _RESULTS.get(result) or (f"it ended with code {code}" if code not in ("", "0") else "")
    restarts = facts.get("NRestarts", "0")
    again = f" It was started again {restarts} times." if restarts.isdigit() and int(restarts) > 0 else ""
    shown = f" (result {result}, code {code})" if result or code else ""
    what = f"{unit} has failed{shown}{f': {why}' if why else ''}.{again}"
    return f"{what} Until it runs again, nobody is told anything. See: journalctl -u {unit} -n 50"


def last_lines(log: str) -> tuple[str, ...]:
    """The end of a log, cleaned, no line too long; newest first, for a chat shows the beginning of a notice."""
    lines = [clean_line(line)[:_LINE_CHARS] for line in log.splitlines()]
    return tuple(line for line in reversed(lines) if line)[:LOG_LINES]


def notice_text(first: Sequence[str], known: Known, log: str, host: str, at: datetime) -> str:
    """The notice: what happened, where and when, what is wrong with the watchlist, the end of the log."""
    lines = [*first, f"On {host}, {at:%Y-%m-%d %H:%M} UTC."]
    if known.fault:
        lines.append(f"The watchlist cannot be used as it is: {known.fault}")
    end = last_lines(log)
    return "\n".join([*lines, *(("The end of its log, newest first:", *end) if end else ())])


@dataclass(frozen=True, slots=True)
class _Courier:
    """Carries one message to its destination, with pauses between the tries. over: set when there is no more time."""

    senders: Mapping[str, Sender]
    desk: DeskCard
    pauses: Sequence[timedelta]
    over: Event

    def carry(self, message: Message, destination: Destination) -> Sent:
        key, answer = str(destination.key), ""
        for pause in (timedelta(), *self.pauses):
            if self.over.wait(pause.total_seconds()):
                break
            try:
                return Sent(key, True, self.senders[destination.kind].send(message, destination, self.desk))
            except DeliveryError as error:
                answer = str(error)
                if error.permanent:
                    break
        return Sent(key, False, answer)


def tell(
    text: str,
    to: Sequence[Destination],
    senders: Mapping[str, Sender],
    desk: DeskCard,
    now: datetime,
    *,
    pauses: Sequence[timedelta] = PAUSES,
    patience: timedelta = PATIENCE,
) -> tuple[Sent, ...]:
    """Tell every destination at the same time, each up to len(pauses) + 1 times, until one try succeeds.

    Comes back when all is settled, at the latest after `patience`; a sender that hangs is left behind.
    """
    over = Event()
    courier = _Courier(senders, desk, pauses, over)
    tries = {one.key: _started(courier, notice_message(one, "tell", text, now), one) for one in to}
    wait(tries.values(), timeout=patience.total_seconds())
    over.set()
    late = f"no answer within {patience.total_seconds():.0f} s; see whether its server answers: wirewatch doctor"
    return tuple(_settled(key, box, late) for key, box in tries.items())


def _settled(key: str, box: Future[Sent], late: str) -> Sent:
    """How it went; a fault of ours in one sender must not hide that the others have told it."""
    if not box.done():
        return Sent(key, False, f"{key}: {late}")
    bug = box.exception()
    if bug is None:
        return box.result()
    at = traceback.extract_tb(bug.__traceback__)[-1]  # the place alone: a traceback's text may quote an address
    where = f"{type(bug).__name__} in {Path(at.filename).name}, line {at.lineno}"
    return Sent(key, False, f"{key}: internal fault ({where}); please report it")


def _started(courier: _Courier, message: Message, destination: Destination) -> Future[Sent]:
    box: Future[Sent] = Future()

    def work() -> None:
        try:
            box.set_result(courier.carry(message, destination))
        except BaseException as bug:  # noqa: BLE001  handed to whoever waits, which raises it
            box.set_exception(bug)

    Thread(target=work, name="wirewatch-tell", daemon=True).start()
    return box
