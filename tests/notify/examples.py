"""The seed story as an alert, and what hostile feeds send in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from wirewatch.core.model import Alert, AlertHit, DestinationKey, EntryId, Message, Notice, Prominence
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, TopicKey
from wirewatch.notify.sender import DeskCard

LONDON = ZoneInfo("Europe/London")
DESK = DeskCard("Korea desk", "korea-desk@example.org", "example.org")
GOLDEN = Path(__file__).parent / "golden"

HEADLINE = "White House confirms openness towards interactions with North Korea's leader per Trump's statement"
LEAD = f"{HEADLINE}."
PASSING = "... North Korea's suspected construction of a new uranium enrichment facility at Yongbyon."
LINK = "https://news.example/white-house-open-to-north-koreas-leader"

# Each once, as a headline and in a sentence: nothing of it may work on the other side.
HOSTILE = {
    "a second header": "Summit\r\nBcc: spy@evil.example\r\n\r\nbody",
    "mass mentions": "@everyone @here @channel @all <!channel> <!here|x> <@123> <@&9> @**all** <users/all>",
    "a template": "{{7*7}} ${HOME} %(x)s {0}",
    "terminal codes": "\x1b[31mred\x1b[0m \x9b2J \x07",
    "direction overrides": "\u202egpj.exe\u202c \u2066x\u2069 \u200f",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a Markdown link": "[x](javascript:alert(1)) ](http://evil.example) ![i](http://evil.example/i)",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; R&D",
    "lone surrogates": "a\ud800b",
}


def at(hour: int, minute: int, day: int = 12) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=UTC)


def hit(topic: str, title: str, prominence: Prominence, sentence: str, *words: str) -> AlertHit:
    marks = tuple((sentence.index(word), sentence.index(word) + len(word)) for word in words)
    return AlertHit(TopicKey(topic), title, prominence, sentence, marks)


SEED = Alert(
    id=17,
    entry_id=EntryId(1),
    headline=HEADLINE,
    link=LINK,
    feed="World Desk, politics",
    outlet="World Desk",
    kind=FeedKind.PRESS,
    lang="en",
    published=at(6, 4),
    seen_at=at(6, 6),
    priority=Priority.HIGH,
    hits=(
        hit("trump-kim", "Trump–Kim", Prominence.HEADLINE, LEAD, "White House", "North Korea's leader", "Trump"),
        hit("yongbyon", "Yongbyon", Prominence.PASSING, PASSING, "Yongbyon"),
        hit("north-korea", "North Korea", Prominence.HEADLINE, LEAD, "North Korea"),
    ),
    reason="first report",
    route=2,
)
KOREAN_SENTENCE = "북한이 영변의 새 원심분리기 시설을 공개했다고 예시일보가 전했다."
KOREAN = replace(
    SEED,
    id=18,
    entry_id=EntryId(2),
    headline="북한, 영변의 새 원심분리기 시설 공개",
    link="https://news.example/ko/2?a=1&b=(2)",
    outlet="예시일보",
    kind=FeedKind.STATE_MEDIA,
    lang="ko",
    published=at(18, 12, day=11),
    priority=Priority.URGENT,
    hits=(hit("yongbyon", "Yongbyon", Prominence.HEADLINE, KOREAN_SENTENCE, "영변"),),
)
ARABIC_SENTENCE = "قال مسؤول في IAEA إن كوريا الشمالية وسعت موقع Yongbyon."
ARABIC = replace(
    SEED,
    id=19,
    entry_id=EntryId(3),
    headline="كوريا الشمالية توسع موقع Yongbyon",
    link=None,
    outlet="Example Wire",
    kind=FeedKind.WIRE,
    lang="ar",
    published=None,
    priority=Priority.NORMAL,
    hits=(hit("north-korea", "North Korea", Prominence.LEAD, ARABIC_SENTENCE, "كوريا الشمالية"),),
)
NOTICE = Notice(
    id=1,
    kind="feed-failing",
    subject="38 North",
    text="38 North has failed 8 times since 01:10: HTTP 403, turned away. New entries there are not seen.\n"
    "You will get one more message when it answers again.",
    since=at(0, 10),
)


def message(*alerts: Alert, notices: tuple[Notice, ...] = (), thread: str | None = "e1") -> Message:
    return Message(
        id="m-4f7c",
        destination=DestinationKey("desk-mail/korea-desk@example.org"),
        receiver=ReceiverName("desk-mail"),
        created_at=at(6, 6),
        attempt=1,
        alerts=alerts,
        notices=notices,
        thread=thread,
    )


def hostile(text: str) -> Alert:
    """The seed story, told by a feed that means harm: everywhere where a feed has its say."""
    sentence = f"Before {text} after"
    return replace(
        SEED,
        headline=text,
        outlet=f"Outlet {text}",
        hits=(
            AlertHit(TopicKey("t"), "Topic", Prominence.LEAD, sentence, ((0, 6), (len(sentence) - 5, len(sentence)))),
        ),
    )
