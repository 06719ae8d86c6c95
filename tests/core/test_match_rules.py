"""The conditions of a topic beyond `any` and `all`: where, how near, how many, in what company, and when not."""

from __future__ import annotations

import time

import pytest

from tests.core.matching import entry, fits, from_feed, matcher, name, pack, topic
from wirewatch.core.match import check_packs, check_rules
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Block, Pack, Scope, Topic

LONG = entry(
    "Trump in Seoul",
    "He met Lee. Then talks. Kim was not there, and no word of him.",
    "Trump spoke at length.\nKim listened. Lee left.\nLater, the reactor of Yongbyon was named by Trump and Kim.",
)


@pytest.mark.parametrize(
    ("within", "parts", "wanted"),
    [
        pytest.param(None, ["Seoul", "reactor"], True, id="anywhere"),
        pytest.param(Block.SENTENCE, ["Trump", "Kim"], True, id="in one sentence of the text"),
        pytest.param(Block.SENTENCE, ["Trump", "Lee"], False, id="in no one sentence"),
        pytest.param(Block.SENTENCE, ["Trump", "Seoul"], True, id="the headline is one sentence"),
        pytest.param(Block.PARAGRAPH, ["Kim", "Lee"], True, id="in one paragraph"),
        pytest.param(Block.PARAGRAPH, ["Lee", "reactor"], False, id="in no one paragraph"),
        pytest.param(Block.PARAGRAPH, ["Seoul", "Lee"], True, id="the headline goes with the first paragraph"),
        pytest.param(Block.PARAGRAPH, ["Seoul", "reactor"], False, id="the headline goes with no later one"),
        pytest.param(3, ["reactor", "Yongbyon"], True, id="near each other"),
        pytest.param(1, ["Trump", "Kim"], True, id="with one word between"),
        pytest.param(2, ["Yongbyon", "Trump"], False, id="too far"),
        pytest.param(3, ["reactor", "named", "Kim"], True, id="each near another"),
        pytest.param(2, ["reactor", "named", "Kim"], False, id="one of three too far"),
        pytest.param(9, ["Seoul", "met"], False, id="never over two fields"),
    ],
)
def test_parts_of_a_topic_stand_together(within: int | Block | None, parts: list[str], wanted: bool) -> None:
    assert fits(topic(all=[[part] for part in parts], within=within), LONG) is wanted


def test_only_words_that_stand_together_are_shown() -> None:
    (hit,) = matcher(topic(all=[["Trump"], ["Kim"]], within=1)).match(LONG)
    assert [LONG.content[span.start : span.end] for span in hit.spans] == ["Trump", "Kim"]
    assert hit.sentence == "Later, the reactor of Yongbyon was named by Trump and Kim."


def test_within_asks_nothing_of_a_single_list_and_nothing_of_any() -> None:
    assert fits(topic(any=["Seoul"], all=[["reactor"]], within=1), LONG)


@pytest.mark.parametrize(
    ("query", "text", "wanted"),
    [
        pytest.param("북한 NEAR/1 발사", "북한이 미사일을 발사", True, id="a particle is no word between"),
        pytest.param("북한 NEAR/1 발사", "북한이 어제 미사일을 발사", False, id="two words between"),
        pytest.param("북한 NEAR/1 *위원장", "북한의 새 김위원장", True, id="nor is what stands before an open word"),
        pytest.param("react* NEAR/1 restart", "reactors will restart", True, id="nor is what a star stands for"),
        pytest.param("*actor NEAR/1 react*", "reactor", True, id="in one word nothing stands between"),
    ],
)
def test_a_distance_counts_whole_words(query: str, text: str, wanted: bool) -> None:
    assert fits(topic(query=query), text) is wanted


@pytest.mark.parametrize(
    ("within", "wanted"), [pytest.param(2, True, id="two words' worth"), pytest.param(1, False, id="less")]
)
def test_two_characters_of_a_text_without_spaces_count_as_a_word(within: int, wanted: bool) -> None:
    assert fits(topic(all=[["朝鲜"], ["导弹"]], within=within), "朝鲜再次发射导弹") is wanted


