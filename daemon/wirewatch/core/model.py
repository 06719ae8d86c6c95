"""The values that travel: entries on their way in, what was seen of them, hits, alerts, messages.

Frozen, valid by construction. Times are aware UTC. Text is plain (no markup, no control characters but newline).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, TopicKey

FeedId = NewType("FeedId", int)
EntryId = NewType("EntryId", int)
SeenKey = NewType("SeenKey", int)  # signed 64-bit digest of one way to recognise an entry, within its feed
DestinationKey = NewType("DestinationKey", str)  # names one destination in rows, logs and messages; holds no secret


class Via(StrEnum):
    """How entries arrived."""

    POLL = "poll"
    PUSH = "push"
    BACKFILL = "backfill"


class Field(StrEnum):
    """The parts of an entry that are matched, in order of weight."""

    TITLE = "title"
    SUMMARY = "summary"
    CONTENT = "content"


class Prominence(StrEnum):
    """Where the matched words stand: in the headline, in the first sentences of the text, or further down."""

    HEADLINE = "headline"
    LEAD = "lead"
    PASSING = "passing"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed as the document shows it now.

    link is absolute and as printed (not yet canonical); published and updated are aware UTC or None; summary and
    content are plain text with a newline between blocks; content is empty where it only repeats the summary.
    """

    guid: str | None
    link: str | None
    title: str
    summary: str = ""
    content: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    lang: str | None = None

    def text_of(self, field: Field) -> str:
        return self.title if field is Field.TITLE else self.summary if field is Field.SUMMARY else self.content


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a document says. `complete` is False where it stops without its end: its last entry may be cut."""

    format: str  # feedparser's version name ("rss20", "atom10", …) or "json1", "json11"
    entries: tuple[Entry, ...]
    title: str = ""
    link: str | None = None  # the channel's own page
    lang: str | None = None
    complete: bool = True
    warnings: tuple[str, ...] = ()  # faults that were survived, in words, for `wirewatch feeds`


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the database remembers of a feed between polls. All None and 0: never polled."""

    id: FeedId
    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_digest: bytes | None = None
    baseline_at: datetime | None = None  # when its first document with entries was read whole
    newest: datetime | None = None  # newest publication date of the last document with entries, never in the future
    cut_key: SeenKey | None = None  # the last entry of a document without an end, held until the next poll
    interval: timedelta | None = None
    due_at: datetime | None = None
    due_reason: str = ""
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    news_at: datetime | None = None  # when a poll last brought a new entry
    full_at: datetime | None = None  # when a body was last fetched without conditions
    failures: int = 0
    failing_since: datetime | None = None
    error: str | None = None
    warning: str | None = None
    format: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class SiteLease:
    """The right to poll one site's due feeds until `until`; `fence` grows with each lease and is checked at commit."""

    site_id: int
    site: str
    fence: int
    until: datetime
    feeds: tuple[FeedState, ...]


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """What outlives an entry: enough to recognise it and to know what it has told. Found by any of its keys."""

    id: EntryId
    title_key: SeenKey | None
    published: datetime | None
    edits: int = 0
    topics: frozenset[TopicKey] = frozenset()  # that have hit it, whether told or not


Seen = Mapping[SeenKey, SeenEntry]


