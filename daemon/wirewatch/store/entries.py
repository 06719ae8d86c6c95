"""Entries and their hits: what was seen, what is kept of it, how it changed. Seen keys and marks outlive entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from wirewatch.core.effects import EditedEntry, NewEntry
from wirewatch.core.judge import Verdict
from wirewatch.core.model import Entry, EntryId, FeedId, Hit, HitState, SeenEntry, SeenKey, Via
from wirewatch.core.watchlist import TopicKey
from wirewatch.store.rows import (
    chunks,
    entry_of,
    entry_values,
    hit_values,
    inserts,
    list_text,
    seen_entry,
    topic_set,
)
from wirewatch.store.tables import edits, entries, feeds, hits, marks, noise, seen, topics

# Statements are built once: building one costs as much as running it.
_KNOWN = (
    select(seen.c.key, marks)
    .join(marks, marks.c.entry_id == seen.c.entry_id)
    .where(seen.c.feed_id == bindparam("feed"), seen.c.key.in_(bindparam("some", expanding=True)))
)
_PUT_KEYS = inserts(
    seen,
    lambda new: new.on_conflict_do_update(index_elements=["feed_id", "key"], set_={"entry_id": new.excluded.entry_id}),
)
_NEW_ENTRIES = insert(entries)
_NEW_HITS = inserts(hits, lambda new: new.on_conflict_do_nothing())
_NEW_TOPICS = inserts(topics, lambda new: new.on_conflict_do_nothing())
_TOPICS_OF = select(marks.c.entry_id, marks.c.topics).where(marks.c.entry_id.in_(bindparam("ids", expanding=True)))
_NEW_MARKS = insert(marks).returning(marks.c.entry_id, sort_by_parameter_order=True)
_SET_ENTRY = update(entries).where(entries.c.id == bindparam("row"))
_SET_MARK = update(marks).where(marks.c.entry_id == bindparam("row"))
_COUNT_EDIT = _SET_MARK.values(edits=marks.c.edits + 1)
_KEEP_OLD_TEXT = insert(edits).from_select(
    ["entry_id", "at", "verdict", "title", "summary", "content"],
    select(
        entries.c.id,
        bindparam("at", type_=edits.c.at.type),
        bindparam("verdict", type_=edits.c.verdict.type),
        entries.c.title,
        entries.c.summary,
        entries.c.content,
    ).where(entries.c.id == bindparam("row")),
)


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """A kept entry with what matching it again needs. topics: that have hit it already."""

    id: EntryId
    feed_id: FeedId
    feed_url: str
    entry: Entry
    link_key: SeenKey | None
    first_seen: datetime
    topics: frozenset[TopicKey]


def seen_entries(conn: Connection, feed_id: FeedId, keys: Sequence[SeenKey]) -> dict[SeenKey, SeenEntry]:
    """What is known of a feed's entries under these keys; unknown keys are absent."""
    found: dict[SeenKey, SeenEntry] = {}
    by_id: dict[int, SeenEntry] = {}
    for some in chunks(keys):
        for row in conn.execute(_KNOWN, {"feed": feed_id, "some": some}):
            if (entry := by_id.get(row.entry_id)) is None:
                entry = by_id[row.entry_id] = seen_entry(row)
            found[SeenKey(row.key)] = entry
    return found


def save_entries(conn: Connection, feed_id: FeedId, rows: Sequence[NewEntry]) -> tuple[EntryId, ...]:
    """Store new entries without their hits; returns their ids in order. A key that two share names the later one."""
    if not rows:
        return ()
    new_marks = [
        {
            "feed_id": feed_id,
            "title_key": row.title_key,
            "published": row.entry.published,
            "edits": 0,
            "topics": "",
            "first_seen": row.seen_at,
        }
        for row in rows
    ]
    ids = tuple(EntryId(id) for id in conn.execute(_NEW_MARKS, new_marks).scalars())
    conn.execute(_NEW_ENTRIES, [_new_row(feed_id, id, row) for id, row in zip(ids, rows, strict=True)])
    _put_keys(conn, feed_id, ((id, key) for id, row in zip(ids, rows, strict=True) for key in row.keys))
    return ids


def save_edits(conn: Connection, feed_id: FeedId, rows: Sequence[EditedEntry]) -> None:
    """Keep the old text as an edit and store the new one, in the order given; the entry comes back if it was purged.

    The first publication date stays in `marks`: some feeds date a standing entry anew at every poll.
    """
    for row in rows:
        conn.execute(_KEEP_OLD_TEXT, {"at": row.seen_at, "verdict": row.verdict, "row": row.id})
        changed = entry_values(row.entry) | {"link_key": row.link_key}
        if conn.execute(_SET_ENTRY, {"row": row.id} | changed).rowcount == 0:
            _bring_back(conn, feed_id, row, changed)
        conn.execute(_COUNT_EDIT, {"row": row.id, "title_key": row.title_key})
    _put_keys(conn, feed_id, ((row.id, key) for row in rows for key in row.keys))


def add_keys(conn: Connection, feed_id: FeedId, entry_id: EntryId, keys: Sequence[SeenKey]) -> None:
    """Let a known entry be recognised by more keys."""
    _put_keys(conn, feed_id, ((entry_id, key) for key in keys))


