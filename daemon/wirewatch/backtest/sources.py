"""Where the entries of a backtest come from: the database, saved feed documents, tables of headlines. In pages.

Reads only. Documents go through the guarded parsers; a table is read line by line.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast

from wirewatch.core.change import Candidate
from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.plaintext import clean_line, clean_text
from wirewatch.core.watchlist import NO_FEED, Feed, Limits
from wirewatch.errors import ControlError, ParseError
from wirewatch.explain.asked import read_whole
from wirewatch.fetch.dates import read_date
from wirewatch.fetch.pool import Document, ParsePool
from wirewatch.store.database import Database
from wirewatch.store.entries import KeptEntry, count_between, entries_between, noise_between

Page = tuple[Candidate, ...]

PAGE: Final = 500
TABLES: Final = (".tsv", ".tsv.gz")
LONGEST_LINE: Final = 12_000_000  # characters
DOCUMENTS: Final = 8  # read and parsed at a time


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to before `until`."""

    since: datetime
    until: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at < self.until


def count_stored(database: Database, span: Span) -> int:
    """How many entries `stored_pages` will give."""
    with database.read() as conn:
        return count_between(conn, span.since, span.until)


def stored_pages(database: Database, span: Span) -> Iterator[Page]:
    """The kept entries that came in a span, oldest first. Between two pages the database is left alone."""
    with database.read() as conn:
        noise = noise_between(conn, span.since, span.until)
    last: KeptEntry | None = None
    while True:
        with database.read() as conn:
            kept = entries_between(conn, span.since, span.until, last, PAGE)
        if not kept:
            return
        last = kept[-1]
        feeds = {url: replace(NO_FEED, name=url, url=url) for url in {one.feed_url for one in kept}}
        yield tuple(
            Candidate(one.entry, feeds[one.feed_url], one.first_seen, noise.get(one.id, frozenset())) for one in kept
        )


def pages_of_files(paths: Sequence[Path], limits: Limits, span: Span | None) -> Iterator[Page]:
    """The entries of files: tables by their name (TABLES), all others as feed documents.

    span: leave out what was not published in it (and what has no date); None: take all.
    Raises ControlError for a file that cannot be read or is no table, ParseError for one that is no feed.
    """
    found = (one for one in _candidates(paths, limits) if span is None or span.holds(one.at))
    while page := tuple(islice(found, PAGE)):
        yield page


def _candidates(paths: Sequence[Path], limits: Limits) -> Iterator[Candidate]:
    tables = [path for path in paths if path.name.endswith(TABLES)]
    documents = [path for path in paths if path not in tables]
    for path in tables:
        yield from _in_table(path)
    for start in range(0, len(documents), DOCUMENTS):
        some = documents[start : start + DOCUMENTS]
        for path, read in zip(some, asyncio.run(_parsed(some, limits)), strict=True):
            if isinstance(read, ParseError):
                raise ParseError(f"{path}: {read}") from read
            feed = replace(NO_FEED, name=path.name, lang=read.lang)
            yield from (Candidate(entry, feed, entry.published) for entry in read.entries)


async def _parsed(paths: Sequence[Path], limits: Limits) -> list[ParsedFeed | ParseError]:
    bodies = [_body(path, limits) for path in paths]
    pool = ParsePool(limits)
    try:
        return await pool.parse([Document(body, None, "") for body in bodies])
    finally:
        pool.close()


def _body(path: Path, limits: Limits) -> bytes:
    try:
        with _open(path) as file:
            return read_whole(file, str(path), limits)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _unreadable(path: Path, error: Exception) -> ControlError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ControlError(f"{path}: cannot be read ({why}); check its name and permissions, and that it is whole")


def _in_table(path: Path) -> Iterator[Candidate]:
    """Lines of tab-separated cells under a line of names: title; and where they are there: summary, lang, date, link.

    A column `source` names the feed of each line.
    """
    feeds: dict[str, Feed] = {}
    try:
        with _open(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n") as text:
            lines = _lines(path, text)
            names = next(lines, [])
            if "title" not in names:
                raise ControlError(
                    f"{path}: has no column 'title'; its first line must name the columns, with tabs between them"
                )
            for cells in lines:
                row = dict(zip(names, cells, strict=False))
                name = row.get("source") or path.name
                if name not in feeds:
                    feeds[name] = replace(NO_FEED, name=name)
                yield _candidate(row, feeds[name])
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[list[str]]:
    for line in _read_lines(text):
        if len(line) == LONGEST_LINE:
            raise ControlError(f"{path}: a line is longer than {LONGEST_LINE:,} characters; give a table of headlines")
        if line.strip():
            yield line.rstrip("\r\n").split("\t")


def _read_lines(text: io.TextIOWrapper) -> Iterable[str]:
    return iter(lambda: text.readline(LONGEST_LINE), "")


def _candidate(row: dict[str, str], feed: Feed) -> Candidate:
    published = read_date(row["date"]) if row.get("date") else None
    entry = Entry(
        guid=None,
        link=row.get("link") or None,
        title=clean_line(row.get("title", "")),
        summary=clean_text(row.get("summary", "")),
        published=published,
        lang=row.get("lang") or None,
    )
    return Candidate(entry, feed, published)
