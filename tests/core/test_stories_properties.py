"""What holds for stories of any reports in any order: replay, restart, forgetting, columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wirewatch.core.model import EntryId
from wirewatch.core.stories import Joined, JoinReason, Report, StoryWindow
from wirewatch.core.watchlist import TopicKey

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
WINDOW = timedelta(hours=72)
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
_WORDS = st.sampled_from(["fire", "plant", "chip", "wafer", "drill", "missile", "envoy", "letter", "treaty", "북한"])
_TEXT = st.lists(_WORDS, max_size=12).map(" ".join)


@st.composite
def _runs(draw: st.DrawFn) -> list[Report]:
    """Up to 25 reports of few words, so that many are alike, minutes to days apart, now and then back in time."""
    at, reports = BEGIN, []
    for number in range(draw(st.integers(1, 25))):
        at += timedelta(minutes=draw(st.integers(-60, 1500)))
        reports.append(
            Report(
                EntryId(1000 + number),
                draw(_TEXT),
                draw(_TEXT),
                draw(st.sampled_from(["en", "ko", "en-GB", ""])),
                draw(st.sampled_from("abc")),
                None,
                at,
                frozenset({TopicKey("t")}),
                draw(st.frozensets(st.sampled_from(["Fire", "Chip plant", "Envoy"]), max_size=3)),
                draw(st.none() | st.integers(0, 30)),
            )
        )
    return reports


def placed(reports: list[Report], window: StoryWindow | None = None) -> list[Joined]:
    window = window or StoryWindow()
    return [window.place(report) for report in reports]


@FEW
@given(_runs())
def test_the_same_reports_in_the_same_order_give_the_same_stories(reports: list[Report]) -> None:
    assert placed(reports) == placed(reports)


@FEW
@given(_runs())
def test_a_story_is_named_after_its_first_report(reports: list[Report]) -> None:
    for report, joined in zip(reports, placed(reports), strict=True):
        assert joined.new == (int(joined.story) == int(report.entry_id)) == (joined.why is JoinReason.FIRST)
        assert joined.new == (joined.like is None)


@FEW
@given(_runs(), st.integers(0, 25))
def test_a_restart_changes_nothing(reports: list[Report], after: int) -> None:
    before, later = reports[:after], reports[after:]
    stories = placed(before)
    newest = max((report.at for report in before), default=BEGIN)
    restarted = StoryWindow()
    for report, joined in zip(before, stories, strict=True):
        if report.at >= newest - WINDOW:
            restarted.add(report, joined.story)
    assert placed(later, restarted) == placed(reports)[after:]


@FEW
@given(_runs(), st.integers(0, 3000))
def test_forgetting_drops_what_is_older_and_nothing_else(reports: list[Report], minutes: int) -> None:
    window = StoryWindow()
    placed(reports, window)
    before = BEGIN + timedelta(minutes=minutes)
    there = {report.entry_id: window.story_of(report.entry_id) for report in reports}
    window.forget_before(before)
    for report in reports:
        kept = window.story_of(report.entry_id)
        assert kept == (None if report.at < before else there[report.entry_id])


@FEW
@given(_runs(), st.integers(0, 24))
def test_taking_back_is_as_if_it_had_never_come(reports: list[Report], at: int) -> None:
    last = replace(reports[-1], entry_id=EntryId(1))
    window, plain = StoryWindow(), StoryWindow()
    head = reports[: at + 1]
    placed(head, window)
    placed(head, plain)
    now = replace(last, at=max(report.at for report in head))  # the time moves on whatever is taken back
    window.place(now)
    window.take_back(now.entry_id)
    assert placed(reports[at + 1 :], window) == placed(reports[at + 1 :], plain)


@FEW
@given(_runs(), st.integers(1, 71 * 60))
def test_a_headline_of_another_outlet_always_joins_within_three_days(reports: list[Report], minutes: int) -> None:
    window = StoryWindow()
    placed(reports, window)
    at = max(report.at for report in reports)
    first = Report(EntryId(1), "Quake shakes Hualien county tonight", "", "en", "first", None, at)
    later = at + timedelta(minutes=minutes)
    window.place(first)
    joined = window.place(replace(first, entry_id=EntryId(2), outlet="second", lang="fr", at=later))
    assert joined.why is JoinReason.HEADLINE
    assert joined.like == EntryId(1)


@FEW
@given(st.integers(721, 71 * 60), st.integers(0, 5))
def test_a_column_never_joins_the_story_of_its_earlier_issue(minutes: int, reprints: int) -> None:
    window = StoryWindow()
    issue = Report(EntryId(100), "Weather for the coming days", "Sun and rain in turns.", "en", "a", None, BEGIN)
    window.place(issue)
    for number in range(reprints):
        assert not window.place(replace(issue, entry_id=EntryId(number), outlet=f"b{number}")).new
    assert window.place(replace(issue, entry_id=EntryId(200), at=BEGIN + timedelta(minutes=minutes))).new
