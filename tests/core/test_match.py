"""What a topic finds, how it says so, and what it shows of it."""

from __future__ import annotations

import time

import pytest

from tests.core.matching import entry, fits, from_feed, matcher, topic
from wirewatch.core.model import Entry, Field, Prominence
from wirewatch.core.watchlist import Block, Topic, TopicKey

NK = topic("north-korea", any=["North Korea", "북한"], none=["on par with North Korea", "football"])


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        pytest.param("North Korea", "NORTH KOREA's army", True, id="any capitals, and a possessive"),
        pytest.param("North Korea", "the north Koreans", False, id="whole words"),
        pytest.param("North Korea", "up north. Korea wins", False, id="not across a sentence's end"),
        pytest.param("North Korea", "North “Korea”", True, id="across quotes"),
        pytest.param('"North Korea"', "in North Korea", True, id="quotes round a phrase mean nothing"),
        pytest.param("“nuclear test”*", "nuclear testing", True, id="a star behind quotes"),
        pytest.param("Kim Jong Un", "Kim Jong-un", True, id="hyphens are spaces"),
        pytest.param("U.N.", "the U.N. said", True, id="an abbreviation with stops"),
        pytest.param("войск*", "войсками", True, id="a star opens the end"),
        pytest.param("войск", "войскам", True, id="Cyrillic words are found in their cases"),
        pytest.param("Kim", "Kima", False, id="no star, no ending, where the language is not known"),
        pytest.param("*جيش", "والجيش", True, id="a star in front opens the beginning"),
        pytest.param("*북한", "경북한우", True, id="a star in front opens a Korean word"),
        pytest.param("북한", "북한이 발사", True, id="Korean particles"),
        pytest.param("북한", "성북한의원", False, id="a Korean word begins at its edge"),
        pytest.param("북한", "美북한 회담", True, id="a change of script is an edge"),
        pytest.param("金正恩", "今年想见金正恩了", True, id="Chinese inside of a text"),
        pytest.param("トランプ", "米トランプ大統領", True, id="Japanese inside of a text"),
        pytest.param("Lee 대통령", "Lee대통령이", True, id="two scripts in one term"),
        pytest.param("IAEA", "IAEA는", True, id="Latin before Korean"),
        pytest.param("=UN", "the UN's envoy", True, id="exactly so"),
        pytest.param("=UN", "Kim Jong Un", False, id="not exactly so"),
        pytest.param("=UN", "UNESCO", False, id="exactly, and whole"),
        pytest.param("=New Deal", "a New\nDeal", False, id="exactly, not over two blocks"),
        pytest.param("=New Deal", "a New  Deal", True, id="exactly, but for the width of a space"),
        pytest.param("=北", "北, 미사일 발사", True, id="one Chinese character that stands alone"),
        pytest.param("=北", "北京奥运", False, id="one Chinese character in a word"),
        pytest.param("Київ", "Київ\ud800", True, id="beside half a character"),
        pytest.param("Pyongyang", "\u202bPyongyang\u202c كوريا", True, id="text of two directions"),
        pytest.param("Pyongyang", "", False, id="an empty title"),
    ],
)
def test_a_term_finds(term: str, text: str, found: bool) -> None:
    assert fits(term, text) is found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("North Korea fires missile", True, id="named"),
        pytest.param("Queues on par with North Korea", False, id="only inside a hiding phrase"),
        pytest.param("Queues on par with North Korea, says man from North Korea", True, id="also outside of it"),
        pytest.param("North Korea wins at football", False, id="a phrase without own words vetoes"),
        pytest.param("Seoul is quiet", False, id="nothing"),
    ],
)
def test_not_takes_a_word_away_or_the_whole_entry(text: str, told: bool) -> None:
    assert bool(matcher(NK).match(entry(text))) is told


