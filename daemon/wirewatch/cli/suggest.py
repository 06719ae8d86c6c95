"""`wirewatch suggest`: topics to watch, proposed from a few texts, as YAML that loads as it stands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    WatchlistOption,
    find_watchlist,
    make_resolver,
    print_json,
)
from wirewatch.config.load import load_watchlist
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Limits, Watchlist
from wirewatch.errors import ControlError, SecretError, StoreBusy, StoreError
from wirewatch.explain.asked import asked_at, asked_in_file, is_address, read_file, read_whole
from wirewatch.store.database import Database
from wirewatch.suggest import advise, as_json, as_yaml, packs_at_hand

TextsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTICLE",
        help="Texts of the story: files (a text, a saved web page or feed), web addresses, or - for standard input.",
        show_default=False,
    ),
]

_WIDEST = 120  # bytes of a line in a text that was broken to a width


def suggest(
    texts: TextsArgument,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Propose topics from an article or several: the names that carry the story, with reasons and examples, as YAML."""
    path = find_watchlist(watchlist)
    there = watchlist is not None or path.is_file()
    loaded = load_watchlist(path).watchlist if there else Watchlist()
    read = [one for what in dict.fromkeys(texts) for one in _read(what, loaded)]
    packs = packs_at_hand(path.parent if there else None)
    with _stored(loaded.settings.database if there else None, database) as stored:
        advice = advise(read, packs, loaded, stored, datetime.now(UTC))
    if not advice.suggestions:
        raise ControlError(f"{texts[0]}: holds no name that a topic could look for; give a longer text, or several")
    if json:
        print_json(as_json(advice))
    else:
        print(as_yaml(advice))


def _read(what: str, loaded: Watchlist) -> list[tuple[str, Entry]]:
    """The texts in what somebody named. Raises ControlError, FeedError."""
    if is_address(what):
        asked = asyncio.run(asked_at(what, loaded.feeds, loaded.settings, make_resolver().resolve))
    else:
        name, body = _body(what, loaded.settings.limits)
        asked = asyncio.run(asked_in_file(body, name, "", loaded.settings.limits))
    found = [(one.source, one.entry) for one in asked if one.entry.title or one.entry.summary or one.entry.content]
    if not found:
        raise ControlError(f"{what}: there is no text in it; give a file with text, or an address")
    return found


def _body(what: str, limits: Limits) -> tuple[str, bytes]:
    name = "standard input" if what == "-" else what
    body = read_whole(sys.stdin.buffer, name, limits) if what == "-" else read_file(Path(what), limits)
    if not body.strip(b"\xef\xbb\xbf \t\r\n\v\f\0"):
        raise ControlError(f"{name}: there is no text in it; give a file with text, or an address")
    return name, _in_paragraphs(body)


def _in_paragraphs(body: bytes) -> bytes:
    """Of a plain text each line is a paragraph, also without an empty line, unless it is broken to a width."""
    is_plain = not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{", b"[")) and b"\0" not in body
    is_broken = max(map(len, body.splitlines())) <= _WIDEST
    return body if is_broken or not is_plain else body.replace(b"\n", b"\n\n")


@contextmanager
def _stored(named: str | None, given: str | None) -> Iterator[Database | str]:
    """The database to compare with; or none, and why."""
    address = given or named
    if address is None:
        yield "there is no watchlist here that names a database"
        return
    try:
        opened = Database.open(make_resolver().resolve(address), read_only=True, clock=lambda: datetime.now(UTC))
    except (StoreError, StoreBusy, SecretError) as error:
        yield str(error)
        return
    try:
        yield opened
    finally:
        opened.close()