@pytest.mark.parametrize(
    ("scope", "read", "wanted"),
    [
        pytest.param(Scope.HEADLINE, entry("Kim"), True, id="in the headline"),
        pytest.param(Scope.HEADLINE, entry("x", "Kim"), False, id="not in the headline"),
        pytest.param(Scope.LEAD, entry("x", "Well. Kim."), True, id="in the second sentence"),
        pytest.param(Scope.LEAD, entry("x", "Well. So. Kim."), False, id="in the third sentence"),
        pytest.param(Scope.LEAD, entry("x", "", "Kim."), True, id="in the content's first sentence"),
        pytest.param(Scope.LEAD, entry("x", "Well.", "Kim."), False, id="in the content below a summary"),
        pytest.param(Scope.LEAD, entry("x", "y " * 200 + "Kim"), False, id="after 300 characters"),
        pytest.param(Scope.TEXT, entry("x", "y", "z. z. z. Kim"), True, id="anywhere"),
    ],
)
def test_the_words_of_a_topic_stand_in_a_part_of_the_entry(scope: Scope, read: Entry, wanted: bool) -> None:
    assert fits(topic(any=["Kim", "Lee"], scope=scope), read) is wanted
    assert fits(topic(any=["pack:p"], scope=scope), read, pack("p", "Kim")) is wanted
    assert fits(topic(query="Kim", scope=scope), read) is wanted


def test_an_explanation_says_where_words_are_missing() -> None:
    (told,) = matcher(topic(any=["Kim"], scope=Scope.LEAD)).explain(entry("Lee", "So. Well. Kim."))
    assert told.failed == ('not found in the headline or the lead: "Kim"',)


MANY = topic(any=["Trump", "Kim", "=KIM", "summit"], least=2)


@pytest.mark.parametrize(
    ("watched", "text", "wanted"),
    [
        pytest.param(MANY, "Trump and Kim", True, id="two different ones"),
        pytest.param(MANY, "Kim and Kim", False, id="one of them twice"),
        pytest.param(topic(any=["Kim", "pack:p"], least=2), "Kim at Yongbyon", True, id="one, and one of a pack"),
        pytest.param(topic(any=["pack:p"], least=2), "Yongbyon (영변)", False, id="one thing of a pack in two scripts"),
        pytest.param(topic(any=["pack:p"], least=2), "영변 and Punggye-ri", True, id="two things of a pack"),
        pytest.param(
            topic(any=["Lee"], beside={"pack:p": ["reactor"]}, least=2), "Lee: reactor of 영변", True, id="beside"
        ),
        pytest.param(
            topic(any=["Lee"], beside={"pack:p": ["reactor"]}, least=2), "Lee: reactor", False, id="no company"
        ),
    ],
)
def test_min_asks_for_several_different_words(watched: Topic, text: str, wanted: bool) -> None:
    sites = pack("p", name("Yongbyon", "Yongbyon", ko="영변"), "Punggye-ri")
    assert fits(watched, text, sites) is wanted


def test_an_explanation_counts_the_words_of_min() -> None:
    (told,) = matcher(MANY).explain("Kim speaks")
    assert told.failed == ("found only 1 of 2 words",)
    assert told.rule.asks == '2 of "Trump" or "Kim" or "=KIM" or "summit"'
    (told,) = matcher(topic(any=["Lee", "pack:p"], least=2), packs=[pack("p", "Kim")]).explain("Kim")
    assert told.failed == ("found only 1 of 2 words",)
    assert told.rule.asks == "2 of these together"


COUNTRY = topic("country", any=["North Korea", "북한"], none=["on par with North Korea", "football"])
REACTOR = topic("reactor", any=["Yongbyon"], beside={"country": ["reactor", "plant"]})


@pytest.mark.parametrize(
    ("text", "about", "wanted"),
    [
        pytest.param("Reactor in North Korea", None, True, id="in company"),
        pytest.param("Reactor in Iran", None, False, id="alone"),
        pytest.param("Yongbyon", None, True, id="a word that needs none"),
        pytest.param("Reactor opens", "country", True, id="in a feed about its company"),
        pytest.param("Factory opens", "country", False, id="such a feed makes no word"),
        pytest.param("Reactor on par with North Korea", None, False, id="company that is taken away"),
        pytest.param("Reactor, football in North Korea", None, True, id="a veto of the company is none here"),
    ],
)
def test_words_that_count_only_beside_a_topic(text: str, about: str | None, wanted: bool) -> None:
    watch = matcher(COUNTRY, REACTOR)
    assert ("reactor" in [hit.topic for hit in watch.match(entry(text), from_feed(about))]) is wanted


