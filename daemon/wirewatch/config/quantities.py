"""Texts that stand for quantities and choices: durations, sizes, rhythms, dates, zones. Each says how it is written.

Every function takes what the file says (text, list or dict) and raises ValueError with "what is wrong; what to do".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from zoneinfo import available_timezones

from wirewatch.config.suggest import did_you_mean, shown
from wirewatch.core.watchlist import Block, Expect, OlderNews, Pace, Priority

SHORTEST_POLL = timedelta(seconds=1)
LONGEST_POLL = timedelta(days=30)
LONGEST = timedelta(days=36_500)

RHYTHMS: Mapping[str, Pace] = {
    "often": Pace(timedelta(minutes=2), timedelta(minutes=5)),
    "normal": Pace(timedelta(minutes=5), timedelta(minutes=30)),
    "seldom": Pace(timedelta(hours=1), timedelta(hours=6)),
}
PRIORITIES: Mapping[str, Priority] = {priority.name.lower(): priority for priority in Priority}

_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_BYTES = {
    "b": 1, "byte": 1, "bytes": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_DURATION_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z]+)\s*")
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([A-Za-z]+)")
_RANGE = re.compile(r"\s*(?:-|–|\bto\b)\s*")
_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")


def text_of(value: object, example: str) -> str:
    """The text that was written, where a text is wanted."""
    if not isinstance(value, str):
        raise ValueError(
            f"expected text, found {'a list' if isinstance(value, list) else 'keys'}; write it like {example}"
        )
    return value.strip()


def duration(value: object) -> timedelta:
    """`90 s`, `5 min`, `2h`, `1 h 30 min`, `400 days`; from 0 to a hundred years."""
    text = text_of(value, "5 min")
    total = timedelta()
    at = 0
    while part := _DURATION_PART.match(text, at):
        if part[2].lower() not in _SECONDS:
            break
        total += timedelta(seconds=float(part[1]) * _SECONDS[part[2].lower()])
        at = part.end()
        if total > LONGEST:
            raise ValueError(f"{shown(text)} is longer than a hundred years; write a shorter time")
    if at < len(text) or not text:
        raise ValueError(f"{shown(text)} is not a duration; write a number and a unit, like 90 s, 5 min, 2 h or 1 day")
    return total


def some_time(value: object) -> timedelta:
    """A duration above zero."""
    found = duration(value)
    if not found:
        raise ValueError("must be longer than nothing; write a time like 5 min")
    return found


def size_bytes(value: object) -> int:
    """`500 MB`, `2 GB`, `64 MiB`; whole bytes above zero."""
    text = text_of(value, "2 GB")
    found = _SIZE.fullmatch(text)
    if not found or found[2].lower() not in _BYTES:
        raise ValueError(f"{shown(text)} is not a size; write a number and a unit, like 500 MB or 2 GB")
    count = int(float(found[1]) * _BYTES[found[2].lower()])
    if count < 1 or count > 10**18:
        raise ValueError(f"{shown(text)} is out of range; write a size like 500 MB or 2 GB")
    return count


def pace(value: object) -> Pace:
    """`often`, `normal`, `seldom`, one duration, `2-10 min`, or `{from: 1 s, to: 1 h}`; 1 s to 30 days."""
    if isinstance(value, dict):
        return _pace_between(value)
    text = text_of(value, "normal, 10 min, 2-10 min or {from: 2 min, to: 1 h}")
    if text in RHYTHMS:
        return RHYTHMS[text]
    if not text[:1].isdigit():
        raise ValueError(f"{shown(text)} is not a rhythm; write often, normal, seldom, 10 min or 2-10 min")
    ends = _RANGE.split(text)
    if len(ends) > 2:
        raise ValueError(f"{shown(text)} is not a rhythm; write two times at most, like 2-10 min")
    last = duration(ends[-1])
    first = ends[0] if not ends[0].replace(".", "").isdigit() else ends[0] + ends[-1].lstrip("0123456789. ")
    return _pace(duration(first), last)


def _pace_between(value: Mapping[object, object]) -> Pace:
    if set(value) != {"from", "to"}:
        raise ValueError("needs exactly the keys 'from' and 'to'; write {from: 2 min, to: 1 h}")
    return _pace(duration(value["from"]), duration(value["to"]))


def _pace(shortest: timedelta, longest: timedelta) -> Pace:
    if shortest > longest:
        raise ValueError("the bounds are reversed; write the shorter time first")
    if shortest < SHORTEST_POLL or longest > LONGEST_POLL:
        raise ValueError("out of range; a feed is polled every 1 s at the soonest and every 30 days at the latest")
    return Pace(shortest, longest)


def older_news(value: object) -> OlderNews:
    """`none`, `newest 5`, `last 24h` or `all`."""
    text = text_of(value, "newest 5")
    word, _, rest = text.partition(" ")
    if text == "none":
        return OlderNews()
    if text == "all":
        return OlderNews(everything=True)
    if word == "last" and rest:
        return OlderNews(last=some_time(rest))
    if word == "newest" and re.fullmatch("[1-9][0-9]{0,5}", rest.strip()):
        return OlderNews(newest=int(rest))
    raise ValueError(f"{shown(text)} is not known; write none, newest 5, last 24h or all")


def priority(value: object) -> Priority:
    """`low`, `normal`, `high` or `urgent`."""
    text = text_of(value, "high")
    if text not in PRIORITIES:
        raise ValueError(f"unknown priority {shown(text)}; {did_you_mean(text, PRIORITIES, 'priorities')}")
    return PRIORITIES[text]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(value: object) -> str:
    """A name of the IANA time zone database, like Europe/London or UTC."""
    text = text_of(value, "Europe/London")
    if text not in _zones():
        near = did_you_mean(text, _zones(), "time zones")
        cure = near if near.startswith("did") else "write one like Europe/London, Asia/Seoul or UTC"
        raise ValueError(f"unknown time zone {shown(text)}; {cure}")
    return text


def language(value: object) -> str:
    """A language tag (RFC 5646) in lower case: `ko`, `zh-hant`."""
    text = text_of(value, "ko")
    if not _LANG.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a language; write a code like en, ko or zh-Hant")
    return text.lower()


def day(value: object) -> date:
    """A date as 2026-12-31."""
    text = text_of(value, "2026-12-31")
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no day {shown(text)}; write year-month-day, like 2026-12-31") from error
    raise ValueError(f"{shown(text)} is not a date; write year-month-day, like 2026-12-31")


def network(value: object) -> str:
    """A range of addresses (CIDR) or one address: 10.0.0.0/8, fd00::/8, 192.168.1.10."""
    text = text_of(value, "10.0.0.0/8")
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"{shown(text)} is not a network; write one like 10.0.0.0/8 or 192.168.1.10") from error


_WITHIN = re.compile(r"([0-9]{1,4})\s*(?:words?)?")
_EXPECT = re.compile(r"([0-9]{1,5})\s*(?:(?:-|–|\bto\b)\s*([0-9]{1,5}))?\s*(?:stor(?:y|ies))?\s*(?:(?:a|per)\s+day)?")


def within(value: object) -> int | Block:
    """`12 words`, `sentence` or `paragraph`; 0 to 1,000 words."""
    text = text_of(value, "paragraph")
    if text in tuple(Block):
        return Block(text)
    words = _WITHIN.fullmatch(text)
    if words is None or int(words[1]) > 1_000:
        raise ValueError(f"{shown(text)} is no distance; write 12 words (up to 1000), sentence or paragraph")
    return int(words[1])


def expect(value: object) -> Expect:
    """`0 to 6 stories a day`, `20-80`; one number is the most."""
    text = text_of(value, "0 to 6 stories a day")
    found = _EXPECT.fullmatch(text)
    if found is None:
        raise ValueError(f"{shown(text)} cannot be read; write it like 0 to 6 stories a day")
    least, most = (int(found[1]), int(found[2])) if found[2] else (0, int(found[1]))
    if least > most:
        raise ValueError(f"{shown(text)} begins with the larger number; write {most} to {least} stories a day")
    return Expect(least, most)
