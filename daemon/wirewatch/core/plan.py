"""The heart: what an arrival of entries means (`plan_entries`) and who is told of it (`place`). Both pure.

plan_entries: judge → match, in parallel on any node. place: route, in commit order, in the writer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wirewatch.core.alerts import order_hits, priority_of, reason_for
from wirewatch.core.effects import EditedEntry, NewAlert, NewEntry, NewHit, NewKeys
from wirewatch.core.judge import (
    NEWS,
    UNKNOWN,
    Judged,
    Verdict,
    are_renumbered,
    hold_rebuilt,
    judge_entry,
    newest_of,
    take_baseline,
)
from wirewatch.core.model import (
    Arrival,
    DeliveryState,
    DestinationKey,
    Entry,
    EntryId,
    FeedState,
    Hit,
    HitState,
    Seen,
    SeenEntry,
    SeenKey,
)
from wirewatch.core.routing import Desk, Spent, Timing, choose_routes, facts_of, timing_of
from wirewatch.core.watchlist import Feed, OlderNews, ReceiverName, Route, TopicKey

Match = Callable[[Entry, Feed], tuple[Hit, ...]]
Budget = Callable[[Route, ReceiverName], Spent | None]


@dataclass(frozen=True, slots=True)
class EntriesPlan:
    """What one arrival changes. newest, cut_key, baseline_at: the feed's memory after it; counts: by verdict."""

    new: tuple[NewEntry, ...]
    edited: tuple[EditedEntry, ...]
    again: tuple[NewKeys, ...]
    newest: datetime | None
    cut_key: SeenKey | None
    baseline_at: datetime | None
    counts: Mapping[Verdict, int]


def plan_entries(
    arrival: Arrival, feed: Feed, state: FeedState, seen: Seen, match: Match, older: OlderNews
) -> EntriesPlan:
    """Judge and match the entries of one document. seen: what the store knows of `arrival.keys()`.

    A document without entries changes nothing: it is an outage as far as we know, not a farewell.
    """
    parsed = arrival.parsed
    if not parsed.entries:
        return EntriesPlan((), (), (), state.newest, state.cut_key, state.baseline_at, {})
    judged = judge_document(arrival, state, seen)
    groups = group_variants(judged)
    wanted = wanted_older(
        [group for group in groups if group[0].verdict is Verdict.BASELINE], feed, match, older, arrival
    )
    read_whole = parsed.complete or state.cut_key is not None
    return EntriesPlan(
        new=tuple(_new_entry(group, arrival, feed, match, wanted) for group in groups),
        edited=tuple(_edited(judged, arrival, feed, match)),
        again=tuple(_renamed(judged, seen)),
        newest=newest_of(judged, arrival.seen_at) or state.newest,
        cut_key=None if parsed.complete else arrival.identities[-1].version,
        baseline_at=state.baseline_at or (arrival.seen_at if read_whole else None),
        counts=Counter(one.verdict for one in judged),
    )


def judge_document(arrival: Arrival, state: FeedState, seen: Seen) -> tuple[Judged, ...]:
    """Each entry with its verdict: by itself, then as part of its document (cut, baseline, rebuild)."""
    renumbered = are_renumbered(arrival.identities, seen)
    identities = [replace(one, guid=None) if renumbered else one for one in arrival.identities]
    pairs = zip(arrival.parsed.entries, identities, strict=True)
    judged = [judge_entry(entry, identity, seen) for entry, identity in pairs]
    if renumbered:
        judged = [replace(one, verdict=Verdict.RECYCLED) if one.verdict is Verdict.NEW else one for one in judged]
    last = judged[-1]
    # A document without an end holds back its last entry once; if it stands there again as it was, it is whole.
    if not arrival.parsed.complete and last.verdict in UNKNOWN and state.cut_key != last.identity.version:
        judged[-1] = replace(last, verdict=Verdict.CUT)
    return take_baseline(judged, state) if state.baseline_at is None else hold_rebuilt(judged, state, seen)