def test_company_may_stand_in_another_field_and_be_a_disabled_topic() -> None:
    off = topic("country", any=["North Korea"], enabled=False)
    assert matcher(off, REACTOR).match(entry("Reactor seen", "In North Korea."))


def test_an_explanation_names_the_missing_company() -> None:
    _, told = matcher(COUNTRY, REACTOR).explain("A reactor and a plant")
    assert told.failed == ('"reactor" and "plant" in the headline counts only beside a name of Country',)
    assert [part.asks for part in told.rule.parts] == [
        '"Yongbyon"',
        '"reactor" or "plant", only beside a name of Country',
    ]
    (told,) = matcher(topic(beside={"pack:p": ["reactor"]}), packs=[pack("p", "Kim")]).explain("Nothing")
    assert told.failed == ('not found: "reactor"',)
    (told,) = matcher(topic(beside={"pack:p": ["reactor"]}), packs=[pack("p", "Kim")]).explain("Reactor")
    assert told.failed == ('"reactor" in the headline counts only beside a name of P',)


def test_the_spans_of_words_in_company_are_their_own() -> None:
    (hit,) = matcher(topic(beside={"pack:p": ["reactor"]}), packs=[pack("p", "Kim")]).match(entry("Kim at reactor"))
    assert [span.rule for span in hit.spans] == ["reactor"]


def test_a_feed_about_the_topic_that_a_pack_makes_is_company() -> None:
    watch = matcher(topic("nk", any=["pack:p"]), topic("r", beside={"pack:p": ["reactor"]}), packs=[pack("p", "Kim")])
    assert [hit.topic for hit in watch.match(entry("Reactor"), from_feed("nk"))] == ["nk", "r"]
    assert watch.match(entry("Reactor"), from_feed("other")) == ()


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param("nowhere", id="neither topic nor pack"),
        pytest.param("pack:nowhere", id="no such pack"),
        pytest.param("lonely", id="a topic without words of its own"),
    ],
)
def test_company_that_is_not_there_is_named(beside: str) -> None:
    lonely = topic("lonely", all=[["Kim"]])
    (fault,) = check_rules((lonely, topic("t", beside={beside: ["reactor"]})))
    assert (fault.topic, fault.rule.text) == ("t", "reactor")
    assert "there is no pack nowhere" in fault.what or "lonely has no `any` list" in fault.what


def test_topics_may_stand_beside_each_other() -> None:
    one = topic("one", any=["Kim"], beside={"two": ["reactor"]})
    two = topic("two", any=["Lee", "pack:p"], beside={"one": ["plant"]})
    watch = matcher(one, two, packs=[pack("p", "Han")])
    assert check_rules((one, two), (pack("p", "Han"),)) == ()
    assert [hit.topic for hit in watch.match(entry("Kim's plant, reactor of Han"))] == ["one", "two"]
    assert watch.match(entry("Reactor, plant")) == ()


UNLESS = topic(any=["Korea"], none=["Korea Times unless Pyongyang", "football unless pack:p"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Korea Times says", False, id="taken away"),
        pytest.param("Korea Times in Pyongyang", True, id="not taken away here"),
        pytest.param("Korea plays football", False, id="vetoed"),
        pytest.param("Korea plays football, Kim looks on", True, id="not vetoed beside a name of a pack"),
    ],
)
def test_not_unless(text: str, wanted: bool) -> None:
    assert fits(UNLESS, text, pack("p", "Kim")) is wanted


def test_a_phrase_in_quotation_marks_may_hold_unless() -> None:
    watched = topic(any=["Korea"], none=['"not unless Korea"'])
    assert not fits(watched, "Not unless Korea agrees")
    assert fits(watched, "Korea agrees")


def test_a_pack_may_be_refused() -> None:
    watched = topic(any=["Korea"], none=["pack:p"])
    people = pack("p", "Kim", name("Lee", "Lee", beside="q"))
    assert not fits(watched, "Kim of Korea", people, pack("q", "Han"))
    assert fits(watched, "Lee and Han of Korea", people, pack("q", "Han"))
    (told,) = matcher(watched, packs=[people, pack("q", "Han")]).explain("Kim of Korea")
    assert told.failed == ('never with "Kim" in the headline',)


