"""The rule language: compile a watchlist's topics once, match many entries, explain one, check the topics themselves.

Terms → one automaton → places → a finding for each topic. A richer language adds kinds of conditions, no second path.
"""

from wirewatch.core.match.check import ExampleFailure, RuleFault, check_examples, check_rules
from wirewatch.core.match.matcher import Explanation, Hidden, Matcher, compile_topics

__all__ = [
    "ExampleFailure",
    "Explanation",
    "Hidden",
    "Matcher",
    "RuleFault",
    "check_examples",
    "check_rules",
    "compile_topics",
]
