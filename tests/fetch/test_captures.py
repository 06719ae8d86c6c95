"""Documents of real publishers are read without a fault. The texts are theirs, so they are read where they lie."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wirewatch.core.model import ParsedFeed
from wirewatch.core.plaintext import clean_text
from wirewatch.errors import ParseError
from wirewatch.fetch.parse import parse_document

DATA = Path(__file__).parents[3] / "shared/data"
OWN = Path(__file__).parents[1] / "data/feeds"
ONE_IN = 60  # of the 5,929 documents of the time series


def members(archive: Path, step: int = 1) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r:xz") as tar:
        for number, member in enumerate(one for one in tar if one.name.endswith(".xml")):
            file = tar.extractfile(member) if number % step == 0 else None
            if file is not None:
                yield member.name, file.read()


def check(feed: ParsedFeed) -> None:
    """What every part behind the parser relies on."""
    for entry in feed.entries:
        assert entry.link is None or ":" in entry.link
        for text in (entry.summary, entry.content):
            assert clean_text(text.replace("\n", "\n\n")) == text
        assert "\n" not in entry.title
        assert "<p>" not in entry.title + entry.summary


def read(body: bytes) -> ParsedFeed | None:
    """The feed; None where the document is refused, which must be in words."""
    try:
        feed = parse_document(body, content_type=None, url="https://a.example/feed", max_entries=10_000)
    except ParseError as error:
        assert "; " in str(error)
        return None
    check(feed)
    return feed


@pytest.mark.skipif(not DATA.exists(), reason="the shared captures are not here")
def test_every_single_capture_is_read() -> None:
    feeds = {name: read(body) for name, body in members(DATA / "captures/captures.tar.xz")}
    # The one that is refused is no feed: a list in square brackets.
    assert [name for name, feed in feeds.items() if feed is None] == ["captures/ayush-2016/hindu_titlefeed.xml"]
    assert sum(len(feed.entries) for feed in feeds.values() if feed) > 2_000
    dated = [entry.published is not None for feed in feeds.values() if feed for entry in feed.entries]
    assert sum(dated) / len(dated) > 0.9


@pytest.mark.skipif(not DATA.exists(), reason="the shared time series are not here")
@pytest.mark.parametrize("name", ["ap-scraped", "jtbc", "kbs", "nytimes-us", "onenews-nz-youtube", "voa", "wgrz-local"])
def test_a_sample_of_a_time_series_is_read(name: str) -> None:
    feeds = [read(body) for _, body in members(DATA / f"timeseries/{name}.tar.xz", ONE_IN)]
    assert any(feed is not None and feed.entries for feed in feeds)


def test_the_made_feeds_are_read_in_the_same_way() -> None:
    documents = [path for path in OWN.iterdir() if not path.name.endswith(".expected.json")]
    feeds = {path.name: read(path.read_bytes()) for path in documents}
    assert [name for name, feed in feeds.items() if feed is None] == ["challenge.html"]
