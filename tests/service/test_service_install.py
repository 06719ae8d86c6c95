"""Installing the service: what is put where, what a second run does, and what is never touched."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wirewatch.cli.service import service
from wirewatch.config.load import load_watchlist
from wirewatch.errors import ControlError
from wirewatch.service import (
    ENABLED,
    FILES,
    UNIT,
    WATCHLIST,
    Installation,
    Outcome,
    hidden_part,
    next_steps,
    own_command,
    quoted,
)
from wirewatch.shipped import shipped

COMMAND = ("/opt/wirewatch/bin/wirewatch",)


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    return Installation(tmp_path, COMMAND)


def outcomes(changes: object) -> list[Outcome]:
    return [change.outcome for change in changes]  # type: ignore[attr-defined]


def test_a_first_run_puts_units_user_rights_and_a_watchlist_in_place(here: Installation) -> None:
    assert outcomes(here.install()) == [Outcome.NEW] * 5
    unit = (here.root / UNIT).read_text(encoding="utf-8")
    assert "\nExecStart=/opt/wirewatch/bin/wirewatch run\n" in unit
    assert "\nExecReload=/opt/wirewatch/bin/wirewatch reload\n" in unit
    assert "/usr/bin/wirewatch" not in unit
    failed = (here.root / FILES["wirewatch-failed@.service"]).read_text(encoding="utf-8")
    assert "\nExecStart=/opt/wirewatch/bin/wirewatch tell --unit %i\n" in failed
    watchlist = load_watchlist(here.root / WATCHLIST).watchlist
    assert watchlist.topics and watchlist.settings.database == "sqlite:////var/lib/wirewatch/wirewatch.db"
    assert (here.root / WATCHLIST).stat().st_mode & 0o777 == 0o660
    assert all((here.root / path).stat().st_mode & 0o777 == 0o644 for path in FILES.values())


def test_a_second_run_changes_nothing(here: Installation) -> None:
    here.install()
    before = {path: path.stat().st_mtime_ns for path in here.root.rglob("*") if path.is_file()}
    changes = here.install()
    assert outcomes(changes) == [Outcome.SAME] * 4 + [Outcome.KEPT]
    assert next_steps(changes, here.root) == ()
    assert {path: path.stat().st_mtime_ns for path in here.root.rglob("*") if path.is_file()} == before


def test_an_upgrade_writes_the_units_anew_and_leaves_an_edited_watchlist(here: Installation) -> None:
    here.install()
    (here.root / WATCHLIST).write_text("mine", encoding="utf-8")
    changes = Installation(here.root, ("/srv/new/wirewatch",)).install()
    assert outcomes(changes) == [Outcome.CHANGED, Outcome.CHANGED, Outcome.SAME, Outcome.SAME, Outcome.KEPT]
    assert "systemctl try-restart wirewatch" in next_steps(changes, here.root)
    assert (here.root / WATCHLIST).read_text(encoding="utf-8") == "mine"
    assert "ExecStart=/srv/new/wirewatch run" in (here.root / UNIT).read_text(encoding="utf-8")


def test_a_dry_run_says_the_same_and_writes_nothing(here: Installation) -> None:
    dry = Installation(here.root, COMMAND, dry_run=True)
    assert outcomes(dry.install()) == [Outcome.NEW] * 5
    assert list(here.root.iterdir()) == []
    here.install()
    assert outcomes(dry.remove()) == [Outcome.REMOVED] * 4
    assert (here.root / UNIT).is_file()


def test_removing_takes_the_files_of_the_service_and_leaves_the_watchlist(here: Installation) -> None:
    here.install()
    assert outcomes(here.remove()) == [Outcome.REMOVED] * 4
    assert [path.relative_to(here.root) for path in here.root.rglob("*") if path.is_file()] == [WATCHLIST]
    assert outcomes(here.remove()) == [Outcome.ABSENT] * 4


def test_an_enabled_service_is_not_removed_and_the_cure_is_said(here: Installation) -> None:
    here.install()
    (here.root / ENABLED).parent.mkdir()
    (here.root / ENABLED).symlink_to("/etc/systemd/system/wirewatch.service")
    with pytest.raises(ControlError, match="still enabled; first: systemctl disable --now wirewatch"):
        here.remove()
    assert (here.root / UNIT).is_file()


def test_another_user_stands_in_every_file_and_the_folders_keep_their_names(tmp_path: Path) -> None:
    Installation(tmp_path, COMMAND, "desk").install()
    unit, _, sysusers, tmpfiles = ((tmp_path / path).read_text(encoding="utf-8") for path in FILES.values())
    assert "\nUser=desk\nGroup=desk\n" in unit and "\nStateDirectory=wirewatch\n" in unit
    assert '\nu desk - "Wirewatch" /var/lib/wirewatch ' in sysusers
    assert "\nd /etc/wirewatch 2771 root desk -\n" in tmpfiles
    assert "\nz /etc/wirewatch/*.yaml 0660 root desk -\n" in tmpfiles


@pytest.mark.parametrize("user", ["", "Desk", "a b", "x" * 40, "root\nUser=other"])
def test_a_name_that_cannot_be_a_users_is_refused(tmp_path: Path, user: str) -> None:
    with pytest.raises(ControlError, match=r"--user: .* cannot be a user's name"):
        Installation(tmp_path, COMMAND, user)


@pytest.mark.parametrize(
    ("part", "word"),
    [
        pytest.param("/opt/wirewatch/bin/wirewatch", "/opt/wirewatch/bin/wirewatch", id="plain"),
        pytest.param("/srv/my desk/wirewatch", '"/srv/my desk/wirewatch"', id="a space"),
        pytest.param("/srv/100%/w", "/srv/100%%/w", id="a specifier"),
        pytest.param("/srv/$HOME/w", "/srv/$$HOME/w", id="a variable"),
        pytest.param('/srv/"x"/w', '"/srv/\\"x\\"/w"', id="quotes"),
    ],
)
def test_a_path_is_one_word_of_the_unit(part: str, word: str) -> None:
    assert quoted(part) == word


def test_a_command_in_a_home_is_found_also_behind_a_link(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to("/home/anna/python")
    assert hidden_part(("/usr/bin/python3", "/home/anna/.local/bin/wirewatch")) == "/home/anna/.local/bin/wirewatch"
    assert hidden_part((str(link),)) == "/home/anna/python"
    assert hidden_part(("/opt/wirewatch/bin/wirewatch", "/homes/x")) is None


def test_the_own_command_can_be_started() -> None:
    assert os.access(own_command()[0], os.X_OK)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Run as a user who may not write; a person who runs the tests is one already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def roots_own() -> Iterator[Path]:
    """A folder that everybody may look into and only root may change (nobody, where a person runs the tests)."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o555)
        yield Path(made)
        Path(made).chmod(0o755)


