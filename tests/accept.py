"""`make accept`: every campaign there is, one after the other, and one table of what came out."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

CAMPAIGNS = (
    ("score", "tests.judged.score", "precision and recall on the judged items"),
    ("conformance", "tests.conformance.run", "nine parsers' own suites"),
    ("replay", "tests.replay.run", "twelve captured series"),
    ("crash", "tests.crash.run", "kill -9 at twenty moments"),
    ("demo", "wirewatch demo", "a day of made news, judged"),
    ("bench", "tests.bench.run", "speed and size beside a plain script"),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How one campaign ended."""

    name: str
    what: str
    good: bool
    seconds: float


def run(name: str, module: str, what: str) -> Ran:
    print(f"\n=== {name}: {what}", flush=True)
    start = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *module.split()], check=False).returncode
    return Ran(name, what, code == 0, time.monotonic() - start)


def main() -> int:
    ran = [run(*campaign) for campaign in CAMPAIGNS]
    print("\n| campaign | | result | seconds |\n|---|---|---|---:|")
    for one in ran:
        print(f"| {one.name} | {one.what} | {'holds' if one.good else 'DOES NOT HOLD'} | {one.seconds:.0f} |")
    return 0 if all(one.good for one in ran) else 1


if __name__ == "__main__":
    sys.exit(main())
