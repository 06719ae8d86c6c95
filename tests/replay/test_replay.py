"""A slice of the captured series through the real daemon; and the check itself, on made documents that go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.core.made import document, entry
from tests.replay.machine import RECYCLED, SAME_LINK, Outcome, replay
from tests.replay.oracle import Oracle
from tests.replay.series import SHARED, Capture, captures, stated
from wirewatch.core.model import Alert, EntryId
from wirewatch.core.watchlist import Priority

NOW = datetime(2025, 6, 12, 7, 0, tzinfo=UTC)

SLICES = [
    pytest.param("kbs", 90, 150, id="kbs 90-150: an outage, then everything comes back"),
    pytest.param("ap-scraped", 1, None, id="ap-scraped: the guid follows the headline"),
    pytest.param("voa", 1, None, id="voa: neither guids nor links"),
]


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the captured series (../shared/data/timeseries) are not beside this checkout"
)
@pytest.mark.parametrize(("name", "first", "last"), SLICES)
async def test_a_captured_series_tells_nothing_old_or_twice_and_misses_nothing(
    name: str, first: int, last: int | None, tmp_path: Path
) -> None:
    outcome = await replay(name, captures(name, first, last), tmp_path)
    assert outcome.is_right, outcome


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the captured series (../shared/data/timeseries) are not beside this checkout"
)
def test_every_series_states_how_many_ids_it_has() -> None:
    assert stated("kbs").unique_entries == 16455


def made_series() -> Iterator[Capture]:
    """A feed with all that the captured ones do: an outage, a baseline, an edited headline under a new guid, news."""
    items = [item(number, f"Story {number}") for number in range(20, 60)]
    yield Capture(1, NOW, b"")
    yield capture(2, [])
    yield capture(3, items)
    yield capture(4, items)
    items = [item(1, "News"), item(59, "Story 59, longer", guid="new"), *items]
    yield capture(5, items)
    yield capture(6, [])
    yield capture(7, [item(2, "More news"), *items[:39]])


def item(number: int, title: str, guid: str = "") -> str:
    return (
        f"<item><title>{title}</title><guid isPermaLink='false'>{guid or f'g{number}'}</guid>"
        f"<link>https://made.example/{number}</link><pubDate>Thu, 12 Jun 2025 0{number % 7}:00:00 GMT</pubDate></item>"
    )


def capture(number: int, items: list[str]) -> Capture:
    body = f"<rss version='2.0'><channel><title>Made</title>{''.join(items)}</channel></rss>"
    return Capture(number, NOW + timedelta(minutes=number), body.encode())


async def test_a_made_series_tells_its_two_news_and_explains_its_ids(tmp_path: Path) -> None:
    outcome = await replay("made", made_series(), tmp_path)
    assert outcome.is_right, outcome
    assert (outcome.polls, outcome.empty, outcome.faults) == (7, 2, 1)
    assert (outcome.raw_ids, outcome.entries, outcome.alerts) == (43, 42, 2)
    assert outcome.rules == {SAME_LINK: 1}


def alert(number: int, title: str, link: str = "") -> Alert:
    return Alert(
        number, EntryId(number), title, link or f"https://news.example/{number}", "F", "F", None, None, NOW, NOW,
        Priority.NORMAL, (), "first report", 1,
    )  # fmt: skip


def test_the_oracle_notices_an_old_story_a_story_told_twice_and_one_that_is_missing() -> None:
    oracle = Oracle()
    oracle.sees(document(entry(5, "Old")))
    oracle.sees(document(entry(1, "Told"), entry(2, "Forgotten"), entry(5, "Old")))
    for told in (alert(5, "Old"), alert(1, "Told"), alert(1, "Told")):
        oracle.hears(told)
    assert oracle.told_old == ["Old"]
    assert oracle.told_twice() == ("news.example/1",)
    assert oracle.missed() == ("Forgotten",)


def test_an_outcome_is_right_only_if_it_adds_up_and_nothing_went_wrong() -> None:
    def outcome(raw: int, entries: int, rules: dict[str, int], missed: tuple[str, ...] = ()) -> Outcome:
        return Outcome("x", 1, 0, 0, raw, entries, rules, {}, 0, 0, (), (), missed, ())

    assert outcome(10, 8, {SAME_LINK: 2}).is_right
    assert outcome(10, 11, {RECYCLED: 1}).is_right
    assert not outcome(10, 9, {}).is_right
    assert not outcome(10, 10, {}, missed=("a",)).is_right
