"""Rows to core values and back. Lists stand in text columns as JSON; an empty list is "" (most have none)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from wirewatch.core.model import (
    Alert,
    AlertHit,
    Entry,
    EntryId,
    FeedId,
    FeedState,
    Hit,
    HitState,
    Notice,
    Prominence,
    SeenEntry,
    SeenKey,
    Span,
)
from wirewatch.core.watchlist import FeedKind, Priority, TopicKey

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


Insert = sqlite.Insert | postgresql.Insert


def inserts(table: Table, finish: Callable[[Insert], Executable]) -> Mapping[str, Executable]:
    """An INSERT with ON CONFLICT, by the database's dialect: both spell it alike, but SQLAlchemy keeps them apart."""
    return {"sqlite": finish(sqlite.insert(table)), "postgresql": finish(postgresql.insert(table))}


def chunks(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    """Pieces of a sequence, so that no statement grows beyond what a database takes."""
    return (values[start : start + size] for start in range(0, len(values), size))


def list_text(values: Sequence[Any]) -> str:
    return _encode(list(values)) if values else ""


def texts(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored)) if stored else ()


def topic_set(stored: str) -> frozenset[TopicKey]:
    return frozenset(TopicKey(key) for key in texts(stored))


def ranges(stored: str) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in json.loads(stored)) if stored else ()


def feed_state(row: Row[Any]) -> FeedState:
    """From a row with every column of `feeds`."""
    return FeedState(
        id=FeedId(row.id),
        url=row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        body_digest=row.body_digest,
        baseline_at=row.baseline_at,
        newest=row.newest,
        cut_key=None if row.cut_key is None else SeenKey(row.cut_key),
        interval=row.interval,
        due_at=row.due_at,
        due_reason=row.due_reason,
        polled_at=row.polled_at,
        ok_at=row.ok_at,
        news_at=row.news_at,
        full_at=row.full_at,
        failures=row.failures,
        failing_since=row.failing_since,
        error=row.error,
        warning=row.warning,
        format=row.format,
        lang=row.document_lang,
    )


def state_values(state: FeedState) -> dict[str, Any]:
    """Parameters of the update that saves a feed's state; `feed_id` names the row."""
    return {
        "feed_id": state.id,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_digest": state.body_digest,
        "baseline_at": state.baseline_at,
        "newest": state.newest,
        "cut_key": state.cut_key,
        "interval": state.interval,
        "due_at": state.due_at,
        "due_reason": state.due_reason,
        "polled_at": state.polled_at,
        "ok_at": state.ok_at,
        "news_at": state.news_at,
        "full_at": state.full_at,
        "failures": state.failures,
        "failing_since": state.failing_since,
        "error": state.error,
        "warning": state.warning,
        "format": state.format,
        "document_lang": state.lang,
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """The columns of `entries` that an edit changes."""
    return {
        "guid": entry.guid,
        "link": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "author": entry.author,
        "tags": list_text(entry.tags),
        "lang": entry.lang,
        "published": entry.published,
        "updated": entry.updated,
    }


def entry_of(row: Row[Any]) -> Entry:
    """From a row with every column of `entries`."""
    return Entry(
        guid=row.guid,
        link=row.link,
        title=row.title,
        summary=row.summary,
        content=row.content,
        author=row.author,
        tags=texts(row.tags),
        published=row.published,
        updated=row.updated,
        lang=row.lang,
    )


def seen_entry(row: Row[Any]) -> SeenEntry:
    """From a row with every column of `marks`."""
    return SeenEntry(
        id=EntryId(row.entry_id),
        title_key=None if row.title_key is None else SeenKey(row.title_key),
        published=row.published,
        edits=row.edits,
        topics=topic_set(row.topics),
    )


def hit_values(entry_id: EntryId, hit: Hit, state: HitState, at: datetime) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "topic": hit.topic,
        "state": state.value,
        "prominence": hit.prominence.value,
        "sentence": hit.sentence,
        "marks": list_text(hit.marks),
        "spans": list_text([_span_values(span) for span in hit.spans]),
        "why": hit.why,
        "at": at,
    }


def _span_values(span: Span) -> tuple[object, ...]:
    """The gloss stands last, where there is one."""
    return (span.rule, span.field.value, span.start, span.end, *((span.gloss,) if span.gloss else ()))


def span_rules(stored: str) -> tuple[str, ...]:
    """The rules of a stored hit's spans, each once."""
    return tuple(dict.fromkeys(str(span[0]) for span in json.loads(stored))) if stored else ()


def span_glosses(stored: str) -> tuple[tuple[str, str], ...]:
    """The (rule, gloss) of a stored hit's spans that have one, each gloss once."""
    spans = json.loads(stored) if stored else ()
    found = {str(gloss): str(rule) for rule, *_, gloss in reversed([span for span in spans if len(span) > 4])}
    return tuple((rule, gloss) for gloss, rule in reversed(found.items()))


def alert_hit(row: Row[Any], title: str) -> AlertHit:
    """From a row with every column of `hits`. title: the topic's, as the watchlist has it now."""
    return AlertHit(
        TopicKey(row.topic),
        title,
        Prominence(row.prominence),
        row.sentence,
        ranges(row.marks),
        span_glosses(row.spans),
    )


def alert_of(row: Row[Any], hits: Mapping[str, AlertHit]) -> Alert:
    """From the row that `messages.ALERTS` gives. hits: of its entry, by topic."""
    return Alert(
        id=row.id,
        entry_id=EntryId(row.entry_id),
        headline=row.title,
        link=row.link,
        feed=row.feed,
        outlet=row.outlet,
        kind=None if row.kind is None else FeedKind(row.kind),
        lang=row.lang or row.feed_lang or row.document_lang,
        published=row.published,
        seen_at=row.first_seen,
        priority=Priority(row.priority),
        hits=tuple(hits[topic] for topic in texts(row.topics)),
        reason=row.reason,
        route=row.route,
        older=row.older,
    )


def notice_of(row: Row[Any]) -> Notice:
    """From a row with every column of `notices`."""
    return Notice(id=row.id, kind=row.kind, subject=row.subject, text=row.text, since=row.since)
