"""How topics are scored: precision, recall, F1, by language; and the plain searches beside."""

from __future__ import annotations

import pytest

from wirewatch.core.model import Entry
from wirewatch.core.scoring import (
    JudgedEntry,
    Score,
    Tried,
    by_language,
    english_words,
    plain_search,
    score,
    title_words,
    try_all,
    without_borderline,
)
from wirewatch.core.watchlist import Pack, PackName, Rule, Topic, TopicKey

KOREA, CHIPS = TopicKey("north-korea"), TopicKey("chips")
ABOUT, NOT_ABOUT = frozenset({KOREA}), frozenset[TopicKey]()


def judged(title: str, *topics: TopicKey, lang: str = "en", borderline: bool = False) -> JudgedEntry:
    return JudgedEntry(title, lang, Entry(None, None, title), frozenset(topics), borderline)


def tried(lang: str, *, about: bool, found: bool) -> Tried:
    return Tried(judged("a", *(ABOUT if about else ()), lang=lang), ABOUT if found else NOT_ABOUT)


@pytest.mark.parametrize(
    ("counts", "figures"),
    [
        pytest.param(Score(3, 1, 2), (0.75, 0.6, 2 / 3), id="some"),
        pytest.param(Score(0, 0, 0), (1, 1, 1), id="nothing to find and nothing found"),
        pytest.param(Score(0, 2, 0), (0, 1, 0), id="false alarms alone"),
        pytest.param(Score(0, 0, 2), (1, 0, 0), id="misses alone"),
    ],
)
def test_precision_recall_and_f1(counts: Score, figures: tuple[float, float, float]) -> None:
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx(figures)
    assert counts.about == counts.right + counts.missed


def test_what_was_found_is_counted_against_the_labels() -> None:
    some = [
        tried("en", about=True, found=True),
        tried("en", about=True, found=False),
        tried("en", about=False, found=True),
        tried("en", about=False, found=False),
    ]
    assert score(some, KOREA) == Score(right=1, wrong=1, missed=1)
    assert score(some, CHIPS) == Score(0, 0, 0)


def test_languages_come_by_their_size_and_without_those_in_which_nothing_is_to_tell() -> None:
    some = [
        tried("ko", about=True, found=True),
        tried("en", about=False, found=True),
        tried("en", about=True, found=False),
        tried("fr", about=False, found=False),
        tried("de", about=False, found=True),
    ]
    assert [(one.lang, one.items, one.score) for one in by_language(some, KOREA)] == [
        ("en", 2, Score(0, 1, 1)),
        ("de", 1, Score(0, 1, 0)),
        ("ko", 1, Score(1, 0, 0)),
    ]


def test_borderline_entries_can_be_left_out() -> None:
    clear, border = judged("a", KOREA), judged("b", borderline=True)
    both = try_all([clear, border], lambda entry: ABOUT)
    assert without_borderline(both) == (Tried(clear, ABOUT),)


def test_a_plain_search_wants_a_word_of_every_list_in_any_case_and_any_part() -> None:
    guess = plain_search({KOREA: [["Trump", "트럼프"], ["Kim"]], CHIPS: []})
    assert guess(Entry(None, None, "TRUMP writes", "to kimchi makers")) == ABOUT
    assert guess(Entry(None, None, "트럼프", content="Kim")) == ABOUT
    assert guess(Entry(None, None, "Trump alone")) == NOT_ABOUT


PACKS = (
    Pack(
        "korea",
        "Korea",
        names=(
            PackName(
                "Pyongyang", (Rule("Pyongyang", lang="en"), Rule("평양", lang="ko"), Rule("Pjöngjang", lang="de"))
            ),
        ),
        include=("kims", "not-there"),
    ),
    Pack("kims", "Kims", names=(PackName("Kim", (Rule("=KIM", lang="en"),)),), include=("korea",)),
)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        pytest.param(Topic(KOREA, "x", any=(Rule("Korea*"), Rule("북한"))), (("Korea",),), id="stars and scripts go"),
        pytest.param(Topic(KOREA, "x", any=(Rule("pack:korea"),)), (("Pyongyang", "KIM"),), id="a pack and its packs"),
        pytest.param(
            Topic(KOREA, "x", any=(Rule("a"),), all=((Rule("b"), Rule("b")), (Rule("북"),))),
            (("a",), ("b",)),
            id="each list with an English word",
        ),
        pytest.param(Topic(KOREA, "x", any=(Rule("du", lang="fr"), Rule("*"))), (), id="nothing in English"),
        pytest.param(Topic(KOREA, "x", query=Rule("a AND b")), (), id="a query alone"),
    ],
)
def test_the_english_words_of_a_topic(topic: Topic, words: tuple[tuple[str, ...], ...]) -> None:
    assert english_words(topic, PACKS) == words


def test_the_title_is_what_one_types_first() -> None:
    guess = plain_search({KOREA: title_words(Topic(KOREA, "North Korea"))})
    assert guess(Entry(None, None, "A visit to NORTH KOREA")) == ABOUT
