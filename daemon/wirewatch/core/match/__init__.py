"""The rule language: compile a watchlist's topics once, match many entries, explain one, check the topics themselves.

Two spellings (lists and `query:`) → one tree of conditions over one automaton of terms → one verdict for each topic.
"""

from wirewatch.core.match.check import (
    ExampleFailure,
    RuleFault,
    TriedExample,
    check_examples,
    check_packs,
    check_rules,
    check_topics,
    shadowed,
    topic_of_pack,
    try_examples,
)
from wirewatch.core.match.matcher import Explanation, Matcher, compile_topics
from wirewatch.core.match.reading import Reading
from wirewatch.core.match.words import Condition, words_in_place

__all__ = [
    "Condition",
    "ExampleFailure",
    "Explanation",
    "Matcher",
    "Reading",
    "RuleFault",
    "TriedExample",
    "check_examples",
    "check_packs",
    "check_rules",
    "check_topics",
    "compile_topics",
    "shadowed",
    "topic_of_pack",
    "try_examples",
    "words_in_place",
]
