"""Polls feeds once and says how each is: what answers, in which form, how often it speaks. Stores nothing.

Where the address is a web page, looks for the feed behind it. Uses the daemon's own client and guarded parsers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from wirewatch import __version__
from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.pacing import words
from wirewatch.core.routing import primary
from wirewatch.core.urls import origin
from wirewatch.core.watchlist import Access, Feed, Settings
from wirewatch.errors import FetchError, ParseError
from wirewatch.fetch.charset import decode_body
from wirewatch.fetch.client import Client, Request, Response
from wirewatch.fetch.discover import LOOKED_AT, feeds_guessed, feeds_named
from wirewatch.fetch.faults import size
from wirewatch.fetch.pages import is_html_page
from wirewatch.fetch.pool import Document, ParsePool
from wirewatch.fetch.sites import site_of
from wirewatch.visit import Get, Parse, header

MOST_TRIED: Final = 3  # addresses that are asked behind one web page
QUIET: Final = timedelta(days=60)
_FOR_GOOD: Final = frozenset((301, 308))
_NAMES: Final = (("rss", "RSS"), ("atom", "Atom"), ("json", "JSON Feed"), ("cdf", "CDF"))
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed behind a web page, asked and read. url: what belongs into the watchlist; format: as in "RSS 2.0"."""

    url: str
    title: str
    format: str
    entries: int
    lang: str | None


@dataclass(frozen=True, slots=True)
class Probed:
    """How one feed is. No secret stands in it.

    fault:    what is wrong, in words with what to do; None where it answers as a feed.
    answer:   "200 after 0.3 s, 45.2 kB", "answers 404", "no answer".
    per_day:  entries a day of late; None where too few are dated.
    newest:   the newest date that is not in the future.
    moved_to: the address to put into the watchlist, where the server says that it moved for good (301, 308).
    found:    the feeds behind a web page, best first; empty where the address is none.
    notes:    what is odd and no fault, a sentence each.
    """

    feed: Feed
    fault: str | None
    answer: str
    title: str = ""
    format: str | None = None
    lang: str | None = None
    entries: int = 0
    per_day: float | None = None
    newest: datetime | None = None
    moved_to: str | None = None
    found: tuple[Found, ...] = ()
    notes: tuple[str, ...] = ()


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


async def probe(
    feeds: Sequence[Feed],
    settings: Settings,
    resolve: Callable[[str], str],
    on_done: Callable[[Probed], None] = lambda probed: None,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> tuple[Probed, ...]:
    """Ask every feed once, as many at a time as the settings allow; in the order of `feeds`.

    on_done: called in the loop as each feed is done. A feed's fault is in its result, never raised.
    """
    client = Client(settings, resolve, version=__version__, now=clock)
    parser = ParsePool(settings.limits)
    at_once = asyncio.Semaphore(settings.limits.connections)

    async def one(feed: Feed) -> Probed:
        async with at_once:  # a body is read before the next one is asked for: memory stays bounded
            done = await probe_one(feed, client, parser, clock())
        on_done(done)
        return done

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(feed)) for feed in feeds]
    finally:
        await client.close()
        parser.close()
    return tuple(task.result() for task in tasks)


async def probe_one(feed: Feed, client: Get, parser: Parse, now: datetime) -> Probed:
    """One feed, once."""
    try:
        response = await client.get(Request(feed.url, site_of(feed.url), feed.access))
    except FetchError as error:
        return Probed(feed, str(error), f"answers {error.status}" if error.status else "no answer")
    read = await read_response(response, parser)
    if isinstance(read, ParseError):
        return await _behind_page(feed, response, read, client, parser)
    return _heard(feed, response, read, now)


async def read_response(response: Response, parser: Parse) -> ParsedFeed | ParseError:
    """What an answer says, read by a guarded parser."""
    document = Document(response.body, header(response, "content-type"), response.url)
    return (await parser.parse([document]))[0]


def page_text(response: Response) -> str:
    """The answer's text, if it is a web page; else "". At most as much as a feed's address is looked for in."""
    text = decode_body(response.body, header(response, "content-type")).text[:LOOKED_AT]
    return text if is_html_page(text.lstrip("\ufeff \t\r\n")) else ""


