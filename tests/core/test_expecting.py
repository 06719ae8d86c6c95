"""What is normal for a topic: when the operator hears that it is noisy or silent, and with which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.core.expecting import (
    CountedHit,
    Ear,
    RateKind,
    RateVerdict,
    daily_counts,
    end_text,
    is_listening,
    judge_rate,
    noisy_text,
    noisy_words,
    quiet_text,
)
from wirewatch.core.model import EntryId
from wirewatch.core.watchlist import Expect, Topic, TopicKey

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KOREA = TopicKey("north-korea")
TOPIC = Topic(KOREA, "North Korea", expect=Expect(0, 6))
NOISY, QUIET = RateKind.NOISY, RateKind.QUIET
VERDICT = RateVerdict(NOISY, "20 stories in the last 24 hours; 0 to 6 stories a day are normal")


def hit(title: str, ago: timedelta, *rules: str, number: int = 1) -> CountedHit:
    return CountedHit(KOREA, EntryId(number), title, rules, NOW - ago)


def ear(name: str, *, failing: timedelta | None = None, news: timedelta | None = HOUR) -> Ear:
    return Ear(name, None if failing is None else NOW - failing, None if news is None else NOW - news, NOW)


@pytest.mark.parametrize(
    ("expect", "daily", "going_on", "kind"),
    [
        pytest.param(Expect(0, 6), (0, 0, 12), None, None, id="twice as many is busy, not noisy"),
        pytest.param(Expect(0, 6), (0, 0, 13), None, NOISY, id="more than twice as many"),
        pytest.param(Expect(0, 6), (40, 40, 3), None, None, id="only the last 24 hours count"),
        pytest.param(Expect(0, 1), (3,), None, None, id="of few, two more is nothing"),
        pytest.param(Expect(0, 1), (4,), None, NOISY, id="of few, three more is far more"),
        pytest.param(Expect(0, 0), (3,), None, NOISY, id="where none is normal, three are noise"),
        pytest.param(Expect(0, 6), (0, 13, 7), NOISY, NOISY, id="noise goes on until it is normal"),
        pytest.param(Expect(0, 6), (0, 13, 6), NOISY, None, id="noise ends at the upper end"),
        pytest.param(Expect(1, 6), (0, 0, 0), None, QUIET, id="three days with nothing"),
        pytest.param(Expect(0, 6), (0, 0, 0), None, None, id="nothing is normal where the author says so"),
        pytest.param(Expect(1, 6), (0, 1, 0), None, None, id="one story among them"),
        pytest.param(Expect(1, 6), (0, 0), None, None, id="watched for two days only"),
        pytest.param(Expect(5, 9), (2, 0, 2), None, QUIET, id="less than half, rounded up"),
        pytest.param(Expect(5, 9), (2, 3, 2), None, None, id="half on one of the days"),
        pytest.param(Expect(5, 9), (0, 0, 3), QUIET, None, id="silence ends with half a day's stories"),
        pytest.param(Expect(5, 9), (0, 0, 2), QUIET, QUIET, id="silence goes on"),
        pytest.param(Expect(5, 9), (0, 0, 30), QUIET, NOISY, id="from silence to noise"),
    ],
)
def test_a_rate_is_judged(
    expect: Expect, daily: tuple[int, ...], going_on: RateKind | None, kind: RateKind | None
) -> None:
    verdict = judge_rate(expect, daily, going_on)
    assert (verdict and verdict.kind) is kind


def test_a_verdict_says_what_was_counted_and_what_is_normal() -> None:
    assert judge_rate(Expect(0, 6), (20,)) == VERDICT
    assert judge_rate(Expect(1, 1), (0, 0, 0)) == RateVerdict(
        QUIET, "0, 0 and 0 stories on the last 3 days; 1 story a day is normal"
    )


def test_the_same_headline_in_ten_feeds_is_one_story_a_day() -> None:
    hits = [hit("Kim Jong-un fires missile", number * HOUR, number=number) for number in range(10)]
    hits += [hit("KIM JONG UN FIRES MISSILE.", HOUR, number=11), hit("Kim Jong-un fires missile", 25 * HOUR)]
    assert daily_counts(hits, NOW - 9 * DAY, NOW) == (0, 1, 1)


def test_entries_without_a_headline_are_stories_of_their_own() -> None:
    hits = [hit("", HOUR, number=1), hit("…", HOUR, number=2)]
    assert daily_counts(hits, NOW - 9 * DAY, NOW) == (0, 0, 2)


@pytest.mark.parametrize(
    ("watched", "days"),
    [
        pytest.param(HOUR, 1, id="since an hour"),
        pytest.param(2 * DAY + 23 * HOUR, 2, id="almost three days"),
        pytest.param(3 * DAY, 3, id="three days"),
        pytest.param(-HOUR, 1, id="a clock that went back"),
    ],
)
def test_only_whole_days_of_watching_count(watched: timedelta, days: int) -> None:
    hits = [hit("a", -HOUR), hit("b", 23 * HOUR), hit("c", 24 * HOUR), hit("d", 71 * HOUR), hit("e", 72 * HOUR)]
    assert daily_counts(hits, NOW - watched, NOW) == (1, 1, 2)[-days:]


def test_the_words_behind_the_noise_are_counted_once_a_story() -> None:
    hits = [
        hit("a", HOUR, "Kim", "북한"),
        hit("A!", HOUR, "Kim"),
        hit("b", HOUR, "Kim"),
        hit("c", HOUR, "missile"),
        hit("d", DAY, "old"),
    ]
    assert noisy_words(hits, NOW) == (("Kim", 2), ("missile", 1), ("북한", 1))


@pytest.mark.parametrize(
    ("ears", "listening"),
    [
        pytest.param([Ear("a", None, None, None), Ear("b", None, None, NOW - HOUR)], True, id="one was asked"),
        pytest.param([Ear("a", None, None, NOW - 2 * HOUR)], False, id="not for two hours"),
        pytest.param([Ear("a", None, None, None)], False, id="never"),
        pytest.param([], False, id="no feeds"),
    ],
)
def test_silence_means_something_only_while_feeds_are_asked(ears: list[Ear], listening: bool) -> None:
    assert is_listening(ears, NOW) is listening


def test_noise_is_told_with_its_words_and_what_to_do() -> None:
    words = [(word, 9 - number) for number, word in enumerate("abcdef")]
    assert noisy_text(TOPIC, VERDICT, words) == (
        "North Korea: 20 stories in the last 24 hours; 0 to 6 stories a day are normal. "
        "The words behind it: a (9), b (8), c (7), d (6), e (5). "
        "See them with: wirewatch hits --topic north-korea --hours 24. If they are news, raise `expect:`. "
        "If they are noise, make these words narrower, or give them a `not:`. "
        "You will get one more message when it is normal again."
    )
    assert "No single word is behind it" in noisy_text(TOPIC, VERDICT, [])


@pytest.mark.parametrize(
    ("ears", "said"),
    [
        pytest.param([ear("A"), ear("B")], "All 2 feeds answer and brought news.", id="all well"),
        pytest.param([ear("A")], "The feed answers and brought news.", id="the only one is well"),
        pytest.param(
            [ear("A", failing=2 * DAY), ear("B", news=3 * DAY), ear("C", news=None), ear("D")],
            "Failing (1 of 4): A (since 23 November). "
            "Without news for 3 days (2 of 4): B (last on 22 November), C (never yet).",
            id="some fail, some are silent",
        ),
        pytest.param(
            [ear(name, news=None) for name in "ABCDEFG"],
            "Without news for 3 days (7 of 7): A (never yet), B (never yet), C (never yet), D (never yet), "
            "E (never yet) and 2 more.",
            id="many",
        ),
    ],
)
def test_silence_is_told_with_how_the_feeds_are(ears: list[Ear], said: str) -> None:
    text = quiet_text(TOPIC, RateVerdict(QUIET, "Silence"), ears, NOW)
    assert text.startswith(f"North Korea: Silence. Perhaps nothing happened; we check our ears. {said} See: ")


def test_the_end_is_told_with_the_count() -> None:
    assert end_text(TOPIC, 1) == "North Korea is normal again: 1 story in the last 24 hours."
