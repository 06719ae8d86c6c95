"""The life of the service under a real systemd, as root in a throw-away system; started by test_life.py alone.

Each step prints `step NAME ok DETAIL` or `step NAME failed DETAIL`. It serves the feed and the webhook itself.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

WIREWATCH = str(Path(sys.executable).parent / "wirewatch")
UNIT = "wirewatch.service"
TELLER = "wirewatch-failed@wirewatch.service.service"
WATCHLIST = Path("/etc/wirewatch/watchlist.yaml")
DROP_IN = Path("/etc/systemd/system/wirewatch.service.d/trial.conf")
PLANTED = "planted-s3cr3t-0815"
WITHIN = 30.0


@dataclass
class Neighbour:
    """The world outside: a feed that can be published to, and a webhook that keeps what came."""

    entries: list[str] = field(default_factory=list)
    posts: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    answering: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        neighbour = self
        self.answering.set()

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(neighbour.feed().encode(), "application/rss+xml")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                neighbour.posts.append((self.path, body))
                neighbour.asked.set()
                neighbour.answering.wait(120)
                with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
                    self._answer(b"{}", "application/json")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def feed(self) -> str:
        items = "".join(
            f"<item><title>{title}</title><guid>{title}</guid><link>http://127.0.0.1/{number}</link></item>"
            for number, title in enumerate(self.entries)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Near</title>{items}</channel></rss>'


WORLD = Neighbour()


def run(*command: str, ok: bool = True, user: str = "") -> subprocess.CompletedProcess[str]:
    """A command as root, or as a person with a shell of their own."""
    asked = ("runuser", "-u", user, "--", *command) if user else command
    done = subprocess.run(asked, capture_output=True, text=True, timeout=90, cwd="/", check=False)
    assert not ok or done.returncode == 0, f"{asked}: {done.returncode}: {done.stdout}{done.stderr}"
    return done


def shown(key: str, unit: str = UNIT) -> str:
    return run("systemctl", "show", "-P", key, unit).stdout.strip()


def main_pid() -> str:
    pid = shown("MainPID")
    assert pid != "0", "the service does not run"
    return pid


def journal() -> str:
    return run("journalctl", "--no-pager", "-o", "cat", "-u", UNIT).stdout


def wait_for(what: str, is_so: Callable[[], bool], within: float = WITHIN) -> float:
    """Look again and again until it is so; returns the seconds it took. systemd offers no event to wait for here."""
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < within, f"not within {within:.0f} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - start


def write_watchlist(topic: str = "any: [Yongbyon]") -> None:
    """In place, as an editor of the group does."""
    text = f"""
settings:
  name: Trial desk
  database: sqlite:////var/lib/wirewatch/wirewatch.db
  network: {{allow: [127.0.0.0/8]}}
feeds:
  Near: {{address: "http://127.0.0.1:{WORLD.port}/feed", poll: {{from: 1 s, to: 1 s}}}}
topics:
  yongbyon: {{title: Yongbyon, {topic}}}
receivers:
  desk: {{apprise: "cred:hook"}}
routes:
  - {{to: desk, collect: 0 s}}
  - {{machine: true, to: desk}}
