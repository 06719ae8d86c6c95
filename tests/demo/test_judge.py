"""The demo's judge: it is quiet only where everybody was told once, of the right thing, under the right topics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wirewatch.demo.feeds import FeedServer
from wirewatch.demo.judge import Mailed, Told, faults, repeats
from wirewatch.demo.news import Story, load_news
from wirewatch.demo.play import shipped_topics

STORY = Story("wire", "A  story", "", "https://news.example/1", ("trump-kim", "north-korea"))
SILENT = Story("wire", "A quiet one", "", "https://news.example/2", ("floods",), silenced=True)
NOISE = Story("wire", "Kim Kardashian", "", "https://news.example/3")
TOLD = Told("A  story", ("trump-kim", "north-korea"), ("delivered", "delivered"))
KEPT = Told("A quiet one", ("floods",), ("silenced", "silenced"))
MAIL = Mailed("<1@demo>", "Trump–Kim: A story and more")
ALL = (STORY, SILENT, NOISE)


def test_all_is_right() -> None:
    assert faults(ALL, (TOLD, KEPT), (MAIL,)) == ()


@pytest.mark.parametrize(
    ("told", "mails", "said"),
    [
        ((KEPT,), (), "missing: A  story"),
        ((TOLD, TOLD, KEPT), (MAIL,), "doubled: A  story has 2 alerts"),
        ((replace(TOLD, topics=("trump-kim",)), KEPT), (MAIL,), "under trump-kim, not trump-kim, north-korea"),
        ((replace(TOLD, states=("delivered", "waiting")), KEPT), (MAIL,), "is delivered, waiting, not delivered"),
        ((TOLD, replace(KEPT, states=("delivered",))), (MAIL,), "is delivered, not silenced"),
        ((TOLD, KEPT), (), "is in 0 mails"),
        ((TOLD, KEPT), (MAIL, replace(MAIL, id="<2@demo>")), "is in 2 mails"),
        ((TOLD, KEPT, Told("Kim Kardashian", ("trump-kim",), ("delivered",))), (MAIL,), "nobody asked for it: Kim"),
    ],
    ids=["missing", "doubled", "wrong topics", "not delivered", "not silenced", "no mail", "two mails", "a distractor"],
)
def test_what_is_missing_doubled_or_wrong_is_said(told: tuple[Told, ...], mails: tuple[Mailed, ...], said: str) -> None:
    found = faults(ALL, told, mails)
    assert any(said in one for one in found), found


def test_the_same_mail_again_after_a_kill_is_counted_and_no_fault() -> None:
    assert repeats((MAIL, MAIL)) == 1
    assert faults(ALL, (TOLD, KEPT), (MAIL, MAIL)) == ()


def test_the_news_is_in_two_languages_and_three_formats_with_distractors() -> None:
    news = load_news()
    assert {feed.format for feed in news.feeds} == {"rss", "atom", "json"}
    assert {feed.lang for feed in news.feeds} == {"en", "ko"}
    everything = [story for phase in news.phases.values() for story in phase]
    assert sum(not story.topics for story in everything) >= 5
    assert len({story.title for story in everything}) == len(everything)


def test_the_topics_are_those_that_come_with_the_program() -> None:
    text = shipped_topics()
    assert text.startswith("topics:\n") and "  yongbyon:\n" in text and "receivers" not in text


def test_a_feed_that_there_is_not_is_no_document() -> None:
    with FeedServer(load_news().feeds) as server:
        assert server.document("nothing") is None
