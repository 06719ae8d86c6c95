"""How well the shipped topics find what a reader would call theirs, counted on labelled entries, as a table to keep.

    .venv/bin/python -m tests.judged.score [--watchlist FILE] [--items FILE.tsv] [--show] [--write-table [FILE]]

Prints precision, recall and F1 of the three topics beside a plain word search and a plain list of names.
`--show` adds every miss and false alarm with the matcher's reason; `--write-table` writes TABLE.md, or FILE.
The counting is that of `wirewatch score`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from wirewatch import scoring
from wirewatch.config.load import load_watchlist
from wirewatch.core import scoring as counting
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.scoring import Guess, Score, by_language, try_all
from wirewatch.core.scoring import JudgedEntry as Row
from wirewatch.core.scoring import plain_search as by_substrings
from wirewatch.core.watchlist import Topic, TopicKey
from wirewatch.scoring import by_matcher, read_judged

__all__ = ["Row", "Score", "by_matcher", "by_substrings"]

ROOT = Path(__file__).parent.parent.parent
JUDGED = ROOT.parent / "shared" / "data" / "judged" / "judged.tsv"
WATCHLIST = ROOT / "config" / "watchlist.yaml"
TABLE = Path(__file__).parent / "TABLE.md"
KEYS = tuple(TopicKey(key) for key in ("north-korea", "trump-kim", "yongbyon"))

# What somebody would write in five minutes: every list must have one of its words somewhere in the text.
PLAIN_WORDS = {KEYS[0]: [["north korea"]], KEYS[1]: [["trump"], ["kim"]], KEYS[2]: [["yongbyon"]]}
# fmt: off
_COUNTRY = [
    "north korea", "dprk", "pyongyang", "북한", "朝鲜", "北朝鮮", "кндр", "северной коре", "северная корея",
    "nordkorea", "corée du nord", "corea del norte", "corea del nord", "كوريا الشمالية",
]
# fmt: on
_KIM = ["kim jong un", "김정은", "金正恩", "ким чен ын", "كيم جونغ"]
_TRUMP = ["trump", "트럼프", "特朗普", "トランプ", "трамп", "ترامب"]
_YONGBYON = ["yongbyon", "nyongbyon", "영변", "녕변", "宁边", "寧邊", "寧辺", "йонбен", "يونغبيون"]
PLAIN_NAMES = {KEYS[0]: [_COUNTRY + _KIM], KEYS[1]: [_TRUMP, _KIM], KEYS[2]: [_YONGBYON]}


def read_rows(path: Path) -> tuple[Row, ...]:
    return read_judged(path, [Topic(key, key) for key in KEYS]).entries


def score(rows: Iterable[Row], guess: Guess, key: TopicKey) -> Score:
    return counting.score(try_all(rows, guess), key)


def table(rows: tuple[Row, ...], matcher: Matcher) -> str:
    clear = tuple(row for row in rows if not row.borderline)
    lines = [
        f"Printed by `python -m tests.judged.score` on {len(rows)} items, {len(rows) - len(clear)} of them borderline.",
        "",
        "| topic | items | precision | recall | F1 | F1 of a word search | F1 of a list of names |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    guesses = (by_matcher(matcher), by_substrings(PLAIN_WORDS), by_substrings(PLAIN_NAMES))
    for name, some in (("without borderline", clear), ("all", rows)):
        tried = [try_all(some, guess) for guess in guesses]
        for key in KEYS:
            ours, words, names = (counting.score(one, key) for one in tried)
            lines.append(
                f"| {key} | {name} | {ours.precision:.3f} | {ours.recall:.3f} | {ours.f1:.3f}"
                f" | {words.f1:.3f} | {names.f1:.3f} |"
            )
    return "\n".join([*lines, "", *_by_language(clear, guesses[0])]) + "\n"


def _by_language(rows: tuple[Row, ...], guess: Guess) -> Iterator[str]:
    """north-korea by language, for languages with an entry about it, without borderline ones."""
    yield "| north-korea in | items | about it | found | missed | false alarms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in by_language(try_all(rows, guess), KEYS[0]):
        got = one.score
        if got.about:
            yield f"| {one.lang} | {one.items} | {got.about} | {got.right} | {got.missed} | {got.wrong} |"


def mistakes(rows: Iterable[Row], matcher: Matcher) -> Iterator[str]:
    """Every entry that came out otherwise than its label, with the reason."""
    for one in scoring.mistakes(try_all(rows, by_matcher(matcher)), KEYS, matcher):
        row = one.judged
        kind = ("missed" if one.missed else "false alarm") + (" (borderline)" if row.borderline else "")
        yield f"{kind}: {one.topic}: {row.id} {row.lang}: {row.entry.title} | {row.entry.summary}"
        yield f"    {one.why}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchlist", type=Path, default=WATCHLIST)
    parser.add_argument("--items", type=Path, default=JUDGED)
    parser.add_argument("--write-table", type=Path, nargs="?", const=TABLE)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args(arguments)
    rows = read_rows(asked.items)
    watchlist = load_watchlist(asked.watchlist).watchlist
    matcher = compile_topics(watchlist.topics, watchlist.packs)
    printed = table(rows, matcher)
    print(printed)
    if asked.show:
        print(*mistakes(rows, matcher), sep="\n")
    if asked.write_table:
        asked.write_table.write_text(f"# The three topics on labelled news items\n\n{printed}", encoding="utf-8")


if __name__ == "__main__":
    main()
