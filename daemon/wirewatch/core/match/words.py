"""Findings in words: why an entry hit a topic, or why not, for messages and for `explain`. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wirewatch.core.match.topics import Finding, Standing
from wirewatch.core.model import Field, Span
from wirewatch.core.watchlist import Rule

_MOST_NAMED = 5
_WHERE = {Field.TITLE: "in the headline", Field.SUMMARY: "in the summary", Field.CONTENT: "in the text"}


def why(finding: Finding, spans: Sequence[Span], vetoes: Sequence[Span]) -> str:
    """One line, without a full stop: what decided. spans: the most telling first."""
    if finding.standing is Standing.VETOED:
        return f"never with {_found(vetoes)}"
    if finding.standing is Standing.ABOUT:
        return f"everything in this feed is about {finding.compiled.topic.title}"
    if finding.standing is Standing.FITS:
        return f"found {_found(spans)}"
    return "; ".join(_missing(finding, spans))


def _missing(finding: Finding, spans: Sequence[Span]) -> Iterable[str]:
    for term, phrase in dict.fromkeys((term.rule, phrase.rule) for term, phrase in finding.hidden[:_MOST_NAMED]):
        yield f'"{term}" does not count inside "{phrase}"' if term != phrase else f'never with "{term}"'
    for condition in finding.missing:
        yield f"not found: {_one_of(condition.rules)}"
    if spans:
        yield f"found only {_found(spans)}"


def _found(spans: Sequence[Span]) -> str:
    """`"Trump" and "Kim" in the headline, "Yongbyon" in the text`: each rule once, the first five of them."""
    wholes = [_whole(span, spans) for span in spans]
    first = {whole.rule: whole.field for whole in reversed(wholes)}
    named = list(dict.fromkeys(whole.rule for whole in wholes))[:_MOST_NAMED]
    parts = []
    for field, place in _WHERE.items():
        rules = [f'"{rule}"' for rule in named if first[rule] is field]
        if rules:
            parts.append(f"{_listed(rules)} {place}")
    more = len(first) - len(named)
    return ", ".join(parts) + (f", and {more} more" if more else "")


def _whole(span: Span, spans: Sequence[Span]) -> Span:
    """The longest span round this one: "Kim Jong Un" for its "Kim", since naming both says nothing more."""
    around = (one for one in spans if one.field is span.field and one.start <= span.start and span.end <= one.end)
    return max(around, key=lambda one: one.end - one.start)


def _one_of(rules: Sequence[Rule]) -> str:
    named = [f'"{rule.text}"' for rule in rules[:_MOST_NAMED]]
    more = len(rules) - len(named)
    return " or ".join(named) + (f" or {more} more" if more else "")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
