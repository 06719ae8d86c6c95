"""A word to the operator without the database: to whom, what it says of a unit, and what it does with a broken file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.notify.servers import Reply, WebServer, serving_web
from wirewatch.cli import tell as command
from wirewatch.cli.exits import Exit
from wirewatch.core.model import DestinationKey, Message
from wirewatch.core.watchlist import ReceiverName
from wirewatch.errors import DeliveryError, WirewatchError
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination
from wirewatch.notify.senders import make_senders
from wirewatch.tell import (
    last_lines,
    learn_secrets,
    machine_destinations,
    read_what_can_be_read,
    show_unit,
    tell,
    unit_in_words,
)

NOW = datetime(2026, 11, 25, 7, 4, tzinfo=UTC)
DESK = DeskCard("Korea desk", None, "example.org")
TOKEN = "t0kenT0kenT0ken99"
FEED = "f33dPassw0rd"
AT_ONCE = (timedelta(), timedelta())

app = typer.Typer()
app.command("tell")(command.tell)


@dataclass
class Desk:
    """A watchlist that tells its machine's notices to a webhook; `topics` and `routes` are what a test makes of it."""

    folder: Path
    hook: WebServer = field(default_factory=WebServer)
    topics: str = "topics: {nk: {any: [North Korea]}}"
    routes: str = "routes: [{to: [desk]}, {machine: true, to: [desk]}]"

    @property
    def path(self) -> Path:
        path = self.folder / "watchlist.yaml"
        path.write_text(
            f"""
settings: {{name: Korea desk}}
feeds: {{A: {{url: "https://a.example/feed", auth: {{user: u, password: env:FEED}}}}}}
{self.topics}
receivers:
  desk: {{apprise: "json://user:${{TOKEN}}@127.0.0.1:{self.hook.port}/hook"}}
{self.routes}
""",
            encoding="utf-8",
        )
        return path

    def run(self, *arguments: str, log: str = "") -> Result:
        given = [*arguments, "--watchlist", str(self.path)]
        return CliRunner().invoke(app, given, input=log, env={"TOKEN": TOKEN, "FEED": FEED, "PATH": str(self.folder)})

    def systemctl(self, *lines: str) -> None:
        """A systemd that says this of every unit."""
        program = self.folder / "systemctl"
        said = "".join(f"echo '{line}'\n" for line in lines)
        program.write_text(f"#!/bin/sh\n{said}", encoding="utf-8")
        program.chmod(0o755)

    def heard(self) -> str:
        [request] = self.hook.heard
        return f"{request.json['title']}\n{request.json['message']}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(serving_web(made.hook))
        yield made


def test_a_text_goes_to_the_route_of_the_machine(desk: Desk) -> None:
    result = desk.run("The disk of the watch is full.")
    assert result.exit_code == 0
    assert result.stdout == "told:  desk: accepted (HTTP 200)\n"
    assert "The disk of the watch is full." in desk.heard() and "Korea desk" in desk.heard()
    assert [path.name for path in desk.folder.iterdir()] == ["watchlist.yaml"]


def test_a_failed_unit_is_told_with_its_result_its_cure_and_the_end_of_its_log(desk: Desk) -> None:
    desk.systemctl("Result=exit-code", "ExecMainStatus=78", "NRestarts=2")
    result = desk.run("--unit", "wirewatch.service", "--log", "-", log="".join(f"line {n}\n" for n in range(40)))
    assert result.exit_code == 0
    text = desk.heard()
    assert "wirewatch.service has failed (result exit-code, code 78): the watchlist cannot be used" in text
    assert "every error is shown by: wirewatch check" in text
    assert "It was started again 2 times." in text and "nobody is told anything" in text
    assert "newest first:\nline 39\nline 38\n" in text and "line 24" not in text


def test_no_secret_is_told_or_shown(desk: Desk) -> None:
    desk.hook.replies = [Reply(401, f"bad {TOKEN}")]
    result = desk.run("--unit", "wirewatch.service", "--log", "-", log=f"login u:{FEED} refused, Bearer {TOKEN}\n")
    assert result.exit_code == Exit.FAULT
    assert "login u:*** refused, Bearer ***" in desk.heard()
    assert "HTTP 401, not allowed" in result.stdout
    assert TOKEN not in desk.heard() + result.output and FEED not in desk.heard() + result.output


@pytest.mark.parametrize(
    "topics",
    [
        pytest.param("topics: {nk: {anny: [North Korea]}}", id="a wrong key"),
        pytest.param("topics: {nk: {any: [North Korea", id="no YAML at all"),
        pytest.param("topics:\n  nk: 'x\n- y: [\n# routes: none", id="an open quotation"),
    ],
)
def test_a_broken_watchlist_still_says_whom_to_tell(desk: Desk, topics: str) -> None:
    desk.topics = topics
    assert desk.run("--unit", "wirewatch.service").exit_code == 0
    assert "The watchlist cannot be used as it is:" in desk.heard()
    assert f"{desk.path}:" in desk.heard()


@pytest.mark.parametrize("routes", ["routes: [{to: [desk]}]", "routes: [{machine: true, to: ["])
def test_where_nobody_can_be_told_it_says_so_and_prints_the_notice(desk: Desk, routes: str) -> None:
    desk.routes = routes
    result = desk.run("The disk is full.")
    assert isinstance(result.exception, WirewatchError)
    assert "no route with `machine: true`" in str(result.exception) and "add one" in str(result.exception)
    assert "The disk is full." in result.stderr
    assert not desk.hook.heard


