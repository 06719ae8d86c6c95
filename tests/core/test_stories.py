"""Which reports are one story, why, and how many voices tell it; always on made reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.core.model import EntryId
from wirewatch.core.stories import Joined, JoinReason, Report, StoryId, StoryWindow, Voices, count_voices
from wirewatch.core.watchlist import FeedKind, TopicKey

NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
FIRE = Report(
    EntryId(1),
    "Chip plant in Hsinchu shuts after transformer fire",
    "A transformer fire stopped production at a wafer plant in Hsinchu for at least four days. No one was hurt, but"
    " clean rooms filled with smoke and wafers may be scrapped.",
    "en",
    "newswire",
    FeedKind.WIRE,
    NOON,
    link_key=11,
)


def other(
    *,
    hours: float = 1,
    title: str = "Nine freighters listed for carrying shells",
    text: str = "",
    outlet: str = "daily",
    lang: str = "en",
    link_key: int | None = 99,
) -> Report:
    return Report(
        EntryId(2), title, text, lang, outlet, FeedKind.PRESS, NOON + timedelta(hours=hours), link_key=link_key
    )


def placed(first: Report, second: Report) -> Joined:
    window = StoryWindow()
    assert window.place(first) == Joined(StoryId(1), True, JoinReason.FIRST)
    return window.place(second)


CUT = FIRE.text[:100]


@pytest.mark.parametrize(
    ("second", "why", "reprint"),
    [
        pytest.param(other(link_key=11), JoinReason.LINK, True, id="another feed points to the same page"),
        pytest.param(other(title=FIRE.title), JoinReason.HEADLINE, True, id="the headline alone is reprinted"),
        pytest.param(
            other(title=f"UPDATE 1-{FIRE.title.upper()}", text=FIRE.text), JoinReason.HEADLINE, True, id="sent again"
        ),
        pytest.param(
            other(
                title=FIRE.title,
                text="Our reporter saw engines race to the science park; insurers expect large claims within weeks.",
            ),
            JoinReason.HEADLINE,
            False,
            id="a house wrote its own text under the same headline",
        ),
        pytest.param(other(text=FIRE.text), JoinReason.WORDS, True, id="a desk wrote its own headline"),
        pytest.param(
            other(title="Smoke over Taiwan", text=f"HSINCHU (NW) - {CUT}"),
            JoinReason.TEXT,
            True,
            id="retitled, cut, with a dateline",
        ),
        pytest.param(
            other(title="Fire shuts Hsinchu chip plant", text="Engines raced to the science park at dawn."),
            JoinReason.TEXT,
            False,
            id="told in other words",
        ),
        pytest.param(other(title=FIRE.title, hours=71.9), JoinReason.HEADLINE, True, id="just within 72 hours"),
        pytest.param(
            other(title=FIRE.title, outlet="newswire", hours=11), JoinReason.HEADLINE, True, id="under a new address"
        ),
        pytest.param(
            other(title=FIRE.title, outlet="newswire", hours=30, link_key=11),
            JoinReason.LINK,
            True,
            id="an outlet's own page a day later",
        ),
    ],
)
def test_a_report_of_the_same_event_joins(second: Report, why: JoinReason, reprint: bool) -> None:
    joined = placed(FIRE, second)
    assert (joined.story, joined.new, joined.why, joined.reprint) == (StoryId(1), False, why, reprint)
    assert joined.like == EntryId(1)
    assert (joined.similarity is not None) == (why is JoinReason.TEXT)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(other(), id="another event"),
        pytest.param(other(title=FIRE.title, text=FIRE.text, hours=72.1), id="after 72 hours"),
        pytest.param(other(title=FIRE.title, text=FIRE.text, outlet="newswire", hours=24), id="an outlet's column"),
        pytest.param(
            other(title=FIRE.title, text=FIRE.text, outlet="newswire", hours=24, link_key=None),
            id="an outlet's column without links",
        ),
        pytest.param(other(text=FIRE.text, outlet="newswire"), id="an outlet prints one text under all its headlines"),
        pytest.param(
            other(title="Fire shuts Hsinchu chip plant", text="", lang="nl"), id="like words in another language"
        ),
        pytest.param(other(title=""), id="nothing to compare"),
    ],
)
def test_a_report_that_may_be_news_begins_a_story(second: Report) -> None:
    assert placed(FIRE, second) == Joined(StoryId(2), True, JoinReason.FIRST)


@pytest.mark.parametrize("title", ["North Korea", "World news", "Newsflash", "북한", ""])
def test_a_headline_that_names_no_event_joins_nothing(title: str) -> None:
    assert placed(replace(FIRE, title=title, text=""), other(title=title)).new


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(
            "북한, 동해로 단거리 탄도미사일 두 발 발사", "북한이 동해로 단거리 탄도미사일을 발사했다", id="Korean"
        ),
        pytest.param("北朝鮮が短距離弾道ミサイル2発を発射", "北朝鮮、短距離弾道ミサイルを日本海へ発射", id="Japanese"),
        pytest.param("朝鲜向东部海域发射两枚短程弹道导弹", "韩军称朝鲜发射短程弹道导弹", id="Chinese"),
    ],
)
def test_words_that_are_not_spaced_or_grow_endings_are_compared(one: str, two: str) -> None:
    assert placed(replace(FIRE, title=one, text="", lang=""), other(title=two, lang="")).why is JoinReason.TEXT


NUCLEAR = TopicKey("yongbyon")


def abroad(entry: int, lang: str, names: set[str], *, title: str, hours: float = 1) -> Report:
    at = NOON + timedelta(hours=hours)
    return Report(EntryId(entry), title, "", lang, f"o{entry}", None, at, frozenset({NUCLEAR}), frozenset(names), entry)


RARE = {"Radiochemical Laboratory", "Yongbyon"}
ENGLISH = abroad(1, "en", RARE, title="Steam seen over laboratory at 3 stacks", hours=0)


def busy_window() -> StoryWindow:
    """Forty stories of one topic, all with its common name, so that it is known which names are rare."""
    window = StoryWindow()
    for number in range(100, 140):
        made = abroad(number, "en", {"North Korea"}, title=f"{number}alpha {number}beta {number}gamma", hours=0)
        assert window.place(made).new
    assert window.place(ENGLISH).new
    return window


def test_an_event_in_another_language_joins_where_topic_names_and_time_agree() -> None:
    joined = busy_window().place(abroad(2, "ko", RARE, title="방사화학실험실 굴뚝 3곳에서 증기"))
    assert joined == Joined(StoryId(1), False, JoinReason.ABROAD, None, EntryId(1))


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(abroad(2, "ko", RARE, title="증기 관측", hours=13), id="half a day apart"),
        pytest.param(abroad(2, "ko", {"Yongbyon"}, title="증기 관측"), id="one name"),
        pytest.param(
            abroad(2, "ko", {"Yongbyon", "Kangson", "IAEA", "North Korea"}, title="증기 관측"), id="other names besides"
        ),
        pytest.param(abroad(2, "ko", RARE, title="굴뚝 57곳에서 증기"), id="other figures"),
        pytest.param(
            replace(abroad(2, "ko", RARE, title="증기 관측"), topics=frozenset({TopicKey("other")})), id="another topic"
        ),
        pytest.param(abroad(2, "", RARE, title="증기 관측"), id="a language that nobody knows"),
        pytest.param(abroad(2, "en", RARE, title="Quake shakes county"), id="its own language, other words"),
    ],
)
def test_an_event_in_another_language_stays_apart_where_anything_disagrees(report: Report) -> None:
    assert busy_window().place(report).why is JoinReason.FIRST


def test_an_event_in_another_language_stays_apart_where_two_stories_fit() -> None:
    window = busy_window()
    assert window.place(abroad(3, "en", RARE, title="Inspectors locked out by guards")).new
    assert window.place(abroad(2, "ko", RARE, title="증기 관측")).new


def test_a_story_in_both_languages_is_judged_by_its_text() -> None:
    window = busy_window()
    assert not window.place(abroad(2, "ko", RARE, title="방사화학실험실 굴뚝에서 증기")).new
    assert window.place(abroad(3, "ko", RARE, title="사찰단 입국 거부")).new


def test_a_window_of_weeks_holds_three_days() -> None:
    window = StoryWindow()
    for hour in range(400):
        made = replace(FIRE, entry_id=EntryId(hour), at=NOON + timedelta(hours=hour), link_key=hour, outlet=f"o{hour}")
        assert window.place(made).story == StoryId(0)
        if hour == 100:
            window.take_back(EntryId(hour))
    assert len(window) == 73
    assert window.story_of(EntryId(326)) is None
    assert window.story_of(EntryId(327)) == 0


def test_a_report_that_comes_four_days_late_begins_its_own_story() -> None:
    assert placed(FIRE, other(title=FIRE.title, text=FIRE.text, hours=-96)).new


def test_an_entry_is_placed_once() -> None:
    window = StoryWindow()
    window.place(FIRE)
    with pytest.raises(ValueError, match=r"stories: entry 1: is in the window already; place an entry once"):
        window.place(FIRE)
    with pytest.raises(ValueError, match=r"stories: entry 1: is in the window already"):
        window.add(FIRE, StoryId(1))


def test_a_placement_that_was_rolled_back_leaves_no_trace() -> None:
    window = StoryWindow()
    window.place(FIRE)
    window.take_back(EntryId(1))
    assert len(window) == 0
    assert window.story_of(EntryId(1)) is None
    assert window.place(other(title=FIRE.title)).new


def test_a_report_moved_by_hand_draws_the_next_ones_with_it() -> None:
    window = StoryWindow()
    window.place(FIRE)
    window.move(EntryId(1), StoryId(77))
    assert window.story_of(EntryId(1)) == 77
    assert window.place(other(title=FIRE.title)).story == 77
    with pytest.raises(KeyError, match=r"stories: entry 5: is not in the window"):
        window.move(EntryId(5), StoryId(1))
    with pytest.raises(KeyError, match=r"stories: entry 5: is not in the window"):
        window.take_back(EntryId(5))


@pytest.mark.parametrize(
    ("members", "voices"),
    [
        pytest.param([("ap", FeedKind.WIRE, False)] + [("x", None, True)] * 30, Voices(1, 0), id="a wire reprinted"),
        pytest.param([("ap", FeedKind.WIRE, False), ("ap", None, False)], Voices(1, 0), id="two feeds of one outlet"),
        pytest.param([("kcna", FeedKind.STATE_MEDIA, False)], Voices(0, 1), id="state media only"),
        pytest.param(
            [("kcna", FeedKind.STATE_MEDIA, False), ("bbc", FeedKind.PRESS, False)], Voices(1, 1), id="one of each"
        ),
        pytest.param([("x", None, True), ("x", None, False)], Voices(1, 0), id="a reprint, then its own report"),
    ],
)
def test_voices_are_counted(members: list[tuple[str, FeedKind | None, bool]], voices: Voices) -> None:
    assert count_voices(members) == voices
    assert voices.state_media_only == (voices.others == 0)
    assert voices.all == voices.others + voices.state
