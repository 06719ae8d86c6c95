"""`wirewatch check`: errors end it with 78, notes only with --strict; --probe asks the feeds and keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.seams.server import Asked, Reply, Server
from wirewatch.cli.check import check
from wirewatch.cli.exits import Exit
from wirewatch.errors import ControlError

app = Typer()
app.command()(check)
run = CliRunner().invoke

FEED = b"""<?xml version='1.0'?><rss version='2.0'><channel><title>Made</title><language>ko</language>
<item><title>North Korea fires</title><guid>1</guid><pubDate>Wed, 25 Nov 2020 08:00:00 GMT</pubDate></item>
</channel></rss>"""
PAGE = b"<html><head><link rel=alternate type=application/rss+xml href=/feed></head></html>"


def answer(asked: Asked) -> Reply:
    if asked.path == "/page":
        return Reply(body=PAGE, headers=(("content-type", "text/html"),))
    return Reply(body=FEED) if asked.path == "/feed" else Reply(404)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


def written(folder: Path, feeds: str, more: str = "") -> str:
    path = folder / "watchlist.yaml"
    path.write_text(
        f"settings: {{network: {{allow: [127.0.0.0/8]}}}}\nfeeds: {{{feeds}}}\n"
        "topics: {north-korea: {any: [North Korea], examples: {match: [North Korea fires]}}}\n"
        f"receivers: {{screen: {{console: true}}}}\nroutes: [{{to: [screen]{more}}}]\n"
    )
    return str(path)


def test_a_good_watchlist_is_good_and_nothing_is_asked(tmp_path: Path, server: Server) -> None:
    path = written(tmp_path, f"Made: {server.url('/feed')}")
    result = run(app, ["-w", path, "--strict"])
    assert (result.exit_code, server.asked) == (0, [])
    assert result.stdout == f"{path}: good. 1 feed, 1 topic (1 example holds), 1 receiver, 1 route.\n"


def test_a_note_ends_it_well_and_with_strict_it_does_not(tmp_path: Path) -> None:
    path = written(tmp_path, 'Made: {url: "https://a.example/${NOT_SET}"}', ", kinds: [wire]")
    result = run(app, ["-w", path])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "note: No route can take topic north-korea: "
        "no feed has the kind, language or priority that its routes ask for.",
        "note: feeds.Made.url: env:NOT_SET: is not set; set the environment variable NOT_SET for wirewatch",
    ]
    assert run(app, ["-w", path, "--strict"]).exit_code == Exit.FAULT
    assert len(json.loads(run(app, ["-w", path, "--json"]).stdout)["warnings"]) == 2


@pytest.mark.parametrize(
    "topic",
    [
        pytest.param("any: [North Korea], not: [Korea]", id="its only words stand in its own `not`"),
        pytest.param("any: [Kim], all: [[Korea]], not: [Korea]", id="one list of `all` is impossible"),
    ],
)
def test_a_topic_that_can_never_match_is_an_error(tmp_path: Path, topic: str) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(f"topics: {{t: {{{topic}}}}}\nreceivers: {{s: {{console: true}}}}\nroutes: [{{to: s}}]\n")
    result = run(app, ["-w", str(path)])
    assert result.exit_code == Exit.WATCHLIST
    assert "can never count" in result.stderr


def test_probe_shows_how_each_feed_is_and_what_to_put_into_the_watchlist(tmp_path: Path, server: Server) -> None:
    feeds = f"Made: {server.url('/feed')}, Page: {server.url('/page')}, Lost: {server.url('/lost')}"
    result = run(app, ["-w", written(tmp_path, feeds), "--probe"])
    assert result.exit_code == Exit.FAULT
    lines = result.stdout.splitlines()[1:]
    assert lines[0].startswith("wrong: Lost: answers 404: there is no such page")
    assert lines[2] == (
        f"wrong: Page: a web page, no feed; the feed behind it is {server.url('/feed')} (RSS 2.0): "
        "put that into the watchlist"
    )
    assert lines[4] == f"       behind it: {server.url('/feed')} (RSS 2.0, Made)"
    assert lines[5].startswith("well:  Made: RSS 2.0, 1 entries, rhythm not known, language ko, last 2020-11-25 ")
    assert lines[6].startswith("       note: nothing new for ")
    assert lines[-1] == "3 asked: 1 answer as feeds, 2 do not."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["watchlist.yaml"]


def test_what_many_feeds_share_is_said_once(tmp_path: Path, server: Server) -> None:
    feeds = ", ".join(f"f{number}: {server.url(f'/{number}')}" for number in range(6))
    result = run(app, ["-w", written(tmp_path, feeds), "--probe"])
    lines = result.stdout.splitlines()[1:]
    assert len(lines) == 2
    assert lines[0].startswith("wrong: 6 feeds (f0; f1; f2; f3; f4 and 1 more): answers 404: there is no such page")
    assert lines[1] == "6 asked: 0 answer as feeds, 6 do not."


def test_one_feed_is_asked_alone_and_scripts_can_read_of_it(tmp_path: Path, server: Server) -> None:
    path = written(tmp_path, f"Made: {server.url('/feed')}, Lost: {server.url('/lost')}")
    result = run(app, ["-w", path, "--feed", "Made", "--json"])
    (one,) = json.loads(result.stdout)["probed"]
    assert result.exit_code == 0 and [asked.path for asked in server.asked] == ["/feed"]
    assert (one["feed"], one["url"], one["format"], one["fault"]) == ("Made", server.url("/feed"), "RSS 2.0", None)


def test_no_secret_is_printed_even_where_a_server_sends_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_KEY", "planted-secret-value")

    def echo(asked: Asked) -> Reply:
        key = asked.headers["x-key"].encode()
        return Reply(body=FEED.replace(b"<title>Made", b"<title>" + key).replace(b">ko<", b">" + key + b"<"))

    with Server(echo) as server:
        feeds = f'Made: {{url: "{server.url("/feed")}", headers: {{X-Key: "env:PLANTED_KEY"}}}}'
        path = written(tmp_path, feeds)
        for options in ([], ["--json"]):
            result = run(app, ["-w", path, "--probe", *options])
            assert result.exit_code == 0 and "planted-secret-value" not in result.output
        assert server.asked[0].headers["x-key"] == "planted-secret-value"


def test_who_looks_on_sees_how_far_the_asking_is(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    result = run(app, ["-w", written(tmp_path, f"Made: {server.url('/feed')}"), "--probe"])
    assert result.exit_code == 0
    assert "Asking the feeds" in result.stderr and "1/1" in result.stderr
    assert "Asking" not in result.stdout


def test_an_unknown_feed_is_said_with_the_nearest(tmp_path: Path) -> None:
    result = run(app, ["-w", written(tmp_path, "Made: https://a.example/feed"), "--feed", "Maed"])
    assert isinstance(result.exception, ControlError)
    assert str(result.exception) == "--feed: no feed 'Maed'; did you mean 'Made'?"


RULES = """feeds: {Made: https://a.example/feed}
topics:
  north-korea: {any: [North Korea, '북한'], examples: {match: [North Korea fires], ignore: South Korea}}
  strait: {any: 'pack:strait', query: -Brewery -ferry Taiwan, examples: {match: Taiwan Strait}}
  idle: {any: Kim, enabled: no, examples: {match: never tried}}
receivers: {screen: {console: true}}
routes: [{to: [screen]}]
"""
PACK = """title: Taiwan Strait
names: {Taiwan Strait: {en: Taiwan Strait, zh: 台湾海峡}}
not: Taiwan Strait Brewery
examples: {match: [国防部回应台湾海峡局势], ignore: Taiwan Strait Brewery}
"""


def with_rules(folder: Path, rules: str = RULES, pack: str = PACK) -> str:
    """A watchlist with examples and a pack beside it, in this folder."""
    (folder / "packs").mkdir()
    (folder / "packs" / "strait.yaml").write_text(pack, encoding="utf-8")
    (folder / "watchlist.yaml").write_text(rules, encoding="utf-8")
    return str(folder / "watchlist.yaml")


def test_examples_of_topics_and_packs_are_printed_with_their_outcome(tmp_path: Path) -> None:
    path = with_rules(tmp_path)
    result = run(app, ["-w", path, "--examples"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ok  north-korea  match   North Korea fires",
        '        found "North Korea" in the headline',
        "ok  north-korea  ignore  South Korea",
        '        not found: "North Korea" or "북한"',
        "ok  strait  match   Taiwan Strait",
        '        found "Taiwan Strait" in the headline',
        "ok  pack:strait  match   国防部回应台湾海峡局势",
        '        found "台湾海峡" (Taiwan Strait) in the headline',
        "ok  pack:strait  ignore  Taiwan Strait Brewery",
        '        "Taiwan Strait" does not count inside "Taiwan Strait Brewery"',
        f"{path}: good. 1 feed, 3 topics (3 examples hold), 1 pack (so do 2), 1 receiver, 1 route.",
    ]
    assert run(app, ["-w", path]).stdout.splitlines() == result.stdout.splitlines()[10:]


def test_scripts_read_each_example_with_its_place(tmp_path: Path) -> None:
    path = with_rules(tmp_path)
    found = json.loads(run(app, ["-w", path, "--json"]).stdout)["examples"]
    assert [(one["topic"], one["expected"]) for one in found] == [
        ("north-korea", "match"),
        ("north-korea", "ignore"),
        ("strait", "match"),
        ("pack:strait", "match"),
        ("pack:strait", "ignore"),
    ]
    assert found[3] == {
        "topic": "pack:strait",
        "example": "国防部回应台湾海峡局势",
        "where": f"{tmp_path / 'packs' / 'strait.yaml'}:4:20",
        "expected": "match",
        "why": 'found "台湾海峡" (Taiwan Strait) in the headline',
    }


@pytest.mark.parametrize(
    ("old", "new", "file", "fault"),
    [
        pytest.param(
            "South Korea",
            "North Korea rests",
            "watchlist.yaml",
            "3:90: topics.north-korea.examples.ignore: 'North Korea rests' must not fit, but does: "
            'found "North Korea" in the headline; mend the words or the example',
            id="of a topic",
        ),
        pytest.param(
            "国防部回应台湾海峡局势",
            "台海局势",
            "packs/strait.yaml",
            "4:20: pack:strait.examples.match: '台海局势' must fit, but does not: "
            "not found: a name of Taiwan Strait; mend the words or the example",
            id="of a pack",
        ),
    ],
)
def test_an_example_that_fails_is_an_error_at_its_place(
    tmp_path: Path, old: str, new: str, file: str, fault: str
) -> None:
    path = with_rules(tmp_path, RULES.replace(old, new), PACK.replace(old, new))
    result = run(app, ["-w", path, "--examples"])
    assert result.exit_code == Exit.WATCHLIST
    assert result.stderr == f"{tmp_path / file}:{fault}\n"
    assert result.stdout == f"{path}: 1 error; nothing was changed\n"
    found = json.loads(run(app, ["-w", path, "--json"]).stdout)
    assert (found["good"], found["errors"], found["examples"]) == (False, [f"{tmp_path / file}:{fault}"], [])


def test_words_that_add_nothing_are_notes(tmp_path: Path) -> None:
    path = with_rules(tmp_path, RULES.replace("[North Korea,", "[North Korea, North Korea fires,"))
    result = run(app, ["-w", path, "--strict"])
    note = f"{path}:3:36: 'North Korea fires' adds nothing, since 'North Korea' finds it already."
    assert result.exit_code == Exit.FAULT
    assert f"note: {note}" in result.stdout.splitlines()
    assert note in json.loads(run(app, ["-w", path, "--json"]).stdout)["warnings"]
