"""Hits that somebody called noise. The marks outlive the entries, so that a topic's history of noise stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from wirewatch.core.watchlist import TopicKey
from wirewatch.store.rows import inserts, list_text, span_rules, texts
from wirewatch.store.tables import alerts, hits
from wirewatch.store.tables import noise as table

_MARK = inserts(table, lambda new: new.on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class NoiseMark:
    """terms: the words of the topic that made the hit, as the topic spells them."""

    hit_id: int
    topic: TopicKey
    at: datetime
    by: str
    sentence: str
    terms: tuple[str, ...]


def mark_noise(conn: Connection, marks: Sequence[NoiseMark]) -> None:
    """Store them; a hit that is marked stays as it was marked first."""
    rows: list[Mapping[str, object]] = [
        {
            "hit_id": mark.hit_id,
            "topic": mark.topic,
            "at": mark.at,
            "marked_by": mark.by,
            "sentence": mark.sentence,
            "terms": list_text(mark.terms),
        }
        for mark in marks
    ]
    if rows:
        conn.execute(_MARK[conn.dialect.name], rows)


def noise_marks(conn: Connection) -> tuple[NoiseMark, ...]:
    """All of them, newest first."""
    found = conn.execute(select(table).order_by(table.c.at.desc(), table.c.hit_id.desc()))
    return tuple(
        NoiseMark(row.hit_id, TopicKey(row.topic), row.at, row.marked_by, row.sentence, texts(row.terms))
        for row in found
    )


def hits_to_mark(conn: Connection, *, hit: int | None = None, alert: int | None = None) -> tuple[NoiseHit, ...]:
    """The hit, or the hits of the topics that an alert names; empty where there is none."""
    wanted = select(hits)
    if alert is not None:
        told = conn.execute(select(alerts.c.entry_id, alerts.c.topics).where(alerts.c.id == alert)).first()
        if told is None:
            return ()
        wanted = wanted.where(hits.c.entry_id == told.entry_id, hits.c.topic.in_(texts(told.topics)))
    else:
        wanted = wanted.where(hits.c.id == hit)
    return tuple(
        NoiseHit(row.id, TopicKey(row.topic), row.sentence, span_rules(row.spans))
        for row in conn.execute(wanted.order_by(hits.c.id))
    )


@dataclass(frozen=True, slots=True)
class NoiseHit:
    """A stored hit: its sentence, and the rules that made it."""

    hit_id: int
    topic: TopicKey
    sentence: str
    rules: tuple[str, ...]