def save_hits(conn: Connection, rows: Sequence[tuple[EntryId, Hit, HitState, datetime]]) -> None:
    """Store hits, each with what became of it and when, and remember their topics for good.

    A hit of the same entry and topic that is stored already stays as it was.
    """
    if not rows:
        return
    conn.execute(_NEW_HITS[conn.dialect.name], [hit_values(*row) for row in rows])
    added: defaultdict[EntryId, set[TopicKey]] = defaultdict(set)
    for entry_id, hit, _, _ in rows:
        added[entry_id].add(hit.topic)
    known: dict[EntryId, frozenset[TopicKey]] = {}
    for ids in chunks(list(added)):
        stored = conn.execute(_TOPICS_OF, {"ids": ids})
        known.update((EntryId(row.entry_id), topic_set(row.topics)) for row in stored)
    conn.execute(_SET_MARK, [{"row": id, "topics": list_text(sorted(keys | known[id]))} for id, keys in added.items()])


def kept_entries(conn: Connection, after: EntryId, limit: int) -> tuple[KeptEntry, ...]:
    """Kept entries with ids beyond `after`, oldest first, for matching them with a new topic. Start with 0."""
    rows = conn.execute(
        select(entries, feeds.c.url, marks.c.topics)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .join(marks, marks.c.entry_id == entries.c.id)
        .where(entries.c.id > after)
        .order_by(entries.c.id)
        .limit(limit)
    )
    return tuple(_kept(row) for row in rows)


def topics_known(conn: Connection) -> frozenset[TopicKey]:
    """The topics that have their baseline."""
    return frozenset(TopicKey(key) for key in conn.execute(select(topics.c.key)).scalars())


def add_topics(conn: Connection, keys: Iterable[TopicKey], now: datetime) -> None:
    """Remember that these topics have their baseline; known ones keep the time of theirs."""
    rows = [{"key": key, "first_seen": now} for key in keys]
    if rows:
        conn.execute(_NEW_TOPICS[conn.dialect.name], rows)


def _new_row(feed_id: FeedId, id: EntryId, row: NewEntry) -> dict[str, Any]:
    return entry_values(row.entry) | {
        "id": id,
        "feed_id": feed_id,
        "link_key": row.link_key,
        "first_seen": row.seen_at,
        "via": row.via.value,
        "verdict": row.verdict,
    }


def _bring_back(conn: Connection, feed_id: FeedId, row: EditedEntry, changed: dict[str, Any]) -> None:
    """An entry that was purged and is now told in a new version: kept again under its old id."""
    first_seen = select(marks.c.first_seen).where(marks.c.entry_id == row.id).scalar_subquery()
    values = {"id": row.id, "feed_id": feed_id, "via": Via.POLL.value, "verdict": row.verdict}
    conn.execute(insert(entries).values(first_seen=first_seen), values | changed)


def _put_keys(conn: Connection, feed_id: FeedId, pairs: Iterable[tuple[EntryId, SeenKey]]) -> None:
    rows = [{"feed_id": feed_id, "key": key, "entry_id": id} for id, key in pairs]
    if rows:
        conn.execute(_PUT_KEYS[conn.dialect.name], rows)


def _kept(row: Row[Any]) -> KeptEntry:
    return KeptEntry(
        EntryId(row.id),
        FeedId(row.feed_id),
        row.url,
        entry_of(row),
        None if row.link_key is None else SeenKey(row.link_key),
        row.first_seen,
        topic_set(row.topics),
    )


def entries_between(
    conn: Connection, since: datetime, until: datetime, after: KeptEntry | None, limit: int
) -> tuple[KeptEntry, ...]:
    """Kept entries that came from `since` to before `until`, in the order in which they came.

    after: the last one of the page before; None for the first page. What stood in a feed before we watched it, and
    was published before the span, is left out: it was no news in the span.
    """
    wanted = _came_between(since if after is None else after.first_seen, since, until)
    if after is not None:
        wanted = and_(wanted, or_(entries.c.first_seen > after.first_seen, entries.c.id > after.id))
    rows = conn.execute(
        select(entries, feeds.c.url, marks.c.topics)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .join(marks, marks.c.entry_id == entries.c.id)
        .where(wanted)
        .order_by(entries.c.first_seen, entries.c.id)  # the index on it gives the page without sorting
        .limit(limit)
    )
    return tuple(_kept(row) for row in rows)


def count_between(conn: Connection, since: datetime, until: datetime) -> int:
    """How many entries `entries_between` gives in all its pages."""
    return conn.execute(select(func.count()).where(_came_between(since, since, until))).scalar_one()


def noise_between(conn: Connection, since: datetime, until: datetime) -> dict[EntryId, frozenset[TopicKey]]:
    """The topics whose hits somebody marked as noise, by the entry; of kept entries that came in this span."""
    found: defaultdict[EntryId, set[TopicKey]] = defaultdict(set)
    marked = (
        select(hits.c.entry_id, hits.c.topic)
        .join(noise, noise.c.hit_id == hits.c.id)
        .join(entries, entries.c.id == hits.c.entry_id)
        .where(_came_between(since, since, until))
    )
    for row in conn.execute(marked):
        found[EntryId(row.entry_id)].add(TopicKey(row.topic))
    return {id: frozenset(topics) for id, topics in found.items()}


def _came_between(begin: datetime, since: datetime, until: datetime) -> ColumnElement[bool]:
    news = or_(entries.c.verdict != Verdict.BASELINE.value, entries.c.published.is_(None), entries.c.published >= since)
    return and_(entries.c.first_seen >= begin, entries.c.first_seen < until, news)
