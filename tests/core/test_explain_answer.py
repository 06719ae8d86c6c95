"""Why somebody was told or not: the short answer, and what it rests on, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.config.load import load_watchlist
from wirewatch.core.model import DeliveryState, DestinationKey, Entry, EntryId, HitState, Prominence
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import Priority, ReceiverName, TopicKey
from wirewatch.explain.answer import Answer, Asked, answer, asked_of
from wirewatch.explain.words import in_words, short
from wirewatch.live import Live, bring_to_life
from wirewatch.store.listing import ListedAlert, ListedDelivery, ListedHit
from wirewatch.store.overview import Record

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WATCHLIST = """
settings: {name: Test desk, timezone: UTC}
feeds:
  Wire: {url: "https://a.example/feed", kind: wire, lang: en}
  Press: {url: "https://b.example/feed", kind: press, lang: ko}
topics:
  north-korea: {title: North Korea, any: [North Korea, Pyongyang], not: [South and North Korea]}
  yongbyon: {title: Yongbyon, any: [Yongbyon], all: [[reactor, uranium, plutonium, centrifuge]], priority: high}
  chips: {title: Chips, any: [semiconductor], trial: true}
  loose: {title: Loose, any: [yacht]}
  ship: {title: Ship, any: [frigate], not: [model frigate, toy]}
receivers: {screen: {console: true}, desk: {apprise: "json://hook.example/x", hold: true}}
routes:
  - {to: [screen], topics: [north-korea], kinds: [wire], also: true}
  - {to: [desk, screen], topics: [north-korea, yongbyon]}
  - {to: [screen], topics: [north-korea], langs: [ko]}
  - {to: [desk], topics: [ship], also: true}
  - {to: [desk], topics: [ship]}
  - {to: [screen], machine: true}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    path = tmp_path_factory.mktemp("live") / "watchlist.yaml"
    path.write_text(WATCHLIST)
    return bring_to_life(load_watchlist(path).watchlist, lambda text: text, NOW.date())


def asked(live: Live, title: str, feed: str | None = "Wire", text: str = "") -> Asked:
    found = next((one for one in live.watchlist.feeds if one.name == feed), None)
    entry = Entry(None, None, title, content=text)
    return Asked(entry, "a headline") if found is None else Asked(entry, "a headline", found)


def silence(topic: str, hours: float = 6) -> Silence:
    return Silence(1, TopicKey(topic), NOW - timedelta(hours=1), NOW + timedelta(hours=hours), "a drill", "ann")


@pytest.mark.parametrize(
    ("title", "feed", "silences", "said"),
    [
        pytest.param(
            "North Korea fires",
            "Wire",
            (),
            "Yes: screen would be told (route 1); desk only when it is released.",
            id="told, and held for another",
        ),
        pytest.param(
            "Uranium at Yongbyon",
            "Wire",
            (silence("north-korea"),),
            "Yes: screen would be told (route 2); desk only when it is released.",
            id="another topic is silenced",
        ),
        pytest.param(
            "North Korea fires",
            "Wire",
            (silence("north-korea"),),
            "No: North Korea is silenced until 18:00 (a drill); else screen and desk would be told.",
            id="silenced",
        ),
        pytest.param(
            "North Korea fires",
            "Wire",
            (silence("north-korea", hours=-0.5),),
            "Yes: screen would be told (route 1); desk only when it is released.",
            id="a silence that is over",
        ),
        pytest.param(
            "A frigate leaves",
            "Wire",
            (),
            "Not at once: desk would be told (route 4) when released: wirewatch release desk",
            id="held alone",
        ),
        pytest.param(
            "A toy frigate",
            "Wire",
            (),
            'No: no topic fits; nearest is Ship, but never with "toy" in the headline.',
            id="a `not` decides against it",
        ),
        pytest.param("Yacht sinks", "Wire", (), "No: it fits Loose, but no route takes it.", id="no route"),
        pytest.param(
            "A semiconductor", "Wire", (), "No: it fits only Chips, on trial: counted, never sent.", id="on trial"
        ),
        pytest.param(
            "Visit to Yongbyon",
            "Wire",
            (),
            'No: no topic fits; nearest is Yongbyon, but it has no "reactor" or "uranium" or "plutonium" '
            'or "centrifuge".',
            id="a word is missing",
        ),
        pytest.param(
            "South and North Korea",
            "Wire",
            (),
            "No: no topic fits; nearest is North Korea, "
            'but "North Korea" does not count inside "South and North Korea".',
            id="inside a `not`",
        ),
        pytest.param(
            "Cup final", "Wire", (), "No: no topic fits, and no word of one stands in it.", id="nothing of it"
        ),
    ],
)
def test_the_first_line_is_the_answer(
    live: Live, title: str, feed: str, silences: Sequence[Silence], said: str
) -> None:
    made = answer(asked(live, title, feed), live, silences, NOW)
    assert short(made, UTC) == said
    assert in_words(made, UTC).splitlines()[0] == said


