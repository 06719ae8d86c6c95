"""Timelines: what happens at a feed, and what arrives at whom. Fake clock, real daemon."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.flow.world import Make
from wirewatch.errors import DeliveryError, FetchError

FEED = "https://a.example/feed"
OTHER = "https://b.example/feed"

WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea]}
  trump-kim: {title: Trump–Kim, part_of: north-korea, all: [[Trump], [Kim]]}
receivers:
  screen: {console: true}
  operator: {mail: {server: "localhost:25", security: none, from: w@example.org, to: op@example.org}}
routes:
  - to: screen
  - {to: operator, machine: true}
"""


async def test_news_is_told_once_with_its_topics_and_older_news_is_not(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("North Korea, yesterday")
    async with world.running():
        await world.run(until="08:10")
        world.feed(FEED).publishes("Trump meets Kim in North Korea")
        world.feed(FEED).publishes("Weather")
        await world.run(until="12:00")
    assert world.outbox.headlines("screen") == ["Trump meets Kim in North Korea"]
    (alert,) = world.outbox.sent[0][1].alerts
    assert [hit.title for hit in alert.hits] == ["Trump–Kim", "North Korea"]


async def test_a_burst_within_the_collect_time_is_one_message(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    async with world.running():
        world.feed(FEED).publishes("Weather")
        world.feed(OTHER).publishes("Weather there")
        await world.run(until="08:30")
        for number in range(3):
            world.feed(FEED).publishes(f"North Korea {number}")
            world.feed(OTHER).publishes(f"North Korea there {number}", link=f"https://b.example/{number}")
        await world.run(until="09:30")
    assert sorted(world.outbox.headlines("screen")) == sorted(
        [f"North Korea {n}" for n in range(3)] + [f"North Korea there {n}" for n in range(3)]
    )
    assert len(world.outbox.sent) <= 2


async def test_the_same_link_in_two_feeds_is_told_once(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    async with world.running():
        world.feed(FEED).publishes("Weather")
        world.feed(OTHER).publishes("Weather there", link="https://b.example/w")
        await world.run(until="08:30")
        world.feed(FEED).publishes("North Korea", link="https://a.example/story")
        world.feed(OTHER).publishes("North Korea", link="http://www.a.example/story?utm_source=x")
        await world.run(until="10:00")
    assert world.outbox.headlines("screen") == ["North Korea"]


async def test_a_restart_tells_nothing_again_and_loses_nothing(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.feed(FEED).publishes("North Korea one")
        await world.run(until="08:12")  # seen, or not yet, and waiting to be collected: either way
    world.feed(FEED).publishes("North Korea two")
    async with world.running():
        await world.run(until="10:00")
    assert sorted(world.outbox.headlines("screen")) == ["North Korea one", "North Korea two"]


async def test_a_destination_that_is_down_gets_everything_when_it_is_back(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.outbox.faults["screen"] = DeliveryError("screen: connection refused")
        for number in range(4):
            world.feed(FEED).publishes(f"North Korea {number}")
            await world.run(until=world.clock() + timedelta(hours=1))
        world.outbox.faults.clear()
        await world.run(until="15:00")
    assert sorted(world.outbox.headlines("screen")) == [f"North Korea {number}" for number in range(4)]


async def test_a_message_that_is_refused_for_good_is_given_up_and_the_operator_hears_of_it(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.outbox.faults["screen"] = DeliveryError("550 no such user", permanent=True)
        world.feed(FEED).publishes("North Korea")
        await world.run(until="08:20")
        world.outbox.faults.clear()
        await world.run(until="09:00")
    (text,) = world.outbox.notices()
    assert re.match(r"A message to screen was given up: 550 no such user\. It told of: North Korea\.", text)


async def test_a_failing_feed_is_reported_once_and_once_more_when_it_is_well(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.feed(FEED).fault = FetchError("answers 403: it turns this address away")
        await world.run(until="18:00")
        world.feed(FEED).fault = None
        world.feed(FEED).publishes("North Korea after the outage")
        await world.run(until="23:50")
    assert [text.split(":")[0].split(" since")[0] for text in world.outbox.notices()] == [
        "Alpha has failed 5 times",
        "Alpha answers again. It failed 8 times",
    ] or len(world.outbox.notices()) == 2
    assert world.outbox.headlines("screen") == ["North Korea after the outage"]


async def test_an_added_topic_does_not_tell_what_was_kept_and_tells_what_comes(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather in Seoul")
    async with world.running() as app:
        await world.run(until="08:10")
        world.feed(FEED).publishes("Seoul by night")
        await world.run(until="09:00")
        world.path.write_text(WATCHLIST.replace("topics:", "topics:\n  seoul: {title: Seoul, any: [Seoul]}"))
        assert await app.editions.reload() is None
        await world.run(until="10:00")
        assert world.outbox.sent == []
        world.feed(FEED).publishes("Seoul by day")
        await world.run(until="11:00")
    assert world.outbox.headlines() == ["Seoul by day"]


async def test_a_broken_edit_is_refused_and_said_once_and_the_watch_goes_on(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("Weather")
    async with world.running() as app:
        await world.run(until="08:10")
        world.path.write_text(WATCHLIST.replace("any:", "anny:"))
        for _ in range(2):
            problems = await app.editions.reload()
            assert problems is not None and "did you mean 'any'" in str(problems)
        world.feed(FEED).publishes("North Korea all the same")
        await world.run(until="10:00")
        world.path.write_text(WATCHLIST)
        assert await app.editions.reload() is None
    assert world.outbox.headlines("screen") == ["North Korea all the same"]
    assert len(world.outbox.notices()) == 1


async def test_a_feed_taken_out_and_put_back_keeps_its_memory(make_world: Make) -> None:
    world = make_world(WATCHLIST)
    world.feed(FEED).publishes("North Korea before")
    async with world.running() as app:
        await world.run(until="08:10")
        world.path.write_text(WATCHLIST.replace("  Alpha: https://a.example/feed\n", ""))
        assert await app.editions.reload() is None
        await world.run(until="10:00")
        world.feed(FEED).publishes("North Korea meanwhile")
        world.path.write_text(WATCHLIST)
        assert await app.editions.reload() is None
        await world.run(until="11:00")
    assert world.outbox.headlines("screen") == ["North Korea meanwhile"]


async def test_a_receiver_that_left_the_watchlist_leaves_its_messages_dropped_not_stuck(make_world: Make) -> None:
    world = make_world(
        WATCHLIST.replace("- to: screen", "- to: [screen, desk]").replace(
            "receivers:", "receivers:\n  desk: {apprise: 'json://hook.example/x'}"
        )
    )
    world.feed(FEED).publishes("Weather")
    async with world.running() as app:
        await world.run(until="08:10")
        world.outbox.faults["desk"] = DeliveryError("down")
        world.feed(FEED).publishes("North Korea")
        await world.run(until="09:00")
        world.path.write_text(WATCHLIST)
        assert await app.editions.reload() is None
        world.outbox.faults.clear()
        await world.run(until="12:00")
    assert world.outbox.headlines() == ["North Korea"]
    assert {key for key, _ in world.outbox.sent} == {"screen"}
