"""What matching costs: entries per CPU second at 10 to 100,000 topics, the share of folding, and plain ways beside it.

    .venv/bin/python -m tests.bench.match

Entries are made of a vocabulary with the skew of natural text; topics are phrases of one to three of its words, a few
in other scripts. The counts are CPU time of one thread, so a loaded machine changes them little.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

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


def rate(work: Callable[[Entry], object], entries: Sequence[Entry]) -> float:
    """Entries per CPU second."""
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


def report(count: int, matcher: Matcher, built: float, entries: Sequence[Entry], length: int) -> None:
    folding, whole = rate(fold_only, entries), rate(matcher.match, entries)
    hits = sum(len(matcher.match(entry)) for entry in entries) / len(entries)
    print(
        f"{count:>8,} topics, {length} words: {whole:>8,.0f} entries per CPU second, folding {whole / folding:.0%},"
        f" {hits:.2f} hits an entry, built in {built:.1f} s"
    )


def main() -> None:
    chance = random.Random(SEED)
    words = vocabulary(chance)
    for count in (10, 1_000, 100_000):
        topics = make_topics(chance, words, count)
        short = make_entries(chance, words, topics, 4_000, 60)
        began = time.process_time()
        matcher = compile_topics(topics)
        built = time.process_time() - began
        report(count, matcher, built, short, 60)
        report(count, matcher, built, make_entries(chance, words, topics, 400, 800), 800)
        if count == 1_000:
            print(f"  beside it, 60 words: a loop over the words {rate(naive(topics), short[:200]):,.0f},", end=" ")
            print(f"one big regular expression {rate(one_expression(topics), short[:100]):,.0f}")


if __name__ == "__main__":
    main()
