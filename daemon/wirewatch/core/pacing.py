"""When to poll next, and why: between the feed's bounds, sooner after news, later in quiet, backed off after faults.

A feed is never disabled: the longest pause after faults is MAX_BACK_OFF, a server's own wish is kept up to MAX_WAIT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from wirewatch.core.watchlist import Pace

MAX_BACK_OFF = timedelta(hours=6)
MAX_WAIT = timedelta(days=1)  # a mistaken Retry-After of a year must not end the watch
SPREAD = 0.1  # share of the interval by which feeds of one start drift apart


@dataclass(frozen=True, slots=True)
class NextPoll:
    """interval: the pace learnt so far; due_at: the next visit; reason: why then, for people."""

    interval: timedelta
    due_at: datetime
    reason: str


def after_answer(interval: timedelta | None, pace: Pace, *, news: bool, now: datetime, jitter: float) -> NextPoll:
    """The next poll after a usable answer. jitter: a random value from 0 to 1."""
    before = interval if interval is not None else pace.shortest
    wanted = before / 2 if news else before * 1.25
    after = min(max(wanted, pace.shortest), pace.longest)
    reason = f"every {words(after)}: {'news last time' if news else 'nothing new last time'}"
    return NextPoll(after, now + after * (1 - SPREAD * jitter), reason)


def after_failure(
    interval: timedelta | None,
    pace: Pace,
    *,
    failures: int,
    retry_after: timedelta | None,
    now: datetime,
    jitter: float,
) -> NextPoll:
    """The next poll after a fault. failures: how many in a row, this one included; from 1."""
    base = interval if interval is not None else pace.shortest
    ceiling = max(MAX_BACK_OFF, pace.longest)
    pause = min(base * 2 ** min(failures - 1, 20), ceiling) * (1 + SPREAD * jitter)
    reason = f"in {words(pause)}: {failures} {'fault' if failures == 1 else 'faults'} in a row"
    if retry_after is not None and min(retry_after, MAX_WAIT) > pause:
        pause = min(retry_after, MAX_WAIT)
        reason = f"in {words(pause)}: the server asked us to wait"
    return NextPoll(base, now + pause, reason)


def words(span: timedelta) -> str:
    """A time span as people say it: "40 s", "5 min", "2 h", "3 days"."""
    seconds = round(span.total_seconds())
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"
