"""What a watchlist's topics promise, tried before they are used: are the rules usable, do the examples come out?

Returns every fault, with the rule it stands at; `config/` gives them their place in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from wirewatch.core.match.matcher import Explanation, Matcher, compile_topics
from wirewatch.core.match.terms import parse_term
from wirewatch.core.watchlist import Rule, Topic, TopicKey


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that cannot do what its author wants. what: what is wrong, and what to do."""

    topic: TopicKey
    rule: Rule
    what: str


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example that does not come out as its author says. expected: True where it should match; why: in words."""

    topic: TopicKey
    example: Rule
    expected: bool
    why: str


def check_rules(topics: tuple[Topic, ...]) -> tuple[RuleFault, ...]:
    """Every rule of every topic (disabled ones too) that cannot be used or can never be found."""
    return tuple(chain.from_iterable(_rule_faults(topic) for topic in topics))


def check_examples(topics: tuple[Topic, ...]) -> tuple[ExampleFailure, ...]:
    """Every example of the enabled topics, tried as a headline. The rules must have passed `check_rules`."""
    return tuple(chain.from_iterable(_example_failures(topic) for topic in topics if topic.enabled))


def _rule_faults(topic: Topic) -> Iterator[RuleFault]:
    faults = [
        RuleFault(topic.key, rule, what)
        for rule in chain(_wanted(topic), topic.none)
        if (what := _fault(rule)) is not None
    ]
    yield from faults
    if topic.none and not faults:
        yield from _never_found(topic)


def _wanted(topic: Topic) -> Iterable[Rule]:
    return chain(topic.any, *topic.all)


def _fault(rule: Rule) -> str | None:
    try:
        parse_term(rule.text)
    except ValueError as error:
        return str(error)
    return None


def _never_found(topic: Topic) -> Iterator[RuleFault]:
    """Lists of which no word can ever count, since the topic's own `not` phrases stand in every one of them.

    A single such word among others is no fault: shared lists are cut to size by `not`.
    """
    matcher = compile_topics((replace(topic, enabled=True),))
    for rules in ((topic.any,) if topic.any else ()) + topic.all:
        refused = [_refusing(matcher.explain(rule.text)[0], rule) for rule in rules]
        if all(refused):
            what = f'can never count: `not` has "{refused[0]}", which stands in it; take one of the two away'
            yield RuleFault(topic.key, rules[0], what)


def _refusing(told: Explanation, rule: Rule) -> str:
    """The `not` phrase that takes this rule away even where it stands alone; "" where none does."""
    hiding = (hidden.phrase.rule for hidden in told.hidden if hidden.span.rule == rule.text)
    return next(chain((veto.rule for veto in told.vetoes), hiding), "")


def _example_failures(topic: Topic) -> Iterator[ExampleFailure]:
    if not topic.examples_match and not topic.examples_ignore:
        return
    matcher = compile_topics((topic,))
    yield from _unexpected(matcher, topic.key, topic.examples_match, expected=True)
    yield from _unexpected(matcher, topic.key, topic.examples_ignore, expected=False)


def _unexpected(
    matcher: Matcher, key: TopicKey, examples: Iterable[Rule], *, expected: bool
) -> Iterator[ExampleFailure]:
    for example in examples:
        told: Explanation = matcher.explain(example.text)[0]
        if told.fits is not expected:
            yield ExampleFailure(key, example, expected, told.why)
