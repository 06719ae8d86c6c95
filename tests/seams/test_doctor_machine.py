"""What the doctor says of this machine: each wrong case, with its cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.seams.postgres import Postgres
from tests.seams.storing import NOW
from wirewatch.control.protocol import Queue, Status
from wirewatch.doctor.files import check_database, check_secrets, check_watchlist, files_read, sqlite_file
from wirewatch.doctor.finding import Finding, State, merged
from wirewatch.doctor.machine import (
    Versions,
    check_clock,
    check_daemon,
    check_disk,
    check_drift,
    check_program,
    check_rights,
    numbers,
)
from wirewatch.errors import ControlError
from wirewatch.notify.secrets import Resolver
from wirewatch.store.database import Database
from wirewatch.store.schema import Schema

GOOD = Versions("0.1.0", "3.11.7", "3.40.1", "8.23.0 (OpenSSL 3.6.5)")
OK, NOTE, WRONG = State.OK, State.NOTE, State.WRONG
MB = 1_000_000


def test_a_program_that_is_new_enough_names_its_libraries() -> None:
    [found] = check_program(GOOD)
    assert (found.state, found.text) == (
        OK, "wirewatch 0.1.0, Python 3.11.7, SQLite 3.40.1, libcurl 8.23.0 (OpenSSL 3.6.5)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (Versions("0.1.0", "3.10.9", "3.40.1", "8.23.0 (OpenSSL 3)"), "3.10.9 is too old, 3.11 is needed"),
        (Versions("0.1.0", "3.12.0rc1", "3.34.1", "8.23.0 (OpenSSL 3)"), "3.34.1 is too old, 3.35 is needed"),
        (Versions("0.1.0", "3.11.7", "3.40.1", "7.29.0 (OpenSSL 1)"), "7.29.0 is too old, 7.62 is needed"),
        (Versions("0.1.0", "3.11.7", "3.40.1", "8.23.0 (no TLS)"), "was built without TLS"),
    ],
    ids=["Python", "SQLite", "libcurl", "TLS"],
)
def test_a_library_that_is_too_old_is_wrong(versions: Versions, said: str) -> None:
    [found] = check_program(versions)
    assert found.state is WRONG and said in found.text and "pipx install wirewatch" in found.cure


def test_a_version_is_compared_by_its_numbers() -> None:
    assert numbers("3.12.0rc1") == (3, 12, 0)
    assert numbers("unknown") == ()
    assert numbers("3.9") < (3, 11)


# --- rights, disk


def rights(
    folder: Path, *, shared: tuple[Path, ...] = (), secret: tuple[Path, ...] = (), may: Callable[[Path], bool]
) -> list[Finding]:
    return list(check_rights(shared, secret, folder / "w.db", may, "ann"))


def test_good_rights_are_one_line(tmp_path: Path) -> None:
    [found] = rights(tmp_path, may=lambda path: True)
    assert found.state is OK and "as ann" in found.text


def test_a_watchlist_that_everyone_can_change_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.touch()
    path.chmod(0o666)
    [found] = rights(tmp_path, shared=(path, tmp_path / "gone.yaml"), may=lambda path: True)
    assert (found.state, found.cure) == (WRONG, f"chmod o-w {path}")


def test_a_secret_that_everyone_can_read_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.touch()
    path.chmod(0o644)
    [found] = rights(tmp_path, secret=(path,), may=lambda path: True)
    assert (found.state, found.cure) == (WRONG, f"chmod o= {path}")
    path.chmod(0o640)
    assert rights(tmp_path, secret=(path,), may=lambda path: True)[0].state is OK


def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    [found] = rights(tmp_path / "new" / "deep", may=lambda path: False)
    assert found.state is WRONG and found.subject == str(tmp_path) and "ann may not write there" in found.text


def test_a_file_in_the_place_of_the_folder_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [found] = rights(tmp_path / "file" / "deep", may=lambda path: True)
    assert found.state is WRONG and "is no folder" in found.text


def test_a_journal_that_somebody_else_left_is_wrong(tmp_path: Path) -> None:
    for name in ("w.db", "w.db-wal", "other.txt"):
        (tmp_path / name).touch()
    [found] = rights(tmp_path, may=lambda path: path.name not in ("w.db-wal", "other.txt"))
    assert found.subject.endswith("w.db-wal") and "sudo -u wirewatch" in found.cure


@pytest.mark.parametrize(("free", "state"), [(50 * MB, WRONG), (500 * MB, NOTE), (5000 * MB, OK)])
def test_a_disk_that_fills_up_is_said_in_time(tmp_path: Path, free: int, state: State) -> None:
    found = check_disk(tmp_path / "not" / "yet", lambda path: free if path == tmp_path else 0)
    assert found.state is state
    assert bool(found.cure) is (state is not OK)


# --- clock, daemon


@pytest.mark.parametrize(
    ("offsets", "state", "said"),
    [
        pytest.param([], NOTE, "no server has told its time", id="nobody to ask"),
        pytest.param([0.4, 1.2], OK, "right to within 1 s, by 2 servers", id="right"),
        pytest.param([-7300, 3], OK, "right to within 3 s", id="one server is wrong"),
        pytest.param([-7300, -7301], WRONG, "2 hours behind the clocks of 2 servers", id="behind"),
        pytest.param([300], WRONG, "5 minutes ahead of the clocks of 1 server", id="ahead"),
        pytest.param([2 * 86_400], WRONG, "2 days ahead of", id="far ahead"),
    ],
)
def test_a_clock_that_is_off_is_wrong(offsets: list[float], state: State, said: str) -> None:
    found = check_clock([timedelta(seconds=off) for off in offsets])
    assert found.state is state and said in found.text
    assert ("timedatectl" in found.cure) is (state is WRONG)


def test_a_clock_that_jumps_is_noted() -> None:
    assert check_drift(timedelta(seconds=5), timedelta(seconds=4.5)) is None
    found = check_drift(timedelta(seconds=3605), timedelta(seconds=5))
    assert found is not None and found.state is NOTE and "jumped by 60 minutes" in found.text


def status(*, well: bool) -> Status:
    queue = Queue(0, None, None, 0, 0, 0, 0)
    return Status(
        well, (), NOW, "0.1.0", "0002", True, 17, NOW, NOW, "", "w", NOW, (), "d", 0, 0, (), None, None, queue, (), ()
    )


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        (None, NOTE, "none runs for this watchlist"),
        (status(well=True), OK, "runs (process 17, wirewatch 0.1.0) and is well"),
        (status(well=False), NOTE, "and is not well"),
    ],
    ids=["none", "well", "not well"],
)
def test_whether_a_daemon_runs_is_said(found: Status | None, state: State, said: str) -> None:
    finding = check_daemon(lambda: found)
    assert finding.state is state and said in finding.text


def test_a_daemon_that_may_not_be_spoken_to_is_wrong() -> None:
    def refuse() -> Status:
        raise ControlError("s: you are not in its group; ask its administrator")

    assert check_daemon(refuse) == Finding("daemon", WRONG, "s: you are not in its group", "ask its administrator")


# --- watchlist, secrets


GOOD_FILE = """
feeds: {A: {url: "https://a.example/feed", auth: {user: u, password: "file:SECRETS/feed"}}}
topics: {nk: {any: [North Korea]}}
receivers: {desk: {apprise: env:CHAT}, other: {mail: {server: m.example, from: w@example.org, to: [a@example.org],
  user: u, password: cred:mail}}}
