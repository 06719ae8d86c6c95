"""The writer: groups in one transaction, a savepoint for each job, and nothing lost while the database is busy."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from tests.seams.storing import NOW
from wirewatch.errors import StoreBusy, StoreError
from wirewatch.store import writer as writing
from wirewatch.store.database import Connection, Database
from wirewatch.store.faults import StoreRefused
from wirewatch.store.tables import topics
from wirewatch.store.writer import Writer

SOON = 20.0  # seconds; a deadline, never a pause


def add(key: str) -> Callable[[Connection], str]:
    def job(conn: Connection) -> str:
        conn.execute(insert(topics), {"key": key, "first_seen": NOW})
        return key

    return job


def stored(database: Database) -> list[str]:
    with database.read() as conn:
        return sorted(conn.execute(select(topics.c.key)).scalars())


class Gate:
    """A job that keeps the writer busy until it is opened, so that others queue up behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, conn: Connection) -> None:
        self.entered.set()
        assert self.open.wait(SOON)


class Watcher:
    """Hears what the writer tells."""

    def __init__(self) -> None:
        self.commits = 0
        self.troubles: list[StoreBusy | None] = []
        self.troubled = threading.Event()

    def commit(self) -> None:
        self.commits += 1

    def trouble(self, busy: StoreBusy | None) -> None:
        self.troubles.append(busy)
        self.troubled.set()


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def writer(database: Database, watcher: Watcher) -> Iterator[Writer]:
    opened = Writer(database, on_commit=watcher.commit, on_trouble=watcher.trouble)
    yield opened
    opened.close(timedelta(seconds=SOON))


@pytest.fixture
def impatient(store_url: str) -> Iterator[Database]:
    """A database that gives up on a lock quickly."""
    opened = Database.open(store_url, clock=lambda: NOW, patience=timedelta(milliseconds=50))
    yield opened
    opened.close()


def test_a_job_gives_its_value_when_it_is_committed(database: Database, writer: Writer) -> None:
    assert writer.submit(add("a")).result(SOON) == "a"

    assert stored(database) == ["a"]


def test_what_queues_up_during_a_commit_shares_the_next_one(
    database: Database, writer: Writer, watcher: Watcher
) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    futures = [writer.submit(add(str(number))) for number in range(50)]
    gate.open.set()

    assert [future.result(SOON) for future in futures] == [str(number) for number in range(50)]
    assert writer.close(timedelta(seconds=SOON))
    assert watcher.commits == 2
    assert len(stored(database)) == 50


def test_a_bad_job_is_undone_alone_and_gets_its_own_exception(database: Database, writer: Writer) -> None:
    def half_done(conn: Connection) -> None:
        add("half")(conn)
        raise ZeroDivisionError("a fault of ours")

    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    before, bad, doubled, after = (writer.submit(job) for job in (add("a"), half_done, add("a"), add("b")))
    gate.open.set()

    assert (before.result(SOON), after.result(SOON)) == ("a", "b")
    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        bad.result(SOON)
    with pytest.raises(StoreRefused, match="a row was refused") as refused:
        doubled.result(SOON)
    assert refused.value.__cause__ is not None
    assert stored(database) == ["a", "b"]


