"""Topics proposed from a few texts: asks the packs, counts against the stored entries, and writes the result as YAML.

What is proposed, and in which order, is decided in `core/suggesting.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from wirewatch.config.packs import PACK, load_pack, shipped_packs
from wirewatch.config.splice import brackets, scalar
from wirewatch.config.suggest import did_you_mean, shown
from wirewatch.core.match import RuleFault, check_packs, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.plaintext import clean_line
from wirewatch.core.subjects import Seed, Subject, find_subjects, make_seed, topic_of
from wirewatch.core.suggesting import Suggestion, suggest_topics
from wirewatch.core.watchlist import Pack, Rule, Watchlist
from wirewatch.core.weighing import Background
from wirewatch.errors import ConfigError, Problem
from wirewatch.store.database import Database
from wirewatch.store.entries import KeptEntry, count_between, entries_between

_MOST_SEEDS: Final = 200
_MOST_LETTERS: Final = 2_000_000  # of all seeds together
_SPANS: Final = tuple(timedelta(days=days) for days in (30, 14, 7, 3, 1))
_MOST_COMPARED: Final = 20_000  # stored entries: two seconds of work
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Advice:
    """What is suggested from which texts. compared: how many stored entries its shares are of; notes: what to know.

    missing: why there are none to compare with, "" where there are.
    fits: titles of the watchlist's own topics that fit a text; taken: suggested keys that the watchlist has already.
    """

    texts: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    compared: int
    missing: str = ""
    fits: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def packs_at_hand(folder: Path | None) -> tuple[Pack, ...]:
    """All shipped packs, and those beside the watchlist, in its folder. Raises ConfigError for a wrong one."""
    beside = sorted(path.stem for path in (folder / "packs").glob("*.yaml")) if folder else []
    names = dict.fromkeys((*shipped_packs(), *beside))
    packs = tuple(load_pack(name, folder) for name in names)
    problems = tuple(_needs(pack, names) for pack in packs if not _named_by(pack) <= set(names))
    if not problems:  # shipped packs are right, our tests say; with others every word must be one to look for
        faults = [fault for fault in check_packs(packs) if fault.topic.removeprefix(PACK) in beside]
        problems = tuple(_problem(fault.rule.where, fault.what) for fault in faults if isinstance(fault, RuleFault))
    if problems:
        raise ConfigError(problems)
    return packs


def _named_by(pack: Pack) -> set[str]:
    return {*pack.include, *(name.beside for name in pack.names if name.beside)}


def _needs(pack: Pack, names: Collection[str]) -> Problem:
    missing = min(_named_by(pack) - set(names))
    return _problem(pack.where, f"there is no pack {shown(missing)}; {did_you_mean(missing, names, 'packs')}")


def _problem(where: str, what: str) -> Problem:
    file, line, column = where.rsplit(":", 2)
    return Problem(file, int(line), int(column), "", what)


def advise(
    texts: Sequence[tuple[str, Entry]],
    packs: Sequence[Pack],
    watchlist: Watchlist,
    stored: Database | str,
    now: datetime,
) -> Advice:
    """Topics for these texts (each with its name). stored: the entries to compare with, or why there are none."""
    seeds = _bounded(entry for _, entry in texts)
    subjects = find_subjects(seeds, packs)
    background = Background() if isinstance(stored, str) else _background(stored, subjects, packs, now)
    suggestions = suggest_topics(seeds, subjects, packs, background)
    keys = {str(topic.key) for topic in watchlist.topics}
    return Advice(
        texts=tuple(name for name, _ in texts),
        suggestions=suggestions,
        compared=background.entries,
        missing=stored if isinstance(stored, str) else "" if background.entries else "nothing is stored yet",
        fits=_fitting(seeds, watchlist),
        taken=frozenset(str(one.topic.key) for one in suggestions) & keys,
        notes=_cut(texts, seeds),
    )


def _bounded(entries: Iterable[Entry]) -> tuple[Seed, ...]:
    seeds: list[Seed] = []
    letters = 0
    for entry in entries:
        seed = make_seed(entry)
        letters += len(seed.text)
        if seeds and (letters > _MOST_LETTERS or len(seeds) == _MOST_SEEDS):
            break
        seeds.append(seed)
    return tuple(seeds)


def _cut(texts: Sequence[tuple[str, Entry]], seeds: Sequence[Seed]) -> tuple[str, ...]:
    notes = []
    if len(seeds) < len(texts):
        notes.append(f"That is much text: the first {len(seeds):,} of {len(texts):,} texts were read.")
    long = [name for (name, entry), seed in zip(texts, seeds, strict=False) if entry != seed.entry]
    notes += [f"{name} is very long: its beginning was read." for name in long]
    return tuple(notes)


def _fitting(seeds: Sequence[Seed], watchlist: Watchlist) -> tuple[str, ...]:
    matcher = compile_topics(watchlist.topics, watchlist.packs)
    found = {hit.topic for seed in seeds for hit in matcher.match(seed.entry)}
    return tuple(topic.title for topic in watchlist.topics if topic.key in found)


def _background(database: Database, subjects: Sequence[Subject], packs: Sequence[Pack], now: datetime) -> Background:
    matcher = compile_topics(tuple(topic_of(one) for one in subjects), tuple(packs))
    fits: Counter[str] = Counter()
    entries = 0
    for kept in _stored(database, now):
        entries += 1
        fits.update(hit.topic for hit in matcher.match(replace(kept.entry, content="")))
    return Background(entries, {one.key: fits[one.key] for one in subjects})


def _stored(database: Database, now: datetime) -> Iterator[KeptEntry]:
    """The stored entries of the last 30 days, or of fewer where those are very many; at most _MOST_COMPARED."""
    with database.read() as conn:
        counts = ((span, count_between(conn, now - span, now)) for span in _SPANS)
        span = next((span for span, count in counts if count <= _MOST_COMPARED), _SPANS[-1])
        last: KeptEntry | None = None
        for _ in range(_MOST_COMPARED // _PAGE):
            page = entries_between(conn, now - span, now, last, _PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1]


def as_yaml(advice: Advice) -> str:
    """The suggestions as a watchlist's `topics:` section, with the reasons as comments."""
    lines = [*(f"# {clean_line(line)}" for line in _heading(advice)), "", "topics:"]
    for number, suggestion in enumerate(advice.suggestions, start=1):
        lines += [
            *([""] if number > 1 else []),
            *_topic(suggestion, number, taken=suggestion.topic.key in advice.taken),
        ]
    return "\n".join(lines)


