"""The outbox: one message per destination at a time, bursts in one, the same id at every attempt, nothing lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.seams.storing import (
    CHAT,
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
from wirewatch.core.model import (
    Alert,
    AlertHit,
    Delivery,
    DeliveryState,
    FeedId,
    HitState,
    Message,
    Prominence,
)
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName
from wirewatch.store.database import Connection
from wirewatch.store.entries import save_entries, save_hits
from wirewatch.store.faults import StoreRefused
from wirewatch.store.ledger import ledger
from wirewatch.store.listing import alerts
from wirewatch.store.outbox import (
    add_alerts,
    claim_messages,
    close_notice,
    drop_receivers,
    next_delivery_due,
    open_notice,
    open_notices,
    record_delivery,
    recover_sending,
    release_held,
    spent_since,
    stop_collecting,
)

OPERATOR = ((ReceiverName("operator"), CHAT),)
FAILING = NoticeDraft("feed-failing", "38 North", "38 North turns us away.", NOW)
WELL = NoticeDraft("feed-failing", "38 North", "38 North answers again.", NOW, open=False)


@pytest.fixture
def han(conn: Connection) -> FeedId:
    return listed(conn, feed("han"))[0]


@pytest.fixture(autouse=True)
def the_ledger_adds_up(conn: Connection):  # type: ignore[no-untyped-def]
    yield
    assert ledger(conn).faults == ()


def claim(conn: Connection, now=NOW, **more) -> tuple[Message, ...]:  # type: ignore[no-untyped-def]
    return claim_messages(conn, now, more.pop("busy", frozenset()), more.pop("limit", 10), **more)


def record(conn: Connection, message: Message, state: DeliveryState, *, again_in: timedelta | None = None) -> None:
    due = None if again_in is None else NOW + again_in
    record_delivery(conn, Delivery(message.id, state, NOW, due, f"server: {state.value}"))


def heads(messages: tuple[Message, ...]) -> list[list[str]]:
    return [[alert.headline for alert in message.alerts] for message in messages]


def test_a_message_carries_all_that_its_rendering_needs(conn: Connection, han: FeedId) -> None:
    (entry_id,) = save_entries(conn, han, [new_entry("Hall shown", 1, lang="ko")])
    save_hits(conn, [(entry_id, hit(KOREA, "Korea."), HitState.ALERTED, NOW), (entry_id, hit(), HitState.ALERTED, NOW)])
    (alert_id,) = add_alerts(conn, [new_alert(entry_id, topics=(YONGBYON, KOREA))])

    (message,) = claim(conn, titles={YONGBYON: "Yongbyon"})

    assert re.fullmatch(r"[0-9a-f]{8}-\d+", message.id)
    assert message == Message(
        id=message.id,
        destination=MAIL,
        receiver=DESK,
        created_at=NOW,
        attempt=1,
        alerts=(
            Alert(
                id=alert_id,
                entry_id=entry_id,
                headline="Hall shown",
                link="https://han.example/Hall shown",
                feed="han",
                outlet="Han",
                kind=FeedKind.WIRE,
                lang="ko",
                published=NOW,
                seen_at=NOW,
                priority=Priority.HIGH,
                hits=(
                    AlertHit(YONGBYON, "Yongbyon", Prominence.HEADLINE, "The Yongbyon plant.", ((4, 12),)),
                    AlertHit(KOREA, "north-korea", Prominence.HEADLINE, "Korea.", ((4, 12),)),
                ),
                reason="first report",
                route=1,
            ),
        ),
        thread=f"entry-{entry_id}",
    )


def test_a_burst_becomes_one_message_as_soon_as_its_first_row_is_due(conn: Connection, han: FeedId) -> None:
    for key in (1, 2, 3):
        alerted(conn, han, f"t{key}", key, due_at=NOW + key * MINUTE)

    assert next_delivery_due(conn) == NOW + MINUTE
    assert claim(conn, NOW) == ()
    messages = claim(conn, NOW + MINUTE)

    assert heads(messages) == [["t1", "t2", "t3"]]
    assert messages[0].thread is None
    assert next_delivery_due(conn) is None


def test_a_burst_is_cut_at_the_most_and_goes_on_with_the_next(conn: Connection, han: FeedId) -> None:
    for key in range(1, 6):
        alerted(conn, han, f"t{key}", key)

    first = claim(conn, most=3)
    record(conn, first[0], DeliveryState.DELIVERED)

    assert heads(first) == [["t1", "t2", "t3"]]
    assert heads(claim(conn, most=3)) == [["t4", "t5"]]


def test_a_row_that_may_not_be_collected_goes_alone(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "collected", 1, due_at=NOW + MINUTE)
    alerted(conn, han, "at once", 2, collect=False)
    alerted(conn, han, "collected too", 3, due_at=NOW + MINUTE)

    first = claim(conn)
    record(conn, first[0], DeliveryState.DELIVERED)

    assert heads(first) == [["at once"]]
    assert heads(claim(conn, NOW + MINUTE)) == [["collected", "collected too"]]


def test_what_waits_for_its_own_time_is_not_taken_along_before(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "digest", 1, due_at=NOW + 3 * MINUTE, early=False)
    alerted(conn, han, "burst", 2, due_at=NOW + MINUTE)
    alerted(conn, han, "digest too", 3, due_at=NOW + 3 * MINUTE, early=False)
    stop_collecting(conn, NOW)

    (first,) = claim(conn)
    record(conn, first, DeliveryState.DELIVERED)

    assert heads((first,)) == [["burst"]]
    assert claim(conn, NOW + 2 * MINUTE) == ()
    assert heads(claim(conn, NOW + 3 * MINUTE)) == [["digest", "digest too"]]


def test_a_route_has_spent_what_it_told_at_once(conn: Connection, han: FeedId) -> None:
    assert spent_since(conn, 1, DESK, NOW - MINUTE) == (0, None)
    for key in (1, 2):
        alerted(conn, han, f"t{key}", key)
    alerted(conn, han, "waits", 3, early=False)

    assert spent_since(conn, 1, DESK, NOW - MINUTE) == (2, NOW)
    assert spent_since(conn, 2, DESK, NOW - MINUTE) == (0, None)
    assert spent_since(conn, 1, DESK, NOW) == (0, None)


def test_each_destination_gets_its_own_message_unless_it_is_busy(conn: Connection, han: FeedId) -> None:
    (entry_id,) = save_entries(conn, han, [new_entry("a", 1)])
    save_hits(conn, [(entry_id, hit(), HitState.ALERTED, NOW)])
    add_alerts(conn, [new_alert(entry_id, MAIL, CHAT)])

    assert [message.destination for message in claim(conn, busy=frozenset({MAIL}))] == [CHAT]
    assert next_delivery_due(conn, frozenset({MAIL})) is None
    assert [message.destination for message in claim(conn)] == [MAIL]
    assert claim(conn) == ()


def test_no_more_messages_are_claimed_than_asked_for(conn: Connection, han: FeedId) -> None:
    (entry_id,) = save_entries(conn, han, [new_entry("a", 1)])
    save_hits(conn, [(entry_id, hit(), HitState.ALERTED, NOW)])
    add_alerts(conn, [new_alert(entry_id, MAIL, CHAT)])

    assert len(claim(conn, limit=1)) == 1


def test_a_message_that_failed_is_tried_again_with_the_same_id_and_rows(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (first,) = claim(conn)
    record(conn, first, DeliveryState.WAITING, again_in=MINUTE)
    alerted(conn, han, "b", 2, due_at=NOW + 2 * MINUTE)

    assert next_delivery_due(conn) == NOW + MINUTE
    (again,) = claim(conn, NOW + 2 * MINUTE)

    assert (again.id, again.attempt, again.alerts, again.created_at) == (first.id, 2, first.alerts, NOW)
    record(conn, again, DeliveryState.DELIVERED)
    assert heads(claim(conn, NOW + 2 * MINUTE)) == [["b"]]


def test_what_comes_meanwhile_does_not_wait_for_a_message_that_backs_off(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (first,) = claim(conn)
    record(conn, first, DeliveryState.WAITING, again_in=DAY)
    alerted(conn, han, "b", 2)

    assert heads(claim(conn)) == [["b"]]


def test_the_outcome_of_every_attempt_is_kept(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (first,) = claim(conn)
    record_delivery(conn, Delivery(first.id, DeliveryState.WAITING, NOW, NOW, "answer lost", unknown=True))
    (again,) = claim(conn)
    record_delivery(conn, Delivery(again.id, DeliveryState.DELIVERED, NOW + MINUTE, None, "250 OK"))

    kept = conn.exec_driver_sql("SELECT number, state, text FROM attempts ORDER BY number").all()
    assert [tuple(row) for row in kept] == [(1, "waiting", "answer lost"), (2, "delivered", "250 OK")]
    (shown,) = alerts(conn)
    (delivery,) = shown.deliveries
    assert (delivery.state, delivery.attempts, delivery.text) == (DeliveryState.DELIVERED, 2, "250 OK")
    assert (delivery.unknown, delivery.delivered_at, delivery.due_at) == (True, NOW + MINUTE, None)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.GIVEN_UP, DeliveryState.SILENCED])
def test_a_final_message_is_never_claimed_or_recorded_again(
    conn: Connection, han: FeedId, state: DeliveryState
) -> None:
    alerted(conn, han, "a", 1)
    (message,) = claim(conn)
    record(conn, message, state)

    assert claim(conn, NOW + DAY) == ()
    assert recover_sending(conn, NOW) == 0
    with pytest.raises(StoreRefused, match="not under way"):
        record(conn, message, DeliveryState.WAITING, again_in=MINUTE)


def test_after_a_crash_what_was_being_sent_goes_again_with_the_same_id(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (lost,) = claim(conn)

    assert recover_sending(conn, NOW + MINUTE) == 1

    (again,) = claim(conn, NOW + MINUTE)
    assert (again.id, again.attempt, again.alerts) == (lost.id, 2, lost.alerts)
    assert alerts(conn)[0].deliveries[0].unknown is True


def test_held_rows_wait_until_they_are_released(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1, state=DeliveryState.HELD)
    assert claim(conn, NOW + DAY) == ()
    assert next_delivery_due(conn) is None

    assert release_held(conn, DESK, NOW + DAY) == 1

    assert heads(claim(conn, NOW + DAY)) == [["a"]]


def test_what_waits_for_someone_who_left_is_dropped_with_its_reason(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "tried", 1)
    (message,) = claim(conn)
    record(conn, message, DeliveryState.WAITING, again_in=MINUTE)
    alerted(conn, han, "held", 2, state=DeliveryState.HELD)
    alerted(conn, han, "fresh", 3)

    assert drop_receivers(conn, frozenset({DESK}), NOW) == 0
    assert drop_receivers(conn, frozenset(), NOW) == 3

    assert claim(conn, NOW + DAY) == ()
    dropped = {delivery.text for shown in alerts(conn) for delivery in shown.deliveries}
    assert dropped == {"its receiver left the watchlist, 2026-11-25 06:30 UTC"}


def test_what_is_being_sent_to_someone_who_left_still_gets_its_outcome(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    (message,) = claim(conn)
    drop_receivers(conn, frozenset(), NOW)

    record(conn, message, DeliveryState.DELIVERED)

    assert ledger(conn).messages == {DeliveryState.DELIVERED: 1}


def test_alerts_are_listed_with_what_became_of_them(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    record(conn, claim(conn)[0], DeliveryState.GIVEN_UP)
    alerted(conn, han, "b", 2, due_at=NOW + DAY)

    assert [shown.title for shown in alerts(conn)] == ["b", "a"]
    assert [shown.title for shown in alerts(conn, state=DeliveryState.GIVEN_UP)] == ["a"]
    assert [shown.title for shown in alerts(conn, before=alerts(conn)[0].id)] == ["a"]
    assert [shown.title for shown in alerts(conn, receiver=ReceiverName("nobody"))] == []
    assert [shown.title for shown in alerts(conn, since=NOW + MINUTE)] == []
    assert alerts(conn)[0].deliveries[0].due_at == NOW + DAY
    assert alerts(conn)[0].topics == (YONGBYON,)


def test_an_episode_is_told_once_when_it_begins_and_once_when_it_is_over(conn: Connection) -> None:
    assert open_notice(conn, FAILING, OPERATOR, NOW) is True
    assert open_notice(conn, FAILING, OPERATOR, NOW) is False
    assert [notice.subject for notice in open_notices(conn)] == ["38 North"]
    (told,) = claim(conn)
    record(conn, told, DeliveryState.DELIVERED)

    assert close_notice(conn, WELL, OPERATOR, NOW) is True
    assert close_notice(conn, WELL, OPERATOR, NOW) is False
    (over,) = claim(conn)

    assert [notice.text for notice in (*told.notices, *over.notices)] == [FAILING.text, WELL.text]
    assert open_notices(conn) == ()
    assert open_notice(conn, FAILING, OPERATOR, NOW) is True


def test_an_episode_without_an_end_to_tell_closes_in_silence(conn: Connection) -> None:
    open_notice(conn, FAILING, (), NOW)

    assert close_notice(conn, NoticeDraft("feed-failing", "38 North", "", NOW, open=False), OPERATOR, NOW) is False

    assert (open_notices(conn), claim(conn)) == ((), ())


def test_notices_and_alerts_never_share_a_message(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1)
    open_notice(conn, FAILING, ((DESK, MAIL),), NOW)
    open_notice(conn, NoticeDraft("rebuild", "Han", "Han looks rebuilt.", NOW), ((DESK, MAIL),), NOW)

    (first,) = claim(conn)
    record(conn, first, DeliveryState.DELIVERED)
    (second,) = claim(conn)

    assert (len(first.alerts), len(first.notices)) == (1, 0)
    assert (len(second.alerts), [notice.subject for notice in second.notices]) == (0, ["38 North", "Han"])