SITES = pack(
    "sites",
    name("Yongbyon", "Yongbyon", "Nyongbyon", ko="영변"),
    name("5 MWe reactor", "5 MWe reactor", "reactor", beside="country"),
    none=["영변의 약산", "reactor of Bushehr"],
    include=["tests"],
)
TESTS = pack("tests", name("Punggye-ri", "Punggye-ri", ru="Пунгери"), none=["Punggye-ri Street"])
LAND = pack("country", "North Korea", name("Kim", "Kim", beside="sites"), none=["South of North Korea"])
ALL = (SITES, TESTS, LAND)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Nyongbyon", True, id="a name"),
        pytest.param("녕변과 영변에", True, id="a name in another script"),
        pytest.param("Пунгери", True, id="a name of an included pack"),
        pytest.param("Пунгери and Punggye-ri Street", True, id="a guard of the included one takes away its word only"),
        pytest.param("Punggye-ri Street", False, id="a guard of the included one"),
        pytest.param("영변의 약산 진달래꽃", False, id="a guard"),
        pytest.param("A reactor", False, id="a name without company"),
        pytest.param("A reactor in North Korea", True, id="a name in company"),
        pytest.param("A reactor in South of North Korea", False, id="company inside of its own guard"),
        pytest.param("The reactor of Bushehr and North Korea", False, id="a guard round a name in company"),
        pytest.param("A reactor of Kim", False, id="company that needs company itself is none"),
    ],
)
def test_names_of_a_pack(text: str, wanted: bool) -> None:
    assert check_packs(ALL) == ()
    assert fits(topic(any=["pack:sites"]), text, *ALL) is wanted
    assert fits(topic(query="pack:sites"), text, *ALL) is wanted
    assert fits(topic(any=["xyz", "pack:sites"], all=[["pack:sites", "zyx"]]), text, *ALL) is wanted


def test_the_gloss_of_a_name_in_another_script_is_told() -> None:
    (hit,) = matcher(topic(any=["pack:sites"]), packs=ALL).match(entry("영변, Nyongbyon, Пунгери"))
    assert [(span.rule, span.gloss) for span in hit.spans] == [
        ("영변", "Yongbyon"),
        ("Nyongbyon", ""),
        ("Пунгери", "Punggye-ri"),
    ]
    assert hit.why == 'found "영변" (Yongbyon), "Nyongbyon" and "Пунгери" (Punggye-ri) in the headline'


def test_a_topic_refuses_a_phrase_round_a_name_of_its_pack() -> None:
    watched = topic(any=["pack:sites"], none=["Yongbyon beef"])
    assert not fits(watched, "Yongbyon beef", *ALL)
    assert fits(watched, "Yongbyon beef from Yongbyon", *ALL)


def test_a_pack_is_one_line_of_an_explanation() -> None:
    (told,) = matcher(topic(any=["pack:sites"], all=[["runs"]]), packs=ALL).explain("It runs at 영변의 약산")
    assert told.failed == ('"영변" does not count inside "영변의 약산"',)
    (told,) = matcher(topic(any=["pack:sites", "Kim"]), packs=ALL).explain("Nothing")
    assert told.failed == ('not found: "Kim" or a name of Sites',)
    (told,) = matcher(topic(any=["pack:sites"]), packs=ALL).explain("A reactor")
    assert told.failed == ('"reactor" in the headline counts only beside a name of Country',)
    assert (told.rule.asks, told.rule.parts) == ("a name of Sites", ())


def test_packs_may_stand_beside_each_other() -> None:
    one = pack("one", "Kim", name("reactor", "reactor", beside="two"))
    two = pack("two", "Lee", name("plant", "plant", beside="one"))
    assert check_packs((one, two)) == ()
    assert fits(topic(any=["pack:one"]), "reactor of Lee", one, two)
    assert not fits(topic(any=["pack:one", "pack:two"]), "reactor and plant", one, two)


