"""Silences: a topic that somebody asked to be quiet for a while. Applied when a message is about to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wirewatch.core.watchlist import TopicKey


@dataclass(frozen=True, slots=True)
class Silence:
    """One topic kept quiet from `since` until `until` (exclusive), or until it was lifted. by: who asked, as known."""

    id: int
    topic: TopicKey
    since: datetime
    until: datetime
    because: str
    by: str
    lifted_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Is it in force?"""
        return self.lifted_at is None and self.since <= now < self.until


def silenced_by(topics: Iterable[TopicKey], silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The silence that keeps an alert back: only where every topic it names is silent. The one that lasts longest."""
    named = frozenset(topics)
    in_force = [silence for silence in silences if silence.topic in named and silence.holds_at(now)]
    if not named or named - {silence.topic for silence in in_force}:
        return None
    return max(in_force, key=lambda silence: silence.until)
