"""What is normal for a topic: does it bring far more stories than its author expects, or far less for long?

Pure: counts and times come in, a verdict with its words goes out. Until stories exist, an entry's folded headline
stands for its story: the same headline in ten feeds is one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from wirewatch.core.model import EntryId
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Expect, Topic, TopicKey

DAY: Final = timedelta(days=1)
QUIET_DAYS: Final = 3  # in a row, before silence means something
SURPLUS: Final = 3  # stories beyond `most`, at least: twice a small number is no noise
# Nobody was asked for this long: we do not watch just now (a start after a pause), and silence means nothing.
LISTENS_WITHIN: Final = timedelta(hours=2)
MOST_NAMED: Final = 5


class RateKind(StrEnum):
    """How a topic's days differ from what is normal; the value is the kind of the operator's notice."""

    NOISY = "topic-noisy"
    QUIET = "topic-quiet"


@dataclass(frozen=True, slots=True)
class RateVerdict:
    """text: what a person should know of it, without what to do about it."""

    kind: RateKind
    text: str


@dataclass(frozen=True, slots=True)
class CountedHit:
    """A hit that counts as news (not older news, not held). rules: its words as the topic spells them, each once."""

    topic: TopicKey
    entry_id: EntryId
    title: str
    rules: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Ear:
    """A feed that is polled, as far as it may explain a silence. news_at: when it last brought a new entry."""

    name: str
    failing_since: datetime | None
    news_at: datetime | None
    polled_at: datetime | None


def judge_rate(expect: Expect, daily: Sequence[int], going_on: RateKind | None = None) -> RateVerdict | None:
    """Far more, or far less for long? None: as expected.

    daily:    stories of each whole day (24 hours) of watching, newest last; the last one may have begun before.
    going_on: the episode that was told and has not ended. Noise ends only at `most`, lest it come and go at the edge.
    """
    latest, normal = daily[-1], f"{normal_words(expect)} a day {'is' if expect.most == 1 else 'are'} normal"
    edge = expect.most if going_on is RateKind.NOISY else max(2 * expect.most, expect.most + SURPLUS - 1)
    if latest > edge:
        return RateVerdict(RateKind.NOISY, f"{_stories(latest)} in the last 24 hours; {normal}")
    days, half = daily[-QUIET_DAYS:], (expect.least + 1) // 2
    if len(days) == QUIET_DAYS and all(count < half for count in days):
        counts = f"{', '.join(map(str, days[:-1]))} and {days[-1]} stories"
        return RateVerdict(RateKind.QUIET, f"{counts} on the last {QUIET_DAYS} days; {normal}")
    return None


def daily_counts(hits: Iterable[CountedHit], since: datetime, now: datetime) -> tuple[int, ...]:
    """Stories of each of the last days, newest last, at most QUIET_DAYS; of whole days since `since`, but the last one.

    hits: of one topic. since: when the topic was first watched.
    """
    days = max(1, min(QUIET_DAYS, (now - since) // DAY))
    stories: list[set[str]] = [set() for _ in range(days)]
    for hit in hits:
        back = max(now - hit.at, timedelta(0)) // DAY
        if back < days:
            stories[-1 - back].add(_story(hit))
    return tuple(len(some) for some in stories)


def noisy_words(hits: Iterable[CountedHit], now: datetime) -> tuple[tuple[str, int], ...]:
    """The words behind the last 24 hours, with the number of stories in which each stood; most first, then by name."""
    stories: defaultdict[str, set[str]] = defaultdict(set)
    for hit in hits:
        if now - hit.at < DAY:
            stories[_story(hit)].update(hit.rules)
    counted = Counter(rule for rules in stories.values() for rule in rules)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def is_listening(ears: Iterable[Ear], now: datetime) -> bool:
    """Was any feed asked lately?"""
    return any(ear.polled_at is not None and now - ear.polled_at < LISTENS_WITHIN for ear in ears)


def noisy_text(topic: Topic, verdict: RateVerdict, words: Sequence[tuple[str, int]]) -> str:
    """What the operator is told when a topic becomes noisy."""
    named = ", ".join(f"{word} ({count})" for word, count in words[:MOST_NAMED])
    cause = f"The words behind it: {named}." if named else "No single word is behind it: they come from feeds about it."
    return (
        f"{topic.title}: {verdict.text}. {cause} See them with: wirewatch hits --topic {topic.key} --hours 24. "
        "If they are news, raise `expect:`. If they are noise, make these words narrower, or give them a `not:`. "
        "You will get one more message when it is normal again."
    )


def quiet_text(topic: Topic, verdict: RateVerdict, ears: Sequence[Ear], now: datetime) -> str:
    """What the operator is told when a topic falls silent: what became of the feeds, and what to look at."""
    return (
        f"{topic.title}: {verdict.text}. Perhaps nothing happened; we check our ears. {_ears(ears, now)} "
        "See: wirewatch feeds. If all is well there, its words may miss how it is told now: try a headline that you "
        "would expect with wirewatch explain. You will get one more message when it is normal again."
    )


def end_text(topic: Topic, latest: int) -> str:
    """What the operator is told when an episode ends."""
    return f"{topic.title} is normal again: {_stories(latest)} in the last 24 hours."


def normal_words(expect: Expect) -> str:
    """The range as people say it: "0 to 6 stories", "1 story"."""
    return _stories(expect.most) if expect.least == expect.most else f"{expect.least} to {_stories(expect.most)}"


def _ears(ears: Sequence[Ear], now: datetime) -> str:
    failing = [f"{ear.name} (since {_date(ear.failing_since)})" for ear in ears if ear.failing_since is not None]
    silent = [
        f"{ear.name} ({'never yet' if ear.news_at is None else f'last on {_date(ear.news_at)}'})"
        for ear in ears
        if ear.failing_since is None and (ear.news_at is None or now - ear.news_at >= QUIET_DAYS * DAY)
    ]
    if not failing and not silent:
        return (
            f"All {len(ears)} feeds answer and brought news." if len(ears) > 1 else "The feed answers and brought news."
        )
    groups = ((failing, "Failing"), (silent, f"Without news for {QUIET_DAYS} days"))
    return " ".join(f"{what} ({len(names)} of {len(ears)}): {_listed(names)}." for names, what in groups if names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _story(hit: CountedHit) -> str:
    """What is the same for the same story; an entry without a headline is one of its own."""
    return fold(hit.title).text.strip(" ;") or f"entry {hit.entry_id}"


def _stories(count: int) -> str:
    return "1 story" if count == 1 else f"{count} stories"


def _date(time: datetime) -> str:
    return f"{time:%d %B}"
