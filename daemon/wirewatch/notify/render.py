"""What a message says, and how: mail (long) or chat (five lines), in text, HTML and Markdown, cut to a limit.

Pure: a message, the desk's card and a time zone in; strings out. How alerts read follows the desk's wishes: first the
headline, outlet, time and link, then the sentence with the words, then the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from wirewatch.core.model import Alert, Message, Notice
from wirewatch.core.plaintext import clean_line
from wirewatch.core.urls import safe_link
from wirewatch.notify.document import (
    Block,
    Line,
    Look,
    Run,
    Writer,
    as_chat_html,
    as_chat_text,
    as_html,
    as_markdown,
    as_text,
)
from wirewatch.notify.sender import DeskCard
from wirewatch.notify.wording import (
    clock,
    counts_of,
    glossed,
    headline_of,
    in_order,
    label_of,
    outlet_of,
    quote,
    shorten,
    story_day,
    subject_of,
    topic_of,
    watch_word,
)

MAIL_CHARS: Final = 100_000  # Gmail hides what is beyond 102 kB
CHAT_CHARS: Final = 4_000  # a chat is read while walking, also where the service takes more
ALERT_CHARS: Final = 500  # one alert in a chat, its address not counted
MORE_ALERTS: Final = "wirewatch alerts"
MORE_NOTICES: Final = "see the log"


_Parts = tuple[list[Block], list[Block], list[Block]]  # head, items in order of weight, foot


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be sent. html and markdown: None where that medium does not use them."""

    subject: str
    text: str
    html: str | None = None
    markdown: str | None = None


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of one alert is said in a chat: characters of headline and sentence; the small line; outlet and link."""

    headline: int
    sentence: int
    small: bool = True
    outlet: bool = True
    link: bool = True


# From everything to what fits into a text message of 140 characters.
_ROOMS: Final = (
    _Room(250, 300),
    _Room(200, 160),
    _Room(160, 100),
    _Room(160, 60, small=False),
    _Room(120, 0, small=False),
    _Room(80, 0, small=False, outlet=False),
    _Room(90, 0, small=False, outlet=False, link=False),
    _Room(40, 0, small=False, outlet=False, link=False),
)


def render_mail(message: Message, desk: DeskCard, zone: tzinfo, most: int = MAIL_CHARS) -> Rendered:
    """The long form: mail and console. most: characters of each part."""
    parts = _mail_parts(message, desk, zone)
    text = _fit(parts, as_text, most) + "\n"
    return Rendered(subject_of(message, zone), text, html=_fit(parts, as_html, most))


def render_chat(
    message: Message, desk: DeskCard, zone: tzinfo, most: int = CHAT_CHARS, *, titled: bool = False
) -> Rendered:
    """The short form. most: characters the service takes; titled: it shows the subject above the text by itself."""
    most = min(most, CHAT_CHARS)

    def spell(write: Writer, linked: bool, headed: bool) -> str:
        if len(message.alerts) == 1:
            return _fit_alert(message, desk, zone, write, most, linked=linked, headed=headed)
        return _fit(_chat_parts(message, desk, zone, linked=linked), write, most)

    return Rendered(
        subject_of(message, zone),
        text=spell(as_chat_text, False, not titled),
        html=spell(as_chat_html, True, True),
        markdown=spell(as_markdown, True, True),
    )


def _mail_parts(message: Message, desk: DeskCard, zone: tzinfo) -> _Parts:
    if message.notices:
        return [], [_notice(notice) for notice in message.notices], [_signature((), message, desk)]
    if len(message.alerts) == 1:
        alert = message.alerts[0]
        rest = _also(alert)
        blocks = [_mail_head(alert, message, zone), *_quoted(alert, 400), *([rest] if rest else [])]
        return blocks, [], [_signature((_why(alert, message),), message, desk)]
    items: list[Block] = []
    topic = ""
    for alert in in_order(message.alerts):
        heading: Block = () if topic_of(alert) == topic else (_heading(topic_of(alert)), ())
        topic = topic_of(alert)
        items.append(
            (*heading, *_mail_head(alert, message, zone), *(line for part in _quoted(alert, 300) for line in part))
        )
    why = f"You get this because {_routes(message.alerts)} to {message.receiver}."
    return [(_heading(counts_of(message.alerts)),)], items, [_signature((why,), message, desk)]


def _chat_parts(message: Message, desk: DeskCard, zone: tzinfo, *, linked: bool) -> _Parts:
    if message.notices:
        return [], [_chat_notice(notice, desk) for notice in message.notices], []
    items: list[Block] = []
    for alert in in_order(message.alerts):
        room = _Room(160, 160, small=False)
        items.append(_chat_alert(alert, message, desk, zone, room, linked=linked, headed=True))
    foot = ((Run(f"{clean_line(desk.name)} · message {message.id}", Look.SMALL),),)
    return [(_heading(counts_of(message.alerts)),)], items, [foot]


def _fit(parts: _Parts, write: Writer, most: int) -> str:
    """As many items as the limit takes, whole, and how many more there are. Items come in order of weight."""
    head, items, foot = parts
    whole = write([*head, *items, *foot])
    if len(whole) <= most:
        return whole

    def cut(kept: int) -> str:
        hint = MORE_ALERTS if head else MORE_NOTICES
        more: Block = ((Run(f"and {len(items) - kept} more: {hint}"),),)
        return write([*head, *items[:kept], more, *foot])

    fits, over = 0, len(items)
    while over - fits > 1:  # the length grows with each item, so the border is found by halving
        middle = (fits + over) // 2
        fits, over = (middle, over) if len(cut(middle)) <= most else (fits, middle)
    text = cut(fits)
    return text if len(text) <= most and (fits or head) else _last_resort(head or items, most)


def _fit_alert(
    message: Message, desk: DeskCard, zone: tzinfo, write: Writer, most: int, *, linked: bool, headed: bool
) -> str:
    alert = message.alerts[0]
    for room in _ROOMS:
        block = _chat_alert(alert, message, desk, zone, room, linked=linked, headed=headed)
        seen = as_text([tuple(line for line in block if not _is_address(line))])
        if len(seen) <= ALERT_CHARS and len(write([block])) <= most:
            return write([block])
    return _last_resort([_chat_alert(alert, message, desk, zone, _ROOMS[-1], linked=False, headed=True)], most)


def _last_resort(blocks: list[Block], most: int) -> str:
    """The first line as bare text, for a limit in which nothing else has room; no markup that a cut could break."""
    line = as_chat_text([block[:1] for block in blocks[:1]])
    return shorten("".join(char for char in line if char not in "<>&*_`[]\\"), most)


def _mail_head(alert: Alert, message: Message, zone: tzinfo) -> Block:
    link = _link(alert)
    published = clock(alert.published, zone, message.created_at) if alert.published else None
    seen = f"seen {clock(alert.seen_at, zone, message.created_at)}"
    when = f"published {published}, {seen}" if published else f"no date given, {seen}"
    when += ", older news" if alert.older else ""
    lines: list[Line] = [(Run(headline_of(alert, 300), Look.BOLD, link),), (Run(f"{outlet_of(alert)} · {when}"),)]
    return (*lines, (Run(link, link=link),)) if link else tuple(lines)


def _chat_alert(
    alert: Alert, message: Message, desk: DeskCard, zone: tzinfo, room: _Room, *, linked: bool, headed: bool
) -> Block:
    """Topic and headline; outlet and time; the sentence; the small line; the address where the headline is no link."""
    link = _link(alert) if room.link else None
    tail = story_day(alert, zone)
    headline = Run(headline_of(alert, room.headline), link=link if linked else None)
    lines: list[Line] = []
    if headed:
        lines.append((Run(topic_of(alert), Look.BOLD), Run(" · "), headline, Run(f" {tail}" if tail else "")))
    if room.outlet:
        when = clock(alert.published or alert.seen_at, zone, message.created_at)
        lines.append((Run(f"{outlet_of(alert)} · {when}"),))
    if room.sentence and alert.hits and alert.hits[0].sentence:
        lines.append(quote(alert.hits[0], room.sentence))
        lines += [line for line in (glossed(alert.hits[0], room.sentence),) if line]
    if room.small:
        lines.append((Run(_small(alert, desk), Look.SMALL),))
    if link and not linked:
        lines.append((Run(link, link=link),))
    return tuple(lines)


def _small(alert: Alert, desk: DeskCard) -> str:
    also = ", ".join(label_of(hit) for hit in alert.hits[1:])
    parts = (f"also: {also}" if also else "", clean_line(alert.reason), clean_line(desk.name), f"alert {alert.id}")
    return shorten(" · ".join(part for part in parts if part), 160)


def _quoted(alert: Alert, most: int) -> list[Block]:
    if not alert.hits or not alert.hits[0].sentence:
        return []
    return [tuple(line for line in (quote(alert.hits[0], most), glossed(alert.hits[0])) if line)]


def _also(alert: Alert) -> Block:
    """The other topics, each with its sentence. The padding makes a column in text, and vanishes in HTML."""
    others = alert.hits[1:]
    width = max((len(label_of(hit)) for hit in others), default=0) + 3
    lines: list[Line] = []
    for hit in others:
        same = hit.sentence == alert.hits[0].sentence
        shown: Line = (Run("in the same sentence"),) if same else quote(hit, 300)
        lines.append((Run(label_of(hit).ljust(width)), *(shown if hit.sentence else ())))
    return ((Run("Also in the text:"),), *lines) if lines else ()


def _why(alert: Alert, message: Message) -> str:
    reason = clean_line(alert.reason)
    topic = clean_line(alert.hits[0].title) if alert.hits else "this"
    return (
        f"{reason[:1].upper()}{reason[1:]}. "
        f"You get this because route {alert.route} sends {topic} to {message.receiver}."
    )


def _routes(alerts: Sequence[Alert]) -> str:
    numbers = sorted({alert.route for alert in alerts})
    shown = ", ".join(map(str, numbers))
    return f"route {shown} sends these topics" if len(numbers) == 1 else f"routes {shown} send these topics"


def _signature(lines: tuple[str, ...], message: Message, desk: DeskCard) -> Block:
    about = f"Alert {message.alerts[0].id}" if len(message.alerts) == 1 else f"Message {message.id}"
    said = (*lines, f"{about} · {clean_line(desk.name)}")
    return ((Run("--"),), *((Run(line, Look.SMALL),) for line in said))


def _notice(notice: Notice) -> Block:
    return tuple((Run(clean_line(line)),) for line in notice.text.splitlines() if clean_line(line))


def _chat_notice(notice: Notice, desk: DeskCard) -> Block:
    lines = [(Run(shorten(line[0].text, 250)),) for line in _notice(notice)[:8]]
    first = (Run(watch_word(notice), Look.BOLD), Run(" · "), *(lines[0] if lines else (Run(notice.kind),)))
    return (first, *lines[1:], (Run(clean_line(desk.name), Look.SMALL),))


def _heading(text: str) -> Line:
    return (Run(text, Look.BOLD),)


def _link(alert: Alert) -> str | None:
    return safe_link(alert.link) if alert.link else None


def _is_address(line: Line) -> bool:
    return len(line) == 1 and line[0].link is not None and line[0].text == line[0].link
