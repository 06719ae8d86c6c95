"""Durations, sizes, rhythms and the like: how they may be written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.config.quantities import duration, older_news, pace, size_bytes, zone
from wirewatch.core.watchlist import OlderNews, Pace


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90 s", 90), ("5 min", 300), ("2h", 7200), ("1 day", 86_400), ("400 days", 34_560_000), ("1 h 30 min", 5400),
        ("1.5 hours", 5400), ("2 weeks", 1_209_600), ("0 s", 0), ("5 MIN", 300),
    ],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "min", "5 fortnights", "-5 min", "5 min x", "99999 weeks", "٥ min", "1e3 s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="; write"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("500 kB", 500_000), ("2 GB", 2_000_000_000), ("64MiB", 2**26), ("1.5 MB", 1_500_000), ("1 B", 1)],
)
def test_a_size_is_a_number_and_a_unit(text: str, count: int) -> None:
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", ["2", "0 MB", "-1 MB", "2 GBit", "999999999999 TiB"])
def test_anything_else_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="; write"):
        size_bytes(text)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        pytest.param("often", 120, 300, id="often"),
        pytest.param("normal", 300, 1800, id="normal"),
        pytest.param("seldom", 3600, 21_600, id="seldom"),
        pytest.param("10 min", 600, 600, id="one time"),
        pytest.param("1 s", 1, 1, id="every second"),
        pytest.param("2-10 min", 120, 600, id="a range in one unit"),
        pytest.param("2.5–10 min", 150, 600, id="a range with a dash of print"),
        pytest.param("90 s - 1 h", 90, 3600, id="a range in two units"),
        pytest.param("1 s to 1 h", 1, 3600, id="a range in words"),
        pytest.param({"from": "1 s", "to": "1 h"}, 1, 3600, id="from and to"),
    ],
)
def test_a_rhythm_is_a_word_a_time_or_two_bounds(written: object, first: int, last: int) -> None:
    assert pace(written) == Pace(timedelta(seconds=first), timedelta(seconds=last))


@pytest.mark.parametrize(
    "written",
    [
        "sometimes",
        "10",
        "10-2 min",
        "0 s",
        "0.5 s",
        "31 days",
        "1-2-3 min",
        "",
        "often-seldom",
        {"from": "1 s"},
        ["1 s"],
        None,
    ],
)
def test_anything_else_is_no_rhythm(written: object) -> None:
    with pytest.raises(ValueError, match="; "):
        pace(written)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("none", OlderNews()),
        ("all", OlderNews(everything=True)),
        ("newest 5", OlderNews(newest=5)),
        ("last 24h", OlderNews(last=timedelta(hours=24))),
    ],
)
def test_older_news_is_one_of_four(text: str, value: OlderNews) -> None:
    assert older_news(text) == value


@pytest.mark.parametrize("text", ["Europe", "../etc/passwd", "/etc/localtime", "europe/london", "", "x\0y"])
def test_only_zones_of_the_database_are_zones(text: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(text)


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    for read in (duration, size_bytes, pace, older_news, zone):
        try:
            read(text)
        except ValueError as error:
            assert "; " in str(error)
