"""A topic is tried before it is used: unusable rules and wrong examples are named, with the reason."""

from __future__ import annotations

import pytest

from tests.core.matching import name, pack, rules, topic
from wirewatch.core.match import (
    ExampleFailure,
    RuleFault,
    check_examples,
    check_packs,
    check_rules,
    shadowed,
    try_examples,
)
from wirewatch.core.watchlist import Topic, TopicKey


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("—", "holds no letter or digit", id="nothing to find"),
        pytest.param('""', "holds no letter or digit", id="empty quotes"),
        pytest.param("*", "holds no letter or digit", id="a star alone"),
        pytest.param("K", "a single letter or digit", id="a letter"),
        pytest.param("7", "a single letter or digit", id="a digit"),
        pytest.param("ab*", "at least 3 letters", id="a short stem"),
        pytest.param("*un", "at least 3 letters", id="a short ending"),
        pytest.param("Kim Jong Un*", "at least 3 letters", id="a short last word"),
        pytest.param("nucl*r", "only behind a word or before the first", id="a star inside a word"),
        pytest.param("nuclear * test", "only behind a word", id="a star between words"),
        pytest.param("=UN*", "contradict each other", id="exactly, with any ending"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(text: str, what: str) -> None:
    for faulty in (topic(any=[text]), topic(all=[["Kim"], [text]]), topic(any=["Kim"], none=[text], enabled=False)):
        (fault,) = check_rules((topic(any=["Lee"]), faulty))
        assert (fault.topic, fault.rule.text) == ("topic", text)
        assert what in fault.what


@pytest.mark.parametrize(
    "usable",
    [
        pytest.param(topic(any=["北", "=북", "nuc*", "*북한", "북*", "3D", "Kim"]), id="short words with a meaning"),
        pytest.param(topic(any=["Kim", "Lee"], none=["Kim"]), id="a word of a list taken away"),
        pytest.param(topic(any=["Kim"], none=["Kim Reynolds"], enabled=False), id="a disabled topic"),
    ],
)
def test_usable_rules_pass(usable: Topic) -> None:
    assert check_rules((usable,)) == ()


@pytest.mark.parametrize(
    "topic",
    [
        pytest.param(topic(any=["North Korea"], none=["north-korea"]), id="the same words in `not`"),
        pytest.param(topic(all=[["Trump"], ["North Korea"]], none=["Korea"]), id="a part of it in `not`"),
    ],
)
def test_a_list_that_not_always_takes_away_can_never_count(topic: Topic) -> None:
    (fault,) = check_rules((topic,))
    assert fault.rule.text == "North Korea"
    assert fault.what == (
        f'can never count: `not` has "{topic.none[0].text}", which stands in it; take one of the two away'
    )


def test_examples_that_come_out_as_written_pass() -> None:
    good = topic(any=["Kim"], none=["Kim Reynolds"], match=["Kim speaks"], ignore=["Kim Reynolds speaks", "Lee"])
    assert check_examples((good, topic("none", any=["Lee"]))) == ()


def test_examples_that_come_out_wrong_are_told_with_the_reason() -> None:
    bad = topic(any=["Kim"], none=["Kim Reynolds"], match=["Kim Reynolds speaks", "Lee speaks"], ignore=["Kim"])
    assert check_examples((bad, topic("off", any=["Kim"], match=["Lee"], enabled=False))) == (
        ExampleFailure(bad.key, bad.examples_match[0], True, '"Kim" does not count inside "Kim Reynolds"'),
        ExampleFailure(bad.key, bad.examples_match[1], True, 'not found: "Kim"'),
        ExampleFailure(bad.key, bad.examples_ignore[0], False, 'found "Kim" in the headline'),
    )


@pytest.mark.parametrize(
    ("watched", "adds_nothing"),
    [
        pytest.param(topic(any=["Kim", "Kim Jong Un"]), [("Kim Jong Un", "Kim")], id="a phrase round a word"),
        pytest.param(topic(any=["Kim Jong-un", "KIM JONG UN", "Lee"]), [], id="one term in two spellings is no shadow"),
        pytest.param(topic(any=["nuclear*", "nuclear test"]), [("nuclear test", "nuclear*")], id="behind a star"),
        pytest.param(topic(any=["nuclear test*", "nuclear"]), [], id="a star is never called idle"),
        pytest.param(topic(any=["Kim", "=Kim"]), [], id="exactly so finds less, and is there for that"),
        pytest.param(topic(any=["Корея", "Северная Корея"]), [("Северная Корея", "Корея")], id="in every case"),
        pytest.param(topic(any=["Корея", "Корея юг"], all=[["Lee", "Lee Han"]]), 2, id="in each list"),
        pytest.param(
            topic(any=["Кореи", "Корея"]), [("Корея", "Кореи")], id="of two forms of one word the first stays"
        ),
        pytest.param(topic(any=["Kim", "Kim Jong Un"], least=2), [], id="not where several are asked for"),
        pytest.param(topic(any=["pack:p", "Kim"], beside={"t": ["Kim Jong Un"]}), [], id="not for packs and company"),
        pytest.param(topic(any=["北朝鮮", "朝鮮"]), [("北朝鮮", "朝鮮")], id="Han within Han"),
    ],
)
def test_a_word_that_adds_nothing_is_told(watched: Topic, adds_nothing: list[tuple[str, str]] | int) -> None:
    told = [(rule.text, finder.text) for rule, finder in shadowed(watched)]
    assert (len(told) if isinstance(adds_nothing, int) else told) == adds_nothing


def test_a_word_of_one_language_does_not_stand_in_for_one_of_all() -> None:
    watched = Topic(TopicKey("t"), "T", any=(*rules("朝方", lang="zh"), *rules("朝方表示")))
    assert list(shadowed(watched)) == []


@pytest.mark.parametrize(
    ("query", "word"),
    [
        pytest.param("Kim -Kim", "Kim", id="the word itself"),
        pytest.param('"Kim Jong Un" -Kim', "Kim", id="a word of the phrase"),
        pytest.param("(Kim OR Lee) -(Kim OR Lee OR Han)", None, id="each by another"),
        pytest.param("(Kim OR Kimchi*) -Kim*", "Kim*", id="all alternatives"),
        pytest.param("Lee ((Kim Han -Han) -Han)", "Han", id="deep inside"),
        pytest.param("Kim -(Lee OR Kim)", "Kim", id="one of several refused"),
    ],
)
def test_a_query_that_can_never_fit_is_named(query: str, word: str | None) -> None:
    faults = check_rules((topic(query=query),))
    assert [fault.what for fault in faults] == (
        [f'can never fit: it asks for words and refuses "{word}", which stands in all of them'] if word else []
    )
    assert all(fault.column == 0 for fault in faults)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("title:Kim -text:Kim", id="refused in another part of the entry"),
        pytest.param("(Kim OR source:desk) Lee -Kim", id="a feed may stand in for the word"),
        pytest.param("Kim (source:desk OR source:times) -football", id="nothing but feeds beside it"),
        pytest.param("Kim -(Kim Lee)", id="two words refused together"),
        pytest.param("Kim -((Kim Lee) OR Han)", id="two words refused together, or another"),
        pytest.param("Kim -=KIM", id="exact capitals refused"),
        pytest.param("Kim Lee -(-Kim)", id="a refusal refused"),
        pytest.param("Kim -source:desk", id="a feed refused"),
        pytest.param("Kim -title:Kim", id="a word refused in the title alone"),
    ],
)
def test_a_query_that_may_fit_passes(query: str) -> None:
    assert check_rules((topic(query=query, none=["Kim Reynolds"]),)) == ()


