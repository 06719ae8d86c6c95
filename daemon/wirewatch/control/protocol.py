"""What can be asked of a watch and wanted from it. The same whether a daemon answers over its socket, or, where none
runs, a command works on the database itself. Every value here is also the JSON of the socket (config/CONTROL.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from wirewatch.core.model import DeliveryState, EntryId, HitState, Notice
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.ledger import Ledger
from wirewatch.store.listing import ListedAlert, ListedFeed, ListedHit
from wirewatch.store.overview import Record


@dataclass(frozen=True, slots=True)
class Failing:
    """A feed that does not answer as it should. since: of the first failure in the row."""

    feed: str
    error: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The outbox in numbers, in messages and rows that are not yet messages. oldest: since when the first one waits."""

    waiting: int
    oldest: datetime | None
    next_due: datetime | None
    sending: int
    held: int
    given_up: int
    silenced: int


@dataclass(frozen=True, slots=True)
class Status:
    """How the watch is. troubles: why it is not well, a sentence each with what to do; empty where it is well.

    running: a daemon answered; pid, since: of its process, None where none runs.
    since_well: when the last trouble began or ended, None where that is not known.
    refused: the errors of the last edit of the watchlist, if it was refused and is not mended.
    database: its address without secrets; schema: the number of its last migration.
    """

    well: bool
    troubles: tuple[str, ...]
    now: datetime
    version: str
    schema: str
    running: bool
    pid: int | None
    since: datetime | None
    since_well: datetime | None
    desk: str
    watchlist: str
    loaded_at: datetime | None
    refused: tuple[str, ...]
    database: str
    feeds: int
    heard: int
    failing: tuple[Failing, ...]
    polled_at: datetime | None
    delivered_at: datetime | None
    queue: Queue
    silences: tuple[Silence, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """A hit that somebody called noise. terms: the words of the topic that are to blame; text: as it stands there.

    example: the line that belongs under `examples: ignore:` of that topic.
    """

    hit_id: int
    topic: TopicKey
    at: datetime
    by: str
    text: str
    terms: tuple[str, ...]
    example: str


class Control(Protocol):
    """Raises StoreBusy or StoreError as the database does, ControlError where what is named is not there."""

    def status(self) -> Status: ...

    def feeds(self) -> tuple[ListedFeed, ...]: ...

    def hits(
        self,
        *,
        topic: TopicKey | None = None,
        feed: str | None = None,
        state: HitState | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[ListedHit, ...]: ...

    def alerts(
        self,
        *,
        state: DeliveryState | None = None,
        receiver: ReceiverName | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[ListedAlert, ...]: ...

    def ledger(self) -> Ledger: ...

    def records(
        self,
        *,
        entry: EntryId | None = None,
        alert: int | None = None,
        link: str | None = None,
        title: str | None = None,
    ) -> tuple[Record, ...]:
        """Kept entries: by number, by an alert's number, by link (canonical, in any feed) or by exact title; newest
        first, at most 20."""

    def silences(self) -> tuple[Silence, ...]:
        """Those in force or ended within the last 7 days, newest first."""

    def silence(self, topic: TopicKey, lasts: timedelta, because: str, by: str) -> Silence: ...

    def lift(self, topic: TopicKey) -> int:
        """End the silences of a topic now; counts them (0: there was none)."""

    def release(self, name: str) -> int:
        """Let go what is held for a receiver, or the held entries of a feed (by name or address). Counts messages'
        rows or entries."""

    def retry(self, message: str | None = None, receiver: ReceiverName | None = None) -> int:
        """Send given-up messages again, and waiting ones now: one, those of a receiver, or all. Counts messages."""

    def not_this(self, *, hit: int | None = None, alert: int | None = None, by: str = "") -> tuple[Noise, ...]:
        """Mark a hit, or every hit of an alert, as noise."""

    def reload(self) -> tuple[str, ...]:
        """Make the saved watchlist live. Empty: done; else every error, and nothing changed. Only with a daemon."""
