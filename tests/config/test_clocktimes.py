"""Night hours, digest times and budgets: how they are written, and what is said of those that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest

from wirewatch.config import clocktimes
from wirewatch.core.hours import Night, Times


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        pytest.param(clocktimes.night, "22:00-07:00", Night(time(22), time(7)), id="a night"),
        pytest.param(clocktimes.night, "9.30 to 17:05", Night(time(9, 30), time(17, 5)), id="in words, by day"),
        pytest.param(clocktimes.send, "daily 07:30 and 18:30", Times((time(7, 30), time(18, 30))), id="twice a day"),
        pytest.param(clocktimes.send, "daily 18:30, 7:30, 7:30", Times((time(7, 30), time(18, 30))), id="in order"),
        pytest.param(clocktimes.send, "weekly mon 08:00", Times((time(8),), frozenset({0})), id="weekly"),
        pytest.param(
            clocktimes.send, "Weekly Mon, thursday 08:00", Times((time(8),), frozenset({0, 3})), id="two days a week"
        ),
        pytest.param(clocktimes.budget, "10 an hour", 10, id="a budget"),
        pytest.param(clocktimes.budget, "3/hour", 3, id="a budget, in short"),
    ],
)
def test_it_is_read(read: Callable[[object], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        pytest.param(clocktimes.night, "22:00", "are no hours; write them like 22:00-07:00", id="one end"),
        pytest.param(clocktimes.night, "25:00-07:00", "'25:00' is no clock time; write it like 07:30", id="no hour"),
        pytest.param(clocktimes.night, "07:00-7:00", "is the whole day; write the hours of the night", id="all day"),
        pytest.param(clocktimes.send, "08:00", "are no times; write daily 07:30 and 18:30, or weekly", id="no rhythm"),
        pytest.param(clocktimes.send, "daily mon", "names no time; write one like 08:00", id="no time"),
        pytest.param(clocktimes.send, "daily mon 08:00", "is not clear; write daily 08:00, or weekly", id="both"),
        pytest.param(clocktimes.send, "weekly 08:00", "is not clear", id="weekly, without a day"),
        pytest.param(clocktimes.send, "weekly mondy 08:00", "is no day; did you mean 'monday'?", id="no day"),
        pytest.param(clocktimes.send, ["daily"], "expected text, found a list", id="a list"),
        pytest.param(clocktimes.budget, "many", "is no bound; write it like 10 an hour", id="no number"),
        pytest.param(clocktimes.budget, "0 an hour", "is no bound", id="nothing"),
    ],
)
def test_what_cannot_be_read_is_said_with_how_to_write_it(
    read: Callable[[object], object], text: object, said: str
) -> None:
    with pytest.raises(ValueError) as refused:
        read(text)
    assert said in str(refused.value)
