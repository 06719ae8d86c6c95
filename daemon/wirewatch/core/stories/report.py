"""The values of stories: a report as it is compared, the decision with its reason, and how many voices tell a story.

Nothing here decides; `window.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wirewatch.core.model import EntryId
from wirewatch.core.watchlist import FeedKind, TopicKey

StoryId = NewType("StoryId", int)  # the entry id of the story's first report; it never changes


@dataclass(frozen=True, slots=True)
class Report:
    """What is needed of an entry to find its story.

    text:     plain summary, or the beginning of the content; what stands beyond TEXT_CHARS is not read.
    lang:     language tag, or "" where unknown; only the part before the first hyphen is compared.
    outlet:   the house that speaks, whatever its feeds.
    at:       when we first saw the entry, aware UTC.
    names:    what the matched words mean: their gloss, else the rule that found them.
    link_key: digest of the canonical link, or None where the link identifies nothing.
    """

    entry_id: EntryId
    title: str
    text: str
    lang: str
    outlet: str
    kind: FeedKind | None
    at: datetime
    topics: frozenset[TopicKey] = frozenset()
    names: frozenset[str] = frozenset()
    link_key: int | None = None


class JoinReason(StrEnum):
    """Why a report belongs to its story; the text is stored and shown."""

    FIRST = "first report"
    LINK = "same link"
    HEADLINE = "same headline"
    WORDS = "same first words"
    TEXT = "similar text"
    ABROAD = "same event in another language"


@dataclass(frozen=True, slots=True)
class Joined:
    """The story of a report, and why.

    similarity: 0 to 1, where likeness of the text decided; None for the other reasons.
    like:       the member that decided (of several the most alike); None for a first report.
    reprint:    the report says what `like` says in the same words: it is no voice of its own.
    """

    story: StoryId
    new: bool
    why: JoinReason
    similarity: float | None = None
    like: EntryId | None = None
    reprint: bool = False


@dataclass(frozen=True, slots=True)
class Voices:
    """How many independent houses tell a story. `state` of them are state media alone, `others` are not."""

    others: int
    state: int

    @property
    def all(self) -> int:
        return self.others + self.state

    @property
    def state_media_only(self) -> bool:
        return self.state > 0 and self.others == 0


def count_voices(members: Iterable[tuple[str, FeedKind | None, bool]]) -> Voices:
    """The voices of a story's members, each given as (outlet, kind, is it a reprint).

    Feeds of one outlet are one voice; reprints are none, so a wire's text in thirty outlets is one voice. An outlet
    counts as state media only if all its own reports come from feeds of that kind.
    """
    kinds: dict[str, set[bool]] = {}
    for outlet, kind, reprint in members:
        if not reprint:
            kinds.setdefault(outlet, set()).add(kind is FeedKind.STATE_MEDIA)
    state = sum(found == {True} for found in kinds.values())
    return Voices(others=len(kinds) - state, state=state)