@pytest.mark.parametrize(
    "packs",
    [
        pytest.param((pack("p", "Kim", include=["p"]),), id="itself"),
        pytest.param((pack("p", "Kim", include=["q"]), pack("q", "Lee", include=["p"])), id="each other"),
        pytest.param((pack("p", include=["q"]), pack("q", "Lee", include=["q"])), id="one that includes itself"),
    ],
)
def test_packs_that_include_each_other_are_refused(packs: tuple[Pack, ...]) -> None:
    faults = check_packs(packs)
    assert any("includes itself; take one of the lines `include:` away" in fault.what for fault in faults)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="include"):
        matcher(topic(any=["pack:p"]), packs=packs)
    (fault,) = check_rules((topic(any=["pack:p"]),), packs)
    assert "take" in fault.what


def _chain(length: int) -> list[Pack]:
    return [pack(f"p{n}", f"word{n}", include=[f"p{n + 1}"] if n < length else []) for n in range(length + 1)]


def test_packs_that_include_each_other_in_a_chain() -> None:
    assert fits(topic(any=["pack:p0"]), "word15", *_chain(15))
    began = time.process_time()
    packs = (*reversed(_chain(1000)),)
    with pytest.raises(ValueError, match="includes packs more than 20 deep"):
        matcher(topic(any=["pack:p0"]), packs=packs)
    assert len(check_packs(packs)) == 1000 - 19
    assert time.process_time() - began < 20


def test_a_chain_of_a_thousand_packs_beside_each_other() -> None:
    packs = [pack(f"p{n}", f"free{n}", name("x", f"word{n}", beside=f"p{(n + 1) % 1000}")) for n in range(1000)]
    assert check_packs(tuple(packs)) == ()
    assert fits(topic(any=["pack:p999"]), "word999 free0", *packs)


def test_a_pack_of_names_in_company_alone_is_no_company_and_one_without_names_is_never_found() -> None:
    shy = pack("shy", name("reactor", "reactor", beside="country"))
    assert not fits(topic(beside={"pack:shy": ["Lee"]}), "Lee, reactor, North Korea", shy, *ALL)
    assert not fits(topic(any=["pack:none"]), "Kim", pack("none"))
    assert fits(topic(any=["pack:both"]), "Kim", pack("none"), pack("both", "Kim", include=["none"]))


ABOUT = topic("t", any=["Kim"], all=[["reactor"]], none=["Kim Reynolds", "football"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Factory opens", True, id="no word is needed"),
        pytest.param("Kim Reynolds", True, id="no phrase takes words away"),
        pytest.param("Kim at football", False, id="a veto still holds"),
    ],
)
def test_everything_in_a_feed_about_a_topic_fits_it(text: str, wanted: bool) -> None:
    assert fits(ABOUT, text, feed=from_feed("t")) is wanted


def test_a_phrase_of_a_pack_is_no_veto_of_the_topic_that_names_it() -> None:
    sport = pack("p", "Kim", none=["football"])
    for watched in (topic("t", any=["pack:p"]), topic("t", any=["pack:p"], none=["Lee"])):
        assert fits(watched, "Kim at football", sport, feed=from_feed("t"))
        assert not fits(watched, "Kim at football", sport)
        (told,) = matcher(watched, packs=[sport]).explain("Kim at football")
        assert told.failed == ('never with "football" in the headline',)


def test_a_feed_about_a_topic_fits_one_of_packs_queries_and_places_as_well() -> None:
    for watched in (
        topic("t", any=["pack:sites"], scope=Scope.HEADLINE),
        topic("t", query="Kim NEAR/2 Lee -source:desk"),
        topic("t", all=[["Kim"], ["Lee"]], within=Block.SENTENCE),
        topic("t", any=["Kim", "Lee"], least=2),
    ):
        assert fits(watched, "Factory opens", *ALL, feed=from_feed("t"))
        assert not fits(watched, "Factory opens", *ALL, feed=from_feed("other"))


def test_a_pack_that_must_not_be_there_does_nothing_where_its_unless_stands() -> None:
    iaea = pack("iaea", name("IAEA", "IAEA"))
    watched = topic(any=["reactor"], none=["pack:iaea unless Pyongyang"])
    assert not fits(watched, "IAEA on the reactor", iaea)
    assert fits(watched, "IAEA on the reactor of Pyongyang", iaea)