def test_who_is_not_root_is_told_so(roots_own: Path, nobody: None) -> None:
    with pytest.raises(ControlError, match="only root may change this; run the same command with sudo"):
        Installation(roots_own, COMMAND).install()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("a file", encoding="utf-8")
    with pytest.raises(ControlError, match="cannot be changed: "):
        Installation(tmp_path, COMMAND).install()


def test_the_command_says_each_file_and_what_to_run_next(tmp_path: Path) -> None:
    said = CliRunner().invoke(service, ["install", "--root", str(tmp_path)])
    assert said.exit_code == 0
    assert f"{tmp_path / UNIT}: new" in said.output
    assert "  systemctl enable --now wirewatch" in said.output.splitlines()
    assert "usermod -aG wirewatch NAME" in said.output
    hidden = hidden_part((own_command()[0], sys.executable)) is not None
    assert ("the service cannot see: it will not start" in said.output) is hidden
    again = CliRunner().invoke(service, ["install", "--root", str(tmp_path)])
    assert "Nothing changed." in again.output and f"{tmp_path / WATCHLIST}: kept: yours" in again.output
    removed = CliRunner().invoke(service, ["remove", "--root", str(tmp_path)])
    assert removed.exit_code == 0 and f"{tmp_path / UNIT}: removed" in removed.output


def test_a_dry_run_of_the_command_says_so(tmp_path: Path) -> None:
    said = CliRunner().invoke(service, ["install", "--root", str(tmp_path), "--dry-run"])
    assert f"{tmp_path / UNIT}: new (dry run)" in said.output and list(tmp_path.iterdir()) == []


def test_a_file_that_this_installation_lost_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="systemd/gone: does not come with this installation"):
        shipped("systemd", "gone")


@pytest.mark.parametrize("names", [("systemd", "wirewatch.service"), ("templates", "watchlist.yaml"), ("seeds",)])
def test_what_comes_with_the_program_is_found(names: tuple[str, ...]) -> None:
    found = shipped(*names)
    assert found.is_file() or found.is_dir()
