"""Tells when a watchlist's files have changed, however they were saved: in place, by rename, by swapping a link.

Directories are watched, not files: a file's watch is lost with the first rename over it. What the system does not
report (network file systems) is found by comparing contents now and then. Loading is the caller's work.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path

from watchfiles import awatch

TICK = timedelta(seconds=1)  # how soon we stop, and how soon a directory that came back is noticed
DEBOUNCE = timedelta(milliseconds=400)  # a save is several changes; the longest wait for it to be over
QUIET = timedelta(milliseconds=100)  # and the silence that ends it sooner

State = Mapping[Path, bytes]  # digest by file; empty where the file is missing or empty


async def watch_files(
    paths: Callable[[], Iterable[Path]],
    changed: Callable[[], Awaitable[None]],
    *,
    rehash: timedelta = timedelta(seconds=30),
    stop: asyncio.Event,
) -> None:
    """Calls `changed` once for each save that changed what the files say, within 2 s, until `stop` is set.

    paths:  the files, asked anew at each look; they need not exist.
    rehash: how often contents are compared although nothing was reported.
    Only contents count: a touched file, or one that was changed and changed back, is no change. An error that
    `changed` raises ends the watch. Cancelling it sets `stop` as well (watchfiles' way to end its thread).
    """
    clock = asyncio.get_running_loop().time
    told = seen = await asyncio.to_thread(_state, tuple(paths()))
    while not stop.is_set():
        directories = _directories(seen)
        next_look = clock()  # at once: what changed just before the watch began was not reported to us
        async with aclosing(ticks(directories, stop)) as clockwork:
            async for stirred in clockwork:
                if stirred or clock() >= next_look:
                    before, seen = seen, await asyncio.to_thread(_state, tuple(paths()))
                    # A file that is missing or empty is most likely being saved: it gets until the next look.
                    settled = all(seen.values()) or seen == before
                    next_look = clock() + (rehash.total_seconds() if settled else 0)
                    if settled and seen != told:
                        told = seen
                        await changed()
                if stop.is_set() or stirred & directories.keys() or _directories(seen) != directories:
                    break


async def ticks(directories: Mapping[Path, int], stop: asyncio.Event) -> AsyncGenerator[frozenset[Path], None]:
    """One value a tick, or sooner when something changed: the paths that did."""
    changes = awatch(
        *directories,
        watch_filter=None,
        debounce=_milliseconds(DEBOUNCE),
        step=_milliseconds(QUIET),
        stop_event=stop,
        rust_timeout=_milliseconds(TICK),
        yield_on_timeout=True,
        recursive=False,
    )
    try:
        async with aclosing(changes):
            async for stirred in changes:
                yield frozenset(Path(path) for _, path in stirred)
    except (OSError, RuntimeError):
        # watchfiles' own errors are RuntimeErrors. A directory that vanished just now, or the system's limit of
        # watches: the caller goes on by looking once a tick.
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), TICK.total_seconds())
        yield frozenset()


def _state(files: Iterable[Path]) -> State:
    return {file: _digest(file) for file in files}


def _digest(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError:  # not there, or not readable: the load says which; here it is only a difference
        return b""
    return hashlib.sha256(content).digest() if content else b""


def _directories(files: Iterable[Path]) -> Mapping[Path, int]:
    """The folders to watch, with their inodes: of each file as it is named, and of what its links lead to.

    For a folder that is missing, the nearest one above that exists. The inode tells a folder from its successor.
    """
    folders: dict[Path, int] = {}
    for file in files:
        for named in (file, Path(os.path.realpath(file))):
            for folder in named.absolute().parents:
                if folder.is_dir():
                    folders[folder] = folder.stat().st_ino
                    break
    return folders


def _milliseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1_000)