@dataclass(frozen=True, slots=True)
class Identity:
    """The keys of one entry in its document; None where that part is absent or identifies nothing.

    link:    digest of the canonical link, the same in every feed.
    version: digest of title and text: tells one wording of an entry from another.
    """

    guid: SeenKey | None
    link: SeenKey | None
    title: SeenKey | None
    version: SeenKey

    @property
    def keys(self) -> tuple[SeenKey, ...]:
        """All keys, strongest first, without repetition."""
        return tuple(dict.fromkeys(key for key in (self.guid, self.link, self.version, self.title) if key is not None))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Entries of one feed on their way in: the one door for news, whatever brought them.

    identities: of `parsed.entries`, in the same order (`core/identity.py` makes them).
    """

    feed_id: FeedId
    parsed: ParsedFeed
    identities: tuple[Identity, ...]
    via: Via
    seen_at: datetime

    @property
    def keys(self) -> tuple[SeenKey, ...]:
        """Every key by which the store is asked what it has seen of these entries."""
        return tuple(dict.fromkeys(key for identity in self.identities for key in identity.keys))


@dataclass(frozen=True, slots=True)
class Span:
    """Matched words: which rule found them, and where in the field's plain text (character offsets, end exclusive).

    gloss: the English name of what they mean, where they are in another script; else "".
    """

    rule: str
    field: Field
    start: int
    end: int
    gloss: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry fits a topic, with the proof.

    sentence: the sentence (cut to about 300 characters) that shows the match best, as it stands in the entry;
    marks:    character ranges of the matched words within `sentence`; empty where the feed is about the topic.
    """

    topic: TopicKey
    spans: tuple[Span, ...]
    sentence: str
    marks: tuple[tuple[int, int], ...]
    prominence: Prominence
    why: str = ""  # one line in words: which rules, or "everything in this feed is about …"


class HitState(StrEnum):
    """What became of a hit; the value is stored, `HIT_WORDS` says it to people. Each hit is in exactly one."""

    ALERTED = "alerted"
    OLDER = "older"
    HELD = "held"
    TRIAL = "trial"
    UNROUTED = "unrouted"
    TOLD = "told"


HIT_WORDS: Mapping[HitState, str] = {
    HitState.ALERTED: "became an alert",
    HitState.OLDER: "older news: it stood there before we watched",
    HitState.HELD: "held: the feed looks rebuilt, this looks old",
    HitState.TRIAL: "trial topic: counted, never sent",
    HitState.UNROUTED: "no route covers it",
    HitState.TOLD: "already told: the same link came from another feed",
}


@dataclass(frozen=True, slots=True)
class AlertHit:
    """One topic of an alert, as a message shows it."""

    topic: TopicKey
    title: str
    prominence: Prominence
    sentence: str
    marks: tuple[tuple[int, int], ...]
    glosses: tuple[tuple[str, str], ...] = ()  # (word in another script, its English name)


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry that a receiver should know of, naming every topic that hit; the first of `hits` heads it."""

    id: int
    entry_id: EntryId
    headline: str
    link: str | None  # as printed by the feed; render decides whether it may be shown
    feed: str
    outlet: str
    kind: FeedKind | None
    lang: str | None
    published: datetime | None
    seen_at: datetime
    priority: Priority
    hits: tuple[AlertHit, ...]
    reason: str  # "first report", "edited: now fits Yongbyon", …
    route: int
    older: bool = False  # stood there before we watched; sent because `older_news` asks for it


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the watch itself that the operator should know; told once per episode.

    kind: "feed-failing", "rebuild", "edit-refused", "given-up", "topic-noisy", "store", …; subject: what it is about.
    """

    id: int
    kind: str
    subject: str
    text: str
    since: datetime


class DeliveryState(StrEnum):
    """Where a message to one destination stands. Waiting ones have a time; the others are final."""

    WAITING = "waiting"  # not tried yet, or to be tried again at its due time
    HELD = "held"  # the receiver says `hold: true`: waits until released
    SENDING = "sending"  # claimed and committed; after a crash it is sent again with the same id
    DELIVERED = "delivered"
    GIVEN_UP = "given up"
    SILENCED = "silenced"
    DROPPED = "dropped"  # its receiver left the watchlist


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one destination: what is rendered and sent. Its id never changes between attempts.

    id:     letters, digits and hyphens; unique in this database, goes into Message-ID and Idempotency-Key.
    thread: the id under which messages about one entry thread; None for a burst and for notices of their own.
    Holds either alerts or notices.
    """

    id: str
    destination: DestinationKey
    receiver: ReceiverName
    created_at: datetime
    attempt: int  # from 1
    alerts: tuple[Alert, ...] = ()
    notices: tuple[Notice, ...] = ()
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of one attempt, and what follows from it (`core/retry.py` decides)."""

    message_id: str
    state: DeliveryState
    at: datetime
    due_at: datetime | None  # when it is tried again; None where final
    text: str  # the server's answer or what went wrong, without secrets
    unknown: bool = False  # the answer was lost: it may have arrived
