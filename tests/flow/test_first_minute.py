"""What a person reads in the first minute of a run: on a fake clock, from real feeds' states in a real database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.flow.quick import QuickWorld, soon
from tests.flow.world import START, MadeNetwork
from wirewatch.app import App
from wirewatch.errors import DeliveryError, FetchError
from wirewatch.fetch.client import Request, Response
from wirewatch.greeting import LINE, PATIENCE, count, cut, marked, when
from wirewatch.visit import Report

ALPHA, BETA = "https://a.example/feed", "https://b.example/feed"

WATCHLIST = """
settings: {name: Test desk}
feeds:
  Alpha: https://a.example/feed
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea]}
  trump-kim: {title: Trump–Kim, part_of: north-korea, all: [[Trump], [Kim]]}
receivers: {screen: {console: true}}
routes: [{to: screen}]
"""
DAY = timedelta(days=1)


async def first_minute(world: QuickWorld) -> list[str]:
    """Start, let every feed answer, and return what was said, line by line."""
    async with world.running() as app:
        app.greeting.start()
        await app.poll_all()
        await app.greeting.tick()
        await app.greeting.tick()  # it speaks once
    return "\n".join(world.said).splitlines()


async def test_it_says_who_answered_what_older_news_fits_and_what_comes_next(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("North Korea fires", at=START - DAY - timedelta(hours=3))
    world.feed(ALPHA).publishes("Talks", text="Long ago. Trump wrote to Kim in North Korea. Weather.", at=START - DAY)
    world.feed(BETA).publishes("Rain", link="https://b.example/1", at=START - timedelta(hours=2))
    world.feed(BETA).publishes("North Korea on Monday", link="https://b.example/2", at=START - timedelta(hours=1))
    assert await first_minute(world) == [
        "Wirewatch, Test desk: 2 feeds, 2 topics, 1 receiver (screen).",
        "Asking 2 feeds for the first time ...",
        "2 feeds answered in 0 s; 0 did not.",
        "Read 4 reports. Older news that fits: North Korea 3, Trump–Kim 1. It is old, so nobody is told. The newest:",
        "    North Korea   Beta, today 07:00   [North Korea] on Monday",
        "    Trump–Kim     Alpha, yesterday 08:00   [Trump] wrote to [Kim] in North Korea.",
        # Two dated reports of a feed say nothing about its pace: they are taken as those of one day.
        "By the dates in the feeds, expect about this many reports a day: 3 North Korea, 1 Trump–Kim.",
        "Watching. Next: Alpha in 6 min. Alerts appear here; to get them by mail or chat, see `receivers` in the"
        " watchlist.",
    ]
    assert world.outbox.sent == []


async def test_a_long_sentence_is_shown_round_its_mark(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    words = ", ".join(f"word {number}" for number in range(40))
    world.feed(ALPHA).publishes("Long", text=f"{words}, then North Korea, {words}.", at=START - timedelta(days=200))
    lines = await first_minute(world)
    (line,) = [line for line in lines if line.startswith("    North Korea   Alpha, 9 May 08:00   ... ")]
    assert "[North Korea]" in line and line.endswith(" ...") and len(line) <= LINE + 4
    assert "expect about this many reports a day: 1 North Korea." in lines[-2]


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        pytest.param(timedelta(hours=4), "6 North Korea", id="5 of 6 reports in 20 h fit"),
        pytest.param(timedelta(hours=30), "less than 1 North Korea", id="5 in 150 h"),
        pytest.param(timedelta(minutes=1), "120 North Korea", id="5 in 5 minutes count as 5 in an hour"),
    ],
)
async def test_what_a_day_will_bring_is_told_by_the_dates_in_the_feeds(
    tmp_path: Path, apart: timedelta, said: str
) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    for number in range(6):
        world.feed(ALPHA).publishes("Rain" if number == 5 else f"North Korea {number}", at=START - number * apart)
    assert f"expect about this many reports a day: {said}." in (await first_minute(world))[-2]


async def test_where_no_topic_fits_it_says_how_much_it_read(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    lines = await first_minute(world)
    assert lines[3] == "Read 1 report. None of them fits a topic."
    assert lines[4].startswith("Watching. Next: ")


async def test_feeds_that_fail_are_named_with_the_reason_thirty_of_them_at_most(tmp_path: Path) -> None:
    names = [f"Feed {number:02}" for number in range(34)]
    feeds = "".join(f"  {name}: https://f{number}.example/feed\n" for number, name in enumerate(names))
    world = QuickWorld(tmp_path, WATCHLIST.replace("topics:", f"{feeds}topics:"))
    for number in range(32):
        world.feed(f"https://f{number}.example/feed").fault = FetchError(f"answers {400 + number}: not found")
    lines = await first_minute(world)
    assert lines[2] == "4 feeds answered in 0 s; 32 did not:"
    assert lines[3:33] == [f"    {names[number]}   answers {400 + number}: not found" for number in range(30)]
    assert lines[33] == "    ... and 2 more: wirewatch feeds"
    assert not any("None answered" in line for line in lines)


async def test_where_none_answers_our_own_network_is_named_and_the_watch_stays(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    for url in (ALPHA, BETA):
        world.feed(url).fault = FetchError("no address is known for this name", network=True)
    assert (await first_minute(world))[2:] == [
        "0 feeds answered in 0 s; 2 did not:",
        "    Alpha   no address is known for this name",
        "    Beta   no address is known for this name",
        "    None answered: this looks like our own network. Wirewatch stays and tries again.",
        "Watching. Next: Alpha in 5 min. Alerts appear here; to get them by mail or chat, see `receivers` in the"
        " watchlist.",
    ]


async def test_a_desk_without_a_screen_is_not_told_that_alerts_appear_there(tmp_path: Path) -> None:
    mail = '{mail: {server: "localhost:25", security: none, from: w@example.org, to: a@example.org}}'
    world = QuickWorld(tmp_path, WATCHLIST.replace("{console: true}", mail))
    lines = await first_minute(world)
    assert lines[0].endswith("1 receiver (screen).") and lines[-1] == "Watching. Next: Alpha in 6 min."


async def test_a_watch_of_nothing_says_so_at_once(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, "settings: {name: Test desk}\n")
    assert await first_minute(world) == [
        "Wirewatch, Test desk: 0 feeds, 0 topics, 0 receivers (none).",
        "Watching again. Nothing is waiting to be sent.",
    ]


@dataclass(slots=True)
class SlowAt:
    """A network where one address answers only when `answered` is set."""

    network: MadeNetwork
    url: str
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, request: Request) -> Response:
        if request.url == self.url:
            await self.answered.wait()
        return await self.network.get(request)


def next_report(app: App) -> asyncio.Future[str]:
    """The name of the next feed whose poll is stored (the greeting hears of it as always)."""
    reported: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def heard(report: Report) -> None:
        app.greeting.heard(report)
        if not reported.done():
            reported.set_result(report.feed.name)

    app.poller.on_report = heard
    return reported


async def test_a_slow_feed_is_waited_for_a_minute_then_named_as_still_asked(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    slow = SlowAt(world.network, BETA)
    world.client = lambda settings: slow
    async with world.running() as app:
        reported = next_report(app)
        await app.greeting.tick()  # before it has started, it has nothing to say
        app.greeting.start()
        await app.poller.tick()
        assert await soon(reported) == "Alpha"
        world.clock.now += PATIENCE - timedelta(seconds=1)
        await app.greeting.tick()
        assert len(world.said) == 1
        world.clock.now += timedelta(seconds=1)
        await app.greeting.tick()
        assert world.said[1:3] == ["1 feed answered in 60 s; 0 did not.", "    1 feed still being asked"]
        slow.answered.set()
        await app.poll_all()
        await app.greeting.tick()
    assert sum("answered in" in line for line in world.said) == 1


async def test_a_restart_says_what_waits_and_does_not_tell_the_first_minute_again(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    world.feed(ALPHA).publishes("Rain")
    await first_minute(world)
    async with world.running():
        world.outbox.faults["screen"] = DeliveryError("screen: closed")
        world.feed(ALPHA).publishes("North Korea")
        await world.run(until="08:20")
    world.said.clear()
    assert await first_minute(world) == [
        "Wirewatch, Test desk: 2 feeds, 2 topics, 1 receiver (screen).",
        "Watching again. 1 message waiting to be sent.",
    ]


async def test_a_feed_added_before_a_restart_is_waited_for_whatever_the_others_answer(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST)
    await first_minute(world)
    world.said.clear()
    world.path.write_text(WATCHLIST.replace("topics:", "  Gamma: https://c.example/feed\ntopics:"))
    slow = SlowAt(world.network, "https://c.example/feed")
    world.client = lambda settings: slow
    world.clock.now += timedelta(hours=1)
    async with world.running() as app:
        reported = next_report(app)
        app.greeting.start()
        await app.poller.tick()
        await soon(reported)
        await app.greeting.tick()
        spoken = len(world.said)
        slow.answered.set()
        await app.poll_all()
    assert spoken == 1


async def test_what_older_news_asks_for_is_said_to_be_sent(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST.replace("{name: Test desk}", "{name: Test desk, older_news: newest 1}"))
    world.feed(ALPHA).publishes("North Korea, the older one", at=START - DAY)
    world.feed(ALPHA).publishes("North Korea, the newest", at=START)
    lines = await first_minute(world)
    assert "What `older_news` asks for is sent, the rest is not." in lines[3]
    assert lines[4].endswith("[North Korea], the newest")


async def test_older_news_that_is_all_sent_is_not_said_to_fit_nothing(tmp_path: Path) -> None:
    world = QuickWorld(tmp_path, WATCHLIST.replace("{name: Test desk}", "{name: Test desk, older_news: all}"))
    world.feed(ALPHA).publishes("North Korea")
    assert not any("None of them fits a topic" in line for line in await first_minute(world))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param("2025-11-25T06:31", "today 15:31", id="today, in the reader's zone"),
        pytest.param("2025-11-24T16:10", "today 01:10", id="yesterday in UTC is today in Seoul"),
        pytest.param("2025-11-24T07:10", "yesterday 16:10", id="yesterday"),
        pytest.param("2025-06-03T07:10", "3 June 16:10", id="this year"),
        pytest.param("2024-06-03T07:10", "3 June 2024", id="another year, without the clock time"),
        pytest.param("2025-11-26T07:10", "26 November 16:10", id="dated in the future"),
    ],
)
def test_a_time_is_said_as_its_reader_counts_it(at: str, said: str) -> None:
    assert when(datetime.fromisoformat(at).replace(tzinfo=UTC), START, ZoneInfo("Asia/Seoul")) == said


def test_yesterday_holds_over_the_new_year() -> None:
    assert when(datetime(2025, 12, 31, 9, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC), ZoneInfo("UTC")) == (
        "yesterday 09:00"
    )


@pytest.mark.parametrize(
    ("marks", "text"),
    [
        ((), "Trump wrote to Kim"),
        (((0, 5),), "[Trump] wrote to Kim"),
        (((0, 5), (15, 18)), "[Trump] wrote to [Kim]"),
    ],
)
def test_matched_words_stand_in_brackets(marks: tuple[tuple[int, int], ...], text: str) -> None:
    assert marked("Trump wrote to Kim", marks) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("short", "short", id="what fits stays"),
        pytest.param("on\n two\tlines", "on two lines", id="on one line"),
        pytest.param("x" * 30, "x" * 16 + " ...", id="without a mark: its beginning"),
        pytest.param("[Kim] " + "x" * 30, "[Kim] xxxxxxxxxx ...", id="a mark at the beginning"),
    ],
)
def test_a_text_is_cut_to_one_line(text: str, shown: str) -> None:
    assert cut(text, 20) == shown


def test_a_text_is_cut_round_its_first_mark() -> None:
    text = f"{'a ' * 40}[Kim]{' b' * 40}"
    shown = cut(text, 30)
    assert shown.startswith("... a ") and shown.endswith(" b ...") and "[Kim]" in shown
    assert cut(f"{'a ' * 40}[Kim]", 30).endswith("[Kim]")


@pytest.mark.parametrize("most", [40, 55])
def test_a_cut_text_is_never_longer_than_asked_for(most: int) -> None:
    texts = [f"{'a' * at}[Kim]{'b' * (80 - at)}" for at in range(81)]
    assert max(len(cut(text, most)) for text in texts) <= most


@pytest.mark.parametrize(("number", "said"), [(0, "0 feeds"), (1, "1 feed"), (2, "2 feeds")])
def test_one_is_counted_in_the_singular(number: int, said: str) -> None:
    assert count(number, "feed") == said
