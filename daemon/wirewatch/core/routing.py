"""Who gets an alert: the first route that fits decides, `also` lets it go on. Reasons stay with the route's number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wirewatch.core.model import DestinationKey
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


def fits(route: Route, facts: Facts) -> bool:
    """Does an alert with these facts fit a route? An empty condition asks for nothing."""
    return (
        not route.machine
        and (not route.topics or bool(route.topics & facts.topics))
        and (not route.kinds or facts.kind in route.kinds)
        and (not route.langs or facts.lang in {primary(lang) for lang in route.langs})
        and (not route.priorities or facts.priority in route.priorities)
    )


def choose_routes(routes: Sequence[Route], facts: Facts) -> Iterator[tuple[Route, ReceiverName]]:
    """Each receiver once, with the route that reached it first."""
    told: set[ReceiverName] = set()
    for route in routes:
        if not fits(route, facts):
            continue
        for name in route.to:
            if name not in told:
                told.add(name)
                yield route, name
        if not route.also:
            return


def machine_receivers(watchlist: Watchlist) -> tuple[ReceiverName, ...]:
    """Who gets the operator's notices; empty where no route says `machine: true` (then they go to the log alone)."""
    return tuple(dict.fromkeys(name for route in watchlist.routes if route.machine for name in route.to))


def primary(lang: str | None) -> str | None:
    """The primary subtag of a language tag (RFC 5646): "ko-KR" → "ko"."""
    return lang.replace("_", "-").split("-", 1)[0].lower() if lang else None