def test_all_that_it_rests_on_follows(live: Live) -> None:
    made = answer(
        asked(live, "North Korea fires", None, "It looked at Yongbyon."), live, (silence("north-korea"),), NOW
    )
    assert in_words(made, UTC).splitlines()[1:] == [
        "    North Korea fires",
        "    a headline, from no feed of the watchlist",
        "It fits:",
        '    North Korea (headline): found "North Korea" in the headline',
        '        "[North Korea] fires"',
        "It does not fit:",
        '    Yongbyon: not found: "reactor" or "uranium" or "plutonium" or "centrifuge"; '
        'found only "Yongbyon" in the text',
        "        no   all of these",
        '             yes  "Yongbyon": "Yongbyon" in the text',
        '             no   "reactor" or "uranium" or "plutonium" or "centrifuge"',
        "The way through the routes, with the watchlist of now:",
        "    route 1: does not fit, because it takes only these kinds of feeds: wire; "
        "this is of no kind (no feed says)",
        "    route 2: fits, goes to desk and screen",
        "    route 3: does not fit, because it takes only these languages: ko; this is in no known language",
        *(
            f"    route {number}: does not fit, because it takes only these topics: ship; this is north-korea"
            for number in (4, 5)
        ),
        "    route 6: does not fit, because it is for notices of the watch itself",
        "    desk: desk, by route 2; held until released: wirewatch release desk; silenced",
        "    screen: screen, by route 2; silenced",
        "Silence: North Korea until 18:00, by ann, because a drill",
    ]


def test_a_route_that_is_not_reached_or_tells_nobody_new_says_so(live: Live) -> None:
    made = answer(asked(live, "Pyongyang speaks", "Press"), live, (), NOW)
    lines = in_words(made, UTC).splitlines()
    assert "    route 1: does not fit, because it takes only these kinds of feeds: wire; this is press" in lines
    assert "    route 3: fits, but is not reached: route 2 has decided" in lines
    priority = answer(asked(live, "Reactor at Yongbyon", "Wire"), live, (), NOW)
    assert "    route 1: does not fit, because it takes only these topics: north-korea; this is yongbyon" in in_words(
        priority, UTC
    )


def test_a_route_whose_receivers_were_told_says_so(live: Live) -> None:
    lines = in_words(answer(asked(live, "A frigate leaves"), live, (), NOW), UTC).splitlines()
    assert "    route 4: fits, goes to desk, and on to the next route" in lines
    assert "    route 5: fits, but an earlier route told its receivers" in lines


def test_one_topic_can_be_looked_at_alone(live: Live) -> None:
    made = answer(asked(live, "North Korea fires"), live, (), NOW, TopicKey("yongbyon"))
    assert made.fits == ()
    assert [(miss.topic, miss.failed[0]) for miss in made.near] == [("yongbyon", 'not found: "Yongbyon"')]
    assert short(made, UTC) == (
        'No: it does not fit Yongbyon, but it has no "Yongbyon" and it has no "reactor" or "uranium" or "plutonium" '
        'or "centrifuge".'
    )
    fitting = answer(asked(live, "North Korea fires"), live, (), NOW, TopicKey("north-korea"))
    assert [one.topic for one in fitting.fits] == ["north-korea"] and short(fitting, UTC).startswith("Yes: screen")


def record(state: HitState | None = None, deliveries: tuple[ListedDelivery, ...] = (), title: str = "") -> Record:
    hits = () if state is None else (_hit(state),)
    alerts = (_alert(deliveries),) if deliveries else ()
    return Record(
        entry_id=EntryId(7),
        feed="Wire",
        feed_url="https://a.example/feed",
        title=title or "North Korea fires",
        summary="",
        content="",
        link="https://a.example/7",
        published=NOW,
        seen_at=NOW - timedelta(hours=5),
        via="poll",
        verdict="first time seen",
        hits=hits,
        alerts=alerts,
    )


