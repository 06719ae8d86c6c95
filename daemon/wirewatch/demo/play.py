"""The play: what is published, edited, broken and killed, in what order, and what must come of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wirewatch.demo.daemon import DaemonProcess
from wirewatch.demo.feeds import FeedServer
from wirewatch.demo.judge import Mailed, Told, faults, repeats
from wirewatch.demo.mailbox import MailServer, body_of
from wirewatch.demo.news import News, Story, load_news
from wirewatch.shipped import shipped

PATIENCE = 40.0  # seconds for anything that takes one on a quiet machine
LOUDSPEAKERS = "  loudspeakers:\n    title: Loudspeakers\n    any: [loudspeaker*, 확성기]\n"


class DemoFailed(Exception):
    """Something did not come that had to come."""


@dataclass(slots=True)
class Demo:
    """One run in one folder. tell: a sentence of the narrator; say: a line of the daemon's own output."""

    folder: Path
    tell: Callable[[str], None]
    say: Callable[[str], None]
    news: News = field(default_factory=load_news)
    more_feeds: str = ""  # lines of the watchlist, for trials of what the demo itself does not need
    more_receivers: str = ""
    more_routes: str = ""
    _published: list[Story] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _feeds: FeedServer = field(init=False)
    _mail: MailServer = field(init=False)
    _daemon: DaemonProcess = field(init=False)

    def run(self, *, fast: bool = False) -> tuple[str, ...]:
        """Play it; what went wrong, a sentence each. fast: only the start, the seed article and the kill."""
        with self._stack:
            self._feeds = self._stack.enter_context(FeedServer(self.news.feeds))
            self._mail = self._stack.enter_context(MailServer(self.folder / "mailbox"))
            self._daemon = DaemonProcess(self.folder, self.say)
            self._stack.callback(self._daemon.kill)
            try:
                self._first_minute()
                self._seed_article()
                if not fast:
                    self._korean_and_reprint()
                    self._live_edit()
                    self._broken_edit()
                    self._silence()
                self._kill()
                return self._end()
            except DemoFailed as failed:
                return (str(failed),)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command on what the demo left, after its end."""
        return self._daemon.command(*words)

    def _first_minute(self) -> None:
        names = ", ".join(f"{feed.name} ({feed.format})" for feed in self.news.feeds)
        self.tell(f"Three feeds are served on loopback: {names}. Mail goes to {self._mail.path}. The daemon starts.")
        yesterday = datetime.now(UTC) - timedelta(days=1)
        for number, story in enumerate(self.news.older):
            self._feeds.publish(story, yesterday + timedelta(minutes=number))
        self._write("")
        self._daemon.start()
        self._expect("^Watching\\.", "the first minute")

    def _seed_article(self) -> None:
        self.tell("World Desk publishes the seed article. Kim Kardashian, Natanz, a footballer and a laundry too.")
        self._publish("news")

    def _korean_and_reprint(self) -> None:
        self.tell("예시일보 reports in Korean, and a wire carries the seed article's link under another headline.")
        self._publish("reprint", "korean")

    def _live_edit(self) -> None:
        self.tell("The watchlist is edited while it runs: a topic for the loudspeakers at the border.")
        after = self._daemon.said
        self._write(LOUDSPEAKERS)
        self._expect("saved and is live", "the edit", after)
        self._publish("edited")

    def _broken_edit(self) -> None:
        self.tell("Somebody breaks the watchlist. The last good one goes on.")
        good = (self.folder / "watchlist.yaml").read_text(encoding="utf-8")
        self._save(good.replace("    title: Loudspeakers\n", "    titel: Loudspeakers\n"))
        found = self._daemon.command("reload")
        for line in found.stderr.strip().splitlines():
            self.say(line)
        if found.returncode != 78 or "titel" not in found.stderr:
            raise DemoFailed(f"a broken watchlist was not refused: {found.stderr or found.stdout}")
        self._publish("broken")
        after = self._daemon.said
        self._save(good)
        self._expect("saved and is live", "the mended watchlist", after)

    def _silence(self) -> None:
        self.tell("The desk has heard enough of loudspeakers: wirewatch silence loudspeakers --for 1h")
        self._command("silence", "loudspeakers", "--for", "1h", "--because", "the desk knows")
        self._publish("silenced")
        self._until(lambda: "silenced" in self._command("alerts", "--json"), "the silenced alert")

    def _kill(self) -> None:
        self.tell("The daemon is killed (kill -9). News goes on without it. It starts again.")
        self._daemon.kill()
        stories = self.news.phases["killed"]
        self._put(stories)
        self._daemon.start()
        self._wait_for_mail(stories)

    def _end(self) -> tuple[str, ...]:
        told = [
            Told(one["title"], tuple(one["topics"]), tuple(delivery["state"] for delivery in one["deliveries"]))
            for one in json.loads(self._command("alerts", "--json", "--receiver", "desk", "--limit", "100"))
        ]
        self.tell("It is stopped in order, and judged.")
        code = self._daemon.stop()
        mails = [Mailed(str(one["Message-ID"]), body_of(one)) for one in self._mail.messages()]
        if again := repeats(mails):
            self.tell(f"{again} mail came twice with the same id: it was being sent when the daemon was killed.")
        found = list(faults(self._published, told, mails))
        if code != 0:
            found.append(f"the daemon ended with {code}")
        book = self._daemon.command("ledger")
        if book.returncode != 0:
            found.append(f"the ledger does not balance: {book.stdout}{book.stderr}")
        different, balance = len({mail.id for mail in mails}), book.stdout.strip().splitlines()[-1]
        self.tell(f"{len(told)} alerts, {different} mails. The ledger: {balance}")
        return tuple(found)

    def _publish(self, *phases: str) -> None:
        stories = tuple(story for phase in phases for story in self.news.phases[phase])
        self._put(stories)
        self._wait_for_mail(stories)

    def _put(self, stories: tuple[Story, ...]) -> None:
        for story in stories:
            self._feeds.publish(story, datetime.now(UTC))
        self._published += stories

    def _wait_for_mail(self, stories: tuple[Story, ...]) -> None:
        for story in stories:
            title = " ".join(story.title.split())
            if story.topics and not story.silenced and self._mail.wait_for(title, PATIENCE) is None:
                raise DemoFailed(f"missing: no mail came within {PATIENCE:.0f} s about: {title}")

    def _expect(self, pattern: str, what: str, after: int = 0) -> None:
        if self._daemon.wait_for(pattern, PATIENCE, after) is None:
            raise DemoFailed(f"{what}: the daemon did not say {pattern!r} within {PATIENCE:.0f} s; see {self.folder}")

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end = datetime.now(UTC) + timedelta(seconds=PATIENCE)
        while not holds():
            if datetime.now(UTC) > end:
                raise DemoFailed(f"{what} did not come within {PATIENCE:.0f} s")

    def _command(self, *words: str) -> str:
        found = self._daemon.command(*words)
        if found.returncode != 0:
            raise DemoFailed(f"wirewatch {' '.join(words)} ended with {found.returncode}: {found.stderr}")
        return found.stdout

    def _write(self, more_topics: str) -> None:
        self._save(self._head() + shipped_topics() + more_topics + self._tail())

    def _save(self, text: str) -> None:
        """As editors do: a new file in the place of the old one."""
        fresh = self.folder / "watchlist.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.folder / "watchlist.yaml")

    def _head(self) -> str:
        feeds = "".join(
            f'  {feed.name}: {{address: "{self._feeds.url(feed.key)}", lang: {feed.lang}, kind: {feed.kind}, '
            "poll: {from: 1 s, to: 1 s}}\n"
            for feed in self.news.feeds
        )
        return f"settings:\n  name: Demo desk\n  network: {{allow: [127.0.0.0/8]}}\nfeeds:\n{feeds}{self.more_feeds}"

    def _tail(self) -> str:
        return (
            "receivers:\n  desk:\n    console: yes\n    mail:\n"
            f'      server: "127.0.0.1:{self._mail.port}"\n      security: none\n'
            "      from: wirewatch@demo.example\n      to: desk@demo.example\n"
            f"{self.more_receivers}routes:\n{self.more_routes}  - {{to: desk, collect: 0 s}}\n"
        )


def shipped_topics() -> str:
    """The topics of the watchlist that comes with the program, as they stand there."""
    text = shipped("templates", "watchlist.yaml").read_text(encoding="utf-8")
    found = re.search(r"^topics:\n.*?(?=^\w)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, "the shipped watchlist has topics"
    lines = found.group().splitlines(keepends=True)
    while lines[-1].startswith("#") or not lines[-1].strip():
        lines.pop()  # the heading of what comes next
    return "".join(lines)
