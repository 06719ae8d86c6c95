"""New, edited, the same, or old: what a feed may do to its entries, and what Wirewatch makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.made import NK, NOW, TK, Memory, counts, document, entry, titles, told_titles
from wirewatch.core.judge import HOLD_AT_LEAST, MAX_EDITS, TELLING_TEXT
from wirewatch.core.model import HitState
from wirewatch.core.watchlist import OlderNews

# So many others that two entries of one link are less than a tenth of the document.
OTHERS = tuple(entry(number) for number in range(500, 530))


@pytest.fixture
def memory() -> Memory:
    """A feed that has shown its baseline: entries 10 to 19, none of them about a topic."""
    memory = Memory()
    memory.polls(document(*(entry(number) for number in range(10, 20))), minutes=-10)
    return memory


def test_the_first_document_with_entries_is_older_news() -> None:
    memory = Memory()
    assert counts(memory.polls(document())) == {}
    assert memory.state.baseline_at is None
    plan = memory.polls(document(entry(1, "north-korea one"), entry(2)))
    assert counts(plan) == {"BASELINE": 2}
    assert [found.state for new in plan.new for found in new.hits] == [HitState.OLDER]
    assert memory.told == []


@pytest.mark.parametrize(
    ("older", "told"),
    [
        pytest.param(OlderNews(), [], id="none"),
        pytest.param(OlderNews(newest=1), ["north-korea 1"], id="newest 1"),
        pytest.param(
            OlderNews(last=timedelta(minutes=2, seconds=30)), ["north-korea 1", "north-korea 2"], id="last 2.5 min"
        ),
        pytest.param(OlderNews(everything=True), ["north-korea 1", "north-korea 2", "north-korea 3"], id="all"),
    ],
)
def test_older_news_is_told_only_where_it_is_asked_for(older: OlderNews, told: list[str]) -> None:
    memory = Memory()
    memory.polls(document(*(entry(number, f"north-korea {number}") for number in (1, 2, 3)), entry(4)), older=older)
    assert told_titles(memory) == told


def test_what_a_known_feed_adds_is_news(memory: Memory) -> None:
    plan = memory.polls(document(entry(1, "north-korea"), *(entry(number) for number in range(10, 19))))
    assert counts(plan) == {"NEW": 1, "SAME": 9}
    assert memory.told == [("north-korea", NK)]


def test_an_entry_without_a_date_or_with_an_old_one_is_news_when_it_comes_alone(memory: Memory) -> None:
    plan = memory.polls(document(entry(1, published=None), entry(2, published=NOW - timedelta(days=400))))
    assert counts(plan) == {"NEW": 2}


def test_a_changed_guid_under_a_known_link_is_the_same_entry(memory: Memory) -> None:
    plan = memory.polls(document(entry(10, guid="rebuilt-10")))
    assert counts(plan) == {"RENAMED": 1}
    assert counts(memory.polls(document(entry(10, guid="rebuilt-10")))) == {"SAME": 1}


def test_a_changed_link_under_a_known_guid_is_the_same_entry(memory: Memory) -> None:
    plan = memory.polls(document(entry(10, link="https://moved.example/story-10")))
    assert counts(plan) == {"RENAMED": 1}


def test_a_guid_that_only_changes_its_scheme_is_the_same() -> None:
    memory = Memory()
    memory.polls(document(entry(1, guid="http://www.news.example/?p=1", link=None)))
    assert counts(memory.polls(document(entry(1, guid="https://news.example/?p=1", link=None)))) == {"SAME": 1}


def test_a_headline_edited_under_a_new_guid_is_an_edit_and_stays_one(memory: Memory) -> None:
    old, edited = entry(10), entry(10, "Story number ten, now longer", guid="new-guid")
    memory.polls(document(*OTHERS))
    assert counts(memory.polls(document(edited, old, *OTHERS))) == {"EDITED": 1, "SAME": 31}
    assert counts(memory.polls(document(edited, old, *OTHERS))) == {"SAME": 32}
    assert counts(memory.polls(document(old, edited, *OTHERS))) == {"SAME": 32}


def test_one_article_under_two_new_guids_is_one_entry(memory: Memory) -> None:
    first, second = entry(1, "Talks north-korea"), entry(1, "Talks trump-kim", guid="second")
    memory.polls(document(*OTHERS))
    plan = memory.polls(document(first, second, *OTHERS))
    assert titles(plan.new) == ["Talks north-korea"]
    assert memory.told == [("Talks north-korea", NK), ("Talks north-korea", TK)]
    assert counts(memory.polls(document(second, first, *OTHERS))) == {"SAME": 32}


def test_a_topics_first_hit_by_an_edit_is_told_once(memory: Memory) -> None:
    memory.polls(document(entry(10, "Story north-korea")))
    memory.polls(document(entry(10, "Story north-korea, more")))
    memory.polls(document(entry(10, "Story north-korea and trump-kim")))
    assert memory.told == [("Story north-korea", NK), ("Story north-korea and trump-kim", TK)]


def test_two_edits_of_one_entry_in_one_document_tell_a_topic_once(memory: Memory) -> None:
    memory.polls(document(*OTHERS))
    b, c = (entry(10, "north-korea b", guid=guid) for guid in "bc")
    plan = memory.polls(document(entry(10, "north-korea a"), b, c, *OTHERS))
    assert len(plan.edited) == 2
    assert memory.told == [("north-korea b", NK)]
    assert memory.entries[plan.edited[-1].id].title == "north-korea a"  # the document's first stays as the text


def test_an_edit_back_to_an_older_wording_is_nothing(memory: Memory) -> None:
    memory.polls(document(entry(10, "Other words")))
    assert counts(memory.polls(document(entry(10)))) == {"SAME": 1}


def test_a_restless_entry_is_matched_but_no_longer_stored(memory: Memory) -> None:
    for turn in range(MAX_EDITS):
        assert counts(memory.polls(document(entry(10, f"It is {turn} o'clock")))) == {"EDITED": 1}
    plan = memory.polls(document(entry(10, "It is late")))
    assert (counts(plan), plan.edited) == ({"RESTLESS": 1}, ())
    memory.polls(document(entry(10, "north-korea at last")))
    assert memory.told == [("north-korea at last", NK)]


def test_two_entries_of_one_wording_stay_two_and_quiet(memory: Memory) -> None:
    twins = document(entry(1, "Weather"), entry(2, "Weather"))
    assert counts(memory.polls(twins)) == {"NEW": 2}
    assert counts(memory.polls(twins)) == {"SAME": 2}


def test_an_article_that_changes_headline_address_and_date_under_its_guid_is_an_edit(memory: Memory) -> None:
    changed = entry(10, "Another headline", link="https://news.example/another", published=NOW + timedelta(hours=2))
    assert counts(memory.polls(document(changed, *(entry(number) for number in range(11, 20))))) == {
        "EDITED": 1,
        "SAME": 9,
    }


def test_entries_numbered_anew_at_each_poll_are_known_by_their_links() -> None:
    memory = Memory()
    memory.polls(document(*(entry(number, guid=str(number)) for number in range(1, 9))))
    shifted = [entry(number - 1, guid=str(number)) for number in range(2, 9)]
    newest = entry(99, "north-korea", guid="1", published=NOW)
    assert counts(memory.polls(document(newest, *shifted))) == {"RECYCLED": 1, "SAME": 7}
    assert memory.told == [("north-korea", NK)]


def test_numbers_used_again_for_a_whole_new_document_are_news() -> None:
    memory = Memory()
    memory.polls(document(*(entry(number, guid=str(number)) for number in range(1, 9))))
    fresh = [entry(number + 50, f"Fresh {number}", guid=str(number), published=NOW) for number in range(1, 9)]
    assert counts(memory.polls(document(*fresh))) == {"RECYCLED": 8}
    assert counts(memory.polls(document(*fresh))) == {"SAME": 8}


def test_the_same_text_at_the_same_time_under_new_ids_is_the_same_entry(memory: Memory) -> None:
    moved = entry(10, guid="x", link="https://moved.example/x")
    assert counts(memory.polls(document(moved))) == {"RENAMED": 1}


def test_a_standing_headline_told_anew_each_day_is_news(memory: Memory) -> None:
    memory.polls(document(entry(1, "north-korea today")))
    tomorrow = entry(2, "north-korea today", published=NOW + timedelta(days=1))
    assert counts(memory.polls(document(tomorrow))) == {"NEW": 1}


@pytest.mark.parametrize(("length", "verdict"), [(TELLING_TEXT, "RENAMED"), (TELLING_TEXT - 1, "NEW")])
def test_undated_text_recognises_an_entry_only_if_it_is_long(length: int, verdict: str, memory: Memory) -> None:
    text = "x" * length
    memory.polls(document(entry(1, summary=text, published=None)))
    plan = memory.polls(document(entry(2, "Story number 1", summary=text, published=None)))
    assert counts(plan) == {verdict: 1}


def test_an_entry_with_neither_guid_nor_link_is_known_by_its_text() -> None:
    memory = Memory()
    bare = entry(1, guid=None, link=None)
    memory.polls(document(bare))
    assert counts(memory.polls(document(bare))) == {"SAME": 1}
    assert counts(memory.polls(document(replace(bare, published=None)))) == {"SAME": 1}
    assert counts(memory.polls(document(replace(bare, published=NOW)))) == {"NEW": 1}


def test_an_entry_with_neither_guid_nor_link_is_known_by_its_title_and_date_when_its_text_is_edited() -> None:
    # voa: lessons without guid and link, whose text is mended after publication.
    memory = Memory()
    bare = entry(1, guid=None, link=None, summary="First text")
    memory.polls(document(bare))
    assert counts(memory.polls(document(replace(bare, summary="Mended text")))) == {"EDITED": 1}


@pytest.mark.parametrize(
    ("hours", "length", "verdict"),
    [
        pytest.param(4, TELLING_TEXT, "RENAMED", id="a long text dated anew some hours later"),
        pytest.param(30, TELLING_TEXT, "NEW", id="a long text a day later: a standing one"),
        pytest.param(4, TELLING_TEXT - 1, "NEW", id="a short text some hours later"),
    ],
)
def test_a_moved_article_is_known_by_its_long_text(hours: int, length: int, verdict: str, memory: Memory) -> None:
    # nytimes, 17 June 2020: an article got a new address and a new date within hours.
    memory.polls(document(entry(1, summary="x" * length)))
    moved = entry(2, "Story number 1", summary="x" * length, published=NOW + timedelta(hours=hours))
    assert counts(memory.polls(document(moved))) == {verdict: 1}


def test_a_link_that_is_the_channels_own_or_shared_identifies_nothing(memory: Memory) -> None:
    home = [entry(number, link="http://www.news.example") for number in (1, 2)]
    shared = [entry(number, link="https://news.example/today") for number in (3, 4)]
    live = [entry(number, link=f"https://news.example/live#part-{number}") for number in (5, 6)]
    assert counts(memory.polls(document(*home, *shared, *live))) == {"NEW": 6}


def test_a_guid_that_a_whole_document_shares_identifies_nothing(memory: Memory) -> None:
    assert counts(memory.polls(document(*(entry(number, guid="1") for number in (1, 2, 3))))) == {"NEW": 3}


def test_a_rebuilt_feed_is_held_and_what_is_unlike_stays_news(memory: Memory) -> None:
    old = [
        entry(
            number, guid=f"new-{number}", link=f"https://new.example/{number}", published=NOW - timedelta(days=number)
        )
        for number in range(20, 40)
    ]
    plan = memory.polls(
        document(entry(1, "north-korea today"), *(replace(one, title=f"{one.title} north-korea") for one in old))
    )
    assert counts(plan) == {"NEW": 1, "HELD": 20}
    assert memory.told == [("north-korea today", NK)]
    assert {found.state for new in plan.new[1:] for found in new.hits} == {HitState.HELD}


def test_known_headlines_under_new_ids_are_held_en_masse_whatever_their_dates(memory: Memory) -> None:
    again = [
        entry(number, guid=f"n{number}", link=f"https://n.example/{number}", published=NOW) for number in range(10, 20)
    ]
    assert counts(memory.polls(document(*again))) == {"HELD": 10}


def test_many_entries_that_look_new_are_news_however_many(memory: Memory) -> None:
    many = [entry(number, published=NOW) for number in range(100, 400)]
    assert counts(memory.polls(document(*many))) == {"NEW": 300}


def test_a_few_late_entries_are_news(memory: Memory) -> None:
    late = [entry(number, published=NOW - timedelta(hours=9)) for number in range(100, 100 + HOLD_AT_LEAST - 1)]
    assert counts(memory.polls(document(*late))) == {"NEW": HOLD_AT_LEAST - 1}


def test_late_entries_that_are_less_than_half_of_the_document_are_news_even_if_all_the_new_ones_are_late(
    memory: Memory,
) -> None:
    # rnz, 25 April 2020: six of ten new entries were dated up to three days back, and were news.
    late = [entry(number, published=NOW - timedelta(days=2)) for number in range(100, 109)]
    assert counts(memory.polls(document(*late, *(entry(number) for number in range(10, 20))))) == {"NEW": 9, "SAME": 10}


def test_a_standing_entry_that_is_dated_anew_at_each_poll_does_not_make_news_look_old(memory: Memory) -> None:
    memory.polls(document(entry(10, published=NOW + timedelta(minutes=60))), minutes=60)
    late = [entry(number, published=NOW + timedelta(minutes=30)) for number in range(100, 120)]
    assert counts(memory.polls(document(*late), minutes=61)) == {"NEW": 20}


def test_a_date_in_the_future_does_not_make_news_look_old(memory: Memory) -> None:
    memory.polls(document(entry(1, published=NOW + timedelta(days=9000))))
    assert counts(memory.polls(document(*(entry(number, published=NOW) for number in range(100, 120))))) == {"NEW": 20}


def test_a_document_without_an_end_holds_its_last_entry_once(memory: Memory) -> None:
    cut = document(entry(1, "north-korea"), entry(2, "trump-k"), complete=False)
    assert counts(memory.polls(cut)) == {"NEW": 1, "CUT": 1}
    assert counts(memory.polls(document(entry(1, "north-korea"), entry(2, "trump-kim")))) == {"SAME": 1, "NEW": 1}
    assert memory.told == [("north-korea", NK), ("trump-kim", TK)]


def test_a_feed_that_never_ends_tells_its_last_entry_at_the_second_sight(memory: Memory) -> None:
    cut = document(entry(1, "north-korea"), complete=False)
    assert counts(memory.polls(cut)) == {"CUT": 1}
    assert counts(memory.polls(cut)) == {"NEW": 1}


def test_a_baseline_without_an_end_goes_on_in_the_next_document() -> None:
    memory = Memory()
    memory.polls(document(entry(3), entry(4), complete=False))
    plan = memory.polls(document(entry(1, "north-korea"), *(entry(number) for number in range(3, 9))), minutes=5)
    assert counts(plan) == {"NEW": 1, "SAME": 1, "BASELINE": 5}
    assert memory.told == [("north-korea", NK)]
    assert memory.state.baseline_at is not None


def test_an_outage_and_its_end_tell_nothing_old_and_miss_nothing_new(memory: Memory) -> None:
    for _ in range(5):
        memory.polls(document())
    plan = memory.polls(document(entry(1, "north-korea"), *(entry(number) for number in range(10, 20))))
    assert counts(plan) == {"NEW": 1, "SAME": 10}
