"""Logging: one event per line, `action=` first, no secret in any of them.

INFO is a change of state; WARNING means that someone may have to act. The same failure is said once, then counted.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TextIO

# Libraries that log their own view of our work, some of it with addresses and tokens.
QUIET = ("apprise", "apscheduler", "alembic", "watchfiles", "urllib3", "requests", "asyncio", "pebble")


class OneLine(logging.Formatter):
    """`2026-11-25T08:00:00Z WARNING wirewatch.poll action=… key=value`, a traceback folded into the same line.

    fold: False leaves line breaks as they are, for a person at a terminal.
    """

    def __init__(self, scrub: Callable[[str], str], *, fold: bool = True) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._scrub = scrub
        self._fold = fold

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        text = self._scrub(super().format(record)).replace("\r", "")
        return text.replace("\n", " | ") if self._fold else text


def set_up_logs(level: int, scrub: Callable[[str], str], stream: TextIO | None = None) -> None:
    """Send all events of this level or above to `stream` (default: standard error), secrets masked by `scrub`."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(OneLine(scrub, fold=not out.isatty()))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    hush(QUIET)


def hush(names: Iterable[str]) -> None:
    """Let these libraries speak only of what someone may have to act on."""
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)
