"""Retry-After: seconds and dates, in every form RFC 9110 knows, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirewatch.core.retry_after import MAX_WAIT, retry_after

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        pytest.param("120", timedelta(seconds=120), id="seconds"),
        pytest.param(" 0 ", timedelta(0), id="no wait, with spaces"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", HALF_A_MINUTE, id="date as it should be"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", HALF_A_MINUTE, id="date of RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", HALF_A_MINUTE, id="date of asctime, without a zone"),
        pytest.param("Sun, 06 Nov 1994 09:49:37 +0100", HALF_A_MINUTE, id="date in another zone"),
        pytest.param("Sun, 06 Nov 1994 08:00:00 GMT", timedelta(0), id="a date that has passed"),
        pytest.param("Sun, 06 Nov 2094 08:00:00 GMT", MAX_WAIT, id="a date a hundred years on"),
        pytest.param("99999999999999999999", MAX_WAIT, id="more seconds than a timedelta holds"),
        pytest.param("9" * 5000, MAX_WAIT, id="more digits than int() reads"),
        pytest.param("Sun, 06 Nov 99999 08:49:37 GMT", None, id="no such year"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("١٢", None, id="digits of another script"),
        pytest.param("soon", None, id="a word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_wait_is_read(value: str, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


@settings(deadline=None)  # other tests may hold the processor
@given(st.text())
def test_any_text_gives_a_wait_within_bounds_or_none(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= MAX_WAIT
