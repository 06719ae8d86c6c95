"""status, silence, release, retry, not-this, follow, man: what they print and how they end, without a daemon."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from tests.flow.world import Clock, World
from wirewatch.cli import complete
from wirewatch.cli.exits import Exit
from wirewatch.cli.main import app
from wirewatch.cli.man import page
from wirewatch.errors import ControlError, DeliveryError, FetchError

WATCHLIST = """
settings: {name: Test desk, timezone: UTC}
feeds:
  Alpha: {url: "https://a.example/feed", outlet: Alpha House}
  Beta: https://b.example/feed
topics:
  north-korea: {title: North Korea, any: [North Korea, DPRK]}
receivers: {screen: {console: true}, desk: {apprise: "json://hook.example/x"},
            later: {apprise: "json://later.example/x", hold: true}}
routes: [{to: [screen, desk], also: true}, {to: later}]
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database of a day: a feed fails, a message was given up, another is held."""
    world = World(tmp_path_factory.mktemp("day"), WATCHLIST, Clock(datetime.now(UTC) - timedelta(hours=2)))

    async def live() -> None:
        world.feed("https://a.example/feed").publishes("North Korea, the day before")
        world.feed("https://b.example/feed").fault = FetchError("answers 403: it turns this address away")
        async with world.running():
            await world.run(world.clock.now + timedelta(minutes=10))
            world.outbox.faults.update(
                {key: DeliveryError("desk: 410 gone", permanent=True) for key in world.app.editions.live.destinations
                 if key.startswith("desk")}
            )  # fmt: skip
            world.feed("https://a.example/feed").publishes("Envoys of North Korea came")
            await world.run(world.clock.now + timedelta(minutes=50))

    asyncio.run(live())
    return world.folder


class Desk:
    """Commands on a copy of that day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *command: str) -> Result:
        rest = ("-w", str(self.folder / "watchlist.yaml"), "-d", f"sqlite:///{self.folder / 'world.db'}")
        return CliRunner().invoke(app, [*command, *rest], env={"XDG_RUNTIME_DIR": str(self.folder), "COLUMNS": "200"})

    def json(self, *command: str) -> object:
        return json.loads(self(*command, "--json").output)


@pytest.fixture
def desk(lived: Path, tmp_path: Path) -> Desk:
    for file in lived.iterdir():
        shutil.copy(file, tmp_path)
    return Desk(tmp_path)


def test_the_status_says_in_its_first_line_whether_all_is_well_and_in_its_code(desk: Desk) -> None:
    result = desk("status")
    assert result.exit_code == Exit.FAULT
    lines = result.output.splitlines()
    assert lines[0].startswith("Not well") and lines[0].endswith("Test desk.")
    for part in ("no daemon runs on this database", "1 feed of 2 failing: Beta", "given up in the last 7 days"):
        assert part in result.output
    for part in ("1 of 2 heard", "1 held", "1 given up", "schema 0003"):
        assert part in result.output


def test_the_status_as_json_has_every_field(desk: Desk) -> None:
    found = desk.json("status")
    assert isinstance(found, dict)
    assert (found["well"], found["running"], found["queue"]["held"]) == (False, False, 1)
    assert [one["feed"] for one in found["failing"]] == ["Beta"]


def test_the_status_names_the_errors_of_a_watchlist_that_is_broken(desk: Desk) -> None:
    file = desk.folder / "watchlist.yaml"
    file.write_text(file.read_text() + "colour: blue\n")
    result = desk("status")
    assert result.exit_code == Exit.FAULT and "unknown key 'colour'" in result.output


