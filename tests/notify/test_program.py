"""Real programs get the message, and their end decides: delivered, later, told; never a shell, never a secret."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.notify.examples import DESK, SEED, message
from tests.notify.machines import by_program, by_python, refusal
from wirewatch.notify.program import ProgramSender, bare_environment
from wirewatch.notify.record import json_line
from wirewatch.notify.secrets import Resolver

SECRET = "s3cret-of-the-desk"
COPY = "import sys; open('got', 'wb').write(sys.stdin.buffer.read())"


@pytest.fixture
def sender() -> ProgramSender:
    environ = {**os.environ, "HOOK": SECRET, "CREDENTIALS_DIRECTORY": "/run/credentials/x", "LC_TIME": "C.UTF-8"}
    return ProgramSender(Resolver(environ))


def test_a_program_gets_the_message_on_its_standard_input(sender: ProgramSender, tmp_path: Path) -> None:
    assert sender.send(message(SEED), by_python(COPY, tmp_path), DESK) == "done (exit code 0)"
    assert (tmp_path / "got").read_bytes() == json_line(message(SEED)) + b"\n"


def test_a_message_larger_than_any_pipe_arrives_whole(sender: ProgramSender, tmp_path: Path) -> None:
    burst = message(*(replace(SEED, id=number) for number in range(5000)), thread=None)
    sender.send(burst, by_python(COPY, tmp_path), DESK)
    assert len(json.loads((tmp_path / "got").read_bytes())["alerts"]) == 5000


def test_no_shell_reads_the_line(sender: ProgramSender, tmp_path: Path) -> None:
    write = "import sys, json; json.dump(sys.argv[1:], open('got', 'w'))"
    hostile = ["$(touch pwned)", "; touch pwned", "a  b", "`id`", "*", "--urgent", ""]
    sender.send(message(SEED), by_program(sys.executable, "-I", "-c", write, *hostile, folder=tmp_path), DESK)
    assert json.loads((tmp_path / "got").read_text()) == hostile
    assert [one.name for one in tmp_path.iterdir()] == ["got"]


def test_a_program_sees_none_of_our_secrets(sender: ProgramSender, tmp_path: Path) -> None:
    write = "import os, json; json.dump(dict(os.environ), open('got', 'w'))"
    sender.send(message(SEED), by_python(write, tmp_path), DESK)
    seen = json.loads((tmp_path / "got").read_text())
    assert seen["PATH"] == os.environ["PATH"]
    assert seen["LC_TIME"] == "C.UTF-8"
    assert not {"HOOK", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"} & set(seen)
    assert SECRET not in str(seen)


def test_the_environment_is_a_list_of_what_may_pass() -> None:
    given = {"PATH": "/bin", "XDG_RUNTIME_DIR": "/run/user/1", "MAIL_PW": "x", "NOTIFY_SOCKET": "y", "HTTPS_PROXY": "z"}
    assert bare_environment(given) == {"PATH": "/bin", "XDG_RUNTIME_DIR": "/run/user/1"}


@pytest.mark.parametrize(
    ("code", "unknown", "says"),
    [
        pytest.param("raise SystemExit(75)", False, "exit code 75, asks to be run later", id="later"),
        pytest.param("raise SystemExit('no line\\nmore')", False, "exit code 1, did not take", id="refused"),
        pytest.param("raise SystemExit('no line\\nmore')", False, "(it says: no line)", id="its first line"),
        pytest.param("import sys; sys.exit('\\n\\x1b[31mred\\u202e')", False, "(it says: [31mred)", id="cleaned"),
        pytest.param("import os; os.kill(os.getpid(), 15)", True, "ended by signal SIGTERM", id="a signal"),
    ],
)
def test_every_other_end_is_tried_again(sender: ProgramSender, code: str, unknown: bool, says: str) -> None:
    error = refusal(lambda: sender.send(message(SEED), by_python(code), DESK))
    assert says in str(error)
    assert str(error).startswith(f"pager/exec: {sys.executable}: ")
    assert (error.permanent, error.unknown) == (False, unknown)


def test_what_a_program_says_is_told_without_secrets(sender: ProgramSender) -> None:
    sender.resolver.resolve("env:HOOK")
    error = refusal(lambda: sender.send(message(SEED), by_python(f"raise SystemExit('bad {SECRET}')"), DESK))
    assert "(it says: bad ***)" in str(error)


def test_a_program_that_does_not_read_the_message_may_still_take_it(sender: ProgramSender) -> None:
    burst = message(*(SEED for _ in range(2000)), thread=None)
    assert sender.send(burst, by_python("import os; os.close(0)"), DESK) == "done (exit code 0)"


def test_a_program_that_talks_without_end_costs_nothing(sender: ProgramSender) -> None:
    talk = "import os\nfor _ in range(2000): os.write(2, b'x' * 65536)\nos.write(1, b'y' * 99999); raise SystemExit(3)"
    error = refusal(lambda: sender.send(message(SEED), by_python(talk), DESK))
    assert "exit code 3" in str(error)
    assert len(str(error)) < 500


def test_a_program_that_hangs_is_stopped_with_all_that_it_started(sender: ProgramSender, tmp_path: Path) -> None:
    fifo = tmp_path / "lives"
    os.mkfifo(fifo)
    # The child holds the pipe open for writing; the reader below sees its end only when every writer is gone.
    hang = "import os, time\npipe = open('lives', 'wb'); os.fork(); time.sleep(600)"
    impatient = replace(sender, limit=timedelta(seconds=0.5))
    with os.fdopen(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), "rb") as lives:
        error = refusal(lambda: impatient.send(message(SEED), by_python(hang, tmp_path), DESK))
        os.set_blocking(lives.fileno(), True)
        assert lives.read() == b""
    assert (error.permanent, error.unknown) == (False, True)
    assert "did not end within 0.5 s and was stopped" in str(error)


def test_what_a_program_leaves_running_on_purpose_is_not_waited_for(sender: ProgramSender, tmp_path: Path) -> None:
    leave = "import os, time\nif os.fork() == 0:\n    open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
    leave += "\nwhile not os.path.exists('pid') or not open('pid').read(): time.sleep(0.005)"
    assert sender.send(message(SEED), by_python(leave, tmp_path), DESK) == "done (exit code 0)"
    os.kill(int((tmp_path / "pid").read_text()), 9)  # raises where it was stopped with its parent


@pytest.mark.parametrize(
    ("command", "permanent", "says"),
    [
        pytest.param("/no/such/program", True, "is not there", id="missing"),
        pytest.param("no-such-program-anywhere", True, "is not there", id="missing in PATH"),
        pytest.param("./broken", True, "is not there (or what its first line names)", id="a missing interpreter"),
        pytest.param("./plain", False, "cannot be run (Permission denied)", id="no right to run it"),
        pytest.param("./data", False, "cannot be run (Exec format error)", id="no program at all"),
    ],
)
def test_a_program_that_cannot_be_started(
    sender: ProgramSender, tmp_path: Path, command: str, permanent: bool, says: str
) -> None:
    for name, text, mode in (("broken", "#!/no/such\n", 0o755), ("plain", "x", 0o644), ("data", "x", 0o755)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    error = refusal(lambda: sender.send(message(SEED), by_program(command, folder=tmp_path), DESK))
    assert says in str(error)
    assert (error.permanent, error.unknown) == (permanent, False)


def test_a_program_beside_the_watchlist_runs_there(sender: ProgramSender, tmp_path: Path) -> None:
    (tmp_path / "page").write_text(f"#!{sys.executable} -I\n{COPY}\n")
    (tmp_path / "page").chmod(0o755)
    page = by_program("./page", folder=tmp_path)
    assert sender.look(page) == "is there"
    assert sender.send(message(SEED), page, DESK) == "done (exit code 0)"
    assert (tmp_path / "got").exists()


def test_a_missing_folder_waits(sender: ProgramSender, tmp_path: Path) -> None:
    error = refusal(lambda: sender.send(message(SEED), by_program("true", folder=tmp_path / "gone"), DESK))
    assert f"the folder {tmp_path / 'gone'} is not there; make it" in str(error)
    assert not error.permanent


def test_a_look_tells_what_is_not_there(sender: ProgramSender) -> None:
    assert sender.look(by_program("env")) == "is there"
    assert "is not there or may not be run" in str(refusal(lambda: sender.look(by_program("/no/such/program"))))


def children_and_pipes() -> tuple[set[str], set[str]]:
    """Of this process: the ids of its children, ended ones not yet waited for among them, and its open pipes."""
    children = {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}
    links = (str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    return children, {link for link in links if link.startswith("pipe:")}


def test_no_process_and_no_pipe_stays_behind(sender: ProgramSender) -> None:
    before = children_and_pipes()
    sender.send(message(SEED), by_program("true"), DESK)
    refusal(lambda: sender.send(message(SEED), by_program("false"), DESK))
    hang = by_python("import time; time.sleep(600)")
    refusal(lambda: replace(sender, limit=timedelta(seconds=0.1)).send(message(SEED), hang, DESK))
    assert children_and_pipes() == before
