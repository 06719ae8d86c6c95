"""A saved edit of the topics says what it does to the last 7 days; an edit of anything else says nothing of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.made import watchlist
from tests.flow.quick import MoodyDatabase, QuickWorld
from wirewatch.errors import StoreBusy
from wirewatch.hindsight import recent_effect
from wirewatch.store.database import Connection

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"
DAY = timedelta(days=1)
WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: https://a.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea, Trump], not: [like North Korea]}
  trump: {any: 'pack:trump'}
receivers: {screen: {console: true}}
routes: [{to: screen}]
"""
TOPICS = "\n".join(WATCHLIST.splitlines()[5:7])


def edited(old: str, new: str) -> str:
    assert old in WATCHLIST
    return WATCHLIST.replace(old, new)


def effects(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [record.getMessage() for record in caplog.records]
    return [text.removeprefix("action=edit_effect text=") for text in said if text.startswith("action=edit_effect ")]


async def later(world: QuickWorld, span: timedelta) -> None:
    """Let time pass in one step; what is due by then is done at its end."""
    world.clock.now += span
    await world.run(until=world.clock())


@pytest.fixture
def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> QuickWorld:
    caplog.set_level("INFO")
    world = QuickWorld(tmp_path, WATCHLIST)
    for title in ("North Korea fires", "Pyongyang speaks", "Trump in the rain", "A place like North Korea"):
        world.feed(ALPHA).publishes(title)
    return world


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        pytest.param("[North Korea, Trump]", "[North Korea, Pyongyang, Trump]", "north-korea +1", id="a word more"),
        pytest.param("[North Korea, Trump]", "[North Korea]", "north-korea −1", id="a word less"),
        pytest.param("[North Korea, Trump]", "[Pyongyang]", "north-korea +1 −2", id="other words"),
        pytest.param(", not: [like North Korea]", "", "north-korea +1", id="a guard less"),
        pytest.param("not: [like", "query: Trump, not: [like", "north-korea −1", id="a condition more"),
        pytest.param("not: [like", "in: headline, not: [like", "no hit gained or lost", id="a place that all have"),
        pytest.param("any: 'pack:trump'", "any: [rain, speaks]", "trump +1", id="words for a pack"),
        pytest.param("  trump: {any: 'pack:trump'}", "  us: {any: [Trump]}", "trump −1; us +1", id="another key"),
        pytest.param("any: 'pack:trump'", "any: 'pack:trump', enabled: no", "trump −1", id="switched off"),
    ],
)
async def test_an_edit_of_the_topics_says_what_it_does_to_the_last_days(
    world: QuickWorld, caplog: pytest.LogCaptureFixture, old: str, new: str, effect: str
) -> None:
    async with world.running():
        await world.run(until="08:10")
        await world.save(edited(old, new))
    joint = ":" if "−" in effect or "+" in effect else ""
    over = " hits over 4 entries of 1 day" if joint else " over 4 entries of 1 day"
    assert effects(caplog) == [f"{effect}{joint}{over}"]


async def test_only_the_last_seven_days_are_looked_at(world: QuickWorld, caplog: pytest.LogCaptureFixture) -> None:
    async with world.running():
        await world.run(until="08:10")
        await later(world, 4 * DAY)
        world.feed(ALPHA).publishes("Pyongyang speaks again")
        await later(world, timedelta(hours=1))
        await later(world, 4 * DAY)
        await world.save(edited("[North Korea, Trump]", "[North Korea, Pyongyang, Trump]"))
    assert effects(caplog) == ["north-korea +1: hits over 1 entry of 4 days"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("\nsettings", "\n# moved\n\nsettings", id="lines moved"),
        pytest.param("  Alpha: ", f"  Beta: {BETA}\n  Alpha: ", id="a feed added"),
        pytest.param("  Alpha: https://a.example/feed", f"  Beta: {BETA}", id="a feed instead of another"),
        pytest.param("title: North Korea", "title: The North, trial: yes, priority: urgent", id="how it is told"),
        pytest.param("[North Korea, Trump]", "['North Korea',   \"Trump\"]", id="another way to write the same"),
        pytest.param("[North Korea, Trump]", "[Trump, North Korea]", id="words in another order"),
        pytest.param(TOPICS, "\n".join(reversed(TOPICS.splitlines())), id="topics in another order"),
        pytest.param("{to: screen}", "{to: screen, collect: 5 min}", id="a route"),
    ],
)
async def test_an_edit_that_looks_for_the_same_says_nothing(
    world: QuickWorld, caplog: pytest.LogCaptureFixture, old: str, new: str
) -> None:
    async with world.running():
        await world.run(until="08:10")
        await world.save(edited(old, new))
    assert effects(caplog) == []
    assert "action=watchlist_live" in caplog.text


