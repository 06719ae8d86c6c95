"""Stories keep their quality: on made wire copies always, on the labelled reports where they lie beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.bench.stories import measure
from tests.stories.made import BEGIN, COPIES, STORIES, Item, wire_copies
from tests.stories.score import (
    EVENTS,
    HEADLINES,
    by_headline,
    by_minhash,
    by_window,
    count,
    main,
    read_events,
    read_hits,
    wrong_pairs,
)

labelled = pytest.mark.skipif(
    not (EVENTS.exists() and HEADLINES.exists()),
    reason="the labelled reports are not beside this checkout; the made copies are always tried",
)


def test_made_wire_copies_become_one_story_each() -> None:
    items = wire_copies()
    assert len(items) == len(STORIES) * COPIES
    got = count(items, by_window(items))
    assert got.precision >= 0.99
    assert got.recall >= 0.95


def test_made_stories_stay_apart_when_all_break_at_once() -> None:
    items = [
        Item(f"{n}", f"{n}", titles[0], " ".join(text), "en", "", BEGIN) for n, (titles, text) in enumerate(STORIES)
    ]
    assert list(wrong_pairs(items, by_window(items))) == []


def test_the_counting_is_right_on_a_set_that_can_be_counted_by_hand() -> None:
    """Two events of two reports; three are joined: 1 of 3 joined pairs is right, 1 of 2 true pairs is joined."""
    one, *_ = wire_copies()
    items = [replace(one, id=str(n), group=group) for n, group in enumerate("aabb")]
    got = count(items, [0, 0, 0, 3])
    assert (got.precision, got.recall, got.stories) == (1 / 3, 1 / 2, 2)
    assert got.f1 == pytest.approx(0.4)
    assert got.b_cubed == pytest.approx(2 * (2 / 3) * (3 / 4) / (2 / 3 + 3 / 4))
    assert [(x.id, y.id) for x, y in wrong_pairs(items, [0, 0, 0, 3])] == [("0", "2"), ("1", "2")]
    apart = count(items, [0, 1, 2, 3])
    assert (apart.precision, apart.recall, apart.f1, apart.stories) == (1.0, 0.0, 0.0, 4)


def test_what_stands_beside_finds_what_it_can() -> None:
    first, *_ = wire_copies()
    again = replace(first, title=f"{first.title}!", at=first.at + timedelta(hours=1))
    assert by_headline([first, replace(first)]) == by_minhash([first, again]) == [0, 0]
    assert by_minhash([first, replace(first, title="Else", text="Nothing of this")]) == [0, 1]


@labelled
@pytest.mark.parametrize(
    ("items", "recall"),
    [
        pytest.param(lambda: read_events(False), 0.30, id="alone"),
        pytest.param(lambda: read_events(True), 0.35, id="among the headlines of their days"),
        pytest.param(read_hits, 0.35, id="what hits a shipped topic"),
    ],
)
def test_labelled_events_are_joined_and_never_mixed(items: object, recall: float) -> None:
    assert callable(items)
    read = items()
    stories = by_window(read)
    got = count(read, stories, only="event:")
    assert got.precision >= 0.95
    assert got.recall >= recall
    assert [(a.title, b.title) for a, b in wrong_pairs(read, stories, only="event:")] == []


def test_the_table_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--made", "--write-table", str(tmp_path / "TABLE.md"), "--show"])
    printed = capsys.readouterr().out
    assert printed.count("made wire copies") == 3
    assert printed.strip() in (tmp_path / "TABLE.md").read_text(encoding="utf-8")


def test_the_bench_measures() -> None:
    placed, added, mib = measure(200, 20)
    assert placed > 0
    assert added > 0
    assert 0 < mib < 5
