"""One entry's whole way, as values: which topics it fits and which nearly, which routes take it, who is told, what
became of it. Decides nothing: asks the same matcher, `place` and `trace` that the watch uses. `words.py` says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from wirewatch.core.effects import NewAlert, NewEntry, NewHit
from wirewatch.core.judge import Verdict
from wirewatch.core.match import Condition, Explanation, Reading
from wirewatch.core.model import DeliveryState, DestinationKey, Entry, EntryId, Hit, Prominence, Via
from wirewatch.core.plan import place
from wirewatch.core.routing import Facts, Step, facts_of, trace
from wirewatch.core.silencing import Silence, silenced_by
from wirewatch.core.watchlist import NO_FEED, Feed, Priority, ReceiverName, Topic, TopicKey
from wirewatch.live import Live
from wirewatch.store.overview import Record

NEAREST: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks about. source: where its text is from; feed: the feed it is judged as from, else NO_FEED."""

    entry: Entry
    source: str
    feed: Feed = NO_FEED
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class TopicAnswer:
    """A topic that the entry fits, or nearly. sentence, marks, prominence: only where it fits.

    failed: each condition that failed, in words; none where it fits. rule: the whole rule with its verdicts.
    """

    topic: TopicKey
    title: str
    fits: bool
    why: str
    trial: bool
    priority: Priority
    sentence: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    prominence: Prominence | None = None
    failed: tuple[str, ...] = ()
    rule: Condition | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A receiver who would be told if the entry were news now. held: its messages wait until released.

    moment: why it would not go at once ("" where it would), and due_at: when it would.
    """

    receiver: ReceiverName
    route: int
    destinations: tuple[DestinationKey, ...]
    held: bool
    silence: Silence | None
    moment: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one entry. near: the nearest misses, nearest first. now: when it was asked.

    steps: the way through the routes and facts: what they look at; none where no topic fits that is sent.
    told:    with the watchlist of now; what really became of a kept entry stands in `record`.
    """

    asked: Asked
    now: datetime
    fits: tuple[TopicAnswer, ...]
    near: tuple[TopicAnswer, ...]
    facts: Facts | None
    steps: tuple[Step, ...]
    told: tuple[Told, ...]
    silences: tuple[Silence, ...] = ()  # in force, of topics that it fits
    topic: TopicKey | None = None  # the one topic that was asked about


def answer(
    asked: Asked, live: Live, silences: Sequence[Silence], now: datetime, topic: TopicKey | None = None
) -> Answer:
    """Why this entry is (not) told. topic: look at this one alone among the topics, however far from fitting it is."""
    entry, feed, topics = asked.entry, asked.feed, live.desk.topics
    reading = Reading(entry, feed)
    hits = live.matcher.match(reading)
    explained = {told.topic: told for told in live.matcher.explain(reading)}
    sent = tuple(hit for hit in hits if not topics[hit.topic].trial)
    facts = facts_of(sent, topics, feed, entry.lang) if sent else None
    in_force = tuple(silence for silence in silences if silence.holds_at(now))
    fitting = frozenset(hit.topic for hit in hits)
    return Answer(
        asked=asked,
        now=now,
        fits=tuple(
            _fitting(hit, topics[hit.topic], explained[hit.topic]) for hit in hits if topic in (None, hit.topic)
        ),
        near=_nearest(tuple(explained.values()), topics, topic),
        facts=facts,
        steps=trace(live.watchlist.routes, facts) if facts is not None else (),
        told=tuple(_told(alert, in_force, now) for alert in _alerts(entry, hits, feed, live, now)),
        silences=tuple(silence for silence in in_force if silence.topic in fitting),
        topic=topic,
    )


def _fitting(hit: Hit, topic: Topic, told: Explanation) -> TopicAnswer:
    return TopicAnswer(
        topic=hit.topic,
        title=topic.title,
        fits=True,
        why=hit.why,
        trial=topic.trial,
        priority=topic.priority,
        sentence=hit.sentence,
        marks=hit.marks,
        prominence=hit.prominence,
        rule=told.rule,
    )


def _alerts(entry: Entry, hits: Sequence[Hit], feed: Feed, live: Live, now: datetime) -> tuple[NewAlert, ...]:
    """What the writer would place if this were the first report of it."""
    new = NewEntry(
        entry=entry,
        keys=(),
        title_key=None,
        link_key=None,
        via=Via.POLL,
        verdict=Verdict.NEW.value,
        seen_at=now,
        hits=tuple(NewHit(hit) for hit in hits),
    )
    return place(EntryId(0), new, feed, live.desk, {}).alerts


def _told(alert: NewAlert, silences: Sequence[Silence], now: datetime) -> Told:
    return Told(
        receiver=alert.receiver,
        route=alert.route,
        destinations=alert.destinations,
        held=alert.state is DeliveryState.HELD,
        silence=silenced_by(alert.topics, silences, now),
        moment=alert.moment,
        due_at=alert.due_at,
    )


def _nearest(
    explained: Sequence[Explanation], topics: Mapping[TopicKey, Topic], topic: TopicKey | None
) -> tuple[TopicAnswer, ...]:
    """Topics that do not fit, of which something stands there: the fewest obstacles first, then the most words."""
    if topic is not None:
        wanted = [told for told in explained if told.topic == topic and not told.fits]
    else:
        wanted = [told for told in explained if not told.fits and _is_near(told)]
    wanted.sort(key=lambda told: (len(told.failed), -len({span.rule for span in told.spans})))
    return tuple(_miss(told, topics[told.topic]) for told in wanted[:NEAREST])


def _miss(told: Explanation, topic: Topic) -> TopicAnswer:
    return TopicAnswer(
        topic=told.topic,
        title=topic.title,
        fits=False,
        why=told.why,
        trial=topic.trial,
        priority=topic.priority,
        failed=told.failed,
        rule=told.rule,
    )


def _is_near(told: Explanation) -> bool:
    """Does anything of the topic stand there, even if it does not count?"""
    return bool(told.spans) or bool(told.rule.nearly)


def asked_of(record: Record, feeds: Sequence[Feed]) -> Asked:
    """A kept entry, as from its feed; where that left the watchlist, as from a feed of which no more is known."""
    entry = Entry(
        guid=None,
        link=record.link,
        title=record.title,
        summary=record.summary,
        content=record.content,
        published=record.published,
        lang=record.lang,
    )
    gone = replace(NO_FEED, name=record.feed, url=record.feed_url)
    feed = next((feed for feed in feeds if feed.url == record.feed_url), gone)
    return Asked(entry, f"entry {record.entry_id}", feed, record)
