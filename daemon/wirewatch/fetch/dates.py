"""Dates as feeds print them. feedparser's own reading is the last resort: it takes KST, CEST or MSK for UTC, loses the
minutes of "-03:30", and knows no month but the English. Never raises; what cannot be read is None, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

# Feeds did not exist before; 0001, 1900 and 1970 are what programs print for "no date".
_YEARS: Final = range(1990, 2101)

_ZONE: Final = r"(?P<zone>[a-z]+/[a-z]+|(?:gmt|utc)?\s*[+-]\d{1,2}:?(?:\d\d)?|[a-z]{1,5})?(?:\s*\([^)]*\))?"
_TIME: Final = (
    r"(?:(?P<half>[ap]\.?m\.?|오전|오후)\s*)?(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})"
    r"(?:[.,]\d+)?)?|(?P<short>\d\d))?\s*(?P<late>[ap]\.?m\b\.?)?\s*" + _ZONE
)
_LEAD: Final = r"(?:(?P<weekday>[^\W\d]+)\.?,?\s+)?"


def _pattern(date: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{date}(?:[,\s-]+{_TIME})?\s*", re.IGNORECASE)


_ISO: Final = re.compile(
    rf"\s*(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}})\.?(?:(?:\s*T\s*|[,\s-]+){_TIME})?\s*",
    re.IGNORECASE,
)
_PATTERNS: Final = (
    # RFC 822/2822 with every liberty: no weekday, names in other languages, two-digit years, no seconds, no zone.
    _pattern(_LEAD + r"(?P<day>\d{1,2})[.\s-]+(?:de\s+)?(?P<name>[^\W\d]+)\.?,?[\s-]+(?:de\s+)?(?P<year>\d{4}|\d\d)"),
    _ISO,
    _pattern(_LEAD + r"(?P<name>[^\W\d]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"),
    _pattern(_LEAD + r"(?P<first>\d{1,2})[/.](?P<other>\d{1,2})[/.](?P<year>\d{4})"),
    _pattern(r"(?P<year>\d\d)-(?P<month>\d\d)-(?P<day>\d\d)"),
    _pattern(r"(?P<year>\d{4})\s*(?P<korean>년|年)\s*(?P<month>\d{1,2})\s*(?:월|月)\s*(?P<day>\d{1,2})\s*(?:일|日)"),
    re.compile(
        r"\s*(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
        r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z)?)?\s*"
    ),
)
_EPOCH: Final = re.compile(r"\s*(\d{10})(?:\d{3})?\s*")

# Beginnings that tell a month in English, German, French, Spanish, Portuguese, Italian, Dutch, Indonesian, Russian.
_MONTHS: Final = (
    ("jan", "ene", "gen", "янв"),
    ("feb", "fév", "fev", "фев"),
    ("mar", "mär", "mrt", "мар"),
    ("apr", "avr", "abr", "апр"),
    ("may", "mai", "mag", "mei", "май", "мая"),
    ("jun", "juin", "giu", "июн"),
    ("jul", "juil", "lug", "июл"),
    ("aug", "aoû", "ago", "agu", "авг"),
    ("sep", "set", "сен"),
    ("oct", "okt", "out", "ott", "окт"),
    ("nov", "ноя"),
    ("dec", "déc", "dez", "dic", "des", "дек"),
)
_MONTH_OF: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Hours east of UTC. Of ambiguous names (CST, IST, BST) the meaning that feeds use most.
_NAMES_OF: Final = {
    0: "ut utc gmt z wet",
    1: "west bst cet met mez",
    2: "cest mest mesz eet cat sast",
    3: "eest msk eat trt idt",
    4: "gst",
    5: "pkt",
    5.5: "ist",
    5.75: "npt",
    7: "wib ict",
    8: "wita hkt sgt pht awst",
    9: "kst jst wit",
    9.5: "acst",
    10: "aest",
    10.5: "acdt",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
    -2.5: "ndt",
    -3: "adt brt art",
    -3.5: "nst",
    -4: "edt ast",
    -5: "cdt est et",
    -6: "mdt cst ct",
    -7: "pdt mst mt",
    -8: "pst pt",
    -9: "akst",
    -10: "hst",
}
_ZONES: Final = {name: hours for hours, names in _NAMES_OF.items() for name in names.split()}
_KOREA: Final = timedelta(hours=9)


def read_date(text: str, otherwise: tuple[int, ...] | None = None) -> datetime | None:
    """The moment that a feed prints, as aware UTC in whole seconds; without a zone it is taken for UTC.

    otherwise: another reading (year, month, day, hour, minute, second in UTC, more is ignored) where ours knows none.
    None where nothing can be read, the date does not exist, or its year is not from 1990 to 2100. Korean forms are KST.
    Sources: RFC 2822 section 3.3, RFC 3339, and the feeds that print otherwise.
    """
    if epoch := _EPOCH.fullmatch(text[:100]):
        return _bounded(lambda: datetime.fromtimestamp(int(epoch[1]), UTC))
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text[:100])
        moment = _bounded(partial(_moment, match)) if match else None
        if moment is not None:
            return moment
    if otherwise is None:
        return None
    return _bounded(lambda: datetime(*otherwise[:6], tzinfo=UTC))  # type: ignore[arg-type, misc]


def _bounded(read: Callable[[], datetime]) -> datetime | None:
    try:
        moment = read()
    except (ValueError, OverflowError):  # the 31st of February, hour 25, a month of no language that we know
        return None
    return moment if moment.year in _YEARS else None


def _moment(match: re.Match[str]) -> datetime:
    part = match.groupdict()
    year = int(part["year"])
    if len(part["year"]) == 2:
        year += 1900 if year >= 90 else 2000
    month, day = _month_and_day(part, year)
    half = (part.get("half") or part.get("late") or "").lower()
    hour = int(part["hour"] or 0)
    if half.startswith(("p", "오후")):
        hour = hour % 12 + 12
    elif half:
        hour %= 12
    minute = int(part["minute"] or part.get("short") or 0)
    second = min(int(part["second"] or 0), 59)  # a leap second
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _offset(part, half)


def _month_and_day(part: dict[str, str | None], year: int) -> tuple[int, int]:
    if name := part.get("name"):
        return _month(name), int(part["day"] or 0)
    if "first" not in part:
        return int(part["month"] or 0), int(part["day"] or 0)
    first, other = int(part["first"] or 0), int(part["other"] or 0)
    weekday = (part["weekday"] or "")[:3].lower()
    if weekday in _WEEKDAYS and first <= 12 and other <= 12:
        american = datetime(year, first, other, tzinfo=UTC).weekday() == _WEEKDAYS.index(weekday)
        return (first, other) if american else (other, first)
    if first <= 12 and other <= 12 and first != other:
        raise ValueError("the third of April or the fourth of March")
    return (first, other) if other > 12 else (other, first)


def _month(name: str) -> int:
    name = name.lower()
    number = _MONTH_OF.get(name[:3]) or _MONTH_OF.get(name[:4])
    if number is None:
        raise ValueError(f"no month: {name}")
    return number


def _offset(part: dict[str, str | None], half: str) -> timedelta:
    zone = (part.get("zone") or "").lower().replace(" ", "").removeprefix("etc/")
    if not zone:
        return _KOREA if part.get("korean") == "년" or half.startswith("오") else timedelta()
    if sign := re.search(r"([+-])(\d{1,2}):?(\d\d)?$", zone):
        offset = timedelta(hours=int(sign[2]), minutes=int(sign[3] or 0))
        return -offset if sign[1] == "-" else offset
    return timedelta(hours=_ZONES.get(zone, 0))
