"""The plain script that the bench compares with: requests and feedparser in 20 threads, as one writes it in an hour.

Nothing holds it back: one kept session per thread, pools wide enough for all sites, one commit a round.
`python -m tests.bench.script URLS DATABASE ALERTS [--lean]` looks once at all feeds for each line of standard input,
and answers each with a line. --lean switches off feedparser's sanitizing and link resolution, as few scripts do.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import feedparser
import requests
from requests.adapters import HTTPAdapter

from tests.bench.feeds import PLANTED
from tests.bench.measure import Tree, links_in

THREADS = 20
Found = tuple[str, str, str]  # id, title, link


class Script:
    """urls: the feeds; alerts: where a line is printed for every new entry whose title holds the word."""

    def __init__(self, urls: list[str], database: Path, alerts: TextIO, *, lean: bool) -> None:
        self._urls = urls
        self._alerts = alerts
        self._options = {"sanitize_html": False, "resolve_relative_uris": False} if lean else {}
        self._etags: dict[str, str] = {}
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(THREADS)
        self._seen = sqlite3.connect(database)
        self._seen.execute("CREATE TABLE IF NOT EXISTS seen (feed TEXT, id TEXT, PRIMARY KEY (feed, id)) WITHOUT ROWID")
        self._known: set[str] = set()

    def look(self) -> None:
        """Every feed once. A feed's first document is older news and alerts nobody."""
        for url, entries in zip(self._urls, self._threads.map(self._read, self._urls), strict=True):
            for entry in entries:
                self._judge(url, entry)
            self._known.add(url)
        self._seen.commit()
        self._alerts.flush()

    def _read(self, url: str) -> list[Found]:
        headers = {"If-None-Match": self._etags[url]} if url in self._etags else {}
        answer = self._session().get(url, headers=headers, timeout=30)
        if answer.status_code == 304:
            return []
        answer.raise_for_status()
        self._etags[url] = answer.headers["ETag"]
        parsed = feedparser.parse(answer.content, **self._options)
        return [(entry.get("id", entry.link), entry.title, entry.link) for entry in parsed.entries]

    def _judge(self, url: str, entry: Found) -> None:
        id_, title, link = entry
        new = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (url, id_)).rowcount
        if new and url in self._known and PLANTED in title:
            print(title, link, file=self._alerts)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.mount("http://", HTTPAdapter(pool_connections=1000))
        session: requests.Session = self._local.session
        return session


class ScriptProcess:
    """The script in a process of its own. folder: an empty one."""

    def __init__(self, folder: Path, urls: Sequence[str], *, lean: bool = False) -> None:
        self._alerts = folder / "alerts.txt"
        (folder / "urls.txt").write_text("\n".join(urls))
        files = [str(folder / "urls.txt"), str(folder / "seen.db"), str(self._alerts)]
        self._command = [sys.executable, "-m", "tests.bench.script", *files, *(["--lean"] if lean else [])]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._expect("ready")
        self.tree = Tree(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)  # closes its standard input

    def look(self, done: Callable[[], bool]) -> None:
        """Look once at all feeds. done: not asked, the script says itself when it is."""
        assert self._process.stdin is not None
        print("look", file=self._process.stdin, flush=True)
        self._expect("done")

    def alerts(self) -> list[str]:
        """The link of every alert so far, as often as it was printed."""
        return links_in(self._alerts)

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if line != word:
            raise RuntimeError(f"tests.bench.script: it ended instead of saying {word!r}; read its error above")


def main(urls: str, database: str, alerts: str, *options: str) -> None:
    with Path(alerts).open("w", encoding="utf-8") as sink:
        script = Script(Path(urls).read_text().split(), Path(database), sink, lean="--lean" in options)
        print("ready", flush=True)
        for _ in sys.stdin:
            script.look()
            print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