def test_a_hiding_phrase_takes_away_only_words_wholly_inside_of_it() -> None:
    japan = topic(any=["北朝鮮", "朝鮮"], none=["朝鮮人"])
    assert matcher(japan).match(entry("在日朝鮮人の歴史")) == ()
    assert [span.rule for span in matcher(japan).match(entry("北朝鮮人権問題"))[0].spans] == ["北朝鮮"]


def test_all_wants_one_of_each_list_and_any_one_more() -> None:
    both = matcher(topic(any=["summit"], all=[["Trump", "트럼프"], ["Kim"]]))
    assert both.match(entry("Trump, Kim plan summit"))
    assert both.match(entry("트럼프", "A summit.", "With Kim."))
    assert not both.match(entry("Trump plans summit"))
    assert not both.match(entry("Trump meets Kim"))


def test_hits_stand_in_the_order_of_the_watchlist_and_disabled_topics_are_not_watched() -> None:
    topics = [
        topic("b", any=["Kim"]),
        topic("off", any=["Kim"], enabled=False),
        topic("trial", any=["Kim"], trial=True),
        topic("a", any=["Kim"]),
    ]
    assert [hit.topic for hit in matcher(*topics).match(entry("Kim"))] == ["b", "trial", "a"]
    assert matcher(*topics).match(entry("Lee"), feed=from_feed("off")) == ()


def test_no_topics_find_nothing() -> None:
    assert matcher().match(entry("Kim")) == ()
    assert matcher().explain(entry("Kim")) == ()


def test_a_hit_keeps_rule_field_and_place() -> None:
    read = entry("Kim Jong-un’s visit", "In “North\u00adKorea”, he…", "Later: 북한이 밝혔다")
    (hit,) = matcher(topic(any=["North Korea", "북한", "Kim Jong Un", "NorthKorea"])).match(read)
    assert [(s.rule, s.field, read.text_of(s.field)[s.start : s.end]) for s in hit.spans] == [
        ("Kim Jong Un", Field.TITLE, "Kim Jong-un"),
        ("NorthKorea", Field.SUMMARY, "North\u00adKorea"),
        ("북한", Field.CONTENT, "북한"),
    ]


def test_a_content_that_begins_with_the_summary_is_read_once() -> None:
    read = entry("Title", "Kim came to Han…", "Kim came to Hanoi.")
    (hit,) = matcher(topic(any=["Kim", "Hanoi"])).match(read)
    assert [(span.rule, span.field) for span in hit.spans] == [("Kim", Field.CONTENT), ("Hanoi", Field.CONTENT)]


def test_a_hit_keeps_at_most_fifty_spans_and_one_of_every_condition() -> None:
    (hit,) = matcher(topic(all=[["Kim"], ["Trump"]])).match(entry("Kim " * 200 + "Trump"))
    assert len(hit.spans) == 50
    assert {span.rule for span in hit.spans} == {"Kim", "Trump"}


LONG = "Nothing of note here. " * 30


@pytest.mark.parametrize(
    ("read", "prominence"),
    [
        pytest.param(entry("Trump and Kim", LONG), Prominence.HEADLINE, id="all in the headline"),
        pytest.param(entry("Trump", "Well. Kim. Then."), Prominence.LEAD, id="one only in the first two sentences"),
        pytest.param(entry("Trump", "Well. So. Kim."), Prominence.PASSING, id="one only in the third sentence"),
        pytest.param(entry("Trump", "y " * 200 + "Kim"), Prominence.PASSING, id="one only after 300 characters"),
        pytest.param(entry("Trump", "", "Kim."), Prominence.LEAD, id="a content without summary"),
        pytest.param(entry("Trump", "Well.", "Kim."), Prominence.PASSING, id="one only in the content"),
        pytest.param(entry("Trump", " " * 1200 + "Kim."), Prominence.PASSING, id="behind a lot of nothing"),
    ],
)
def test_prominence_says_where_every_needed_word_can_be_found(read: Entry, prominence: Prominence) -> None:
    (hit,) = matcher(topic(all=[["Trump"], ["Kim"]])).match(read)
    assert hit.prominence is prominence


