"""The wheel is whole: built without a network, installed beside nothing of the checkout, it has what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wirewatch import __version__

ROOT = Path(__file__).parents[2]
WITHIN = 120  # seconds


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the installed wheel: without the checkout on its path and with nothing of our environment."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling (of the build group) is not installed here")
    target = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, folder=ROOT)
    assert built.returncode == 0, built.stderr
    (made,) = target.glob("wirewatch-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of commands of a fresh environment that holds the wheel, and borrows its dependencies."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    own = next((home / "lib").glob("python3*")) / "site-packages"
    pip = (sys.executable, "-m", "pip", "--python", home / "bin" / "python")
    done = run(*pip, "install", "--no-deps", "--no-index", "--quiet", wheel, folder=home)
    assert done.returncode == 0, done.stderr
    # A plain line of a .pth file: its own .pth files, and with them the editable checkout, are not read.
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    yield home / "bin"


def test_the_wheel_holds_what_the_program_needs_and_none_of_the_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "systemd/wirewatch.service",
        "systemd/wirewatch-failed@.service",
        "systemd/wirewatch.sysusers",
        "systemd/wirewatch.tmpfiles",
        "systemd/README.md",
        "templates/watchlist.yaml",
        "seeds/article.txt",
        "seeds/article.atom.xml",
        "seeds/expected.yaml",
        "store/migrations/env.py",
        "py.typed",
    ):
        assert f"wirewatch/{wanted}" in names
    assert [name for name in names if name.startswith(("tests/", "daemon/")) or name.endswith(".pyc")] == []


def test_the_command_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import wirewatch; print(wirewatch.__file__)", folder=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    version = run(installed / "wirewatch", "--version", folder=tmp_path)
    assert version.returncode == 0 and version.stdout.startswith(f"wirewatch {__version__}")


def test_the_shipped_watchlist_is_right_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    copy = "from wirewatch.shipped import shipped; print(shipped('templates', 'watchlist.yaml').read_text())"
    text = run(installed / "python", "-c", copy, folder=tmp_path)
    (tmp_path / "watchlist.yaml").write_text(text.stdout, encoding="utf-8")
    assert (ROOT / "config" / "watchlist.yaml").read_text(encoding="utf-8").strip() == text.stdout.strip()
    checked = run(installed / "wirewatch", "check", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_service_is_installed_from_the_wheel_with_its_own_command(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "wirewatch", "service", "install", "--root", tmp_path / "system", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    unit = (tmp_path / "system/etc/systemd/system/wirewatch.service").read_text(encoding="utf-8")
    assert f"\nExecStart={installed / 'wirewatch'} run\n" in unit
    assert (tmp_path / "system/etc/wirewatch/watchlist.yaml").is_file()
