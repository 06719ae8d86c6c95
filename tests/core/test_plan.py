"""Who is told of an entry's hits: routes, receivers, destinations, and a state with its reason for every hit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.made import FEED, NK, NOW, TK, YB, entry, hit
from wirewatch.core.alerts import order_hits, reason_for, wholes_of
from wirewatch.core.effects import EditedEntry, NewEntry, NewHit
from wirewatch.core.judge import Verdict
from wirewatch.core.model import DeliveryState, DestinationKey, EntryId, HitState, Prominence, Via
from wirewatch.core.plan import place
from wirewatch.core.routing import Desk, Spent, machine_receivers, primary
from wirewatch.core.watchlist import (
    FeedKind,
    Priority,
    Receiver,
    ReceiverName,
    Route,
    Topic,
    Watchlist,
)

SCREEN, DESK, PHONE = ReceiverName("screen"), ReceiverName("desk"), ReceiverName("phone")
TOPICS = (
    Topic(NK, "North Korea"),
    Topic(TK, "Trump–Kim", part_of=NK, priority=Priority.HIGH),
    Topic(YB, "Yongbyon", part_of=NK, priority=Priority.URGENT),
)
KEYS = {SCREEN: ("screen",), DESK: ("desk/a@example.org", "desk/b@example.org"), PHONE: ("desk/a@example.org",)}


def desk(*routes: Route, topics: tuple[Topic, ...] = TOPICS, hold: bool = False) -> Desk:
    receivers = tuple(Receiver(name, hold=hold) for name in KEYS)
    watchlist = Watchlist(topics=topics, receivers=receivers, routes=routes)
    return Desk.of(watchlist, {name: tuple(DestinationKey(key) for key in keys) for name, keys in KEYS.items()})


def new(*hits: NewHit, verdict: Verdict = Verdict.NEW, lang: str | None = None) -> NewEntry:
    return NewEntry(entry(1, lang=lang), (), None, None, Via.POLL, verdict.value, NOW, hits)


def told(placed: NewEntry | EditedEntry, *routes: Route, **changes: object) -> list[str]:
    feed = replace(FEED, **changes)  # type: ignore[arg-type]
    return [str(alert.receiver) for alert in place(EntryId(1), placed, feed, desk(*routes), {}).alerts]


ALL = (NewHit(hit(NK)), NewHit(hit(TK)), NewHit(hit(YB, Prominence.PASSING)))


def test_the_seed_story_is_one_alert_that_names_its_three_topics() -> None:
    placement = place(EntryId(7), new(*ALL), FEED, desk(Route(1, (SCREEN,))), {})
    (alert,) = placement.alerts
    assert alert.topics == (TK, YB, NK)
    assert (alert.priority, alert.reason, alert.route) == (Priority.HIGH, "first report", 1)
    assert (alert.due_at, alert.collect, alert.state) == (NOW + timedelta(minutes=1), True, DeliveryState.WAITING)
    assert placement.states == (HitState.ALERTED,) * 3


def test_a_part_heads_over_its_whole_even_in_passing() -> None:
    hits = (hit(NK), hit(YB, Prominence.PASSING))
    assert [one.topic for one in order_hits(hits, {topic.key: topic for topic in TOPICS})] == [YB, NK]


def test_wholes_are_followed_upwards() -> None:
    topics = {topic.key: topic for topic in (*TOPICS[:2], replace(TOPICS[2], part_of=TK))}
    assert wholes_of(YB, topics) == (TK, NK)
    assert wholes_of(NK, topics) == ()


@pytest.mark.parametrize(
    ("route", "reached"),
    [
        pytest.param(Route(1, (DESK,)), True, id="no condition"),
        pytest.param(Route(1, (DESK,), topics=frozenset({YB})), True, id="one of its topics"),
        pytest.param(Route(1, (DESK,), kinds=frozenset({FeedKind.WIRE})), True, id="kind"),
        pytest.param(Route(1, (DESK,), kinds=frozenset({FeedKind.PRESS})), False, id="another kind"),
        pytest.param(Route(1, (DESK,), langs=frozenset({"ko-KR"})), True, id="language of the feed"),
        pytest.param(Route(1, (DESK,), langs=frozenset({"en"})), False, id="another language"),
        pytest.param(Route(1, (DESK,), priorities=frozenset({Priority.HIGH})), True, id="priority"),
        pytest.param(Route(1, (DESK,), priorities=frozenset({Priority.LOW})), False, id="another priority"),
        pytest.param(Route(1, (DESK,), machine=True), False, id="the operator's route takes no news"),
    ],
)
def test_a_route_takes_what_fits_its_conditions(route: Route, reached: bool) -> None:
    assert told(new(*ALL), route, kind=FeedKind.WIRE, lang="ko") == (["desk"] if reached else [])


def test_the_language_of_the_entry_goes_before_that_of_its_feed() -> None:
    assert told(new(*ALL, lang="EN_gb"), Route(1, (DESK,), langs=frozenset({"en"})), lang="ko") == ["desk"]
    assert primary(None) is None


def test_the_first_route_that_fits_decides_unless_it_lets_go_on() -> None:
    assert told(new(*ALL), Route(1, (SCREEN,)), Route(2, (DESK,))) == ["screen"]
    assert told(new(*ALL), Route(1, (SCREEN,), also=True), Route(2, (SCREEN, DESK))) == ["screen", "desk"]


def test_one_destination_by_two_routes_gets_one_message() -> None:
    routes = (Route(1, (PHONE,), also=True), Route(2, (DESK,)))
    alerts = place(EntryId(1), new(*ALL), FEED, desk(*routes), {}).alerts
    assert [alert.destinations for alert in alerts] == [("desk/a@example.org",), ("desk/b@example.org",)]


def test_a_route_may_send_each_at_once() -> None:
    (alert,) = place(EntryId(1), new(*ALL), FEED, desk(Route(1, (SCREEN,), collect=timedelta())), {}).alerts
    assert (alert.due_at, alert.collect) == (NOW, False)


def test_a_receiver_on_hold_gets_its_messages_when_released() -> None:
    (alert,) = place(EntryId(1), new(*ALL), FEED, desk(Route(1, (SCREEN,)), hold=True), {}).alerts
    assert alert.state is DeliveryState.HELD


def test_hits_that_nobody_gets_say_why() -> None:
    trial = (TOPICS[0], replace(TOPICS[1], trial=True), replace(TOPICS[2], enabled=False))
    placement = place(EntryId(1), new(*ALL), FEED, desk(topics=trial), {})
    assert placement.states == (HitState.UNROUTED, HitState.TRIAL, HitState.TRIAL)
    assert place(EntryId(1), new(ALL[1]), FEED, desk(topics=trial), {}).alerts == ()


def test_a_link_told_from_another_feed_is_not_told_again() -> None:
    told = {SCREEN: frozenset({NK, TK, YB})}
    placement = place(EntryId(1), new(*ALL), FEED, desk(Route(1, (SCREEN,))), told)
    assert (placement.alerts, placement.states) == ((), (HitState.TOLD,) * 3)
    both = place(EntryId(1), new(*ALL), FEED, desk(Route(1, (SCREEN, DESK))), told)
    assert [alert.receiver for alert in both.alerts] == [DESK]


def test_a_link_told_from_another_feed_is_told_again_if_it_fits_a_topic_that_was_not_named() -> None:
    told = {SCREEN: frozenset({NK, TK})}
    (alert,) = place(EntryId(1), new(*ALL), FEED, desk(Route(1, (SCREEN,))), told).alerts
    assert YB in alert.topics


def test_older_and_held_hits_keep_their_state_and_make_no_alert() -> None:
    placed = new(NewHit(hit(NK), HitState.OLDER), NewHit(hit(TK), HitState.HELD))
    placement = place(EntryId(1), placed, FEED, desk(Route(1, (SCREEN,))), {})
    assert (placement.alerts, placement.states) == ((), (HitState.OLDER, HitState.HELD))


def test_older_news_that_is_wanted_says_that_it_is_old() -> None:
    placed = new(NewHit(hit(NK)), verdict=Verdict.BASELINE)
    (alert,) = place(EntryId(1), placed, FEED, desk(Route(1, (SCREEN,))), {}).alerts
    assert (alert.older, alert.reason) == (True, "older news: it stood there before we watched")


def test_an_edit_that_brings_a_topic_says_so() -> None:
    edited = EditedEntry(EntryId(1), entry(1), (), None, None, Verdict.EDITED.value, NOW, (NewHit(hit(YB)),))
    (alert,) = place(EntryId(1), edited, FEED, desk(Route(1, (SCREEN,))), {}).alerts
    assert alert.reason == "its text was changed and now fits Yongbyon"
    topics = {topic.key: topic for topic in TOPICS}
    assert reason_for([hit(YB), hit(NK)], topics, edited=True, older=False).endswith("Yongbyon and North Korea")


def test_the_operators_receivers_are_those_of_machine_routes() -> None:
    watchlist = Watchlist(routes=(Route(1, (SCREEN,)), Route(2, (DESK, PHONE, DESK), machine=True)))
    assert machine_receivers(watchlist) == (DESK, PHONE)


def test_beyond_its_routes_budget_an_alert_waits_with_its_reason() -> None:
    routes = desk(Route(1, (SCREEN,), at_most=1))
    (first,) = place(EntryId(1), new(*ALL), FEED, routes, {}).alerts
    spent = Spent(1, NOW + timedelta(hours=1))
    (second,) = place(EntryId(1), new(*ALL), FEED, routes, {}, lambda route, name: spent).alerts
    assert (first.early, first.moment, first.due_at) == (True, "", NOW + timedelta(minutes=1))
    assert (second.early, second.due_at, second.collect) == (False, NOW + timedelta(hours=1), True)
    assert second.moment == "with the rest, since its route's budget of this hour is spent"
