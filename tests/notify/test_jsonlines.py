"""Messages in a real file: whole lines on the disk, and a clear word where the file cannot be written."""

from __future__ import annotations

import json
import os
import resource
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.notify.examples import DESK, KOREAN, SEED, message
from tests.notify.machines import by_file, refusal
from wirewatch.notify.jsonlines import JsonLinesSender
from wirewatch.notify.record import json_line


@pytest.fixture
def plain_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def ids(path: Path) -> list[int]:
    return [json.loads(line)["alerts"][0]["id"] for line in path.read_bytes().splitlines()]


@pytest.mark.usefixtures("plain_umask")
def test_a_message_is_one_line_of_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    assert JsonLinesSender().send(message(SEED), by_file(path), DESK) == "written"
    assert path.read_bytes() == json_line(message(SEED)) + b"\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_messages_are_appended_and_nothing_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"from": "elsewhere"}\n')
    path.chmod(0o600)
    for alert in (SEED, KOREAN):
        JsonLinesSender().send(message(alert), by_file(path), DESK)
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines == [b'{"from": "elsewhere"}\n', *(json_line(message(one)) + b"\n" for one in (SEED, KOREAN))]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_half_a_line_of_a_power_cut_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(json_line(message(SEED))[:100])
    JsonLinesSender().send(message(KOREAN), by_file(path), DESK)
    torn, whole = path.read_bytes().splitlines()
    assert torn == json_line(message(SEED))[:100]
    assert json.loads(whole)["alerts"][0]["id"] == KOREAN.id


def test_messages_that_come_at_once_do_not_mix(tmp_path: Path) -> None:
    path, sender = tmp_path / "alerts.jsonl", JsonLinesSender()
    sent = [message(*(replace(SEED, id=number) for _ in range(30))) for number in range(16)]
    threads = [threading.Thread(target=sender.send, args=(one, by_file(path), DESK)) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(path)) == list(range(16))


def test_after_the_file_was_moved_away_a_new_one_is_made(tmp_path: Path) -> None:
    path, sender = tmp_path / "alerts.jsonl", JsonLinesSender()
    sender.send(message(SEED), by_file(path), DESK)
    path.rename(tmp_path / "alerts.jsonl.1")
    sender.send(message(KOREAN), by_file(path), DESK)
    assert (ids(tmp_path / "alerts.jsonl.1"), ids(path)) == ([SEED.id], [KOREAN.id])


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param(".", "is a folder; name a file in it", id="a folder"),
        pytest.param("none/alerts.jsonl", "its folder is not there; make it", id="a missing folder"),
        pytest.param("plain/alerts.jsonl", "its folder is not there; make it", id="a file where a folder should be"),
        pytest.param("pipe", "cannot be written (is no plain file)", id="a pipe that nobody reads"),
        pytest.param("/dev/null", "cannot be written (is no plain file)", id="a device"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_and_tried_again(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "plain").write_text("x")
    pipe(tmp_path / "pipe")
    sender, destination = JsonLinesSender(), by_file(tmp_path / name)
    for attempt in (lambda: sender.send(message(SEED), destination, DESK), lambda: sender.look(destination)):
        error = refusal(attempt)
        assert str(error).startswith(f"archive/file: file {tmp_path / name}: ")
        assert says in str(error)
        assert (error.permanent, error.unknown) == (False, False)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Without root's rights, where the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.usefixtures("nobody")
def test_a_file_without_the_right_to_write_it_is_told_and_tried_again() -> None:
    sender, destination = JsonLinesSender(), by_file(Path("/etc/passwd"))
    for attempt in (lambda: sender.send(message(SEED), destination, DESK), lambda: sender.look(destination)):
        error = refusal(attempt)
        assert "/etc/passwd: may not be written; let the user of wirewatch write it" in str(error)
        assert not error.permanent
    assert "may not be written" in str(refusal(lambda: sender.send(message(SEED), by_file(Path("/etc/new")), DESK)))


def test_a_disk_that_fills_up_in_the_middle_of_a_line_keeps_the_message_waiting_and_then_takes_it_whole(
    tmp_path: Path,
) -> None:
    path, sender = tmp_path / "alerts.jsonl", JsonLinesSender()
    sender.send(message(SEED), by_file(path), DESK)
    room = path.stat().st_size + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        error = refusal(lambda: sender.send(message(KOREAN), by_file(path), DESK))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (error.permanent, path.stat().st_size) == (False, room)
    assert "the message waits" in str(error)
    sender.send(message(KOREAN), by_file(path), DESK)
    first, torn, whole = path.read_bytes().splitlines()
    assert (first, len(torn), whole) == (json_line(message(SEED)), 100, json_line(message(KOREAN)))


def test_once_the_folder_is_there_the_message_is_written(tmp_path: Path) -> None:
    path, sender = tmp_path / "desk" / "alerts.jsonl", JsonLinesSender()
    refusal(lambda: sender.send(message(SEED), by_file(path), DESK))
    path.parent.mkdir()
    assert sender.send(message(SEED), by_file(path), DESK) == "written"
    assert ids(path) == [SEED.id]


def test_a_look_writes_and_makes_nothing(tmp_path: Path) -> None:
    path, sender = tmp_path / "alerts.jsonl", JsonLinesSender()
    assert sender.look(by_file(path)) == "will be made by the first message"
    assert not path.exists()
    path.write_bytes(b"x\n")
    assert sender.look(by_file(path)) == "can be written"
    assert path.read_bytes() == b"x\n"
