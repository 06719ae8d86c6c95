"""Who is told and by which way; a test message to each, on real servers, without database and daemon."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email import policy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.notify.servers import MailServer, Reply, WebServer, serving_mail, serving_web
from wirewatch.cli import receivers
from wirewatch.cli.exits import Exit
from wirewatch.cli.groups import WithDefault
from wirewatch.errors import WirewatchError

# aiosmtpd warns of a sign-in without TLS; the server of these tests is that careless on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

PASSWORD = "pl4nted-Secret"
TOKEN = "t0kenT0kenT0ken99"
SECRETS = {"PASSWORD": PASSWORD, "TOKEN": TOKEN, "CHAT": f"tgram://123456789:{TOKEN}{TOKEN}ab/12315544/"}

app = typer.Typer(cls=WithDefault)
app.command("show")(receivers.receivers_list)
app.command("test")(receivers.receivers_test)


@dataclass
class Desk:
    """A watchlist with a screen, a mail server and a webhook that all run."""

    folder: Path
    mail: MailServer = field(default_factory=lambda: MailServer(password=PASSWORD.encode()))
    hook: WebServer = field(default_factory=WebServer)

    def run(self, *arguments: str, **more: str) -> Result:
        path = self.folder / "watchlist.yaml"
        path.write_text(self.watchlist(), encoding="utf-8")
        return CliRunner().invoke(app, [*arguments, "--watchlist", str(path)], env={**SECRETS, **more})

    def watchlist(self) -> str:
        server = f'server: "127.0.0.1:{self.mail.port}", security: none, from: watch@example.org'
        login = "user: watch@example.org, password: env:PASSWORD"
        return f"""
settings: {{name: Korea desk, timezone: Europe/London, contact: watch@example.org}}
topics: {{nk: {{any: [North Korea]}}}}
receivers:
  screen: {{console: true}}
  desk:
    mail: {{{server}, {login}, to: [a@example.org, b@example.org]}}
    apprise: "json://user:${{TOKEN}}@127.0.0.1:{self.hook.port}/hook"
    hold: true
  twin: {{mail: {{{server}, {login}, to: [a@example.org]}}}}
  chat: {{apprise: env:CHAT}}
  lost: {{apprise: env:NOT_THERE}}
routes: [{{to: [screen, desk, twin], topics: [nk], also: true}}, {{to: [chat, lost]}}, {{machine: true, to: [desk]}}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(serving_mail(made.mail))
        stack.enter_context(serving_web(made.hook))
        yield made


def test_receivers_are_listed_with_their_ways_and_routes(desk: Desk) -> None:
    result = desk.run()
    assert result.exit_code == 0
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines[1].split() == ["screen", "the", "screen,", "or", "the", "journal", "of", "the", "service", "1"]
    assert f"mail to a@example.org by 127.0.0.1:{desk.mail.port} (none)" in lines[2]
    assert lines[2].endswith("1, 3 (notices), held")
    assert f"JSON (by Apprise), server 127.0.0.1:{desk.hook.port}" in lines[4]
    assert "Telegram (by Apprise), server api.telegram.org:443" in lines[6]
    assert "env:NOT_THERE: is not set; set the environment variable NOT_THERE" in lines[7]
    assert lines[-1] == "Try one: wirewatch receivers test NAME"


def test_scripts_read_receivers_as_json(desk: Desk) -> None:
    found = {one["name"]: one for one in json.loads(desk.run("--json").stdout)}
    assert (found["desk"]["hold"], found["desk"]["routes"], found["desk"]["machine"]) == (True, [1, 3], True)
    assert [one["kind"] for one in found["desk"]["destinations"]] == ["mail", "mail", "apprise"]
    assert found["lost"]["destinations"][0]["fault"].startswith("lost: env:NOT_THERE: is not set")


def test_one_test_message_goes_to_each_destination_and_each_answer_is_shown(desk: Desk) -> None:
    result = desk.run("test", "desk")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "well:  desk/a@example.org: 250 OK, queued as 1",
        "well:  desk/b@example.org: 250 OK, queued as 1",
        "well:  desk: accepted (HTTP 200)",
        "note: desk has `hold: true`: its alerts wait until wirewatch release desk.",
        "3 tried: 3 took the message, 0 did not.",
    ]
    assert [to for _, to, _ in desk.mail.received] == [["a@example.org"], ["b@example.org"]]
    assert len(desk.hook.heard) == 1


