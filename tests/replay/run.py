"""`make replay`: the captured series through the real daemon, two at a time; one table; non-zero if any is wrong."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.replay.machine import Outcome, replay
from tests.replay.series import captures, names, stated

TABLE = Path(__file__).with_name("TABLE.md")
OPENING = """# Twelve captured series through the real daemon

Printed by `make replay`: each capture is one poll at its own time on a fake clock, and every new entry is told,
since the whole feed is the topic. A second opinion that knows raw ids, links and titles alone reads along.
`stated`: ids counted in SERIES.tsv. `again`: a headline that the house published again under a new id, link and
later date. `twice`, `old`, `missed`: told twice, told although old, not told although new.
"""

HEAD = (
    "series",
    "polls",
    "empty",
    "faults",
    "raw ids",
    "stated",
    "entries",
    "alerts",
    "again",
    "twice",
    "old",
    "missed",
)


def run_one(name: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(replay(name, captures(name), Path(folder)))


def row(outcome: Outcome) -> tuple[str, ...]:
    wrong = (outcome.told_twice, outcome.told_old, outcome.missed)
    counts = (outcome.polls, outcome.empty, outcome.faults, outcome.raw_ids, stated(outcome.name).unique_entries)
    return (
        outcome.name,
        *map(str, (*counts, outcome.entries, outcome.alerts, outcome.again)),
        *(str(len(one)) for one in wrong),
    )


def main(arguments: list[str]) -> int:
    chosen = [argument for argument in arguments if not argument.startswith("--")] or names()
    if not chosen:
        print("replay: the series are not beside this checkout (../shared/data/timeseries); nothing to do")
        return 0
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        outcomes = []
        for outcome in pool.imap(run_one, chosen, chunksize=1):
            outcomes.append(outcome)
            print(f"{outcome.name}: {'right' if outcome.is_right else 'WRONG'}", file=sys.stderr, flush=True)
    agree = all(outcome.raw_ids == stated(outcome.name).unique_entries for outcome in outcomes)
    text = "\n".join(table(outcomes, agree))
    print(text)
    if "--write-table" in arguments:
        TABLE.write_text(f"{OPENING}\n{text}\n", encoding="utf-8")
    return 0 if agree and all(outcome.is_right for outcome in outcomes) else 1


def table(outcomes: list[Outcome], agree: bool) -> list[str]:
    """The figures of all series, then for each by which rule raw ids and entries differ, and what is wrong."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(row(outcome)) + " |" for outcome in outcomes]
    for outcome in outcomes:
        lines += explained(outcome)
    return [*lines, "", f"Raw ids {'agree' if agree else 'DO NOT agree'} with SERIES.tsv."]


def explained(outcome: Outcome) -> list[str]:
    lines = []
    if outcome.rules or not outcome.is_explained:
        lines += ["", f"{outcome.name}: {outcome.raw_ids} raw ids, {outcome.entries} entries"]
    lines += [f"- {count}: {rule}" for rule, count in outcome.rules.items()]
    if not outcome.is_explained:
        lines.append("- WRONG: the rules above do not add up")
    wrong = (
        ("told twice", outcome.told_twice),
        ("told although old", outcome.told_old),
        ("not told although new", outcome.missed),
        ("ledger", outcome.ledger_faults),
    )
    return lines + [f"- WRONG: {title}: {text}" for title, found in wrong for text in found[:20]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
