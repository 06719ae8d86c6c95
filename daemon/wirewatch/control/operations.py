"""The operations of the socket, one per method of Control: its route, what it takes, what it gives.

The server makes its routes of this table, the client its calls, and config/CONTROL.md describes each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from wirewatch.control.protocol import Noise, Status
from wirewatch.core.model import DeliveryState, EntryId, HitState
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.ledger import Ledger
from wirewatch.store.listing import ListedAlert, ListedFeed, ListedHit
from wirewatch.store.overview import Record

LONGEST_SILENCE = timedelta(days=366)

Limit = Annotated[int, Field(ge=1, le=1000)]
Lasts = Annotated[timedelta, Field(gt=timedelta(0), le=LONGEST_SILENCE)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Nothing:
    """No parameters."""


@dataclass(frozen=True, slots=True)
class HitsWanted:
    topic: TopicKey | None = None
    feed: str | None = None
    state: HitState | None = None
    since: datetime | None = None
    before: int | None = None
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class AlertsWanted:
    state: DeliveryState | None = None
    receiver: ReceiverName | None = None
    before: int | None = None
    limit: Limit = 20


@dataclass(frozen=True, slots=True)
class RecordsWanted:
    entry: EntryId | None = None
    alert: int | None = None
    link: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class SilenceWish:
    """lasts: seconds. by: the server puts in who asks."""

    topic: TopicKey
    lasts: Lasts
    because: Text
    by: str = ""


@dataclass(frozen=True, slots=True)
class LiftWish:
    topic: TopicKey


@dataclass(frozen=True, slots=True)
class ReleaseWish:
    name: Text


@dataclass(frozen=True, slots=True)
class RetryWish:
    message: str | None = None
    receiver: ReceiverName | None = None


@dataclass(frozen=True, slots=True)
class NoiseWish:
    hit: int | None = None
    alert: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """name: of the method of Control; takes: a frozen class of its parameters; gives: the type of its answer."""

    name: str
    method: str
    path: str
    takes: type = field(repr=False)
    gives: Any = field(repr=False)


OPERATIONS = (
    Operation("status", "GET", "/v1/status", Nothing, Status),
    Operation("feeds", "GET", "/v1/feeds", Nothing, tuple[ListedFeed, ...]),
    Operation("hits", "GET", "/v1/hits", HitsWanted, tuple[ListedHit, ...]),
    Operation("alerts", "GET", "/v1/alerts", AlertsWanted, tuple[ListedAlert, ...]),
    Operation("ledger", "GET", "/v1/ledger", Nothing, Ledger),
    Operation("records", "GET", "/v1/records", RecordsWanted, tuple[Record, ...]),
    Operation("silences", "GET", "/v1/silences", Nothing, tuple[Silence, ...]),
    Operation("silence", "POST", "/v1/silences", SilenceWish, Silence),
    Operation("lift", "POST", "/v1/lift", LiftWish, int),
    Operation("release", "POST", "/v1/release", ReleaseWish, int),
    Operation("retry", "POST", "/v1/retry", RetryWish, int),
    Operation("not_this", "POST", "/v1/not-this", NoiseWish, tuple[Noise, ...]),
    Operation("reload", "POST", "/v1/reload", Nothing, tuple[str, ...]),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
FOLLOW = "/v1/follow"