def test_the_sentence_shows_the_most_rules_the_earliest_of_those() -> None:
    read = entry("Talks", "Kim came. Kim met Trump in Hanoi. Trump left Hanoi with Kim.")
    (hit,) = matcher(topic(any=["Kim", "Trump", "Hanoi"])).match(read)
    assert hit.sentence == "Kim met Trump in Hanoi."
    assert [hit.sentence[start:end] for start, end in hit.marks] == ["Kim", "Trump", "Hanoi"]


def test_the_sentence_shows_what_makes_the_topic_before_its_company() -> None:
    watch = matcher(topic(all=[["reactor", "plant"], ["North Korea", "Kim", "Pyongyang"]]))
    (hit,) = watch.match(entry("North Korea's Kim speaks in Pyongyang", "Pyongyang is calm. The reactor runs."))
    assert hit.sentence == "The reactor runs."
    assert hit.why == 'found "North Korea", "Kim" and "Pyongyang" in the headline, "reactor" in the summary'
    (hit,) = watch.match(entry("North Korea's Kim speaks", "The reactor of Pyongyang runs."))
    assert hit.sentence == "The reactor of Pyongyang runs."
    (hit,) = watch.match(entry("Plant in North Korea", "The reactor and the plant of North Korea and of Pyongyang."))
    assert hit.sentence == "Plant in North Korea"


def test_why_names_what_makes_the_topic_among_many_words() -> None:
    watch = matcher(topic(all=[["reactor"], ["Kim", "Han", "Lee", "Park", "Choi", "Ri"]]))
    (hit,) = watch.match(entry("Kim, Han, Lee, Park, Choi, Ri", "A reactor."))
    assert hit.why == 'found "Kim", "Han", "Lee" and "Park" in the headline, "reactor" in the summary, and 2 more'


def test_a_headline_is_shown_whole() -> None:
    (hit,) = matcher(topic(any=["Kim"])).match(entry("Talks over? No! Kim stays"))
    assert (hit.sentence, hit.marks) == ("Talks over? No! Kim stays", ((16, 19),))


def test_a_long_sentence_is_cut_round_the_words() -> None:
    (hit,) = matcher(topic(any=["Kim"])).match(entry("Talks", "word " * 100 + "Kim " + "word " * 100))
    assert len(hit.sentence) <= 300
    assert [hit.sentence[start:end] for start, end in hit.marks] == ["Kim"]


def test_everything_in_a_feed_about_a_topic_hits_it() -> None:
    watch = matcher(NK, topic("other", any=["Kim"]))
    (hit,) = watch.match(entry("New factory opens", "By the river."), feed=from_feed("north-korea"))
    assert (hit.topic, hit.spans, hit.marks) == ("north-korea", (), ())
    assert (hit.sentence, hit.prominence) == ("New factory opens", Prominence.LEAD)
    assert hit.why == "everything in this feed is about North-Korea"


def test_a_feed_about_a_topic_still_shows_the_words_that_stand_there() -> None:
    (hit,) = matcher(NK).match(entry("North Korea opens factory"), feed=from_feed("north-korea"))
    assert (hit.prominence, hit.why) == (Prominence.HEADLINE, 'found "North Korea" in the headline')
    pair = matcher(topic("pair", all=[["Trump"], ["Kim"]]))
    (hit,) = pair.match(entry("Trump speaks"), feed=from_feed("pair"))
    assert (hit.prominence, hit.sentence, hit.marks) == (Prominence.HEADLINE, "Trump speaks", ((0, 5),))
    (hit,) = pair.match(entry("He speaks", "Trump"), feed=from_feed("pair"))
    assert (hit.prominence, hit.sentence) == (Prominence.LEAD, "Trump")


def test_a_feed_about_a_topic_does_not_overrule_a_veto() -> None:
    assert matcher(NK).match(entry("A day of football"), feed=from_feed("north-korea")) == ()


