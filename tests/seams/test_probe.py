"""Feeds asked once, on real servers: how each is, what is wrong with it, and the feed behind a web page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.seams.fetching import LOOPBACK, resolver
from tests.seams.server import Asked, Reply, Server
from wirewatch.core.watchlist import Access, Feed, Limits, Settings
from wirewatch.probe import Probed, format_name, per_day, probe, rhythm

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SETTINGS = Settings(allow=LOOPBACK, limits=Limits(timeout=timedelta(seconds=10), per_site=8))
HOUR = timedelta(hours=1)
SECRET = "hunter2hunter2"


def rss(*dates: datetime, lang: str = "en", title: str = "Made") -> bytes:
    items = "".join(
        f"<item><title>N{n}</title><guid>g{n}</guid><pubDate>{format_datetime(date)}</pubDate></item>"
        for n, date in enumerate(dates)
    )
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title><link>https://made.example/</link>"
        f"<language>{lang}</language>{items}</channel></rss>"
    ).encode()


HOURLY = rss(*(NOW - n * HOUR for n in range(24)))
XML = (("content-type", "application/rss+xml"),)
HTML = (("content-type", "text/html"),)


def page(head: str) -> Reply:
    return Reply(body=f"<!doctype html><html><head>{head}</head><body>News</body></html>".encode(), headers=HTML)


async def probed(url: str, access: Access | None = None, lang: str | None = None) -> Probed:
    feed = Feed("Made", url, access=access or Access(), lang=lang)
    (one,) = await probe([feed], SETTINGS, resolver({"${KEY}": SECRET, "env:KEY": SECRET}), clock=lambda: NOW)
    return one


async def test_a_feed_that_answers_tells_its_form_its_rhythm_its_language_and_its_last_date() -> None:
    with Server(lambda asked: Reply(body=HOURLY, headers=XML)) as server:
        one = await probed(server.url("/feed"), lang="ko")
    assert (one.fault, one.title, one.format, one.lang, one.entries) == (None, "Made", "RSS 2.0", "en", 24)
    assert one.newest == NOW
    assert rhythm(one.per_day) == "about 26 a day"
    assert one.answer.startswith("200 after ") and one.answer.endswith(" kB")
    assert one.notes == ("it says that its language is en, the watchlist says ko",)


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        pytest.param(rss(), ("a feed, but without any entry just now",), id="empty"),
        pytest.param(
            rss(NOW - timedelta(days=100)), ("nothing new for 100 days; is it still kept up?",), id="left alone"
        ),
        pytest.param(rss(NOW + timedelta(days=1)), ("its entries have no dates",), id="dates in the future alone"),
    ],
)
async def test_what_is_odd_and_no_fault_is_a_note(body: bytes, notes: tuple[str, ...]) -> None:
    with Server(lambda asked: Reply(body=body, headers=XML)) as server:
        one = await probed(server.url("/feed"))
    assert one.fault is None and one.notes == notes


async def test_a_feed_that_moved_for_good_tells_its_new_address() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/feed":
            return Reply(body=HOURLY, headers=XML)
        return Reply(301 if asked.path == "/old" else 302, headers=(("location", "/feed"),))

    with Server(answer) as server:
        gone, elsewhere = await probed(server.url("/old")), await probed(server.url("/today"))
        assert gone.moved_to == server.url("/feed")
        assert gone.notes == (f"it moved for good; put {server.url('/feed')} into the watchlist",)
    assert elsewhere.moved_to is None and elsewhere.notes == ()


@pytest.mark.parametrize(
    ("reply", "fault", "answer"),
    [
        pytest.param(Reply(404), "there is no such page", "answers 404", id="not there"),
        pytest.param(Reply(body=b"<note/>"), "XML came that is no feed", "200 after", id="no feed"),
        pytest.param(Reply(body=b""), "the answer was empty", "200 after", id="nothing"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_do(reply: Reply, fault: str, answer: str) -> None:
    with Server(lambda asked: reply) as server:
        one = await probed(server.url("/feed"))
        assert len(server.asked) == 1
    assert one.fault is not None and fault in one.fault and answer in one.answer
    assert (one.format, one.found) == (None, ())


async def test_a_server_that_is_not_there_is_no_answer() -> None:
    with Server(lambda asked: Reply()) as server:
        url = server.url("/feed")
    one = await probed(url)
    assert one.answer == "no answer" and one.fault is not None


async def test_the_feed_that_a_page_names_is_found_and_asked() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/world.rss":
            return Reply(body=HOURLY, headers=XML)
        return page("<link rel=alternate type=application/rss+xml href=/world.rss>")

    with Server(answer) as server:
        one = await probed(server.url("/"))
        assert [found.url for found in one.found] == [server.url("/world.rss")]
        assert one.fault == (
            f"a web page, no feed; the feed behind it is {server.url('/world.rss')} (RSS 2.0): "
            "put that into the watchlist"
        )
    assert (one.found[0].title, one.found[0].entries, one.found[0].lang) == ("Made", 24, "en")


async def test_where_a_page_names_none_three_well_known_places_are_asked_and_no_more() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(body=HOURLY, headers=XML) if asked.path == "/rss.xml" else page("")

    with Server(answer) as server:
        one = await probed(server.url("/"))
        assert [asked.path for asked in server.asked] == ["/", "/feed", "/rss.xml", "/atom.xml"]
        assert [found.url for found in one.found] == [server.url("/rss.xml")]


async def test_a_page_without_a_feed_stays_a_page_and_its_many_links_cost_three_requests() -> None:
    links = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}>" for n in range(9))
    with Server(lambda asked: page(links)) as server:
        one = await probed(server.url("/"))
        assert len(server.asked) == 4
    assert one.fault is not None and one.fault.startswith("an HTML page came instead of a feed")
    assert one.found == ()


async def test_a_page_cannot_send_our_secrets_elsewhere() -> None:
    with Server(lambda asked: Reply(body=HOURLY, headers=XML)) as stranger:
        links = f"<link rel=alternate type=application/rss+xml href={stranger.url('/a')}>"
        links += f"<link rel=alternate type=application/rss+xml href='{stranger.url('/${KEY}')}'>"
        with Server(lambda asked: page(links)) as server:
            access = Access(headers=(("X-Key", "env:KEY"),), cookies=(("id", "${KEY}"),), token="env:KEY")
            one = await probed(server.url("/"), access)
            assert SECRET in str(server.asked[0].headers)
        assert [asked.path for asked in stranger.asked] == ["/a"]
        assert SECRET not in str(stranger.asked)
    assert SECRET not in repr(one) and one.found[0].url == stranger.url("/a")


async def test_many_feeds_come_back_in_their_order_and_are_told_as_they_are_done() -> None:
    done: list[str] = []
    with Server(lambda asked: Reply(body=HOURLY) if asked.path != "/3" else Reply(500)) as server:
        feeds = [Feed(f"f{n}", server.url(f"/{n}")) for n in range(8)]
        all_of_them: Sequence[Probed] = await probe(
            feeds, SETTINGS, resolver({}), lambda one: done.append(one.feed.name), clock=lambda: NOW
        )
    assert [one.feed for one in all_of_them] == feeds
    assert sorted(done) == sorted(feed.name for feed in feeds)
    assert [one.feed.name for one in all_of_them if one.fault] == ["f3"]


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        pytest.param([1, 2, 3, 4], "about 24 a day", id="hourly"),
        pytest.param([48, 96, 144, 192], "about 4 a week", id="every other day"),
        pytest.param([24 * 90, 24 * 180, 24 * 270], "less than one a month", id="hardly ever"),
        pytest.param([24 * 20, 24 * 40, 24 * 60], "about 2 a month", id="now and then"),
        pytest.param([1, 2, 3, 24 * 3000], "about 24 a day", id="with one old entry that is kept on top"),
        pytest.param([1, 2], "rhythm not known", id="too few"),
        pytest.param([0, 0, 0], "rhythm not known", id="all dated now"),
    ],
)
def test_a_rhythm_is_said_as_people_say_it(ages: list[int], said: str) -> None:
    assert rhythm(per_day([NOW - age * HOUR for age in ages], NOW)) == said


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("rss20", "RSS 2.0"),
        ("rss092", "RSS 0.92"),
        ("rss091u", "RSS 0.91"),
        ("rss", "RSS"),
        ("atom10", "Atom 1.0"),
        ("json11", "JSON Feed 1.1"),
        ("json1", "JSON Feed 1.0"),
        ("cdf", "CDF"),
        ("other", "other"),
    ],
)
def test_formats_have_the_names_that_people_know(version: str, name: str) -> None:
    assert format_name(version) == name
