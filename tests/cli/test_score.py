"""`wirewatch score`: what is printed of labelled entries, and what is said of a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from wirewatch.cli.exits import Exit
from wirewatch.cli.score import score

app = Typer()
app.command()(score)
run = CliRunner().invoke

HEAD = "id\tlang\ttitle\tsummary\tsource\tnorth_korea\tborderline\n"
ROWS = (
    "a\ten\tNorth Korea fires\tOn &quot;steel&quot;&#9;and tea\tkbs\t1\t0\n"
    "b\tko\t북한 미사일\t\tkbs\t1\t0\n"
    "c\ten\tQueues like in North Korea\t\tkbs\t0\t0\n"
    "d\tfr\tPluie à Paris\t\tkbs\t0\t0\n"
    "e\ten\tThe Hermit Kingdom\t\tkbs\t1\t1\n"
)


@pytest.fixture
def watchlist(tmp_path: Path) -> str:
    path = tmp_path / "watchlist.yaml"
    path.write_text(
        "feeds: {Made: https://a.example/feed}\n"
        "topics:\n  north-korea: {title: North Korea, any: [North Korea]}\n  chips: {any: [chips]}\n"
        "  rain: {any: [rain], enabled: false}\n"
        "receivers: {screen: {console: true}}\nroutes: [{to: screen}]\n"
    )
    return str(path)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.tsv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def test_topics_are_scored_with_and_without_borderline_entries_and_by_language(items: Path, watchlist: str) -> None:
    result = run(app, [str(items), "-w", watchlist, "--plain"])
    assert result.exit_code == 0
    assert result.stdout == (
        f"{items}: 5 items, 1 of them borderline.\n"
        "Not looked at, since no topic is named so: source.\n"
        "Without a column, so not counted: chips.\n"
        "\n"
        "topic        items               precision  recall     F1  about it  found  missed  false alarms"
        "  F1 of its title  F1 of its English words\n"
        "north-korea  without borderline      0.500   0.500  0.500         2      1       1             1"
        "            0.500                    0.500\n"
        "north-korea  all                     0.500   0.333  0.400         3      1       2             1\n"
        "\n"
        "topic        lang  items  about it  found  missed  false alarms  recall\n"
        "north-korea  en        2         1      1       0             1   1.000\n"
        "north-korea  ko        1         1      0       1             0   0.000\n"
        "\n"
        "missed: north-korea: b (line 3) ko: 북한 미사일\n"
        '    not found: "North Korea"\n'
        "false alarm: north-korea: c (line 4) en: Queues like in North Korea\n"
        '    found "North Korea" in the headline\n'
        "missed (borderline): north-korea: e (line 6) en: The Hermit Kingdom\n"
        '    not found: "North Korea"\n'
    )


def test_a_title_and_a_topic_are_all_that_a_file_needs(tmp_path: Path, watchlist: str) -> None:
    path = tmp_path / "items.tsv"
    path.write_bytes(b"\xef\xbb\xbftitle\tnorth-korea\tchips\r\nNorth Korea fires\t1\t0\r\n\r\n")
    result = run(app, [str(path), "-w", watchlist])
    assert result.stdout == (
        f"{path}: 1 item.\n\n"
        "topic        precision  recall     F1  about it  found  missed  false alarms\n"
        "north-korea      1.000   1.000  1.000         1      1       0             0\n"
        "chips            1.000   1.000  1.000         0      0       0             0\n\n"
        "topic        lang  items  about it  found  missed  false alarms  recall\n"
        "north-korea  -         1         1      1       0             0   1.000\n\n"
        "Every item came out as it is labelled.\n"
    )


def test_twenty_mistakes_are_explained_and_with_show_all_with_their_texts(tmp_path: Path, watchlist: str) -> None:
    path = tmp_path / "items.tsv"
    rows = "".join(f"Rain {number}\x1b[2J\tall &amp; day\t1\n" for number in range(23))
    path.write_text("title\tsummary\tchips\n" + rows, encoding="utf-8")
    brief = run(app, [str(path), "-w", watchlist]).stdout
    assert brief.count("missed: chips: line ") == 20
    assert brief.endswith("And 3 more; see all of them, with their texts: --show\n")
    whole = run(app, [str(path), "-w", watchlist, "--show"]).stdout
    assert whole.count("missed: chips: line ") == 23
    assert "missed: chips: line 24: Rain 22[2J | all & day\n    not found" in whole  # no terminal obeys a headline


def test_scripts_get_json_in_the_same_words_each_time(items: Path, watchlist: str) -> None:
    arguments = [str(items), "-w", watchlist, "--json", "--plain"]
    printed = run(app, arguments).stdout
    told = json.loads(printed)
    assert printed == run(app, arguments).stdout
    assert (told["items"], told["borderline"], told["ignored_columns"]) == (5, 1, ["source"])
    assert told["topics_without_column"] == ["chips"]
    (topic,) = told["topics"]
    counts = {
        "precision": 0.5, "recall": 0.5, "f1": 0.5, "about": 2, "found": 1, "missed": 1, "false_alarms": 1,
    }  # fmt: skip
    assert topic["topic"] == "north-korea"
    assert topic["clear"] == topic["plain"]["title"] == topic["plain"]["words"] == counts
    assert topic["all"]["recall"] == 0.3333
    assert [(one["lang"], one["items"], one["missed"]) for one in topic["languages"]] == [("en", 2, 0), ("ko", 1, 1)]
    assert [(one["kind"], one["id"], one["line"], one["borderline"]) for one in told["mistakes"]] == [
        ("missed", "b", 3, False),
        ("false alarm", "c", 4, False),
        ("missed", "e", 6, True),
    ]
    assert told["mistakes"][0]["why"] == 'not found: "North Korea"'


def test_a_topic_without_english_words_has_no_plain_list(tmp_path: Path, watchlist: str) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(Path(watchlist).read_text().replace("[chips]", "[반도체]"), encoding="utf-8")
    path = tmp_path / "items.tsv"
    path.write_text("title\tchips\n반도체 공장\t1\n", encoding="utf-8")
    result = run(app, [str(path), "-w", str(other), "--plain"])
    assert result.stdout.splitlines()[4].split()[-2:] == ["0.000", "-"]
    told = json.loads(run(app, [str(path), "-w", str(other), "--plain", "--json"]).stdout)
    assert told["topics"][0]["plain"]["words"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", ": it is empty; write a line with the names of the columns", id="empty"),
        pytest.param("\n \n", ": it is empty;", id="blank lines alone"),
        pytest.param("title\tchips\n", ": there are no entries below the names of the columns;", id="a head alone"),
        pytest.param("\nchips\n1\n", ":2: there is no column 'title';", id="no title"),
        pytest.param(
            "title\tseoul\na\t1\n",
            ":1: there is no column for a topic; add one of 0 and 1, named like it: north_korea, chips\n",
            id="no topic",
        ),
        pytest.param("title\train\na\t1\n", ":1: there is no column for a topic;", id="a disabled topic alone"),
        pytest.param("title\tchips\tchips\na\t1\t1\n", ":1: the column 'chips' stands there twice;", id="twice"),
        pytest.param("title\tchips\na\t1\n\nb\tyes\n", ":4: chips: 'yes' is neither 0 nor 1;", id="no figure"),
        pytest.param("title\tchips\tborderline\na\t1\t\n", ":2: borderline: '' is neither 0 nor 1;", id="border"),
        pytest.param("title\tchips\na\n", ":2: 1 cell where there are 2 columns;", id="too few cells"),
        pytest.param("title\tchips\na\tb\t1\n", ":2: 3 cells where there are 2 columns;", id="too many cells"),
        pytest.param("title\tchips\n" + "a\t2\n" * 23, ": and 3 more like these\n", id="many faults"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, watchlist: str, content: str, said: str
) -> None:
    path = tmp_path / "items.tsv"
    path.write_text(content, encoding="utf-8")
    result = run(app, [str(path), "-w", watchlist])
    assert (result.exit_code, result.stdout) == (Exit.DATABASE, "")
    assert f"{path}{said}" in result.stderr


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(
            lambda path: path.write_bytes("title\tchips\nécole\t1\n".encode("latin-1")), "not UTF-8", id="latin"
        ),
        pytest.param(lambda path: path.mkdir(), "it cannot be read (Is a directory)", id="a folder"),
        pytest.param(lambda path: None, "it cannot be read (No such file or directory)", id="not there"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, watchlist: str, make: object, said: str) -> None:
    path = tmp_path / "items.tsv"
    make(path)  # type: ignore[operator]
    result = run(app, [str(path), "-w", watchlist])
    assert result.exit_code == Exit.DATABASE
    assert said in result.stderr
