"""Is the watch well? Each trouble is a sentence that says what is wrong and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from wirewatch.core.model import Notice
from wirewatch.store.overview import Overview

LONGEST_WAIT = timedelta(minutes=30)
LONGEST_WITHOUT_POLL = timedelta(hours=6, minutes=30)  # `poll: seldom` asks every six hours
START_UP = timedelta(minutes=10)


def troubles_of(
    seen: Overview, running: bool, refused: Sequence[str], now: datetime, since: datetime | None
) -> tuple[str, ...]:
    """In the order of weight. since: when the daemon started, None where none runs."""
    return tuple(_troubles(seen, running, refused, now, since))


def _troubles(
    seen: Overview, running: bool, refused: Sequence[str], now: datetime, since: datetime | None
) -> Iterator[str]:
    if not running:
        yield "no daemon runs on this database; start it: wirewatch run, or systemctl start wirewatch"
    if refused:
        yield f"the last edit of the watchlist is not live ({_count(len(refused), 'error')}); see: wirewatch check"
    yield from _ears(seen, running, now, since)
    if seen.oldest is not None and now - seen.oldest > LONGEST_WAIT:
        minutes = int((now - seen.oldest).total_seconds() // 60)
        waiting = _count(seen.waiting, "message")
        yield f"{waiting} waiting, the first for {minutes} minutes; see: wirewatch alerts --state waiting"
    if seen.given_up_lately:
        what = _count(seen.given_up_lately, "message")
        yield f"{what} given up in the last 7 days; see: wirewatch alerts --state 'given up', and: wirewatch retry"


def _ears(seen: Overview, running: bool, now: datetime, since: datetime | None) -> Iterator[str]:
    if not seen.feeds:
        yield "no feed is watched; add one: wirewatch feeds add ADDRESS"
    elif seen.failing and len(seen.failing) == seen.feeds:
        yield "no feed answers: this looks like our own network; see: wirewatch doctor"
    elif seen.failing:
        names = ", ".join(name for name, _, _ in seen.failing[:3])
        more = "" if len(seen.failing) <= 3 else f" and {len(seen.failing) - 3} more"
        yield f"{_count(len(seen.failing), 'feed')} of {seen.feeds} failing: {names}{more}; see: wirewatch feeds"
    if running and since is not None and seen.feeds:
        last = max((at for at in (seen.polled_at, since) if at is not None), default=since)
        if now - last > LONGEST_WITHOUT_POLL or (seen.polled_at is None and now - since > START_UP):
            yield "no feed was asked for a long time: the polling may stand still; restart the daemon and report this"


def well_since(notices: Sequence[Notice], troubles: Sequence[str], started: datetime | None) -> datetime | None:
    """Since when it is as it is: not well since the oldest open notice, well since the daemon's start."""
    if troubles:
        return min((notice.since for notice in notices), default=None)
    return started


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
