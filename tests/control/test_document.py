"""config/CONTROL.md describes every operation with its parameters, and no other; the JSON comes back as it went."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wirewatch.control.codec import from_json, to_json
from wirewatch.control.follow import Event
from wirewatch.control.operations import FOLLOW, OPERATIONS
from wirewatch.control.protocol import Failing, Noise, Queue, Status
from wirewatch.core.model import DeliveryState, DestinationKey, EntryId, FeedId, FeedState, HitState, Notice, Prominence
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, TopicKey
from wirewatch.store.ledger import Ledger
from wirewatch.store.listing import ListedAlert, ListedDelivery, ListedFeed, ListedHit
from wirewatch.store.overview import Record

TEXT = (Path(__file__).parents[2] / "config" / "CONTROL.md").read_text(encoding="utf-8")
ROWS = {
    (method, path): takes for method, path, takes in re.findall(r"^\| `(GET|POST) (\S+)` \|(.*?)\|", TEXT, re.MULTILINE)
}
NOW = datetime(2026, 11, 25, 6, 30, 0, 123456, tzinfo=UTC)

SILENCE = Silence(1, TopicKey("t"), NOW, NOW + timedelta(hours=1), "a drill", "jo")
HIT = ListedHit(
    7,
    NOW,
    TopicKey("t"),
    HitState.ALERTED,
    Prominence.LEAD,
    "영변",
    ((0, 2),),
    "why",
    EntryId(3),
    "a",
    None,
    NOW,
    "f",
    "o",
)
DELIVERY = ListedDelivery(DestinationKey("d/1"), DeliveryState.GIVEN_UP, None, "m-1", 3, "550 no", True, None)
ALERT = ListedAlert(
    5, NOW, ReceiverName("d"), 1, Priority.HIGH, "first", False, (TopicKey("t"),), EntryId(3), "a", None, "f", "o",
    (DELIVERY,),
)  # fmt: skip
FEED = ListedFeed(
    "f", "https://f.example/", "f.example", "o", FeedKind.WIRE, True,
    FeedState(id=FeedId(1), url="u", body_digest=b"\xff\x00", interval=timedelta(seconds=90), ok_at=NOW), 2, 1,
)  # fmt: skip
STATUS = Status(
    False, ("a trouble",), NOW, "0.1.0", "0002", True, 7, NOW, None, "desk", "w.yaml", NOW, ("w.yaml:1:1: no",), "w.db",
    2, 1, (Failing("f", "404", NOW),), NOW, None, Queue(1, NOW, NOW, 0, 2, 3, 4), (SILENCE,),
    (Notice(1, "feed-failing", "f", "It fails.", NOW),),
)  # fmt: skip
BOOK = Ledger(
    3, {"new": 3}, {HitState.TOLD: 1}, 1, {DeliveryState.HELD: 1}, 0, 0, {DeliveryState.SENDING: 1}, ("a fault",)
)
RECORD = Record(EntryId(3), "f", "u", "a", "s", "c", None, NOW, NOW, "poll", "new", (HIT,), (ALERT,))
NOISE = Noise(7, TopicKey("t"), NOW, "jo", "text", ("term",), "text")


def test_every_operation_stands_in_the_document_and_no_other() -> None:
    assert set(ROWS) == {(one.method, one.path) for one in OPERATIONS} | {("GET", FOLLOW)}


@pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in OPERATIONS])
def test_every_parameter_stands_in_the_document(operation: Any) -> None:
    described = set(re.findall(r"`(\w+)`", ROWS[operation.method, operation.path]))
    assert {one.name for one in fields(operation.takes)} - {"by"} == described


@pytest.mark.parametrize("name", [one.name for one in fields(Status)])
def test_every_field_of_the_status_stands_in_the_document(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize(
    ("kind", "value"),
    [(type(one), one) for one in (SILENCE, HIT, ALERT, FEED, STATUS, BOOK, RECORD, NOISE, Event(NOW, hit=HIT))]
    + [(tuple[ListedHit, ...], (HIT, HIT)), (tuple[str, ...], ()), (int, 3)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_value_comes_back_as_it_went(kind: Any, value: object) -> None:
    assert from_json(kind, to_json(kind, value)) == value