def test_jobs_see_what_earlier_ones_of_their_group_did(writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    writer.submit(add("a"))
    count = writer.submit(lambda conn: len(conn.execute(select(topics.c.key)).all()))
    gate.open.set()

    assert count.result(SOON) == 1


def test_a_job_that_nobody_waits_for_any_more_is_left_out(database: Database, writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    assert writer.submit(add("a")).cancel()
    kept = writer.submit(add("b"))
    gate.open.set()

    kept.result(SOON)
    assert stored(database) == ["b"]


def test_closing_writes_what_waits_and_takes_no_more(database: Database, writer: Writer) -> None:
    futures = [writer.submit(add(str(number))) for number in range(500)]

    assert writer.close(timedelta(seconds=SOON)) is True

    assert all(future.done() for future in futures)
    assert len(stored(database)) == 500
    with pytest.raises(StoreBusy, match="being closed"):
        writer.submit(add("late"))


def test_closing_does_not_wait_beyond_its_deadline(writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)

    assert writer.close(timedelta(milliseconds=1)) is False

    gate.open.set()


async def test_when_too_much_waits_the_next_one_waits_for_room(database: Database, writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    for number in range(writing.MOST_WAITING):
        writer.submit(add(str(number)))
    cancelled, late = (asyncio.create_task(writer.submit_async(add(key))) for key in ("cancelled", "late"))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert not late.done()
    gate.open.set()

    assert await asyncio.wait_for(late, SOON) == "late"
    assert cancelled.cancelled()
    await asyncio.wrap_future(writer.submit(lambda conn: None))
    assert len(stored(database)) == writing.MOST_WAITING + 1


def test_a_fault_of_a_listener_does_not_stop_the_writing(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("nobody listens")

    writer = Writer(database, on_commit=broken)
    writer.submit(add("a")).result(SOON)
    writer.submit(add("b")).result(SOON)
    assert writer.close(timedelta(seconds=SOON))

    assert stored(database) == ["a", "b"]
    assert "action=writer_bug" in caplog.text


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_while_another_program_locks_the_database_the_work_is_kept(impatient: Database, watcher: Watcher) -> None:
    assert impatient.path is not None
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = Writer(impatient, on_commit=watcher.commit, on_trouble=watcher.trouble)
        future = writer.submit(add("a"))
        assert watcher.troubled.wait(SOON)
        assert not future.done()
        other.execute("ROLLBACK")

    assert future.result(SOON) == "a"
    assert writer.close(timedelta(seconds=SOON))
    assert "another program holds it locked" in str(watcher.troubles[0])
    assert watcher.troubles[-1] is None
    assert (watcher.commits, stored(impatient)) == (1, ["a"])


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_while_the_disk_is_full_whole_groups_are_kept(database: Database, writer: Writer, watcher: Watcher) -> None:
    """The page limit makes SQLite say what it says on a full disk; it is lifted when the trouble was told."""
    runs: list[int] = []

    def large(conn: Connection) -> None:
        runs.append(1)
        pages = 1_000_000 if watcher.troubled.is_set() else 1
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        conn.execute(insert(topics), [{"key": f"{number:09}" * 100, "first_seen": NOW} for number in range(1000)])

    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    futures: list[Future[object]] = [writer.submit(add("before")), writer.submit(large), writer.submit(add("after"))]
    gate.open.set()

    for future in futures:
        future.result(SOON)
    assert len(runs) == 2
    assert "the disk is full; free some space; nothing is lost" in str(watcher.troubles[0])
    assert watcher.troubles[-1] is None
    assert len(stored(database)) == 1002


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_closing_while_the_database_is_locked_says_so_to_those_who_wait(impatient: Database, watcher: Watcher) -> None:
    assert impatient.path is not None
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = Writer(impatient, on_trouble=watcher.trouble)
        future = writer.submit(add("a"))
        assert watcher.troubled.wait(SOON)

        assert writer.close(timedelta(seconds=SOON)) is True

    with pytest.raises(StoreBusy, match="nothing is lost"):
        future.result(SOON)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_lost_connection_loses_no_work(database: Database, writer: Writer, watcher: Watcher) -> None:
    def cut_once(conn: Connection) -> None:
        add("a")(conn)
        if not watcher.troubled.is_set():
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    writer.submit(cut_once).result(SOON)

    assert writer.close(timedelta(seconds=SOON))
    assert isinstance(watcher.troubles[0], StoreBusy)
    assert (watcher.troubles[-1], stored(database)) == (None, ["a"])


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_placing_is_done_by_one_node_at_a_time(database: Database, store_url: str) -> None:
    """A second node that wants to place waits for the first; one that does not place goes on."""
    second = Database.open(store_url, clock=lambda: NOW)
    nodes = [Writer(database), Writer(second), Writer(second)]
    gate = Gate()
    first = nodes[0].submit(gate, placing=True)
    assert gate.entered.wait(SOON)

    waiting = nodes[1].submit(add("placed"), placing=True)
    nodes[2].submit(add("not placed")).result(SOON)
    assert not waiting.done()
    gate.open.set()

    assert (first.result(SOON), waiting.result(SOON)) == (None, "placed")
    assert all(node.close(timedelta(seconds=SOON)) for node in nodes)
    second.close()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_database_that_breaks_under_way_is_told_to_everyone(database: Database, writer: Writer) -> None:
    def broken(conn: Connection) -> None:
        raise StoreError("database: its file is damaged")

    gate = Gate()
    writer.submit(gate)
    assert gate.entered.wait(SOON)
    futures: list[Future[object]] = [writer.submit(add("a")), writer.submit(broken)]
    gate.open.set()

    for future in futures:
        with pytest.raises(StoreError, match="damaged"):
            future.result(SOON)
    assert stored(database) == []
