"""Reads a file of labelled entries and tries a watchlist's topics on it, with the reason of every mistake.

The counting is done in `core/scoring.py`. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wirewatch.core.model import Entry, Hit
from wirewatch.core.plaintext import clean_line, clean_text, decode_references
from wirewatch.core.scoring import (
    Guess,
    JudgedEntry,
    LanguageScore,
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
from wirewatch.core.watchlist import Pack, Topic, TopicKey
from wirewatch.errors import WirewatchError

TITLE, SUMMARY, LANG, ID, BORDERLINE = "title", "summary", "lang", "id", "borderline"
OURS = frozenset((TITLE, SUMMARY, LANG, ID, BORDERLINE))
MOST_FAULTS = 20  # said at once; a file with more has one cause


class JudgedFileError(WirewatchError):
    """A file of labelled entries cannot be used as it is; one line per fault, as `file:line: what; what to do`."""


class Told(Protocol):
    """What `score` asks of an explanation."""

    @property
    def topic(self) -> TopicKey: ...
    @property
    def why(self) -> str: ...


class Matches(Protocol):
    """What `score` asks of a matcher."""

    def match(self, entry: Entry, /) -> tuple[Hit, ...]: ...
    def explain(self, entry: Entry, /) -> Sequence[Told]: ...


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """Labelled entries in the order of their file.

    topics: that have a column, in the watchlist's order; ignored: columns that are none of ours and no topic's;
    marked: there is a column that tells borderline entries.
    """

    entries: tuple[JudgedEntry, ...]
    topics: tuple[TopicKey, ...]
    ignored: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """An entry that came out otherwise than its label. missed: it is about the topic and was not found."""

    topic: TopicKey
    judged: JudgedEntry
    missed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Plain:
    """What a plain search comes to, for the topic's title and for its English words (None where it has none)."""

    title: Score
    words: Score | None


@dataclass(frozen=True, slots=True)
class TopicScore:
    """One topic's counts. clear: without borderline entries, languages and plain too; plain: None if not asked for."""

    topic: TopicKey
    clear: Score
    every: Score
    languages: tuple[LanguageScore, ...]
    plain: Plain | None = None


