"""The watchlist's life: loaded at the start, kept in the database, reloaded when saved, refused when broken.

A good edition is checked whole and swapped whole. A broken one changes nothing: the last good one goes on, and every
error is said once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from wirewatch.config.load import Loaded, load_from_snapshot, load_watchlist
from wirewatch.config.reading import SourceFile
from wirewatch.core.change import effect_in_words
from wirewatch.core.effects import NewEntry, NewHit, NoticeDraft
from wirewatch.core.identity import digest
from wirewatch.core.judge import Verdict
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import EntryId, Hit, HitState, Via
from wirewatch.core.watchlist import NO_FEED, Feed, OlderNews, Topic, Watchlist
from wirewatch.errors import ConfigError, StoreBusy
from wirewatch.fetch.sites import site_of
from wirewatch.hindsight import looks_for_the_same, recent_effect
from wirewatch.live import Live, bring_to_life, is_watched, today_of
from wirewatch.notify.destinations import destination_problems
from wirewatch.placing import place_entries, tell_operator
from wirewatch.store.database import Connection, Database
from wirewatch.store.entries import KeptEntry, add_topics, kept_entries, topics_known
from wirewatch.store.feeds import sync_feeds
from wirewatch.store.outbox import drop_receivers
from wirewatch.store.snapshots import last_watchlist, save_watchlist
from wirewatch.store.writer import Writer

BATCH = 500  # kept entries matched against new topics in one go

Kept = tuple[KeptEntry, tuple[Hit, ...]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Edition:
    """A loaded watchlist. problems: why the file itself could not be used, None where it could."""

    loaded: Loaded
    problems: ConfigError | None = None


def first_edition(path: Path, conn: Connection) -> Edition:
    """The file, or the last good one from the database. Raises ConfigError where there is neither."""
    try:
        return Edition(load_watchlist(path))
    except ConfigError as problems:
        kept = last_watchlist(conn)
        if kept is None:
            raise
        files = tuple(SourceFile(Path(name), content) for name, content in kept)
        return Edition(load_from_snapshot(files), problems)


@dataclass(slots=True)
class Editions:
    """Holds what is live. resolve: secret references to values; on_change: told of each swap."""

    path: Path
    database: Database
    writer: Writer
    resolve: Callable[[str], str]
    clock: Callable[[], datetime]
    live: Live
    files: tuple[SourceFile, ...]
    on_change: Callable[[Live, Live], None] = lambda before, after: None
    _refused: str | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def refused(self) -> tuple[str, ...]:
        """The errors of the last edit, if it is not live; empty where the file is what runs."""
        return tuple(self._refused.splitlines()) if self._refused else ()

    async def open(self, edition: Edition) -> None:
        """Make the first edition live; say it where it is not the file's."""
        await self._activate(edition.loaded, self.live)
        if edition.problems is not None:
            await self._refuse(edition.problems, "The last good watchlist goes on.")

    async def reload(self) -> ConfigError | None:
        """Read the file anew. None: it is live now. Otherwise nothing changed, and these are its errors."""
        async with self._lock:
            try:
                loaded = await asyncio.to_thread(load_watchlist, self.path)
            except ConfigError as problems:
                await self._refuse(problems, "Your edit is not live; the last good watchlist goes on.")
                return problems
            before = self.live.watchlist
            after = await asyncio.to_thread(self._bring_to_life, loaded.watchlist)
            await self._activate(loaded, after)
            await self._accept()
            await self._look_back(before, after.watchlist)
            return None

    async def turn_page(self) -> None:
        """Apply `until` when a day has passed: the same watchlist, seen on another date."""
        async with self._lock:  # a reload that goes on has the newer watchlist
            watchlist = self.live.watchlist
            today = today_of(watchlist, self.clock())
            if {feed.url for feed in watchlist.feeds if is_watched(feed, today)} != set(self.live.feeds):
                after = await asyncio.to_thread(self._bring_to_life, watchlist)
                await self._activate(Loaded(watchlist, self.files), after)

    async def baseline_topics(self) -> int:
        """Match kept entries against topics that are new by name: that is older news, not news. Returns the hits."""
        with self.database.read() as conn:
            known = topics_known(conn)
        fresh = tuple(topic for topic in self.live.watchlist.topics if topic.enabled and topic.key not in known)
        if not fresh:
            return 0
        hits = await self._baseline(fresh)
        now = self.clock()
        keys = [topic.key for topic in fresh]
        await asyncio.wrap_future(self.writer.submit(lambda conn: add_topics(conn, keys, now)))
        return hits

    def _bring_to_life(self, watchlist: Watchlist) -> Live:
        return bring_to_life(watchlist, self.resolve, today_of(watchlist, self.clock()))

    async def _activate(self, loaded: Loaded, after: Live) -> None:
        before, now = self.live, self.clock()
        files = [(str(one.path), one.content) for one in loaded.files]

        def store(conn: Connection) -> None:
            save_watchlist(conn, files, now)
            sync_feeds(conn, after.watchlist.feeds, site_of, now, today_of(after.watchlist, now))
            drop_receivers(conn, frozenset(receiver.name for receiver in after.watchlist.receivers), now)

        await asyncio.wrap_future(self.writer.submit(store))
        self.live, self.files = after, loaded.files
        problems = await asyncio.to_thread(destination_problems, after.watchlist, self.resolve)
        for warning in (*after.watchlist.warnings, *problems):
            log.warning("action=watchlist_warning text=%s", warning)
        self.on_change(before, after)
        await self.baseline_topics()

    async def _look_back(self, before: Watchlist, after: Watchlist) -> None:
        """Say what an edit of the topics does to the last days. It is live, whether that can be said or not."""
        if looks_for_the_same(before, after):
            return
        try:
            effect = await asyncio.to_thread(recent_effect, self.database, before, after, self.clock())
        except StoreBusy as busy:
            log.warning("action=edit_effect_unknown text=%s", busy)
            return
        log.info("action=edit_effect text=%s", effect_in_words(effect))

    async def _refuse(self, problems: ConfigError, consequence: str) -> None:
        text = str(problems)
        if text == self._refused:
            return
        self._refused = text
        log.error("action=watchlist_refused errors=%d text=%s", len(problems.problems), f"{consequence}\n{text}")
        now = self.clock()
        draft = NoticeDraft("edit-refused", f"{digest('edit', text):x}", f"{consequence}\n{text}", now)
        await asyncio.wrap_future(self.writer.submit(lambda conn: tell_operator(conn, draft, self.live, now)))

    async def _accept(self) -> None:
        watchlist = self.live.watchlist
        log.info(
            "action=watchlist_live feeds=%d topics=%d receivers=%d routes=%d",
            len(self.live.feeds),
            len(self.live.desk.topics),
            len(watchlist.receivers),
            len(watchlist.routes),
        )
        if self._refused is not None:
            now = self.clock()
            subject = f"{digest('edit', self._refused):x}"
            draft = NoticeDraft("edit-refused", subject, "", now, open=False)
            self._refused = None
            await asyncio.wrap_future(self.writer.submit(lambda conn: tell_operator(conn, draft, self.live, now)))

    async def _baseline(self, fresh: Sequence[Topic]) -> int:
        found = await asyncio.to_thread(self._match_kept, compile_topics(tuple(fresh), self.live.watchlist.packs))
        now = self.clock()
        wanted = wanted_kept(found, self.live.watchlist.settings.older_news, now)
        for start in range(0, len(found), BATCH):
            job = partial(self._place, batch=found[start : start + BATCH], wanted=wanted, now=now)
            await asyncio.wrap_future(self.writer.submit(job, placing=True))
        return sum(len(hits) for _, hits in found)

    def _match_kept(self, matcher: Matcher) -> list[Kept]:
        found: list[Kept] = []
        after = EntryId(0)
        while True:
            with self.database.read() as conn:
                batch = kept_entries(conn, after, BATCH)
            if not batch:
                return found
            after = batch[-1].id
            for kept in batch:
                feed = self.live.feeds.get(kept.feed_url)
                found_now = matcher.match(kept.entry, feed or NO_FEED)
                hits = tuple(hit for hit in found_now if hit.topic not in kept.topics)
                if hits:
                    found.append((kept, hits))

    def _place(self, conn: Connection, batch: Sequence[Kept], wanted: frozenset[EntryId], now: datetime) -> None:
        for kept, hits in batch:
            state = None if kept.id in wanted else HitState.OLDER
            placed = NewEntry(
                entry=kept.entry,
                keys=(),
                title_key=None,
                link_key=kept.link_key,
                via=Via.POLL,
                verdict=Verdict.BASELINE.value,
                seen_at=now,
                hits=tuple(NewHit(hit, state) for hit in hits),
            )
            feed = self.live.feeds.get(kept.feed_url) or Feed(kept.feed_url, kept.feed_url)
            place_entries(conn, [(kept.id, placed)], feed, self.live, now)


def wanted_kept(found: Sequence[Kept], older: OlderNews, now: datetime) -> frozenset[EntryId]:
    """Which kept entries a new topic sends although they are old, as `older_news` asks; usually none."""
    dated = sorted(found, key=lambda one: one[0].entry.published or one[0].first_seen, reverse=True)
    if older.newest:
        return frozenset(kept.id for kept, _ in dated[: older.newest])
    if older.last is not None:
        since = now - older.last
        return frozenset(kept.id for kept, _ in dated if (kept.entry.published or kept.first_seen) >= since)
    return frozenset(kept.id for kept, _ in dated) if older.everything else frozenset()
