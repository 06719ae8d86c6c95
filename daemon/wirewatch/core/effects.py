"""What planning and placing ask the writer to store: new and edited entries, their hits, alerts, the feed's state.

Values only; `plan.py` makes them, `store/` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wirewatch.core.model import (
    DeliveryState,
    DestinationKey,
    Entry,
    EntryId,
    FeedId,
    FeedState,
    Hit,
    HitState,
    SeenKey,
    Via,
)
from wirewatch.core.watchlist import Priority, ReceiverName, TopicKey


@dataclass(frozen=True, slots=True)
class NewHit:
    """A hit with what became of it before placing: None means placing decides (alerted, unrouted, told)."""

    hit: Hit
    state: HitState | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that was not known, with every key that will recognise it.

    title_key: digest of the folded title; link_key: digest of the canonical link, the same in all feeds, None where
    the link identifies nothing; verdict: the words of the judge.
    """

    entry: Entry
    keys: tuple[SeenKey, ...]
    title_key: SeenKey | None
    link_key: SeenKey | None
    via: Via
    verdict: str
    seen_at: datetime
    hits: tuple[NewHit, ...] = ()


@dataclass(frozen=True, slots=True)
class EditedEntry:
    """A known entry whose text changed: the old version is kept as an edit, the new one is stored and matched.

    hits: of topics that had not hit it before.
    """

    id: EntryId
    entry: Entry
    keys: tuple[SeenKey, ...]  # those not yet known for it
    title_key: SeenKey | None
    link_key: SeenKey | None
    verdict: str
    seen_at: datetime
    hits: tuple[NewHit, ...] = ()


@dataclass(frozen=True, slots=True)
class NewKeys:
    """A known entry, unchanged, that came under ids we had not seen (a new guid, a new link)."""

    id: EntryId
    keys: tuple[SeenKey, ...]


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """Something to tell the operator once per episode. open=False closes the episode and tells that it is well."""

    kind: str
    subject: str
    text: str
    since: datetime
    open: bool = True


@dataclass(frozen=True, slots=True)
class PollPlan:
    """All effects of one poll of one feed; stored whole or not at all.

    site_id, fence: the lease under which it was polled; the state is refused where the fence has moved on.
    """

    feed_id: FeedId
    site_id: int
    fence: int
    state: FeedState
    new: tuple[NewEntry, ...] = ()
    edited: tuple[EditedEntry, ...] = ()
    again: tuple[NewKeys, ...] = ()
    notices: tuple[NoticeDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert for one receiver with its outbox rows, one per destination not yet told by this placing.

    topics: every topic that hit, the heading one first. state: WAITING, or HELD for a receiver with `hold: true`.
    due_at: when it may go; collect: whether it may join others that wait for the same destination; early: whether these
            may take it along before it is due.
    """

    entry_id: EntryId
    receiver: ReceiverName
    route: int
    priority: Priority
    reason: str
    older: bool
    topics: tuple[TopicKey, ...]
    destinations: tuple[DestinationKey, ...]
    state: DeliveryState
    due_at: datetime
    collect: bool
    at: datetime
    early: bool = True
    moment: str = ""  # why it goes then, where it does not go at once
