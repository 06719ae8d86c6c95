"""A failed delivery: again when, or given up, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.core.model import DeliveryState, DestinationKey, Message
from wirewatch.core.retry import GIVE_UP_AFTER, plan_retry
from wirewatch.core.watchlist import ReceiverName
from wirewatch.errors import DeliveryError

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def message(attempt: int = 1, age: timedelta = timedelta()) -> Message:
    return Message("m-1", DestinationKey("desk/a@example.org"), ReceiverName("desk"), NOW - age, attempt)


@pytest.mark.parametrize(
    ("attempt", "pause"),
    [
        pytest.param(1, timedelta(seconds=30), id="first failure: half a minute"),
        pytest.param(4, timedelta(minutes=4), id="doubles"),
        pytest.param(30, timedelta(hours=1), id="never longer than an hour"),
    ],
)
def test_a_passing_fault_is_tried_again(attempt: int, pause: timedelta) -> None:
    delivery = plan_retry(message(attempt), DeliveryError("451 try later"), NOW, jitter=0)
    assert (delivery.state, delivery.due_at) == (DeliveryState.WAITING, NOW + pause)


def test_jitter_spreads_the_next_tries() -> None:
    delivery = plan_retry(message(), DeliveryError("busy"), NOW, jitter=1)
    assert delivery.due_at == NOW + timedelta(seconds=36)


@pytest.mark.parametrize("seconds", [7, 10_072])
def test_a_server_that_asks_for_a_pause_gets_it_whatever_its_size(seconds: int) -> None:
    error = DeliveryError("429", retry_after=timedelta(seconds=seconds))
    delivery = plan_retry(message(), error, NOW, jitter=0)
    assert delivery.due_at == NOW + timedelta(seconds=max(30, seconds))


def test_a_permanent_fault_is_given_up_at_once() -> None:
    delivery = plan_retry(message(), DeliveryError("550 no such user", permanent=True), NOW, jitter=0)
    assert (delivery.state, delivery.due_at, delivery.text) == (DeliveryState.GIVEN_UP, None, "550 no such user")


def test_days_of_passing_faults_end_in_giving_up_with_the_reason() -> None:
    late = message(attempt=90, age=GIVE_UP_AFTER + timedelta(seconds=1))
    delivery = plan_retry(late, DeliveryError("451 try later"), NOW, jitter=0)
    assert delivery.state is DeliveryState.GIVEN_UP
    assert delivery.text == "tried 90 times in 4 days: 451 try later"


def test_a_lost_answer_is_tried_again_and_marked_as_unknown() -> None:
    delivery = plan_retry(message(), DeliveryError("no answer after DATA", unknown=True), NOW, jitter=0)
    assert (delivery.state, delivery.unknown, delivery.message_id) == (DeliveryState.WAITING, True, "m-1")
