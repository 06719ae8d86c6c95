"""`wirewatch run` and `wirewatch once` as commands: what they print, what they keep, and the code they end with."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.seams.server import Asked, Raw, Reply, Server
from wirewatch.cli.exits import Exit
from wirewatch.cli.main import app, main
from wirewatch.store.database import InstanceLock

DEADLINE = 60  # seconds for a process to start, to say something, or to end

FEED = """<?xml version='1.0'?><rss version='2.0'><channel><title>Made</title><link>https://made.example/</link>
<item><title>North Korea fires a missile</title><guid>1</guid><link>https://made.example/1</link></item>
</channel></rss>"""


def watchlist_for(url: str, **settings: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in settings.items())
    return f"""
settings: {{name: Test desk, network: {{allow: 127.0.0.1}}{more}}}
feeds: {{Alpha: "{url}"}}
topics: {{north-korea: {{title: North Korea, any: [North Korea]}}}}
receivers:
  screen: {{console: true}}
  desk: {{mail: {{server: "127.0.0.1:9", security: none, from: w@example.org, to: a@example.org}}}}
routes: [{{to: [screen, desk], collect: 0 s}}]
"""


def answer(asked: Asked) -> Reply | Raw:
    return Reply(body=FEED.encode(), headers=(("content-type", "application/rss+xml"),))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer) as made:
        yield made


@pytest.fixture
def path(tmp_path: Path, server: Server) -> Path:
    file = tmp_path / "watchlist.yaml"
    file.write_text(watchlist_for(server.url("/feed"), older_news="all"), encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    """The commands set up the logs of the whole process: put them back."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wirewatch", *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False
    )


@dataclass
class Running:
    """`wirewatch run` in a process of its own, its output by line."""

    arguments: tuple[str, ...]
    lines: list[str] = field(default_factory=list)

    def __enter__(self) -> Running:
        self._more = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wirewatch", "run", *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._thread.join(DEADLINE)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def says(self, part: str) -> None:
        with self._more:
            found = self._more.wait_for(lambda: any(part in line for line in self.lines), DEADLINE)
        assert found, f"{part!r} was not said:\n" + "\n".join(self.lines)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()


def test_a_dry_run_prints_what_would_go_to_whom_and_keeps_nothing(path: Path) -> None:
    with Running(("--watchlist", str(path), "--dry-run")) as running:
        running.says("Would go to screen:")
        running.says("Would go to desk/a@example.org:")
        running.says("Watching.")
        assert running.stop() == Exit.OK
    said = "\n".join(running.lines)
    assert said.count("North Korea fires a missile") >= 2
    assert "state=delivered" in said and "dry run: printed, not sent" in said
    assert [file.name for file in path.parent.iterdir()] == ["watchlist.yaml"]


def test_once_tells_keeps_what_waits_and_goes_on_with_the_last_good_watchlist(
    path: Path, server: Server, tmp_path: Path
) -> None:
    database = ("--database", f"sqlite:///{tmp_path / 'w.db'}")
    first = command("once", "--watchlist", str(path), *database)
    assert (first.returncode, len(server.asked)) == (Exit.OK, 1)
    assert "North Korea fires a missile" in first.stdout
    assert "state=waiting" in first.stderr and "destination=desk/a@example.org" in first.stderr
    path.write_text(path.read_text(encoding="utf-8").replace("any:", "anny:"), encoding="utf-8")
    second = command("once", "--watchlist", str(path), *database)
    assert second.returncode == Exit.OK and "North Korea" not in second.stdout
    assert "did you mean 'any'?" in second.stderr
    assert "The last good watchlist goes on until this is mended." in second.stderr
    alerts = CliRunner().invoke(app, ["alerts", *database]).stdout
    assert "screen: delivered" in alerts and "desk/a@example.org: waiting until" in alerts


def test_a_second_start_is_refused_and_names_the_process_of_the_first(path: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'w.db'}"
    with InstanceLock(database):
        code, text = ended("run", "--watchlist", str(path), "--database", database)
    assert code == Exit.BUSY
    assert text == f"database: w.db: a daemon already runs on it, process {os.getpid()}; stop that one first\n"


def test_a_watchlist_that_cannot_be_used_ends_with_78_and_all_its_errors(tmp_path: Path) -> None:
    file = tmp_path / "watchlist.yaml"
    file.write_text("topics:\n  a: {anny: [x]}\nfeedz: {}\n", encoding="utf-8")
    for name in ("run", "once"):
        result = CliRunner().invoke(app, [name, "-w", str(file), "-d", f"sqlite:///{tmp_path / 'w.db'}"])
        assert result.exit_code == Exit.WATCHLIST
        assert f"{file}:2:7: topics.a: unknown key 'anny'; did you mean 'any'?" in result.stderr
        assert f"{file}:3:1: unknown key 'feedz'; did you mean 'feeds'?" in result.stderr
        assert "there is no last good one; mend what is said above" in result.stderr


def test_a_file_that_is_not_there_ends_with_78_and_says_which(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", "-w", str(tmp_path / "none.yaml"), "-d", f"sqlite:///{tmp_path}/w.db"])
    assert result.exit_code == Exit.WATCHLIST and "none.yaml" in result.stderr


def ended(*arguments: str) -> tuple[int, str]:
    """The code that `wirewatch ...` ends with in this process, and what it says on standard error."""
    given, sys.argv = sys.argv, ["wirewatch", *arguments]
    try:
        with pytest.raises(SystemExit) as end, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", kept := Kept())
            main()
    finally:
        sys.argv = given
    assert isinstance(end.value.code, int)
    return end.value.code, kept.text


@dataclass
class Kept:
    """A standard error that is no terminal."""

    text: str = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        return False


def test_a_file_that_is_no_database_ends_with_65_and_says_what_to_do(path: Path, tmp_path: Path) -> None:
    (tmp_path / "w.db").write_bytes(b"this is a letter, not a database " * 200)
    code, text = ended("run", "--watchlist", str(path), "--database", f"sqlite:///{tmp_path / 'w.db'}")
    assert code == Exit.DATABASE
    assert re.match(r"database: \S*w\.db: .+; .+\n$", text) and "Traceback" not in text


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    script = (
        "import threading, logging; logging.basicConfig(); from wirewatch.cli.run import _end; "
        "threading.Thread(target=threading.Event().wait, name='a-senders-thread').start(); _end()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert result.returncode == Exit.OK
    assert "action=hard_exit threads=a-senders-thread" in result.stderr
