"""What a few texts name, what of it is worth a topic, and in which order."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.match import compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.phrases import MOST_PHRASES, phrases
from wirewatch.core.subjects import MOST_READ, Subject, find_subjects, included, make_seed, slug
from wirewatch.core.suggesting import MOST, Suggestion, suggest_topics
from wirewatch.core.watchlist import Pack, PackName, Rule, TopicKey
from wirewatch.core.weighing import Background


def name(gloss: str, *texts: str, beside: str = "") -> PackName:
    return PackName(gloss, tuple(Rule(text, "pack.yaml:1:1") for text in texts or (gloss,)), beside)


LAND = Pack(
    "freedonia",
    "Freedonia",
    (name("Freedonia", "Freedonia", "Freedonian", "프리도니아"),),
    include=("firefly", "places"),
)
LEADER = Pack("firefly", "Rufus Firefly", (name("Rufus Firefly", "Rufus Firefly", "Firefly", "파이어플라이"),))
PLACES = Pack("places", "Places of Freedonia", (name("Klopstokia", "Klopstokia", "클롭스토키아"), name("Duckport")))
NEIGHBOUR = Pack("sylvania", "Sylvania", (name("Sylvania", "Sylvania", "Sylvanian", "실바니아"), name("Trentino")))
PLANT = Pack("plant", "Duck Soup Plant", (name("Duck Soup Plant"), name("kettle hall", beside="freedonia")))
PACKS = (LAND, LEADER, PLACES, NEIGHBOUR, PLANT)

STORY = Entry(
    None,
    None,
    "Sylvania's Trentino offers talks to Freedonia's Rufus Firefly",
    content="Trentino sent a letter to Firefly on Monday, but it came back.\n"
    "The Trentino-Firefly summit in Marxville had raised hopes. Klopstokia was not invited.\n"
    "However, Trentino and Firefly met again in Marxville, the envoy Gloria Teasdale said.\n"
    "Freedonia is building a new kettle hall at the Duck Soup Plant, a Siberian winter notwithstanding.",
)


def told(
    *entries: Entry, packs: tuple[Pack, ...] = PACKS, background: Background | None = None
) -> tuple[Suggestion, ...]:
    seeds = tuple(make_seed(entry) for entry in entries)
    subjects = find_subjects(seeds, packs)
    return suggest_topics(seeds, subjects, packs, background or Background())


def keys(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [one.topic.key for one in suggestions]


def subject(key: str, entry: Entry = STORY) -> Subject:
    return next(one for one in find_subjects((make_seed(entry),), PACKS) if one.key == key)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("He met Kim Jong Un there.", {"Kim Jong Un"}, id="words with capitals"),
        pytest.param("Here's the deal: nothing. Stay tuned.", set(), id="no name begins these sentences"),
        pytest.param("Envoys left. Rain fell.", set(), id="one word that begins a sentence is in doubt"),
        pytest.param("Hanoi was full. All left Hanoi.", {"Hanoi"}, id="unless it stands inside of one too"),
        pytest.param(
            "Engaging North Korea is hard, they said, and left North Korea.", {"North Korea"}, id="a verb before a name"
        ),
        pytest.param("They saw President Lee Jae-myung.", {"Lee Jae-myung"}, id="titles are no part of a name"),
        pytest.param("He saw North Korea's flag.", {"North Korea"}, id="nor is the 's"),
        pytest.param("At the Trump-Kim talks", {"Trump", "Kim"}, id="a dash between two names"),
        pytest.param("The Trump-Kim talks", {"Trump", "Kim"}, id="also behind the first word of a sentence"),
        pytest.param("They like Lee Jae-Myung", {"Lee Jae-Myung"}, id="a dash inside of one"),
        pytest.param("The U.S. said so.", {"U.S."}, id="initials"),
        pytest.param("It went to the Board of Governors.", {"Board of Governors"}, id="of joins"),
        pytest.param("It was on Monday in June.", set(), id="days and months"),
        pytest.param("cold as a Siberian winter", set(), id="what kind of winter"),
        pytest.param("The Summit Roller Coaster Returns Again", set(), id="a line that capitalises all its words"),
        pytest.param("Spicy Take:\nIt rained.", set(), id="a label"),
        pytest.param("Rafael Grossi spoke. They asked Grossi.", {"Rafael Grossi"}, id="a surname stands for the name"),
        pytest.param("Об этом сообщил Рафаэль Гросси.", {"Рафаэль Гросси"}, id="Russian"),
        pytest.param("Он видел Рафаэля Гросси.", {"Рафаэля Гросси"}, id="Russian, inflected"),
        pytest.param(
            "вошёл президент США Дональд Трамп", {"США", "Дональд Трамп"}, id="Russian initials before a name"
        ),
        pytest.param("格罗西说，宁边扩建。格罗西在宁边。", {"格罗西"}, id="Chinese, repeated"),
        pytest.param("グロッシ氏が会見。グロッシ氏は帰国。", {"グロッシ"}, id="katakana, repeated"),
        pytest.param("国際原子力機関が監視。国際原子力機関は発表。", {"国際原子力機関"}, id="a run of kanji"),
        pytest.param("電影《無雙》上映", {"無雙"}, id="a title in its marks"),
        pytest.param(
            "이재명은 영변을 말했다. 이재명과 영변에서, 이재명도.", {"이재명"}, id="Korean without its particles"
        ),
        pytest.param("그는 '페이스메이커' 역할을 한다", {"페이스메이커"}, id="a coined word in quotation marks"),
        pytest.param("그는 “올해 만나고 싶다”", set(), id="what somebody said is no title"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_the_names_of_a_text(text: str, found: set[str]) -> None:
    assert {phrase.forms[0] for phrase in phrases(text)} == found


@given(st.text(max_size=300))
def test_a_phrase_stands_where_it_says(text: str) -> None:
    for phrase in phrases(text):
        assert phrase.forms and set(phrase.forms) <= {text[start:end] for start, end in phrase.places}


def test_the_spellings_of_a_name_are_kept_the_most_frequent_first() -> None:
    text = "в городе Йонбёна, у Йонбёна, возле Йонбёном"
    assert [phrase.forms for phrase in phrases(text)] == [("Йонбёна", "Йонбёном")]


def test_packs_are_found_with_the_names_that_stand_there() -> None:
    land = subject("freedonia")
    assert dict(land.spread) == {"Freedonia": 2, "Rufus Firefly": 4, "Klopstokia": 1}
    assert land.rules == ("pack:freedonia",) and land.parts == {"firefly", "places"}
    assert subject("firefly").wholes == {"freedonia"}


def test_names_in_company_make_a_pack_a_part_of_its_company() -> None:
    plant = subject("plant")
    assert dict(plant.spread) == {"Duck Soup Plant": 1, "kettle hall": 1} and plant.wholes == {"freedonia"}


def test_of_a_pack_that_lists_things_the_only_one_there_is_a_subject_of_its_own_with_its_aliases() -> None:
    place = subject("klopstokia")
    assert (place.title, place.rules) == ("Klopstokia", ("Klopstokia", "클롭스토키아"))
    assert place.wholes == {"freedonia", "places"}


def test_what_the_packs_know_is_no_name_of_its_own() -> None:
    found = {one.key for one in find_subjects((make_seed(STORY),), PACKS)}
    assert found == {"freedonia", "firefly", "klopstokia", "sylvania", "plant", "marxville", "gloria-teasdale"}


def test_a_pack_in_a_ring_of_includes_is_no_part_of_itself() -> None:
    ring = {key: Pack(key, key, (), include=(other,)) for key, other in (("a", "b"), ("b", "a"))}
    assert included("a", ring) == {"b"} and included("unknown", ring) == frozenset()


def test_first_the_main_subject_then_who_with_whom_then_its_threads_then_other_names() -> None:
    assert keys(told(STORY)) == [
        "freedonia", "trentino-firefly", "plant", "klopstokia", "marxville", "gloria-teasdale",
    ]  # fmt: skip


def test_a_pair_is_named_as_the_text_joins_it_and_asks_for_both() -> None:
    pair = told(STORY)[1]
    assert pair.topic.title == "Trentino–Firefly" and pair.topic.part_of == "freedonia"
    assert [[rule.text for rule in rules] for rules in pair.topic.all] == [["pack:sylvania"], ["pack:firefly"]]
    assert pair.reasons[0] == "Sylvania and Rufus Firefly stand together in 4 sentences, in the headline"


def test_reasons_give_figures_and_places() -> None:
    first = told(STORY)[0]
    assert first.reasons == (
        "stands 7 times, in the headline and in the lead",
        "of pack:freedonia stand there: Rufus Firefly (4), Freedonia (2), Klopstokia (1)",
    )
    assert first.times == 7


def test_a_thread_is_part_of_the_main_subject_and_another_name_is_not() -> None:
    parts = {str(one.topic.key): one.topic.part_of for one in told(STORY)}
    assert parts["plant"] == parts["klopstokia"] == "freedonia"
    assert parts["freedonia"] is None and parts["marxville"] is None


def test_every_example_fits_its_topic() -> None:
    suggestions = told(STORY)
    matcher = compile_topics(tuple(one.topic for one in suggestions), PACKS)
    for one in suggestions:
        assert one.topic.examples_match
        for example in one.topic.examples_match:
            fitting = {hit.topic for hit in matcher.match(Entry(None, None, example.text))}
            assert one.topic.key in fitting and len(example.text) <= 200 and "\n" not in example.text


def test_examples_begin_with_the_headline() -> None:
    assert told(STORY)[0].topic.examples_match[0].text == STORY.title


def test_a_sentence_that_is_too_long_for_an_example_is_cut_and_still_fits() -> None:
    long = Entry(None, None, "", content="Freedonia " + "and much more of that " * 30)
    (example,) = told(long)[0].topic.examples_match
    assert example.text.startswith("Freedonia and much") and len(example.text) <= 200


def test_what_several_texts_share_counts_more() -> None:
    first = Entry(None, None, "", content="They met in Marxville. They saw Gloria Teasdale, and Gloria Teasdale again.")
    second = Entry(None, None, "", content="All roads lead to Marxville.")
    suggestions = told(first, second)
    assert keys(suggestions) == ["marxville", "gloria-teasdale"]
    assert suggestions[0].reasons == ("stands twice, in the lead, in 2 of 2 texts",)


def test_a_name_that_is_everywhere_is_not_suggested_and_a_rare_one_comes_first() -> None:
    background = Background(1_000, {TopicKey("marxville"): 400, TopicKey("gloria-teasdale"): 1})
    suggestions = told(STORY, background=background)
    assert "marxville" not in keys(suggestions)
    rare = next(one for one in suggestions if one.topic.key == "gloria-teasdale")
    assert rare.reasons == ("stands once; in 0.1% of 1,000 stored entries",)


def test_a_few_stored_entries_say_nothing_about_how_common_a_name_is() -> None:
    assert "marxville" in keys(told(STORY, background=Background(3, {TopicKey("marxville"): 3})))


def test_a_name_without_any_pack_is_suggested_too() -> None:
    suggestions = told(STORY, packs=())
    assert {"rufus-firefly", "freedonia", "marxville"} <= set(keys(suggestions))
    assert all(rule.text[:5] != "pack:" for one in suggestions for rule in one.topic.any)


def test_a_korean_text_gives_packs_and_its_own_repeated_words() -> None:
    entry = Entry(
        None,
        None,
        "프리도니아 파이어플라이, 정상회담 제안",
        content="프리도니아는 정상회담을 제안했다. 실바니아는 정상회담을 거부했다.",
    )
    assert keys(told(entry)) == ["freedonia", "firefly", "정상회담", "sylvania"]


def test_in_a_long_text_what_a_pack_knows_is_still_no_name_of_its_own() -> None:
    titles = [one.topic.title for one in told(Entry(None, None, STORY.title, content=f"{STORY.content}\n" * 40))]
    assert len(set(titles)) == len(titles) and not {"Firefly", "Trentino", "Freedonian"} & set(titles)


def test_never_more_than_a_handful_and_no_key_twice() -> None:
    many = " ".join(f"They saw Person{chr(65 + number)} Bigname{chr(65 + number)} there." for number in range(26))
    suggestions = told(Entry(None, None, "", content=many))
    assert len(suggestions) == MOST and len(set(keys(suggestions))) == MOST


def test_a_single_word_that_stands_there_once_comes_last() -> None:
    text = Entry(None, None, "", content="They left Duckburg and saw Gloria Teasdale.")
    assert keys(told(text, packs=())) == ["gloria-teasdale", "duckburg"]


def test_three_examples_are_enough() -> None:
    text = Entry(None, None, "", content="\n".join(f"They left Freedonia {number} times." for number in range(5)))
    (only,) = told(text)
    assert [rule.text for rule in only.topic.examples_match] == [
        "They left Freedonia 0 times.", "They left Freedonia 1 times.", "They left Freedonia 2 times.",
    ]  # fmt: skip


def test_of_very_many_repeated_words_a_bounded_number_is_looked_at() -> None:
    words = [f"{chr(0xAC00 + 600 * one)}{chr(0xAC00 + 600 * two)}국" for one in range(9) for two in range(9)]
    assert len(phrases(". ".join(words * 2))) == MOST_PHRASES


def test_a_text_without_names_suggests_nothing() -> None:
    assert told(Entry(None, None, "it rained", content="and rained. And then it stopped.")) == ()


def test_the_same_texts_give_the_same_suggestions() -> None:
    assert told(STORY) == told(STORY)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        pytest.param("Trump–Kim", "trump-kim", id="a dash"),
        pytest.param("U.S.–North Korea", "u-s-north-korea", id="dots"),
        pytest.param("정상회담", "정상회담", id="letters of every script"),
        pytest.param("…", "topic", id="no letter"),
    ],
)
def test_a_title_becomes_a_key(title: str, key: str) -> None:
    assert slug(title) == key


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Rufus Firefly " * 800_000, id="one endless sentence of names"),
        pytest.param("프리도니아는 정상회담을. " * 700_000, id="Korean"),
        pytest.param("宁边核设施扩建格罗西表示" * 800_000, id="Chinese without any full stop"),
        pytest.param("Aa-" * 3_000_000, id="one word of dashes"),
        pytest.param("「" * 5_000_000, id="opening marks"),
    ],
)
def test_ten_million_characters_take_bounded_time(text: str) -> None:
    start = time.process_time()
    seed = make_seed(Entry(None, None, text, content=text))
    assert len(seed.text) <= 2 * MOST_READ + 3
    suggest_topics((seed,), find_subjects((seed,), PACKS), PACKS, Background())
    assert time.process_time() - start < 30
