"""When an alert goes: at once, with the rest, in the morning, or in a digest; and which routes take it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wirewatch.core.hours import Night, Times
from wirewatch.core.model import DestinationKey
from wirewatch.core.routing import Desk, Facts, Misfit, Moment, Spent, timing_of, trace
from wirewatch.core.watchlist import Priority, Receiver, ReceiverName, Route, TopicKey, Watchlist

MAIL = ReceiverName("mail")
EVENING = datetime(2026, 1, 10, 22, 30, tzinfo=UTC)
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
MORNING = datetime(2026, 1, 11, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


NIGHT = Night(time(22), time(7))


def desk(night: Night | None = NIGHT, zone: str = "UTC") -> Desk:
    receivers = (Receiver(MAIL, console=True, night=night),)
    return Desk.of(Watchlist(receivers=receivers), {MAIL: (DestinationKey("m"),)}, {MAIL: ZoneInfo(zone)})


@pytest.mark.parametrize(
    ("route", "now", "spent", "moment", "due_at"),
    [
        pytest.param(Route(1, (MAIL,)), NOON, None, Moment.ONCE, NOON + MINUTE, id="by day"),
        pytest.param(Route(1, (MAIL,)), EVENING, None, Moment.NIGHT, MORNING, id="by night"),
        pytest.param(Route(1, (MAIL,), ring=True), EVENING, None, Moment.ONCE, EVENING + MINUTE, id="it rings"),
        pytest.param(
            Route(1, (MAIL,), send=Times((time(7, 30), time(18)))),
            NOON,
            None,
            Moment.DIGEST,
            NOON + 6 * HOUR,
            id="in a digest",
        ),
        pytest.param(
            Route(1, (MAIL,), at_most=2), NOON, Spent(1, NOON + HOUR), Moment.ONCE, NOON + MINUTE, id="in the budget"
        ),
        pytest.param(
            Route(1, (MAIL,), at_most=2), NOON, Spent(2, NOON + HOUR), Moment.SPENT, NOON + HOUR, id="beyond the budget"
        ),
        pytest.param(
            Route(1, (MAIL,), at_most=2),
            EVENING - HOUR,
            Spent(2, EVENING),
            Moment.NIGHT,
            MORNING,
            id="beyond the budget, which is whole again by night",
        ),
    ],
)
def test_an_alert_has_its_time(
    route: Route, now: datetime, spent: Spent | None, moment: Moment, due_at: datetime
) -> None:
    timing = timing_of(route, MAIL, desk(), now, spent)
    assert (timing.moment, timing.due_at) == (moment, due_at)
    assert timing.early is (moment is Moment.ONCE)
    assert timing.collect


def test_the_night_is_on_the_receivers_clock() -> None:
    afternoon = NOON + 2 * HOUR
    assert timing_of(Route(1, (MAIL,)), MAIL, desk(zone="Asia/Seoul"), afternoon).moment is Moment.NIGHT  # 23:00 there
    assert timing_of(Route(1, (MAIL,)), MAIL, desk(zone="Europe/London"), afternoon).moment is Moment.ONCE


def test_without_a_burst_to_wait_for_an_alert_goes_alone() -> None:
    timing = timing_of(Route(1, (MAIL,), collect=timedelta()), MAIL, desk(None), NOON)
    assert (timing.due_at, timing.collect, timing.early) == (NOON, False, True)


FACTS = Facts(
    frozenset({TopicKey("yongbyon")}), Priority.HIGH, None, "ko", "lead", frozenset({"asia"}), "Yonhap", "Yonhap NK"
)


@pytest.mark.parametrize(
    ("route", "misfit"),
    [
        pytest.param(Route(1, (MAIL,), prominences=frozenset({"headline"})), Misfit.PROMINENCE, id="prominence"),
        pytest.param(Route(1, (MAIL,), tags=frozenset({"europe"})), Misfit.TAG, id="tag"),
        pytest.param(Route(1, (MAIL,), outlets=frozenset({"KBS"})), Misfit.OUTLET, id="outlet"),
        pytest.param(Route(1, (MAIL,), sources=frozenset({"Yonhap"})), Misfit.SOURCE, id="source"),
    ],
)
def test_a_route_takes_what_it_asks_for(route: Route, misfit: Misfit) -> None:
    assert trace((route,), FACTS)[0].misfits == (misfit,)
    nothing_known = Facts(FACTS.topics, FACTS.priority, None, None)
    assert trace((route,), nothing_known)[0].misfits == ()


def test_a_route_with_conditions_that_hold_takes_it() -> None:
    route = Route(
        1,
        (MAIL,),
        prominences=frozenset({"headline", "lead"}),
        tags=frozenset({"asia", "daily"}),
        outlets=frozenset({"Yonhap"}),
        sources=frozenset({"Yonhap NK"}),
    )
    assert trace((route,), FACTS)[0].misfits == ()
