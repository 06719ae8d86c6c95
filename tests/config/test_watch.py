"""A save is noticed, however it is made, and once; real files, real notifications, deadlines instead of waits."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from wirewatch.config.watch import ticks, watch_files

DEADLINE = 10.0  # seconds, for a busy machine; a save is noticed within 2
SELDOM = timedelta(hours=1)


class Seen:
    """What a watch over some files did so far."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.files = tuple(files)
        self.looks = 0
        self.texts: list[str] = []
        self.moved = asyncio.Condition()
        self.looked = asyncio.Event()
        self.stop = asyncio.Event()

    def paths(self) -> tuple[Path, ...]:
        self.looks += 1
        self.looked.set()
        return self.files

    async def changed(self) -> None:
        async with self.moved:
            self.texts.append(self.files[0].read_text(encoding="utf-8"))
            self.moved.notify_all()

    async def until_told(self, text: str) -> None:
        async with asyncio.timeout(DEADLINE), self.moved:
            await self.moved.wait_for(lambda: bool(self.texts) and self.texts[-1] == text)

    async def until_looked(self, times: int) -> None:
        """Until the watch has asked for its files that often more, which begins each of its looks."""
        wanted = self.looks + times
        async with asyncio.timeout(DEADLINE):
            while self.looks < wanted:
                self.looked.clear()
                await self.looked.wait()


@asynccontextmanager
async def watching(*files: Path, rehash: timedelta = SELDOM) -> AsyncIterator[Seen]:
    seen = Seen(files)
    task = asyncio.create_task(watch_files(seen.paths, seen.changed, rehash=rehash, stop=seen.stop))
    await seen.until_looked(2)  # the second look is made when the directories are being watched
    yield seen
    seen.stop.set()
    async with asyncio.timeout(DEADLINE):
        await task


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def emptied_first(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.flush()
        out.write(text[:2])
        out.flush()
        out.write(text[2:])


def by_rename(file: Path, text: str) -> None:
    other = file.with_name(".new~")
    other.write_text(text, encoding="utf-8")
    other.replace(file)


def by_backup(file: Path, text: str) -> None:
    file.replace(file.with_name(file.name + "~"))
    file.write_text(text, encoding="utf-8")


def deleted(file: Path) -> None:
    file.unlink()


def deleted_and_created(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text, encoding="utf-8")


def folder_replaced(file: Path, text: str) -> None:
    shutil.rmtree(file.parent)
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")


STYLES = [in_place, emptied_first, by_rename, by_backup, deleted_and_created, folder_replaced]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "watchlist.yaml").write_text("first", encoding="utf-8")
    return folder / "watchlist.yaml"


@pytest.mark.parametrize("save", [pytest.param(style, id=style.__name__) for style in STYLES])
async def test_every_save_is_noticed_not_only_the_first(file: Path, save: Callable[[Path, str], None]) -> None:
    async with watching(file) as seen:
        for text in ("second", "third", "fourth"):
            save(file, text)
            await seen.until_told(text)


async def test_a_swapped_link_is_a_save(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: watchlist.yaml → ..data/watchlist.yaml, ..data → a folder of the version."""

    def publish(version: str) -> None:
        (tmp_path / version).mkdir()
        (tmp_path / version / "watchlist.yaml").write_text(version, encoding="utf-8")
        (tmp_path / "..next").symlink_to(version)
        (tmp_path / "..next").replace(tmp_path / "..data")

    publish("v1")
    file = tmp_path / "watchlist.yaml"
    file.symlink_to("..data/watchlist.yaml")
    async with watching(file) as seen:
        for version in ("v2", "v3"):
            publish(version)
            await seen.until_told(version)


async def test_a_save_behind_a_link_is_noticed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere.yaml"
    link.symlink_to(file)
    async with watching(link) as seen:
        by_rename(file, "second")
        await seen.until_told("second")


async def test_included_files_in_other_folders_count(file: Path, tmp_path: Path) -> None:
    part = tmp_path / "parts" / "more.yaml"  # neither the file nor its folder is there yet
    async with watching(file, part) as seen:
        part.parent.mkdir()
        part.write_text("more", encoding="utf-8")
        await seen.until_told("first")


async def test_a_file_that_goes_away_is_a_change(file: Path, tmp_path: Path) -> None:
    main = tmp_path / "main.yaml"
    main.write_text("main", encoding="utf-8")
    async with watching(main, file) as seen:
        deleted(file)
        await seen.until_told("main")


async def test_only_contents_count(file: Path) -> None:
    async with watching(file) as seen:
        os.utime(file)
        await seen.until_looked(1)
        by_rename(file, "first")
        await seen.until_looked(1)
        (file.parent / "notes.txt").write_text("beside it", encoding="utf-8")
        await seen.until_looked(1)
        in_place(file, "second")
        await seen.until_told("second")
        assert seen.texts == ["second"]


async def test_what_the_system_does_not_report_is_found_by_comparing_contents(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    os.link(file, other / "same.yaml")  # written through its second name, the file's own folder stays silent
    async with watching(file, rehash=timedelta(milliseconds=100)) as seen:
        in_place(other / "same.yaml", "second")
        await seen.until_told("second")


async def test_an_error_of_the_caller_ends_the_watch_and_is_seen(file: Path) -> None:
    seen = Seen([file])

    async def fails() -> None:
        raise LookupError("from the caller")

    task = asyncio.create_task(watch_files(seen.paths, fails, stop=seen.stop))
    await seen.until_looked(2)
    in_place(file, "second")
    with pytest.raises(LookupError, match="from the caller"):
        async with asyncio.timeout(DEADLINE):
            await task


async def test_where_nothing_can_be_watched_the_ticks_go_on(tmp_path: Path) -> None:
    stop = asyncio.Event()
    stop.set()  # ends the wait for the tick at once
    assert [stirred async for stirred in ticks({tmp_path / "gone": 0}, stop)] == [frozenset()]