def _hit(state: HitState) -> ListedHit:
    return ListedHit(
        id=3,
        at=NOW - timedelta(hours=5),
        topic=TopicKey("north-korea"),
        state=state,
        prominence=Prominence.HEADLINE,
        sentence="North Korea fires",
        marks=((0, 11),),
        why="",
        entry_id=EntryId(7),
        title="North Korea fires",
        link=None,
        published=None,
        feed="Wire",
        outlet="Wire",
    )


def _alert(deliveries: tuple[ListedDelivery, ...]) -> ListedAlert:
    return ListedAlert(
        id=12,
        at=NOW - timedelta(hours=5),
        receiver=ReceiverName("screen"),
        route=1,
        priority=Priority.NORMAL,
        reason="first report",
        older=False,
        topics=(TopicKey("north-korea"),),
        entry_id=EntryId(7),
        title="North Korea fires",
        link=None,
        feed="Wire",
        outlet="Wire",
        deliveries=deliveries,
    )


def delivery(key: str, state: DeliveryState, text: str = "", due: datetime | None = None) -> ListedDelivery:
    at = datetime(2026, 11, 25, 7, 4, tzinfo=UTC) if state is DeliveryState.DELIVERED else None
    return ListedDelivery(DestinationKey(key), state, due, "m1", 2, text, unknown=False, delivered_at=at)


def kept(live: Live, one: Record) -> Answer:
    return answer(asked_of(one, live.watchlist.feeds), live, (), NOW)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        pytest.param(
            record(HitState.ALERTED, (delivery("screen", DeliveryState.DELIVERED, "printed"),)),
            "Yes: told screen at 07:04 (alert 12).",
            id="told",
        ),
        pytest.param(
            record(
                HitState.ALERTED,
                (
                    delivery("screen", DeliveryState.DELIVERED),
                    delivery("desk", DeliveryState.GIVEN_UP, "550 no such user"),
                ),
            ),
            "Yes: told screen at 07:04 (alert 12); desk is given up: 550 no such user (alert 12).",
            id="told one, given up for another",
        ),
        pytest.param(
            record(
                HitState.ALERTED,
                (delivery("desk", DeliveryState.WAITING, "connection refused", NOW + timedelta(minutes=9)),),
            ),
            "Not yet: desk is waiting until 12:09: connection refused (alert 12).",
            id="waiting",
        ),
        pytest.param(
            record(HitState.ALERTED, (delivery("desk", DeliveryState.SILENCED, "silenced: a drill"),)),
            "No: desk is silenced: silenced: a drill (alert 12).",
            id="silenced",
        ),
        pytest.param(
            record(HitState.OLDER),
            "No: it fits North Korea; older news: it stood there before we watched.",
            id="older news",
        ),
        pytest.param(record(HitState.UNROUTED), "No: it fits North Korea; no route covers it.", id="unrouted"),
        pytest.param(
            record(),
            "No: no topic fitted when it came; North Korea would now, but what is kept is not told again.",
            id="the topic came later",
        ),
        pytest.param(
            record(title="Cup final"), "No: no topic fits, and no word of one stands in it.", id="nothing of it"
        ),
    ],
)
def test_of_a_kept_entry_it_is_said_what_really_became(live: Live, one: Record, said: str) -> None:
    assert short(kept(live, one), UTC) == said


def test_a_kept_entry_shows_its_verdict_its_hits_and_each_delivery(live: Live) -> None:
    one = record(HitState.ALERTED, (delivery("screen", DeliveryState.DELIVERED, "printed"),))
    text = in_words(kept(live, one), UTC)
    assert text.splitlines()[-5:] == [
        "What became of it:",
        "    2026-11-25 07:00  came by poll from Wire: first time seen",
        "    2026-11-25 07:00  hit 3, north-korea: became an alert",
        "    2026-11-25 07:00  alert 12 for screen by route 1: first report",
        "        screen: delivered 2026-11-25 07:04, attempt 2: printed",
    ]
    assert "    entry 7, as from Wire" in text and "    https://a.example/7" in text


def test_an_entry_of_a_feed_that_left_the_watchlist_is_still_explained(live: Live) -> None:
    feeds = live.watchlist.feeds[1:]
    made = asked_of(record(), feeds)
    assert (made.feed.name, made.feed.kind) == ("Wire", None)