def group_variants(judged: Sequence[Judged]) -> list[list[Judged]]:
    """Unknown entries of one document that are one entry (the same link under several guids), first listed first.

    Some feeds list an article again under a new guid when its headline changes, beside the old one. The first one
    leads, unless a later one is news and it is not.
    """
    groups: list[list[Judged]] = []
    by_key: dict[SeenKey, list[Judged]] = {}
    for one in judged:
        if one.verdict not in UNKNOWN:
            continue
        keys = _naming_keys(one)
        group = next((by_key[key] for key in keys if key in by_key), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(one)
        by_key.update(dict.fromkeys(keys, group))
    return [sorted(group, key=lambda one: one.verdict not in NEWS) for group in groups]


def wanted_older(
    baseline: Sequence[Sequence[Judged]], feed: Feed, match: Match, older: OlderNews, arrival: Arrival
) -> frozenset[SeenKey]:
    """Versions of the older entries that are to be sent although they are old, as `older_news` asks."""
    if not (older.newest or older.last or older.everything):
        return frozenset()
    leaders = [group[0] for group in baseline if match(group[0].entry, feed)]
    leaders.sort(key=lambda one: one.entry.published or arrival.seen_at, reverse=True)
    if older.newest:
        leaders = leaders[: older.newest]
    if older.last is not None:
        since = arrival.seen_at - older.last
        leaders = [one for one in leaders if one.entry.published is not None and one.entry.published >= since]
    return frozenset(one.identity.version for one in leaders)


@dataclass(frozen=True, slots=True)
class Placement:
    """What placing decided for one entry: a final state for each hit (in order), and the alerts."""

    states: tuple[HitState, ...]
    alerts: tuple[NewAlert, ...]


def nothing_spent(route: Route, name: ReceiverName) -> Spent | None:
    """Of a route that has told nobody anything."""
    return None


def place(
    entry_id: EntryId,
    entry: NewEntry | EditedEntry,
    feed: Feed,
    desk: Desk,
    told: Mapping[ReceiverName, frozenset[TopicKey]],
    spent: Budget = nothing_spent,
) -> Placement:
    """Who is told of an entry's open hits.

    spent: what a route told a receiver at once in the last hour, asked for routes with a budget alone.
    told: receivers that had an alert for another entry with the same link, and of which topics: the same report in
    another feed is told again only if it fits a topic that they were not told of.
    An alert names every open topic; a hit that is trial, unrouted or told says so in its state.
    """
    open_hits = [new.hit for new in entry.hits if new.state is None and not _is_trial(new.hit, desk)]
    alerts, routed = _alerts(entry_id, entry, open_hits, feed, desk, told, spent) if open_hits else ((), False)
    fallback = HitState.ALERTED if alerts else HitState.TOLD if routed else HitState.UNROUTED
    states = tuple(new.state or (HitState.TRIAL if _is_trial(new.hit, desk) else fallback) for new in entry.hits)
    return Placement(states, alerts)


def _alerts(
    entry_id: EntryId,
    entry: NewEntry | EditedEntry,
    hits: Sequence[Hit],
    feed: Feed,
    desk: Desk,
    told: Mapping[ReceiverName, frozenset[TopicKey]],
    spent: Budget,
) -> tuple[tuple[NewAlert, ...], bool]:
    """The alerts, and whether any route fits at all."""
    facts = facts_of(hits, desk.topics, feed, entry.entry.lang)
    written: set[DestinationKey] = set()
    alerts: list[NewAlert] = []
    routed = False
    for route, name in choose_routes(desk.watchlist.routes, facts):
        routed = True
        fresh = tuple(key for key in desk.destinations.get(name, ()) if key not in written)
        if facts.topics <= told.get(name, frozenset()) or not fresh:
            continue
        written.update(fresh)
        timing = timing_of(route, name, desk, entry.seen_at, spent(route, name) if route.at_most else None)
        alerts.append(_alert(entry_id, entry, hits, desk, route, name, fresh, timing))
    return tuple(alerts), routed


def _alert(
    entry_id: EntryId,
    entry: NewEntry | EditedEntry,
    hits: Sequence[Hit],
    desk: Desk,
    route: Route,
    receiver: ReceiverName,
    destinations: tuple[DestinationKey, ...],
    timing: Timing,
) -> NewAlert:
    ordered = order_hits(hits, desk.topics)
    older = entry.verdict == Verdict.BASELINE.value
    return NewAlert(
        entry_id=entry_id,
        receiver=receiver,
        route=route.number,
        priority=priority_of(ordered, desk.topics),
        reason=reason_for(ordered, desk.topics, edited=isinstance(entry, EditedEntry), older=older),
        older=older,
        topics=tuple(hit.topic for hit in ordered),
        destinations=destinations,
        state=DeliveryState.HELD if desk.holds(receiver) else DeliveryState.WAITING,
        due_at=timing.due_at,
        collect=timing.collect,
        at=entry.seen_at,
        early=timing.early,
        moment="" if timing.early else timing.moment.value,
    )


def _is_trial(hit: Hit, desk: Desk) -> bool:
    topic = desk.topics.get(hit.topic)
    return topic is None or topic.trial


def _naming_keys(one: Judged) -> tuple[SeenKey, ...]:
    named = tuple(key for key in (one.identity.guid, one.identity.link) if key is not None)
    return named or (one.identity.version,)


def _new_entry(
    group: Sequence[Judged], arrival: Arrival, feed: Feed, match: Match, wanted: frozenset[SeenKey]
) -> NewEntry:
    lead = group[0]
    state = {Verdict.BASELINE: HitState.OLDER, Verdict.HELD: HitState.HELD}.get(lead.verdict)
    if lead.identity.version in wanted:
        state = None
    return NewEntry(
        entry=lead.entry,
        keys=tuple(dict.fromkeys(key for one in group for key in one.identity.keys)),
        title_key=lead.identity.title,
        link_key=lead.identity.link,
        via=arrival.via,
        verdict=lead.verdict.value,
        seen_at=arrival.seen_at,
        hits=tuple(NewHit(hit, state) for hit in _hits_of(group, feed, match)),
    )


def _hits_of(group: Sequence[Judged], feed: Feed, match: Match) -> list[Hit]:
    """Hits of the leading entry, and those that only another wording of it has (their offsets fit no stored text)."""
    hits = {hit.topic: hit for hit in match(group[0].entry, feed)}
    for other in group[1:]:
        for hit in match(other.entry, feed):
            why = f"{hit.why} (in another wording of it)"
            hits.setdefault(hit.topic, replace(hit, spans=(), why=why))
    return list(hits.values())


def _edited(judged: Sequence[Judged], arrival: Arrival, feed: Feed, match: Match) -> Iterator[EditedEntry]:
    """Edits of known entries, each wording once, the document's first one last so that it stays as the text."""
    done: set[tuple[EntryId, SeenKey]] = set()
    told: dict[EntryId, set[TopicKey]] = {}
    for one in reversed(judged):
        seen = one.seen
        if seen is None or one.verdict not in (Verdict.EDITED, Verdict.RESTLESS):
            continue
        if (seen.id, one.identity.version) in done:
            continue
        done.add((seen.id, one.identity.version))
        before = told.setdefault(seen.id, set(seen.topics))
        hits = tuple(NewHit(hit) for hit in match(one.entry, feed) if hit.topic not in before)
        before.update(new.hit.topic for new in hits)
        if one.verdict is Verdict.EDITED or hits:
            yield _edited_entry(one, seen, arrival, hits)


def _edited_entry(one: Judged, seen: SeenEntry, arrival: Arrival, hits: tuple[NewHit, ...]) -> EditedEntry:
    return EditedEntry(
        id=seen.id,
        entry=one.entry,
        keys=one.identity.keys,
        title_key=one.identity.title,
        link_key=one.identity.link,
        verdict=one.verdict.value,
        seen_at=arrival.seen_at,
        hits=hits,
    )


def _renamed(judged: Sequence[Judged], seen: Seen) -> Iterator[NewKeys]:
    for one in judged:
        if one.seen is not None and one.verdict is Verdict.RENAMED:
            yield NewKeys(one.seen.id, tuple(key for key in one.identity.keys if key not in seen))
