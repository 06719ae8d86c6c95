"""`wirewatch backtest`: the file against what runs, two files, a typed topic; over stored entries and saved feeds."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.seams.storing import feed, hit, listed, new_entry
from wirewatch.backtest import crew
from wirewatch.backtest.crew import FEW, Crew, tally_up
from wirewatch.backtest.sources import PAGE, Span, count_stored, stored_pages
from wirewatch.cli.backtest import backtest
from wirewatch.cli.exits import Exit, exit_for
from wirewatch.config.load import load_watchlist
from wirewatch.core.change import Candidate, Edit
from wirewatch.core.effects import NewEntry
from wirewatch.core.judge import Verdict
from wirewatch.core.model import Entry, HitState
from wirewatch.core.watchlist import NO_FEED, TopicKey
from wirewatch.errors import ConfigError, ControlError, ParseError, StoreError, WirewatchError
from wirewatch.store.database import Database
from wirewatch.store.entries import save_entries, save_hits
from wirewatch.store.listing import hits
from wirewatch.store.noise import NoiseMark, mark_noise
from wirewatch.store.snapshots import save_watchlist

app = Typer()
app.command()(backtest)
run = CliRunner().invoke

WATCHLIST = """
settings: {name: Test desk, timezone: UTC}
feeds:
  Alpha: {url: "https://a.example/feed", kind: wire}
topics:
  north-korea: {title: North Korea, any: [North Korea, DPRK]}
  yongbyon: {title: Yongbyon, any: [Yongbyon]}
