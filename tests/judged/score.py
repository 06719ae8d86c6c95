"""How well the shipped topics find what a reader would call theirs, counted on labelled news items.

    .venv/bin/python -m tests.judged.score [--watchlist FILE] [--items FILE.tsv] [--show] [--write-table [FILE]]

Prints precision, recall and F1 of the three topics beside a plain word search and a plain list of names.
`--show` adds every miss and false alarm with the matcher's reason; `--write-table` writes TABLE.md, or FILE.
"""

from __future__ import annotations

import argparse
import csv
import html
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wirewatch.config.load import load_watchlist
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.text import fold
from wirewatch.core.watchlist import TopicKey

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

Guess = Callable[[Entry], frozenset[TopicKey]]


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled item; `topics` are those that it is about."""

    id: str
    lang: str
    entry: Entry
    topics: frozenset[TopicKey]
    borderline: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one topic over some rows. right: found and wanted."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


def read_rows(path: Path) -> tuple[Row, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_row(line) for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _row(line: dict[str, str]) -> Row:
    entry = Entry(None, None, html.unescape(line["title"]), html.unescape(line["summary"]), lang=line["lang"])
    topics = frozenset(key for key in KEYS if line[key.replace("-", "_")] == "1")
    return Row(line["id"], line["lang"], entry, topics, line["borderline"] == "1")


def by_matcher(matcher: Matcher) -> Guess:
    return lambda entry: frozenset(hit.topic for hit in matcher.match(entry))


def by_substrings(lists: dict[TopicKey, list[list[str]]]) -> Guess:
    folded = {key: [[fold(word).text.strip() for word in words] for words in every] for key, every in lists.items()}

    def guess(entry: Entry) -> frozenset[TopicKey]:
        text = fold(f"{entry.title}\n{entry.summary}").text
        return frozenset(
            key for key, every in folded.items() if all(any(word in text for word in words) for words in every)
        )

    return guess


def score(rows: Iterable[Row], guess: Guess, key: TopicKey) -> Score:
    pairs = [(key in row.topics, key in guess(row.entry)) for row in rows]
    return Score(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))


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
        for key in KEYS:
            ours, words, names = (score(some, guess, key) for guess in guesses)
            lines.append(
                f"| {key} | {name} | {ours.precision:.3f} | {ours.recall:.3f} | {ours.f1:.3f}"
                f" | {words.f1:.3f} | {names.f1:.3f} |"
            )
    return "\n".join([*lines, "", *_by_language(clear, guesses[0])]) + "\n"


def _by_language(rows: tuple[Row, ...], guess: Guess) -> Iterator[str]:
    """north-korea by language, for languages with an item about it, without borderline ones."""
    yield "| north-korea in | items | about it | found | missed | false alarms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    languages = sorted({row.lang for row in rows}, key=lambda lang: (-sum(row.lang == lang for row in rows), lang))
    for lang in languages:
        some = [row for row in rows if row.lang == lang]
        got = score(some, guess, KEYS[0])
        if got.right + got.missed:
            yield f"| {lang} | {len(some)} | {got.right + got.missed} | {got.right} | {got.missed} | {got.wrong} |"


def mistakes(rows: Iterable[Row], matcher: Matcher) -> Iterator[str]:
    """Every item that came out otherwise than its label, with the reason."""
    for row in rows:
        for told in matcher.explain(row.entry):
            wanted = told.topic in row.topics
            if told.topic in KEYS and told.fits is not wanted:
                kind = "missed" if wanted else "false alarm"
                border = " (borderline)" if row.borderline else ""
                yield f"{kind}{border}: {told.topic}: {row.id} {row.lang}: {row.entry.title} | {row.entry.summary}"
                yield f"    {told.why}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchlist", type=Path, default=WATCHLIST)
    parser.add_argument("--items", type=Path, default=JUDGED)
    parser.add_argument("--write-table", type=Path, nargs="?", const=TABLE)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args(arguments)
    rows = read_rows(asked.items)
    matcher = compile_topics(load_watchlist(asked.watchlist).watchlist.topics)
    printed = table(rows, matcher)
    print(printed)
    if asked.show:
        print(*mistakes(rows, matcher), sep="\n")
    if asked.write_table:
        asked.write_table.write_text(f"# The three topics on labelled news items\n\n{printed}", encoding="utf-8")


if __name__ == "__main__":
    main()
