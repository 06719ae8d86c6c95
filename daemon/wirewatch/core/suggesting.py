"""From what a few texts name to topics worth watching, best first, each with its reasons and examples from the texts.

The order is that of a desk's questions: what is it about, who with whom, which of its threads, which other names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wirewatch.core.excerpts import excerpt
from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.plaintext import clean_line
from wirewatch.core.subjects import Place, Seed, Subject, slug, topic_of
from wirewatch.core.watchlist import Block, Pack, Rule, Topic, TopicKey
from wirewatch.core.weighing import Background, Judge, Pair, strongest_pairs

MOST: Final = 8
_MOST_THREADS: Final = 3  # parts of the main subject that come before everything else
_MOST_EXAMPLES: Final = 3
_EXAMPLE_LENGTH: Final = 200
_MOST_SPREAD: Final = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic to consider. times: how often its words stand in the seeds; reasons: why, in words, a line each."""

    topic: Topic
    times: int
    reasons: tuple[str, ...]


def suggest_topics(
    seeds: Sequence[Seed], subjects: Sequence[Subject], packs: Sequence[Pack], background: Background
) -> tuple[Suggestion, ...]:
    """At most MOST topics, best first. Each fits a seed, and each of its examples fits it. Never raises.

    subjects: of these seeds (`find_subjects`), with these packs.
    """
    if not subjects:
        return ()
    judge = Judge(seeds, background)
    main = max(subjects, key=lambda one: (bool(one.pack), judge.weight(one), len(one.parts), judge.score(one)))
    others = [one for one in judge.ranked(subjects) if one is not main and judge.tells_apart(one)]
    pairs = strongest_pairs(judge, (main, *others))
    drafts = [_single(main, judge), *(_double(pair, main, judge) for pair in pairs[:1])]
    threads, rest = _singles(main, others, pairs)
    drafts += [_single(one, judge, main) for one in threads[:_MOST_THREADS]]
    drafts += [_double(pair, main, judge) for pair in pairs[1:]]
    drafts += [_single(one, judge, main) for one in judge.ranked([*threads[_MOST_THREADS:], *rest])]
    unique = {draft.topic.key: draft for draft in reversed(drafts[: 2 * MOST])}
    ordered = [draft for draft in drafts[: 2 * MOST] if unique[draft.topic.key] is draft]
    return tuple(_proved(ordered, seeds, packs))[:MOST]


def _singles(main: Subject, others: Sequence[Subject], pairs: Sequence[Pair]) -> tuple[list[Subject], list[Subject]]:
    """The threads of the main subject, and the rest: without what a pair says better, and without the same twice."""
    paired = {key for pair in pairs if pair.first.pack and pair.second.pack for key in pair.keys}
    threads: list[Subject] = []
    rest: list[Subject] = []
    told: set[tuple[int, int]] = set()
    for one in sorted(others, key=lambda other: not _is_thread(other, main)):
        words = {(place.seed, place.start) for place in one.places}
        if one.key in paired or words <= told or one.places == main.places:
            continue
        told |= words
        (threads if _is_thread(one, main) else rest).append(one)
    return threads, rest


def _is_thread(subject: Subject, main: Subject) -> bool:
    return bool(main.pack) and main.pack in subject.wholes


def _single(subject: Subject, judge: Judge, main: Subject | None = None) -> Suggestion:
    topic = topic_of(subject)
    if main is not None and _is_thread(subject, main):
        topic = replace(topic, part_of=main.key)
    where = _where(judge.in_headline(subject.places), judge.in_lead(subject.places))
    reasons = [f"stands {_times(len(subject.places))}{where}{_texts(subject.places, judge.seeds)}"]
    if judge.background.entries:
        reasons[0] += f"; in {judge.background.share(subject.key):.1%} of {judge.background.entries:,} stored entries"
    if subject.spread:
        named = [f"{gloss} ({count})" for gloss, count in subject.spread[:_MOST_SPREAD]]
        more = len(subject.spread) - len(named)
        reasons.append(f"of pack:{subject.pack} stand there: {', '.join(named)}{f', and {more} more' if more else ''}")
    return Suggestion(topic, len(subject.places), tuple(reasons))


def _double(pair: Pair, main: Subject, judge: Judge) -> Suggestion:
    first, second = sorted((pair.first, pair.second), key=lambda one: one is main or _is_thread(one, main))
    title = pair.name or f"{first.title}–{second.title}"
    rules = tuple(tuple(Rule(text) for text in one.rules) for one in (first, second))
    belongs = any(one is main or _is_thread(one, main) for one in (first, second))
    part_of = main.key if belongs else None
    topic = Topic(slug(title), title, all=rules, within=Block.PARAGRAPH, part_of=part_of)
    together = len(pair.sentences)
    where = _where(pair.in_headline, False)
    reasons = (
        f"{first.title} and {second.title} stand together in {together} sentence{'s' * (together != 1)}{where}",
        f"{first.title} stands {_times(len(first.places))}, {second.title} {_times(len(second.places))}",
    )
    return Suggestion(topic, together, reasons)


def _where(in_headline: bool, in_lead: bool) -> str:
    parts = ["in the headline"] * in_headline + ["in the lead"] * in_lead
    return f", {' and '.join(parts)}" if parts else ""


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _texts(places: Iterable[Place], seeds: Sequence[Seed]) -> str:
    return f", in {len({place.seed for place in places})} of {len(seeds)} texts" if len(seeds) > 1 else ""


def _proved(drafts: Sequence[Suggestion], seeds: Sequence[Seed], packs: Sequence[Pack]) -> Iterator[Suggestion]:
    """Those that fit a seed, with examples that fit; what the matcher does not find is not suggested."""
    matcher = compile_topics(tuple(draft.topic for draft in drafts), tuple(packs))
    fitting = {hit.topic for seed in seeds for hit in matcher.match(seed.entry)}
    kept = [draft for draft in drafts if draft.topic.key in fitting]
    keys = {draft.topic.key for draft in kept}
    examples = _examples(matcher, keys, seeds)
    for draft in kept:
        rules = tuple(Rule(text) for text in examples[draft.topic.key])
        whole = draft.topic.part_of if draft.topic.part_of in keys else None
        yield replace(draft, topic=replace(draft.topic, examples_match=rules, part_of=whole))


def _examples(matcher: Matcher, keys: Iterable[TopicKey], seeds: Sequence[Seed]) -> dict[TopicKey, list[str]]:
    """For each topic the first sentences of the seeds that fit it by themselves: the headlines first."""
    found: dict[TopicKey, list[str]] = {key: [] for key in keys}
    for line in _lines(seeds):
        wanting = [key for key, lines in found.items() if len(lines) < _MOST_EXAMPLES]
        if not wanting:
            break
        for hit in matcher.match(Entry(None, None, line)):
            if hit.topic in wanting:
                found[hit.topic].append(line)
    return found


def _lines(seeds: Sequence[Seed]) -> Iterator[str]:
    """Sentences of the seeds as examples may stand in a watchlist, each once: all headlines first, long ones last."""
    pieces = [(seed, piece) for seed in seeds for piece in seed.sentences]
    pieces.sort(key=lambda one: (one[1][1] - one[1][0] > _EXAMPLE_LENGTH, one[1][0] >= one[0].headline))
    seen = set()
    for seed, piece in pieces:
        line = clean_line(excerpt(seed.text, piece, (), _EXAMPLE_LENGTH).text).strip("-–—•*… ")
        if line and line not in seen:
            seen.add(line)
            yield line
