"""The captured series: the same feed, again and again, byte for byte, with the time of each capture."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data" / "timeseries"


@dataclass(frozen=True, slots=True)
class Capture:
    """One body and when it was there. number: from 1, as in the file's name."""

    number: int
    at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Stated:
    """What SERIES.tsv says of a series."""

    polls: int
    unique_entries: int


def names() -> list[str]:
    """All series that lie beside the checkout, [] where there are none."""
    return sorted(path.name.removesuffix(".tar.xz") for path in SHARED.glob("*.tar.xz"))


def stated(name: str) -> Stated:
    with (SHARED / "SERIES.tsv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file, delimiter="\t") if row["series"] == name)
    return Stated(int(row["polls"]), int(row["unique_items"]))


def captures(name: str, first: int = 1, last: int | None = None) -> Iterator[Capture]:
    """Captures `first` to `last` of a series, in order."""
    with tarfile.open(SHARED / f"{name}.tar.xz", "r:xz") as archive:
        for member in archive:
            path = Path(member.name)
            if path.suffix != ".xml":
                continue
            number, stamp = path.stem.split("_")
            if int(number) < first or (last is not None and int(number) > last):
                continue
            file = archive.extractfile(member)
            assert file is not None
            yield Capture(int(number), datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), file.read())
