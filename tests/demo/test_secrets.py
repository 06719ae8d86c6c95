"""Secrets planted everywhere, and a whole demo run: none is in an output, a log, a row, an error or a process list."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from wirewatch.demo.play import Demo

PLANTED = {
    "FEED_PASSWORD": "feed/pass:w0rd-Xq7",
    "FEED_TOKEN": "t0ken-in-the-address-Zk3",
    "FEED_HEADER": "header-value-Pm9",
    "FEED_COOKIE": "cookie-value-Lw2",
    "PROXY_PASSWORD": "proxy-pass-Vb5",
    "MAIL_PASSWORD": "mail-pass-Hn8",
    "HOOK_TOKEN": "hook-token-Ry4",
}
IN_A_FILE = "file-secret-Gd6"
AS_CREDENTIAL = "credential-secret-Jt1"
FEEDS = """
  Locked: {address: "http://127.0.0.1:9/locked", auth: {user: desk, password: "env:FEED_PASSWORD"}}
  Token: {address: "http://127.0.0.1:9/feed?key=${env:FEED_TOKEN}"}
  Headers: {address: "http://127.0.0.1:9/h", headers: {X-Key: "env:FEED_HEADER"}, cookies: {session: "env:FEED_COOKIE"}}
  Proxied: {address: "http://news.example/feed", proxy: "http://desk:${env:PROXY_PASSWORD}@127.0.0.1:9"}
  Filed: {address: "http://127.0.0.1:9/f", auth: {token: "file:SECRET_FILE"}}
  Credited: {address: "http://127.0.0.1:9/c", auth: {token: "cred:feed-token"}}
"""
RECEIVERS = """  refused:
    mail: {server: "127.0.0.1:MAIL_PORT", security: none, user: desk, password: "env:MAIL_PASSWORD", from: a@demo.example, to: b@demo.example}
    apprise: "json://desk:${HOOK_TOKEN}@127.0.0.1:9/hook"
"""  # noqa: E501
COMMANDS = (
    ("check",),
    ("check", "--probe"),
    ("status",),
    ("status", "--json"),
    ("feeds",),
    ("feeds", "--json"),
    ("hits", "--json"),
    ("alerts",),
    ("alerts", "--json"),
    ("ledger",),
    ("explain", "Trump meets Kim Jong Un"),
    ("receivers",),
    ("receivers", "test", "refused"),
    ("doctor",),
)


def spellings(secret: str) -> Iterator[bytes]:
    """As it is, percent-encoded, and as a login is put into a header."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for user in ("desk", ""):
        login = base64.b64encode(f"{user}:{secret}".encode()).rstrip(b"=")
        yield login[:-2]  # the last letters depend on what follows
    yield base64.b64encode(secret.encode()).rstrip(b"=")[:-2]


class Watcher:
    """Looks at the command lines of this process's children as long as the demo runs."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.2):
            for child in psutil.Process().children(recursive=True):
                try:
                    self.seen.add(" ".join(child.cmdline()))
                except psutil.Error:
                    continue  # it ended while we looked


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment, a file and a credential that hold the secrets; the demo's folder, beside them."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secret").write_text(IN_A_FILE)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "feed-token").write_text(AS_CREDENTIAL)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    folder = tmp_path / "demo"
    folder.mkdir()
    return folder


def test_no_planted_secret_is_anywhere(planted: Path) -> None:
    said: list[str] = []
    demo = Demo(
        planted,
        said.append,
        said.append,
        more_feeds=FEEDS.replace("SECRET_FILE", str(planted.parent / "secret")),
        more_receivers=RECEIVERS.replace("MAIL_PORT", "9"),
        more_routes="  - {to: refused, collect: 0 s, also: true}\n",
    )
    with Watcher() as watcher:
        faults = demo.run()
        for command in COMMANDS:
            ran = demo.command(*command)
            assert "Traceback" not in ran.stderr, ran.stderr
            said.append(f"{command}\n{ran.stdout}\n{ran.stderr}")
    assert faults == ()
    places = {str(path.relative_to(planted)): path.read_bytes() for path in planted.rglob("*") if path.is_file()}
    assert {"wirewatch.db", "log.txt", "mailbox"} <= places.keys()
    places |= {"the output": "\n".join(said).encode(), "the process list": "\n".join(watcher.seen).encode()}
    assert "refused" in places["the output"].decode() and "wirewatch run" in places["the process list"].decode()
    leaks = [
        f"{secret} in {place}"
        for secret in (*PLANTED.values(), IN_A_FILE, AS_CREDENTIAL)
        for place, content in places.items()
        if any(spelling in content for spelling in spellings(secret))
    ]
    assert leaks == []