def read_judged(path: Path, topics: Iterable[Topic]) -> JudgedFile:
    """Read a file with a head: columns title, summary, lang, id, borderline, and one of 0 and 1 for each topic.

    Cells stand between tabs as they are (no quoting); HTML entities in the texts are resolved, so that a tab or a line
    break can be written as &#9; or &#10;. Empty lines are passed over. Raises JudgedFileError with every fault.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JudgedFileError(
            f"{path}: this is not UTF-8 text; save it as UTF-8 with tabs between the cells"
        ) from error
    except OSError as error:
        raise JudgedFileError(
            f"{path}: it cannot be read ({error.strerror}); name a file of labelled entries"
        ) from error
    lines = [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1)]
    filled = [(number, line.split("\t")) for number, line in lines if line.strip()]
    if not filled:
        raise JudgedFileError(f"{path}: it is empty; write a line with the names of the columns, then an entry a line")
    head, columns = filled[0][1], {one.key.replace("-", "_"): one.key for one in topics}
    found = {name: columns[name.replace("-", "_")] for name in head if name.replace("-", "_") in columns.keys() - OURS}
    _check_head(f"{path}:{filled[0][0]}", head, found, tuple(columns))
    entries = _entries(path, head, found, filled[1:])
    known = tuple(key for key in columns.values() if key in found.values())
    ignored = tuple(name for name in head if name not in found and name not in OURS)
    return JudgedFile(entries, known, ignored, BORDERLINE in head)


def _check_head(place: str, head: Sequence[str], found: dict[str, TopicKey], columns: Sequence[str]) -> None:
    twice = [name for name, times in Counter(head).items() if times > 1]
    if twice:
        raise JudgedFileError(f"{place}: the column {twice[0]!r} stands there twice; remove one of them")
    if TITLE not in head:
        raise JudgedFileError(f"{place}: there is no column 'title'; name the columns there, with tabs between them")
    if not found:
        named = ", ".join(columns) or "the watchlist has no topics"
        raise JudgedFileError(f"{place}: there is no column for a topic; add one of 0 and 1, named like it: {named}")


def _entries(
    path: Path, head: Sequence[str], found: dict[str, TopicKey], rows: Sequence[tuple[int, list[str]]]
) -> tuple[JudgedEntry, ...]:
    if not rows:
        raise JudgedFileError(f"{path}: there are no entries below the names of the columns; write one a line")
    faults = [f"{path}:{line}: {fault}" for line, cells in rows for fault in _faults(head, found, cells)]
    if faults:
        more = [f"{path}: and {len(faults) - MOST_FAULTS} more like these"] if len(faults) > MOST_FAULTS else []
        raise JudgedFileError("\n".join(faults[:MOST_FAULTS] + more))
    return tuple(_entry(line, dict(zip(head, cells, strict=True)), found) for line, cells in rows)


def _faults(head: Sequence[str], found: dict[str, TopicKey], cells: Sequence[str]) -> Iterator[str]:
    if len(cells) != len(head):
        counted = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        yield f"{counted} where there are {len(head)} columns; write a tab within a text as &#9;"
        return
    for name, cell in zip(head, cells, strict=True):
        if (name in found or name == BORDERLINE) and cell.strip() not in ("0", "1"):
            yield f"{name}: {cell[:40]!r} is neither 0 nor 1; write 1 where the entry is about it, else 0"


def _entry(line: int, cells: dict[str, str], found: dict[str, TopicKey]) -> JudgedEntry:
    lang = cells.get(LANG, "").strip()
    title, summary = clean_line(decode_references(cells[TITLE])), clean_text(decode_references(cells.get(SUMMARY, "")))
    entry = Entry(None, None, title, summary, lang=lang or None)
    about = frozenset(key for name, key in found.items() if cells[name].strip() == "1")
    id = cells.get(ID, "").strip() or f"line {line}"
    return JudgedEntry(id, lang, entry, about, cells.get(BORDERLINE, "0").strip() == "1", line)


def by_matcher(matcher: Matches) -> Guess:
    """What the topics find."""
    return lambda entry: frozenset(hit.topic for hit in matcher.match(entry))


def score_topics(
    judged: JudgedFile, tried: Sequence[Tried], plain: Mapping[TopicKey, Plain] | None = None
) -> tuple[TopicScore, ...]:
    """The counts of each topic that has a column."""
    clear, beside = without_borderline(tried), plain or {}
    return tuple(
        TopicScore(key, score(clear, key), score(tried, key), by_language(clear, key), beside.get(key))
        for key in judged.topics
    )


def search_plainly(judged: JudgedFile, topics: Iterable[Topic], packs: Sequence[Pack]) -> dict[TopicKey, Plain]:
    """What somebody would reach who types a topic's title, or its English words, into a search box."""
    asked = [topic for topic in topics if topic.key in judged.topics]
    clear = [one for one in judged.entries if not one.borderline]
    words = {topic.key: english_words(topic, packs) for topic in asked}
    by_title = try_all(clear, plain_search({topic.key: title_words(topic) for topic in asked}))
    by_words = try_all(clear, plain_search(words))
    return {key: Plain(score(by_title, key), score(by_words, key) if words[key] else None) for key in words}


def mistakes(tried: Iterable[Tried], topics: Sequence[TopicKey], matcher: Matches) -> Iterator[Mistake]:
    """Every entry that came out otherwise than its label, with the matcher's reason; borderline entries last."""
    for one in sorted(tried, key=lambda one: one.judged.borderline):
        wrong = [key for key in topics if (key in one.judged.topics) is not (key in one.found)]
        if not wrong:
            continue
        why = {told.topic: told.why for told in matcher.explain(one.judged.entry)}
        for key in wrong:
            missed = key in one.judged.topics
            yield Mistake(key, one.judged, missed, why.get(key, "nothing of it is there"))
