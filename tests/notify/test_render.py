"""How alerts read: whole messages against the golden files, then the rules behind them one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from tests.notify.examples import (
    ARABIC,
    DESK,
    GOLDEN,
    HOSTILE,
    KOREAN,
    LINK,
    LONDON,
    NOTICE,
    SEED,
    at,
    hit,
    hostile,
    message,
)
from wirewatch.core.model import Alert, Message, Prominence
from wirewatch.core.watchlist import FeedKind, Priority
from wirewatch.notify.document import JOINER
from wirewatch.notify.render import Rendered, render_chat, render_mail
from wirewatch.notify.wording import in_order, outlet_of, quote, shorten, subject_of

BURST = message(SEED, KOREAN, ARABIC, thread=None)
NOTICES = message(notices=(NOTICE,), thread=None)


def shown(rendered: Rendered) -> str:
    parts = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html, "markdown": rendered.markdown}
    return "".join(f"=== {name}\n{part.rstrip()}\n" for name, part in parts.items() if part is not None)


@pytest.mark.parametrize(
    ("name", "rendered"),
    [
        pytest.param("first-report.mail", render_mail(message(SEED), DESK, LONDON), id="first report by mail"),
        pytest.param("first-report.chat", render_chat(message(SEED), DESK, LONDON), id="first report in a chat"),
        pytest.param("burst.mail", render_mail(BURST, DESK, LONDON), id="a burst in three scripts by mail"),
        pytest.param("burst.chat", render_chat(BURST, DESK, LONDON), id="a burst in a chat"),
        pytest.param("notice.mail", render_mail(NOTICES, DESK, LONDON), id="a notice by mail"),
        pytest.param("notice.chat", render_chat(NOTICES, DESK, LONDON), id="a notice in a chat"),
    ],
)
def test_a_message_reads_as_agreed(name: str, rendered: Rendered) -> None:
    assert shown(rendered) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("alert", "subject"),
    [
        pytest.param(replace(SEED, headline="A"), "Trump–Kim: A", id="topic, colon, headline; high needs no mark"),
        pytest.param(replace(SEED, headline="A", priority=Priority.URGENT), "Urgent: Trump–Kim: A", id="urgent"),
        pytest.param(replace(SEED, headline="A", published=at(6, 4, day=3)), "Trump–Kim: A (of 3 June)", id="old"),
        pytest.param(
            replace(SEED, headline="A", published=datetime(2019, 6, 3, tzinfo=UTC)),
            "Trump–Kim: A (of 3 June 2019)",
            id="of another year",
        ),
        pytest.param(replace(SEED, headline="A", published=at(7, 0, day=11)), "Trump–Kim: A", id="23 hours old"),
        pytest.param(
            replace(SEED, headline="A", published=None, older=True), "Trump–Kim: A (older news)", id="older, undated"
        ),
        pytest.param(replace(SEED, headline=" \n"), "Trump–Kim: (no headline)", id="no headline"),
    ],
)
def test_the_subject_carries_the_news(alert: Alert, subject: str) -> None:
    assert subject_of(message(alert), LONDON) == subject


def test_a_long_headline_is_cut_in_the_subject_and_its_date_is_not() -> None:
    subject = subject_of(message(replace(SEED, headline="word " * 500, published=at(6, 0, day=1))), LONDON)
    assert len(subject) <= 200
    assert subject.endswith("word... (of 1 June)")


def test_clock_times_are_those_of_the_receiver() -> None:
    text = render_mail(message(SEED), DESK, ZoneInfo("Asia/Seoul")).text
    assert "published 15:04, seen 15:06" in text
    yesterday = replace(SEED, published=at(22, 30, day=11))
    assert "published 11 June 23:30, seen 07:06" in render_mail(message(yesterday), DESK, LONDON).text


def test_a_burst_is_ordered_by_priority_then_topic_then_time() -> None:
    late = replace(SEED, id=30, published=at(6, 5))
    assert [alert.id for alert in in_order((ARABIC, late, SEED, KOREAN))] == [18, 17, 30, 19]


def test_a_burst_counts_its_topics_in_the_subject() -> None:
    assert subject_of(BURST, LONDON) == "Urgent: Yongbyon 1, Trump–Kim 1, North Korea 1: 3 reports"


@pytest.mark.parametrize(
    ("kind", "lang", "label"),
    [
        pytest.param(FeedKind.STATE_MEDIA, "ko-KP", "World Desk (state media, Korean)", id="kind and language"),
        pytest.param(None, "en", "World Desk (English)", id="language alone"),
        pytest.param(FeedKind.WIRE, None, "World Desk (wire)", id="kind alone"),
        pytest.param(None, None, "World Desk", id="neither"),
        pytest.param(None, "tlh", "World Desk (tlh)", id="a language we have no name for"),
    ],
)
def test_an_outlet_says_what_it_is(kind: FeedKind | None, lang: str | None, label: str) -> None:
    assert outlet_of(replace(SEED, kind=kind, lang=lang)) == label


def test_an_alert_in_a_chat_has_at_most_five_lines_and_500_letters() -> None:
    long = replace(
        SEED,
        headline="headline " * 60,
        hits=(hit("t", "Topic", Prominence.PASSING, f"{'before ' * 60}Yongbyon{' after' * 60}", "Yongbyon"),),
    )
    rendered = render_chat(message(long), DESK, LONDON)
    assert len(rendered.text.replace(LINK, "")) <= 500
    assert rendered.text.count("\n") <= 4
    assert "[Yongbyon]" in rendered.text
    assert rendered.markdown is not None
    assert "**Yongbyon**" in rendered.markdown


@pytest.mark.parametrize("most", [140, 160, 255, 280, 500, 1000, 2000, 4096])
@pytest.mark.parametrize(
    "told",
    [
        pytest.param(message(SEED), id="one alert"),
        pytest.param(message(*(replace(KOREAN, id=number) for number in range(60)), thread=None), id="a burst"),
        pytest.param(message(notices=(NOTICE,) * 30), id="notices"),
        pytest.param(message(hostile("[[[<<<&&&***")), id="all escapes"),
    ],
)
def test_a_message_is_cut_to_the_service_and_never_inside_a_link(most: int, told: Message) -> None:
    rendered = render_chat(told, DESK, LONDON, most)
    links = [alert.link for alert in told.alerts[:1]]
    for part in (rendered.text, rendered.html or "", rendered.markdown or ""):
        assert 0 < len(part) <= most
        for found in re.findall(r"https?://\S*", part):
            assert any(found.startswith(link.split("?")[0]) for link in links if link), found
    assert (rendered.html or "").count("<a ") == (rendered.html or "").count("</a>")
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#x27);)", rendered.html or "")


def test_what_is_cut_off_a_burst_is_counted() -> None:
    told = message(*(replace(SEED, id=number) for number in range(100)), thread=None)
    text = render_chat(told, DESK, LONDON, 2000).text
    kept = text.count("World Desk (press")
    assert kept >= 3
    assert f"and {100 - kept} more: wirewatch alerts" in text
    html = render_mail(message(*(replace(SEED, id=number) for number in range(1000)), thread=None), DESK, LONDON).html
    assert html is not None
    assert 90_000 < len(html) <= 100_000


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "ftp://a/b", "//a/b", "http://u:p@a/", ""])
def test_only_web_links_are_shown(link: str) -> None:
    alert = replace(SEED, link=link)
    for rendered in (render_mail(message(alert), DESK, LONDON), render_chat(message(alert), DESK, LONDON)):
        assert "<a " not in (rendered.html or "")
        assert "](" not in (rendered.markdown or "")
        assert not link or link not in rendered.text


def test_a_link_cannot_leave_its_attribute_or_its_brackets() -> None:
    alert = replace(SEED, link='https://a.example/"onmouseover="x()\')_*<b>')
    rendered = render_chat(message(alert), DESK, LONDON)
    assert '"onmouseover' not in (rendered.html or "")
    assert "(https://a.example/%22onmouseover=%22x%28%29%27%29_*%3Cb%3E)" in (rendered.markdown or "")


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attrs if name in {"href", "src"}}
        assert {name for name, _ in attrs} <= {"href", "dir", "charset"}


HARMLESS = {"html", "head", "meta", "body", "p", "span", "br", "strong", "small", "em", "a"}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
@pytest.mark.parametrize("count", [1, 3])
def test_a_hostile_feed_reaches_nothing(text: str, count: int) -> None:
    told = message(*(replace(hostile(text), id=number) for number in range(count)))
    mail, chat = render_mail(told, DESK, LONDON), render_chat(told, DESK, LONDON)
    for html in (mail.html or "", chat.html or ""):
        assert Tags(html).tags <= HARMLESS
        assert Tags(html).links == {LINK}
    for part in (mail.subject, mail.text, mail.html, chat.text, chat.html, chat.markdown):
        assert part is not None
        part.encode("utf-8")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", part)
    assert "\n" not in mail.subject
    for part in (chat.text, chat.html, chat.markdown):
        assert part is not None
        assert not re.search(r"@(everyone|here|channel|all|room|\*)|<[!@]|<users|@[0-9&]|&lt;[!@]", part), part
    targets = re.findall(r"(?<!\\)\[(?:[^\[\]\\]|\\.)*\]\(([^)]*)\)", chat.markdown or "")
    assert set(targets) <= {LINK}
    assert "](http://evil" not in (chat.markdown or "").replace("\\]", "")
    assert "://evil" not in chat.text.replace(f":{JOINER}//", "")


def test_an_address_in_a_mail_address_is_no_mention() -> None:
    told = message(replace(SEED, headline="Write to desk@example.org"))
    assert "desk@example.org" in render_chat(told, DESK, LONDON).text


@pytest.mark.parametrize(
    ("sentence", "words", "most", "text"),
    [
        pytest.param("A short one.", ("short",), 50, '"A [short] one."', id="whole"),
        pytest.param("A short one.", (), 50, '"A short one."', id="a feed about the topic marks nothing"),
        pytest.param("one two three four five six", ("one",), 15, '"[one] two three ..."', id="cut behind"),
        pytest.param("one two three four five six", ("six",), 15, '"... four five [six]"', id="cut before"),
        pytest.param("북한이 영변의", ("북한", "영변"), 50, '"[북한]이 [영변]의"', id="marks inside words"),
        pytest.param("a\nb  c", ("b",), 50, '"a [b] c"', id="line breaks and doubled blanks"),
    ],
)
def test_a_sentence_keeps_its_matched_words(sentence: str, words: tuple[str, ...], most: int, text: str) -> None:
    line = quote(hit("t", "T", Prominence.LEAD, sentence, *words), most)
    assert "".join(f"[{run.text}]" if run.look.name == "MATCH" else run.text for run in line) == text


def test_overlapping_marks_are_shown_once() -> None:
    overlapping = replace(hit("t", "T", Prominence.LEAD, "abcdef"), marks=((0, 3), (2, 5), (1, 2)))
    assert "".join(run.text for run in quote(overlapping, 50)) == '"abcdef"'


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        pytest.param("fits", 4, "fits", id="fits"),
        pytest.param("a longer line of words", 15, "a longer...", id="at a word's end"),
        pytest.param("북한외교관트럼프친서수령거부", 10, "북한외교관트럼...", id="a script without blanks"),
        pytest.param("abcdef", 2, "..", id="no room"),
    ],
)
def test_text_is_shortened_at_a_words_end(text: str, most: int, short: str) -> None:
    assert shorten(text, most) == short


def test_notices_of_one_message_are_all_told() -> None:
    second = replace(NOTICE, id=2, kind="feed-well", subject="NK News", text="NK News answers again.")
    rendered = render_chat(message(notices=(second, NOTICE)), DESK, LONDON)
    assert rendered.subject == "Well again: NK News answers again (and 1 more)"
    assert rendered.text.startswith("Well again · NK News answers again.\nKorea desk\n\nWatch · 38 North has failed")