def _heading(advice: Advice) -> Iterator[str]:
    yield f"Suggested from {_named(advice.texts)}. The best comes first."
    yield from advice.notes
    if advice.compared:
        yield f"Compared with {advice.compared:,} stored entries, headlines and summaries."
    if advice.missing:
        yield f"Not compared with stored entries, so that how rare a name is was guessed: {advice.missing}"
    if advice.fits:
        yield f"Topics of your watchlist that fit already: {', '.join(advice.fits)}."
    yield "Take what you want into your watchlist, below `topics:`, and try it: wirewatch check"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more texts"


def _topic(suggestion: Suggestion, number: int, *, taken: bool) -> Iterator[str]:
    topic = suggestion.topic
    reasons = list(suggestion.reasons)
    if taken:
        reasons.append(f"your watchlist has a topic {topic.key} already: compare the two, keep one, or rename this one")
    yield from (
        f"  # {mark} {clean_line(line)}" for mark, line in zip([f"{number}.", *"  " * 9], reasons, strict=False)
    )
    yield f"  {scalar(topic.key)}:"
    yield f"    title: {scalar(topic.title)}"
    if topic.part_of:
        yield f"    part_of: {scalar(topic.part_of)}"
    if topic.any:
        yield f"    any: {brackets([rule.text for rule in topic.any])}"
    if topic.all:
        yield "    all:"
        yield from (f"      - {brackets([rule.text for rule in rules])}" for rules in topic.all)
    if topic.within:
        yield f"    within: {topic.within}"
    if topic.examples_match:
        yield "    examples:"
        yield "      match:"
        yield from (f"        - {scalar(rule.text)}" for rule in topic.examples_match)


def as_json(advice: Advice) -> dict[str, object]:
    """The same for scripts."""
    return {
        "texts": list(advice.texts),
        "compared": advice.compared,
        "missing": advice.missing,
        "fits": list(advice.fits),
        "notes": list(advice.notes),
        "topics": [_for_scripts(one) for one in advice.suggestions],
    }


def _for_scripts(suggestion: Suggestion) -> dict[str, object]:
    topic = suggestion.topic
    return {
        "key": topic.key,
        "title": topic.title,
        "part_of": topic.part_of,
        "any": _texts(topic.any),
        "all": [_texts(rules) for rules in topic.all],
        "within": topic.within,
        "examples": _texts(topic.examples_match),
        "times": suggestion.times,
        "reasons": list(suggestion.reasons),
    }


def _texts(rules: Iterable[Rule]) -> list[str]:
    return [rule.text for rule in rules]
