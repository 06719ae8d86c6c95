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


def test_an_unknown_feed_is_said_with_the_nearest(tmp_path: Path) -> None:
    result = run(app, ["-w", written(tmp_path, "Made: https://a.example/feed"), "--feed", "Maed"])
    assert isinstance(result.exception, ControlError)
    assert str(result.exception) == "--feed: no feed 'Maed'; did you mean 'Made'?"
