"""`make crash`: twenty kills, one row each; ends with 1 on any loss, any repeat too many, or any other fault."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.crash.campaign import Result, draw_aims, run_campaign

KILLS = 20
FAILING_FOR = 60.0
SHOWN_FAULTS = 40


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill the daemon at seeded moments; nothing may be lost or doubled.")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--keep", type=Path, help="an empty folder for the database and all that the daemon said")
    given = parser.parse_args()
    aims = draw_aims(given.seed, given.kills)
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        result = run_campaign(folder, given.seed, aims, failing_for=FAILING_FOR)
    print("\n".join(in_words(result)))
    return 1 if result.faults else 0


def in_words(result: Result) -> list[str]:
    """The table, the sums, and every fault."""
    lost = Counter(loss.kill for loss in result.outcome.losses)
    again = Counter(repeat.kill for repeat in result.outcome.repeats)
    lines = [f"{'kill':>4} {'seed':>4} {'moment':>9}  {'phase':<26} {'lost':>4} {'repeated':>8} {'restart':>8}"]
    for number, kill in enumerate(result.kills):
        restart = f"{kill.restart:.1f} s" if kill.restart is not None else "-"
        lines.append(
            f"{number + 1:>4} {result.seed:>4} {f'+{kill.aim.delay * 1000:.0f} ms':>9}  {kill.aim.phase.value:<26} "
            f"{lost[number]:>4} {again[number]:>8} {restart:>8}"
        )
    moods = ", ".join(f"{mood.name.lower()} {count}" for mood, count in result.turns.items())
    lines += [
        f"{result.published} headlines to tell, {result.arrived} messages in; sinks: {moods}.",
        f"Lost: {len(result.outcome.losses)}. Repeated with the same id: {len(result.outcome.repeats)}, of these "
        f"{again[None]} because a sink kept its answer back. {result.seconds:.0f} s.",
        *(f"FAULT: {fault}" for fault in result.faults[:SHOWN_FAULTS]),
    ]
    return [*lines, "Nothing was lost, nothing doubled." if not result.faults else f"{len(result.faults)} faults."]


if __name__ == "__main__":
    sys.exit(main())
