"""Small words of a message: clock times, languages, outlets, sentences cut to size, subjects.

Pure: the receiver's zone comes in. How the words are laid out is `render.py`'s matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from wirewatch.core.model import Alert, AlertHit, Message, Notice, Prominence
from wirewatch.core.plaintext import clean_line
from wirewatch.core.watchlist import Priority
from wirewatch.notify.document import Line, Look, Run

DOTS: Final = "..."
# strftime would follow the locale of the process.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LANGUAGES: Final[dict[str, str]] = dict(
    re.findall(
        r"(\w+)=(\w+)",
        "ar=Arabic bg=Bulgarian bn=Bengali ca=Catalan cs=Czech da=Danish de=German el=Greek en=English es=Spanish "
        "et=Estonian fa=Persian fi=Finnish fr=French he=Hebrew hi=Hindi hr=Croatian hu=Hungarian id=Indonesian "
        "it=Italian ja=Japanese ko=Korean lt=Lithuanian lv=Latvian mn=Mongolian ms=Malay nl=Dutch no=Norwegian "
        "nb=Norwegian pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovenian sr=Serbian sv=Swedish "
        "sw=Swahili th=Thai tr=Turkish uk=Ukrainian ur=Urdu vi=Vietnamese zh=Chinese",
    )
)
SUBJECT_CHARS: Final = 200
MOST_GLOSSES: Final = 5
SPELLING: Final = "=*\"'"  # how a rule is written, not what it finds


def day(at: datetime, zone: tzinfo, today: datetime) -> str:
    """As in "3 June"; with the year where it is not that of `today`."""
    local = at.astimezone(zone)
    year = "" if local.year == today.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]}{year}"


def clock(at: datetime, zone: tzinfo, today: datetime) -> str:
    """As in "07:04"; with the day before it where it is not that of `today`. Never UTC, never "3 minutes ago"."""
    local = at.astimezone(zone)
    time = f"{local.hour:02}:{local.minute:02}"
    return time if local.date() == today.astimezone(zone).date() else f"{day(at, zone, today)} {time}"


def story_day(alert: Alert, zone: tzinfo) -> str:
    """As in "(of 3 June)" for a story older than a day when first seen, "(older news)" without a date; else empty."""
    if alert.published is not None and alert.seen_at - alert.published > timedelta(days=1):
        return f"(of {day(alert.published, zone, alert.seen_at)})"
    return "(older news)" if alert.older else ""


def topic_of(alert: Alert) -> str:
    """The heading topic, with the one word of priority before it: "Urgent: Yongbyon"."""
    title = clean_line(alert.hits[0].title) if alert.hits else "Wirewatch"
    return f"Urgent: {title}" if alert.priority is Priority.URGENT else title


def outlet_of(alert: Alert) -> str:
    """As in "World Desk (press, English)"; what is not known is left out."""
    kind = alert.kind.value.replace("-", " ") if alert.kind else ""
    facts = ", ".join(fact for fact in (kind, _language(alert.lang)) if fact)
    name = shorten(clean_line(alert.outlet or alert.feed), 80)
    return f"{name} ({facts})" if facts else name


def label_of(hit: AlertHit) -> str:
    """A topic that does not head the alert."""
    return clean_line(hit.title) + (" (in passing)" if hit.prominence is Prominence.PASSING else "")


def shorten(text: str, most: int) -> str:
    """At most `most` characters, cut at a word's end where one is near."""
    if len(text) <= most:
        return text
    cut = text[: max(most - len(DOTS), 0)]
    border = cut.rfind(" ")
    return ((cut[:border] if border > most // 2 else cut).rstrip() + DOTS)[:most]


def glossed(hit: AlertHit, most: int = 160) -> Line:
    """Names in other scripts with their English: `영변 (Yongbyon) · 북한 (North Korea)`; empty where there are none."""
    names = (f"{clean_line(rule).strip(SPELLING)} ({clean_line(gloss)})" for rule, gloss in hit.glosses[:MOST_GLOSSES])
    text = shorten(" · ".join(names), most)
    return (Run(text, Look.SMALL),) if text else ()


def quote(hit: AlertHit, most: int) -> Line:
    """The sentence in quotation marks, matched words marked; cut round the first of them to about `most` characters."""
    start, end = _window(hit, most)
    before = DOTS + " " if start > 0 else ""
    after = " " + DOTS if end < len(hit.sentence) else ""
    runs = [Run(f'"{before}')]
    at = start
    for first, last in sorted(hit.marks):
        first, last = max(first, at), min(last, end)
        if first < last:
            runs += (Run(_inner(hit.sentence[at:first])), Run(_inner(hit.sentence[first:last]), Look.MATCH))
            at = last
    runs += (Run(_inner(hit.sentence[at:end])), Run(f'{after}"'))
    return tuple(run for run in runs if run.text)


def subject_of(message: Message, zone: tzinfo) -> str:
    """One line; the first forty letters carry the news, for that is all that a phone shows."""
    if message.notices:
        return shorten(f"{watch_word(message.notices[0])}: {_first_sentence(message.notices)}", SUBJECT_CHARS)
    if len(message.alerts) != 1:
        return shorten(counts_of(message.alerts), SUBJECT_CHARS)
    alert = message.alerts[0]
    tail = story_day(alert, zone)
    head = shorten(f"{topic_of(alert)}: {headline_of(alert, SUBJECT_CHARS)}", SUBJECT_CHARS - len(tail) - 1)
    return f"{head} {tail}".rstrip()


def in_order(alerts: Sequence[Alert]) -> list[Alert]:
    """How alerts stand in one message: by priority, then topic, then time."""
    return sorted(alerts, key=lambda one: (-one.priority, topic_of(one), one.published or one.seen_at, one.id))


def headline_of(alert: Alert, most: int) -> str:
    return shorten(clean_line(alert.headline), most) or "(no headline)"


def watch_word(notice: Notice) -> str:
    return "Well again" if notice.kind.endswith("-well") else "Watch"


def counts_of(alerts: Sequence[Alert]) -> str:
    """As in "Urgent: Yongbyon 1, Trump–Kim 2, North Korea 8: 11 reports"; topics in the order of the message."""
    counted = Counter(clean_line(alert.hits[0].title) if alert.hits else "other" for alert in in_order(alerts))
    urgent = "Urgent: " if any(topic_of(alert).startswith("Urgent: ") for alert in alerts) else ""
    topics = ", ".join(f"{title} {count}" for title, count in counted.items())
    return f"{urgent}{shorten(topics, SUBJECT_CHARS - 40)}: {len(alerts)} reports"


def _first_sentence(notices: Sequence[Notice]) -> str:
    text = clean_line((notices[0].text or notices[0].subject).strip().split("\n", 1)[0])
    more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
    return shorten(text.split(". ", 1)[0].rstrip("."), SUBJECT_CHARS - 30) + more


def _window(hit: AlertHit, most: int) -> tuple[int, int]:
    length = len(hit.sentence)
    if length <= most:
        return 0, length
    first = min((mark[0] for mark in hit.marks), default=0)
    start = 0 if first < most * 2 // 3 else min(first - most // 3, length - most)
    border = hit.sentence.find(" ", start, first)
    start = border + 1 if start and border >= 0 else start
    end = min(start + most, length)
    border = hit.sentence.rfind(" ", end - most // 4, end)
    return start, border if end < length and border > first else end


def _inner(piece: str) -> str:
    """Cleaned like a line, but with the white space at its ends kept: it stands between two others."""
    line = clean_line(piece)
    head = " " if piece[:1].isspace() and line else ""
    tail = " " if piece[-1:].isspace() else ""
    return f"{head}{line}{tail}"


def _language(lang: str | None) -> str:
    if not lang:
        return ""
    code = lang.replace("_", "-").split("-", 1)[0].lower()
    return _LANGUAGES.get(code, clean_line(code)[:12])
