"""What an operator wants of the store: silences, retries, marks of noise, the watch in numbers. The ledger balances."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.seams.storing import (
    DAY,
    DESK,
    KOREA,
    MAIL,
    MINUTE,
    NOW,
    YONGBYON,
    alerted,
    feed,
    hit,
    listed,
    new_alert,
    new_entry,
)
from wirewatch.core.effects import NoticeDraft
from wirewatch.core.model import Delivery, DeliveryState, FeedId, HitState, Message
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.store.again import retry_messages
from wirewatch.store.database import Connection
from wirewatch.store.entries import save_entries, save_hits
from wirewatch.store.ledger import ledger
from wirewatch.store.listing import alerts, hits
from wirewatch.store.noise import NoiseMark, hits_to_mark, mark_noise, noise_marks
from wirewatch.store.outbox import add_alerts, claim_messages, next_delivery_due, open_notice, record_delivery
from wirewatch.store.overview import overview, records, schema_number
from wirewatch.store.silences import add_silence, apply_silences, in_force, lift_silences, silences

HOUR = timedelta(hours=1)


@pytest.fixture
def han(conn: Connection) -> FeedId:
    return listed(conn, feed("han"))[0]


def quiet(conn: Connection, topic: TopicKey = YONGBYON) -> None:
    add_silence(conn, topic, NOW, NOW + HOUR, "a drill", "jo")


def states(conn: Connection) -> list[DeliveryState]:
    return [one.state for shown in reversed(alerts(conn)) for one in shown.deliveries]


def claim(conn: Connection, now: object = NOW) -> tuple[Message, ...]:
    return claim_messages(conn, now, frozenset(), 10)  # type: ignore[arg-type]


def fail(conn: Connection, message: Message, state: DeliveryState = DeliveryState.WAITING) -> None:
    due = NOW if state is DeliveryState.WAITING else None
    record_delivery(conn, Delivery(message.id, state, NOW, due, "451 later"))


def test_a_silent_topic_is_told_to_nobody_and_says_until_when_by_whom_and_why(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    quiet(conn)

    assert apply_silences(conn, NOW) == 1

    assert claim(conn) == () and next_delivery_due(conn) is None
    (shown,) = alerts(conn)
    assert shown.deliveries[0].state is DeliveryState.SILENCED
    assert shown.deliveries[0].text == "silenced until 2026-11-25 07:30 UTC by jo: a drill"
    assert ledger(conn).faults == ()
    assert apply_silences(conn, NOW) == 0


def test_an_alert_that_names_another_topic_too_is_told(conn: Connection, han: FeedId) -> None:
    (entry,) = save_entries(conn, han, [new_entry("a", 1)])
    save_hits(conn, [(entry, hit(topic), HitState.ALERTED, NOW) for topic in (YONGBYON, KOREA)])
    add_alerts(conn, [new_alert(entry, topics=(YONGBYON, KOREA))])
    quiet(conn)
    assert apply_silences(conn, NOW) == 0
    quiet(conn, KOREA)
    assert apply_silences(conn, NOW) == 1


def test_a_silence_ends_by_its_time_and_by_being_lifted(conn: Connection, han: FeedId) -> None:
    quiet(conn)
    assert in_force(conn, NOW + HOUR) == ()
    assert lift_silences(conn, KOREA, NOW) == 0
    assert lift_silences(conn, YONGBYON, NOW + MINUTE) == 1
    alerted(conn, han, "a", 1)
    assert apply_silences(conn, NOW + 2 * MINUTE) == 0
    assert len(claim(conn)) == 1


def test_a_second_silence_of_a_topic_stands_in_place_of_the_first(conn: Connection) -> None:
    quiet(conn)
    add_silence(conn, YONGBYON, NOW + MINUTE, NOW + DAY, "longer", "kim")
    assert [one.because for one in in_force(conn, NOW + MINUTE)] == ["longer"]
    assert [(one.because, one.lifted_at) for one in silences(conn, NOW - DAY)] == [
        ("longer", None),
        ("a drill", NOW + MINUTE),
    ]
    assert silences(conn, NOW + 2 * DAY) == ()


def test_what_is_not_due_yet_is_judged_when_it_is(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "later", 1, due_at=NOW + 2 * HOUR)
    quiet(conn)
    assert apply_silences(conn, NOW) == 0
    assert apply_silences(conn, NOW + 2 * HOUR) == 0
    assert len(claim(conn, NOW + 2 * HOUR)) == 1


def test_a_message_that_waits_for_another_try_is_kept_back_if_all_of_it_is_silent(
    conn: Connection, han: FeedId
) -> None:
    for title, key in (("a", 1), ("b", 2)):
        alerted(conn, han, title, key)
    (message,) = claim(conn)
    fail(conn, message)
    quiet(conn)

    assert apply_silences(conn, NOW) == 2

    assert claim(conn) == () and states(conn) == [DeliveryState.SILENCED] * 2
    assert ledger(conn).faults == ()


def test_a_message_that_holds_a_topic_that_is_not_silent_goes_whole(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (entry,) = save_entries(conn, han, [new_entry("b", 2)])
    save_hits(conn, [(entry, hit(KOREA), HitState.ALERTED, NOW)])
    add_alerts(conn, [new_alert(entry, topics=(KOREA,))])
    (message,) = claim(conn)
    fail(conn, message)
    quiet(conn)
    assert apply_silences(conn, NOW) == 0
    assert [one.id for one in claim(conn)] == [message.id]


def test_notices_about_the_watch_itself_are_never_silenced(conn: Connection) -> None:
    open_notice(conn, NoticeDraft("feed-failing", "38 North", "It fails.", NOW), ((DESK, MAIL),), NOW)
    quiet(conn)
    assert apply_silences(conn, NOW) == 0
    assert len(claim(conn)) == 1


def test_a_given_up_message_goes_again_under_its_id_with_days_of_its_own(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (message,) = claim(conn)
    fail(conn, message, DeliveryState.GIVEN_UP)
    assert overview(conn, NOW - DAY).given_up_lately == 1

    assert retry_messages(conn, NOW + 9 * DAY, message="not-there") == 0
    assert retry_messages(conn, NOW + 9 * DAY, receiver=ReceiverName("nobody")) == 0
    assert retry_messages(conn, NOW + 9 * DAY) == 1

    (again,) = claim(conn, NOW + 9 * DAY)
    assert (again.id, again.attempt, again.created_at) == (message.id, 2, NOW + 9 * DAY)
    assert ledger(conn).faults == ()


def test_what_was_delivered_is_never_sent_again_by_a_retry(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (message,) = claim(conn)
    record_delivery(conn, Delivery(message.id, DeliveryState.DELIVERED, NOW, None, "250 ok"))
    assert retry_messages(conn, NOW, message=message.id) == 0


def test_a_hit_that_was_called_noise_says_so_and_keeps_its_first_mark(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (told,) = alerts(conn)
    (found,) = hits_to_mark(conn, alert=told.id)
    assert (found.topic, found.rules) == (YONGBYON, ("Yongbyon",))
    assert hits_to_mark(conn, hit=found.hit_id) == (found,)
    assert hits_to_mark(conn, alert=999) == hits_to_mark(conn, hit=999) == ()

    for by in ("jo", "kim"):
        mark_noise(conn, [NoiseMark(found.hit_id, YONGBYON, NOW, by, found.sentence, found.rules)])

    assert [mark.by for mark in noise_marks(conn)] == ["jo"]
    assert [shown.noise for shown in hits(conn)] == [True]


def test_the_watch_in_numbers(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1, due_at=NOW + HOUR)
    alerted(conn, han, "held", 2, state=DeliveryState.HELD)
    seen = overview(conn, NOW - DAY)
    assert (seen.feeds, seen.heard, seen.failing) == (1, 0, ())
    assert (seen.waiting, seen.oldest, seen.next_due, seen.held) == (1, NOW, NOW + HOUR, 1)
    assert schema_number(conn) == "0003"


def test_an_entry_is_found_by_number_alert_and_title_with_all_that_became_of_it(conn: Connection, han: FeedId) -> None:
    entry = alerted(conn, han, "a", 1)
    (told,) = alerts(conn)
    for found in (
        records(conn, entry=entry),
        records(conn, alert=told.id),
        records(conn, title="a"),
        records(conn, entry=entry, title="a"),
    ):
        (record,) = found
        assert (record.entry_id, record.feed, record.verdict) == (entry, "han", "first time seen")
        assert [one.topic for one in record.hits] == [YONGBYON] and record.alerts == (told,)
    assert records(conn) == records(conn, title="other") == records(conn, entry=entry, title="b") == ()
