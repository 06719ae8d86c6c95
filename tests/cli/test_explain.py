"""`wirewatch explain`: one answer for a headline, a file, a web address, a kept entry, an alert, standard input."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.flow.world import World
from tests.seams.server import Asked, Reply, Server
from wirewatch.cli.explain import explain
from wirewatch.errors import ConfigError, ControlError, FetchError, ParseError, StoreError

app = Typer()
app.command()(explain)
run = CliRunner().invoke

WATCHLIST = """
settings: {name: Test desk, timezone: UTC, network: {allow: [127.0.0.0/8]}}
feeds:
  Alpha: {url: "https://a.example/feed", kind: wire}
  Beta: {url: "https://b.example/feed", kind: press, lang: ko, about: north-korea}
topics:
  north-korea: {title: North Korea, any: [North Korea]}
  yongbyon: {title: Yongbyon, any: [Yongbyon], all: [[reactor, uranium]]}
  off: {any: [nothing], enabled: false}
receivers: {screen: {console: true}}
routes: [{to: [screen], kinds: [wire]}]
"""
RSS = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>Made</title>{}</channel></rss>",
    "<item><title>{}</title><guid>{}</guid></item>",
)


def rss(*titles: str) -> str:
    return RSS[0].format("".join(RSS[1].format(title, number) for number, title in enumerate(titles)))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A day that was: one report that stood there before, one that was told, one that fitted nothing."""
    world = World(tmp_path_factory.mktemp("day"), WATCHLIST)
    asyncio.run(live_through(world))
    return world


async def live_through(world: World) -> None:
    alpha = world.feed("https://a.example/feed")
    alpha.publishes("North Korea, the day before", link="https://a.example/before")
    async with world.running():
        await world.run(until="08:10")
        alpha.publishes("Talks", text="Envoys of North Korea came.", link="https://a.example/talks?utm_source=x")
        alpha.publishes("Visit to Yongbyon", link="https://a.example/visit")
        await world.run(until="09:00")


@pytest.fixture
def where(day: World) -> list[str]:
    return ["--watchlist", str(day.path), "--database", day.database_url]


@pytest.fixture
def alone(tmp_path: Path) -> list[str]:
    """A watchlist without any database."""
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST)
    return ["--watchlist", str(path), "--database", f"sqlite:///{tmp_path}/none.db"]


@pytest.mark.parametrize(
    ("what", "first"),
    [
        pytest.param("Talks", "Yes: told screen at 2025-11-25 ", id="a headline that is kept"),
        pytest.param("https://a.example/talks", "Yes: told screen at 2025-11-25 ", id="its address, without tracking"),
        pytest.param("alert:1", "Yes: told screen at 2025-11-25 ", id="its alert"),
        pytest.param(
            "North Korea, the day before",
            "No: it fits North Korea; older news: it stood there before we watched.",
            id="older news",
        ),
        pytest.param(
            "Visit to Yongbyon",
            'No: no topic fits; nearest is Yongbyon, but it has no "reactor" or "uranium".',
            id="a word is missing",
        ),
        pytest.param("North Korea speaks", "No: it fits North Korea, but no route takes it.", id="a headline not kept"),
    ],
)
def test_the_first_line_answers(where: list[str], what: str, first: str) -> None:
    result = run(app, [what, *where])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith(first)


def test_a_kept_entry_shows_its_whole_way(where: list[str]) -> None:
    text = run(app, ["Talks", *where]).stdout
    assert '"Envoys of [North Korea] came."' in text
    assert "route 1: fits, goes to screen" in text
    assert "came by poll from Alpha: first time seen" in text
    assert "north-korea: became an alert" in text
    assert "alert 1 for screen by route 1: first report" in text
    assert "screen: delivered 2025-11-25" in text


def test_an_entry_is_found_by_its_number(where: list[str]) -> None:
    (talks,) = json.loads(run(app, ["Talks", "--json", *where]).stdout)
    text = run(app, [f"entry:{talks['record']['entry_id']}", *where]).stdout
    assert talks["answer"].startswith("Yes: told screen") and text.splitlines()[1] == "    Talks"


def test_a_number_that_is_not_kept_is_said(where: list[str]) -> None:
    result = run(app, ["entry:999", *where])
    assert isinstance(result.exception, ControlError) and "nothing of this number is kept" in str(result.exception)


def test_a_headline_may_be_asked_about_as_if_it_came_from_a_feed(alone: list[str]) -> None:
    as_wire = run(app, ["North Korea speaks", "--feed", "alph", *alone]).stdout
    assert as_wire.startswith("Yes: screen would be told (route 1).\n")
    about = run(app, ["Weather", "--feed", "Beta", *alone]).stdout
    assert about.startswith("No: it fits North Korea, but no route takes it.\n")
    assert "this is press" in about and "everything in this feed is about North Korea" in about


def test_without_a_database_match_and_routes_are_told_and_that_there_is_none(alone: list[str]) -> None:
    text = run(app, ["North Korea speaks", *alone]).stdout
    assert text.startswith("No: it fits North Korea, but no route takes it.\n")
    assert text.splitlines()[-1].startswith("Match and routes only, since what is kept cannot be read: ")
    assert isinstance(run(app, ["entry:1", *alone]).exception, StoreError)


