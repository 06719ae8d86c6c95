"""`wirewatch score`: how well the topics find what a reader would call theirs, counted on labelled entries."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import JsonOption, WatchlistOption, find_watchlist, print_json
from wirewatch.config.load import load_watchlist
from wirewatch.core.match import compile_topics
from wirewatch.core.scoring import Score, try_all
from wirewatch.core.watchlist import TopicKey
from wirewatch.scoring import (
    JudgedFile,
    JudgedFileError,
    Mistake,
    TopicScore,
    by_matcher,
    mistakes,
    read_judged,
    score_topics,
    search_plainly,
)

FileArgument = Annotated[
    Path,
    typer.Argument(
        help="Labelled entries, a line each, with tabs between the cells. The first line names the columns: title, "
        "summary, and one of 0 and 1 for each topic, named like it with _ for -. Also: lang, id, borderline.",
        show_default=False,
    ),
]
ShowOption = Annotated[bool, typer.Option("--show", help="Explain every mistake, with its text; else the first 20.")]
PlainOption = Annotated[
    bool, typer.Option("--plain", help="Beside it: a plain search for the topic's title, and for its English words.")
]

FEW = 20  # mistakes that are explained without --show


def score(
    file: FileArgument,
    watchlist: WatchlistOption = None,
    show: ShowOption = False,
    plain: PlainOption = False,
    json: JsonOption = False,
) -> None:
    """Count what the topics find and miss in labelled entries: precision, recall, F1, and why each mistake was made."""
    loaded = load_watchlist(find_watchlist(watchlist)).watchlist
    topics = tuple(topic for topic in loaded.topics if topic.enabled)
    try:
        judged = read_judged(file, topics)
    except JudgedFileError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(Exit.DATABASE) from error  # 65 is sysexits' code for data that cannot be used
    matcher = compile_topics(topics, loaded.packs)
    tried = try_all(judged.entries, by_matcher(matcher))
    beside = search_plainly(judged, topics, loaded.packs) if plain else None
    scores = score_topics(judged, tried, beside)
    wrong = tuple(mistakes(tried, judged.topics, matcher))
    unjudged = tuple(topic.key for topic in topics if topic.key not in judged.topics)
    if json:
        print_json(_for_scripts(str(file), judged, unjudged, scores, wrong))
    else:
        print("\n".join(_for_people(str(file), judged, unjudged, scores, wrong, whole=show)))


def _for_people(
    name: str,
    judged: JudgedFile,
    unjudged: Sequence[TopicKey],
    scores: Sequence[TopicScore],
    wrong: Sequence[Mistake],
    *,
    whole: bool,
) -> Iterator[str]:
    border = sum(one.borderline for one in judged.entries)
    counted = "1 item" if len(judged.entries) == 1 else f"{len(judged.entries)} items"
    yield f"{name}: {counted}" + (f", {border} of them borderline." if judged.marked else ".")
    if judged.ignored:
        yield f"Not looked at, since no topic is named so: {', '.join(judged.ignored)}."
    if unjudged:
        yield f"Without a column, so not counted: {', '.join(unjudged)}."
    yield ""
    yield from _aligned(_totals(judged, scores), left=2 if judged.marked else 1)
    yield ""
    yield from _aligned(_languages(scores), left=2)
    yield ""
    yield from _mistakes(wrong, whole=whole)


def _totals(judged: JudgedFile, scores: Sequence[TopicScore]) -> Iterator[tuple[str, ...]]:
    """The head, then a line for each topic; first all without borderline entries, then with them."""
    beside = ("F1 of its title", "F1 of its English words") if any(one.plain for one in scores) else ()
    figures = ("precision", "recall", "F1", "about it", "found", "missed", "false alarms")
    yield ("topic", *(("items",) if judged.marked else ()), *figures, *beside)
    for one in scores:
        plain = (_f1(one.plain.title), _f1(one.plain.words)) if one.plain else ()
        yield (one.topic, *(("without borderline",) if judged.marked else ()), *_figures(one.clear), *plain)
    for one in scores if judged.marked else ():
        yield (one.topic, "all", *_figures(one.every), *("" for _ in beside))


def _figures(got: Score) -> tuple[str, ...]:
    shares = (got.precision, got.recall, got.f1)
    return (*(f"{share:.3f}" for share in shares), *map(str, (got.about, got.right, got.missed, got.wrong)))


def _f1(got: Score | None) -> str:
    return "-" if got is None else f"{got.f1:.3f}"


def _languages(scores: Sequence[TopicScore]) -> Iterator[tuple[str, ...]]:
    yield ("topic", "lang", "items", "about it", "found", "missed", "false alarms", "recall")
    for one in scores:
        for some in one.languages:
            got = some.score
            counts = map(str, (some.items, got.about, got.right, got.missed, got.wrong))
            yield (one.topic, some.lang or "-", *counts, f"{got.recall:.3f}")


def _aligned(rows: Iterator[tuple[str, ...]], *, left: int) -> Iterator[str]:
    """Lines of a table; the first `left` columns hold words, the others figures."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(wide) if place < left else cell.rjust(wide) for place, (cell, wide) in _placed(row, widths))
        yield "  ".join(cells).rstrip()


