"""What the README shows is what the program prints: its commands are run in a fresh folder, with its own watchlist."""

from __future__ import annotations

import mailbox
import os
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[::-1])  # the first of each kind
WATCHLIST = BLOCKS["yaml"]
# `make demo` needs a checkout with its own .venv; the same program, in its short form.
RUN_INSTEAD = {"make demo": f"{sys.executable} -m wirewatch demo --fast --keep kept"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A command and the output that the README shows; … stands for what differs or is left out."""

    command: str
    output: tuple[str, ...]


def shown() -> list[Shown]:
    found: list[Shown] = []
    for block in re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            found.append(Shown(command, tuple(output)))
    return found


def stands_in(expected: tuple[str, ...], printed: str) -> str | None:
    """The first expected line that does not follow the ones before it; None where all are there."""
    lines = printed.splitlines()
    at = 0
    for line in expected:
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        if line == "…":
            continue
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            return line
        at += 1
    return None


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What each command of the README prints, run in its order in one folder."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outputs: dict[int, str] = {}
    for number, one in enumerate(shown()):
        command = RUN_INSTEAD.get(one.command, one.command)
        ran = subprocess.run(
            command, shell=True, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
            encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        outputs[number] = ran.stderr + ran.stdout
        if command != one.command:
            assert ran.returncode == 0, outputs[number]
            with closing(mailbox.mbox(folder / "kept" / "mailbox")) as box:
                assert len({message["Message-ID"] for message in box}) == 2  # one may have come again after the kill
    return outputs


@pytest.mark.parametrize("number", [pytest.param(n, id=one.command) for n, one in enumerate(shown())])
def test_a_command_prints_what_the_readme_shows(printed: dict[int, str], number: int) -> None:
    missing = stands_in(shown()[number].output, printed[number])
    assert missing is None, f"not printed: {missing}\n{printed[number]}"


def test_the_alert_on_the_first_screen_is_the_one_that_the_demo_prints(printed: dict[int, str]) -> None:
    demo = next(number for number, one in enumerate(shown()) if one.command == "make demo")
    alert = re.search(r"^```\n(\d\d:\d\d  Trump.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert alert is not None
    wanted = tuple(re.sub(r"\d\d:\d\d", "…", line) for line in alert.group(1).splitlines() if line.strip())
    printed_lines = "\n".join(line[3:] for line in printed[demo].splitlines() if line.startswith("   "))
    assert stands_in(wanted, printed_lines) is None, printed_lines
    assert "Kardashian opens" not in printed[demo] and "The ledger: It balances" in printed[demo]


def test_the_watchlist_on_the_first_screen_has_eight_lines() -> None:
    assert len(WATCHLIST.splitlines()) == 8


def test_a_line_that_is_not_printed_is_found() -> None:
    assert stands_in(("a", "…", "b …"), "a\nx\nb 7\n") is None
    assert stands_in(("a", "b"), "b\na\n") == "b"
