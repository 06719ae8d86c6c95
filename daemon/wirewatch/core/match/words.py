"""Verdicts in words: why an entry hit a topic, or why not, for messages and for `explain`. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from wirewatch.core.match.compiling import names_of
from wirewatch.core.match.nodes import (
    Beside,
    Both,
    Either,
    Facet,
    Found,
    Guarded,
    Name,
    Node,
    Verdict,
    Where,
    Without,
    Words,
)
from wirewatch.core.model import Field, Span
from wirewatch.core.watchlist import Block

_MOST_NAMED = 5
_WHERE = {Field.TITLE: "in the headline", Field.SUMMARY: "in the summary", Field.CONTENT: "in the text"}


class Standing(Enum):
    """How a topic stands to an entry; the value is told to people."""

    FITS = "fits"
    ABOUT = "fits, since everything in this feed is about it"
    MISSING = "does not fit: something is missing"
    VETOED = "does not fit: a `not` phrase stands in it"

    @property
    def fits(self) -> bool:
        return self in (Standing.FITS, Standing.ABOUT)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule as it is shown: what it asks, whether it holds, which words count, and why not.

    failed: in one line, for one that fails by itself; "" for one that holds, or fails by its parts alone.
    nearly: words that stand there and do not count: hidden by a `not` phrase, without company, too few.
    """

    asks: str
    holds: bool
    spans: tuple[Span, ...] = ()
    failed: str = ""
    nearly: tuple[Span, ...] = ()
    parts: tuple[Condition, ...] = ()

    def failures(self) -> tuple[str, ...]:
        """What failed, each once, in the order of the rule."""
        return tuple(dict.fromkeys(self._failures()))

    def _failures(self) -> Iterator[str]:
        if self.failed:
            yield self.failed
        else:
            for part in self.parts:
                if not part.holds:
                    yield from part._failures()


class Spans(Protocol):
    def span(self, found: Found) -> Span: ...
    def spans(self, found: Sequence[Found], first: Sequence[Found] = ()) -> tuple[Span, ...]: ...


def standing(verdict: Verdict, *, about: bool) -> Standing:
    """about: the entry's feed is about this topic: then no condition has to be met, and no `not` phrase may veto."""
    if verdict.vetoes:
        return Standing.VETOED
    if verdict.ok:
        return Standing.FITS
    return Standing.ABOUT if about else Standing.MISSING


def why(title: str, how: Standing, verdict: Verdict, spans: Sequence[Span], text: Spans) -> str:
    """One line, without a full stop: what decided. spans: the most telling first."""
    if how is Standing.VETOED:
        return f"never with {words_in_place([text.span(one) for one in verdict.vetoes])}"
    if how is Standing.ABOUT:
        return f"everything in this feed is about {title}"
    if how is Standing.FITS:
        return f"found {words_in_place(spans)}"
    parts = list(condition(verdict, text).failures())
    standing_there = _still_there(verdict)
    if standing_there:
        parts.append(f"found only {words_in_place([text.span(one) for one in standing_there])}")
    return "; ".join(parts)


def condition(verdict: Verdict, text: Spans) -> Condition:
    """A verdict and those of its parts, as people read them."""
    node = verdict.node
    if isinstance(node, Guarded) and not verdict.vetoes:
        return condition(verdict.parts[0], text)  # what its phrases hide is told at the words
    whole = (isinstance(node, Either) and node.title) or isinstance(node, Without)  # a pack is one line
    parts = () if whole else tuple(condition(part, text) for part in verdict.parts)
    return Condition(
        asks=_asks(node),
        holds=verdict.ok,
        spans=text.spans(verdict.found),
        failed="" if verdict.ok else _failed(verdict, text),
        nearly=() if verdict.ok else text.spans(sorted(set(_own(verdict)))),
        parts=parts,
    )


def _asks(node: Node) -> str:
    """What a condition asks, in words."""
    if isinstance(node, Words):
        least = f"{node.least} of " if node.least > 1 else ""
        where = f" {node.where}" if node.where is not Where.ANYWHERE else ""
        return f"{least}{_one_of(node.names.values())}{where}"
    if isinstance(node, Either):
        if node.title:
            return f"a name of {node.title}"
        return f"{node.least} of these together" if node.least > 1 else "one of these"
    if isinstance(node, Both):
        return "all of these" + _reach(node.within)
    if isinstance(node, Beside):
        return f"{_one_of(names_of(node.part).values())}, only beside a name of {node.name}"
    if isinstance(node, Guarded):
        return "never with " + _one_of(guard.name for guard in node.guards if not guard.hides)
    if isinstance(node, Without):
        return f"not {_asks(node.part)}"
    return f"{node.name}: {node.wanted}"


def _reach(within: int | Block | None) -> str:
    if within is None:
        return ""
    if isinstance(within, Block):
        return f", in one {within}"
    return f", at most {within} {'word' if within == 1 else 'words'} apart"


