"""Was everybody told of what they should, once, under the right topics? Pure: the demo ends with what this says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wirewatch.demo.news import Story


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as `wirewatch alerts --json` shows it. states: of its deliveries."""

    title: str
    topics: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mailed:
    """A message in the mailbox. id: its Message-ID, the same where a message came twice after a crash."""

    id: str
    text: str


def faults(stories: Sequence[Story], told: Sequence[Told], mails: Sequence[Mailed]) -> tuple[str, ...]:
    """What is missing, doubled or wrong, a sentence each; empty where all is right."""
    alerts: dict[str, list[Told]] = {}
    for alert in told:
        alerts.setdefault(alert.title, []).append(alert)
    expected = {story.title: story for story in stories if story.topics}
    found = [*_unexpected(expected, alerts)]
    for story in expected.values():
        found += _faults_of(story, alerts.get(story.title, []), mails)
    return tuple(found)


def _unexpected(expected: Mapping[str, Story], alerts: Mapping[str, Sequence[Told]]) -> Iterator[str]:
    for title, some in alerts.items():
        if title not in expected:
            yield f"told, but nobody asked for it: {title} ({', '.join(some[0].topics)})"


def _faults_of(story: Story, alerts: Sequence[Told], mails: Sequence[Mailed]) -> Iterator[str]:
    if not alerts:
        yield f"missing: {story.title}"
        return
    if len(alerts) > 1:
        yield f"doubled: {story.title} has {len(alerts)} alerts"
    if alerts[0].topics != story.topics:
        yield f"wrong: {story.title} is told under {', '.join(alerts[0].topics)}, not {', '.join(story.topics)}"
    wanted = "silenced" if story.silenced else "delivered"
    if any(state != wanted for state in alerts[0].states):
        yield f"wrong: {story.title} is {', '.join(alerts[0].states)}, not {wanted}"
    ids = {mail.id for mail in mails if " ".join(story.title.split()) in mail.text}
    if len(ids) != (0 if story.silenced else 1):
        yield f"wrong: {story.title} is in {len(ids)} mails"


def repeats(mails: Sequence[Mailed]) -> int:
    """How many mails came again under an id that had arrived: a crash in the middle of a send may do that."""
    return len(mails) - len({mail.id for mail in mails})