def test_a_watchlist_that_is_not_there_tells_nobody(desk: Desk) -> None:
    known = read_what_can_be_read(desk.folder / "none.yaml")
    assert "there is no file" in known.fault and not known.watchlist.receivers


def test_there_must_be_something_to_say(desk: Desk) -> None:
    assert "nothing to say" in str(desk.run().exception)


def test_a_log_file_that_cannot_be_read_does_not_stop_the_notice(desk: Desk) -> None:
    assert desk.run("x", "--log", str(desk.folder / "none.log"), "--json").exit_code == 0
    assert "none.log: cannot be read (No such file or directory)" in desk.heard()


def test_scripts_read_the_answers_as_json(desk: Desk) -> None:
    [sent] = json.loads(desk.run("x", "--json").stdout)
    assert (sent["destination"], sent["ok"]) == ("desk", True)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"Result": "exit-code", "ExecMainStatus": "65"}, "the database is damaged"),
        ({"Result": "exit-code", "ExecMainStatus": "75"}, "another daemon holds it"),
        ({"Result": "exit-code", "ExecMainStatus": "3"}, "it ended with code 3"),
        ({"Result": "watchdog", "ExecMainStatus": "6"}, "it gave no sign of life for too long"),
        ({"Result": "oom-kill", "ExecMainStatus": "9"}, "too little memory"),
        ({"Result": "start-limit-hit", "ExecMainStatus": "75"}, "the database is locked"),
        ({}, "w.service has failed. Until it runs again"),
    ],
)
def test_how_a_unit_ended_is_said_in_words(facts: Mapping[str, str], said: str) -> None:
    assert said in unit_in_words("w.service", facts)


def test_without_systemd_nothing_is_known_of_a_unit(tmp_path: Path) -> None:
    assert show_unit("w.service", {"PATH": str(tmp_path)}) == {}


def test_only_the_end_of_a_log_is_kept_on_clean_lines() -> None:
    assert last_lines("a\x1b[1m\n\n" + "b" * 1000 + "\n") == ("b" * 300, "a[1m")


def test_a_systemd_that_cannot_be_asked_is_no_reason_to_say_nothing(desk: Desk) -> None:
    desk.systemctl()
    (desk.folder / "systemctl").write_bytes(b"\x7fno program")
    assert desk.run("--unit", "wirewatch.service").exit_code == 0
    assert "wirewatch.service has failed." in desk.heard()


def test_one_told_is_enough_and_the_other_says_what_it_lacks(desk: Desk) -> None:
    desk.routes = "  lost: {apprise: env:NOT_THERE}\nroutes: [{machine: true, to: [lost, desk]}]"
    known = read_what_can_be_read(desk.path).watchlist
    resolver = Resolver({"TOKEN": TOKEN})
    learn_secrets(known, resolver)
    to_both = machine_destinations(known, resolver)
    senders = make_senders(resolver, sys.stdout)
    lost, told = tell("x", to_both, senders, DESK, NOW, pauses=())
    assert (lost.ok, told.ok) == (False, True)
    assert "env:NOT_THERE: is not set" in lost.answer


# --- trying again


@dataclass
class Moody:
    """A sender that fails as often as it is told, then takes the message; `hangs` until the test lets it go."""

    faults: list[DeliveryError] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    hangs: Event | None = None

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        self.sent.append(message)
        if self.hangs is not None:
            self.hangs.wait(10)
        if self.faults:
            raise self.faults.pop(0)
        return "printed"


def to(name: str) -> Destination:
    return Destination(DestinationKey(name), ReceiverName(name), "UTC", False, "console")


def test_a_destination_that_fails_is_tried_again_with_the_same_id() -> None:
    moody = Moody([DeliveryError("a: busy"), DeliveryError("a: busy")])
    [sent] = tell("x", (to("a"),), {"console": moody}, DESK, NOW, pauses=AT_ONCE)
    assert sent.ok and len(moody.sent) == 3
    assert len({message.id for message in moody.sent}) == 1


@pytest.mark.parametrize(("permanent", "tries"), [(False, 3), (True, 1)], ids=["may pass", "for good"])
def test_it_is_given_up_after_a_few_tries_or_at_once_where_that_cannot_help(permanent: bool, tries: int) -> None:
    moody = Moody([DeliveryError("a: no", permanent=permanent) for _ in range(9)])
    [sent] = tell("x", (to("a"),), {"console": moody}, DESK, NOW, pauses=AT_ONCE)
    assert (sent.ok, sent.answer, len(moody.sent)) == (False, "a: no", tries)


@dataclass
class Broken:
    """A sender with a fault of ours."""

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        return str(1 // 0)


def test_a_fault_of_ours_in_one_sender_is_said_and_the_others_tell() -> None:
    mail = Destination(DestinationKey("m"), ReceiverName("m"), "UTC", False, "mail")
    broken, told = tell("x", (mail, to("a")), {"mail": Broken(), "console": Moody()}, DESK, NOW, pauses=())
    assert (broken.ok, told.ok) == (False, True)
    assert broken.answer.startswith("m: internal fault (ZeroDivisionError in test_tell.py, line ")


def test_a_sender_that_hangs_does_not_hold_up_the_others() -> None:
    let_go = Event()
    hanging = Moody(hangs=let_go)
    slow = Destination(DestinationKey("slow"), ReceiverName("slow"), "UTC", False, "mail")
    both = tell("x", (slow, to("a")), {"mail": hanging, "console": Moody()}, DESK, NOW, patience=timedelta(seconds=0.2))
    let_go.set()
    assert [(sent.destination, sent.ok) for sent in both] == [("slow", False), ("a", True)]
    assert "no answer within" in both[0].answer