@pytest.mark.parametrize(
    ("content", "answers"),
    [
        pytest.param(rss("North Korea fires", "Cup final"), ["Yes", "No"], id="a saved feed"),
        pytest.param("North Korea fires\n\nMore of it.", ["Yes"], id="a plain text"),
        pytest.param("[Update] North Korea fires", ["Yes"], id="a text that begins as JSON does"),
        pytest.param("<html><title>Talks</title><p>North Korea came.</html>", ["Yes"], id="a saved web page"),
    ],
)
def test_a_file_is_read_as_what_it_is(alone: list[str], tmp_path: Path, content: str, answers: list[str]) -> None:
    path = tmp_path / "saved"
    path.write_text(content)
    for what, given in ((str(path), None), ("-", content)):
        result = run(app, [what, "--feed", "Alpha", "--json", *alone], input=given)
        assert [one["answer"].partition(":")[0] for one in json.loads(result.stdout)] == answers


def test_many_entries_are_answered_in_brief(alone: list[str], tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss(*(f"North Korea, part {number}" for number in range(5))))
    blocks = run(app, [str(path), "--feed", "Alpha", *alone]).stdout.split("\n\n")
    assert blocks[4] == "Yes: screen would be told (route 1).\n    North Korea, part 4"
    assert blocks[5].startswith("One of them whole: wirewatch explain")


def test_a_web_address_that_is_not_kept_is_fetched(alone: list[str]) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/feed":
            return Reply(body=rss("North Korea fires").encode())
        return Reply(body=b"<html><head><title>Talks</title></head><body><p>North Korea came.</p></body></html>")

    with Server(answer) as server:
        feed = run(app, [server.url("/feed"), "--feed", "Alpha", *alone]).stdout
        page = run(app, [server.url("/page"), *alone]).stdout
    assert feed.startswith("Yes: screen would be told") and "/feed, entry 1, as from Alpha" in feed
    assert '"[North Korea] came."' in page and "a web page: its title and text, from no feed of the watchlist" in page


def test_a_document_that_cannot_be_read_says_so(alone: list[str], tmp_path: Path) -> None:
    path = tmp_path / "note.xml"
    path.write_text("<note/>")
    result = run(app, [str(path), *alone])
    assert isinstance(result.exception, ParseError) and str(result.exception).startswith(f"{path}: XML came")
    with Server(lambda asked: Reply(404)) as server:
        url = server.url("/gone")
        result = run(app, [url, *alone])
    assert isinstance(result.exception, FetchError) and str(result.exception).startswith(f"{url}: answers 404")


def test_an_address_of_our_own_feed_is_asked_as_that_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", "planted-secret-value")

    def echo(asked: Asked) -> Reply:
        return Reply(body=rss(f"North Korea {asked.headers['x-key']}").encode())

    with Server(echo) as server:
        path = tmp_path / "watchlist.yaml"
        feed = f'{{url: "{server.url("/feed")}", kind: wire, headers: {{X-Key: "env:PLANTED_KEY"}}}}'
        path.write_text(WATCHLIST.replace('{url: "https://a.example/feed", kind: wire}', feed))
        where = ["--watchlist", str(path), "--database", f"sqlite:///{tmp_path}/none.db"]
        text = run(app, [server.url("/feed"), *where]).stdout
    assert text.startswith("Yes: screen would be told (route 1).") and ", as from Alpha" in text
    assert "planted-secret-value" not in text and "env:PLANTED_KEY" in text


def test_a_file_larger_than_a_feed_may_be_is_refused(alone: list[str], tmp_path: Path) -> None:
    Path(alone[1]).write_text(WATCHLIST.replace("settings: {", "settings: {limits: {body: 1 kB}, "))
    path = tmp_path / "large.txt"
    path.write_text("North Korea " * 200)
    for what, given in ((str(path), None), ("-", path.read_text())):
        result = run(app, [what, *alone], input=given)
        assert isinstance(result.exception, ControlError) and "larger than settings.limits.body" in str(
            result.exception
        )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["x", "--feed", "Alpa"], "--feed: no feed 'Alpa'; did you mean 'Alpha'?", id="an unknown feed"),
        pytest.param(
            ["x", "--topic", "yongbyun"], "--topic: no topic 'yongbyun'; did you mean 'yongbyon'?", id="a topic"
        ),
        pytest.param(["x", "--topic", "off"], "--topic: topic 'off' is disabled", id="a disabled topic"),
        pytest.param(["entry:1", "--lang", "ko"], "entry:1: came from its own feed", id="a kept entry as if"),
        pytest.param([" "], "explain: there is no text", id="nothing"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(alone: list[str], arguments: list[str], text: str) -> None:
    result = run(app, [*arguments, *alone])
    assert isinstance(result.exception, ControlError) and str(result.exception).startswith(text)


def test_a_broken_watchlist_is_said(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("feedz: {}\n")
    assert isinstance(run(app, ["x", "--watchlist", str(path)]).exception, ConfigError)


def test_a_very_long_headline_is_no_file(alone: list[str]) -> None:
    assert run(app, ["North Korea " * 400, *alone]).stdout.startswith("No: it fits North Korea")
