"""JSON Feed 1.0 and 1.1 (jsonfeed.org), and what is sent under that name."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.errors import ParseError
from wirewatch.fetch.parse import parse_document

V11 = "https://jsonfeed.org/version/1.1"


def parse(body: str | bytes) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse_document(
        data, content_type="application/feed+json", url="https://a.example/f/feed.json", max_entries=9
    )


def one(item: dict[str, object], **feed: object) -> Entry:
    (entry,) = parse(json.dumps({"version": V11, "title": "T", **feed, "items": [item]})).entries
    return entry


def test_every_field_that_is_kept_is_read() -> None:
    feed = parse(
        json.dumps(
            {
                "version": V11,
                "title": "The <b>Desk</b>",
                "home_page_url": "https://a.example/",
                "language": "en-US",
                "authors": [{"name": "Staff"}],
                "items": [
                    {
                        "id": "2",
                        "url": "../two",
                        "title": "Yongbyon\nreactor",
                        "summary": "Short.",
                        "content_html": "<p>One &amp; two</p><p>three</p>",
                        "date_published": "2025-11-25T16:10:05+09:00",
                        "date_modified": "2025-11-25T08:00:00.5Z",
                        "authors": [{"name": "A. Writer"}, {"url": "https://x.example"}],
                        "tags": ["nuclear", "nuclear", "DPRK"],
                        "language": "ko",
                    }
                ],
            }
        )
    )
    assert feed == ParsedFeed(
        format="json11",
        title="The <b>Desk</b>",
        link="https://a.example/",
        lang="en-us",
        entries=(
            Entry(
                guid="2",
                link="https://a.example/two",
                title="Yongbyon reactor",
                summary="Short.",
                content="One & two\nthree",
                author="A. Writer",
                tags=("nuclear", "DPRK"),
                published=datetime(2025, 11, 25, 7, 10, 5, tzinfo=UTC),
                updated=datetime(2025, 11, 25, 8, tzinfo=UTC),
                lang="ko",
            ),
        ),
    )


def test_version_1_has_one_author_and_text_instead_of_html() -> None:
    body = {
        "version": "https://jsonfeed.org/version/1",
        "author": {"name": "me"},
        "items": [{"id": 7, "content_text": "AT&T < 5 <b>"}],
    }
    feed = parse(json.dumps(body))
    assert feed.format == "json1"
    assert feed.entries == (Entry(guid="7", link=None, title="", summary="AT&T < 5 <b>", author="me"),)


@pytest.mark.parametrize(
    ("item", "link"),
    [
        pytest.param({"id": "1", "external_url": "https://b.example/x"}, "https://b.example/x", id="external_url"),
        pytest.param({"id": "https://a.example/1"}, "https://a.example/1", id="an id that is an address"),
        pytest.param({"id": "1", "url": "javascript:alert(1)"}, None, id="no page behind it"),
        pytest.param({"id": "1", "url": "http://["}, None, id="a broken address"),
    ],
)
def test_the_link_is_the_first_that_leads_to_a_page(item: dict[str, object], link: str | None) -> None:
    assert one(item).link == link


def test_values_of_a_wrong_type_cost_only_themselves() -> None:
    items = [
        {"id": 10**30, "title": ["x"], "tags": "a", "date_published": 5, "authors": "B", "content_html": None},
        "no object",
        None,
        {"id": True, "title": "kept", "tags": [1, "b"]},
    ]
    feed = parse(json.dumps({"version": V11, "items": items}))
    assert feed.entries == (
        Entry(guid=str(10**30), link=None, title=""),
        Entry(guid=None, link=None, title="kept", tags=("b",)),
    )
    assert feed.warnings == (
        "2 of its items are no objects: left out",
        "1 of its items hold values of a wrong type: read without them",
    )


def test_a_mark_duplicate_keys_and_control_characters_are_survived() -> None:
    items = '[{"id": "a", "id": "b", "title": "x\ty\x01"}]'
    body = f'\ufeff {{"version": "{V11}", "items": [], "items": {items}}}'
    assert parse(body).entries == (Entry(guid="b", link=None, title="x y"),)


def test_it_is_told_from_xml_by_its_content() -> None:
    body = json.dumps({"version": V11, "items": []}).encode()
    assert parse_document(body, content_type="text/xml", url="https://a.example", max_entries=9).format == "json11"


def test_a_document_that_stops_gives_its_whole_items() -> None:
    whole = json.dumps({"version": V11, "title": "T", "items": [{"id": str(n), "title": f"t{n}"} for n in range(3)]})
    feed = parse(whole[:-12])
    assert [entry.guid for entry in feed.entries] == ["0", "1"]
    assert (feed.complete, feed.title, feed.format) == (False, "T", "json11")
    assert "stops before its end" in feed.warnings[-1]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param('{"error": "quota"}', "JSON came that is no feed", id="an error message"),
        pytest.param('[{"id": 1}]', "JSON came that is no feed", id="a list"),
        pytest.param('{"items": [{"title": "x", "link": "y"}]}', "JSON came that is no feed", id="another API"),
        pytest.param('{"version": ', "JSON came that is no feed", id="cut at once"),
        pytest.param("[" * 200_000, "nested too deep", id="nested without end"),
        pytest.param('{"items": ' * 100_000, "nested too deep", id="nested objects"),
    ],
)
def test_json_that_is_no_feed_is_refused_in_words(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(body)


def test_a_feed_without_items_list_or_version_is_taken_with_a_warning() -> None:
    assert parse(json.dumps({"version": V11, "items": {}})).warnings == (
        "its 'items' are no list: no entries are read",
    )
    feed = parse(json.dumps({"home_page_url": "https://a.example/", "items": [{"id": "1"}]}))
    assert len(feed.entries) == 1
    assert feed.warnings == ("it does not say which version of JSON Feed it is",)
