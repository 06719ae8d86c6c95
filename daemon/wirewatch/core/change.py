"""What an edit of the watchlist does, as values: hits gained and lost, alerts before and after, terms that bring most.

`backtest.py` counts them; how a person reads them on a terminal is the business of `backtest/words.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Feed, ReceiverName, TopicKey, Watchlist

MOST_TERMS: Final = 10  # shown per topic
MOST_NEW_TERMS: Final = 5  # and of those that are not among them, but bring new hits
NO_WORDS: Final = "(no word: the feed is about it)"
DAY: Final = timedelta(days=1)


class Change(StrEnum):
    """What an edit does to a hit. The last two are of hits that somebody marked with `not-this`, after the edit."""

    KEPT = "kept"
    GAINED = "gained"
    LOST = "lost"
    STILL_NOISE = "still noise"
    MENDED = "no longer noise"


@dataclass(frozen=True, slots=True)
class Edit:
    """Two watchlists. only: the one topic that is looked at; None for all."""

    before: Watchlist
    after: Watchlist
    only: TopicKey | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry to judge again. at: when it came, None where nobody knows; noise: topics of its hits marked `not-this`.

    feed: as far as it is known by itself; a watchlist that has a feed of this address judges as from that one.
    """

    entry: Entry
    feed: Feed
    at: datetime | None
    noise: frozenset[TopicKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Sample:
    """A hit to be shown. marks: ranges of the matched words in the sentence; feed: its name."""

    topic: TopicKey
    change: Change
    at: datetime | None
    feed: str
    title: str
    link: str | None
    sentence: str
    marks: tuple[tuple[int, int], ...]
    why: str


@dataclass(frozen=True, slots=True)
class TermEffect:
    """What one term brings after the edit. only: hits in which no other term of its list stands; gained: new ones."""

    term: str
    hits: int
    only: int
    gained: int


@dataclass(frozen=True, slots=True)
class TopicEffect:
    """Hits of one topic before and after. terms: those that bring the most, the most first; then
    others that bring the most new hits.

    still_noise, mended: hits marked `not-this` that the edited topic makes again, and that it makes no more.
    """

    topic: TopicKey
    title: str
    before: int
    after: int
    gained: int
    lost: int
    terms: tuple[TermEffect, ...]
    still_noise: int
    mended: int


@dataclass(frozen=True, slots=True)
class ReceiverEffect:
    """Alerts of one receiver before and after: reports, however many of them one message would collect."""

    receiver: ReceiverName
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What the edit does. since, until: the span, None where no entry has a date; samples: the newest of each kind."""

    entries: int
    since: datetime | None
    until: datetime | None
    topics: tuple[TopicEffect, ...]
    receivers: tuple[ReceiverEffect, ...]
    samples: tuple[Sample, ...]

    @property
    def days(self) -> float | None:
        """The length of the span in days, at least 1; None where it is not known."""
        return max((self.until - self.since) / DAY, 1.0) if self.since and self.until else None

    def a_day(self, count: int) -> float | None:
        """A count of the span, for a day."""
        return count / self.days if self.days else None

    def of(self, topic: TopicKey, change: Change) -> tuple[Sample, ...]:
        """The samples of one kind, newest first."""
        return tuple(one for one in self.samples if one.topic == topic and one.change is change)


def effect_in_words(effect: Effect) -> str:
    """One line: "north-korea: +12 −1; yongbyon: −3 hits over the last 7 days (1,204 entries)"."""
    changed = [one for one in effect.topics if one.gained or one.lost]
    days = f" of {_days(effect.days)}" if effect.days else ""
    looked = f"{effect.entries:,} {'entry' if effect.entries == 1 else 'entries'}{days}"
    if not changed:
        return f"no hit gained or lost over {looked}"
    changed.sort(key=lambda one: -(one.gained + one.lost))
    rest = f", and {len(changed) - MOST_TERMS} more topics" if len(changed) > MOST_TERMS else ""
    return f"{'; '.join(_signed(one) for one in changed[:MOST_TERMS])}{rest}: hits over {looked}"


def _signed(one: TopicEffect) -> str:
    signed = (f"+{one.gained:,}" if one.gained else "", f"−{one.lost:,}" if one.lost else "")
    return f"{one.topic} {' '.join(part for part in signed if part)}"


def _days(days: float) -> str:
    return "1 day" if round(days) == 1 else f"{days:.0f} days"
