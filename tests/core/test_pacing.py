"""When to poll next: between the feed's bounds, backed off after faults, never disabled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.pacing import MAX_BACK_OFF, MAX_WAIT, after_answer, after_failure, words
from wirewatch.core.watchlist import Pace

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
PACE = Pace(timedelta(minutes=5), timedelta(minutes=30))


@pytest.mark.parametrize(
    ("interval", "news", "expected"),
    [
        pytest.param(None, False, 6.25, id="starts at the shortest interval"),
        pytest.param(timedelta(minutes=20), True, 10, id="news: twice as often"),
        pytest.param(timedelta(minutes=6), True, 5, id="never sooner than the shortest"),
        pytest.param(timedelta(minutes=29), False, 30, id="never later than the longest"),
    ],
)
def test_the_pace_follows_the_news(interval: timedelta | None, news: bool, expected: float) -> None:
    upcoming = after_answer(interval, PACE, news=news, now=NOW, jitter=0)
    assert upcoming.interval == timedelta(minutes=expected)
    assert upcoming.due_at == NOW + timedelta(minutes=expected)


def test_the_reason_of_the_next_poll_is_said() -> None:
    assert after_answer(None, PACE, news=True, now=NOW, jitter=0).reason == "every 5 min: news last time"
    assert after_answer(None, PACE, news=False, now=NOW, jitter=0).reason == "every 6 min: nothing new last time"


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (4, 40), (40, MAX_BACK_OFF.total_seconds() / 60)])
def test_faults_back_off_but_never_for_ever(failures: int, minutes: float) -> None:
    upcoming = after_failure(None, PACE, failures=failures, retry_after=None, now=NOW, jitter=0)
    assert upcoming.due_at == NOW + timedelta(minutes=minutes)
    assert str(failures) in upcoming.reason


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        pytest.param(timedelta(minutes=50), timedelta(minutes=50), id="kept"),
        pytest.param(timedelta(seconds=3), timedelta(minutes=5), id="sooner than we would come: our own pause"),
        pytest.param(timedelta(days=365), MAX_WAIT, id="a year is a mistake: a day"),
    ],
)
def test_retry_after_is_honoured(asked: timedelta, kept: timedelta) -> None:
    upcoming = after_failure(None, PACE, failures=1, retry_after=asked, now=NOW, jitter=0)
    assert upcoming.due_at == NOW + kept


@given(
    interval=st.none() | st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3)),
    news=st.booleans(),
    jitter=st.floats(0, 1),
)
def test_the_next_poll_is_always_within_the_bounds(interval: timedelta | None, news: bool, jitter: float) -> None:
    upcoming = after_answer(interval, PACE, news=news, now=NOW, jitter=jitter)
    assert PACE.shortest * 0.9 <= upcoming.due_at - NOW <= PACE.longest


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_spans_are_said_as_people_say_them(span: timedelta, said: str) -> None:
    assert words(span) == said
