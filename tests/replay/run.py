"""`make replay`: the captured series through the real daemon, two at a time; one table; non-zero if any is wrong."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.replay.machine import Outcome, replay
from tests.replay.series import captures, names, stated

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


def main(wanted: list[str]) -> int:
    chosen = wanted or names()
    if not chosen:
        print("replay: the series are not beside this checkout (../shared/data/timeseries); nothing to do")
        return 0
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        outcomes = []
        for outcome in pool.imap(run_one, chosen, chunksize=1):
            outcomes.append(outcome)
            print(f"{outcome.name}: {'right' if outcome.is_right else 'WRONG'}", file=sys.stderr, flush=True)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for outcome in outcomes:
        print("| " + " | ".join(row(outcome)) + " |")
    for outcome in outcomes:
        explain(outcome)
    agree = all(outcome.raw_ids == stated(outcome.name).unique_entries for outcome in outcomes)
    print(f"\nraw ids {'agree' if agree else 'DO NOT agree'} with SERIES.tsv")
    return 0 if agree and all(outcome.is_right for outcome in outcomes) else 1


def explain(outcome: Outcome) -> None:
    """Say by which rule raw ids and entries differ, and name what is wrong."""
    if outcome.rules or not outcome.is_explained:
        print(f"\n{outcome.name}: {outcome.raw_ids} raw ids, {outcome.entries} entries")
    for rule, count in outcome.rules.items():
        print(f"  {count:5}  {rule}")
    if not outcome.is_explained:
        print("  WRONG: the rules above do not add up")
    for title, found in (
        ("told twice", outcome.told_twice),
        ("told although old", outcome.told_old),
        ("not told although new", outcome.missed),
        ("ledger", outcome.ledger_faults),
    ):
        for text in found[:20]:
            print(f"  WRONG: {title}: {text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
