"""Short ways to write topics and entries for the matcher's tests, and a naive matcher to compare with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.match.terms import parse_term
from wirewatch.core.model import Entry
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Rule, Topic, TopicKey


def rules(*texts: str) -> tuple[Rule, ...]:
    return tuple(Rule(text, f"watchlist.yaml:{number}:1") for number, text in enumerate(texts, 1))


def topic(
    key: str = "topic",
    *,
    any: Iterable[str] = (),  # as the watchlist spells it
    all: Iterable[Iterable[str]] = (),
    none: Iterable[str] = (),
    match: Iterable[str] = (),
    ignore: Iterable[str] = (),
    enabled: bool = True,
    trial: bool = False,
) -> Topic:
    return Topic(
        TopicKey(key),
        key.title(),
        any=rules(*any),
        all=tuple(rules(*one) for one in all),
        none=rules(*none),
        examples_match=rules(*match),
        examples_ignore=rules(*ignore),
        enabled=enabled,
        trial=trial,
    )


def matcher(*topics: Topic) -> Matcher:
    return compile_topics(topics)


def entry(title: str = "", summary: str = "", content: str = "") -> Entry:
    return Entry(None, None, title, summary, content)


def fits(term: str, text: str) -> bool:
    """Does a topic of this one word hit a headline?"""
    return bool(matcher(topic(any=[term])).match(entry(text)))


@dataclass(frozen=True)
class Naive:
    """The meaning of a topic, written out slowly: every term is looked for at every place of every field."""

    topic: Topic

    def fits(self, read: Entry) -> bool:
        fields = [read.title, read.summary, read.content]
        refused = [(rule.text, self._holds_own(rule.text)) for rule in self.topic.none]
        if any(_places(text, field) for text, hides in refused if not hides for field in fields):
            return False
        hiding = [text for text, hides in refused if hides]
        conditions = [*([self.topic.any] if self.topic.any else []), *self.topic.all]
        return all(any(_counts(rule.text, hiding, field) for rule in some for field in fields) for some in conditions)

    def _holds_own(self, phrase: str) -> bool:
        own = [rule for some in (self.topic.any, *self.topic.all) for rule in some]
        return any(_places(rule.text, phrase) for rule in own)


def _counts(term: str, hiding: list[str], field: str) -> bool:
    phrases = [place for phrase in hiding for place in _places(phrase, field)]
    return any(not any(low <= start and end <= high for low, high in phrases) for start, end in _places(term, field))


def _places(term: str, field: str) -> list[tuple[int, int]]:
    """Where a term stands in the folded field: at every place its letters stand, and its edges allow."""
    pattern, text = parse_term(term).pattern, fold(field).text
    core = pattern.strip()
    found = []
    for start in range(len(text) - len(core) + 1):
        end = start + len(core)
        left = pattern[0] != " " or text[start - 1 : start] == " "
        right = pattern[-1] != " " or text[end : end + 1] == " "
        if text[start:end] == core and left and right:
            found.append((start, end))
    return found