def _failed(verdict: Verdict, text: Spans) -> str:
    """Why a condition fails; "" where its parts say it."""
    node = verdict.node
    if isinstance(node, Guarded):
        return f"never with {words_in_place([text.span(one) for one in verdict.vetoes])}"
    if isinstance(node, Both):
        return _apart(node, verdict, text) if all(part.ok for part in verdict.parts) else ""
    if isinstance(node, Beside):
        words = verdict.parts[0].found
        if words:
            return f"{words_in_place([text.span(one) for one in words])} counts only beside a name of {node.name}"
        return _not_found(verdict, text)
    if isinstance(node, Without):
        standing_there = words_in_place([text.span(one) for one in verdict.parts[0].found])
        return f"it must not hold {standing_there or _asks(node.part)}"
    if isinstance(node, Facet):
        return f"its {node.name} is not {node.wanted}"
    return _not_found(verdict, text)


def _apart(node: Both, verdict: Verdict, text: Spans) -> str:
    first = [text.span(part.found[0]) for part in verdict.parts if part.found]
    return f"{words_in_place(first)} do not stand{_reach(node.within).replace(',', '', 1)}"


def _not_found(verdict: Verdict, text: Spans) -> str:
    """Nothing of a list counts: what is hidden, what lacks company, else that it is not there."""
    reasons = []
    pairs = dict.fromkeys((word.rule, phrase.rule) for word, phrase in hidden(verdict))
    for word, phrase in list(pairs)[:_MOST_NAMED]:
        reasons.append(f'"{word}" does not count inside "{phrase}"' if word != phrase else f'never with "{word}"')
    lonely = [part for part in _walk(verdict) if isinstance(part.node, Beside) and part.parts[0].found and not part.ok]
    reasons += [_failed(part, text) for part in lonely[:_MOST_NAMED]]
    if not reasons:
        node = verdict.node
        if verdict.found and isinstance(node, Words | Either):
            reasons.append(f"found only {len({one.gloss or one.rule for one in verdict.found})} of {node.least} words")
        else:
            where = f" {node.where}" if isinstance(node, Words) and node.where is not Where.ANYWHERE else ""
            reasons.append(f"not found{where}: {_wanted(node)}")
    return "; ".join(reasons)


def _wanted(node: Node) -> str:
    """What a condition looks for: its words, or the pack that has them."""
    if isinstance(node, Either) and node.title:
        return f"a name of {node.title}"
    if isinstance(node, Either):
        return " or ".join(dict.fromkeys(map(_wanted, node.parts)))
    if isinstance(node, Guarded):
        return _wanted(node.part)
    return _one_of(names_of(node).values()) or _asks(node)


def _walk(verdict: Verdict) -> Iterator[Verdict]:
    yield verdict
    for part in verdict.parts:
        yield from _walk(part)


def _own(verdict: Verdict) -> Iterator[Found]:
    """Every word of a condition that stands there, whether it counts or not; company is not its own."""
    yield from verdict.found
    yield from (word for word, _ in verdict.hidden)
    parts = verdict.parts[:1] if isinstance(verdict.node, Beside) else verdict.parts
    for part in parts:
        if not isinstance(part.node, Without):
            yield from _own(part)


def hidden(verdict: Verdict) -> Iterator[tuple[Found, Found]]:
    """Words that do not count, each with the `not` phrase around it."""
    return (pair for part in _walk(verdict) for pair in part.hidden)


def _still_there(verdict: Verdict) -> list[Found]:
    """Words of conditions that hold, of a rule that does not."""
    if isinstance(verdict.node, Both | Guarded):
        return [one for part in verdict.parts for one in _still_there(part)]
    return list(verdict.found) if verdict.ok else []


def words_in_place(spans: Sequence[Span]) -> str:
    """`"Trump" and "Kim" in the headline, "영변" (Yongbyon) in the text`: each rule once, the first five of them."""
    if len(spans) == 1:
        return f"{_quoted(Name(spans[0].rule, spans[0].gloss))} {_WHERE[spans[0].field]}"
    wholes = [_whole(span, spans) for span in spans]
    first = {whole.rule: whole for whole in reversed(wholes)}
    named = list(dict.fromkeys(whole.rule for whole in wholes))[:_MOST_NAMED]
    parts = []
    for field, place in _WHERE.items():
        rules = [_quoted(Name(rule, first[rule].gloss)) for rule in named if first[rule].field is field]
        if rules:
            parts.append(f"{_listed(rules)} {place}")
    more = len(first) - len(named)
    return ", ".join(parts) + (f", and {more} more" if more else "")


def _whole(span: Span, spans: Sequence[Span]) -> Span:
    """The longest span round this one: "Kim Jong Un" for its "Kim", since naming both says nothing more."""
    around = (one for one in spans if one.field is span.field and one.start <= span.start and span.end <= one.end)
    return max(around, key=lambda one: one.end - one.start)


def _quoted(name: Name) -> str:
    return f'"{name.rule}" ({name.gloss})' if name.gloss else f'"{name.rule}"'


def _one_of(names: Iterable[Name]) -> str:
    every = list(names)
    more = len(every) - _MOST_NAMED
    return " or ".join(f'"{name.rule}"' for name in every[:_MOST_NAMED]) + (f" or {more} more" if more > 0 else "")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