@pytest.mark.parametrize(
    ("read", "why"),
    [
        pytest.param(entry("Kim Jong Un"), 'found "Kim Jong Un" in the headline', id="a longer word names the shorter"),
        pytest.param(
            entry("Trump, Hanoi", "Kim, Seoul", "Paris, Rome"),
            'found "Trump" and "Hanoi" in the headline, "Kim" and "Seoul" in the summary, "Paris" in the text, '
            "and 1 more",
            id="five are named",
        ),
        pytest.param(entry("Hanoi, Seoul, Rome"), 'found "Hanoi", "Seoul" and "Rome" in the headline', id="a list"),
    ],
)
def test_a_hit_says_why(read: Entry, why: str) -> None:
    watch = matcher(topic(any=["Kim", "Kim Jong Un", "Trump", "Hanoi", "Seoul", "Paris", "Rome"]))
    assert watch.match(read)[0].why == why


def test_an_explanation_names_what_is_missing_hidden_and_vetoed() -> None:
    watch = matcher(NK, topic("pair", all=[["Trump"], ["Kim", "김정은"]], none=["Kim Reynolds"]))
    nk, pair = watch.explain("Trump and Kim Reynolds at football, on par with North Korea")
    assert (nk.fits, nk.why) == (False, 'never with "football" in the headline')
    assert nk.failed == ('never with "football" in the headline',)
    assert [(part.asks, part.holds, part.failed) for part in nk.rule.parts] == [
        ('"North Korea" or "북한"', False, '"North Korea" does not count inside "on par with North Korea"')
    ]
    assert not pair.fits
    assert pair.failed == ('"Kim" does not count inside "Kim Reynolds"',)
    assert pair.why == '"Kim" does not count inside "Kim Reynolds"; found only "Trump" in the headline'


def test_an_explanation_of_nothing_names_a_few_words_of_a_long_list() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven"]
    (told,) = matcher(topic(any=words)).explain("Nothing")
    assert told.why == 'not found: "one" or "two" or "three" or "four" or "five" or 2 more'
    (told,) = matcher(topic(any=["Kim"], none=["Kim"])).explain("Kim")
    assert told.why == 'never with "Kim"'


def test_an_explanation_knows_what_the_feed_is_about() -> None:
    (told,) = matcher(NK).explain(entry("Factory opens"), feed=from_feed("north-korea"))
    assert (told.fits, told.why) == (True, "everything in this feed is about North-Korea")


def test_two_spellings_of_one_term_are_told_as_each_topic_wrote_them() -> None:
    hits = matcher(topic("a", any=["Kim Jong-un"]), topic("b", any=["KIM JONG UN"])).match(entry("Kim Jong Un"))
    assert [hit.spans[0].rule for hit in hits] == ["Kim Jong-un", "KIM JONG UN"]


def test_an_unusable_rule_is_not_compiled() -> None:
    with pytest.raises(ValueError, match="holds no letter"):
        matcher(topic(any=["..."]))


def test_a_title_of_ten_megabytes_takes_seconds() -> None:
    began = time.process_time()
    (hit,) = matcher(topic(any=["Kim"])).match(entry("é x " * 2_500_000 + "Kim"))
    assert [hit.sentence[start:end] for start, end in hit.marks] == ["Kim"]
    assert len(hit.sentence) <= 300
    assert time.process_time() - began < 60


def test_a_hundred_thousand_topics_take_seconds() -> None:
    began = time.process_time()
    watch = matcher(*(topic(f"t{number}", any=[f"word{number} phrase"]) for number in range(100_000)))
    assert [hit.topic for hit in watch.match(entry("A word77777 phrase"))] == ["t77777"]
    assert time.process_time() - began < 60


