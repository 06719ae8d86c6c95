"""Night hours and digest times on a receiver's own clock, daylight saving included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.hours import Night, Times, next_time, night_end

LONDON, SEOUL = ZoneInfo("Europe/London"), ZoneInfo("Asia/Seoul")
NIGHT = Night(time(22), time(7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("night", "zone", "now", "end"),
    [
        pytest.param(NIGHT, LONDON, "2026-01-10T23:00", "2026-01-11T07:00", id="before midnight"),
        pytest.param(NIGHT, LONDON, "2026-01-10T03:00", "2026-01-10T07:00", id="after midnight"),
        pytest.param(NIGHT, LONDON, "2026-01-10T22:00", "2026-01-11T07:00", id="its first moment"),
        pytest.param(NIGHT, LONDON, "2026-01-10T07:00", None, id="its end is day"),
        pytest.param(NIGHT, LONDON, "2026-01-10T12:00", None, id="by day"),
        pytest.param(NIGHT, SEOUL, "2026-01-10T13:30", "2026-01-10T22:00", id="on the receiver's clock"),
        pytest.param(NIGHT, LONDON, "2026-07-10T21:30", "2026-07-11T06:00", id="in summer"),
        pytest.param(Night(time(12), time(14)), LONDON, "2026-01-10T13:00", "2026-01-10T14:00", id="within a day"),
        pytest.param(NIGHT, LONDON, "2026-03-28T23:00", "2026-03-29T06:00", id="the night that loses an hour"),
    ],
)
def test_a_night_ends_in_the_morning(night: Night, zone: ZoneInfo, now: str, end: str | None) -> None:
    assert night_end(night, zone, at(now)) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("times", "zone", "after", "then"),
    [
        pytest.param(Times((time(7, 30), time(18, 30))), LONDON, "2026-01-10T08:00", "2026-01-10T18:30", id="today"),
        pytest.param(Times((time(7, 30), time(18, 30))), LONDON, "2026-01-10T19:00", "2026-01-11T07:30", id="tomorrow"),
        pytest.param(Times((time(8),)), LONDON, "2026-01-10T08:00", "2026-01-11T08:00", id="never at once again"),
        pytest.param(Times((time(8),), frozenset({0})), LONDON, "2026-01-10T08:00", "2026-01-12T08:00", id="on Monday"),
        pytest.param(Times((time(8),)), SEOUL, "2026-01-10T00:00", "2026-01-10T23:00", id="on the receiver's clock"),
        pytest.param(Times((time(1, 30),)), LONDON, "2026-03-28T12:00", "2026-03-29T01:30", id="a time left out"),
        pytest.param(Times((time(1, 30),)), LONDON, "2026-10-24T12:00", "2026-10-25T00:30", id="the first of two"),
        pytest.param(Times((time(1, 30),)), LONDON, "2026-10-25T00:30", "2026-10-26T01:30", id="not the second"),
    ],
)
def test_a_digest_has_its_next_time(times: Times, zone: ZoneInfo, after: str, then: str) -> None:
    assert next_time(times, zone, at(after)) == at(then)


@given(
    st.integers(0, 525_600),
    st.times(),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_a_daily_digest_comes_once_a_day_in_every_zone(minutes: int, clock: time, zone: str) -> None:
    times, moment, days = Times((clock,)), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), []
    for _ in range(10):
        moment = next_time(times, ZoneInfo(zone), moment)
        days.append(moment.astimezone(ZoneInfo(zone)).date())
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 9
