"""A topic that brings far more than its author expects, or falls silent: told once, and once more when it is normal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.quick import QuickWorld
from wirewatch.app import App
from wirewatch.core.watchlist import Expect, TopicKey
from wirewatch.errors import FetchError, StoreBusy
from wirewatch.expecting import check_rates

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea, Pyongyang]}
receivers: {screen: {console: true}}
routes: [{to: screen}, {to: screen, machine: true}]
"""


def expecting(app: App, expect: Expect | None) -> None:
    """The running watchlist says `expect:` for its topic."""
    live = app.editions.live
    (topic,) = live.watchlist.topics
    app.editions.live = replace(live, watchlist=replace(live.watchlist, topics=(replace(topic, expect=expect),)))


async def hours(world: QuickWorld, count: int) -> list[str]:
    """Let hours pass, with the hourly look; what the operator is told of the topic meanwhile."""
    before = len(told(world))
    for _ in range(count):
        await world.run(until=world.clock() + HOUR)
        await check_rates(world.app.database, world.app.writer, world.app.editions.live, world.clock())
    await world.run(until=world.clock() + timedelta(minutes=2))
    return told(world)[before:]


def told(world: QuickWorld) -> list[str]:
    return [text for text in world.outbox.notices() if text.startswith("North Korea")]


def publish(world: QuickWorld, titles: Sequence[str], *urls: str) -> None:
    for url in urls:
        for title in titles:
            world.feed(url).publishes(title, link=f"{url}/{len(world.feed(url).entries)}")


@pytest.fixture
def world(tmp_path: Path) -> QuickWorld:
    world = QuickWorld(tmp_path, WATCHLIST)
    publish(world, ["Older news of North Korea"], ALPHA, BETA)
    return world


async def test_noise_is_told_once_with_its_words_and_once_more_when_it_ends(world: QuickWorld) -> None:
    async with world.running() as app:
        expecting(app, Expect(0, 2))
        assert await hours(world, 1) == []
        publish(world, [f"North Korea, part {number}" for number in range(4)], ALPHA, BETA)
        publish(world, ["Pyongyang in the rain"], ALPHA)
        (begin,) = await hours(world, 3)
        assert begin.startswith(
            "North Korea: 5 stories in the last 24 hours; 0 to 2 stories a day are normal. "
            "The words behind it: North Korea (4), Pyongyang (1)."
        )
    async with world.running() as app:
        expecting(app, Expect(0, 2))
        assert await hours(world, 2) == []
        assert await hours(world, 24) == ["North Korea is normal again: 0 stories in the last 24 hours."]


async def test_silence_is_told_once_with_how_the_feeds_are(world: QuickWorld) -> None:
    async with world.running() as app:
        expecting(app, Expect(1, 6))
        assert await hours(world, 71) == []
        world.feed(BETA).fault = FetchError("answers 500", status=500)
        (begin,) = await hours(world, 6)
        assert begin.startswith("North Korea: 0, 0 and 0 stories on the last 3 days; 1 to 6 stories a day are normal.")
        assert "Failing (1 of 2): Beta" in begin
        publish(world, ["North Korea speaks"], ALPHA)
        assert await hours(world, 3) == ["North Korea is normal again: 1 story in the last 24 hours."]


async def test_after_a_pause_of_the_watch_silence_means_nothing_until_feeds_were_asked(world: QuickWorld) -> None:
    async with world.running():
        await world.run(until="09:00")
    world.clock.now += 5 * DAY
    async with world.running() as app:
        expecting(app, Expect(1, 6))
        assert await check_rates(app.database, app.writer, app.editions.live, world.clock()) == ()
        publish(world, ["North Korea speaks"], ALPHA)
        assert await hours(world, 2) == []


async def test_an_episode_of_a_topic_that_expects_nothing_any_more_ends_without_a_word(world: QuickWorld) -> None:
    async with world.running() as app:
        expecting(app, Expect(0, 0))
        publish(world, [], ALPHA)
        await hours(world, 1)
        publish(world, [f"North Korea, part {number}" for number in range(4)], ALPHA)
        assert len(await hours(world, 2)) == 1
        expecting(app, None)
        assert await hours(world, 1) == []
        expecting(app, Expect(0, 0))
        assert len(await hours(world, 1)) == 1


async def test_from_silence_to_noise_only_the_noise_is_told(world: QuickWorld) -> None:
    async with world.running() as app:
        expecting(app, Expect(1, 2))
        await hours(world, 73)
        publish(world, [f"North Korea, part {number}" for number in range(9)], ALPHA)
        (begin,) = await hours(world, 2)
        assert "9 stories in the last 24 hours" in begin
        kinds = {notice.kind for _, message in world.outbox.sent for notice in message.notices}
        assert kinds == {"topic-quiet", "topic-noisy"}
        subjects = {notice.subject for _, message in world.outbox.sent for notice in message.notices}
        assert subjects == {TopicKey("north-korea")}


async def test_a_busy_database_is_asked_again_an_hour_later(
    world: QuickWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.running() as app:
        expecting(app, Expect(0, 0))
        await hours(world, 1)
        publish(world, [f"North Korea, part {number}" for number in range(4)], ALPHA)
        await world.run(until=world.clock() + HOUR)
        world.database.reading_faults.append(StoreBusy("database: locked"))
        assert await check_rates(app.database, app.writer, app.editions.live, world.clock()) == ()
        assert "action=rates_put_off text=database: locked" in caplog.text
        assert len(await hours(world, 1)) == 1


async def test_a_topic_that_has_no_baseline_yet_is_not_judged(world: QuickWorld) -> None:
    async with world.running() as app:
        expecting(app, Expect(1, 6))
        live = app.editions.live
        (topic,) = live.watchlist.topics
        fresh = replace(topic, key=TopicKey("north-korea-anew"))
        app.editions.live = replace(live, watchlist=replace(live.watchlist, topics=(fresh,)))
        assert await hours(world, 73) == []
