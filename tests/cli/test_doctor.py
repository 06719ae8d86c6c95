"""`wirewatch doctor` whole: all well, a broken watchlist, a closed network, secrets; and what it prints."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme
import typer
from typer.testing import CliRunner, Result

from tests.notify.servers import MailServer, WebServer, serving_mail, serving_web
from tests.seams.server import Asked, Reply, Server
from wirewatch.cli import doctor as command
from wirewatch.cli.exits import Exit
from wirewatch.core.watchlist import Settings
from wirewatch.doctor.examine import STEPS, Doctor, Surroundings
from wirewatch.doctor.finding import Finding, State
from wirewatch.doctor.machine import Versions
from wirewatch.fetch.client import Client
from wirewatch.notify.secrets import Resolver

PASSWORD = "pl4nted-Secret"
TOKEN = "t0kenT0kenT0ken99"

app = typer.Typer()
app.command("doctor")(command.doctor)


@dataclass
class Desk:
    """A watch of which every server runs on the loopback, with an own authority for its feed."""

    folder: Path
    feed: Server
    mail: MailServer = field(default_factory=lambda: MailServer(password=PASSWORD.encode(), echo_password=True))
    hook: WebServer = field(default_factory=WebServer)
    password: str = PASSWORD
    more: str = ""

    @property
    def path(self) -> Path:
        path = self.folder / "watchlist.yaml"
        secret = self.folder / "password"
        secret.write_text(f"{self.password}\n", encoding="utf-8")
        secret.chmod(0o600)
        path.write_text(
            f"""
settings:
  name: Korea desk
  database: sqlite:///{self.folder}/wirewatch.db
  network: {{allow: [127.0.0.0/8], ca: ca.pem}}
feeds: {{A: "{self.feed.url("/feed?key=")}${{TOKEN}}"}}
topics: {{nk: {{any: [North Korea]}}}}
receivers:
  screen: {{console: true}}
  desk: {{mail: {{server: "127.0.0.1:{self.mail.port}", security: none, from: w@example.org, to: [a@example.org,
    b@example.org], user: u, password: "file:{secret}"}}}}
  hook: {{apprise: "json://u:${{TOKEN}}@127.0.0.1:{self.hook.port}/x"}}
