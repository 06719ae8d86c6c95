"""Whether two reports in two languages tell one event, by what their topics found in them; no text is compared.

Conservative: a wrong join hides news, a missed one tells it twice. Finds the story, keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from wirewatch.core.stories.members import Member, Members
from wirewatch.core.stories.report import Joined, JoinReason, StoryId

SOON: Final = timedelta(hours=12)  # between the two reports
LEAST_SHARED: Final = 2  # names
AGREE: Final = 0.6  # of the names of both must be shared
LEAST_STORIES: Final = 20  # in the window, else nobody knows which names are rare
RARE: Final = 20  # a name is rare where at most one story in so many holds it


def same_event_abroad(member: Member, held: Members, barred: frozenset[StoryId]) -> Joined | None:
    """The one story in another language that shares a topic, time, names (a rare one among them) and figures.

    None where two stories fit, or where the story has a report in this language: then its text has decided against it.
    """
    if not member.lang or len(member.names) < LEAST_SHARED or held.stories < LEAST_STORIES:
        return None
    found: dict[StoryId, Member] = {}
    for number in _holders_of_rare_names(member, held):
        story = held.story_of(number)
        if story not in barred and _agrees(member, held[number]) and not _speaks(member.lang, story, held):
            found[story] = held[number]
    if len(found) != 1:
        return None
    ((story, like),) = found.items()
    return Joined(story, False, JoinReason.ABROAD, None, like.entry_id)


def _holders_of_rare_names(member: Member, held: Members) -> Iterator[int]:
    for name in sorted(member.names):
        if 0 < held.names.stories.get(name, 0) <= held.stories // RARE:
            yield from held.names.holders(name)


def _agrees(member: Member, other: Member) -> bool:
    shared = len(member.names & other.names)
    figures, others = set(member.mark.figures), set(other.mark.figures)
    return (
        bool(other.lang)
        and member.lang != other.lang
        and abs(member.at - other.at) <= SOON.total_seconds()
        and bool(member.topics & other.topics)
        and shared >= LEAST_SHARED
        and shared >= AGREE * len(member.names | other.names)
        and (not figures or not others or bool(figures & others))
    )


def _speaks(lang: str, story: StoryId, held: Members) -> bool:
    return any(held[number].lang == lang for number in held.of_story(story))
