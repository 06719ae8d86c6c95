"""Everything round one daemon, in one folder: feeds, a webhook, a mail server for two people, a watchlist."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.world.daemon import Daemon
from tests.world.feeds import FeedServer
from tests.world.journal import Journal
from tests.world.loopback import HOST, Loopback
from tests.world.moments import Moment
from tests.world.sinks import Arrival, MailSink, Mood, WebhookSink

PEOPLE = ("ana@desk.example", "ben@desk.example")
Keys = dict[str, Any]  # what stands under one key of a watchlist, before it is YAML


@dataclass
class World:
    """`with World(tmp_path) as world: world.write(…); world.daemon.start()`. moments, arrivals: of all servers."""

    folder: Path

    def __enter__(self) -> World:
        with ExitStack() as stack:
            loopback = stack.enter_context(Loopback())
            self.moments: Journal[Moment] = Journal()
            self.arrivals: Journal[Arrival] = Journal()
            self.feeds = FeedServer(loopback, self.moments)
            stack.callback(self.feeds.go_down)
            self.hook = WebhookSink("hook", loopback, self.arrivals, self.moments)
            stack.callback(self.hook.turn, Mood.DOWN)
            self.mail = MailSink("mail", loopback, self.arrivals, self.moments)
            stack.callback(self.mail.turn, Mood.DOWN)
            self.daemon = Daemon(self.folder / "watchlist.yaml", self.folder / "watch.db")
            stack.callback(self.daemon.abandon)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settle(self) -> None:
        """Wait until every server has recorded what a dead daemon had sent."""
        for one in (self.feeds, self.hook, self.mail):
            one.settle()

    def write(self, paths: tuple[str, ...], topics: Keys, more_feeds: Keys | None = None) -> None:
        """Write a watchlist that polls these paths each second and sends each alert at once."""
        rhythm = {"from": "1 s", "to": "1 s"}
        keys: Keys = {
            "settings": {"name": "Made desk", "network": {"allow": ["127.0.0.0/8"]}},
            "feeds": {f"Feed {path}": {"address": self.feeds.url(path), "poll": rhythm} for path in paths}
            | (more_feeds or {}),
            "topics": topics,
            "receivers": {"desk": {"mail": self.mail_keys(), "apprise": self.hook.address}},
            "routes": [{"to": "desk", "collect": "0 s"}],
        }
        text = yaml.safe_dump(keys, allow_unicode=True, sort_keys=False)
        self.daemon.watchlist.write_text(text, encoding="utf-8")

    def mail_keys(self) -> Keys:
        server = f"{HOST}:{self.mail.port}"
        return {"server": server, "security": "none", "from": "watch@desk.example", "to": list(PEOPLE)}
