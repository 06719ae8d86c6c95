"""What a backtest found, as a person reads it: the head line, the hits with their sentences, the noise, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from wirewatch.core.change import Change, Effect, Sample, TopicEffect
from wirewatch.explain.notes import named
from wirewatch.explain.words import marked

MOST_SHOWN: Final = 200  # characters of a headline

_HEADS: Final = {
    Change.GAINED: "gained",
    Change.LOST: "lost",
    Change.STILL_NOISE: "marked not-this, and made again",
    Change.MENDED: "marked not-this, and made no more",
}


def head_line(effect: Effect, zone: tzinfo | None = None) -> str:
    """`12,345 entries, 2026-10-26 to 2026-11-25 (30 days)`."""
    entries = f"{effect.entries:,} {'entry' if effect.entries == 1 else 'entries'}"
    if effect.since is None or effect.until is None or effect.days is None:
        return f"{entries}, without dates: there are no figures a day"
    days = "1 day" if effect.days == 1 else f"{effect.days:.1f} days"
    return f"{entries}, {_date(effect.since, zone)} to {_date(effect.until, zone)} ({days})"


def a_day(effect: Effect, before: int, after: int) -> str:
    """`4.0 → 4.4`; "-" where the span is not known."""
    was, now = effect.a_day(before), effect.a_day(after)
    return "-" if was is None or now is None else f"{_number(was)} → {_number(now)}"


def _number(rate: float) -> str:
    """One digit behind the point; of what comes seldom, enough to tell it from nothing."""
    return f"{rate:.2g}" if 0 < rate < 1 else f"{rate:,.1f}"


def quiet_topics(effect: Effect) -> str:
    """Which topics hit nothing, before or after."""
    quiet = [one.topic for one in effect.topics if not one.before and not one.after]
    return f"No hit, before or after: {named(quiet)}."


def changes_in_words(effect: Effect, show: int, zone: tzinfo | None = None) -> Iterator[str]:
    """A block for each topic and kind of change that happened: how many, and the newest of them."""
    for one in effect.topics:
        for change, count in _counts(one):
            samples = effect.of(one.topic, change)[:show]
            if count and show:
                few = f", the newest {len(samples)}" if count > len(samples) > 0 else ""
                lines = [line for sample in samples for line in _sample(sample, zone)]
                yield "\n".join([f"{one.topic}: {count:,} {_HEADS[change]}{few}", *lines])


def _counts(one: TopicEffect) -> tuple[tuple[Change, int], ...]:
    return (
        (Change.GAINED, one.gained),
        (Change.LOST, one.lost),
        (Change.STILL_NOISE, one.still_noise),
        (Change.MENDED, one.mended),
    )


def _sample(sample: Sample, zone: tzinfo | None) -> Iterator[str]:
    at = f"{sample.at.astimezone(zone):%Y-%m-%d %H:%M}" if sample.at else "no date"
    title = sample.title if len(sample.title) <= MOST_SHOWN else f"{sample.title[: MOST_SHOWN - 1]}…"
    yield f"    {at}  {sample.feed}: {title}"
    yield f'        "{" ".join(marked(sample.sentence, sample.marks).split())}"'
    yield f"        {sample.why}"


def _date(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}"


def kept_lines(kept: Sequence[tuple[int, datetime]]) -> list[str]:
    """The kept watchlists by number and time, newest first, and how two are compared."""
    lines = [f"kept:{number}  live since {since.astimezone():%Y-%m-%d %H:%M}" for number, since in kept]
    lines[0] += ", the running one"
    return [*lines, "Compare two: wirewatch backtest --before kept:NUMBER --after kept:NUMBER"]
