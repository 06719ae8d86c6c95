"""What `expect:` is judged by: hits of the last days, since when topics are watched, how the feeds are. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from wirewatch.core.expecting import CountedHit, Ear
from wirewatch.core.model import EntryId, HitState
from wirewatch.core.watchlist import TopicKey
from wirewatch.store.rows import chunks, span_rules
from wirewatch.store.tables import entries, feeds, hits, topics

# What is no news when it is found says nothing about a day: it stood there before, or its feed was rebuilt.
_NO_NEWS: Final = (HitState.OLDER.value, HitState.HELD.value)


def counted_hits(conn: Connection, keys: Sequence[TopicKey], since: datetime) -> tuple[CountedHit, ...]:
    """Hits of these topics that were news, from `since` on, oldest first within each 500 topics."""
    found = (
        select(hits.c.topic, hits.c.entry_id, hits.c.spans, hits.c.at, entries.c.title)
        .join(entries, entries.c.id == hits.c.entry_id)
        .where(hits.c.at >= since, hits.c.state.not_in(_NO_NEWS))
        .order_by(hits.c.at, hits.c.id)
    )
    return tuple(
        CountedHit(TopicKey(row.topic), EntryId(row.entry_id), row.title, span_rules(row.spans), row.at)
        for some in chunks(keys)
        for row in conn.execute(found.where(hits.c.topic.in_(some)))
    )


def watched_since(conn: Connection, keys: Sequence[TopicKey]) -> dict[TopicKey, datetime]:
    """Since when the hits of these topics are news; a topic without its baseline is not there."""
    first = select(topics.c.key, topics.c.first_seen)
    return {
        TopicKey(row.key): row.first_seen
        for some in chunks(keys)
        for row in conn.execute(first.where(topics.c.key.in_(some)))
    }


def ears(conn: Connection) -> tuple[Ear, ...]:
    """The feeds that are polled, by name."""
    polled = select(feeds.c.name, feeds.c.failing_since, feeds.c.news_at, feeds.c.polled_at)
    found = conn.execute(polled.where(feeds.c.enabled).order_by(feeds.c.name, feeds.c.id))
    return tuple(Ear(row.name, row.failing_since, row.news_at, row.polled_at) for row in found)
