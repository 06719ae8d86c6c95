"""A topic is tried before it is used: unusable rules and wrong examples are named, with the reason."""

from __future__ import annotations

import pytest

from tests.core.matching import topic
from wirewatch.core.match import ExampleFailure, check_examples, check_rules
from wirewatch.core.watchlist import Topic


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