"""
    run("sh", "-c", 'cat > "$0" <<"END"\n' + text + "END\n", str(WATCHLIST), user="anna")


def restarted_from(pid: str) -> Callable[[], bool]:
    return lambda: shown("ActiveState") == "active" and shown("MainPID") not in (pid, "0")


def installs() -> str:
    """What `service install` prints to be run next is run as it stands; people come into the group."""
    said = run(WIREWATCH, "service", "install").stdout
    for line in said.splitlines():
        if line.startswith("  ") and "enable" not in line:
            run(*line.split())
    run("useradd", "--create-home", "-G", "wirewatch", "anna")
    run("useradd", "--create-home", "bob")
    folder, file = WATCHLIST.parent.stat(), WATCHLIST.stat()
    assert (oct(folder.st_mode & 0o7777), oct(file.st_mode & 0o777)) == ("0o2771", "0o660")
    assert file.st_gid == folder.st_gid == int(run("id", "-g", "wirewatch").stdout)
    return run("systemd-analyze", "verify", "--recursive-errors=no", f"/etc/systemd/system/{UNIT}").stderr.strip()


def starts() -> str:
    """Ready when `systemctl start` returns: the socket answers at once."""
    secret = Path("/etc/wirewatch/credentials/hook")
    secret.write_text(f"json://127.0.0.1:{WORLD.port}/{PLANTED}\n", encoding="utf-8")
    secret.chmod(0o600)
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    # The unit hides homes and /tmp; where the checkout or the interpreter lies there, that alone is shown again.
    places = {str(Path(os.path.realpath(sys.executable)).parents[1]), str(Path(__file__).parents[2])}
    shown_again = [place for place in sorted(places) if place.startswith(("/root", "/home", "/tmp", "/var/tmp"))]
    home = "".join(f"BindReadOnlyPaths={place}\n" for place in shown_again)
    if any(place.startswith(("/root", "/home")) for place in shown_again):
        home = f"ProtectHome=tmpfs\n{home}"
    DROP_IN.write_text(f"[Service]\nLoadCredential=hook:{secret}\nRestartSec=1s\nWatchdogSec=12s\n{home}")
    failed = DROP_IN.parent.parent / "wirewatch-failed@.service.d" / DROP_IN.name
    failed.parent.mkdir()
    failed.write_text(f"[Service]\nLoadCredential=hook:{secret}\n{home}", encoding="utf-8")
    WORLD.entries.append("Old news of Yongbyon")
    write_watchlist()
    run("systemctl", "daemon-reload")
    began = time.monotonic()
    run("systemctl", "start", UNIT)
    took = time.monotonic() - began
    assert shown("ActiveState") == "active"
    assert Path("/run/wirewatch/control.sock").is_socket()
    return f"{took:.1f} s; {shown('StatusText')}"


def answers_the_group() -> str:
    done = run(WIREWATCH, "status", "--json", user="anna", ok=False)
    status = json.loads(done.stdout)
    assert status["running"] and status["desk"] == "Trial desk", done.stdout + done.stderr
    assert str(status["pid"]) == shown("MainPID")
    return f"exit {done.returncode}"


def refuses_others() -> str:
    done = run(WIREWATCH, "status", user="bob", ok=False)
    assert done.returncode != 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
    assert "group" in done.stderr and "Yongbyon" not in done.stdout, done.stderr
    wish = run(WIREWATCH, "silence", "yongbyon", "--for", "1h", "--because", "x", user="bob", ok=False)
    assert wish.returncode != 0, wish.stdout
    return done.stderr.strip()


def delivers_with_its_credential() -> str:
    """The value came from systemd; the daemon polls, parses in its children, writes and sends behind all locks."""
    wait_for("the first poll", lambda: "1 feed answered" in journal())
    WORLD.entries.append("New smoke over Yongbyon")
    took = wait_for("the message", lambda: any("New smoke" in body for _, body in WORLD.posts))
    assert all(PLANTED in path for path, _ in WORLD.posts)
    return f"{took:.1f} s"


def silences_by_name() -> str:
    run(WIREWATCH, "silence", "yongbyon", "--for", "1h", "--because", "a drill", user="anna")
    listed = run(WIREWATCH, "silence", "list", "--json", user="anna").stdout
    assert '"anna"' in listed and "a drill" in listed, listed
    assert WATCHLIST.stat().st_gid == WATCHLIST.parent.stat().st_gid
    return "by anna"


def reloads_a_good_edit() -> str:
    write_watchlist('any: [Yongbyon, "Punggye-ri"]')
    run("systemctl", "reload", UNIT)
    assert "action=watchlist_live" in journal()
    assert shown("ActiveState") == "active"
    return shown("StatusText")


def refuses_a_bad_edit() -> str:
    """The reload fails, its errors are in the journal, and the watch goes on."""
    pid = main_pid()
    write_watchlist("anny: [Yongbyon]")
    done = run("systemctl", "reload", UNIT, ok=False)
    assert done.returncode != 0
    assert (shown("ActiveState"), shown("MainPID")) == ("active", pid)
    found = re.findall(r"^.*watchlist\.yaml:\d+:\d+: topics\.yongbyon.*unknown key 'anny'.*$", journal(), re.MULTILINE)
    assert found, journal()[-2000:]
    warnings = run("journalctl", "--no-pager", "-o", "cat", "-p", "warning", "-u", UNIT).stdout
    assert "action=watchlist_refused" in warnings and "action=watchlist_live" not in warnings
    assert "unknown key 'anny'" in run(WIREWATCH, "status", user="anna", ok=False).stdout
    write_watchlist()
    run("systemctl", "reload", UNIT)
    return str(found[-1])


def comes_back_after_a_kill() -> str:
    pid = main_pid()
    run("kill", "-9", pid)
    took = wait_for("the restart", restarted_from(pid))
    assert shown("NRestarts") == "1"
    return f"{took:.1f} s"


def comes_back_from_a_standstill() -> str:
    """A process that hangs whole: nobody feeds the watchdog of 12 s."""
    pid = main_pid()
    run("kill", "-STOP", pid)
    took = wait_for("the watchdog", restarted_from(pid), within=60)
    assert "Watchdog timeout" in run("journalctl", "--no-pager", "-u", UNIT).stdout
    return f"{took:.1f} s"


def is_fed_while_nothing_is_due() -> str:
    """Longer than the watchdog's time without a restart."""
    before = shown("NRestarts")
    since = time.monotonic()
    wait_for("the watchdog's time", lambda: time.monotonic() - since > 14)
    assert (shown("NRestarts"), shown("ActiveState")) == (before, "active")
    return f"NRestarts {before}"


