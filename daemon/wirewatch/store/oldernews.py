"""What stood in the feeds before we watched: how much of it fits each topic, the newest lines, and what a day brings.

For the first minute and for `once`; reading only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from wirewatch.core.judge import Verdict
from wirewatch.core.model import HitState
from wirewatch.core.watchlist import TopicKey
from wirewatch.store.rows import ranges
from wirewatch.store.tables import entries, feeds, hits

DAY = timedelta(days=1)
# A document with fewer dated entries says nothing about its pace, nor does one that spans less than an hour.
TELLING_ENTRIES = 5
SHORTEST_SPAN = timedelta(hours=1)
# Whether it is sent (`older_news`) or not.
_IS_OLDER = or_(hits.c.state == HitState.OLDER.value, entries.c.verdict == Verdict.BASELINE.value)


@dataclass(frozen=True, slots=True)
class OlderLine:
    """One older hit, for people. at: its publication, or when we first saw it."""

    feed: str
    at: datetime
    headline: str
    sentence: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class OlderTopic:
    """How much older news fits a topic. a_day: entries a day by the dates in the feeds, None where they say nothing."""

    topic: TopicKey
    count: int
    newest: OlderLine
    a_day: float | None


def older_topics(conn: Connection) -> tuple[OlderTopic, ...]:
    """Every topic that older news fits, the most told first."""
    rates = _rates(conn)
    counted = (
        select(hits.c.topic, func.count().label("number"))
        .join(entries, entries.c.id == hits.c.entry_id)
        .where(_IS_OLDER)
        .group_by(hits.c.topic)
        .order_by(func.count().desc(), hits.c.topic)
    )
    return tuple(
        OlderTopic(TopicKey(row.topic), row.number, _newest(conn, row.topic), rates.get(row.topic))
        for row in conn.execute(counted)
    )


def _newest(conn: Connection, topic: str) -> OlderLine:
    at = func.coalesce(entries.c.published, entries.c.first_seen)
    row = conn.execute(
        select(feeds.c.name, entries.c.title, entries.c.published, entries.c.first_seen, hits.c.sentence, hits.c.marks)
        .join(entries, entries.c.id == hits.c.entry_id)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .where(hits.c.topic == topic, _IS_OLDER)
        .order_by(at.desc(), hits.c.id.desc())
        .limit(1)
    ).one()
    return OlderLine(row.name, row.published or row.first_seen, row.title, row.sentence, ranges(row.marks))


def _rates(conn: Connection) -> dict[str, float]:
    """Hits a day and topic: in each feed, its hits over the time its dated entries span (a day if few)."""
    spans = {
        row.feed_id: max(row.last - row.first, SHORTEST_SPAN) if row.number >= TELLING_ENTRIES else DAY
        for row in conn.execute(
            select(
                entries.c.feed_id,
                func.min(entries.c.published).label("first"),
                func.max(entries.c.published).label("last"),
                func.count().label("number"),
            )
            .where(entries.c.published.is_not(None))
            .group_by(entries.c.feed_id)
        )
    }
    counted = (
        select(hits.c.topic, entries.c.feed_id, func.count().label("number"))
        .join(entries, entries.c.id == hits.c.entry_id)
        .where(_IS_OLDER, entries.c.published.is_not(None))
        .group_by(hits.c.topic, entries.c.feed_id)
    )
    rates: defaultdict[str, float] = defaultdict(float)
    for row in conn.execute(counted):
        rates[row.topic] += row.number / (spans[row.feed_id] / DAY)
    return dict(rates)
