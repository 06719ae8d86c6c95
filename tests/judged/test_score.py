"""The shipped topics keep their quality, on made items always and on the large judged set where it lies beside."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.judged.made import MADE
from tests.judged.score import (
    JUDGED,
    KEYS,
    PLAIN_NAMES,
    PLAIN_WORDS,
    WATCHLIST,
    Row,
    Score,
    by_matcher,
    by_substrings,
    main,
    mistakes,
    read_rows,
    score,
    table,
)
from wirewatch.config.load import load_watchlist
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import TopicKey

SEEDS = Path(__file__).parent.parent.parent / "seeds"


@pytest.fixture(scope="module")
def shipped() -> Matcher:
    loaded = load_watchlist(WATCHLIST).watchlist
    return compile_topics(loaded.topics, loaded.packs)


@pytest.mark.parametrize("key", KEYS)
def test_made_items_come_out_as_judged(shipped: Matcher, key: TopicKey) -> None:
    got = score(MADE, by_matcher(shipped), key)
    assert (got.wrong, got.missed) == (0, 0)
    assert got.right == sum(key in row.topics for row in MADE)


def test_a_word_search_does_worse_on_the_made_items() -> None:
    assert score(MADE, by_substrings(PLAIN_WORDS), KEYS[0]).f1 < 0.6
    assert score(MADE, by_substrings(PLAIN_NAMES), KEYS[0]).f1 < 0.95


def test_mistakes_are_told_with_the_reason(shipped: Matcher) -> None:
    assert list(mistakes(MADE, shipped)) == []
    blind = [Row("x2", "en", Entry(None, None, "Talks in Pyongyang"), frozenset({KEYS[2]}))]
    assert list(mistakes(blind, shipped))[:2] == [
        "false alarm: north-korea: x2 en: Talks in Pyongyang | ",
        '    found "Pyongyang" in the headline',
    ]


def test_the_table_counts_with_and_without_borderline_items(shipped: Matcher) -> None:
    printed = table(MADE, shipped)
    assert "| yongbyon | without borderline | 1.000 | 1.000 | 1.000 |" in printed
    assert "| ko | 3 | 2 | 2 | 0 | 0 |" in printed


@pytest.mark.parametrize(
    ("counts", "figures"),
    [
        pytest.param(Score(3, 1, 2), (0.75, 0.6, 2 / 3), id="some"),
        pytest.param(Score(0, 0, 0), (1, 1, 1), id="nothing to find and nothing found"),
    ],
)
def test_precision_recall_and_f1(counts: Score, figures: tuple[float, float, float]) -> None:
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx(figures)


def test_the_seed_article_hits_as_expected(shipped: Matcher) -> None:
    title, _, text = (SEEDS / "article.txt").read_text(encoding="utf-8").partition("\n")
    hits = shipped.match(Entry(None, None, title, content=text))
    assert {str(hit.topic): {"prominence": str(hit.prominence), "sentence": hit.sentence} for hit in hits} == (
        yaml.safe_load((SEEDS / "expected.yaml").read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize(("key", "floor"), list(zip(KEYS, (0.97, 0.95, 0.95), strict=True)))
def test_the_judged_set_keeps_its_figures(shipped: Matcher, key: TopicKey, floor: float) -> None:
    if not JUDGED.exists():
        pytest.skip("the judged items are not beside this checkout; the made ones above are always tried")
    clear = [row for row in read_rows(JUDGED) if not row.borderline]
    assert score(clear, by_matcher(shipped), key).f1 >= floor


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    items = tmp_path / "items.tsv"
    head = "id\tlang\ttitle\tsummary\tnorth_korea\ttrump_kim\tyongbyon\tborderline\n"
    items.write_text(head + "a\ten\tTalks in Pyongyang\tOn &quot;steel&quot;\t1\t0\t0\t0\n", encoding="utf-8")
    written = tmp_path / "TABLE.md"
    main(["--items", str(items), "--write-table", str(written), "--show"])
    assert capsys.readouterr().out.startswith(
        "Printed by `python -m tests.judged.score` on 1 items, 0 of them borderline."
    )
    assert "| en | 1 | 1 | 1 | 0 | 0 |" in written.read_text(encoding="utf-8")