def test_a_contradiction_is_seen_below_the_phrases_of_not() -> None:
    (fault,) = check_rules((topic(query="Kim -Kim", none=["Kim Reynolds"]),))
    assert "can never fit" in fault.what


@pytest.mark.parametrize(
    ("phrase", "what"),
    [
        pytest.param("Kim Reynolds unless", "says no word after `unless`", id="nothing behind unless"),
        pytest.param("Kim Reynolds unless ab*", "at least 3 letters", id="an unusable word behind unless"),
        pytest.param("K unless Lee", "a single letter", id="an unusable phrase before unless"),
        pytest.param("Kim unless pack:nowhere", "there is no pack nowhere", id="no such pack behind unless"),
        pytest.param("pack:nowhere", "there is no pack nowhere", id="no such pack refused"),
        pytest.param("", "holds no letter or digit", id="nothing"),
    ],
)
def test_a_not_phrase_that_cannot_be_used_is_named(phrase: str, what: str) -> None:
    (fault,) = check_rules((topic(any=["Kim"], none=[phrase]),))
    assert fault.rule.text == phrase
    assert what in fault.what


@pytest.mark.parametrize(
    ("watched", "what"),
    [
        pytest.param(topic(any=["Kim"], least=2), "`min: 2` asks for more words than `any` has (1)", id="a large min"),
        pytest.param(topic(any=["pack:nowhere"]), "there is no pack nowhere", id="no such pack"),
        pytest.param(topic(query="Kim - Lee"), "-: holds no letter or digit", id="a dash between words is no minus"),
    ],
)
def test_a_topic_that_cannot_be_used_is_named(watched: Topic, what: str) -> None:
    (fault,) = check_rules((watched,))
    assert what in fault.what


