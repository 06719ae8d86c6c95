"""An alert's way through the routes is told step by step, and is the way that it really takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.made import FEED, NK, TK, YB, hit
from wirewatch.core.model import Prominence
from wirewatch.core.routing import Facts, Misfit, choose_routes, facts_of, trace
from wirewatch.core.watchlist import FeedKind, Priority, ReceiverName, Route, Topic

DESK, CHAT, SCREEN = ReceiverName("desk"), ReceiverName("chat"), ReceiverName("screen")
FACTS = Facts(frozenset({NK}), Priority.NORMAL, FeedKind.WIRE, "ko")


@pytest.mark.parametrize(
    ("route", "misfits"),
    [
        pytest.param(Route(1, (DESK,)), (), id="asks for nothing"),
        pytest.param(Route(1, (DESK,), machine=True), (Misfit.MACHINE,), id="for the operator"),
        pytest.param(Route(1, (DESK,), topics=frozenset({YB})), (Misfit.TOPIC,), id="another topic"),
        pytest.param(Route(1, (DESK,), kinds=frozenset({FeedKind.PRESS})), (Misfit.KIND,), id="another kind"),
        pytest.param(Route(1, (DESK,), langs=frozenset({"en"})), (Misfit.LANG,), id="another language"),
        pytest.param(Route(1, (DESK,), langs=frozenset({"ko-KR"})), (), id="the same language"),
        pytest.param(
            Route(1, (DESK,), topics=frozenset({YB}), priorities=frozenset({Priority.HIGH})),
            (Misfit.TOPIC, Misfit.PRIORITY),
            id="two reasons",
        ),
    ],
)
def test_a_step_says_why_its_route_does_not_fit(route: Route, misfits: tuple[Misfit, ...]) -> None:
    (step,) = trace((route,), FACTS)
    assert step.misfits == misfits
    assert step.told == (() if misfits else (DESK,))


def test_the_first_route_that_fits_ends_the_way_unless_it_says_also() -> None:
    routes = (Route(1, (DESK,), also=True), Route(2, (DESK, CHAT)), Route(3, (SCREEN,)))
    steps = trace(routes, FACTS)
    assert [(step.reached, step.told) for step in steps] == [(True, (DESK,)), (True, (CHAT,)), (False, ())]
    assert [step.misfits for step in steps] == [(), (), ()]


def test_facts_are_those_of_the_topic_that_heads_the_alert() -> None:
    topics = {NK: Topic(NK, "North Korea", priority=Priority.HIGH), TK: Topic(TK, "Trump and Kim")}
    facts = facts_of([hit(NK, Prominence.PASSING), hit(TK)], topics, replace(FEED, kind=FeedKind.WIRE), "ko-KR")
    assert facts.topics == {NK, TK}
    assert (facts.priority, facts.kind, facts.lang) == (Priority.NORMAL, FeedKind.WIRE, "ko")
    assert (facts.prominence, facts.tags, facts.source) == ("headline", FEED.tags, FEED.name)


ROUTES = st.lists(
    st.builds(
        Route,
        number=st.integers(1, 9),
        to=st.lists(st.sampled_from([DESK, CHAT, SCREEN]), min_size=1, max_size=3).map(tuple),
        topics=st.frozensets(st.sampled_from([NK, TK]), max_size=1),
        kinds=st.frozensets(st.sampled_from([FeedKind.WIRE, FeedKind.PRESS]), max_size=1),
        langs=st.frozensets(st.sampled_from(["ko", "en"]), max_size=1),
        also=st.booleans(),
        machine=st.booleans(),
    ),
    max_size=6,
)


@given(ROUTES)
def test_the_steps_and_the_choice_are_one_truth(routes: list[Route]) -> None:
    steps = trace(routes, FACTS)
    assert [step.route for step in steps] == routes
    told = [(step.route, name) for step in steps for name in step.told]
    assert told == list(choose_routes(routes, FACTS))
    assert len({name for _, name in told}) == len(told)
    assert all(step.reached and not step.misfits for step in steps if step.told)