async def _behind_page(feed: Feed, response: Response, fault: ParseError, client: Get, parser: Parse) -> Probed:
    """No feed came. If it is a web page, the feeds that it names are tried, or else those that are often there."""
    failed = Probed(feed, str(fault), _answer(response), moved_to=moved_for_good(response))
    page = page_text(response)
    if not page:
        return failed
    tried = (feeds_named(page, response.url) or feeds_guessed(response.url))[:MOST_TRIED]
    asked = [await _try(feed, url, client, parser) for url in tried]
    found = tuple(one for one in asked if one is not None)
    if not found:
        return failed
    said = f"a web page, no feed; the feed behind it is {found[0].url} ({found[0].format}): put that into the watchlist"
    return replace(failed, fault=said, found=found)


async def _try(feed: Feed, url: str, client: Get, parser: Parse) -> Found | None:
    """The feed at an address that a page named; None where there is none. What is secret goes to its origin only."""
    at_home = origin(url) == origin(feed.url)
    access = feed.access if at_home else Access(proxy=feed.access.proxy, ca_file=feed.access.ca_file)
    try:
        response = await client.get(Request(url, site_of(url), access))
    except FetchError:
        return None  # a guess that was wrong: what the page itself is stays said
    read = await read_response(response, parser)
    if isinstance(read, ParseError):
        return None
    return Found(moved_for_good(response) or url, read.title, format_name(read.format), len(read.entries), read.lang)


def _heard(feed: Feed, response: Response, read: ParsedFeed, now: datetime) -> Probed:
    dates = dates_of(read.entries, now)
    return Probed(
        feed=feed,
        fault=None,
        answer=_answer(response),
        title=read.title,
        format=format_name(read.format),
        lang=read.lang or next((entry.lang for entry in read.entries if entry.lang), None),
        entries=len(read.entries),
        per_day=per_day(dates, now),
        newest=dates[0] if dates else None,
        moved_to=moved_for_good(response),
        notes=tuple(_notes(feed, response, read, dates, now)),
    )


def _answer(response: Response) -> str:
    return f"{response.status} after {response.elapsed.total_seconds():.1f} s, {size(len(response.body))}"


def _notes(feed: Feed, response: Response, read: ParsedFeed, dates: Sequence[datetime], now: datetime) -> Iterator[str]:
    moved = moved_for_good(response)
    if moved is not None:
        yield f"it moved for good; put {moved} into the watchlist"
    if not read.entries:
        yield "a feed, but without any entry just now"
    elif not dates:
        yield "its entries have no dates"
    elif now - dates[0] > QUIET:
        yield f"nothing new for {words(now - dates[0])}; is it still kept up?"
    if feed.lang and read.lang and primary(feed.lang) != primary(read.lang):
        yield f"it says that its language is {read.lang}, the watchlist says {feed.lang}"
    yield from read.warnings


def moved_for_good(response: Response) -> str | None:
    """Where permanent redirects lead from the address as written, before any that is for now only; None without one."""
    target = None
    for status, place in response.moved:
        if status not in _FOR_GOOD:
            break
        target = place
    return target


def dates_of(entries: Iterable[Entry], now: datetime) -> tuple[datetime, ...]:
    """When the entries appeared, newest first; dates in the future left out."""
    dates = (entry.published or entry.updated for entry in entries)
    return tuple(sorted((date for date in dates if date is not None and date <= now), reverse=True))


def per_day(dates: Sequence[datetime], now: datetime) -> float | None:
    """Entries a day of late, from the newer half: an old entry that is kept on top does not count. None below three."""
    if len(dates) < 3:
        return None
    newer = dates[: (len(dates) + 1) // 2]
    passed = now - newer[-1]
    return len(newer) / (passed / _DAY) if passed > timedelta(minutes=1) else None


def rhythm(rate: float | None) -> str:
    """Entries a day as people say it: "about 12 a day", "about 3 a week", "less than one a month"; always a phrase."""
    if rate is None:
        return "rhythm not known"
    for factor, span in ((1, "day"), (7, "week"), (30, "month")):
        if round(rate * factor) >= 1 and (rate * factor >= 2 or span == "month"):
            return f"about {round(rate * factor)} a {span}"
    return "less than one a month"


def format_name(version: str) -> str:
    """A format as people call it: "rss20" is "RSS 2.0", "json11" is "JSON Feed 1.1"."""
    for short, name in _NAMES:
        if version.startswith(short):
            number = version.removeprefix(short)
            digits = number.strip("un")
            return f"{name} {digits[0]}.{digits[1:] or '0'}" if digits[:1].isdigit() else name
    return version