routes: [{to: [desk, other]}]
"""


def test_every_error_of_a_watchlist_is_a_finding_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("topics:\n  a: {anny: [x]}\nfeedz: {}\n", encoding="utf-8")
    loaded = check_watchlist(path)
    assert loaded.watchlist is None
    assert all(one.state is WRONG and one.cure for one in loaded.findings)
    cures = {one.text: one.cure for one in loaded.findings}
    assert cures[f"{path}:2:7: topics.a: unknown key 'anny'"] == "did you mean 'any'?"
    assert cures[f"{path}:3:1: unknown key 'feedz'"] == "did you mean 'feeds'?"


def test_secrets_that_are_not_there_are_wrong_and_the_services_own_are_a_note(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(GOOD_FILE.replace("SECRETS", str(tmp_path)), encoding="utf-8")
    watchlist = check_watchlist(path).watchlist
    assert watchlist is not None
    by_subject = {one.subject: one for one in check_secrets(watchlist, Resolver({}))}
    assert by_subject["receivers.desk.apprise"].state is WRONG
    assert by_subject["receivers.desk.apprise"].cure == "set the environment variable CHAT for wirewatch"
    assert "there is no such file" in by_subject["feeds.A.auth"].text
    assert by_subject["receivers.other.mail.password"].state is NOTE


def test_the_files_that_hold_secrets_are_known_by_reading_them(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(GOOD_FILE.replace("SECRETS", str(tmp_path)), encoding="utf-8")
    (tmp_path / "feed").write_text("s3cret\n", encoding="utf-8")
    watchlist = check_watchlist(path).watchlist
    assert watchlist is not None
    assert list(files_read(lambda read: Resolver({}, None, read), watchlist)) == [tmp_path / "feed"]


# --- database


@pytest.fixture
def db(tmp_path: Path, sqlite_template: Path) -> Path:
    path = tmp_path / "wirewatch.db"
    path.write_bytes(sqlite_template.read_bytes())
    return path


def looked_at(path: Path, look: timedelta = timedelta(seconds=8)) -> Finding:
    return check_database(f"sqlite:///{path}", look)


def test_a_sound_database_is_read_whole(db: Path) -> None:
    assert looked_at(db) == Finding("database", OK, f"{db}: whole, schema {Schema().head}")


def test_a_database_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert "the first start makes it" in looked_at(tmp_path / "none.db").text
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    assert looked_at(tmp_path / "empty.db").state is OK


@pytest.mark.parametrize(
    ("sql", "state", "said"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", WRONG, "schema 9999 is newer than ours"),
        ("UPDATE alembic_version SET version_num = '0001'", NOTE, "schema 0001 is older than ours"),
        ("DROP TABLE alembic_version", WRONG, "belongs to another program"),
    ],
    ids=["newer", "older", "another program's"],
)
def test_a_schema_that_is_not_ours_is_said(db: Path, sql: str, state: State, said: str) -> None:
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute(sql)
    found = looked_at(db)
    assert found.state is state and said in found.text and found.cure


def test_a_damaged_database_is_wrong_with_the_way_back(db: Path) -> None:
    data = bytearray(db.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    db.write_bytes(data)
    found = looked_at(db)
    assert found.state is WRONG and "damaged" in found.text and "wirewatch restore FILE" in found.cure


def test_a_file_that_is_no_database_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    path.write_text("hello " * 1000, encoding="utf-8")
    assert looked_at(path).state is WRONG


def test_a_huge_database_is_read_for_a_few_seconds_only(db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute("CREATE TABLE filling (data BLOB)")
        many = "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 40000)"
        conn.execute(f"INSERT INTO filling {many} SELECT zeroblob(3000) FROM n")
    found = looked_at(db, timedelta(milliseconds=1))
    assert found.state is OK and "no damage in the part that was read" in found.text


def test_a_database_on_a_server_is_asked_and_its_password_stays_unsaid(postgres: Postgres) -> None:
    url = postgres.url(postgres.create())
    assert check_database(url).state is NOTE  # before the first start
    Database.open(url, clock=lambda: NOW).close()
    assert check_database(url).state is OK
    gone = check_database("postgresql+psycopg://u:pl4nted@127.0.0.1:1/w")
    assert gone.state is WRONG and "pl4nted" not in gone.text + gone.cure


@pytest.mark.parametrize(
    ("address", "file"),
    [("sqlite:////var/lib/w.db", "/var/lib/w.db"), ("postgresql+psycopg://h/db", None), ("postgresql:///db", None)],
)
def test_the_file_of_an_address_is_known(address: str, file: str | None) -> None:
    assert sqlite_file(address) == (Path(file) if file else None)


def test_findings_that_say_the_same_are_said_once() -> None:
    same = [Finding(f"feeds.{name}", WRONG, "cannot be reached", "look") for name in "abcdef"]
    well = [Finding("x", OK, "well"), Finding("y", OK, "well")]
    assert merged([well[0], *same, well[1]]) == (
        well[0],
        Finding("feeds.a, feeds.b, feeds.c, feeds.d and 2 more", WRONG, "cannot be reached", "look"),
        well[1],
    )
