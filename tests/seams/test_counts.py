"""What the store tells of the last days: hits that were news, since when topics are watched, how the feeds are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.seams.storing import DAY, KOREA, NOW, YONGBYON, feed, hit, listed, new_entry
from wirewatch.core.expecting import Ear
from wirewatch.core.model import EntryId, FeedId, Field, HitState, Span
from wirewatch.core.watchlist import TopicKey
from wirewatch.store.counts import counted_hits, ears, watched_since
from wirewatch.store.database import Connection
from wirewatch.store.entries import add_topics, save_entries, save_hits

HOUR = timedelta(hours=1)


@pytest.fixture
def han(conn: Connection) -> FeedId:
    return listed(conn, feed("han"))[0]


def found(
    conn: Connection, han: FeedId, title: str, key: int, state: HitState = HitState.ALERTED, ago: timedelta = HOUR
) -> EntryId:
    (entry,) = save_entries(conn, han, [new_entry(title, key)])
    save_hits(conn, [(entry, hit(), state, NOW - ago)])
    return entry


def titles(conn: Connection, *keys: TopicKey) -> list[str]:
    return [one.title for one in counted_hits(conn, keys, NOW - DAY)]


@pytest.mark.parametrize("state", HitState)
def test_hits_that_were_no_news_do_not_count(conn: Connection, han: FeedId, state: HitState) -> None:
    found(conn, han, "a", 1, state)
    assert titles(conn, YONGBYON) == ([] if state in (HitState.OLDER, HitState.HELD) else ["a"])


def test_hits_come_by_their_time_of_the_topics_asked_for(conn: Connection, han: FeedId) -> None:
    found(conn, han, "late", 1, ago=HOUR)
    found(conn, han, "early", 2, ago=DAY)
    found(conn, han, "before", 3, ago=DAY + HOUR)
    assert titles(conn, KOREA, YONGBYON) == ["early", "late"]
    assert titles(conn, KOREA) == titles(conn) == []


def test_a_hit_names_each_of_its_words_once(conn: Connection, han: FeedId) -> None:
    (entry,) = save_entries(conn, han, [new_entry("a", 1)])
    spans = tuple(Span(rule, Field.TITLE, 0, 1) for rule in ("영변", "Yongbyon", "영변"))
    save_hits(conn, [(entry, replace(hit(), spans=spans), HitState.ALERTED, NOW)])
    (counted,) = counted_hits(conn, [YONGBYON], NOW)
    assert (counted.topic, counted.entry_id, counted.rules, counted.at) == (YONGBYON, entry, ("영변", "Yongbyon"), NOW)


def test_more_topics_than_a_statement_takes_are_asked_for_in_parts(conn: Connection, han: FeedId) -> None:
    found(conn, han, "a", 1)
    many = [TopicKey(f"topic-{number}") for number in range(1200)]
    assert titles(conn, *many, YONGBYON) == ["a"]


def test_a_topic_is_watched_since_its_baseline(conn: Connection) -> None:
    add_topics(conn, [YONGBYON], NOW - DAY)
    assert watched_since(conn, [YONGBYON, KOREA]) == {YONGBYON: NOW - DAY}


def test_every_feed_that_is_polled_is_an_ear(conn: Connection) -> None:
    listed(conn, feed("zulu"), feed("alpha"), feed("left"))
    listed(conn, feed("zulu"), feed("alpha"))
    assert ears(conn) == (Ear("alpha", None, None, None), Ear("zulu", None, None, None))