def test_a_topic_is_silenced_listed_and_lifted(desk: Desk) -> None:
    assert "No topic is silent" in desk("silence", "list").output
    made = desk("silence", "north-korea", "--for", "2h", "--because", "a drill")
    assert made.exit_code == 0 and "north-korea is silent until" in made.output
    assert "a drill" in desk("silence", "list").output and "a drill" in desk("status").output
    assert "is told again" in desk("silence", "lift", "north-korea").output
    assert "was not silent" in desk("silence", "lift", "north-korea").output
    assert "(lifted)" in desk("silence", "list").output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("silence", "north-korea", "--for", "soon", "--because", "x"), "soon"),
        (("silence", "north-korea", "--for", "0 s", "--because", "x"), "longer than 0"),
        (("silence", "north-korea", "--for", "2h"), "--because"),
        (("not-this", "12"), "write alert:12 or hit:34"),
    ],
    ids=["no duration", "nothing", "no reason", "no kind"],
)
def test_a_wrong_command_line_says_what_is_wanted(desk: Desk, command: tuple[str, ...], said: str) -> None:
    result = desk(*command)
    assert result.exit_code == Exit.USAGE and said in result.output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("silence", "nort-korea", "--for", "2h", "--because", "x"), "did you mean north-korea?"),
        (("release", "laterr"), "did you mean later?"),
        (("retry", "none"), "none of this number"),
        (("not-this", "hit:99"), "there is none"),
        (("reload",), "no daemon runs"),
        (("follow",), "no daemon runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_says_why(desk: Desk, command: tuple[str, ...], said: str) -> None:
    result = desk(*command)
    assert isinstance(result.exception, ControlError) and said in str(result.exception)


def test_what_is_held_is_released_once(desk: Desk) -> None:
    assert "later: 1 released" in desk("release", "later").output
    assert "nothing is held" in desk("release", "later").output
    assert desk.json("release", "Alpha") == {"name": "Alpha", "released": 0}
    assert desk("ledger").exit_code == 0


def test_what_was_given_up_goes_again(desk: Desk) -> None:
    assert "1 message goes again" in desk("retry", "--receiver", "desk").output
    assert "given up" not in str(desk.json("alerts"))
    assert desk("ledger").exit_code == 0


def test_noise_says_what_to_put_where(desk: Desk) -> None:
    alerts = desk.json("alerts")
    assert isinstance(alerts, list)
    result = desk("not-this", f"alert:{alerts[0]['id']}")
    for part in ("To blame: North Korea", "topics.north-korea", "ignore:", "- 'Envoys of North Korea came'"):
        assert part in result.output
    assert "called noise" in desk("hits").output


def test_the_listings_show_the_numbers_that_other_commands_take(desk: Desk) -> None:
    assert "hit:" in desk("hits").output and "alert:" in desk("alerts").output


@pytest.fixture
def help_text() -> Iterator[str]:
    yield CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).output


def test_the_help_shows_daily_commands_first_and_all_of_them(help_text: str) -> None:
    daily, advanced = help_text.split("Daily:")[1].split("Advanced:")
    assert [line.split()[0] for line in daily.splitlines() if line.strip()][:3] == [
        "run",
        "check",
        "explain",
    ]
    names = set(get_command(app).commands)  # type: ignore[attr-defined]
    listed = {line.split()[0] for line in (daily + advanced).splitlines() if line[:3].strip()}
    assert names <= listed | {""}


def test_a_command_with_subcommands_shows_its_own_options_too() -> None:
    output = CliRunner().invoke(app, ["silence", "--help"], env={"COLUMNS": "80"}).output
    for part in ("[OPTIONS] TOPIC | COMMAND", "--for", "--because", "lift"):
        assert part in output
    assert "  show" not in output


def test_the_version_names_what_a_report_of_a_fault_should() -> None:
    output = CliRunner().invoke(app, ["--version"]).output
    for part in ("wirewatch ", "schema 0", "SQLite 3", "libcurl ", "Python 3"):
        assert part in output


def test_the_shell_completes_names_and_is_quiet_about_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST)
    monkeypatch.chdir(tmp_path)
    assert complete.topic_names("NOR") == ["north-korea"]
    assert complete.release_names("") == ["screen", "desk", "later", "Alpha", "Beta"]
    (tmp_path / "watchlist.yaml").write_text("feeds: [")
    assert complete.topic_names("") == []


def test_the_manual_page_has_every_command_option_and_exit_code() -> None:
    root = get_command(app)
    text = "\n".join(page(root))
    for command in app.registered_commands:
        assert f".SS wirewatch {str(command.name).replace('-', chr(92) + '-')}" in text
    for part in (".SH EXIT STATUS", ".B 78", "WIREWATCH_SOCKET", r"\-\-because"):
        assert part in text
    if groff := shutil.which("groff"):
        read = subprocess.run([groff, "-man", "-Tutf8", "-ww"], input=text, capture_output=True, text=True, check=True)
        assert read.stderr == "" and "--because" in read.stdout
