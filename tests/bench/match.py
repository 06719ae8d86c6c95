"""What matching costs: entries per CPU second at 10 to 100,000 topics, the share of folding, and plain ways beside it.

    .venv/bin/python -m tests.bench.match

Entries are made of a vocabulary with the skew of natural text; topics are phrases of one to three of its words, a few
in other scripts. The counts are CPU time of one thread, of the best of five passes.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Rule, Topic, TopicKey

SEED = 7
SYLLABLES = ["ka", "ro", "min", "te", "su", "la", "vi", "no", "pe", "dra", "gol", "sten", "bur", "ti", "ma", "ho", "ze"]
EASTERN = ["북한이", "발사했다", "朝鲜发射", "Войска", "كوريا", "naïve", "“Kim’s”", "Trump–Kim", "U.S."]


def vocabulary(chance: random.Random, size: int = 30_000) -> list[str]:
    """Distinct words, the most frequent first."""
    words = dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(3, 4))) for _ in range(2 * size))
    return list(words)[:size]


def skewed(chance: random.Random, words: Sequence[str], count: int) -> list[str]:
    """Words as text has them: the n-th most frequent about 1/n as often as the first."""
    return [words[int(len(words) ** chance.random()) - 1] for _ in range(count)]


def make_topics(chance: random.Random, words: Sequence[str], count: int) -> tuple[Topic, ...]:
    """A name and two phrases a topic; names are no words of the vocabulary, as names of people and places are not."""
    return tuple(
        Topic(
            TopicKey(f"t{number}"),
            f"Topic {number}",
            any=tuple(
                Rule(text)
                for text in (
                    f"{chance.choice(words)} {chance.choice(words)}ov",
                    " ".join(chance.choices(words, k=2)),
                    " ".join(skewed(chance, words, 3)),
                )
            ),
        )
        for number in range(count)
    )


def make_entries(
    chance: random.Random, words: Sequence[str], topics: Sequence[Topic], count: int, length: int
) -> list[Entry]:
    """Every entry holds a word of another script or with print marks; every second one a topic's name."""
    made = []
    for number in range(count):
        text = skewed(chance, words, length)
        text[chance.randrange(length)] = chance.choice(EASTERN)
        if number % 2:
            text[chance.randrange(length)] = chance.choice(topics).any[0].text
        head, tail = text[:10], text[10:]
        sentences = [" ".join(tail[at : at + 17]).capitalize() + "." for at in range(0, len(tail), 17)]
        made.append(Entry(None, None, " ".join(head).capitalize(), " ".join(sentences)))
    return made


PASSES = 5


def rate(work: Callable[[Entry], object], entries: Sequence[Entry]) -> float:
    """Entries per CPU second, of the best pass: what else runs on the machine slows the others."""
    return max(_pass(work, entries) for _ in range(PASSES))


def _pass(work: Callable[[Entry], object], entries: Sequence[Entry]) -> float:
    began = time.process_time()
    for entry in entries:
        work(entry)
    return len(entries) / (time.process_time() - began)


def fold_only(entry: Entry) -> None:
    fold(entry.title)
    fold(entry.summary)


def naive(topics: Sequence[Topic]) -> Callable[[Entry], object]:
    """A loop over all words of all topics, on text folded as ours."""
    terms = [(topic.key, fold(rule.text).text) for topic in topics for rule in topic.any]

    def work(entry: Entry) -> set[TopicKey]:
        texts = (fold(entry.title).text, fold(entry.summary).text)
        return {key for key, term in terms if any(term in text for text in texts)}

    return work


def one_expression(topics: Sequence[Topic]) -> Callable[[Entry], object]:
    """One big regular expression; it finds one term at each place, and not which topics use it."""
    words = sorted({fold(rule.text).text.strip() for topic in topics for rule in topic.any}, key=len, reverse=True)
    find = re.compile(f"(?<= )(?:{'|'.join(map(re.escape, words))})(?= )").findall
    return lambda entry: (find(fold(entry.title).text), find(fold(entry.summary).text))


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured at so many topics and words: entries per CPU second, and the share that folding takes."""

    topics: int
    words: int
    rate: float
    folding: float
    hits: float
    built: float  # seconds

    def __str__(self) -> str:
        return (
            f"| {self.topics:,} | {self.words} | {self.rate:,.0f} | {self.folding:.0%} | {self.hits:.2f} "
            f"| {self.built:.1f} s |"
        )


def measured(count: int, matcher: Matcher, built: float, entries: Sequence[Entry], length: int) -> Line:
    folding, whole = rate(fold_only, entries), rate(matcher.match, entries)
    hits = sum(len(matcher.match(entry)) for entry in entries) / len(entries)
    return Line(count, length, whole, whole / folding, hits, built)


def verdicts(lines: Sequence[Line]) -> list[str]:
    """The figures that must be reached, each with what came out."""
    short = {line.topics: line.rate for line in lines if line.words == 60}
    ratio = short[10] / short[100_000]
    wanted = (
        (
            f"At least 8,000 entries of 60 words per CPU second at 1,000 topics: {short[1_000]:,.0f}",
            short[1_000] >= 8_000,
        ),
        (f"At least 2,000 at 100,000 topics: {short[100_000]:,.0f}", short[100_000] >= 2_000),
        (f"100,000 topics cost at most 8 times what 10 cost: {ratio:.1f} times", ratio <= 8),
    )
    return [f"- {text}, {'met' if met else 'MISSED'}." for text, met in wanted]


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--write-table", type=Path)
    table = asked.parse_args(arguments).write_table
    chance = random.Random(SEED)
    words = vocabulary(chance)
    lines, beside = [], ""
    for count in (10, 1_000, 100_000):
        topics = make_topics(chance, words, count)
        short = make_entries(chance, words, topics, 4_000, 60)
        began = time.process_time()
        matcher = compile_topics(topics)
        built = time.process_time() - began
        lines.append(measured(count, matcher, built, short, 60))
        lines.append(measured(count, matcher, built, make_entries(chance, words, topics, 400, 800), 800))
        if count == 1_000:
            loop, one = rate(naive(topics), short[:200]), rate(one_expression(topics), short[:100])
            beside = f"Beside it at 1,000 topics and 60 words: a loop over the words {loop:,.0f}, one big regular "
            beside += f"expression {one:,.0f}."
    printed = "\n".join([HEAD, *map(str, lines), "", beside, "", *verdicts(lines)])
    print(printed)
    if table is not None:
        table.write_text(f"# The matcher alone\n\nPrinted by `python -m tests.bench.match`.\n\n{printed}\n", "utf-8")


HEAD = (
    "| topics | words an entry | entries per CPU second | of it folding | hits an entry | built in |\n"
    "|---:|---:|---:|---:|---:|---:|"
)

if __name__ == "__main__":
    main()
