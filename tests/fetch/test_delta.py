"""Reading only what is new gives what reading all gives: on made documents, on generated and on captured ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.series import SHARED, captures
from wirewatch.core.model import ParsedFeed
from wirewatch.errors import ParseError
from wirewatch.fetch.delta import Memory, split_entries
from wirewatch.fetch.parse import parse_document

URL = "https://made.example/feed"


@dataclass(slots=True)
class Shadow:
    """Reads each document in both ways and compares; counts the bytes that were really parsed."""

    memory: Memory = field(default_factory=Memory)
    parsed_bytes: list[int] = field(default_factory=list)

    def reads(self, body: bytes, *, url: str = URL, kind: str = "application/xml") -> ParsedFeed:
        parse = partial(parse_document, content_type=kind, url=url, max_entries=10_000)

        def counted(part: bytes) -> ParsedFeed:
            self.parsed_bytes.append(len(part))
            return parse(part)

        feed = self.memory.read(body, kind, url, counted)
        assert feed == parse(body)
        return feed


def item(number: int, text: str = "") -> str:
    return (
        f"<item><title>Story {number} &amp; more</title><guid>g{number}</guid><link>/s/{number}</link>"
        f"<description><![CDATA[<p>{text or 'Long text. ' * 20}</p>]]></description>"
        f"<pubDate>Thu, 12 Jun 2025 0{number % 10}:00:00 GMT</pubDate></item>"
    )


def rss(*items: str, head: str = "", root: str = "<rss version='2.0'>") -> bytes:
    return (
        f"<?xml version='1.0' encoding='utf-8'?>{root}<channel><title>북한 소식</title>{head}"
        f"<link>https://made.example/</link>{''.join(items)}</channel></rss>"
    ).encode()


def test_only_the_new_entry_of_a_document_is_parsed() -> None:
    shadow = Shadow()
    old = [item(number) for number in range(40)]
    shadow.reads(rss(*old))
    feed = shadow.reads(rss(item(99), *old[:-1]))
    assert [entry.guid for entry in feed.entries][:2] == ["g99", "g0"]
    assert shadow.parsed_bytes[1] < shadow.parsed_bytes[0] / 10


def test_a_changed_entry_and_a_changed_order_are_read_right() -> None:
    shadow = Shadow()
    shadow.reads(rss(*(item(number) for number in range(5))))
    feed = shadow.reads(rss(item(3), item(0, "Mended"), item(4), item(1)))
    assert [entry.guid for entry in feed.entries] == ["g3", "g0", "g4", "g1"]
    assert feed.entries[1].summary == "Mended"


def test_a_new_channel_title_is_read_although_no_entry_is_new() -> None:
    shadow = Shadow()
    shadow.reads(rss(item(1), item(2)))
    assert shadow.reads(rss(item(1), item(2)).replace("북한 소식".encode(), b"Other")).title == "Other"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"root": "<rss version='2.0' xml:lang='ko'>"}, id="another root tag"),
        pytest.param(
            {"root": "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>"}, id="another namespace"
        ),
    ],
)
def test_entries_under_other_start_tags_are_read_anew(change: dict[str, str]) -> None:
    shadow = Shadow()
    shadow.reads(rss(item(1), item(2)))
    shadow.reads(rss(item(1), item(2), **change))
    assert shadow.parsed_bytes[1] > shadow.parsed_bytes[0]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<!DOCTYPE rss [<!ENTITY a 'x'>]>" + rss(item(1)).split(b"?>", 1)[1], id="a document type"),
        pytest.param(rss(item(1), head="<image xml:base='http://b.example/'/>"), id="xml:base anywhere"),
        pytest.param(rss(item(1)).replace(b"utf-8", b"euc-kr"), id="another encoding"),
        pytest.param(rss(item(1))[:-20], id="cut"),
        pytest.param(rss(f"<item>{item(2)}</item>", item(1)), id="an entry within an entry"),
        pytest.param(rss(f"<group>{item(2)}</group>", item(1)), id="entries at two depths"),
        pytest.param(rss(), id="no entries"),
        pytest.param(b"not xml", id="no document at all"),
    ],
)
def test_what_cannot_be_split_safely_is_not_split(body: bytes) -> None:
    assert split_entries(body, b"") is None


def test_two_entries_alike_are_both_read() -> None:
    shadow = Shadow()
    for _ in range(2):
        assert len(shadow.reads(rss(item(1), item(1), item(2))).entries) == 3


def test_a_fault_leaves_nothing_wrong_in_memory() -> None:
    shadow = Shadow()
    good = rss(item(1), item(2))
    shadow.reads(good)
    with pytest.raises(ParseError):
        shadow.memory.read(
            b"<html>", "", URL, lambda body: parse_document(body, content_type=None, url=URL, max_entries=9)
        )
    assert len(shadow.reads(good).entries) == 2


def test_each_address_has_a_memory_of_its_own() -> None:
    shadow = Shadow()
    shadow.reads(rss(item(1)), url="https://a.example/feed")
    feed = shadow.reads(rss(item(1)), url="https://b.example/feed")
    assert feed.entries[0].link == "https://b.example/s/1"


def test_the_memory_is_bounded_and_what_does_not_fit_is_read_whole() -> None:
    shadow = Shadow(Memory(most_bytes=1))
    shadow.reads(rss(item(1), item(2)))
    shadow.reads(rss(item(1), item(2)))
    assert shadow.parsed_bytes[0] == shadow.parsed_bytes[1]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(lambda text: text.replace("]]>", ""))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 8), TEXT), max_size=6), min_size=2, max_size=4))
def test_any_sequence_of_documents_is_read_as_if_each_were_the_first(polls: list[list[tuple[int, str]]]) -> None:
    shadow = Shadow()
    for entries in polls:
        shadow.reads(rss(*(item(number, text) for number, text in entries)))


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the captured series (../shared/data/timeseries) are not beside this checkout"
)
@pytest.mark.parametrize("name", ["ap-scraped", "kbs", "nytimes-us", "rnz", "voa", "wgrz-local"])
def test_captured_documents_are_read_the_same_in_both_ways(name: str) -> None:
    shadow = Shadow()
    read = 0
    for capture in captures(name, 103, 115) if name != "ap-scraped" else captures(name, 1, 4):
        try:
            read += len(shadow.reads(capture.body).entries)
        except ParseError:
            continue  # an empty body: the same in both ways
    assert read > 0
