"""The feeds behind a web page: what the page names counts, in its order; nothing in it may reach for our secrets."""

from __future__ import annotations

import time

import pytest

from wirewatch.fetch.discover import LOOKED_AT, feeds_guessed, feeds_named
from wirewatch.fetch.pages import page_entry

URL = "https://news.example/world/today"


@pytest.mark.parametrize(
    ("page", "named"),
    [
        pytest.param(
            '<link rel="alternate" type="application/rss+xml" href="/rss">', ["https://news.example/rss"], id="rss"
        ),
        pytest.param(
            "<LINK TYPE=application/atom+xml HREF=atom.xml REL=Alternate>",
            ["https://news.example/world/atom.xml"],
            id="bare attributes in capitals",
        ),
        pytest.param(
            "<link rel='alternate' type='application/feed+json' href='//cdn.example/feed.json'>",
            ["https://cdn.example/feed.json"],
            id="a JSON feed on another host",
        ),
        pytest.param(
            '<base href="/kr/"><link rel=alternate type="application/rss+xml" href="rss?a=1&amp;b=2">',
            ["https://news.example/kr/rss?a=1&b=2"],
            id="a base, and an escaped ampersand",
        ),
        pytest.param(
            '<link rel=alternate type=application/rss+xml href=/comments/feed title="Comments">'
            "<link rel=alternate type=application/rss+xml href=/feed>"
            "<link rel=alternate type=application/rss+xml href=/feed>",
            ["https://news.example/feed", "https://news.example/comments/feed"],
            id="comments last, each once",
        ),
        pytest.param(
            '<a type="application/rss+xml" href="/all.rss">RSS</a>', ["https://news.example/all.rss"], id="a link"
        ),
        pytest.param("<link rel=stylesheet type=text/css href=/a.css>", [], id="a style sheet"),
        pytest.param("<link rel=alternate type=application/json href=/wp-json/1>", [], id="an interface"),
        pytest.param("<!-- <link rel=alternate type=application/rss+xml href=/old> -->", [], id="in a comment"),
        pytest.param("<link rel=alternate type=application/rss+xml href='javascript:x()'>", [], id="no web address"),
        pytest.param("<link rel=alternate type=application/rss+xml href='http://[1'>", [], id="a broken address"),
        pytest.param("<link rel=alternate type=application/rss+xml>", [], id="no address"),
        pytest.param(
            "<link rel=alternate type=application/rss+xml href='https://thief.example/${HOME}'>",
            [],
            id="a reference to a secret",
        ),
        pytest.param(
            "<base href='https://thief.example/${HOME}/'><link rel=alternate type=application/rss+xml href=x>",
            ["https://news.example/world/x"],
            id="a reference to a secret in the base",
        ),
    ],
)
def test_a_page_names_its_feeds(page: str, named: list[str]) -> None:
    assert list(feeds_named(page, URL)) == named


def test_a_page_under_an_address_with_a_secret_in_its_path_names_no_neighbour_of_it() -> None:
    page = "<link rel=alternate type=application/rss+xml href=feed>"
    assert feeds_named(page, "https://news.example/${KEY}/page") == ()


def test_few_places_are_guessed_and_none_on_a_host_that_is_a_secret() -> None:
    assert feeds_guessed(URL) == (
        "https://news.example/feed",
        "https://news.example/rss.xml",
        "https://news.example/atom.xml",
    )
    assert feeds_guessed("https://${HOST}/page") == ()
    assert feeds_guessed("no address") == ()


@pytest.mark.parametrize("piece", ["<link ", "<!--", "<a b='", "a", "<base href=x>", "<link a=", "&lt;", "<article>"])
def test_a_hostile_page_costs_no_more_than_its_size(piece: str) -> None:
    start = time.process_time()
    feeds_named(piece * (LOOKED_AT // len(piece)), URL)
    page_entry("<html><body>" + piece * (LOOKED_AT // len(piece)), URL)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        pytest.param(
            "<html><head><title>Talks &amp; tests | House</title></head><body><nav>Menu</nav>"
            "<article><h1>Talks</h1><p>Envoys came.</p></article><footer>Imprint</footer></body></html>",
            "Talks & tests | House",
            "Talks\nEnvoys came.",
            id="an article",
        ),
        pytest.param(
            '<html><head><title>House</title><meta property="og:title" content="Talks"></head>'
            "<body><p>Envoys came.</p></body></html>",
            "Talks",
            "Envoys came.",
            id="as it is shared",
        ),
        pytest.param("<html><p>Envoys came.", "", "Envoys came.", id="a page that says little"),
    ],
)
def test_a_page_is_read_as_one_entry(page: str, title: str, text: str) -> None:
    entry = page_entry(page, URL)
    assert (entry.title, entry.content, entry.link) == (title, text, URL)
