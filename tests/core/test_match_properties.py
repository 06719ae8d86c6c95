"""What holds of every topic and every text, tried on random ones in all scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from tests.core.matching import Naive, entry, matcher, rules
from wirewatch.core.match.terms import parse_term
from wirewatch.core.model import Entry, Hit
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Topic, TopicKey

T = TypeVar("T")

# fmt: off
WORDS = [
    "Kim", "Jong", "Un", "UN", "Korea", "KORÉE", "북한", "북", "성북한", "北", "朝鲜", "北朝鮮", "トランプ", "ガ",
    "войск", "войсками", "Ёнбён", "كوريا", "الكوريا", "क़िम", "เกาหลี", "5MW", "38", "U.S.",
]
# fmt: on
JOINTS = [" ", "", "-", "’", ". ", "\n", "。", ", ", "\u200b", "\u0301", "; ", "·"]


def _glued(most: int) -> st.SearchStrategy[str]:
    pieces = [word + joint for word in WORDS for joint in JOINTS]
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


def _mixed(some: Sequence[T], chance: Random) -> tuple[T, ...]:
    return tuple(chance.sample(some, len(some)))


def _places(hit: Hit) -> frozenset[tuple[str, int, int]]:
    return frozenset((span.field, span.start, span.end) for span in hit.spans)


def _usable(text: str) -> bool:
    try:
        parse_term(text)
    except ValueError:
        return False
    return True


PHRASES = [*WORDS, *(one + joint + two for one, two in product(WORDS[:12], WORDS[6:]) for joint in JOINTS[:3])]
SPELLINGS = [form.format(phrase) for phrase in PHRASES for form in ("{}", "*{}", "{}*")]
TERMS = st.sampled_from([spelling for spelling in SPELLINGS if _usable(spelling)])
RULES = st.lists(TERMS, max_size=3).map(lambda texts: rules(*texts))
SOME_RULES = st.lists(TERMS, min_size=1, max_size=3).map(lambda texts: rules(*texts))
ENTRIES = st.builds(entry, _glued(8), _glued(8), _glued(8))


@st.composite
def topics(draw: st.DrawFn) -> tuple[Topic, ...]:
    every = []
    for number in range(draw(st.integers(1, 4))):
        some, lists = draw(RULES), tuple(draw(st.lists(SOME_RULES, max_size=2)))
        if some or lists:
            every.append(Topic(TopicKey(f"t{number}"), f"T {number}", any=some, all=lists, none=draw(RULES)))
    return tuple(every)


@given(topics(), ENTRIES)
def test_the_compiled_matcher_equals_a_naive_one(watched: tuple[Topic, ...], read: Entry) -> None:
    naive = [topic.key for topic in watched if Naive(topic).fits(read)]
    assert [hit.topic for hit in matcher(*watched).match(read)] == naive


@given(topics(), ENTRIES)
def test_every_span_folded_contains_its_term(watched: tuple[Topic, ...], read: Entry) -> None:
    for hit in matcher(*watched).match(read):
        for span in hit.spans:
            shown = fold(read.text_of(span.field)[span.start : span.end]).text
            assert parse_term(span.rule).pattern.strip() in shown


@given(topics(), ENTRIES)
def test_marks_lie_in_the_sentence_and_every_hit_has_one(watched: tuple[Topic, ...], read: Entry) -> None:
    for hit in matcher(*watched).match(read):
        assert hit.marks
        assert all(0 <= start < end <= len(hit.sentence) for start, end in hit.marks)


@given(topics(), ENTRIES, st.sampled_from([None, TopicKey("t0")]))
def test_explain_never_disagrees_with_the_matcher(
    watched: tuple[Topic, ...], read: Entry, about: TopicKey | None
) -> None:
    watch = matcher(*watched)
    told = [(one.topic, one.spans, one.why) for one in watch.explain(read, about) if one.fits]
    assert told == [(hit.topic, hit.spans, hit.why) for hit in watch.match(read, about)]


@given(topics(), ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_topics_and_rules_does_not_matter(watched: tuple[Topic, ...], read: Entry, chance: Random) -> None:
    mixed = [
        replace(
            topic,
            any=_mixed(topic.any, chance),
            all=tuple(_mixed(topic.all, chance)),
            none=_mixed(topic.none, chance),
        )
        for topic in _mixed(watched, chance)
    ]
    before = {hit.topic: (_places(hit), hit.prominence) for hit in matcher(*watched).match(read)}
    after = {hit.topic: (_places(hit), hit.prominence) for hit in matcher(*mixed).match(read)}
    assert before == after
