"""Who gets an alert: the first route that fits decides, `also` lets it go on. Each route's step keeps its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import Enum

from wirewatch.core.alerts import order_hits, priority_of
from wirewatch.core.hours import next_time, night_end
from wirewatch.core.model import DestinationKey, Hit
from wirewatch.core.watchlist import Feed, FeedKind, Priority, ReceiverName, Route, Topic, TopicKey, Watchlist


@dataclass(frozen=True, slots=True)
class Desk:
    """A watchlist made ready for placing: topics by key in the file's order, destinations and clocks by receiver."""

    watchlist: Watchlist
    destinations: Mapping[ReceiverName, tuple[DestinationKey, ...]]
    topics: Mapping[TopicKey, Topic] = field(default_factory=dict)
    zones: Mapping[ReceiverName, tzinfo] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        watchlist: Watchlist,
        destinations: Mapping[ReceiverName, tuple[DestinationKey, ...]],
        zones: Mapping[ReceiverName, tzinfo] | None = None,
    ) -> Desk:
        """zones: of the receivers' clocks; UTC for those that are not there."""
        topics = {topic.key: topic for topic in watchlist.topics if topic.enabled}
        return cls(watchlist, destinations, topics, zones or {})

    def holds(self, name: ReceiverName) -> bool:
        receiver = self.watchlist.receiver(name)
        return receiver is not None and receiver.hold


@dataclass(frozen=True, slots=True)
class Facts:
    """What routes look at. lang: primary language subtag in lower case ("ko"), None where nobody says.

    prominence: where the words of the heading topic stand. None, as of tags, outlet and source: not known yet, so that
    every condition on it may be met.
    """

    topics: frozenset[TopicKey]
    priority: Priority
    kind: FeedKind | None
    lang: str | None
    prominence: str | None = None
    tags: frozenset[str] | None = None
    outlet: str | None = None
    source: str | None = None


def facts_of(hits: Sequence[Hit], topics: Mapping[TopicKey, Topic], feed: Feed, lang: str | None) -> Facts:
    """The facts of an entry's hits (at least one). feed: where it is from; lang: the entry's own, else the feed's."""
    ordered = order_hits(hits, topics)
    return Facts(
        topics=frozenset(hit.topic for hit in hits),
        priority=priority_of(ordered, topics),
        kind=feed.kind,
        lang=primary(lang or feed.lang),
        prominence=ordered[0].prominence.value,
        tags=feed.tags,
        outlet=feed.outlet or feed.name,
        source=feed.name,
    )


class Moment(Enum):
    """When an alert goes; the value is told to people."""

    ONCE = "at once"
    SPENT = "with the rest, since its route's budget of this hour is spent"
    NIGHT = "in the morning, since its receiver's night hours hold it"
    DIGEST = "in the digest"


@dataclass(frozen=True, slots=True)
class Timing:
    """When an alert may go, and whether others that wait for the same destination may take it along before."""

    moment: Moment
    due_at: datetime
    collect: bool

    @property
    def early(self) -> bool:
        return self.moment is Moment.ONCE


@dataclass(frozen=True, slots=True)
class Spent:
    """What a route has told a receiver at once in the last hour: how many alerts, and until when it is spent."""

    alerts: int
    whole_at: datetime


def timing_of(route: Route, name: ReceiverName, desk: Desk, now: datetime, spent: Spent | None = None) -> Timing:
    """When an alert of this route goes to this receiver. spent: for a route with a budget, None where nothing is."""
    receiver = desk.watchlist.receiver(name)
    zone = desk.zones.get(name, UTC)
    if route.send is not None:
        return Timing(Moment.DIGEST, next_time(route.send, zone, now), collect=True)
    due_at, moment = now + route.collect, Moment.ONCE
    if route.at_most and spent is not None and spent.alerts >= route.at_most:
        due_at, moment = max(due_at, spent.whole_at), Moment.SPENT
    night = night_end(receiver.night, zone, due_at) if receiver is not None and receiver.night else None
    if night is not None and not route.ring:
        return Timing(Moment.NIGHT, night, collect=True)
    return Timing(moment, due_at, collect=bool(route.collect) or moment is Moment.SPENT)


class Misfit(Enum):
    """Why a route does not take an alert; the value is told to people."""

    MACHINE = "it is for notices of the watch itself"
    TOPIC = "it takes only these topics"
    KIND = "it takes only these kinds of feeds"
    LANG = "it takes only these languages"
    PRIORITY = "it takes only these priorities"
    PROMINENCE = "it takes only what stands there"
    TAG = "it takes only feeds with these tags"
    OUTLET = "it takes only these outlets"
    SOURCE = "it takes only these feeds"


@dataclass(frozen=True, slots=True)
class Step:
    """One route on an alert's way.

    misfits: empty where it fits. reached: False where an earlier route that fits has already ended the way.
    told:    the receivers whom this route reaches, and none before it did.
    """

    route: Route
    misfits: tuple[Misfit, ...]
    reached: bool
    told: tuple[ReceiverName, ...]


def trace(routes: Sequence[Route], facts: Facts) -> tuple[Step, ...]:
    """An alert's way through all routes, those after its end too. `choose_routes` takes the same steps."""
    return tuple(_steps(routes, facts))


def choose_routes(routes: Sequence[Route], facts: Facts) -> Iterator[tuple[Route, ReceiverName]]:
    """Each receiver once, with the route that reached it first."""
    for step in _steps(routes, facts):
        if not step.reached:
            return
        for name in step.told:
            yield step.route, name


def _steps(routes: Sequence[Route], facts: Facts) -> Iterator[Step]:
    told: set[ReceiverName] = set()
    reached = True
    for route in routes:
        misfits = tuple(_misfits(route, facts))
        takes = reached and not misfits
        fresh = tuple(name for name in dict.fromkeys(route.to) if name not in told) if takes else ()
        told.update(fresh)
        yield Step(route, misfits, reached, fresh)
        if takes and not route.also:
            reached = False


def _misfits(route: Route, facts: Facts) -> Iterator[Misfit]:
    """What keeps an alert with these facts out of a route. An empty condition asks for nothing."""
    if route.machine:
        yield Misfit.MACHINE
    if route.topics and not route.topics & facts.topics:
        yield Misfit.TOPIC
    if route.kinds and facts.kind not in route.kinds:
        yield Misfit.KIND
    if route.langs and facts.lang not in {primary(lang) for lang in route.langs}:
        yield Misfit.LANG
    if route.priorities and facts.priority not in route.priorities:
        yield Misfit.PRIORITY
    if route.prominences and facts.prominence is not None and facts.prominence not in route.prominences:
        yield Misfit.PROMINENCE
    if route.tags and facts.tags is not None and not route.tags & facts.tags:
        yield Misfit.TAG
    if route.outlets and facts.outlet is not None and facts.outlet not in route.outlets:
        yield Misfit.OUTLET
    if route.sources and facts.source is not None and facts.source not in route.sources:
        yield Misfit.SOURCE


def machine_receivers(watchlist: Watchlist) -> tuple[ReceiverName, ...]:
    """Who gets the operator's notices; empty where no route says `machine: true` (then they go to the log alone)."""
    return tuple(dict.fromkeys(name for route in watchlist.routes if route.machine for name in route.to))


def primary(lang: str | None) -> str | None:
    """The primary subtag of a language tag (RFC 5646): "ko-KR" → "ko"."""
    return lang.replace("_", "-").split("-", 1)[0].lower() if lang else None
