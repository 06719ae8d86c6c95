"""What was published against what arrived: pure, so that a test can plant a loss and see it found.

A message may come twice to a destination only with its first id, and only if its answer never reached the daemon:
because a kill caught it in flight (one per destination and kill), or because the sink kept the answer back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.world.sinks import Arrival

SERIAL = re.compile(r"\bR\d{5}\b")


@dataclass(frozen=True, slots=True)
class Record:
    """What the world saw. All times are monotonic seconds.

    wanted:       serial number of each headline that must be told → when it was published.
    unwanted:     serial numbers that nobody may be told of.
    destinations: who must be told.
    kills:        when everything was settled after each kill, in order: what came before is that process's.
    """

    wanted: Mapping[str, float]
    unwanted: frozenset[str]
    destinations: tuple[str, ...]
    arrivals: tuple[Arrival, ...]
    kills: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """A headline that never came to a destination. kill: index of the first one after it was published, or the last."""

    serial: str
    destination: str
    kill: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A message that came again to a destination. kill: index of the kill that caught it, None: its answer was lost."""

    message_id: str
    destination: str
    kill: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """faults: sentences; a campaign is good when there are none. Each loss is a fault too."""

    losses: tuple[Loss, ...]
    repeats: tuple[Repeat, ...]
    faults: tuple[str, ...]


def compare(record: Record) -> Outcome:
    """Everything that is wrong, and every repeat with its cause."""
    losses = tuple(_losses(record))
    repeats: list[Repeat] = []
    faults = [f"{loss.destination}: {loss.serial} never came" for loss in losses]
    for destination in record.destinations:
        came = [arrival for arrival in record.arrivals if arrival.destination == destination]
        faults += _strangers(destination, came, record)
        faults += _two_ids(destination, came)
        for repeat, fault in _repeats(destination, came, record.kills):
            repeats.append(repeat)
            faults += fault
    excess = Counter((repeat.destination, repeat.kill) for repeat in repeats if repeat.kill is not None)
    faults += [
        f"{destination}: {count} messages repeated after kill {kill + 1}; at most one was in flight"
        for (destination, kill), count in excess.items()
        if kill is not None and count > 1
    ]
    known = set(record.destinations)
    faults += sorted(
        {
            f"{one.destination}: nobody of that name is written to"
            for one in record.arrivals
            if one.destination not in known
        }
    )
    return Outcome(losses, tuple(repeats), tuple(faults))


def serials(arrival: Arrival) -> frozenset[str]:
    """The headlines that a message tells of."""
    return frozenset(SERIAL.findall(arrival.text))


def kill_after(time: float, kills: tuple[float, ...]) -> int | None:
    """Index of the first kill after a moment; None where none came."""
    return next((index for index, kill in enumerate(kills) if kill >= time), None)


def _losses(record: Record) -> Iterator[Loss]:
    for destination in record.destinations:
        told = frozenset[str]().union(*(serials(one) for one in record.arrivals if one.destination == destination))
        for serial, published in record.wanted.items():
            if serial not in told:
                kill = kill_after(published, record.kills)
                yield Loss(serial, destination, kill if kill is not None else max(len(record.kills) - 1, 0))


def _strangers(destination: str, came: list[Arrival], record: Record) -> Iterator[str]:
    """Messages about what should not be told, and messages that cannot be known again."""
    for arrival in came:
        if not arrival.message_id:
            yield f"{destination}: a message without an id: {arrival.text[:60]!r}"
        if not serials(arrival):
            yield f"{destination}: a message about nothing that was published: {arrival.text[:60]!r}"
        for serial in sorted(serials(arrival) & record.unwanted):
            yield f"{destination}: {serial} was told, but fits no topic or is older news"


def _two_ids(destination: str, came: list[Arrival]) -> Iterator[str]:
    """A headline under two ids was told twice; an id with two texts is not one message."""
    ids: dict[str, set[str]] = {}
    texts: dict[str, set[frozenset[str]]] = {}
    for arrival in came:
        texts.setdefault(arrival.message_id, set()).add(serials(arrival))
        for serial in serials(arrival):
            ids.setdefault(serial, set()).add(arrival.message_id)
    for serial, found in sorted(ids.items()):
        if len(found) > 1:
            yield f"{destination}: {serial} was told under {len(found)} ids: {', '.join(sorted(found))}"
    for message_id, contents in sorted(texts.items()):
        if len(contents) > 1:
            yield f"{destination}: {message_id} told {len(contents)} different things"


def _repeats(destination: str, came: list[Arrival], kills: tuple[float, ...]) -> Iterator[tuple[Repeat, list[str]]]:
    before: dict[str, Arrival] = {}
    for arrival in sorted(came, key=lambda one: one.at):
        first = before.get(arrival.message_id)
        if first is not None:
            yield _explain(destination, first, arrival, came, kills)
        before[arrival.message_id] = arrival


def _explain(
    destination: str, first: Arrival, again: Arrival, came: list[Arrival], kills: tuple[float, ...]
) -> tuple[Repeat, list[str]]:
    """Why a message came again, and a fault where there was no good reason."""
    if first.lost_answer:
        return Repeat(again.message_id, destination, None), []
    kill = kill_after(first.at, kills)
    repeat = Repeat(again.message_id, destination, kill)
    if kill is None or kills[kill] > again.at:
        return repeat, [f"{destination}: {again.message_id} came twice without a kill between"]
    # One lane writes to a destination, so what was in flight at a kill is what came last before it.
    later = [one for one in came if first.at < one.at <= kills[kill]]
    if later:
        return repeat, [f"{destination}: {again.message_id} came again after kill {kill + 1}, but was not in flight"]
    return repeat, []
