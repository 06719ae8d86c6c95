"""Compares what topics bring with what their authors expect, and tells the operator once per episode.

To be called about once an hour. Remembers nothing itself: the episodes stand in the database, as notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wirewatch.core.effects import NoticeDraft
from wirewatch.core.expecting import (
    DAY,
    QUIET_DAYS,
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
from wirewatch.core.watchlist import Topic, TopicKey
from wirewatch.errors import StoreBusy
from wirewatch.live import Live
from wirewatch.placing import tell_operator
from wirewatch.store.counts import counted_hits, ears, watched_since
from wirewatch.store.database import Connection, Database
from wirewatch.store.outbox import open_notices
from wirewatch.store.writer import Writer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the database says of the last days. hits: by topic; open: the episode of each topic that goes on."""

    hits: Mapping[TopicKey, Sequence[CountedHit]]
    since: Mapping[TopicKey, datetime]
    ears: tuple[Ear, ...]
    open: Mapping[TopicKey, RateKind]


async def check_rates(database: Database, writer: Writer, live: Live, now: datetime) -> tuple[NoticeDraft, ...]:
    """Judge every topic that says `expect:`; returns what was told now. A busy database waits an hour."""
    topics = [topic for topic in live.watchlist.topics if topic.enabled and topic.expect is not None]
    try:
        heard = await asyncio.to_thread(_hear, database, [topic.key for topic in topics], now)
    except StoreBusy as busy:
        log.warning("action=rates_put_off text=%s; what topics bring is looked at an hour later", busy)
        return ()
    drafts = (*_forgotten(topics, heard, now), *_changes(topics, heard, now))
    if not drafts:
        return ()

    def tell(conn: Connection) -> tuple[NoticeDraft, ...]:
        return tuple(draft for draft in drafts if tell_operator(conn, draft, live, now))

    told = await asyncio.wrap_future(writer.submit(tell))
    for draft in told:
        state = "begins" if draft.open else "ends"
        log.warning(
            "action=rate_notice kind=%s topic=%s state=%s text=%s", draft.kind, draft.subject, state, draft.text
        )
    return told


def _hear(database: Database, keys: Sequence[TopicKey], now: datetime) -> Heard:
    hits: defaultdict[TopicKey, list[CountedHit]] = defaultdict(list)
    with database.read() as conn:
        for hit in counted_hits(conn, keys, now - QUIET_DAYS * DAY):
            hits[hit.topic].append(hit)
        kinds = frozenset(RateKind)
        going_on = {TopicKey(one.subject): RateKind(one.kind) for one in open_notices(conn) if one.kind in kinds}
        return Heard(hits, watched_since(conn, keys), ears(conn), going_on)


def _forgotten(topics: Sequence[Topic], heard: Heard, now: datetime) -> Iterator[NoticeDraft]:
    """Episodes of topics that expect nothing any more end without a word."""
    known = {topic.key for topic in topics}
    for key, kind in heard.open.items():
        if key not in known:
            yield NoticeDraft(kind, key, "", now, open=False)


def _changes(topics: Sequence[Topic], heard: Heard, now: datetime) -> Iterator[NoticeDraft]:
    """What begins and what ends, where anybody listens."""
    if not is_listening(heard.ears, now):
        return
    for topic in topics:
        if topic.expect is None or topic.key not in heard.since:
            continue
        going_on, hits = heard.open.get(topic.key), heard.hits.get(topic.key, ())
        daily = daily_counts(hits, heard.since[topic.key], now)
        verdict = judge_rate(topic.expect, daily, going_on)
        if going_on is not None and (verdict is None or verdict.kind is not going_on):
            yield NoticeDraft(
                going_on, topic.key, end_text(topic, daily[-1]) if verdict is None else "", now, open=False
            )
        if verdict is not None and verdict.kind is not going_on:
            yield NoticeDraft(verdict.kind, topic.key, _text(topic, verdict, heard, now), now)


def _text(topic: Topic, verdict: RateVerdict, heard: Heard, now: datetime) -> str:
    if verdict.kind is RateKind.NOISY:
        return noisy_text(topic, verdict, noisy_words(heard.hits.get(topic.key, ()), now))
    return quiet_text(topic, verdict, heard.ears, now)
