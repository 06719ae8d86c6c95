"""The reports of a window and all the ways in which they are found; keeps and drops them, decides nothing.

What it holds is a function of the reports that are in it, their order and their stories: a window filled again after
a restart is the window that was.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush

from wirewatch.core.model import EntryId
from wirewatch.core.stories.fingerprint import Fingerprint, fingerprint, hashed, terms_of_names
from wirewatch.core.stories.likeness import Words
from wirewatch.core.stories.report import JoinReason, Report, StoryId
from wirewatch.core.text import fold
from wirewatch.core.watchlist import TopicKey


@dataclass(frozen=True, slots=True)
class Member:
    """A report as the window keeps it.

    at: seconds since 1970; lang: without its region; names: their hashes; sought: the hashes of the words in them.
    """

    entry_id: EntryId
    at: float
    lang: str
    outlet: str
    topics: frozenset[TopicKey]
    names: frozenset[int]
    sought: frozenset[int]
    link: int | None
    mark: Fingerprint

    def exact_keys(self) -> Iterator[tuple[JoinReason, int]]:
        """By what the report is recognised without comparing, strongest first."""
        if self.link is not None:
            yield JoinReason.LINK, self.link
        if self.mark.headline is not None:
            yield JoinReason.HEADLINE, self.mark.headline
        if self.mark.words is not None:
            yield JoinReason.WORDS, self.mark.words


def member_of(report: Report) -> Member:
    return Member(
        entry_id=report.entry_id,
        at=report.at.timestamp(),
        lang=_one(report.lang.lower().split("-")[0]),
        outlet=_one(report.outlet),
        topics=_one_set(report.topics),
        names=_hashed_names(report.names),
        sought=terms_of_names(report.names),
        link=report.link_key,
        mark=fingerprint(report),
    )


@lru_cache(maxsize=1 << 12)
def _one(text: str) -> str:
    """The same object for equal texts: outlets and languages repeat."""
    return text


@lru_cache(maxsize=1 << 12)
def _one_set(topics: frozenset[TopicKey]) -> frozenset[TopicKey]:
    return topics


@lru_cache(maxsize=1 << 14)
def _hashed_names(names: frozenset[str]) -> frozenset[int]:
    return frozenset(hashed(fold(name).text) for name in names)


class Members:
    """The reports of a window by number (counted from 0 in the order of coming), entry, story, key and word."""

    def __init__(self) -> None:
        self.words = Words()
        self.names = Words()
        self.sought: Counter[int] = Counter()  # words that topics look for, and how many reports were found by them
        self._members: dict[int, Member] = {}
        self._numbers: dict[EntryId, int] = {}
        self._story_of: dict[int, StoryId] = {}
        self._stories: dict[StoryId, list[int]] = {}
        self._exact: dict[tuple[JoinReason, int], list[int]] = {}
        self._by_time: list[tuple[float, int]] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, entry_id: EntryId) -> bool:
        return entry_id in self._numbers

    def __getitem__(self, number: int) -> Member:
        return self._members[number]

    @property
    def stories(self) -> int:
        return len(self._stories)

    def number_of(self, entry_id: EntryId) -> int | None:
        return self._numbers.get(entry_id)

    def story_of(self, number: int) -> StoryId:
        return self._story_of[number]

    def of_story(self, story: StoryId) -> Sequence[int]:
        """The numbers of a story's reports, oldest first."""
        return self._stories.get(story, ())

    def with_key(self, key: tuple[JoinReason, int]) -> Sequence[int]:
        return self._exact.get(key, ())

    def keep(self, member: Member, story: StoryId) -> None:
        number = self._next
        self._next += 1
        self._members[number] = member
        self._numbers[member.entry_id] = number
        heappush(self._by_time, (member.at, number))
        for key in member.exact_keys():
            self._exact.setdefault(key, []).append(number)
        self.words.hold(number, member.mark.terms)
        self.names.hold(number, member.names)
        self.sought.update(member.sought)
        self._join(number, story)

    def drop(self, number: int) -> None:
        """Its place in the order of time is left to `drop_before`."""
        self._leave(number)
        member = self._members.pop(number)
        del self._numbers[member.entry_id]
        for key in member.exact_keys():
            self._exact[key].remove(number)
            if not self._exact[key]:
                del self._exact[key]
        oldest = next(iter(self._members), self._next)
        self.words.drop(number, member.mark.terms, oldest)
        self.names.drop(number, member.names, oldest)
        for term in member.sought:
            self.sought[term] -= 1
            if not self.sought[term]:
                del self.sought[term]

    def drop_before(self, at: float) -> None:
        while self._by_time and self._by_time[0][0] < at:
            number = heappop(self._by_time)[1]
            if number in self._members:
                self.drop(number)

    def move(self, number: int, story: StoryId) -> None:
        self._leave(number)
        self._join(number, story)

    def _join(self, number: int, story: StoryId) -> None:
        others = self._stories.setdefault(story, [])
        self._count(number, others, 1)
        insort(others, number)
        self._story_of[number] = story

    def _leave(self, number: int) -> None:
        story = self._story_of.pop(number)
        others = self._stories[story]
        others.remove(number)
        self._count(number, others, -1)
        if not others:
            del self._stories[story]

    def _count(self, number: int, others: Sequence[int], step: int) -> None:
        member = self._members[number]
        words: set[int] = set()
        names: set[int] = set()
        for other in others:
            words.update(self._members[other].mark.terms)
            names |= self._members[other].names
        self.words.tell(member.mark.terms, words, step)
        self.names.tell(member.names, names, step)
