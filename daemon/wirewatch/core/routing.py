"""Who gets an alert: the first route that fits decides, `also` lets it go on. Each route's step keeps its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from wirewatch.core.alerts import order_hits, priority_of
from wirewatch.core.model import DestinationKey, Hit
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, Route, Topic, TopicKey, Watchlist


@dataclass(frozen=True, slots=True)
class Desk:
    """A watchlist made ready for placing: topics by key in the file's order, destinations by receiver."""

    watchlist: Watchlist
    destinations: Mapping[ReceiverName, tuple[DestinationKey, ...]]
    topics: Mapping[TopicKey, Topic] = field(default_factory=dict)

    @classmethod
    def of(cls, watchlist: Watchlist, destinations: Mapping[ReceiverName, tuple[DestinationKey, ...]]) -> Desk:
        return cls(watchlist, destinations, {topic.key: topic for topic in watchlist.topics if topic.enabled})

    def holds(self, name: ReceiverName) -> bool:
        receiver = self.watchlist.receiver(name)
        return receiver is not None and receiver.hold


@dataclass(frozen=True, slots=True)
class Facts:
    """What routes look at. lang: primary language subtag in lower case ("ko"), None where nobody says."""

    topics: frozenset[TopicKey]
    priority: Priority
    kind: FeedKind | None
    lang: str | None


def facts_of(hits: Sequence[Hit], topics: Mapping[TopicKey, Topic], kind: FeedKind | None, lang: str | None) -> Facts:
    """The facts of an entry's hits (at least one). lang: the entry's own tag, else its feed's."""
    priority = priority_of(order_hits(hits, topics), topics)
    return Facts(frozenset(hit.topic for hit in hits), priority, kind, primary(lang))


class Misfit(Enum):
    """Why a route does not take an alert; the value is told to people."""

    MACHINE = "it is for notices of the watch itself"
    TOPIC = "it takes only these topics"
    KIND = "it takes only these kinds of feeds"
    LANG = "it takes only these languages"
    PRIORITY = "it takes only these priorities"


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


def machine_receivers(watchlist: Watchlist) -> tuple[ReceiverName, ...]:
    """Who gets the operator's notices; empty where no route says `machine: true` (then they go to the log alone)."""
    return tuple(dict.fromkeys(name for route in watchlist.routes if route.machine for name in route.to))


def primary(lang: str | None) -> str | None:
    """The primary subtag of a language tag (RFC 5646): "ko-KR" → "ko"."""
    return lang.replace("_", "-").split("-", 1)[0].lower() if lang else None
