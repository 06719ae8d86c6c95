"""Digests, night hours and budgets on timelines, with restarts: nothing is lost, nothing comes at a wrong time."""

from __future__ import annotations

from tests.flow.world import Make

FEED = "https://a.example/feed"
WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: {address: "https://a.example/feed", poll: 10 min}
topics:
  north-korea: {title: North Korea, any: [North Korea]}
  yongbyon: {title: Yongbyon, part_of: north-korea, any: [Yongbyon]}
receivers:
  screen: {console: true}
routes:
"""


async def test_a_digest_comes_at_its_time_in_one_message_also_after_a_restart(make_world: Make) -> None:
    world = make_world(WATCHLIST + "  - {to: screen, topics: yongbyon}\n  - {to: screen, send: 'daily 12:00'}\n")
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.feed(FEED).publishes("North Korea one")
        await world.run(until="09:00")
        world.feed(FEED).publishes("Inspectors at Yongbyon")
        await world.run(until="10:00")
        assert world.outbox.headlines("screen") == ["Inspectors at Yongbyon"]
    async with world.running():
        world.feed(FEED).publishes("North Korea two")
        await world.run(until="11:59")
        assert len(world.outbox.sent) == 1
        await world.run(until="12:05")
        assert world.outbox.headlines("screen")[1:] == ["North Korea one", "North Korea two"]
        assert len(world.outbox.sent) == 2
        await world.run(until="18:00")
    assert len(world.outbox.sent) == 2


async def test_a_digest_whose_time_passed_while_nothing_ran_is_sent_at_the_start(make_world: Make) -> None:
    world = make_world(WATCHLIST + "  - {to: screen, send: 'daily 09:00'}\n")
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        world.feed(FEED).publishes("North Korea one")
        await world.run(until="08:30")
    world.clock.now = world.clock.at("09:40")
    async with world.running():
        await world.run(until="09:45")
    assert world.outbox.headlines("screen") == ["North Korea one"]


async def test_the_night_waits_for_the_morning_but_a_route_that_rings(make_world: Make) -> None:
    routes = "  - {to: screen, topics: yongbyon, at_night: ring}\n  - to: screen\n"
    world = make_world(WATCHLIST.replace("console: true", "console: true, quiet: '08:30-11:00'") + routes)
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:40")
        world.feed(FEED).publishes("North Korea one")
        await world.run(until="09:00")
        world.feed(FEED).publishes("Inspectors at Yongbyon")
        await world.run(until="09:30")
        world.feed(FEED).publishes("North Korea two")
        await world.run(until="10:59")
        assert world.outbox.headlines("screen") == ["Inspectors at Yongbyon"]
        await world.run(until="11:05")
    assert world.outbox.headlines("screen")[1:] == ["North Korea one", "North Korea two"]
    assert len(world.outbox.sent) == 2


async def test_what_exceeds_an_hours_budget_comes_as_one_message(make_world: Make) -> None:
    world = make_world(WATCHLIST + "  - {to: screen, at_most: 2 an hour, collect: 0 s}\n")
    world.feed(FEED).publishes("Weather")
    async with world.running():
        await world.run(until="08:10")
        for number in range(5):
            world.feed(FEED).publishes(f"North Korea {number}")
        await world.run(until="09:05")
        assert len(world.outbox.headlines("screen")) == 2
        await world.run(until="09:40")
    assert sorted(world.outbox.headlines("screen")) == [f"North Korea {number}" for number in range(5)]
    assert len(world.outbox.sent) == 3
