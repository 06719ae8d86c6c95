"""What the commands print, and with which code they end. The daemon's day is made on a fake clock, then looked at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.flow.world import World
from wirewatch.cli.exits import Exit, exit_for
from wirewatch.cli.main import app, main
from wirewatch.errors import (
    ConfigError,
    DeliveryError,
    FetchError,
    InstanceRunning,
    Problem,
    SecretError,
    StoreBusy,
    StoreError,
    WirewatchError,
)

WATCHLIST = """
settings: {name: Test desk, timezone: UTC}
feeds:
  Alpha: {url: "https://a.example/feed", outlet: Alpha House}
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea], examples: {match: [North Korea fires], ignore: [Korea wins]}}
receivers: {screen: {console: true}, desk: {apprise: "json://hook.example/x"}}
routes: [{to: [screen, desk]}]
"""

run = CliRunner().invoke


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A day that was: one hit told on the screen, waiting for the desk; one feed that fails."""
    world = World(tmp_path_factory.mktemp("day"), WATCHLIST)
    asyncio.run(live_through(world))
    return world


async def live_through(world: World) -> None:
    world.feed("https://a.example/feed").publishes("North Korea, the day before")
    world.feed("https://b.example/feed").fault = FetchError("answers 403: it turns this address away")
    async with world.running():
        await world.run(until="08:10")
        world.outbox.faults["desk"] = DeliveryError("desk: connection refused")
        world.feed("https://a.example/feed").publishes("Talks", text="Envoys of North Korea came. More tomorrow.")
        await world.run(until="09:00")


@pytest.fixture
def where(day: World) -> list[str]:
    return ["--watchlist", str(day.path), "--database", day.database_url]


def test_hits_show_the_sentence_and_what_became_of_it(where: list[str]) -> None:
    result = run(app, ["hits", *where])
    assert result.exit_code == 0
    assert "north-korea: Talks" in result.stdout
    assert '"Envoys of [North Korea] came."' in result.stdout
    assert "became an alert" in result.stdout
    assert "older news: it stood there before we watched" in result.stdout


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        pytest.param(["--state", "older"], ["North Korea, the day before"], id="by state"),
        pytest.param(["--feed", "Beta"], [], id="by feed"),
        pytest.param(["--topic", "north-korea", "--limit", "1"], ["Talks"], id="by topic, the newest"),
        pytest.param(["--hours", "24"], [], id="by time"),
    ],
)
def test_hits_can_be_narrowed_and_read_by_scripts(where: list[str], options: list[str], titles: list[str]) -> None:
    result = run(app, ["hits", "--json", *options, *where])
    assert [hit["title"] for hit in json.loads(result.stdout)] == titles


def test_no_hits_say_what_to_do(where: list[str]) -> None:
    assert run(app, ["hits", "--topic", "none", *where]).stdout.startswith("No hits. If you expected some:")


def test_feeds_show_the_failing_one_first_in_words(where: list[str]) -> None:
    lines = run(app, ["feeds", *where]).stdout.splitlines()
    assert lines[1].split()[:2] == ["Beta", "failing"] and "answers 403: it turns this address away" in lines[1]
    assert lines[2].split()[:2] == ["Alpha", "well"]


def test_one_feed_is_shown_whole(where: list[str]) -> None:
    text = run(app, ["feeds", "Beta", *where]).stdout
    assert "what is wrong answers 403: it turns this address away" in text
    assert "faults in a row)" in text


def test_an_unknown_feed_is_said_to_be_unknown(where: list[str]) -> None:
    result = run(app, ["feeds", "Gamma", *where])
    assert result.exit_code == Exit.FAULT
    assert "no feed of this name or address was ever watched" in result.stdout


def test_alerts_show_how_each_delivery_stands(where: list[str]) -> None:
    text = run(app, ["alerts", *where]).stdout
    assert "screen: delivered" in text
    assert "desk: waiting until" in text and "connection refused" in text
    assert len(json.loads(run(app, ["alerts", "--state", "waiting", "--json", *where]).stdout)) == 1
    assert run(app, ["alerts", "--receiver", "nobody", *where]).stdout.startswith("No alerts.")


def test_the_ledger_balances_and_says_so(where: list[str]) -> None:
    result = run(app, ["ledger", *where])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("It balances")
    assert json.loads(run(app, ["ledger", "--json", *where]).stdout)["faults"] == []


def test_a_backup_is_restored_and_the_one_before_is_kept(day: World, where: list[str]) -> None:
    target = day.folder / "copy.db"
    assert "written and checked" in run(app, ["backup", str(target), *where]).stdout
    refused = run(app, ["restore", str(target), *where])
    assert isinstance(refused.exception, StoreError) and "--overwrite" in str(refused.exception)
    text = run(app, ["restore", str(target), "--overwrite", *where]).stdout
    assert "is kept as" in text
    assert "north-korea: Talks" in run(app, ["hits", *where]).stdout


def test_check_says_what_is_good(day: World) -> None:
    result = run(app, ["check", "--watchlist", str(day.path)])
    assert result.stdout.startswith(f"{day.path}: good. 2 feeds, 1 topic (2 examples hold), 2 receivers, 1 route.")
    assert json.loads(run(app, ["check", "--json", "--watchlist", str(day.path)]).stdout)["good"] is True


def test_check_prints_every_error_and_ends_with_78(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("topics:\n  a: {anny: [x]}\nfeedz: {}\n")
    result = run(app, ["check", "--watchlist", str(path)])
    assert result.exit_code == Exit.WATCHLIST
    assert f"{path}:2:7: topics.a: unknown key 'anny'; did you mean 'any'?" in result.stderr
    assert f"{path}:3:1: unknown key 'feedz'; did you mean 'feeds'?" in result.stderr
    assert json.loads(run(app, ["check", "--json", "--watchlist", str(path)]).stdout)["good"] is False


def test_reading_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    result = run(app, ["hits", "--database", f"sqlite:///{tmp_path}/none.db"])
    assert isinstance(result.exception, StoreError)
    assert "there is none yet; start the daemon once with: wirewatch run" in str(result.exception)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError((Problem("w", 1, 1, "", "x"),)), 78),
        (SecretError("env:X: is not set"), 78),
        (StoreBusy("locked"), 75),
        (InstanceRunning("runs"), 75),
        (StoreError("corrupt"), 65),
        (WirewatchError("other"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: WirewatchError, code: int) -> None:
    assert exit_for(error) == code


@pytest.fixture
def arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    given = ["wirewatch", "hits", "--database", f"sqlite:///{tmp_path}/none.db"]
    monkeypatch.setattr("sys.argv", given)
    yield given


def test_an_error_ends_with_its_text_and_code_and_no_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == Exit.DATABASE
    assert capsys.readouterr().err.count("\n") == 1


def test_the_version_is_printed() -> None:
    assert run(app, ["--version"]).stdout.startswith("wirewatch 0.")


@pytest.mark.parametrize("command", ["run", "once", "check", "hits", "feeds", "alerts", "ledger", "backup", "restore"])
def test_every_command_has_help(command: str) -> None:
    result = run(app, [command, "--help"])
    assert result.exit_code == 0 and "Usage" in result.stdout
