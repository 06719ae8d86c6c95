"""The first minute speaks: which feeds answered, what older news fits, what to expect, what happens next.

Printed for the person at the terminal (in the service: the journal). It only reads; it decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wirewatch.core.pacing import words
from wirewatch.core.watchlist import Topic
from wirewatch.live import Live
from wirewatch.store.database import Database
from wirewatch.store.ledger import Ledger, ledger
from wirewatch.store.listing import ListedFeed, feed_rows
from wirewatch.store.oldernews import OlderTopic, older_topics
from wirewatch.visit import Report

PATIENCE = timedelta(seconds=60)  # then it speaks of what has answered so far
SHOWN_FAULTS = 30  # a desk's list whole; of thousands the first ones
LINE = 110


@dataclass(slots=True)
class Greeting:
    """Counts the first answers of this run, then speaks once."""

    database: Database
    live: Callable[[], Live]
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    _started: datetime | None = None
    _spoken: bool = False
    _missing: set[str] = field(default_factory=set)  # addresses that were never heard, and not yet asked in this run

    def start(self) -> None:
        """Say who we are, and what is asked now."""
        live, self._started = self.live(), self.clock()
        with self.database.read() as conn:
            new = [row for row in feed_rows(conn) if row.enabled and row.state.ok_at is None]
            waiting = ledger(conn)
        self._missing = {row.url for row in new}
        self.say(opening(live, len(new)))
        if not new:
            self._spoken = True
            self.say(again(live, waiting))

    def heard(self, report: Report) -> None:
        """Count one finished poll."""
        self._missing.discard(report.feed.url)

    async def tick(self) -> None:
        """Speak as soon as every new feed has answered or failed, or the patience is over."""
        if self._spoken or self._started is None:
            return
        passed = self.clock() - self._started
        if self._missing and passed < PATIENCE:
            return
        self._spoken = True
        for line in await asyncio.to_thread(self._first_minute, passed):
            self.say(line)

    def _first_minute(self, passed: timedelta) -> list[str]:
        with self.database.read() as conn:
            rows = [row for row in feed_rows(conn) if row.enabled]
            older = older_topics(conn)
        live, now = self.live(), self.clock()
        return [
            *answers(rows, passed),
            *older_lines(older, rows, live, now),
            *expectation(older, live),
            *what_next(rows, live, now),
        ]


def opening(live: Live, new: int) -> str:
    """The first line: whose watch, which file, how much."""
    watchlist = live.watchlist
    names = ", ".join(receiver.name for receiver in watchlist.receivers)
    text = (
        f"Wirewatch, {watchlist.settings.name}: {count(len(live.feeds), 'feed')}, "
        f"{count(len(live.desk.topics), 'topic')}, {count(len(watchlist.receivers), 'receiver')} ({names or 'none'})."
    )
    return f"{text}\nAsking {count(new, 'feed')} for the first time ..." if new else text


def again(live: Live, book: Ledger) -> str:
    """The line of a restart: nothing is new, what waits goes on."""
    waiting = book.waiting_first + book.waiting_again
    tail = f"{count(waiting, 'message')} waiting to be sent." if waiting else "Nothing is waiting to be sent."
    return f"Watching again. {tail}"


def answers(rows: Sequence[ListedFeed], passed: timedelta) -> list[str]:
    """How many answered, and in words why the others did not."""
    failed = [row for row in rows if row.state.error is not None]
    silent = [row for row in rows if row.state.error is None and row.state.polled_at is None]
    good = len(rows) - len(failed) - len(silent)
    lines = [f"{count(good, 'feed')} answered in {words(passed)}; {len(failed)} did not" + (":" if failed else ".")]
    lines += [f"    {row.name}   {row.state.error}" for row in failed[:SHOWN_FAULTS]]
    if len(failed) > SHOWN_FAULTS:
        lines.append(f"    ... and {len(failed) - SHOWN_FAULTS} more: wirewatch feeds")
    if silent:
        lines.append(f"    {count(len(silent), 'feed')} still being asked")
    if failed and not good:
        lines.append("    None answered: this looks like our own network. Wirewatch stays and tries again.")
    return lines


def older_lines(older: Sequence[OlderTopic], rows: Sequence[ListedFeed], live: Live, now: datetime) -> list[str]:
    """How much older news fits each topic, with the newest line of each."""
    read = sum(row.entries for row in rows)
    if not read:
        return []
    if not older:
        return [f"Read {count(read, 'report')}. None of them fits a topic."]
    counts = ", ".join(f"{title_of(one, live)} {one.count}" for one in older)
    lines = [f"Read {count(read, 'report')}. Older news that fits: {counts}. {sent_or_not(live)} The newest:"]
    width = max(len(title_of(one, live)) for one in older)
    zone = ZoneInfo(live.watchlist.settings.timezone)
    for one in older:
        text = marked(one.newest.sentence or one.newest.headline, one.newest.marks)
        head = f"    {title_of(one, live):<{width}}   {one.newest.feed}, {when(one.newest.at, now, zone)}   "
        lines.append(head + cut(text, max(40, LINE - len(head))))
    return lines


def sent_or_not(live: Live) -> str:
    older = live.watchlist.settings.older_news
    if older.newest or older.last or older.everything:
        return "What `older_news` asks for is sent, the rest is not."
    return "It is old, so nobody is told."


def expectation(older: Sequence[OlderTopic], live: Live) -> list[str]:
    """What a day will bring, by the dates in the feeds."""
    rates = [(title_of(one, live), one.a_day) for one in older if one.a_day is not None]
    if not rates:
        return []
    said = ", ".join(f"{round(rate) if rate >= 1 else 'less than 1'} {title}" for title, rate in rates)
    return [f"By the dates in the feeds, expect about this many reports a day: {said}."]


def what_next(rows: Sequence[ListedFeed], live: Live, now: datetime) -> list[str]:
    """What happens now, and where alerts appear."""
    dated = [row for row in rows if row.state.due_at is not None]
    soonest = min(dated, key=lambda row: row.state.due_at or now, default=None)
    wait = max(((soonest.state.due_at if soonest else None) or now) - now, timedelta())
    ahead = f" Next: {soonest.name} in {words(wait)}." if soonest is not None else ""
    console = any(receiver.console for receiver in live.watchlist.receivers)
    where = "Alerts appear here; to get them by mail or chat, see `receivers` in the watchlist." if console else ""
    return [f"Watching.{ahead} {where}".rstrip()]


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def title_of(one: OlderTopic, live: Live) -> str:
    topic: Topic | None = live.desk.topics.get(one.topic)
    return topic.title if topic is not None else one.topic


def when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A clock time as the reader counts it: "today 06:31", "yesterday 16:10", "3 June 16:10"."""
    then, today = at.astimezone(zone), now.astimezone(zone)
    days = (today.date() - then.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"{then.day} {then:%B}")
    return f"{day} {then:%H:%M}" if then.year == today.year or days in (0, 1) else f"{day} {then.year}"


def marked(text: str, marks: Iterable[tuple[int, int]]) -> str:
    """The text with [brackets] round the matched words."""
    out, at = [], 0
    for start, end in marks:
        out += [text[at:start], "[", text[start:end], "]"]
        at = end
    return "".join(out) + text[at:]


def cut(text: str, most: int) -> str:
    """At most so many characters on one line, round the first mark where there is one."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    first = max(0, line.find("[") - most // 3)
    if not first:
        return f"{line[: most - 4].strip()} ..."
    if len(line) - first <= most - 4:
        return f"... {line[first:].strip()}"
    return f"... {line[first : first + most - 8].strip()} ..."