FLOODS = [  # in which fields it makes a hit: title, summary, content
    pytest.param("Kim ", topic(any=["Kim"], none=["Kim Kim Kim"]), "", id="a word and a phrase round it"),
    pytest.param("Kim ", topic(any=["Kim"]), "tsc", id="a word"),
    pytest.param("é UN ", topic(any=["=UN"]), "tsc", id="exactly so"),
    pytest.param("é un ", topic(any=["=UN"]), "", id="not exactly so"),
    pytest.param("كيم", topic(any=["كيم"]), "", id="one word without an end"),
    pytest.param("Кореи Север", topic(any=["Северная Корея"]), "", id="an inflected phrase that is never whole"),
    pytest.param("Kim. Lee.\n", topic(all=[["Kim"], ["Lee"]], within=Block.SENTENCE), "t", id="in one sentence"),
    pytest.param("Kim x Lee\n", topic(all=[["Kim"], ["Lee"]], within=Block.PARAGRAPH), "tsc", id="in one paragraph"),
    pytest.param("Kim x Lee ", topic(all=[["Kim"], ["Lee"]], within=1), "tsc", id="near each other"),
    pytest.param("Kim ", topic(query="Kim NEAR/3 Lee OR summary:Kim"), "s", id="a query"),
    pytest.param("\ud800\u202e\u0301", topic(any=["Kim"]), "", id="nothing but half characters and marks"),
    pytest.param("北朝鮮", topic(any=["朝鮮"], none=["北朝鮮"]), "", id="Han"),
]


@pytest.mark.parametrize(("piece", "watched", "fields"), FLOODS)
def test_a_flood_of_one_word_takes_seconds_wherever_it_stands(piece: str, watched: Topic, fields: str) -> None:
    flood = piece * (200_000 // len(piece))
    began = time.process_time()
    for field, read in {"t": entry(flood), "s": entry("x", flood), "c": entry("x", "y", flood)}.items():
        hits = matcher(watched).match(read)
        assert bool(hits) is (field in fields)
        assert all(len(hit.spans) <= 50 and len(hit.sentence) <= 300 for hit in hits)
    assert time.process_time() - began < 30


def test_a_word_behind_a_flood_of_another_in_the_next_field_is_found() -> None:
    watch = matcher(topic(all=[["Kim"], ["Lee"]], within=1))
    (hit,) = watch.match(entry("Kim " * 2_000, "Kim Lee"))
    assert {span.rule for span in hit.spans if span.field is Field.SUMMARY} == {"Kim", "Lee"}


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(entry(), id="an empty document"),
        pytest.param(entry(" \n ", "\u200b", "…"), id="nothing but space and signs"),
        pytest.param(entry("\ud83d", "\udc00"), id="half characters"),
    ],
)
def test_an_entry_of_nothing_is_read(read: Entry) -> None:
    assert matcher(NK).match(read) == ()
    (hit,) = matcher(NK).match(read, from_feed("north-korea"))
    assert (hit.spans, hit.marks) == ((), ())
    assert matcher(NK).explain(read)[0].failed == ('not found: "North Korea" or "북한"',)


def test_words_of_two_directions_are_shown_where_they_stand() -> None:
    read = entry("\u202bترامب\u202c met \u2067Kim\u2069 in بيونغ يانغ today")
    (hit,) = matcher(topic(all=[["ترامب"], ["Kim"], ["بيونغ يانغ"]])).match(read)
    shown = [hit.sentence[start:end].strip("\u202c\u2069") for start, end in hit.marks]
    assert shown == ["ترامب", "Kim", "بيونغ يانغ"]
    assert [read.title[span.start : span.end] for span in hit.spans] == [read.title[a:b] for a, b in hit.marks]


def test_an_explanation_may_be_asked_for_one_topic() -> None:
    (told,) = matcher(NK, topic("other", any=["Kim"])).explain("Kim", only=TopicKey("other"))
    assert (told.topic, told.fits) == ("other", True)


def test_one_place_found_by_two_rules_counts_for_both() -> None:
    (hit,) = matcher(topic(all=[["Kim"], ["kim", "=Kim"]], within=1)).match(entry("Kim"))
    assert [(span.rule, span.start, span.end) for span in hit.spans] == [("=Kim", 0, 3), ("Kim", 0, 3), ("kim", 0, 3)]
