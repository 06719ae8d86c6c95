"""What a clone holds: dependencies pinned with hashes, no addresses in lock files, documents that keep their word."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from wirewatch.cli.exits import Exit
from wirewatch.cli.main import app

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, str]:
    """Name → version of everything that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_line_names_an_index_or_a_file(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert blocks and all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--(extra-)?index|--find-links|@ file|^-[ei]", text, re.MULTILINE)


def test_both_locks_pin_the_same_versions() -> None:
    run, test = (pins(lock) for lock in LOCKS)
    assert {name: test[name] for name in run} == run


def test_every_declared_dependency_has_a_range_and_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert all(re.search(r">=", one) for one in declared)
    names = {re.split(r"[\[><=]", one)[0].lower().replace(".", "-") for one in declared}
    assert names <= pins("requirements-test.lock").keys()


def test_no_text_of_a_publisher_is_in_the_repository() -> None:
    assert not [path for path in ROOT.rglob("*.tar.xz") if ".venv" not in path.parts]
    assert not [path for path in ROOT.rglob("judged.tsv") if ".venv" not in path.parts]


def test_the_readme_names_every_command_and_no_other() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `wirewatch ([\w-]+)", README, re.MULTILINE)) == commands


def test_the_readme_names_every_exit_code() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert listed == {int(code) for code in Exit}


def test_every_file_that_the_readme_points_at_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