async def test_an_edit_that_is_refused_says_nothing(world: QuickWorld, caplog: pytest.LogCaptureFixture) -> None:
    async with world.running() as app:
        await world.run(until="08:10")
        world.path.write_text(edited("[North Korea, Trump]", "[K]"), encoding="utf-8")
        assert await app.editions.reload() is not None
    assert effects(caplog) == []


async def test_an_edit_of_a_pack_is_one_of_the_topics_that_name_it(
    world: QuickWorld, caplog: pytest.LogCaptureFixture
) -> None:
    pack = world.folder / "packs" / "trump.yaml"
    pack.parent.mkdir()
    async with world.running():
        await world.run(until="08:10")
        pack.write_text("title: Trump\nnames: {the rain: {en: [Pyongyang]}}\n", encoding="utf-8")
        await world.save(WATCHLIST)
        pack.write_text("title: Trump\nnames: {the word: {en: [Pyongyang]}}\n", encoding="utf-8")
        await world.save(WATCHLIST)
        pack.write_text("title: Trump\nnot: [Trump in the rain]\n", encoding="utf-8")
        await world.save(WATCHLIST)
    assert effects(caplog) == [
        "trump +1: hits over 4 entries of 1 day",
        "trump −2: hits over 4 entries of 1 day",
    ]


class BusyDatabase(MoodyDatabase):
    """A real database that takes no more reads than it is told to. left: None for any number."""

    left: int | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise StoreBusy("database: locked")
        with super().read() as conn:
            yield conn


async def test_an_edit_is_live_although_the_database_is_too_busy_to_look_back(
    world: QuickWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.running() as app:
        await world.run(until="08:10")
        app.editions.database = database = BusyDatabase.open(world.database_url, clock=world.clock)
        database.left = 1  # for the topics that are new
        try:
            await world.save(edited("[North Korea, Trump]", "[North Korea]"))
        finally:
            database.close()
        assert [rule.text for rule in app.editions.live.watchlist.topics[0].any] == ["North Korea"]
    assert "action=edit_effect_unknown text=database: locked" in caplog.text


AFTER = edited("[North Korea, Trump]", "[North Korea, number]")


async def test_where_there_are_too_many_entries_the_span_is_halved_until_there_are_not(world: QuickWorld) -> None:
    async with world.running():
        await world.run(until="08:10")
        for day in range(1, 7):
            world.feed(ALPHA).publishes(f"Report number {day}")
            await later(world, DAY)
        await later(world, timedelta(hours=1))

        def entries(most: int) -> tuple[int, int]:
            before, after = watchlist(WATCHLIST), watchlist(AFTER)
            effect = recent_effect(world.database, before, after, world.clock(), most=most)
            return effect.entries, effect.topics[0].gained

        assert entries(10) == (10, 6)  # 7 days
        assert entries(9) == (4, 4)  # three and a half
        assert entries(3) == (2, 2)  # a day and three quarters
        assert entries(1) == (1, 1)
        assert entries(0) == (0, 0)


async def test_more_entries_than_one_page_holds_are_all_looked_at_once(world: QuickWorld) -> None:
    for number in range(1_100):
        world.feed(ALPHA).publishes(f"Report number {number}")
    async with world.running():
        await world.run(until="08:10")
        before, after = watchlist(WATCHLIST), watchlist(AFTER)
        effect = await asyncio.to_thread(recent_effect, world.database, before, after, world.clock())
    assert (effect.entries, effect.topics[0].gained, effect.topics[0].lost) == (1_104, 1_100, 1)
    assert effect.samples == ()
