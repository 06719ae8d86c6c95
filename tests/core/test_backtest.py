"""What an edit of the watchlist does: hits gained and lost, alerts, the terms that bring most, noise that returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.core.matching import topic
from wirewatch.core.backtest import Tally, effect_of
from wirewatch.core.change import (
    NO_WORDS,
    Candidate,
    Change,
    Edit,
    Effect,
    ReceiverEffect,
    TermEffect,
    TopicEffect,
    effect_in_words,
)
from wirewatch.core.comparing import Comparison
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import (
    NO_FEED,
    Feed,
    Pack,
    PackName,
    Receiver,
    ReceiverName,
    Route,
    Rule,
    Topic,
    TopicKey,
    Watchlist,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
NK, YB = TopicKey("north-korea"), TopicKey("yongbyon")
DESK, NIGHT = ReceiverName("desk"), ReceiverName("night")
ALPHA = Feed(name="Alpha", url="https://a.example/feed")


def watchlist(*topics: Topic, feeds: tuple[Feed, ...] = (ALPHA,), packs: tuple[Pack, ...] = ()) -> Watchlist:
    return Watchlist(
        feeds=feeds,
        topics=topics,
        receivers=(Receiver(DESK), Receiver(NIGHT)),
        routes=(Route(1, (NIGHT,), topics=frozenset({YB}), also=True), Route(2, (DESK,))),
        packs=packs,
    )


def candidate(title: str, day: float = 0, *, feed: Feed = ALPHA, noise: frozenset[TopicKey] = frozenset()) -> Candidate:
    return Candidate(Entry(None, None, title), feed, START + timedelta(days=day), noise)


def of(effect: Effect, key: str) -> TopicEffect:
    return next(one for one in effect.topics if one.topic == key)


KOREA = topic(NK, any=["North Korea", "DPRK"])
WIDER = topic(NK, any=["North Korea", "Pyongyang"])
ENTRIES = (
    candidate("North Korea speaks", 0),
    candidate("DPRK speaks", 1),
    candidate("Pyongyang speaks", 2),
    candidate("Pyongyang, North Korea", 3),
    candidate("Cup final", 4),
)


def test_an_edit_gains_and_loses_hits_and_shows_them() -> None:
    effect = effect_of(watchlist(KOREA), watchlist(WIDER), ENTRIES)
    korea = of(effect, NK)
    assert (korea.before, korea.after, korea.gained, korea.lost) == (3, 3, 1, 1)
    (gained,), (lost,) = effect.of(NK, Change.GAINED), effect.of(NK, Change.LOST)
    assert (gained.title, gained.sentence, gained.marks) == ("Pyongyang speaks", "Pyongyang speaks", ((0, 9),))
    assert (lost.title, lost.feed, lost.at) == ("DPRK speaks", "Alpha", START + timedelta(days=1))
    assert "Pyongyang" in gained.why and "DPRK" in lost.why
    assert effect.entries == 5


def test_the_same_watchlist_twice_changes_nothing() -> None:
    effect = effect_of(watchlist(KOREA), watchlist(KOREA), ENTRIES)
    assert of(effect, NK).before == of(effect, NK).after == 3 and effect.samples == ()
    assert effect_in_words(effect) == "no hit gained or lost over 5 entries of 4 days"


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        pytest.param(watchlist(), watchlist(KOREA), Change.GAINED, id="a new topic"),
        pytest.param(watchlist(KOREA), watchlist(), Change.LOST, id="a topic that is gone"),
        pytest.param(
            watchlist(KOREA), watchlist(replace(KOREA, enabled=False)), Change.LOST, id="a topic that is switched off"
        ),
    ],
)
def test_a_topic_may_stand_on_one_side_alone(before: Watchlist, after: Watchlist, change: Change) -> None:
    effect = effect_of(before, after, ENTRIES)
    assert len(effect.of(NK, change)) == 3 == len(effect.samples)


def test_figures_a_day_are_of_the_span_that_was_asked_for_from_its_first_entry_on() -> None:
    since, until = START - timedelta(days=30), START + timedelta(days=6)
    effect = effect_of(watchlist(), watchlist(KOREA), ENTRIES, since=since, until=until)
    assert (effect.since, effect.until, effect.days) == (START, until, 6.0)
    assert effect.a_day(of(effect, NK).after) == 0.5


def test_a_span_of_an_hour_is_no_day_times_twenty_four() -> None:
    assert effect_of(watchlist(), watchlist(KOREA), ENTRIES[:1]).days == 1.0


def test_without_dates_there_are_no_figures_a_day() -> None:
    effect = effect_of(watchlist(), watchlist(KOREA), [replace(ENTRIES[0], at=None)])
    assert effect.days is None and effect.a_day(1) is None
    assert effect_in_words(effect) == "north-korea +1: hits over 1 entry"


def test_an_alert_counts_once_for_each_receiver_however_many_topics_hit() -> None:
    both = watchlist(KOREA, topic(YB, any=["Yongbyon"]))
    entries = [candidate("Yongbyon, North Korea"), candidate("Yongbyon, DPRK"), candidate("North Korea")]
    effect = effect_of(watchlist(KOREA), both, entries)
    assert set(effect.receivers) == {ReceiverEffect(DESK, 3, 3), ReceiverEffect(NIGHT, 0, 2)}


def test_alerts_are_counted_right_however_many_languages_come() -> None:
    entries = [
        replace(one, entry=replace(one.entry, lang=f"l{number}")) for number, one in enumerate(ENTRIES[:1] * 1_100)
    ]
    effect = effect_of(watchlist(), watchlist(KOREA), [*entries, *entries])
    assert effect.receivers == (ReceiverEffect(DESK, 0, 2_200),)


def test_a_topic_on_trial_is_counted_and_tells_nobody() -> None:
    effect = effect_of(watchlist(), watchlist(replace(KOREA, trial=True)), ENTRIES)
    assert of(effect, NK).gained == 3 and effect.receivers == ()


def test_one_topic_is_looked_at_alone() -> None:
    after = watchlist(KOREA, topic(YB, any=["Pyongyang"]))
    effect = effect_of(watchlist(KOREA), after, ENTRIES, only=YB)
    assert [one.topic for one in effect.topics] == [YB]
    assert effect.receivers == (ReceiverEffect(DESK, 0, 2), ReceiverEffect(NIGHT, 0, 2))


def test_the_terms_that_bring_most_are_named_with_what_they_bring_alone() -> None:
    effect = effect_of(watchlist(KOREA), watchlist(WIDER), ENTRIES)
    assert of(effect, NK).terms == (TermEffect("North Korea", 2, 1, 0), TermEffect("Pyongyang", 2, 1, 1))


def test_a_term_behind_new_hits_is_named_although_ten_others_bring_more() -> None:
    old = [f"word{number}" for number in range(10)]
    entries = [*(candidate(word) for word in old for _ in range(2)), candidate("Pyongyang")]
    before, after = topic(NK, any=old), topic(NK, any=[*old, "Pyongyang", "nowhere"])
    terms = of(effect_of(watchlist(before), watchlist(after), entries), NK).terms
    assert len(terms) == 11 and terms[-1] == TermEffect("Pyongyang", 1, 1, 1)


def test_a_term_is_alone_where_no_other_of_its_own_list_stands() -> None:
    plant = topic(YB, any=["Yongbyon", "Nyongbyon"], all=[["reactor", "uranium"]])
    entries = [candidate("Yongbyon reactor"), candidate("Yongbyon reactor and uranium")]
    terms = of(effect_of(watchlist(), watchlist(plant), entries), YB).terms
    assert terms == (TermEffect("Yongbyon", 2, 2, 2), TermEffect("reactor", 2, 1, 2), TermEffect("uranium", 1, 0, 1))


def test_the_names_of_a_pack_stand_in_the_list_that_names_the_pack() -> None:
    inner = Pack("places", "Places", (PackName("Yongbyon", (Rule("Yongbyon"),)),))
    outer = Pack("plants", "Plants", (PackName("ELWR", (Rule("ELWR"),)),), include=("places",))
    plant = topic(YB, any=["reactor"], all=[["pack:plants"]])
    entries = [candidate("Yongbyon: reactor ELWR"), candidate("ELWR reactor")]
    terms = of(effect_of(watchlist(), watchlist(plant, packs=(inner, outer)), entries), YB).terms
    assert terms == (TermEffect("ELWR", 2, 1, 2), TermEffect("reactor", 2, 2, 2), TermEffect("Yongbyon", 1, 0, 1))


def test_what_a_feed_is_about_needs_no_word() -> None:
    about = watchlist(KOREA, feeds=(replace(ALPHA, about=NK),))
    effect = effect_of(watchlist(KOREA), about, [candidate("Cup final")])
    assert of(effect, NK).gained == 1 and of(effect, NK).terms == (TermEffect(NO_WORDS, 1, 1, 1),)


def test_a_feed_that_only_one_side_reads_counts_for_that_side_alone() -> None:
    beta = Feed(name="Beta", url="https://b.example/feed")
    entries = [candidate("North Korea", feed=replace(NO_FEED, url=beta.url)), candidate("North Korea")]
    effect = effect_of(watchlist(KOREA, feeds=(ALPHA, beta)), watchlist(KOREA), entries)
    assert (of(effect, NK).before, of(effect, NK).after) == (2, 1)
    assert [one.feed for one in effect.of(NK, Change.LOST)] == ["Beta"]
    back = effect_of(watchlist(KOREA), watchlist(KOREA, feeds=(ALPHA, beta)), entries)
    assert (of(back, NK).before, of(back, NK).after) == (1, 2)


def test_an_entry_of_a_feed_that_both_have_left_is_judged_by_its_words() -> None:
    gone = Feed(name="Gone", url="https://gone.example/feed")
    effect = effect_of(watchlist(), watchlist(KOREA), [candidate("North Korea", feed=gone)])
    assert [one.feed for one in effect.of(NK, Change.GAINED)] == ["Gone"]


def test_hits_that_somebody_called_noise_are_told_apart() -> None:
    noise = frozenset({NK})
    entries = [candidate("DPRK is a band", noise=noise), candidate("North Korea Street", noise=noise)]
    effect = effect_of(watchlist(KOREA), watchlist(WIDER), entries)
    assert (of(effect, NK).still_noise, of(effect, NK).mended) == (1, 1)
    assert [one.title for one in effect.of(NK, Change.STILL_NOISE)] == ["North Korea Street"]
    assert [one.title for one in effect.of(NK, Change.MENDED)] == ["DPRK is a band"]


def test_only_the_newest_hits_are_kept_to_be_shown_newest_first() -> None:
    entries = [candidate(f"North Korea, part {day}", day) for day in (3, 1, 4, 0, 2)]
    effect = effect_of(watchlist(), watchlist(KOREA), entries, show=2)
    assert [one.title for one in effect.samples] == ["North Korea, part 4", "North Korea, part 3"]
    assert effect_of(watchlist(), watchlist(KOREA), entries, show=0).samples == ()


def test_counts_do_not_depend_on_how_the_work_was_split() -> None:
    edit = Edit(watchlist(KOREA), watchlist(WIDER, topic(YB, any=["speaks"])))
    comparison = Comparison.of(edit)
    parts = [Tally(2), Tally(2), Tally(2)]
    for number, one in enumerate(ENTRIES):
        parts[number % 2].judge(one, comparison)
    total = Tally(2)
    for part in parts:
        total.add(part)
    assert total.effect(edit) == effect_of(edit.before, edit.after, ENTRIES, show=2)


def test_the_effect_is_said_in_one_line_the_largest_first() -> None:
    before = watchlist(KOREA, topic(YB, any=["Cup"]), topic("talks", any=["Pyongyang"]))
    after = watchlist(WIDER, topic(YB, any=["final", "speaks"]), topic("talks", any=["Pyongyang"]))
    line = effect_in_words(effect_of(before, after, ENTRIES))
    assert line == "yongbyon +3; north-korea +1 −1: hits over 5 entries of 4 days"


def test_of_very_many_topics_the_line_names_ten() -> None:
    topics = [topic(f"t{number}", any=["Cup"]) for number in range(12)]
    line = effect_in_words(effect_of(watchlist(), watchlist(*topics), ENTRIES))
    assert line.startswith("t0 +1; t1 +1; ") and ", and 2 more topics: hits over 5 entries" in line


def test_hits_to_be_shown_are_bounded_however_many_topics_hit() -> None:
    topics = [topic(f"t{number}", any=["Cup"]) for number in range(120)]
    effect = effect_of(watchlist(), watchlist(*topics), ENTRIES)
    assert len(effect.samples) == 50 and sum(one.gained for one in effect.topics) == 120
