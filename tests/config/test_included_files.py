"""Includes, OPML files and snapshots: a watchlist of several files is one watchlist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.made import loaded, problems, watchlist
from wirewatch.config.load import files_named, load_from_snapshot, load_watchlist
from wirewatch.config.opml import read_opml
from wirewatch.config.places import Findings
from wirewatch.core.watchlist import FeedKind
from wirewatch.errors import ConfigError

MAIN = """
include: [parts/topics.yaml, parts/feeds.yaml]
settings: {name: A}
receivers: {screen: {console: true}}
routes: {to: screen}
feeds: {Own: https://own.example/}
"""
PARTS = {
    "parts/topics.yaml": "topics: {t: {any: word}}\nroutes: {to: screen, topics: t}\ninclude: ../more.yaml",
    "parts/feeds.yaml": "feeds: {Lists: {opml: list.opml, kind: press}}\nsettings: {timezone: Asia/Seoul}",
    "parts/list.opml": """<?xml version="1.0"?><opml version="1.0"><body>
      <outline title="Asia"><outline title="R &amp; D" text="ignored" xmlUrl="https://a.example/?a=1&b=2"/>
      <outline text="B" XMLURL=" https://b.example/ "/></outline>
      <outline xmlUrl="https://c.example/"/></body></opml>""",
    "more.yaml": "feeds: {More: {address: https://more.example/, about: t}}",
}


def test_sections_of_all_files_are_joined_own_lines_first() -> None:
    found = watchlist(MAIN, PARTS)
    assert (found.settings.name, found.settings.timezone) == ("A", "Asia/Seoul")
    assert [feed.name for feed in found.feeds] == ["Own", "R & D", "B", "c.example", "More"]
    assert [(route.number, len(route.topics)) for route in found.routes] == [(1, 0), (2, 1)]
    assert found.topics[0].any[0].where == "parts/topics.yaml:1:19"


def test_an_opml_file_is_a_group() -> None:
    feeds = {feed.name: feed for feed in watchlist(MAIN, PARTS).feeds}
    assert feeds["R & D"].url == "https://a.example/?a=1&b=2"
    assert (feeds["B"].group, feeds["c.example"].group) == ("Lists / Asia", "Lists")
    assert {feeds[name].kind for name in ("R & D", "B", "c.example")} == {FeedKind.PRESS}


def test_a_watchlist_loads_again_from_its_own_files_without_the_disk() -> None:
    first = loaded(MAIN, PARTS)
    assert {str(file.path) for file in first.files} == {"watchlist.yaml", *PARTS}
    assert load_from_snapshot(first.files) == first


def test_the_files_to_watch_are_known_even_where_they_are_broken_or_missing(tmp_path: Path) -> None:
    main = tmp_path / "watchlist.yaml"
    main.write_text("include: [broken.yaml, missing.yaml]\nfeeds: {L: {opml: missing.opml}}", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("topics: [", encoding="utf-8")
    named = [tmp_path / name for name in ("watchlist.yaml", "broken.yaml", "missing.yaml", "missing.opml")]
    assert list(files_named(main)) == named
    with pytest.raises(ConfigError):
        load_watchlist(main)


def test_errors_show_files_beside_the_path_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "w.yaml").write_text("include: more.yaml", encoding="utf-8")
    (tmp_path / "config" / "more.yaml").write_text("feeds: {A: {adress: x}}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as refused:
        load_watchlist(Path("config/w.yaml"))
    assert str(refused.value.problems[0]).startswith("config/more.yaml:1:13: feeds.A: unknown key 'adress'")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(lambda path: path.mkdir(), "is a folder; name a file", id="a folder"),
        pytest.param(lambda path: path.symlink_to(path), "cannot be read", id="a link to itself"),
        pytest.param(lambda path: None, "there is no file", id="nothing"),
    ],
)
def test_a_watchlist_that_is_no_file_is_refused_in_words(tmp_path: Path, make: object, told: str) -> None:
    assert callable(make)
    make(tmp_path / "w.yaml")
    with pytest.raises(ConfigError, match=told):
        load_watchlist(tmp_path / "w.yaml")


def test_names_of_a_file_that_cannot_be_read_are_not_called_undefined() -> None:
    text = "include: t.yaml\nreceivers: {s: {console: true}}\nroutes: {to: s, topics: t}"
    assert problems(text, {"t.yaml": "topics: {t: ["}) == [
        "t.yaml:2:1: a value is missing, or a bracket that closes; write it here or in the line above"
    ]


def test_a_chain_of_a_thousand_files_is_read_and_more_are_refused() -> None:
    chain = {f"{n}.yaml": f"include: {n + 1}.yaml" for n in range(2_000)}
    (told,) = problems("include: 0.yaml\nsettings: {name: A}", chain)
    assert told.endswith("more than 1000 files; put several in one")


SHARED = Path(__file__).parents[3] / "shared" / "data" / "opml"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared subscription lists are not beside this checkout")
def test_real_subscription_lists_are_read_or_refused_at_a_place() -> None:
    read = refused = feeds = 0
    for path in sorted(SHARED.rglob("*.opml")):
        findings = Findings()
        outlines = read_opml(path.read_bytes(), path.name, findings)
        feeds += len(outlines)
        read += bool(outlines)
        refused += len(findings.problems)
    # 5 of 31 hold unescaped quotation marks or markup inside attributes, and are no XML at all.
    assert (read, refused, feeds) == (26, 5, 248)
