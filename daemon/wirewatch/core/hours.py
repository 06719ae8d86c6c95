"""When a receiver may be told: night hours, and the times of a digest. On the receiver's own clock.

A clock time that daylight saving leaves out stands for the moment that far into the gap; one that comes twice, for the
first of the two. So no digest is skipped and none comes twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which a receiver wants no message: from `start` until `end`, the next day where it is earlier."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Times:
    """The clock times of a digest. weekdays: 0 (Monday) to 6; empty: every day. at: at least one, in order."""

    at: tuple[time, ...]
    weekdays: frozenset[int] = frozenset()


def night_end(night: Night, zone: tzinfo, now: datetime) -> datetime | None:
    """When the night that `now` lies in is over (UTC); None by day."""
    local = now.astimezone(zone)
    for days in (-1, 0):
        day = local.date() + days * DAY
        start = _moment(day_time(day, night.start, zone))
        end = _moment(day_time(day if night.end > night.start else day + DAY, night.end, zone))
        if start <= now < end:
            return end
    return None


def next_time(times: Times, zone: tzinfo, after: datetime) -> datetime:
    """The first of the times that lies behind `after` (UTC)."""
    day = after.astimezone(zone).date() - DAY
    while True:
        if not times.weekdays or day.weekday() in times.weekdays:
            for at in times.at:
                moment = _moment(day_time(day, at, zone))
                if moment > after:
                    return moment
        day += DAY


def day_time(day: date, at: time, zone: tzinfo) -> datetime:
    """A clock time of a date, on the zone's clock."""
    return datetime.combine(day, at, tzinfo=zone)


def _moment(local: datetime) -> datetime:
    return local.astimezone(UTC)
