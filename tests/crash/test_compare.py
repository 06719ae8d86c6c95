"""The comparison finds what it is there to find: each kind of fault is planted once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.crash.compare import Loss, Record, Repeat, compare
from tests.world.sinks import Arrival

ANA, HOOK = "ana@desk.example", "hook"
GOOD = Record(
    wanted={"R00001": 1.0, "R00002": 11.0, "R00003": 12.0},
    unwanted=frozenset({"R00009"}),
    destinations=(HOOK, ANA),
    arrivals=tuple(
        Arrival(destination, f"<{number}@{destination}>", f"North Korea R0000{number}", at)
        for destination in (HOOK, ANA)
        for number, at in ((1, 2.0), (2, 12.0), (3, 13.0))
    ),
    kills=(5.0, 12.5, 20.0),
)


def also(*arrivals: Arrival) -> Record:
    """The good record with more arrivals, in the order of time."""
    return replace(GOOD, arrivals=tuple(sorted((*GOOD.arrivals, *arrivals), key=lambda one: one.at)))


def test_a_good_campaign_has_no_fault() -> None:
    outcome = compare(GOOD)
    assert (outcome.losses, outcome.repeats, outcome.faults) == ((), (), ())


def test_a_planted_loss_is_found_with_its_kill() -> None:
    left = tuple(one for one in GOOD.arrivals if (one.destination, one.message_id) != (ANA, f"<2@{ANA}>"))
    outcome = compare(replace(GOOD, arrivals=left))
    assert outcome.losses == (Loss("R00002", ANA, kill=1),)
    assert outcome.faults == (f"{ANA}: R00002 never came",)


def test_a_headline_that_is_published_after_the_last_kill_is_missed_too() -> None:
    outcome = compare(replace(GOOD, wanted={**GOOD.wanted, "R00004": 25.0}))
    assert [(loss.serial, loss.destination, loss.kill) for loss in outcome.losses] == [
        ("R00004", HOOK, 2),
        ("R00004", ANA, 2),
    ]


def test_a_message_that_was_in_flight_may_come_once_more() -> None:
    outcome = compare(also(Arrival(ANA, f"<2@{ANA}>", "North Korea R00002", 12.8)))
    assert outcome.repeats == (Repeat(f"<2@{ANA}>", ANA, kill=1),)
    assert outcome.faults == ()


def test_a_message_that_every_kill_caught_may_come_after_each() -> None:
    again = [Arrival(ANA, f"<2@{ANA}>", "North Korea R00002", at) for at in (12.6, 12.7)]
    record = replace(also(*again), kills=(5.0, 12.5, 12.65))
    assert [repeat.kill for repeat in compare(record).repeats] == [1, 2]
    assert compare(record).faults == ()


def test_a_message_whose_answer_the_sink_kept_back_may_come_again() -> None:
    arrivals = tuple(replace(one, lost_answer=one.message_id == f"<3@{HOOK}>") for one in GOOD.arrivals)
    again = Arrival(HOOK, f"<3@{HOOK}>", "North Korea R00003", 14.0)
    outcome = compare(replace(GOOD, arrivals=(*arrivals, again)))
    assert outcome.repeats == (Repeat(f"<3@{HOOK}>", HOOK, kill=None),)
    assert outcome.faults == ()


@pytest.mark.parametrize(
    ("arrival", "fault"),
    [
        pytest.param(
            Arrival(ANA, f"<3@{ANA}>", "North Korea R00003", 14.0),
            f"{ANA}: <3@{ANA}> came twice without a kill between",
            id="a repeat before the next kill",
        ),
        pytest.param(
            Arrival(ANA, "<other@made>", "North Korea R00002", 12.8),
            f"{ANA}: R00002 was told under 2 ids: <2@{ANA}>, <other@made>",
            id="a repeat under another id",
        ),
        pytest.param(
            Arrival(ANA, f"<2@{ANA}>", "North Korea R00002 R00003", 12.8),
            f"{ANA}: <2@{ANA}> told 2 different things",
            id="a repeat with another text",
        ),
        pytest.param(
            Arrival(HOOK, "<9@hook>", "Football R00009", 14.0),
            "hook: R00009 was told, but fits no topic or is older news",
            id="news that fits no topic",
        ),
        pytest.param(
            Arrival(HOOK, "", "North Korea R00003", 14.0),
            "hook: a message without an id: 'North Korea R00003'",
            id="a message without an id",
        ),
        pytest.param(
            Arrival(HOOK, "<x@hook>", "Hello", 14.0),
            "hook: a message about nothing that was published: 'Hello'",
            id="a message about nothing",
        ),
        pytest.param(
            Arrival("cat@desk.example", "<x@cat>", "North Korea R00003", 14.0),
            "cat@desk.example: nobody of that name is written to",
            id="a message to a stranger",
        ),
    ],
)
def test_a_planted_fault_is_found(arrival: Arrival, fault: str) -> None:
    assert fault in compare(also(arrival)).faults


def test_a_repeat_after_the_last_kill_is_found() -> None:
    again = [Arrival(ANA, f"<3@{ANA}>", "North Korea R00003", at) for at in (21.0, 22.0)]
    assert compare(also(*again)).faults == (f"{ANA}: <3@{ANA}> came twice without a kill between",)


def test_an_excess_repeat_is_found() -> None:
    """After the first kill the last two messages come again: only one of them can have been in flight."""
    early = Arrival(HOOK, "<0@hook>", "North Korea R00001", 1.5)
    base = (
        *(one for one in GOOD.arrivals if one.destination == HOOK and one.at > 5),
        early,
        Arrival(HOOK, "<1@hook>", "North Korea R00004", 2.0),
        Arrival(HOOK, "<0@hook>", "North Korea R00001", 6.0),
        Arrival(HOOK, "<1@hook>", "North Korea R00004", 6.5),
    )
    wanted = {**GOOD.wanted, "R00004": 1.2}
    outcome = compare(replace(GOOD, wanted=wanted, destinations=(HOOK,), arrivals=base))
    assert outcome.faults == (
        "hook: <0@hook> came again after kill 1, but was not in flight",
        "hook: 2 messages repeated after kill 1; at most one was in flight",
    )