routes: [{{to: [screen, desk, hook]}}]
{self.more}
""",
            encoding="utf-8",
        )
        path.chmod(0o640)
        return path

    def run(self, *arguments: str) -> Result:
        environ = {"TOKEN": TOKEN, "WIREWATCH_SOCKET": str(self.folder / "none.sock"), "NO_PROXY": "127.0.0.1"}
        return CliRunner().invoke(app, [*arguments, "--watchlist", str(self.path)], env=environ)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(tls)

    def answer(asked: Asked) -> Reply:
        return Reply(body=b"<rss/>", headers=(("date", format_datetime(datetime.now(UTC))),))

    with ExitStack() as stack:
        made = Desk(tmp_path, stack.enter_context(Server(answer, tls=tls)))
        stack.enter_context(serving_mail(made.mail))
        stack.enter_context(serving_web(made.hook))
        yield made


# aiosmtpd warns of a sign-in without TLS; the server of these tests is that careless on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


def test_where_all_is_well_every_line_says_so_and_nothing_is_sent(desk: Desk) -> None:
    result = desk.run()
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and lines[-1] == "Nothing is wrong."
    subjects = [line.split(": ")[1].strip() for line in lines if line.startswith("ok:")]
    assert subjects == [
        "program", "watchlist", "secrets", "rights", "disk", "database", "feeds.A", "clock",
        "receivers.screen", "receivers.desk/a@example.org", "receivers.hook",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("note:")] == ["note:  daemon: none runs for this watchlist"]
    assert "right to within" in result.stdout
    assert not desk.mail.received and not desk.hook.heard
    assert sorted(path.name for path in desk.folder.iterdir()) == ["ca.pem", "password", "watchlist.yaml"]


def test_a_receiver_that_is_wrong_ends_with_1_and_its_cure(desk: Desk) -> None:
    desk.password = "an0ther-Secret"
    result = desk.run()
    assert result.exit_code == Exit.FAULT
    assert "535 5.7.8 wrong password ***\n       do: check user and password" in result.stdout
    assert result.stdout.endswith("1 thing is wrong.\n")


def test_no_secret_is_shown(desk: Desk) -> None:
    good = desk.run("--send")
    desk.password = "an0ther-Secret"
    shown = good.output + desk.run("--send").output + desk.run("--json").output
    for secret in (PASSWORD, TOKEN, "an0ther-Secret"):
        assert secret not in shown


def test_send_sends_a_test_message_to_each_destination(desk: Desk) -> None:
    result = desk.run("--send")
    assert result.exit_code == 0
    assert [to for _, to, _ in desk.mail.received] == [["a@example.org"], ["b@example.org"]]
    assert len(desk.hook.heard) == 1
    assert "Test of receiver screen, nothing has to be done" in result.stdout
    assert "receivers.desk/b@example.org: test message sent: 250 OK, queued as 1" in result.stdout


def test_scripts_read_the_findings_as_json(desk: Desk) -> None:
    found = json.loads(desk.run("--json").stdout)
    assert found["well"] is True
    assert found["findings"][0].keys() == {"subject", "state", "text", "cure"}
    desk.more = "feedz: {}"
    assert json.loads(desk.run("--json").stdout)["well"] is False


def test_with_a_broken_watchlist_the_rest_is_still_looked_at(desk: Desk) -> None:
    desk.more = "feedz: {}"
    result = desk.run()
    assert result.exit_code == Exit.FAULT
    assert re.search(r"wrong: watchlist: .*: unknown key 'feedz'\n       do: did you mean 'feeds'\?", result.stdout)
    assert "ok:    disk:" in result.stdout and "ok:    database:" in result.stdout
    assert f"{desk.folder}/wirewatch.db" in result.stdout  # read from the broken file


def test_a_watchlist_and_a_secret_that_others_can_change_are_wrong(desk: Desk) -> None:
    path = desk.path
    path.chmod(0o666)
    (desk.folder / "password").chmod(0o644)
    found = asyncio.run(Doctor(path, None, Resolver({"TOKEN": TOKEN}), around()).examine())
    cures = {one.subject: one.cure for one in found if one.state is State.WRONG}
    assert cures[str(path)] == f"chmod o-w {path}"
    assert cures[str(desk.folder / "password")].startswith("chmod o= ")


# --- with surroundings of our own


async def no_names(host: str) -> tuple[str, ...]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def around() -> Surroundings:
    """A machine on which all is well but its network, where no name can be looked up."""
    return Surroundings(
        environ={},
        versions=Versions("0.1.0", "3.11.7", "3.40.1", "8.23.0 (OpenSSL 3.6.5)"),
        user="ann",
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        free_bytes=lambda path: 10**12,
        may_write=lambda path: True,
        look_up=no_names,
        client=make_client,
        make=lambda read: Resolver({"TOKEN": TOKEN}, None, read),
        ask=lambda: None,
    )


def make_client(settings: Settings, resolver: Resolver) -> Client:
    return Client(settings, resolver.resolve, version="9.9")


FAR = """
feeds: {A: "https://a.example/", B: "https://b.example/", C: "https://c.example/", D: "https://d.example/"}
topics: {nk: {any: [North Korea]}}
receivers:
  desk: {mail: {server: m.example, from: w@example.org, to: [a@example.org, b@example.org, c@example.org]}}
  hook: {apprise: "json://h.example/x"}
routes: [{to: [desk, hook]}]
"""


def examined(folder: Path, text: str, world: Surroundings, steps: list[None] | None = None) -> list[Finding]:
    path = folder / "watchlist.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    doctor = Doctor(path, f"sqlite:///{folder}/w.db", Resolver({"TOKEN": TOKEN}), world)
    on_step = (lambda: None) if steps is None else (lambda: steps.append(None))
    return list(asyncio.run(doctor.examine(on_step)))


def test_behind_a_closed_network_that_is_said_once(tmp_path: Path) -> None:
    steps: list[None] = []
    found = examined(tmp_path, FAR, around(), steps)
    [wrong] = [one for one in found if one.state is State.WRONG]
    assert wrong.subject == "network" and "not one of 6 names could be looked up" in wrong.text
    about = [one.text for one in found if one.state is State.NOTE]
    assert about == [
        "none runs for this watchlist",
        "not asked for that reason: feeds (3) and servers of receivers (2)",
        "not compared: no server could be asked",
    ]
    assert len(steps) == STEPS


def test_a_proxy_that_has_no_address_is_the_one_thing_that_is_wrong(tmp_path: Path) -> None:
    text = FAR + 'settings: {network: {proxy: "http://p.example:3128"}}\n'
    text = re.sub(r"(?s)receivers:.*?routes: .*?\n", "receivers: {s: {console: true}}\nroutes: [{to: [s]}]\n", text)
    [wrong] = [one for one in examined(tmp_path, text, around()) if one.state is State.WRONG]
    assert (wrong.subject, wrong.text) == ("proxy", "its server's name is not known (DNS)")


def test_a_clock_that_jumps_while_we_look_is_noted(tmp_path: Path) -> None:
    times = iter([datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC)])
    found = examined(tmp_path, FAR, replace(around(), now=lambda: next(times)))
    assert found[-1].text == f"it jumped by {timedelta(hours=2).seconds // 3600} hours while this command ran"
