"""`feeds add`, `topics`, `import`, `export`: what they write into the watchlist, and what they refuse to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from tests.flow.world import World
from tests.seams.server import Asked, Reply, Server
from wirewatch.cli.edits import feeds_add, topics_add, topics_ignore, topics_list
from wirewatch.cli.exits import Exit
from wirewatch.cli.transfer import PAGE, export_command, import_command, pages
from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Feed, Watchlist
from wirewatch.errors import ConfigError, ControlError

app = Typer()
COMMANDS: dict[str, Callable[..., None]] = {
    "feeds-add": feeds_add,
    "topics": topics_list,
    "topics-add": topics_add,
    "topics-ignore": topics_ignore,
    "import": import_command,
    "export": export_command,
}
for name, command in COMMANDS.items():
    app.command(name)(command)

FEED = b"""<?xml version='1.0'?><rss version='2.0'><channel><title>Made</title><language>ko</language>
<item><title>North Korea fires</title><guid>1</guid><pubDate>Wed, 25 Nov 2020 08:00:00 GMT</pubDate></item>
</channel></rss>"""
PAGE_OF_IT = b"<html><head><link rel=alternate type=application/rss+xml href=/feed></head></html>"
TEXT = """\
settings: {network: {allow: [127.0.0.0/8]}}   # ours
feeds:
  Old: https://old.example/feed/   # kept
  Press:
    kind: press
    feeds: {Daily: https://daily.example/}
topics:
  nk: {title: North Korea, any: [North Korea], priority: high, examples: {match: [North Korea fires]}}
receivers: {screen: {console: yes}}
routes: [{to: screen, topics: nk}]
"""


@dataclass
class Desk:
    path: Path

    def __call__(self, *command: str) -> Result:
        return CliRunner().invoke(app, [*command, "-w", str(self.path)], env={"COLUMNS": "300"})

    def good(self, *command: str) -> str:
        result = self(*command)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    @property
    def watchlist(self) -> Watchlist:
        return load_watchlist(self.path).watchlist

    def feed(self, name: str) -> Feed:
        return next(feed for feed in self.watchlist.feeds if feed.name == name)

    def is_untouched(self) -> bool:
        return self.path.read_text() == TEXT


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "watchlist.yaml").write_text(TEXT)
    return Desk(tmp_path / "watchlist.yaml")


def answer(asked: Asked) -> Reply:
    if asked.path == "/page":
        return Reply(body=PAGE_OF_IT, headers=(("content-type", "text/html"),))
    if asked.path == "/old":
        return Reply(301, headers=(("location", "/feed"),))
    return Reply(body=FEED) if asked.path == "/feed" else Reply(404)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/feed", "It answers: RSS 2.0, 1 entry", id="a feed"),
        pytest.param("/page", "is a web page; its feed is", id="a web page that has one"),
        pytest.param("/old", "moved for good to", id="a feed that moved"),
    ],
)
def test_a_feed_is_asked_and_added_under_its_own_title(desk: Desk, server: Server, path: str, words: str) -> None:
    said = desk.good("feeds-add", server.url(path))
    assert words in said and "added the feed 'Made'" in said and "within two seconds" in said
    assert desk.feed("Made").url == server.url("/feed")
    assert desk.path.read_text() == TEXT.replace("topics:\n", f"  Made: {server.url('/feed')}\ntopics:\n")


def test_what_is_no_feed_is_not_added_unless_one_insists(desk: Desk, server: Server) -> None:
    result = desk("feeds-add", server.url("/nothing"))
    assert result.exit_code == Exit.FAULT
    assert "404" in result.output and "Nothing was added. To add it all the same: --no-probe" in result.output
    assert desk.is_untouched()
    asked = len(server.asked)
    desk.good("feeds-add", server.url("/nothing"), "--no-probe", "--name", "Later", "--lang", "ko", "--kind", "wire")
    assert (desk.feed("Later").lang, str(desk.feed("Later").kind), len(server.asked)) == ("ko", "wire", asked)


def test_a_feed_goes_into_its_group_and_takes_its_keys(desk: Desk) -> None:
    desk.good("feeds-add", "https://new.example/x", "--no-probe", "--group", "Press", "--about", "nk")
    feed = desk.feed("new.example/x")
    assert (feed.group, str(feed.kind), feed.about) == ("Press", "press", "nk")


def test_a_title_that_another_feed_has_gets_its_host(desk: Desk, server: Server) -> None:
    desk.path.write_text(TEXT.replace("Old:", "Made:"))
    assert "added the feed 'Made (127.0.0.1)'" in desk.good("feeds-add", server.url("/feed"))


@pytest.mark.parametrize("url", ["https://old.example/feed/", "http://www.old.example/feed?utm_source=x"])
def test_a_feed_that_is_there_is_refused(desk: Desk, url: str) -> None:
    result = desk("feeds-add", url)
    assert isinstance(result.exception, ControlError)
    assert "is watched already, as 'Old'" in str(result.exception) and desk.is_untouched()


@pytest.mark.parametrize("url", ["https://a.example/?token=Secret1", "https://u:Secret1@a.example/", "feed"])
def test_an_address_that_cannot_stand_in_the_file_is_refused_before_it_is_asked(desk: Desk, url: str) -> None:
    result = desk("feeds-add", url)
    assert result.exit_code == Exit.USAGE
    assert "Secret1" not in result.output and desk.is_untouched()


def test_a_refused_edit_shows_the_loaders_error_and_changes_nothing(desk: Desk) -> None:
    result = desk("feeds-add", "https://new.example/", "--no-probe", "--about", "nkk")
    assert isinstance(result.exception, ConfigError)
    assert "there is no topic 'nkk'; did you mean 'nk'?" in str(result.exception)
    assert "Nothing was changed." in result.output and desk.is_untouched()


def test_topics_are_listed_with_what_they_have(desk: Desk) -> None:
    assert json.loads(desk.good("topics", "--json")) == [
        {"key": "nk", "title": "North Korea", "words": 1, "match": 1, "ignore": 0, "priority": "high",
         "part_of": None, "trial": False, "enabled": True}
    ]  # fmt: skip
    row = desk.good("topics").splitlines()[1].split()
    assert row[:5] == ["nk", "North", "Korea", "1", "1"]


def test_a_desk_without_topics_is_told_how_to_add_one(desk: Desk) -> None:
    desk.path.write_text("feeds: {A: https://a.example/}\n")
    assert "wirewatch topics add" in desk.good("topics")


def test_a_topic_is_added_with_its_words(desk: Desk) -> None:
    said = desk.good(
        "topics-add", "Trump–Kim", "--any", 'summit, "talks, again"', "--all", "Trump, 트럼프", "--all", "Kim Jong Un",
        "--not", "Kim Kardashian", "--priority", "urgent", "--part-of", "nk", "--trial",
    )  # fmt: skip
    assert "added the topic 'trump-kim'" in said
    topic = desk.watchlist.topics[-1]
    assert [rule.text for rule in topic.any] == ["summit", "talks, again"]
    assert [[rule.text for rule in words] for words in topic.all] == [["Trump", "트럼프"], ["Kim Jong Un"]]
    assert (topic.title, topic.priority.name, topic.part_of, topic.trial) == ("Trump–Kim", "URGENT", "nk", True)
    assert desk.path.read_text().startswith(TEXT[: TEXT.index("receivers")])


def test_a_topic_that_no_route_covers_is_said(desk: Desk) -> None:
    assert "No route covers topic 'gpu': nobody is told." in desk.good("topics-add", "GPU", "--any", "GPU shortage")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        pytest.param(["X"], "give --any or --all", id="no words"),
        pytest.param(["X", "--key", "nk", "--any", "word"], "there is such a topic already", id="a key that is there"),
        pytest.param(["X", "--any", "word", "--priority", "hgih"], "did you mean 'high'", id="an unknown priority"),
    ],
)
def test_a_topic_that_would_be_wrong_is_refused(desk: Desk, options: list[str], what: str) -> None:
    result = desk("topics-add", *options)
    assert result.exit_code != 0 and what in f"{result.output}{result.exception}"
    assert desk.is_untouched()


def test_noise_is_kept_out_by_a_phrase_and_an_example(desk: Desk) -> None:
    refused = desk("topics-ignore", "nk", "Like North Korea, says coach")
    assert "must not fit, but does" in str(refused.exception) and desk.is_untouched()
    desk.good("topics-ignore", "nk", "Like North Korea, says coach", "--not", "like North Korea")
    (topic,) = desk.watchlist.topics
    assert [rule.text for rule in topic.examples_ignore] == ["Like North Korea, says coach"]


OPML = """<opml><body><outline text="World"><outline text="Asia">
<outline text="A" xmlUrl="https://a.example/"/></outline>
<outline text="Old again" xmlUrl="https://old.example/feed/"/></outline>
<outline text="F" xmlUrl="ftp://f.example/"/></body></opml>"""


def test_an_import_with_a_bad_line_adds_nothing_unless_bad_ones_are_skipped(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(OPML)
    result = desk("import", str(tmp_path / "list.opml"))
    assert result.exit_code == Exit.FAULT and desk.is_untouched()
    assert (
        "list.opml:4:1: F: not a web address" in result.output and "1 line is wrong; nothing was added" in result.output
    )
    said = desk.good("import", str(tmp_path / "list.opml"), "--skip-bad")
    assert "1 feed added, 1 were there already, 1 left out because they are wrong." in said
    assert desk.feed("A").group == "World / Asia"


def test_an_import_of_what_is_there_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.good("export", "-o", str(tmp_path / "feeds.jsonl"))
    assert "0 feeds added, 2 were there already." in desk.good("import", str(tmp_path / "feeds.jsonl"))
    assert desk.is_untouched()


@pytest.mark.parametrize("form", ["--opml", "--jsonl"])
def test_what_is_exported_comes_in_again(desk: Desk, tmp_path: Path, form: str) -> None:
    desk.good("export", form, "-o", str(tmp_path / "feeds"))
    empty = Desk(tmp_path / "empty.yaml")
    empty.path.write_text("")
    assert "2 feeds added" in empty.good("import", str(tmp_path / "feeds"))
    kept = [(feed.name, feed.url, feed.group) for feed in desk.watchlist.feeds]
    assert [(feed.name, feed.url, feed.group) for feed in empty.watchlist.feeds] == kept


def test_secrets_leave_only_as_references(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_TOKEN", "Secret1")
    desk.path.write_text(
        TEXT.replace(
            "https://daily.example/}", '{url: "https://d.example/${FEED_TOKEN}", auth: {token: env:FEED_TOKEN}}}'
        )
    )
    for form in ("--opml", "--jsonl"):
        said = desk.good("export", form)
        assert "${FEED_TOKEN}" in said and "Secret1" not in said


def test_a_list_that_is_not_there_and_forms_that_do_not_go_together_are_said(desk: Desk, tmp_path: Path) -> None:
    assert "cannot be read" in str(desk("import", str(tmp_path / "nowhere")).exception)
    assert desk("export", "--opml", "--what", "hits").exit_code == Exit.USAGE


def test_an_import_needs_a_watchlist_that_is_right(desk: Desk, tmp_path: Path) -> None:
    desk.path.write_text(TEXT + "colour: blue\n")
    (tmp_path / "list").write_text('{"address": "https://a.example/"}')
    assert "unknown key 'colour'" in str(desk("import", str(tmp_path / "list")).exception)


def test_all_pages_are_exported() -> None:
    @dataclass
    class Row:
        id: int

    def ask(*, before: int | None, limit: int) -> tuple[Row, ...]:
        start = 2 * PAGE + 1 if before is None else before
        return tuple(Row(number) for number in range(start - 1, max(0, start - 1 - limit), -1))

    assert [row.id for row in pages(ask)] == list(range(2 * PAGE, 0, -1))


def test_hits_and_alerts_are_exported_a_line_each(tmp_path: Path) -> None:
    world = World(tmp_path, "\n".join((
        "feeds: {A: https://a.example/feed}",
        "topics: {nk: {any: [North Korea]}}",
        "receivers: {screen: {console: yes}}",
        "routes: [{to: screen}]",
    )))  # fmt: skip

    async def live() -> None:
        world.feed("https://a.example/feed").publishes("North Korea, the day before")
        async with world.running():
            await world.run(until="08:10")
            world.feed("https://a.example/feed").publishes("North Korea speaks")
            await world.run(until="09:00")

    asyncio.run(live())
    rows: dict[str, list[dict[str, Any]]] = {}
    for what in ("hits", "alerts"):
        result = CliRunner().invoke(
            app,
            ["export", "--what", what, "-w", str(world.path), "-d", world.database_url],
            env={"XDG_RUNTIME_DIR": str(tmp_path)},
        )
        assert result.exit_code == 0, result.output
        rows[what] = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["title"] for row in rows["hits"]] == ["North Korea speaks", "North Korea, the day before"]
    assert [row["deliveries"][0]["state"] for row in rows["alerts"]] == ["delivered"]


def test_the_opml_names_the_desk(desk: Desk) -> None:
    desk.path.write_text(TEXT.replace("{network", "{name: Desk & Co, network"))
    assert ElementTree.fromstring(desk.good("export", "--opml")).findtext("head/title") == "Desk & Co"
