"""Feeds as lists for other programs: what goes out comes in again, and a bad line is said with its place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.made import loaded
from wirewatch.config.edit import add_feeds
from wirewatch.config.export import feeds_jsonl, feeds_opml, read_list, sort_out
from wirewatch.core.watchlist import Access, Feed, FeedKind, Pace, Watchlist


def imported(lines: Iterable[str]) -> tuple[Feed, ...]:
    """What an empty watchlist holds after the import."""
    listed, problems = read_list("\n".join(lines).encode(), "list")
    assert problems == ()
    return loaded(add_feeds("", sort_out(listed, Watchlist()).new)).watchlist.feeds


def by_name(feeds: Iterable[Feed]) -> dict[str, Feed]:
    return {feed.name: feed for feed in feeds}


lines = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=15).map(
    lambda text: " ".join(text.split())
).filter(bool)  # fmt: skip
times = st.timedeltas(timedelta(seconds=1), timedelta(days=30))
accesses = st.builds(
    Access,
    headers=st.sampled_from([(), (("X-Client", "desk"), ("Authorization", "env:TOKEN"))]),
    cookies=st.sampled_from([(), (("consent", "yes"),)]),
    token=st.sampled_from([None, "cred:feed-token"]),
    proxy=st.sampled_from([None, "socks5h://127.0.0.1:9050", "env:PROXY"]),
    ca_file=st.sampled_from([None, "/etc/ssl/office.pem"]),
)
feed_lists = st.lists(
    st.builds(
        Feed,
        name=lines,
        url=st.integers(0, 10**6).map(lambda number: f"https://a.example/{number}?a=1&b=${{KEY}}"),
        lang=st.sampled_from([None, "ko", "zh-hant"]),
        tags=st.frozensets(lines, max_size=3),
        outlet=lines,
        kind=st.sampled_from([None, *FeedKind]),
        pace=st.tuples(times, times).map(lambda pair: Pace(min(pair), max(pair))),
        access=accesses,
        enabled=st.booleans(),
        until=st.sampled_from([None, date(2030, 1, 31)]),
        group=st.lists(lines.filter(lambda name: "/" not in name), max_size=3).map(" / ".join),
    ),
    max_size=6,
    unique_by=(lambda feed: feed.name, lambda feed: feed.url),
).filter(lambda feeds: not {feed.name for feed in feeds} & {part for feed in feeds for part in feed.group.split(" / ")})
unhurried = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(feed_lists.filter(bool))
def test_jsonl_brings_every_key_of_every_feed_back(feeds: list[Feed]) -> None:
    assert by_name(imported(feeds_jsonl(feeds))) == by_name(feeds)


@unhurried
@given(feed_lists.filter(bool), lines)
def test_opml_brings_names_addresses_and_groups_back(feeds: list[Feed], title: str) -> None:
    wanted = [Feed(feed.name, feed.url, outlet=feed.name, group=feed.group) for feed in feeds]
    assert by_name(imported(feeds_opml(feeds, title))) == by_name(wanted)


def test_opml_is_as_its_specification_wants_it() -> None:
    feeds = [Feed('A & "B"', "https://a.example/?a=1&b=<2>", group="World / Asia"), Feed("C", "https://c.example/")]
    root = ElementTree.fromstring("\n".join(feeds_opml(feeds, "Desk <1>")))
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("opml", "2.0", ["head", "body"])
    assert root.findtext("head/title") == "Desk <1>"
    assert all(outline.get("text") for outline in root.iter("outline"))
    (found,) = root.findall("body/outline[@text='World']/outline[@text='Asia']/outline")
    assert (found.get("type"), found.get("xmlUrl")) == ("rss", "https://a.example/?a=1&b=<2>")


def test_nothing_but_what_differs_from_the_defaults_is_exported() -> None:
    assert list(feeds_jsonl([Feed("A", "https://a.example/", outlet="A")])) == [
        '{"name": "A", "address": "https://a.example/"}'
    ]


GOOD = '{"address": "https://good.example/", "enabled": false, "lang": null}'


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        pytest.param("feed", "not a JSON object", id="no JSON"),
        pytest.param('["https://a.example/"]', "not a JSON object", id="no object"),
        pytest.param('{"address": "https://a.example/", "name": "\\ud800"}', "not a JSON object", id="half a sign"),
        pytest.param('{"name": "A"}', "'address' is missing", id="no address"),
        pytest.param('{"address": "https://a.example/", "lnag": "ko"}', "unknown key 'lnag'", id="an unknown key"),
        pytest.param('{"address": "https://u:secret@a.example/"}', "in plain", id="a password"),
        pytest.param('{"address": "https://a.example/", "group": ["G"]}', "group: expected text", id="a list"),
    ],
)  # fmt: skip
def test_a_bad_line_is_said_with_its_number(bad: str, what: str) -> None:
    listed, (problem,) = read_list(f"\n{GOOD}\n{bad}\n".encode(), "feeds.jsonl")
    assert str(problem).startswith("feeds.jsonl:3:") and what in str(problem) and "secret" not in str(problem)
    assert [(one.feed.name, dict(one.feed.keys)) for one in listed] == [("good.example", {"enabled": "no"})]


def test_a_bad_outline_is_said_with_its_line() -> None:
    text = '<opml>\n<outline text="F" xmlUrl="ftp://a.example/"/>\n<outline xmlUrl="https://b.example/"/></opml>'
    listed, (problem,) = read_list(text.encode("utf-8-sig"), "list.opml")
    assert str(problem) == ("list.opml:2:1: F: not a web address; write one that begins with https:// or http://")
    assert [one.feed.name for one in listed] == ["b.example"]


def test_what_is_there_is_skipped_and_what_clashes_is_said() -> None:
    here = Watchlist(feeds=(Feed("A", "https://a.example/"),))
    rows = (
        '{"name": "Other", "address": "HTTPS://A.example"}',
        '{"name": "A", "address": "https://b.example/"}',
        '{"name": "C", "address": "https://c.example/", "about": "no-topic"}',
        '{"name": "D", "address": "https://c.example/#again"}',
    )
    done = sort_out(read_list("\n".join(rows).encode(), "list")[0], here)
    assert (done.there, [(feed.name, dict(feed.keys)) for feed in done.new]) == (2, [("C", {})])
    assert [str(problem) for problem in done.problems] == [
        "list:2:1: another feed has the name 'A'; rename one of the two"
    ]
    assert done.left_out == ["list:3:1: C: 'about: no-topic' is left out: there is no such topic"]
