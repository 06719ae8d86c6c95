"""Texts that stand for clock times: night hours, the times of a digest, a budget an hour."""

from __future__ import annotations

import re
from datetime import time

from wirewatch.config.quantities import text_of
from wirewatch.config.suggest import did_you_mean, shown
from wirewatch.core.hours import Night, Times

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
_RANGE = re.compile(r"\s*(?:-|–|\bto\b)\s*")
_LIST = re.compile(r"\s*(?:,|\band\b)\s*")
_BUDGET = re.compile(r"([1-9][0-9]{0,3})\s*(?:an|per|/|in an)?\s*hour")
_SEND = re.compile(r"(daily|weekly)\s+(.+)", re.IGNORECASE)
_DAYS = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tuesday", "wed wednesday", "thu thursday", "fri friday", "sat saturday", "sun sunday")
    )
    for name in names.split()
}


def night(value: object) -> Night:
    """`22:00-07:00`."""
    text = text_of(value, "22:00-07:00")
    ends = _RANGE.split(text)
    if len(ends) != 2:
        raise ValueError(f"{shown(text)} are no hours; write them like 22:00-07:00")
    start, end = (_clock(one) for one in ends)
    if start == end:
        raise ValueError(f"{shown(text)} is the whole day; write the hours of the night")
    return Night(start, end)


def send(value: object) -> Times:
    """`daily 07:30 and 18:30`, `weekly mon 08:00`, `weekly mon, thu 08:00`."""
    text = text_of(value, "daily 07:30 and 18:30")
    found = _SEND.fullmatch(text)
    if found is None:
        raise ValueError(f"{shown(text)} are no times; write daily 07:30 and 18:30, or weekly mon 08:00")
    words = [word for word in _LIST.split(found[2].replace(" ", ",")) if word]
    days = [word for word in words if not word[:1].isdigit()]
    times = tuple(sorted({_clock(word) for word in words if word[:1].isdigit()}))
    if not times:
        raise ValueError(f"{shown(text)} names no time; write one like 08:00")
    if (found[1].lower() == "weekly") != bool(days):
        raise ValueError(f"{shown(text)} is not clear; write daily 08:00, or weekly mon 08:00")
    return Times(times, frozenset(_day(word) for word in days))


def budget(value: object) -> int:
    """`10 an hour`: 1 to 9,999."""
    text = text_of(value, "10 an hour")
    found = _BUDGET.fullmatch(text)
    if found is None:
        raise ValueError(f"{shown(text)} is no bound; write it like 10 an hour")
    return int(found[1])


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{shown(text)} is no clock time; write it like 07:30")
    return time(int(found[1]), int(found[2]))


def _day(word: str) -> int:
    try:
        return _DAYS[word.lower()]
    except KeyError as error:
        raise ValueError(f"{shown(word)} is no day; {did_you_mean(word.lower(), list(_DAYS), 'days')}") from error
