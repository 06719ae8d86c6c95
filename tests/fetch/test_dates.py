"""Dates as feeds print them become moments in UTC, or nothing; never a guess."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.fetch.dates import read_date


@pytest.mark.parametrize(
    ("printed", "utc"),
    [
        pytest.param("Tue, 25 Nov 2025 16:10:05 +0900", "2025-11-25 07:10:05", id="RFC 2822"),
        pytest.param("25 Nov 25 16:10 GMT", "2025-11-25 16:10:00", id="RFC 822, two-digit year, no seconds"),
        pytest.param("Tue, 25 Nov 2025 16:10:05 KST", "2025-11-25 07:10:05", id="KST, which feedparser takes for UTC"),
        pytest.param("Tue, 25 Nov 2025 16:10:05 CEST", "2025-11-25 14:10:05", id="CEST, too"),
        pytest.param("Tue, 25 Nov 2025 16:10:05 EST", "2025-11-25 21:10:05", id="EST"),
        pytest.param("Tue, 25 Nov 2025 16:10:05 GMT+9", "2025-11-25 07:10:05", id="GMT+9"),
        pytest.param("Tue, 25 Nov 2025 16:10:05 +0000 (UTC)", "2025-11-25 16:10:05", id="a remark after the zone"),
        pytest.param("Tuesday, 25 November 2025 4:10 PM EST", "2025-11-25 21:10:00", id="whole names, twelve hours"),
        pytest.param("November 25, 2025 - 16:10", "2025-11-25 16:10:00", id="month first"),
        pytest.param("Wed, Oct 09 2019 00:00:00 GMT", "2019-10-09 00:00:00", id="day and month swapped"),
        pytest.param("03 Apr 02 1500 GMT", "2002-04-03 15:00:00", id="no colon in the time"),
        pytest.param("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24 22:42:40", id="Portuguese"),
        pytest.param("mar., 25 févr. 2025 08:00:00 +0100", "2025-02-25 07:00:00", id="French"),
        pytest.param("Di, 04 Mär 2025 08:00:00 +0100", "2025-03-04 07:00:00", id="German"),
        pytest.param("25 ноября 2025, 16:10", "2025-11-25 16:10:00", id="Russian"),
        pytest.param("2025-11-25T16:10:05Z", "2025-11-25 16:10:05", id="RFC 3339"),
        pytest.param("2025-11-25T16:10:05.123456+09:00", "2025-11-25 07:10:05", id="with fractions"),
        pytest.param("2025-11-25T16:10:05-03:30", "2025-11-25 19:40:05", id="half hours west, which feedparser halves"),
        pytest.param("2025-11-25 16:10:05 +0930", "2025-11-25 06:40:05", id="a space and no colon"),
        pytest.param("2025-11-25", "2025-11-25 00:00:00", id="a day alone"),
        pytest.param("2025/11/25 16:10", "2025-11-25 16:10:00", id="slashes"),
        pytest.param("2025.11.25. 오후 4:10", "2025-11-25 07:10:00", id="Korean, afternoon"),
        pytest.param("2025년 11월 25일 16:10:05", "2025-11-25 07:10:05", id="Korean words"),
        pytest.param("20251125161005", "2025-11-25 16:10:05", id="digits alone"),
        pytest.param("Tue, 11/25/2025 - 16:10", "2025-11-25 16:10:00", id="American, as the IAEA's software prints it"),
        pytest.param("Tue, 03/06/2025 - 16:10", "2025-06-03 16:10:00", id="the weekday tells day from month"),
        pytest.param("25-11-25 16:10", "2025-11-25 16:10:00", id="two-digit year first"),
        pytest.param("25.11.2025 16:10", "2025-11-25 16:10:00", id="dots"),
        pytest.param("1764087005", "2025-11-25 16:10:05", id="seconds since 1970"),
        pytest.param("1764087005123", "2025-11-25 16:10:05", id="milliseconds since 1970"),
    ],
)
def test_a_date_is_read_as_a_person_would_read_it(printed: str, utc: str) -> None:
    assert read_date(printed) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param("", id="nothing"),
        pytest.param("yesterday", id="a word"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", id="the epoch means no date"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +0000", id="the year 1"),
        pytest.param("9999-12-31T23:59:59Z", id="the year 9999"),
        pytest.param("31 Feb 2025 10:00:00 GMT", id="a day that does not exist"),
        pytest.param("2025-11-25T25:00:00Z", id="an hour that does not exist"),
        pytest.param("03/04/2025 10:00", id="March or April?"),
        pytest.param("12 Foo 2025 10:00", id="a month of no language"),
    ],
)
def test_what_is_no_date_is_none_and_no_guess(printed: str) -> None:
    assert read_date(printed) is None


def test_another_reading_helps_where_ours_knows_none() -> None:
    assert read_date("Κυρ, 11 Ιούλ 2004 12:00:00", (2004, 7, 11, 12, 0, 0, 6, 193, 0)) == datetime(
        2004, 7, 11, 12, tzinfo=UTC
    )
    assert read_date("?", (1, 1, 1, 0, 0, 0)) is None


@given(st.text() | st.text(alphabet="0123456789-:/. TZ+GMTnovMoy,오전년월일", max_size=40))
def test_no_text_is_too_odd_for_it(printed: str) -> None:
    moment = read_date(printed)
    assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2100)
