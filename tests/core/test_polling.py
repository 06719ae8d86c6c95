"""What one poll leaves on its feed, and what the operator hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.made import FEED, NOW, Memory, document, entry
from wirewatch.core.model import FeedId, FeedState
from wirewatch.core.polling import (
    FAILING_FOR,
    FAILING_POLLS,
    FULL_EVERY,
    Answer,
    Moment,
    asks_in_full,
    notices_after,
    state_after_document,
    state_after_failure,
    state_after_unchanged,
)
from wirewatch.errors import FetchError, ParseError

FRESH = FeedState(FeedId(1), FEED.url)
ANSWER = Answer('"e1"', "Tue, 24 Nov 2026 10:00:00 GMT", b"digest", full=True)
MOMENT = Moment(NOW, jitter=0)


def failed(times: int, over: timedelta) -> FeedState:
    state = FRESH
    for turn in range(times):
        at = NOW + over * turn / max(times - 1, 1)
        state = state_after_failure(state, FEED, FetchError("answers 503"), Moment(at, 0))
    return state


def test_a_document_leaves_its_validators_and_its_news() -> None:
    memory = Memory()
    plan = memory.polls(document(entry(1)))
    parsed = replace(document(entry(1)), warnings=("odd date", "odd charset"), lang="ko")
    state = state_after_document(failed(2, FAILING_FOR), FEED, parsed, plan, ANSWER, MOMENT)
    assert (state.etag, state.last_modified, state.body_digest) == (ANSWER.etag, ANSWER.last_modified, b"digest")
    assert (state.failures, state.failing_since, state.error) == (0, None, None)
    assert (state.ok_at, state.full_at, state.news_at) == (NOW, NOW, None)
    assert (state.warning, state.format, state.lang) == ("odd date; odd charset", "rss20", "ko")


def test_news_makes_the_next_poll_sooner_and_is_dated() -> None:
    memory = Memory()
    memory.polls(document(entry(5)))
    plan = memory.polls(document(entry(1)))
    state = state_after_document(
        replace(FRESH, interval=timedelta(minutes=20)), FEED, document(entry(1)), plan, ANSWER, MOMENT
    )
    assert (state.news_at, state.interval) == (NOW, timedelta(minutes=10))


def test_a_document_without_an_end_leaves_no_validators_else_its_last_entry_would_be_lost() -> None:
    cut = document(entry(1), entry(2), complete=False)
    state = state_after_document(FRESH, FEED, cut, Memory().polls(cut), ANSWER, MOMENT)
    assert (state.etag, state.last_modified, state.body_digest) == (None, None, None)


def test_an_unchanged_feed_keeps_what_it_had() -> None:
    before = replace(FRESH, etag='"e0"', last_modified="yesterday", full_at=NOW - timedelta(hours=1))
    state = state_after_unchanged(before, FEED, Answer(None, None, None, full=False), MOMENT)
    assert (state.etag, state.last_modified, state.ok_at) == ('"e0"', "yesterday", NOW)
    assert state.full_at == NOW - timedelta(hours=1)


def test_a_failure_is_counted_dated_and_said() -> None:
    state = failed(3, timedelta(minutes=30))
    assert (state.failures, state.failing_since, state.error) == (3, NOW, "answers 503")
    assert state.due_reason == "in 20 min: 3 faults in a row"


def test_a_server_that_asks_for_a_pause_gets_it() -> None:
    error = FetchError("answers 429", retry_after=timedelta(hours=2))
    state = state_after_failure(FRESH, FEED, error, MOMENT)
    assert state.due_at == NOW + timedelta(hours=2)


def test_an_answer_that_is_no_feed_backs_off_too() -> None:
    state = state_after_failure(FRESH, FEED, ParseError("an HTML page came instead"), MOMENT)
    assert (state.error, state.due_at) == ("an HTML page came instead", NOW + timedelta(minutes=5))


@pytest.mark.parametrize(("full_at", "full"), [(None, True), (NOW - FULL_EVERY, True), (NOW - FULL_EVERY / 2, False)])
def test_once_a_day_a_feed_is_asked_without_conditions(full_at: object, full: bool) -> None:
    assert asks_in_full(replace(FRESH, full_at=full_at), NOW) is full  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("times", "over", "said"),
    [
        pytest.param(FAILING_POLLS, FAILING_FOR, True, id="often and long"),
        pytest.param(FAILING_POLLS - 1, FAILING_FOR * 9, False, id="too seldom"),
        pytest.param(FAILING_POLLS, FAILING_FOR * 0.9, False, id="too short"),
    ],
)
def test_the_operator_hears_of_a_feed_that_keeps_failing(times: int, over: timedelta, said: bool) -> None:
    notices = notices_after(FEED, failed(times - 1, over), failed(times, over), held=0)
    assert [notice.kind for notice in notices if notice.open] == (["feed-failing"] if said else [])
    if said:
        assert notices[0].text.startswith("World Desk has failed 4 times since 25 November 08:00 UTC: answers 503. ")


def test_the_operator_hears_once_more_when_it_is_well() -> None:
    after = state_after_unchanged(failed(9, FAILING_FOR), FEED, ANSWER, MOMENT)
    (notice,) = notices_after(FEED, failed(9, FAILING_FOR), after, held=0)
    assert (notice.open, notice.text) == (
        False,
        "World Desk answers again. It failed 9 times since 25 November 08:00 UTC.",
    )
    assert notices_after(FEED, failed(2, FAILING_FOR), after, held=0) == ()


def test_the_operator_hears_of_a_rebuilt_feed_and_the_episode_ends_with_real_news() -> None:
    after = replace(FRESH, polled_at=NOW, news_at=NOW)
    (notice,) = notices_after(FEED, FRESH, after, held=12)
    assert notice.open and "12 entries came back" in notice.text
    (closed,) = notices_after(FEED, FRESH, after, held=0)
    assert (closed.kind, closed.open, closed.text) == ("rebuild", False, "")
    assert notices_after(FEED, FRESH, replace(after, news_at=None), held=0) == ()
    assert notices_after(FEED, FRESH, FRESH, held=0) == ()
