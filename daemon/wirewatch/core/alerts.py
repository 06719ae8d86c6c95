"""What makes an alert of an entry's hits: which topic heads it, how much it matters, why it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wirewatch.core.model import Hit, Prominence
from wirewatch.core.watchlist import Priority, Topic, TopicKey

_WEIGHT = {Prominence.HEADLINE: 0, Prominence.LEAD: 1, Prominence.PASSING: 2}

FIRST_REPORT = "first report"


def order_hits(hits: Sequence[Hit], topics: Mapping[TopicKey, Topic]) -> tuple[Hit, ...]:
    """All hits, the heading one first: a part before its whole, then by prominence, priority and the file's order.

    A topic that stands only in passing does not head an alert whose headline is about another, however urgent it is.
    """
    wholes = {whole for hit in hits for whole in wholes_of(hit.topic, topics)}
    place = {key: number for number, key in enumerate(topics)}
    return tuple(
        sorted(
            hits,
            key=lambda hit: (
                hit.topic in wholes,
                _WEIGHT[hit.prominence],
                -topics[hit.topic].priority,
                place[hit.topic],
            ),
        )
    )


def wholes_of(topic: TopicKey, topics: Mapping[TopicKey, Topic]) -> tuple[TopicKey, ...]:
    """The topics that this one is a part of, nearest first. The checker has refused loops."""
    found: list[TopicKey] = []
    at = topics[topic].part_of if topic in topics else None
    while at is not None and at in topics:
        found.append(at)
        at = topics[at].part_of
    return tuple(found)


def priority_of(ordered: Sequence[Hit], topics: Mapping[TopicKey, Topic]) -> Priority:
    """An alert is as urgent as the topic that heads it."""
    return topics[ordered[0].topic].priority


def reason_for(ordered: Sequence[Hit], topics: Mapping[TopicKey, Topic], *, edited: bool, older: bool) -> str:
    """Why this is told now, as a message shows it."""
    if older:
        return "older news: it stood there before we watched"
    if edited:
        return "its text was changed and now fits " + " and ".join(topics[hit.topic].title for hit in ordered)
    return FIRST_REPORT