receivers: {screen: {console: true}}
routes: [{to: [screen], topics: [north-korea]}]
"""
EDITED = WATCHLIST.replace("[North Korea, DPRK]", "[North Korea, Pyongyang]")
NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
SPAN = ["--since", "2025-11-21", "--until", "2025-11-24"]
HEADLINES = ("North Korea fires", "DPRK speaks", "Pyongyang speaks", "Cup final")  # one a day
KOREA = TopicKey("north-korea")
RSS = (
    "<rss version='2.0'><channel><title>Made</title><language>{}</language>"
    "<item><title>{}</title></item></channel></rss>"
)


def open_database(path: Path) -> Database:
    return Database.open(f"sqlite:///{path}", clock=lambda: datetime.now(UTC))


def older(title: str, key: int) -> NewEntry:
    """What stood in the feed before it was watched, printed a year before."""
    made = new_entry(title, key, at=NOON, published=NOON - timedelta(days=365))
    return replace(made, verdict=Verdict.BASELINE.value)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a watchlist that runs, and a database with a report a day; the first one was called noise."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "watchlist.yaml").write_text(WATCHLIST)
    database = open_database(folder / "desk.db")
    with database.write() as conn:
        (alpha,) = listed(conn, feed("Alpha", "https://a.example/feed"))
        days = [new_entry(title, 2 + day, at=NOON + timedelta(days=day)) for day, title in enumerate(HEADLINES)]
        ids = save_entries(conn, alpha, [older("North Korea, a year ago", 1), *days])
        save_hits(conn, [(ids[1], hit(KOREA), HitState.ALERTED, NOON)])
        (kept,) = hits(conn)
        mark_noise(conn, [NoiseMark(kept.id, KOREA, NOON, "somebody", kept.sentence, ("North Korea",))])
        save_watchlist(conn, [(str(folder / "watchlist.yaml"), WATCHLIST.encode())], NOON)
    database.close()
    return folder


@pytest.fixture
def where(desk: Path) -> list[str]:
    return ["--watchlist", str(desk / "watchlist.yaml"), "--database", f"sqlite:///{desk / 'desk.db'}"]


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    path = tmp_path / "edited.yaml"
    path.write_text(EDITED)
    return path


@pytest.fixture
def alone(tmp_path: Path) -> list[str]:
    """A watchlist without any database."""
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST)
    return ["--watchlist", str(path), "--database", f"sqlite:///{tmp_path}/none.db"]


def asked(*arguments: str) -> dict[str, Any]:
    result = run(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def printed(*arguments: str) -> str:
    result = run(app, list(arguments))
    assert result.exit_code == 0, result.exception
    return result.stdout


def refusal(*arguments: str) -> WirewatchError:
    error = run(app, list(arguments)).exception
    assert isinstance(error, WirewatchError), error
    return error


def gained(found: dict[str, Any]) -> list[str]:
    return [one["title"] for one in found["samples"] if one["change"] == "gained"]


def test_an_edited_copy_is_compared_with_the_watchlist_that_runs(where: list[str], edited: Path) -> None:
    text = printed("--after", str(edited), *SPAN, *where)
    assert text.startswith("4 entries, 2025-11-21 to 2025-11-2")
    assert "before: the running watchlist\n" in text and f"after:  {edited}\n" in text
    assert "north-korea: 1 gained\n    2025-11-23 " in text and '        "[Pyongyang] speaks"\n' in text
    assert "north-korea: 1 lost\n    2025-11-22 " in text and '        "[DPRK] speaks"\n' in text
    assert "north-korea: 1 marked not-this, and made again\n" in text and '"[North Korea] fires"' in text
    assert "north-korea: the words that bring most of its 2 hits\n" in text
    assert "No hit, before or after: yongbyon." in text
    assert "a year ago" not in text


def test_for_scripts_there_are_the_same_figures(where: list[str], edited: Path) -> None:
    found = asked("--after", str(edited), *SPAN, *where)
    korea = found["topics"][0]
    assert (korea["topic"], korea["before"], korea["after"]) == ("north-korea", 2, 2)
    assert (korea["gained"], korea["lost"], korea["still_noise"], korea["mended"]) == (1, 1, 1, 0)
    assert korea["terms"][0] == {"term": "North Korea", "hits": 1, "only": 1, "gained": 0}
    (screen,) = found["receivers"]
    assert (screen["receiver"], screen["before"], screen["after"]) == ("screen", 2, 2)
    assert korea["before_a_day"] == pytest.approx(2 / found["days"])
    assert gained(found) == ["Pyongyang speaks"]


def test_the_file_that_runs_changes_nothing_and_it_is_said_how_to_try_an_edit(where: list[str]) -> None:
    text = printed(*SPAN, *where)
    assert text.splitlines()[-1].startswith("No hit is gained or lost. The daemon takes an edit when it is saved.")


def test_two_files_are_compared(where: list[str], edited: Path) -> None:
    one = asked("--against", str(edited), *SPAN, *where)
    other = asked("--before", str(edited), "--after", where[1], *SPAN, *where)
    assert gained(one) == gained(other) == ["DPRK speaks"]
    assert one["before"] == str(edited) and one["after"] == where[1]


def test_one_topic_is_looked_at_alone(where: list[str], edited: Path) -> None:
    found = asked("--after", str(edited), "--topic", "yongbyon", *SPAN, *where)
    assert [one["topic"] for one in found["topics"]] == ["yongbyon"] and found["receivers"] == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param(["--any", "Cup, DPRK"], ["Cup final", "DPRK speaks"], id="one of several"),
        pytest.param(["--any", "speaks", "--not", "DPRK"], ["Pyongyang speaks"], id="with what keeps it out"),
        pytest.param(["--all", "DPRK, Pyongyang", "--all", "speaks"], ["Pyongyang speaks", "DPRK speaks"], id="all"),
        pytest.param(["--query", "speaks AND NOT DPRK"], ["Pyongyang speaks"], id="a query"),
        pytest.param(["--any", '"North Korea"'], ["North Korea fires"], id="in quotation marks"),
    ],
)
def test_a_topic_is_tried_before_it_stands_in_any_file(where: list[str], typed: list[str], found: list[str]) -> None:
    answer = asked(*typed, *SPAN, *where)
    assert gained(answer) == found and answer["before"] == "nothing"


def test_as_many_hits_are_shown_as_are_wanted(where: list[str]) -> None:
    assert len(gained(asked("--any", "speaks", "--show", "1", *SPAN, *where))) == 1
    text = printed("--any", "speaks", "--show", "1", *SPAN, *where)
    assert "typed: 2 gained, the newest 1\n" in text
    assert "gained\n" not in printed("--any", "speaks", "--show", "0", *SPAN, *where)


def test_the_span_is_the_last_month_or_what_is_asked_for(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    database = open_database(tmp_path / "now.db")
    with database.write() as conn:
        (alpha,) = listed(conn, feed("Alpha", "https://a.example/feed"))
        ages = (timedelta(hours=1), timedelta(days=10), timedelta(days=50))
        save_entries(conn, alpha, [new_entry("Cup", 1 + number, at=now - age) for number, age in enumerate(ages)])
    database.close()
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST)
    at = ["--any", "Cup", "-w", str(tmp_path / "watchlist.yaml"), "-d", f"sqlite:///{tmp_path}/now.db"]
    counts = [asked(*at, *span)["entries"] for span in ([], ["--last", "7d"], ["--last", "90 days"])]
    assert counts == [2, 1, 3]
    assert asked(*at, "--since", f"{now - timedelta(days=60):%Y-%m-%d}", "--until", f"{now:%Y-%m-%d}")["entries"] == 3


def test_saved_feeds_take_the_place_of_the_database(alone: list[str], edited: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.xml", tmp_path / "two.xml.gz"
    one.write_text(RSS.format("en", "Pyongyang speaks"))
    two.write_bytes(gzip.compress(RSS.format("en", "Cup final").encode()))
    found = asked("--before", alone[1], "--after", str(edited), "--feeds", str(one), str(two), *alone)
    assert (found["entries"], gained(found), found["days"]) == (2, ["Pyongyang speaks"], None)
    text = printed(str(one), "--before", alone[1], "--after", str(edited), *alone)
    assert text.startswith("1 entry, without dates: there are no figures a day\n") and "no date  one.xml: " in text


def test_a_table_of_headlines_is_read_by_the_names_of_its_columns(alone: list[str], tmp_path: Path) -> None:
    path = tmp_path / "headlines.tsv.gz"
    lines = (
        "source\tdate\ttitle\tsummary\tlang\tlink",
        'Press\tSun, 16 Aug 2026 03:03:34 +0000\tSaid "so\tand of Pyongyang\ten\thttps://p.example/1',
        "",
        "Press\t2026-08-20\tCup final",
    )
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found = asked("--any", "Pyongyang", str(path), *alone)
    (sample,) = found["samples"]
    assert (sample["feed"], sample["title"], sample["link"]) == ("Press", 'Said "so', "https://p.example/1")
    assert found["entries"] == 2 and 3 < found["days"] < 5
    later = asked("--any", "Pyongyang, Cup", "--since", "2026-08-18", "--until", "2026-08-25", str(path), *alone)
    assert gained(later) == ["Cup final"]


HEADLINE_FILES = Path(__file__).parents[3] / "shared" / "data" / "headlines"


@pytest.mark.skipif(not HEADLINE_FILES.is_dir(), reason="the collected headlines are not on this machine")
def test_collected_headlines_are_read_whole(alone: list[str]) -> None:
    files = [HEADLINE_FILES / "voa.tsv.gz", HEADLINE_FILES / "jtbc.tsv.gz"]
    rows = sum(len(gzip.decompress(file.read_bytes()).decode().strip().split("\n")) - 1 for file in files)
    assert asked("--any", "North Korea, 북한", *map(str, files), *alone)["entries"] == rows


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        pytest.param(
            ["--topic", "yongbyun"], ControlError, "no topic 'yongbyun'; did you mean 'yongbyon'?", id="topic"
        ),
        pytest.param(
            ["--since", "2024-01-01", "--until", "2024-01-05"], ControlError, "--last 90d", id="an empty span"
        ),
        pytest.param(
            ["--any", "Cup", "--topic", "yongbyon"], ControlError, "leave out --topic", id="two kinds at once"
        ),
        pytest.param(["--any", "*"], ConfigError, "topics.typed.any", id="a typed topic that is wrong"),
        pytest.param(["--any", "Cup", "none.tsv"], ControlError, "none.tsv: cannot be read", id="no such file"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    where: list[str], arguments: list[str], kind: type[WirewatchError], text: str
) -> None:
    error = refusal(*arguments, *where)
    assert isinstance(error, kind) and text in str(error)


def test_a_broken_file_is_refused_with_all_its_errors(where: list[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(WATCHLIST.replace("any: [Yongbyon]", "anny: [Yongbyon]").replace("kind: wire", "kind: wirre"))
    for option in ("--after", "--before"):
        error = refusal(option, str(broken), *where)
        assert isinstance(error, ConfigError) and len(error.problems) >= 2 and exit_for(error) is Exit.WATCHLIST


def test_without_a_database_it_is_said_how_there_will_be_one(alone: list[str]) -> None:
    assert isinstance(refusal(*alone), StoreError)
    assert isinstance(refusal("--any", "Cup", *alone), StoreError)


def test_a_database_on_which_nothing_ran_yet_has_nothing_to_compare_with(alone: list[str], tmp_path: Path) -> None:
    open_database(tmp_path / "none.db").close()
    assert "no watchlist has run on this database yet; name the one" in str(refusal(*alone))


def test_a_running_watchlist_that_no_longer_loads_is_no_fault_of_the_file(alone: list[str], tmp_path: Path) -> None:
    database = open_database(tmp_path / "none.db")
    with database.write() as conn:
        save_watchlist(conn, [("watchlist.yaml", b"feedz: {}")], NOON)
    database.close()
    error = refusal(*alone)
    assert isinstance(error, ControlError) and "does not load in this version; name one with --before" in str(error)


def test_watchlists_that_were_live_are_kept_by_number_and_compared(alone: list[str], tmp_path: Path) -> None:
    assert "no watchlist has run" in printed(*_kept(alone, tmp_path))
    database = open_database(tmp_path / "none.db")
    with database.write() as conn:
        (alpha,) = listed(conn, feed("Alpha", "https://a.example/feed"))
        save_entries(conn, alpha, [new_entry("Pyongyang speaks", 1, at=NOON)])
        for day, text in enumerate((WATCHLIST, EDITED)):
            save_watchlist(conn, [(str(tmp_path / "w.yaml"), text.encode())], NOON + timedelta(days=day))
    database.close()
    lines = printed(*_kept(alone, tmp_path)).splitlines()
    assert [line.split()[0] for line in lines] == ["kept:2", "kept:1", "Compare"]
    assert lines[0].endswith("the running one")
    assert [one["number"] for one in json.loads(printed(*_kept(alone, tmp_path), "--json"))] == [2, 1]
    found = asked(*alone, "--before", "kept:1", "--after", "kept:2", *SPAN)
    assert gained(found) == ["Pyongyang speaks"]
    assert "there is no kept watchlist 9" in str(refusal(*alone, "--before", "kept:9"))


def _kept(alone: list[str], folder: Path) -> list[str]:
    if not (folder / "none.db").exists():
        open_database(folder / "none.db").close()
    return [*alone, "--kept"]


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        pytest.param(b"headline\tsummary\nCup\t", ControlError, "has no column 'title'", id="no titles"),
        pytest.param(b"", ControlError, "has no column 'title'", id="nothing"),
        pytest.param(b"title\n\xff\xfe", ControlError, "cannot be read", id="no text"),
    ],
)
def test_a_table_that_is_none_is_refused(
    alone: list[str], tmp_path: Path, content: bytes, kind: type[WirewatchError], text: str
) -> None:
    path = tmp_path / "made.tsv"
    path.write_bytes(content)
    error = refusal("--any", "Cup", str(path), *alone)
    assert isinstance(error, kind) and str(error).startswith(f"{path}: {text}")


def test_a_table_without_lines_is_no_test_of_anything(alone: list[str], tmp_path: Path) -> None:
    path = tmp_path / "made.tsv"
    path.write_text("title\tsummary\n")
    assert "there are no entries in these files" in str(refusal("--any", "Cup", str(path), *alone))


def test_a_file_that_is_no_feed_or_is_cut_is_refused(alone: list[str], tmp_path: Path) -> None:
    note, cut = tmp_path / "note.xml", tmp_path / "cut.tsv.gz"
    note.write_text("<note/>")
    cut.write_bytes(gzip.compress(b"title\nCup\n" * 100)[:-9])
    assert isinstance(refusal("--any", "Cup", str(note), *alone), ParseError)
    assert str(refusal("--any", "Cup", str(cut), *alone)).startswith(f"{cut}: cannot be read")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["--last", "soon"], "not a duration", id="no duration"),
        pytest.param(["--last", "7d", "--since", "2025-11-21"], "either --last or", id="two spans"),
        pytest.param(
            ["--since", "2025-11-21", "--until", "2025-11-01"], "lies behind the end of the span", id="turned round"
        ),
    ],
)
def test_a_span_that_is_none_is_a_wrong_command_line(where: list[str], arguments: list[str], text: str) -> None:
    result = run(app, [*arguments, *where])
    assert result.exit_code == Exit.USAGE and text in " ".join(result.stderr.replace("│", " ").split())


def pages(count: int) -> Iterator[tuple[Candidate, ...]]:
    for start in range(0, count, PAGE):
        yield tuple(
            Candidate(Entry(None, None, f"Cup {number}"), NO_FEED, NOON + timedelta(minutes=number))
            for number in range(start, min(start + PAGE, count))
        )


@pytest.fixture
def edit(edited: Path) -> Edit:
    edited.write_text(EDITED.replace("[Yongbyon]", "[Cup, Yongbyon]"))
    after = load_watchlist(edited).watchlist
    return Edit(replace(after, topics=()), after)


def test_many_entries_are_shared_out_and_counted_as_by_one(edit: Edit) -> None:
    seen: list[int] = []
    count = FEW + 3 * PAGE + 7
    shared = tally_up(edit, pages(count), show=3, processes=2, on_entries=seen.append).effect(edit)
    alone = crew.alone(edit, pages(count), 3, lambda entries: None).effect(edit)
    assert shared == alone and shared.entries == sum(seen) == count
    assert shared.samples[0].title == f"Cup {count - 1}"


def test_a_worker_that_dies_is_said(edit: Edit) -> None:
    with Crew(edit, show=1, processes=1) as made:
        (pid,) = made.pids
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ControlError, match=r"a worker process ended early .*: --last 7d"):
            for page in pages(10 * PAGE):
                made.give(page)


def test_workers_are_gone_when_their_crew_is_left_in_the_middle(edit: Edit) -> None:
    with pytest.raises(ControlError, match="enough"), Crew(edit, show=1, processes=2) as made:
        pids = made.pids
        for page in pages(3 * PAGE):
            made.give(page)
        raise ControlError("enough")
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_pages_hold_every_stored_entry_once_whenever_it_came(tmp_path: Path) -> None:
    database = open_database(tmp_path / "many.db")
    count = 2 * PAGE + 3
    with database.write() as conn:
        (alpha,) = listed(conn, feed("Alpha", "https://a.example/feed"))
        # Later ids with earlier times, and many of one moment: as several writers and one long document make them.
        rows = [new_entry(str(key), key, at=NOON - timedelta(minutes=key // 300)) for key in range(1, count + 1)]
        save_entries(conn, alpha, rows)
    span = Span(NOON - timedelta(days=1), NOON + timedelta(seconds=1))
    found = [one for page in stored_pages(database, span) for one in page]
    assert sorted(int(one.entry.title) for one in found) == list(range(1, count + 1))
    assert [one.at for one in found] == sorted(one.at for one in found if one.at)
    assert count_stored(database, span) == count
    assert count_stored(database, Span(span.since, NOON)) == count - 299  # from `since` to before `until`
    database.close()
