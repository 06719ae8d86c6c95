"""Made feeds for the bench: RSS 2.0 of the size and shape of real ones, the same for every run with the same seed.

Forty entries a feed, about 65 kB, English and Korean mixed, title, summary and whole text. It serves nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from random import Random
from xml.sax.saxutils import escape

ENTRIES = 40
PLANTED = "Yongbyon"  # the watched word: no entry holds it but for those that a round plants
PLANTED_SHARE = 0.4  # of the entries that a steady round adds
SHARE_WITH_NEWS = 0.1  # of the feeds in a steady round
MOST_NEWS = 3

_ENGLISH = (
    "the ministry said on Monday that talks would resume after a pause of several weeks while officials in the region "
    "weighed new measures against smuggling along the border and aid groups warned of a poor harvest this autumn "
    "satellite images show trucks near the harbour where engineers repaired a bridge damaged by floods in July "
    "prices rose again as traders waited for word from the central bank and the court delayed its ruling until spring"
)
_KOREAN = (
    "정부는 이번 주 안에 새로운 대책을 발표할 예정이라고 밝혔다 전문가들은 회담이 다시 열릴 가능성이 있다고 보았다 "
    "지난달 홍수로 끊어진 다리가 복구되었으며 주민들은 시장으로 돌아왔다 국회는 예산안을 놓고 논의를 이어 갔다 "
    "수출은 석 달째 늘었지만 물가는 여전히 높은 수준이다 기상청은 주말에 많은 비가 내리겠다고 예보했다"
)


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """One entry as XML, and what the bench must find again. link: unique, and where its alerts are counted."""

    link: str
    title: str
    planted: bool
    xml: str


@dataclass(slots=True)
class MadeFeed:
    """One feed: its newest ENTRIES entries, the latest first."""

    number: int
    entries: deque[MadeEntry]
    serial: int

    @property
    def body(self) -> bytes:
        """The whole document, UTF-8."""
        items = "".join(entry.xml for entry in self.entries)
        return f"{_HEAD.format(number=self.number)}{items}</channel>\n</rss>\n".encode()


class MadeFeeds:
    """All feeds of a bench. seed: the same seed and start make the same bytes; start: the date of the newest entry."""

    def __init__(self, count: int, seed: int, start: datetime) -> None:
        self._seed = seed
        self._choice = Random(seed)
        self.feeds = [self._first(number, start) for number in range(count)]
        self.bodies = [feed.body for feed in self.feeds]
        self.etags = [etag_of(body) for body in self.bodies]

    def advance(self, now: datetime) -> tuple[MadeEntry, ...]:
        """A steady round: some feeds gain one to MOST_NEWS entries, dated now. Returns all that were added."""
        added: list[MadeEntry] = []
        chosen = self._choice.sample(self.feeds, max(1, round(len(self.feeds) * SHARE_WITH_NEWS)))
        for feed in chosen:
            for _ in range(self._choice.randint(1, MOST_NEWS)):
                entry = self._entry(feed.number, feed.serial, now, planted=self._choice.random() < PLANTED_SHARE)
                feed.serial += 1
                feed.entries.appendleft(entry)
                added.append(entry)
            self.bodies[feed.number] = feed.body
            self.etags[feed.number] = etag_of(self.bodies[feed.number])
        return tuple(added)

    def _first(self, number: int, start: datetime) -> MadeFeed:
        entries: deque[MadeEntry] = deque(maxlen=ENTRIES)
        for serial in range(ENTRIES):
            published = start - timedelta(minutes=20 * (ENTRIES - serial))
            entries.appendleft(self._entry(number, serial, published, planted=False))
        return MadeFeed(number, entries, ENTRIES)

    def _entry(self, number: int, serial: int, published: datetime, *, planted: bool) -> MadeEntry:
        draw = Random(f"{self._seed}/{number}/{serial}")
        words = (_KOREAN if draw.random() < 0.4 else _ENGLISH).split()
        title = _words(draw, words, 8, 14)
        if planted:
            title = f"{title} {PLANTED} {number}-{serial}"
        link = f"https://outlet{number}.example/news/{serial}-{draw.randrange(16**6):06x}"
        summary, content = _words(draw, words, 16, 26), _content(draw, words, link)
        body = f"<![CDATA[{content}]]>" if number % 2 else escape(content)
        xml = _ITEM.format(
            title=escape(title),
            link=link,
            guid=f"tag:outlet{number}.example,2026:{serial}",
            published=format_datetime(published),
            category=draw.choice(words),
            summary=escape(f"<p>{summary} &amp; {draw.choice(words)}</p>"),
            content=body,
        )
        return MadeEntry(link, title, planted, xml)


def etag_of(body: bytes) -> str:
    """A strong validator (RFC 9110, section 8.8.3) in lower case, with its quotation marks."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def _words(draw: Random, words: list[str], least: int, most: int) -> str:
    return " ".join(draw.choices(words, k=draw.randint(least, most)))


def _content(draw: Random, words: list[str], link: str) -> str:
    image = f'<figure><img src="{link}/1.jpg" width="640" height="427" alt="{draw.choice(words)}"/></figure>'
    paragraphs = (f"<p>{_words(draw, words, 24, 36)}</p>" for _ in range(3))
    more = (
        f'<p><a href="{link}?page=2" rel="nofollow">{draw.choice(words)}</a> <strong>{draw.choice(words)}</strong></p>'
    )
    return f"{image}{''.join(paragraphs)}{more}"


_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Outlet {number}</title>
<link>https://outlet{number}.example/</link>
<atom:link href="https://outlet{number}.example/rss.xml" rel="self" type="application/rss+xml"/>
<description>All the news of outlet {number}</description>
<language>en</language>
"""
_ITEM = """<item>
<title>{title}</title>
<link>{link}</link>
<guid isPermaLink="false">{guid}</guid>
<pubDate>{published}</pubDate>
<dc:creator>Outlet desk</dc:creator>
<category>{category}</category>
<description>{summary}</description>
<content:encoded>{content}</content:encoded>
</item>
"""