def test_a_fault_that_shows_only_when_all_is_put_together_is_named_at_the_first_rule() -> None:
    ring = (pack("p", "Han", include=["q"]), pack("q", "Lee", include=["p"]))
    faults = check_rules((topic(any=["Kim"], none=["pack:p unless Lee"]),), ring)
    assert any("includes itself" in fault.what for fault in faults)


@pytest.mark.parametrize(
    "watched",
    [
        pytest.param(topic(enabled=False), id="an empty disabled topic"),
        pytest.param(topic(any=["pack:p"], least=3), id="a min that a pack may meet"),
        pytest.param(
            topic(any=["pack:p", "Kim"], none=["Kim", "Lee"]), id="a list with a pack is not judged word by word"
        ),
        pytest.param(topic(all=[["Kim"]], none=["Kim unless Lee"]), id="a word taken away but for a company"),
    ],
)
def test_other_usable_topics_pass(watched: Topic) -> None:
    assert check_rules((watched,), (pack("p", "Lee"),)) == ()


def test_a_pack_is_checked_rule_by_rule() -> None:
    faulty = pack("p", name("Kim", "K", "Kim", ko="ab*"), none=["Kim unless", "x"])
    assert [(fault.topic, what_of(fault)) for fault in check_packs((faulty,))] == [
        ("pack:p", "a single letter or digit fits nearly everything; write a longer word"),
        ("pack:p", "`*` needs at least 3 letters beside it; write more of the word"),
        ("pack:p", "says no word after `unless`; write one, or put the text in quotation marks"),
        ("pack:p", "a single letter or digit fits nearly everything; write a longer word"),
    ]
    (fault,) = check_packs((pack("p", "Kim", include=["nowhere"]),))
    assert what_of(fault) == "there is no pack nowhere"


def test_a_guard_that_guards_nothing_is_named() -> None:
    idle = pack("p", "Kim", none=["Kim Reynolds", "football", "soccer unless Lee"])
    assert [(fault.rule.text, what_of(fault)) for fault in check_packs((idle,)) if isinstance(fault, RuleFault)] == [
        ("football", "holds no name of this pack, so it guards nothing; mend or remove it"),
        ("soccer unless Lee", "holds no name of this pack, so it guards nothing; mend or remove it"),
    ]
    assert check_packs((pack("p", "Kim", none=["pack:q"]), pack("q", "Lee"))) == ()


def test_the_examples_of_a_pack_are_tried_when_its_rules_are_good() -> None:
    tried = pack("p", "Kim", none=["Kim Reynolds"], match=["Kim speaks", "Kim Reynolds speaks"], ignore=["Kim"])
    assert [
        (failure.topic, failure.example.text)
        for failure in check_packs((tried,))
        if isinstance(failure, ExampleFailure)
    ] == [
        ("pack:p", "Kim Reynolds speaks"),
        ("pack:p", "Kim"),
    ]
    assert try_examples((topic(any=["Kim"]),)) == ()


def what_of(fault: RuleFault | ExampleFailure) -> str:
    assert isinstance(fault, RuleFault)
    return fault.what