def is_backed_up() -> str:
    """As the page on the service says, while the daemon runs; after the drill, so that no silence is in it."""
    run(WIREWATCH, "silence", "lift", "yongbyon", user="anna")
    run(WIREWATCH, "backup", "/var/lib/wirewatch/backup.db", user="wirewatch")
    return f"{Path('/var/lib/wirewatch/backup.db').stat().st_size} bytes"


def stops_in_time_although_a_server_hangs() -> str:
    """A webhook that takes a message and never answers holds neither the stop nor the next start."""
    WORLD.asked.clear()
    WORLD.answering.clear()
    WORLD.entries.append("A second fire at Yongbyon")
    assert WORLD.asked.wait(WITHIN), "the message did not come"
    began = time.monotonic()
    run("systemctl", "stop", UNIT)
    took = time.monotonic() - began
    WORLD.answering.set()
    assert took < WITHIN and shown("Result") == "success", f"{took:.1f} s, {shown('Result')}"
    assert not Path("/run/wirewatch").exists()
    return f"{took:.1f} s"


def is_restored() -> str:
    """From the backup, as its user; what was told before it is not told again."""
    run(WIREWATCH, "restore", "--overwrite", "/var/lib/wirewatch/backup.db", user="wirewatch")
    WORLD.posts.clear()
    run("systemctl", "start", UNIT)
    wait_for(
        "the message that the hanging server cut off", lambda: any("second fire" in body for _, body in WORLD.posts)
    )
    assert not any("New smoke" in body for _, body in WORLD.posts)
    began = time.monotonic()
    run("systemctl", "stop", UNIT)
    return f"{time.monotonic() - began:.1f} s to stop"


def keeps_its_secret() -> str:
    everything = run("journalctl", "--no-pager", "-o", "export").stdout
    assert "action=" in everything and PLANTED not in everything
    kept = run("grep", "-rlF", PLANTED, "/var/lib/wirewatch", ok=False).stdout
    assert kept == "", kept
    return f"{len(everything)} bytes of journal"


def fails_for_good() -> str:
    """A first start with a bad watchlist: 78, no restart, and the unit that tells is started."""
    for left in Path("/var/lib/wirewatch").iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    WORLD.posts.clear()
    write_watchlist("anny: [Yongbyon]")
    assert run("systemctl", "start", UNIT, ok=False).returncode != 0
    wait_for("the failure", lambda: shown("ActiveState") == "failed")
    assert (shown("ExecMainStatus"), shown("NRestarts")) == ("78", "0")
    wait_for("the telling", lambda: shown("ExecMainExitTimestampMonotonic", TELLER) not in ("", "0"), within=100)
    return shown("Result")


def tells_without_a_watch() -> str:
    """The unit that tells needs no database, reads the secret as the service did, and reaches the receiver."""
    said = run("journalctl", "--no-pager", "-o", "cat", "-u", TELLER).stdout
    assert shown("ExecMainStatus", TELLER) == "0", said
    (body,) = (body for _, body in WORLD.posts)
    assert "wirewatch.service" in body and "78" in body, body
    assert PLANTED not in run("journalctl", "--no-pager", "-o", "export").stdout
    return f"{len(body)} characters"


def is_removed() -> str:
    """The units go; what people wrote and what was kept stays."""
    run("systemctl", "reset-failed", UNIT)
    run(WIREWATCH, "service", "remove")
    run("systemctl", "daemon-reload")
    assert shown("LoadState") == "not-found"
    assert WATCHLIST.is_file() and Path("/var/lib/wirewatch").is_dir()
    return shown("LoadState")


STEPS = (
    installs,
    starts,
    answers_the_group,
    refuses_others,
    delivers_with_its_credential,
    silences_by_name,
    reloads_a_good_edit,
    refuses_a_bad_edit,
    comes_back_after_a_kill,
    comes_back_from_a_standstill,
    is_fed_while_nothing_is_due,
    is_backed_up,
    stops_in_time_although_a_server_hangs,
    is_restored,
    keeps_its_secret,
    fails_for_good,
    tells_without_a_watch,
    is_removed,
)


def main() -> None:
    WORLD.start()
    for step in STEPS:
        try:
            detail, outcome = step(), "ok"
        except Exception as error:  # noqa: BLE001 - printed, and judged by the test outside
            detail, outcome = f"{type(error).__name__}: {error}", "failed"
        print(f"step {step.__name__} {outcome} {' | '.join(detail.splitlines())}", flush=True)
        if outcome == "failed" and step in (installs, starts):
            return  # nothing to look at


if __name__ == "__main__":
    main()