def test_the_message_says_that_it_is_a_test_from_whom_and_that_nothing_has_to_be_done(desk: Desk) -> None:
    desk.run("test", "twin")
    mail = email.message_from_bytes(desk.mail.received[0][2], policy=policy.default)
    assert mail["Subject"] == "Watch: Test of receiver twin, nothing has to be done"
    assert mail["From"] == '"Wirewatch, Korea desk" <watch@example.org>'
    assert mail["Message-ID"].startswith("<test-")
    part = mail.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "From: Korea desk, Wirewatch on " in text
    assert "(Europe/London), to twin/a@example.org" in text


def test_the_screen_prints_its_test(desk: Desk) -> None:
    result = desk.run("test", "screen")
    assert "Watch: Test of receiver screen, nothing has to be done" in result.stdout
    assert "well:  screen: printed" in result.stdout


def test_all_tries_what_receivers_share_once_and_one_failure_ends_with_1(desk: Desk) -> None:
    desk.hook.by_path["/hook"] = Reply(410, "gone")
    result = desk.run("test", "--all", CHAT=f"json://127.0.0.1:{desk.hook.port}/chat")
    assert result.exit_code == Exit.FAULT
    assert len(desk.mail.received) == 2
    assert "wrong: desk: JSON: HTTP 410, there is no such place; check the address (it says: gone)" in result.stdout
    assert "wrong: lost: env:NOT_THERE: is not set" in result.stdout
    assert "6 tried: 4 took the message, 2 did not." in result.stdout
    assert "wirewatch doctor" in result.stdout.splitlines()[-1]


def test_scripts_read_the_answers_as_json_and_the_screen_goes_to_standard_error(desk: Desk) -> None:
    result = desk.run("test", "screen", "--json")
    assert json.loads(result.stdout) == [{"destination": "screen", "ok": True, "answer": "printed"}]
    assert "Test of receiver screen" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["dsk"], "'dsk': there is no such receiver; did you mean 'desk'?", id="a slip"),
        pytest.param(["zzz"], "no such receiver; the receivers are: screen, desk, twin, chat, lost", id="unknown"),
        pytest.param([], "name one receiver, or say --all; the receivers are: screen, desk", id="none named"),
        pytest.param(["desk", "--all"], "name one receiver, or say --all", id="both"),
    ],
)
def test_a_receiver_that_is_not_there_is_said_with_those_that_are(desk: Desk, arguments: list[str], said: str) -> None:
    result = desk.run("test", *arguments)
    assert isinstance(result.exception, WirewatchError) and said in str(result.exception)
    assert not desk.mail.received


def test_no_secret_is_shown_even_where_a_server_repeats_it(desk: Desk) -> None:
    desk.mail.echo_password = True
    desk.mail.password = b"another"
    desk.hook.replies = [Reply(401, f'{{"error": "bad token {TOKEN}"}}')]
    failed = desk.run("test", "--all", CHAT=f"json://127.0.0.1:{desk.hook.port}/{TOKEN}")
    shown = "".join(result.output for result in (desk.run(), desk.run("--json"), failed))
    assert "535 5.7.8 wrong password ***" in failed.stdout and "HTTP 401, not allowed" in failed.stdout
    assert PASSWORD not in shown and TOKEN not in shown


def test_no_database_is_made_or_needed(desk: Desk) -> None:
    desk.run("test", "screen")
    assert [path.name for path in desk.folder.iterdir()] == ["watchlist.yaml"]
