"""`wirewatch init`: five answers make a watchlist that is right, explained, and without any secret in it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from wirewatch.cli.exits import Exit
from wirewatch.cli.init import guessed_zone, init
from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError

app = Typer()
app.command()(init)
SECRET = "slack://TokenA,b/TokenB/TokenC"


def made(folder: Path, *options: str) -> tuple[Result, Watchlist]:
    file = folder / "mine.yaml"
    result = CliRunner().invoke(app, [str(file), "--yes", *options], env={"TZ": "Asia/Seoul"})
    assert result.exit_code == 0, result.output
    return result, load_watchlist(file).watchlist


def test_the_defaults_make_a_watchlist_that_runs(tmp_path: Path) -> None:
    result, watchlist = made(tmp_path)
    assert (watchlist.settings.name, watchlist.settings.timezone) == ("News desk", "Asia/Seoul")
    assert [(topic.key, [rule.text for rule in topic.any]) for topic in watchlist.topics] == [
        ("north-korea", ["North Korea", "DPRK", "Pyongyang"])
    ]
    assert len(watchlist.feeds) > 20 and any(feed.about == "north-korea" for feed in watchlist.feeds)
    assert [receiver.console for receiver in watchlist.receivers] == [True]
    assert watchlist.warnings == ()
    assert f"wirewatch receivers test desk -w {tmp_path / 'mine.yaml'}" in result.stdout


def test_every_part_of_the_file_is_explained(tmp_path: Path) -> None:
    made(tmp_path)
    lines = (tmp_path / "mine.yaml").read_text().splitlines()
    for section in ("feeds:", "topics:", "receivers:", "routes:"):
        assert lines[lines.index(section) - 1].startswith("# ")


def test_what_the_remarks_show_can_be_written_so(tmp_path: Path) -> None:
    made(tmp_path, "--feeds", "https://a.example/", "--tell", "a@b.example", "--mail-server", "mail.b.example:587")
    file = tmp_path / "mine.yaml"
    text = file.read_text()
    for remark in (
        "contact",
        "not:",
        "priority",
        "examples",
        "  match",
        "  ignore",
        "topics",
        "collect",
        "user",
        "password",
    ):
        assert f"# {remark}" in text, remark
        text = text.replace(f"# {remark}", remark)
    text = text.replace("[A headline that you want]", "[Pyongyang speaks]")
    file.write_text(text)
    assert load_watchlist(file).watchlist.topics[0].examples_match


def test_all_can_be_answered_by_options(tmp_path: Path) -> None:
    _, watchlist = made(
        tmp_path, "--name", "Desk: 1", "--words", '"GPU, fast", =TSMC', "--feeds",
        "https://a.example/feed, https://b.example/x", "--tell", "screen, a@b.example, c@b.example",
        "--timezone", "Europe/London",
    )  # fmt: skip
    assert (watchlist.settings.name, watchlist.settings.timezone) == ("Desk: 1", "Europe/London")
    assert [rule.text for rule in watchlist.topics[0].any] == ["GPU, fast", "=TSMC"]
    assert [feed.url for feed in watchlist.feeds] == ["https://a.example/feed", "https://b.example/x"]
    (receiver,) = watchlist.receivers
    assert receiver.console and receiver.mail is not None
    assert (receiver.mail.to, receiver.mail.security) == (("a@b.example", "c@b.example"), "none")


def test_a_list_of_another_reader_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml><outline text="Asia"><outline text="A" xmlUrl="https://a.example/"/></outline></opml>'
    )
    _, watchlist = made(tmp_path, "--feeds", str(tmp_path / "list.opml"))
    assert [(feed.name, feed.group) for feed in watchlist.feeds] == [("A", "Asia")]


def test_a_chat_address_is_never_written_or_shown(tmp_path: Path) -> None:
    result, watchlist = made(tmp_path, "--tell", f"screen, {SECRET}")
    assert watchlist.receivers[0].apprise == ("env:WIREWATCH_CHAT",)
    assert "export WIREWATCH_CHAT=" in result.output
    assert "Token" not in result.output + (tmp_path / "mine.yaml").read_text()


@pytest.mark.parametrize("reference", ["file:/etc/wirewatch/chat", "cred:chat", "slack://${TOKENS}"])
def test_a_reference_to_a_chat_address_is_written_as_it_is(tmp_path: Path, reference: str) -> None:
    result, watchlist = made(tmp_path, "--tell", reference)
    assert watchlist.receivers[0].apprise == (reference,) and not watchlist.receivers[0].console
    assert "export" not in result.output


def test_a_file_that_is_there_is_only_overwritten_by_force(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("# mine\n")
    result = CliRunner().invoke(app, [str(file), "--yes"])
    assert (result.exit_code, file.read_text()) == (Exit.USAGE, "# mine\n")
    assert "is there already, and was not changed" in result.output
    assert made(tmp_path, "--force")[1].topics


def test_without_a_terminal_what_is_not_answered_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "w.yaml"), "--name", "D", "--tell", "screen"])
    assert result.exit_code == Exit.USAGE
    assert "--words" in result.output and "--yes" in result.output and "--name," not in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "answer", "what"),
    [
        pytest.param("--words", " , ", "no word", id="no words"),
        pytest.param("--feeds", "ftp://a.example/", "not a web address", id="no web address"),
        pytest.param("--feeds", "https://u:Secret1@a.example/", "in plain", id="a password in an address"),
        pytest.param("--feeds", "nowhere.opml", "cannot be read", id="no such list"),
        pytest.param("--tell", "me", "not screen", id="nobody we know"),
        pytest.param("--tell", ",", "not screen", id="nobody"),
        pytest.param("--timezone", "Europe/Londn", "Europe/London", id="no time zone"),
        pytest.param("--name", " ", "is empty", id="no name"),
    ],
)
def test_an_answer_that_cannot_be_used_writes_nothing(tmp_path: Path, option: str, answer: str, what: str) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "w.yaml"), "--yes", option, answer], env={"COLUMNS": "300"})
    assert result.exit_code == Exit.USAGE
    assert what in result.output and "Secret1" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_feeds_of_one_name_are_refused_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text(
        '{"name": "A", "address": "https://a.example/"}\n{"name": "A", "address": "https://b.example/"}\n'
    )
    result = CliRunner().invoke(app, [str(tmp_path / "w.yaml"), "--yes", "--feeds", str(tmp_path / "list.jsonl")])
    assert isinstance(result.exception, ConfigError)
    assert "list.jsonl:2:1: another feed has the name 'A'" in str(result.exception)


@pytest.mark.parametrize(
    ("environment", "link", "zone"),
    [
        pytest.param({"TZ": ":Asia/Tokyo"}, "/usr/share/zoneinfo/UTC", "Asia/Tokyo", id="said by TZ"),
        pytest.param({"TZ": "KST-9"}, "/usr/share/zoneinfo/Asia/Seoul", "Asia/Seoul", id="by the machine's link"),
        pytest.param({}, "/nowhere", "UTC", id="by nothing"),
    ],
)
def test_the_zone_is_guessed(tmp_path: Path, environment: dict[str, str], link: str, zone: str) -> None:
    (tmp_path / "localtime").symlink_to(link)
    assert guessed_zone(environment, tmp_path / "localtime") == zone


def test_at_a_terminal_five_questions_are_asked_and_a_wrong_answer_again(tmp_path: Path) -> None:
    outer, inner = pty.openpty()
    program = "from typer import run; from wirewatch.cli.init import init; run(init)"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "w.yaml")],
        stdin=inner, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip
    os.close(inner)
    os.write(outer, b"Desk\n\nftp://x.example\nhttps://a.example/\na@b.example\n\n\n")
    said, _ = child.communicate(timeout=60)
    os.close(outer)
    assert child.returncode == 0, said
    assert said.count("not a web address") == 1
    assert said.index("name of your desk") < said.index("Words") < said.index("Who is told") < said.index("time zone")
    watchlist = load_watchlist(tmp_path / "w.yaml").watchlist
    assert (watchlist.settings.name, len(watchlist.feeds)) == ("Desk", 1)
    assert watchlist.receivers[0].mail is not None and watchlist.receivers[0].mail.server == "localhost"
