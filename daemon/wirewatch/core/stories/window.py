"""Decides to which story a report belongs, among what was reported in the last 72 hours.

Owned by the writer, called in commit order. No clock: time is what the reports say. It stores nothing; after a restart
it is filled again by `add()`. The same reports in the same order always give the same stories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Final

from wirewatch.core.model import EntryId
from wirewatch.core.stories.abroad import same_event_abroad
from wirewatch.core.stories.likeness import COPIED, Likeness, share_copied
from wirewatch.core.stories.members import Member, Members, member_of
from wirewatch.core.stories.report import Joined, JoinReason, Report, StoryId

WINDOW: Final = timedelta(hours=72)
COLUMN: Final = timedelta(hours=12)
# Mean likeness to a story's members from which a report joins. Measured on the labelled events of August 2026: from
# 0.27 to 0.34 no wrong pair and less and less recall; below, reports of a missile test join those of a summit offer.
ALIKE: Final = 0.27
FADES: Final = timedelta(hours=96)  # likeness falls evenly to nothing over this distance in time
MOST_STORIES: Final = 3  # whose members are compared
FAR_LESS: Final = 0.5  # of what the best shares: not compared
MOST_COPIED: Final = 2  # of them, searched for the same text
FIRST_MEMBERS: Final = 4  # of a story that are compared: they keep it from drifting away
LAST_MEMBERS: Final = 8  # and the newest

_WINDOW = WINDOW.total_seconds()
_COLUMN = COLUMN.total_seconds()
_FADES = FADES.total_seconds()


class StoryWindow:
    """The reports of the last 72 hours with their stories: the one mutable index. Not for two threads at once."""

    def __init__(self) -> None:
        self._members = Members()
        self._newest = float("-inf")

    def __len__(self) -> int:
        return len(self._members)

    def story_of(self, entry_id: EntryId) -> StoryId | None:
        """The story of an entry that is in the window."""
        number = self._members.number_of(entry_id)
        return None if number is None else self._members.story_of(number)

    def place(self, report: Report) -> Joined:
        """Find the report's story by the first reason that fits, and keep the report.

        1. The same link, headline or first words within 72 h, whatever the language. But where an outlet uses its own
           headline or first words again after more than 12 h, under another link or without one, it writes a column:
           today's "Weather today" is news beside yesterday's. That story is barred for this report, here and in
           point 2: better told twice than hidden. Within 12 h it is the same report under a new address.
        2. Similar text, within a language where both are known: most words of another outlet's text; else the story
           to whose members the report is most alike in the mean, from ALIKE on, fading with the distance in time.
           With reports of its own outlet only the headline is compared: many feeds print one text under all of theirs.
        3. The same event in another language (`abroad.py`).
        Else it is the first report of a new story. Raises ValueError for an entry that is in the window already.
        """
        member = self._come(report)
        joined = self._judge(member) or Joined(StoryId(report.entry_id), True, JoinReason.FIRST)
        self._members.keep(member, joined.story)
        return joined

    def add(self, report: Report, story: StoryId) -> None:
        """Keep a report whose story was decided before; in the order in which they were placed.

        Raises ValueError for an entry that is in the window already.
        """
        self._members.keep(self._come(report), story)

    def move(self, entry_id: EntryId, story: StoryId) -> None:
        """Give a report another story, by hand. Raises KeyError for an entry that is not in the window."""
        self._members.move(self._number(entry_id), story)

    def take_back(self, entry_id: EntryId) -> None:
        """Undo `place()` or `add()`, for a transaction that was rolled back. Raises KeyError as `move()`."""
        self._members.drop(self._number(entry_id))

    def forget_before(self, at: datetime) -> None:
        """Drop what was first seen before this time. What is 72 h older than the newest report goes by itself."""
        self._members.drop_before(at.timestamp())

    def _number(self, entry_id: EntryId) -> int:
        number = self._members.number_of(entry_id)
        if number is None:
            raise KeyError(f"stories: entry {entry_id}: is not in the window; it reaches back 72 hours")
        return number

    def _come(self, report: Report) -> Member:
        if report.entry_id in self._members:
            raise ValueError(f"stories: entry {report.entry_id}: is in the window already; place an entry once")
        member = member_of(report)
        self._newest = max(self._newest, member.at)
        self._members.drop_before(self._newest - _WINDOW)
        return member

    def _judge(self, member: Member) -> Joined | None:
        barred = self._columns(member)
        return (
            self._exact(member, barred)
            or self._similar(member, barred)
            or same_event_abroad(member, self._members, barred)
        )

    def _columns(self, member: Member) -> frozenset[StoryId]:
        """The stories that hold an earlier issue of a column of this outlet."""
        held = self._members
        return frozenset(
            held.story_of(number)
            for key in member.exact_keys()
            for number in held.with_key(key)
            if _is_column(held[number], member)
        )

    def _exact(self, member: Member, barred: frozenset[StoryId]) -> Joined | None:
        held = self._members
        for key in member.exact_keys():
            for number in reversed(held.with_key(key)):
                other, story = held[number], held.story_of(number)
                if (key[0] is JoinReason.LINK or story not in barred) and _says_same(key[0], member, other):
                    return Joined(story, False, key[0], None, other.entry_id, _is_reprint(key[0], member, other))
        return None

    def _similar(self, member: Member, barred: frozenset[StoryId]) -> Joined | None:
        held = self._members
        likeness = Likeness(member.mark, held.words, held.stories, held.sought)
        stories = self._candidates(member, likeness.weights, barred)
        found = self._copied(member, stories[:MOST_COPIED])
        for story in () if found else stories:
            mean, like = self._mean(story, member, likeness)
            if mean >= ALIKE and (found is None or mean > (found.similarity or 0.0)):
                reprint = _is_reprint(JoinReason.TEXT, member, like)
                found = Joined(story, False, JoinReason.TEXT, mean, like.entry_id, reprint)
        return found

    def _copied(self, member: Member, stories: Sequence[StoryId]) -> Joined | None:
        for story in stories:
            for other in self._compared(story):
                share = share_copied(member.mark, other.mark) if other.outlet != member.outlet else None
                if share is not None and share >= COPIED:
                    return Joined(story, False, JoinReason.TEXT, share, other.entry_id, True)
        return None

    def _candidates(
        self, member: Member, weights: Mapping[int, float], barred: frozenset[StoryId]
    ) -> tuple[StoryId, ...]:
        """The stories with a report that shares the most and rarest words, the best first."""
        held = self._members
        scores: dict[StoryId, float] = {}
        for number, shared in held.words.search(weights):
            other = held[number]
            spoken = not (member.lang and other.lang) or member.lang == other.lang
            if spoken and abs(member.at - other.at) <= _WINDOW:
                story = held.story_of(number)
                scores[story] = max(scores.get(story, 0.0), shared * _fade(member, other))
        ranked = nsmallest(MOST_STORIES + len(barred), scores, key=lambda story: (-scores[story], story))
        least = FAR_LESS * scores[ranked[0]] if ranked else 0.0
        return tuple(story for story in ranked if story not in barred and scores[story] >= least)[:MOST_STORIES]

    def _mean(self, story: StoryId, member: Member, likeness: Likeness) -> tuple[float, Member]:
        """The mean likeness to the story's reports, and the report that is the most alike."""
        others = self._compared(story)
        alike = [
            likeness.to(other.mark, headline=other.outlet == member.outlet) * _fade(member, other) for other in others
        ]
        return sum(alike) / len(alike), others[alike.index(max(alike))]

    def _compared(self, story: StoryId) -> list[Member]:
        numbers = self._members.of_story(story)
        if len(numbers) > FIRST_MEMBERS + LAST_MEMBERS:
            numbers = (*numbers[:FIRST_MEMBERS], *numbers[-LAST_MEMBERS:])
        return [self._members[number] for number in numbers]


def _fade(member: Member, other: Member) -> float:
    return max(0.0, 1 - abs(member.at - other.at) / _FADES)


def _is_column(earlier: Member, member: Member) -> bool:
    same_link = member.link is not None and member.link == earlier.link
    return earlier.outlet == member.outlet and not same_link and abs(member.at - earlier.at) > _COLUMN


def _says_same(why: JoinReason, member: Member, other: Member) -> bool:
    if abs(member.at - other.at) > _WINDOW:
        return False
    return why is not JoinReason.WORDS or member.outlet != other.outlet


def _is_reprint(why: JoinReason, member: Member, other: Member) -> bool:
    """Two houses may come to one headline by themselves: where both give a text, the text says whether one copied."""
    if why in (JoinReason.LINK, JoinReason.WORDS):
        return True
    share = share_copied(member.mark, other.mark)
    return why is JoinReason.HEADLINE if share is None else share >= COPIED
