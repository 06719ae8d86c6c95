"""The real daemon as a person meets it: started, edited under, signalled, stopped. Loopback servers, real signals."""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.crash.compare import serials
from tests.crash.traffic import TOPICS
from tests.world.daemon import Daemon, run_command
from tests.world.feeds import Item, Manner
from tests.world.sinks import Mood
from tests.world.world import PEOPLE, World

ROOT = Path(__file__).parents[2]
EDIT_IS_LIVE_WITHIN = 2.0
A_POLL = 5.0  # the tick of a second, the poll and the message, on a busy machine
RIVER = {"river": {"title": "The river", "any": ["river"]}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with one feed and an entry in it that is older news."""
    with World(tmp_path) as made:
        made.feeds.feed("/a").publish(Item("R00000", "North Korea and the river before we watched, R00000"))
        made.write(("/a",), TOPICS)
        yield made
        print(made.daemon.output())  # shown where a test fails


def start(world: World) -> None:
    """Start, and return when what stands in the feed is known as older news."""
    world.daemon.start()
    world.daemon.says("^1 feed answered in .*; 0 did not")


def publish(world: World, serial: str, headline: str) -> None:
    world.feeds.feed("/a").publish(Item(serial, f"{headline}, {serial}"))


def wait_for_message(world: World, serial: str, destination: str = "hook", within: float = 60) -> str:
    """The text of the first message to this destination that tells of a headline."""
    found = world.arrivals.wait_for_next(
        lambda one: one.destination == destination and serial in serials(one),
        after=0,
        within=within,
        what=f"{serial} at {destination}",
    )
    return found.text


def told(world: World, destination: str = "hook") -> list[str]:
    """The headlines that a destination was told of, in order."""
    return [serial for one in world.arrivals.all() if one.destination == destination for serial in sorted(serials(one))]


def test_the_seed_story_is_one_message_that_names_its_three_topics(world: World) -> None:
    shipped = yaml.safe_load((ROOT / "config" / "watchlist.yaml").read_text(encoding="utf-8"))
    world.write(("/a",), shipped["topics"])
    start(world)
    world.feeds.feed("/a").show((ROOT / "seeds" / "article.atom.xml").read_bytes())
    world.arrivals.wait_until(lambda all: len({one.destination for one in all}) == 3, within=60, what="all three")
    world.feeds.wait_for_polls("/a", 2)
    assert world.arrivals.quiet_for(1)
    assert sorted(one.destination for one in world.arrivals.all()) == sorted(("hook", *PEOPLE))
    for arrival in world.arrivals.all():
        assert "White House confirms openness towards interactions" in arrival.text.splitlines()[0]
        for key in ("trump-kim", "north-korea", "yongbyon"):
            assert shipped["topics"][key]["title"] in arrival.text
    assert world.daemon.stop() == 0


def test_a_broken_edit_is_refused_once_and_the_mended_file_is_live_soon(world: World) -> None:
    good = world.daemon.watchlist.read_text(encoding="utf-8")
    start(world)
    world.daemon.watchlist.write_text(good.replace("any:", "anny:") + "colour: blue\n", encoding="utf-8")
    refused = world.daemon.says("action=watchlist_refused")
    for part in ("unknown key 'anny'; did you mean 'any'?", "unknown key 'colour'", "the last good watchlist goes on"):
        assert part in refused
    publish(world, "R00001", "North Korea while the file is broken")
    wait_for_message(world, "R00001")
    world.feeds.wait_for_polls("/a", 2)
    world.write(("/a",), RIVER)
    world.daemon.says("action=watchlist_live", within=EDIT_IS_LIVE_WITHIN)
    publish(world, "R00002", "A river after it was mended")
    wait_for_message(world, "R00002", within=A_POLL)
    assert sum("action=watchlist_refused" in line for line in world.daemon.said.all()) == 1
    assert world.daemon.stop() == 0


def test_sighup_reloads_although_nothing_was_saved(world: World) -> None:
    start(world)
    before = len(world.daemon.said)
    world.daemon.signal(signal.SIGHUP)
    world.daemon.says("action=watchlist_live", after=before)
    publish(world, "R00001", "North Korea after the signal")
    wait_for_message(world, "R00001")
    assert told(world) == ["R00001"]
    assert world.daemon.stop() == 0


def test_a_start_with_a_broken_file_runs_on_the_last_good_one(world: World) -> None:
    start(world)
    assert world.daemon.stop() == 0
    good = world.daemon.watchlist.read_text(encoding="utf-8")
    world.daemon.watchlist.write_text(good.replace("any:", "anny:"), encoding="utf-8")
    world.daemon.start()
    world.daemon.says(r"unknown key 'anny'; did you mean 'any'\?")
    world.daemon.says("The last good watchlist goes on")
    publish(world, "R00001", "North Korea on the last good file")
    wait_for_message(world, "R00001")
    assert world.daemon.stop() == 0


def test_a_first_start_with_a_broken_file_ends_with_78_and_every_error(world: World) -> None:
    good = world.daemon.watchlist.read_text(encoding="utf-8")
    broken = good.replace("any:", "anny:").replace("collect: 0 s", "collect: soon") + "colour: blue\n"
    world.daemon.watchlist.write_text(broken, encoding="utf-8")
    world.daemon.start()
    assert world.daemon.wait(60) == 78
    said = world.daemon.output()
    for part in ("unknown key 'anny'", "collect", "unknown key 'colour'"):
        assert re.search(rf"^{re.escape(str(world.daemon.watchlist))}:\d+:\d+: .*{re.escape(part)}", said, re.MULTILINE)
    assert "Traceback" not in said


def test_a_second_start_on_the_same_database_is_refused_with_the_holders_pid(world: World) -> None:
    start(world)
    second = Daemon(world.daemon.watchlist, world.daemon.database)
    second.start()
    try:
        assert second.wait(60) == 75
    finally:
        second.abandon()
    assert re.search(rf"\b{world.daemon.pid}\b", second.output())
    assert "Traceback" not in second.output()
    publish(world, "R00001", "North Korea beside a second start")
    wait_for_message(world, "R00001")
    assert world.daemon.stop() == 0


def test_sigterm_ends_with_0_and_keeps_what_waits(world: World) -> None:
    start(world)
    world.mail.turn(Mood.DOWN)
    publish(world, "R00001", "North Korea while the mail server is down")
    wait_for_message(world, "R00001")
    for person in PEOPLE:
        world.daemon.says(rf"state=waiting message=\S+ destination=desk/{person}")
    assert world.daemon.stop() == 0
    waiting = run_command("alerts", "--state", "waiting", "--database", world.daemon.url)
    for person in PEOPLE:
        assert re.search(rf"{person}: waiting until", waiting.stdout), waiting.stdout
    assert run_command("ledger", "--database", world.daemon.url).returncode == 0
    world.mail.turn(Mood.TAKE)
    world.daemon.start()
    world.daemon.says("2 messages waiting to be sent")
    assert world.daemon.stop() == 0


def test_feeds_that_fail_show_why_in_words(world: World) -> None:
    manners = {"/fault": Manner.FAULT, "/garbage": Manner.GARBAGE, "/well": Manner.WELL}
    for path, manner in manners.items():
        world.feeds.feed(path).publish(Item(path, "A river"))
        world.feeds.feed(path).manner = manner
    down = {"Feed /down": "http://127.0.0.1:9/feed"}  # the discard port: nobody listens there
    world.write(tuple(manners), TOPICS, more_feeds=down)
    world.daemon.start()
    for path in manners:
        world.feeds.wait_for_polls(path, 1)
    rows = {row.split("  ")[0].strip(): row for row in feeds_until(world, failing=3).splitlines()}
    assert "500" in rows["Feed /fault"]
    assert "feed" in rows["Feed /garbage"].removeprefix("Feed /garbage")
    assert "does not take connections" in rows["Feed /down"]
    assert " well " in rows["Feed /well"]
    assert world.daemon.stop() == 0


def feeds_until(world: World, failing: int) -> str:
    """What `wirewatch feeds` prints, as soon as it shows so many feeds that fail."""
    deadline = time.monotonic() + 60
    while True:
        shown = run_command("feeds", "--database", world.daemon.url)
        if shown.returncode == 0 and shown.stdout.count("failing") == failing:
            return shown.stdout
        assert time.monotonic() < deadline, f"not {failing} feeds fail: {shown.stdout}{shown.stderr}"


def test_a_locked_database_loses_nothing_is_said_and_the_daemon_stays_up(world: World) -> None:
    start(world)
    with contextlib.closing(sqlite3.connect(world.daemon.database, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 5000")
        other.execute("BEGIN IMMEDIATE")
        publish(world, "R00001", "North Korea while the database is locked")
        world.daemon.says("action=store_busy", within=60)
        other.execute("ROLLBACK")
    wait_for_message(world, "R00001", within=60)
    world.daemon.says("action=store_well", within=60)
    assert world.daemon.stop() == 0


def test_a_damaged_database_is_refused_with_what_to_do(world: World) -> None:
    start(world)
    assert world.daemon.stop() == 0
    with world.daemon.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3 * 4096)
    world.daemon.start()
    assert world.daemon.wait(within=60) == 65
    refusal = world.daemon.says("damaged|malformed|corrupt")
    assert "restore" in refusal
