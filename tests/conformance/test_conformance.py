"""The suites of other parsers: read without one crash, and agreed with but for named reasons."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.conformance.run import SUITES, TABLE, table, tally_suites
from tests.conformance.suites import read_suites, statements_in


@pytest.mark.skipif(not SUITES.exists(), reason="the shared suites are not here")
def test_no_document_crashes_and_the_committed_table_is_true() -> None:
    tallies = tally_suites(read_suites(SUITES))
    assert [crash for tally in tallies.values() for crash in tally.crashes] == []
    assert [line for tally in tallies.values() for line in tally.unexplained] == []
    assert table(tallies) == TABLE.read_text(encoding="utf-8"), "run: python -m tests.conformance.run"


def test_a_small_suite_of_our_own_is_counted(tmp_path: Path) -> None:
    documents = {
        "feedparser/tests/a.xml": (
            "<!--\nDescription: a title\nExpect: not bozo and entries[0]['title'] == 'Kim &amp; Co'"
            " and len(entries) == 1 and entries[0]['link'] == 'http://elsewhere/'\n-->\n"
            "<rss><channel><item><title>Kim &amp;amp; Co</title></item></channel></rss>"
        ),
        "feedparser/tests/b.xml": "no feed",
    }
    with tarfile.open(tmp_path / "feedparser.tar.xz", "w:xz") as tar:
        for name, text in documents.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    tally = tally_suites(read_suites(tmp_path))["feedparser"]
    assert (tally.documents, tally.feeds, tally.refused, tally.crashes) == (2, 1, 1, [])
    assert tally.stated == {"title": 1, "count": 1, "link": 1}
    assert tally.agreed == {"title": 1, "count": 1}
    assert len(tally.unexplained) == 1


def test_only_equations_about_fields_that_we_keep_are_statements() -> None:
    expression = "not bozo and entries[0]['media_rating'] == 'x' and feed.title == 'T' and 'a' in entries[0]"
    assert [(one.field, one.entry, one.value) for one in statements_in(expression)] == [("title", None, "T")]