def _placed(row: Sequence[str], widths: Sequence[int]) -> Iterator[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def _mistakes(wrong: Sequence[Mistake], *, whole: bool) -> Iterator[str]:
    if not wrong:
        yield "Every item came out as it is labelled."
    for one in wrong if whole else wrong[:FEW]:
        judged = one.judged
        kind = ("missed" if one.missed else "false alarm") + (" (borderline)" if judged.borderline else "")
        text = f" | {judged.entry.summary}" if whole and judged.entry.summary else ""
        lang = f" {judged.lang}" if judged.lang else ""
        yield f"{kind}: {one.topic}: {_name(one)}{lang}: {' '.join(f'{judged.entry.title}{text}'.split())}"
        yield f"    {one.why}"
    if len(wrong) > FEW and not whole:
        yield f"And {len(wrong) - FEW} more; see all of them, with their texts: --show"


def _name(mistake: Mistake) -> str:
    """Where it stands: its id where the file has one, and its line always."""
    line = f"line {mistake.judged.line}"
    return line if mistake.judged.id == line else f"{mistake.judged.id} ({line})"


def _for_scripts(
    name: str,
    judged: JudgedFile,
    unjudged: Sequence[TopicKey],
    scores: Sequence[TopicScore],
    wrong: Sequence[Mistake],
) -> dict[str, object]:
    return {
        "file": name,
        "items": len(judged.entries),
        "borderline": sum(one.borderline for one in judged.entries),
        "ignored_columns": judged.ignored,
        "topics_without_column": unjudged,
        "topics": [_topic(one) for one in scores],
        "mistakes": [_mistake(one) for one in wrong],
    }


def _topic(one: TopicScore) -> dict[str, object]:
    """clear: without borderline items, as are languages and plain."""
    return {
        "topic": one.topic,
        "clear": _counts(one.clear),
        "all": _counts(one.every),
        "languages": [{"lang": some.lang, "items": some.items, **_counts(some.score)} for some in one.languages],
        "plain": one.plain
        and {"title": _counts(one.plain.title), "words": one.plain.words and _counts(one.plain.words)},
    }


def _counts(got: Score) -> dict[str, float | int]:
    return {
        "precision": round(got.precision, 4),
        "recall": round(got.recall, 4),
        "f1": round(got.f1, 4),
        "about": got.about,
        "found": got.right,
        "missed": got.missed,
        "false_alarms": got.wrong,
    }


def _mistake(one: Mistake) -> dict[str, object]:
    return {
        "topic": one.topic,
        "kind": "missed" if one.missed else "false alarm",
        "id": one.judged.id,
        "line": one.judged.line,
        "lang": one.judged.lang,
        "borderline": one.judged.borderline,
        "title": one.judged.entry.title,
        "summary": one.judged.entry.summary,
        "why": one.why,
    }
