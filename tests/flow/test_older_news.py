"""What stood there before we watched: sent only as far as `older_news` asks, for new feeds and for new topics."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.quick import QuickWorld
from tests.flow.world import START
from wirewatch.core.model import HitState

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"
HOUR = timedelta(hours=1)

WATCHLIST = """
settings: {name: Test desk, older_news: none}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea]}
receivers: {screen: {console: true}}
routes: [{to: screen}]
"""
SEOUL = "topics:\n  seoul: {title: Seoul, any: [Seoul]}"

ASKED_FOR = [
    pytest.param("none", [], id="none"),
    pytest.param("newest 2", ["an hour ago", "yesterday"], id="the newest two"),
    pytest.param("last 24h", ["an hour ago", "yesterday"], id="the last day"),
    pytest.param("last 2h", ["an hour ago"], id="the last two hours"),
    pytest.param("all", ["an hour ago", "yesterday", "last week"], id="all"),
]


def asking_for(older: str, watchlist: str = WATCHLIST) -> str:
    return watchlist.replace("older_news: none", f"older_news: {older}")


def publish_older(world: QuickWorld, about: str) -> None:
    for name, age in (("last week", 170 * HOUR), ("yesterday", 20 * HOUR), ("an hour ago", HOUR)):
        world.feed(ALPHA).publishes(f"{about}, {name}", at=START - age)
        world.feed(ALPHA).publishes(f"Rain, {name}", at=START - age)


@pytest.mark.parametrize(("older", "sent"), ASKED_FOR)
async def test_of_a_new_feed_that_much_is_sent_and_the_rest_stays_older_news(
    tmp_path: Path, older: str, sent: list[str]
) -> None:
    world = QuickWorld(tmp_path, asking_for(older))
    publish_older(world, "North Korea")
    async with world.running():
        await world.run(until="09:00")
        assert sorted(world.outbox.headlines()) == sorted(f"North Korea, {name}" for name in sent)
        told = [alert for _, message in world.outbox.sent for alert in message.alerts]
        assert all(alert.older and alert.reason.startswith("older news: it stood there") for alert in told)
        for name in ("last week", "yesterday", "an hour ago"):
            state = HitState.ALERTED if name in sent else HitState.OLDER
            assert world.hits()[("north-korea", f"North Korea, {name}")] is state
        await world.save(asking_for("all"))  # what is old stays old, whatever is asked for later
        await world.run(until="12:00")
    assert len(world.outbox.headlines()) == len(sent)


@pytest.mark.parametrize(("older", "sent"), ASKED_FOR)
async def test_of_what_was_kept_for_a_new_topic_that_much_is_sent_once(
    tmp_path: Path, older: str, sent: list[str]
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    publish_older(world, "Seoul")
    async with world.running():
        await world.run(until="08:01")
        with_topic = asking_for(older, WATCHLIST.replace("topics:", SEOUL))
        await world.save(with_topic)
        await world.save(with_topic + "\n")
        await world.run(until="09:00")
        assert sorted(world.outbox.headlines()) == sorted(f"Seoul, {name}" for name in sent)
        assert {alert.reason for alert in world.alerts()} <= {"older news: it stood there before we watched"}
        for name in ("last week", "yesterday", "an hour ago"):
            state = HitState.ALERTED if name in sent else HitState.OLDER
            assert world.hits()[("seoul", f"Seoul, {name}")] is state
        assert await world.app.editions.baseline_topics() == 0


async def test_what_was_told_for_one_topic_is_not_told_again_for_a_topic_that_is_added(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:01")
        world.feed(ALPHA).publishes("North Korea looks to Seoul")
        await world.run(until="09:00")
        await world.save(WATCHLIST.replace("topics:", SEOUL))
        await world.run(until="10:00")
        hits = world.hits()
    assert world.outbox.headlines() == ["North Korea looks to Seoul"]
    assert hits == {
        ("north-korea", "North Korea looks to Seoul"): HitState.ALERTED,
        ("seoul", "North Korea looks to Seoul"): HitState.OLDER,
    }


async def test_kept_entries_of_a_feed_that_left_the_watchlist_are_matched_too(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Seoul before it left")
    async with world.running():
        await world.run(until="08:01")
        left = WATCHLIST.replace("  Alpha: https://a.example/feed\n", "")
        await world.save(asking_for("all", left.replace("topics:", SEOUL)))
        await world.run(until="09:00")
    assert world.outbox.headlines() == ["Seoul before it left"]
    assert world.outbox.sent[0][1].alerts[0].outlet == "Alpha"


async def test_another_key_is_another_topic_and_other_words_are_not(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, asking_for("all"))
    world.feed(ALPHA).publishes("Pyongyang speaks")
    async with world.running():
        await world.run(until="08:01")
        await world.save(asking_for("all").replace("any: [North Korea]", "any: [North Korea, Pyongyang]"))
        assert world.hits() == {}  # edited words look only ahead
        world.feed(ALPHA).publishes("Pyongyang speaks again")
        await world.run(until="09:00")
        assert world.outbox.headlines() == ["Pyongyang speaks again"]
        renamed = WATCHLIST.replace("north-korea:", "dprk:").replace("any: [North Korea]", "any: [Pyongyang]")
        await world.save(renamed)
        await world.run(until="10:00")
        hits = world.hits()
    assert world.outbox.headlines() == ["Pyongyang speaks again"]
    assert hits == {
        ("north-korea", "Pyongyang speaks again"): HitState.ALERTED,
        ("dprk", "Pyongyang speaks"): HitState.OLDER,
        ("dprk", "Pyongyang speaks again"): HitState.OLDER,
    }


async def test_an_entry_that_an_edit_brings_into_an_added_topic_is_told_as_new(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Talks somewhere", guid="talks", link="https://a.example/talks")
    world.feed(ALPHA).publishes("Seoul talks", guid="seoul", link="https://a.example/seoul")
    async with world.running():
        await world.run(until="08:01")
        await world.save(WATCHLIST.replace("topics:", SEOUL))
        world.feed(ALPHA).entries.clear()
        world.feed(ALPHA).publishes("Talks in Seoul", guid="talks", link="https://a.example/talks", at=START)
        world.feed(ALPHA).publishes("Seoul talks end", guid="seoul", link="https://a.example/seoul", at=START)
        await world.run(until="10:00")
        (alert,) = world.alerts()
    assert world.outbox.headlines() == ["Talks in Seoul"]
    assert alert.reason == "its text was changed and now fits Seoul"


async def test_a_topic_on_trial_is_counted_and_never_sent(tmp_path: Path) -> None:
    trial = WATCHLIST.replace("any: [North Korea]", "any: [North Korea], trial: yes")
    world = QuickWorld(tmp_path, asking_for("newest 1", trial))
    world.feed(ALPHA).publishes("North Korea, older")
    async with world.running():
        await world.run(until="08:01")
        world.feed(ALPHA).publishes("North Korea now")
        await world.run(until="09:00")
        hits = world.hits()
        await world.save(WATCHLIST)  # the trial is over: what was only counted stays so
        world.feed(ALPHA).publishes("North Korea after the trial")
        await world.run(until="10:00")
    assert hits == {
        ("north-korea", "North Korea, older"): HitState.TRIAL,
        ("north-korea", "North Korea now"): HitState.TRIAL,
    }
    assert world.outbox.headlines() == ["North Korea after the trial"]


async def test_a_topic_that_is_switched_off_finds_nothing_and_starts_when_it_is_switched_on(tmp_path: Path) -> None:
    off = WATCHLIST.replace("topics:", SEOUL.replace("any:", "enabled: no, any:"))
    world = QuickWorld(tmp_path, off)
    world.feed(ALPHA).publishes("Rain")
    async with world.running():
        await world.run(until="08:01")
        world.feed(ALPHA).publishes("Seoul meanwhile")
        await world.run(until="09:00")
        assert world.hits() == {}
        await world.save(WATCHLIST.replace("topics:", SEOUL))
        world.feed(ALPHA).publishes("Seoul from now on")
        await world.run(until="10:00")
        hits = world.hits()
    assert world.outbox.headlines() == ["Seoul from now on"]
    assert hits[("seoul", "Seoul meanwhile")] is HitState.OLDER


async def test_a_feed_about_a_new_topic_brings_its_kept_entries_along_as_older_news(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(BETA).publishes("Rain at the pier", link="https://b.example/1")
    async with world.running():
        await world.run(until="08:01")
        about = WATCHLIST.replace("Beta: https://b.example/feed", 'Beta: {url: "https://b.example/feed", about: seoul}')
        await world.save(about.replace("topics:", SEOUL))
        world.feed(BETA).publishes("Sun at the pier", link="https://b.example/2")
        await world.run(until="09:00")
        hits = world.hits()
    assert world.outbox.headlines() == ["Sun at the pier"]
    assert hits[("seoul", "Rain at the pier")] is HitState.OLDER
