"""Logging: one event per line, `action=` first, no secret in any of them.

INFO is a change of state; WARNING means that someone may have to act. The same failure is said once, then counted.
WIREWATCH_LOG=json makes each line a JSON object; the journal gets priorities instead of times.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

# Libraries that log their own view of our work, some of it with addresses and tokens.
QUIET = ("apprise", "apscheduler", "alembic", "watchfiles", "urllib3", "requests", "asyncio", "pebble", "uvicorn")

FORMS = ("text", "json")
_KEY = re.compile(r"(?:^|\s)([a-z_]+)=")
_PLACE = re.compile(r"%%|(%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])")
_SPACE = re.compile(r"\s*\r?\n\s*")


class OneLine(logging.Formatter):
    """`2026-11-25T08:00:00Z WARNING wirewatch.poll action=… key=value`, a traceback folded into the same line.

    fold: False leaves line breaks as they are, for a person at a terminal.
    journal: the journal knows time and level; the level goes in front as a priority (sd-daemon(3)).
    """

    def __init__(self, scrub: Callable[[str], str], *, fold: bool = True, journal: bool = False) -> None:
        super().__init__("%(name)s %(message)s" if journal else "%(asctime)s %(levelname)s %(name)s %(message)s")
        self._scrub = scrub
        self._fold = fold
        self._journal = journal

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time_of(record)

    def format(self, record: logging.LogRecord) -> str:
        text = self._scrub(super().format(record)).replace("\r", "")
        text = text.replace("\n", " | ") if self._fold else text
        return f"{priority(record.levelno)}{text}" if self._journal else text


class JsonLine(logging.Formatter):
    """One JSON object per event: `time`, `level`, `logger`, `action`, then the keys of the event as they stand in it.

    What comes after `text=` is one value; an event without keys (a library's) has `text` alone; `traceback` at a fault.
    """

    def __init__(self, scrub: Callable[[str], str], *, journal: bool = False) -> None:
        super().__init__()
        self._scrub = scrub
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        made: dict[str, Any] = {"time": _time_of(record), "level": record.levelname, "logger": record.name}
        made.update(keys_of(record))
        if record.exc_info:
            made["traceback"] = self.formatException(record.exc_info)
        # Before JSON puts its escapes into a secret.
        clean = {key: self._scrub(value) if isinstance(value, str) else value for key, value in made.items()}
        text = json.dumps(clean, ensure_ascii=False)
        return f"{priority(record.levelno)}{text}" if self._journal else text


def keys_of(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """The keys and values of an event, read from its pattern, so that no value can pass for a key.

    A value that is a number alone stays one. Never raises.
    """
    pattern = str(record.msg)
    args = record.args if isinstance(record.args, tuple) else None
    pieces = list(_pieces(pattern))
    if args is None or not pieces or len(_places(pattern)) != len(args):
        yield "text", record.getMessage()
        return
    rest = iter(args)
    for key, piece in pieces:
        places = _places(piece)
        own = tuple(next(rest) for _ in places)
        number = len(places) == 1 and piece == places[0] and type(own[0]) in (int, float)
        yield key, own[0] if number else _SPACE.sub(" ", piece % own if args else piece)


def _places(pattern: str) -> list[str]:
    return [place for place in _PLACE.findall(pattern) if place]


def _pieces(pattern: str) -> Iterator[tuple[str, str]]:
    """`action=a feed=%s text=%s: x=1` → (action, a), (feed, %s), (text, "%s: x=1"); nothing where it has no action."""
    found = list(_KEY.finditer(pattern))
    if not found or found[0].group(1) != "action" or found[0].start():
        return
    for number, match in enumerate(found):
        key, is_last = match.group(1), match.group(1) == "text" or number + 1 == len(found)
        end = len(pattern) if is_last else found[number + 1].start()
        yield key, pattern[match.end() : end]
        if is_last:
            return


def priority(level: int) -> str:
    """A level of logging as syslog has it, in the form that the journal takes off a line: `<3>`."""
    steps = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
    return next((f"<{number}>" for least, number in steps if level >= least), "<7>")


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Does the stream lead to the journal? JOURNAL_STREAM names it by device and inode (systemd.exec(5)), and may be
    left over from a parent whose stream it was.
    """
    named = environ.get("JOURNAL_STREAM", "")
    if not named:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file at all, or closed
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def set_up_logs(
    level: int,
    scrub: Callable[[str], str],
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Send all events of this level or above to `stream` (default: standard error), secrets masked by `scrub`."""
    out = stream or sys.stderr
    journal, form = is_journal(out, environ), environ.get("WIREWATCH_LOG") or FORMS[0]
    handler = logging.StreamHandler(out)
    if form == "json":
        handler.setFormatter(JsonLine(scrub, journal=journal))
    else:
        handler.setFormatter(OneLine(scrub, fold=not out.isatty(), journal=journal))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    hush(QUIET)
    if form not in FORMS:
        text = f"WIREWATCH_LOG is {form!r}; it may be {' or '.join(FORMS)}; logging goes on as text"
        logging.getLogger(__name__).warning("action=log_form_unknown text=%s", text)


def hush(names: Iterable[str]) -> None:
    """Let these libraries speak only of what someone may have to act on."""
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)


def _time_of(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
