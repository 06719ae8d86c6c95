"""Counts how far we agree with the suites: `python -m tests.conformance.run` writes TABLE.md beside this file.

Any exception but ParseError is a crash. A disagreement is either ours to mend, or has its reason in REASONS.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.conformance.reasons import REASONS, reason_for
from tests.conformance.suites import ANY, Case, Statement, read_suites
from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.plaintext import clean_text, decode_references, plain_text
from wirewatch.errors import ParseError
from wirewatch.fetch.dates import read_date
from wirewatch.fetch.fields import absolute_link
from wirewatch.fetch.parse import parse_document

SUITES = Path(__file__).parents[3] / "shared/data/conformance"
TABLE = Path(__file__).with_name("TABLE.md")


@dataclass(slots=True)
class Tally:
    """What one suite came to."""

    documents: int = 0
    feeds: int = 0
    refused: int = 0
    crashes: list[str] = field(default_factory=list)
    stated: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


def tally_suites(cases: Iterable[Case]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for case in cases:
        count_case(tallies.setdefault(case.suite, Tally()), case)
    return tallies


def count_case(tally: Tally, case: Case) -> None:
    tally.documents += 1
    parsed: ParsedFeed | None = None
    try:
        parsed = parse_document(case.body, content_type=case.content_type, url=case.url, max_entries=10_000)
        tally.feeds += 1
    except ParseError:
        tally.refused += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        tally.crashes.append(f"{case.name}: {error!r}")
        return
    for statement in case.statements:
        tally.stated[statement.field] += 1
        got = values_of(parsed, statement)
        if any(agrees(value, statement, case.url) for value in got):
            tally.agreed[statement.field] += 1
        elif reason := reason_for(case, statement, parsed, got):
            tally.reasons[reason] += 1
        else:
            tally.unexplained.append(f"{case.name}: {statement.field}: stated {statement.value!r}, got {got!r}")


def values_of(parsed: ParsedFeed | None, statement: Statement) -> list[object]:
    """Our value of a stated field (None where there is none), or of every entry where the order is not told."""
    if parsed is None:
        return [0 if statement.field == "count" else None]
    if statement.field == "count":
        return [len(parsed.entries)]
    if statement.entry is None:
        return [getattr(parsed, statement.field)]
    if statement.entry == ANY:
        return [entry_value(entry, statement.field) for entry in parsed.entries]
    if statement.entry >= len(parsed.entries):
        return [None]
    return [entry_value(parsed.entries[statement.entry], statement.field)]


def entry_value(entry: Entry, name: str) -> object:
    if name == "content":
        return entry.content or entry.summary
    value: object = getattr(entry, name)
    return value


def agrees(got: object, statement: Statement, url: str) -> bool:
    stated = statement.value
    if statement.field in ("published", "updated"):
        return got == moment_of(stated)
    if statement.field == "tags":
        return isinstance(got, tuple) and any(agrees_in_text(tag, str(stated)) for tag in got)
    if statement.field == "link":
        return got == absolute_link(str(stated), url) or (got or "") == stated
    if statement.field == "lang":
        return (got or "") == str(stated or "").lower()
    if statement.field == "author":
        return isinstance(got, str) and squash(re.sub(r"\s*\([^()]*@[^()]*\)", "", str(stated))) == squash(got)
    if isinstance(stated, str):
        return agrees_in_text(str(got or ""), stated)
    return got == stated


def agrees_in_text(got: str, stated: str) -> bool:
    """The same words, whatever the markup, the white space and the depth of escaping that the suite keeps."""
    readings = (clean_text(stated), plain_text(stated), plain_text(decode_references(stated)))
    return squash(got) in {squash(reading) for reading in readings}


def squash(text: str) -> str:
    return "".join(text.split())


def moment_of(stated: object) -> datetime | None:
    if isinstance(stated, tuple):
        year, month, day, hour, minute, second = stated[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return read_date(str(stated))


def table(tallies: dict[str, Tally]) -> str:
    """The committed table."""
    lines = [
        "# Agreement with the test suites of other parsers",
        "",
        "Made by `python -m tests.conformance.run`; a test compares. A statement is one stated value of a field that",
        "we keep (plain text compared with plain text, dates as moments). Suites without statements are only read.",
        "",
        "| suite | documents | feeds | refused in words | crashes | statements | agree | reason named | unexplained |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for suite, tally in sorted(tallies.items()):
        numbers = [tally.documents, tally.feeds, tally.refused, len(tally.crashes), tally.stated.total()]
        numbers += [tally.agreed.total(), tally.reasons.total(), len(tally.unexplained)]
        lines.append(f"| {suite} | " + " | ".join(str(number) for number in numbers) + " |")
    lines += ["", "## By field", "", "| suite | field | statements | agree |", "| --- | --- | ---: | ---: |"]
    for suite, tally in sorted(tallies.items()):
        lines += [
            f"| {suite} | {name} | {tally.stated[name]} | {tally.agreed[name]} |" for name in sorted(tally.stated)
        ]
    lines += ["", "## Where we differ, and why", "", "| suite | cases | reason |", "| --- | ---: | --- |"]
    for suite, tally in sorted(tallies.items()):
        lines += [f"| {suite} | {count} | {REASONS[key]} |" for key, count in sorted(tally.reasons.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    started = time.process_time()
    tallies = tally_suites(read_suites(SUITES))
    TABLE.write_text(table(tallies), encoding="utf-8")
    for suite, tally in sorted(tallies.items()):
        for line in tally.crashes:
            print(f"{suite}: CRASH: {line}")
        for line in tally.unexplained:
            print(f"{suite}: {line}"[:400])
    print(f"{sum(tally.documents for tally in tallies.values())} documents, {time.process_time() - started:.1f} s CPU")
    return 1 if any(tally.crashes for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
