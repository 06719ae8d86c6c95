"""Text as languages need it: which language an entry is in, and what counts as a word in each script."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.matching import entry, fits, found, from_feed, matcher, name, pack, rules, topic
from wirewatch.core.match import Reading
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import NO_FEED


@pytest.mark.parametrize(
    ("read", "feed", "lang"),
    [
        pytest.param(entry("Kim speaks"), None, "", id="plain Latin letters, and nothing said"),
        pytest.param(entry("Kim speaks"), "en", "en", id="the feed says"),
        pytest.param(entry("Kim speaks", lang="pl-PL"), "en", "pl", id="the entry says, with its country"),
        pytest.param(entry("Île de Ré"), None, "", id="accents tell nothing"),
        pytest.param(entry("Île de Ré"), "FR", "fr", id="accents, and the feed says"),
        pytest.param(entry("북한 발사"), "en", "ko", id="Hangul is Korean whatever the feed says"),
        pytest.param(entry("北朝鮮のミサイル", lang="zh"), None, "ja", id="kana is Japanese whatever the entry says"),
        pytest.param(entry("朝鲜发射导弹"), "en", "zh", id="Han alone is Chinese"),
        pytest.param(entry("北朝鮮発射"), "ja", "ja", id="Han alone, of a Japanese feed"),
        pytest.param(entry("北核 外交"), "ko", "ko", id="Han alone, of a Korean feed"),
        pytest.param(entry("Ким Чен Ын"), None, "ru", id="Cyrillic is Russian"),
        pytest.param(entry("Пхеньян"), "uk", "uk", id="Cyrillic, of a Ukrainian feed"),
        pytest.param(entry("كوريا الشمالية"), None, "ar", id="Arabic letters are Arabic"),
        pytest.param(entry("کره شمالی"), "fa", "fa", id="Arabic letters, of a Persian feed"),
        pytest.param(entry("קוריאה"), None, "", id="a script of which nothing is known"),
        pytest.param(entry("Kim", "북한"), None, "ko", id="the summary tells"),
        pytest.param(entry("Kim", "", "トランプ"), None, "ja", id="the content tells"),
        pytest.param(entry("Kim", "", "x " * 200 + "북한"), None, "", id="far down nothing is looked at"),
        pytest.param(entry(""), None, "", id="nothing at all"),
    ],
)
def test_the_language_of_an_entry(read: Entry, feed: str | None, lang: str) -> None:
    assert Reading(read, from_feed(lang=feed)).lang == lang
    assert feed is not None or Reading(read, NO_FEED).lang == lang


@pytest.mark.parametrize(
    ("lang", "word", "text", "spoken", "wanted"),
    [
        pytest.param("zh", "朝方", "朝方表示", None, True, id="Chinese in Chinese"),
        pytest.param("zh", "朝方", "朝方のミサイル", None, False, id="Chinese in Japanese, where it is another word"),
        pytest.param("zh", "朝方", "朝方 북한", None, False, id="Chinese in Korean"),
        pytest.param("ja", "北朝鮮", "北朝鮮がミサイル", None, True, id="Japanese in Japanese"),
        pytest.param("ja", "正恩氏", "正恩氏", None, False, id="Japanese in Chinese"),
        pytest.param("ja", "正恩氏", "正恩氏", "ja", True, id="Japanese in a text without kana"),
        pytest.param("ko", "北韓", "北韓 미사일", None, True, id="Korean Han in Korean"),
        pytest.param("ko", "北韓", "北韓導彈", None, False, id="Korean Han in Chinese"),
        pytest.param("ja", "トランプ", "トランプ", "zh", True, id="kana tells Japanese by itself"),
        pytest.param("ko", "북한", "북한", "en", True, id="Hangul tells Korean by itself"),
        pytest.param("", "朝鲜", "朝鲜とミサイル", None, True, id="of no one language"),
        pytest.param("en", "朝鲜", "朝鲜とミサイル", None, True, id="of a language without Han"),
        pytest.param("zh", "Kim 朝方", "Kim 朝方のミサイル", None, False, id="in a phrase of two scripts"),
    ],
)
def test_han_counts_in_the_language_of_its_name(
    lang: str, word: str, text: str, spoken: str | None, wanted: bool
) -> None:
    assert bool(found(word, text, lang, spoken)) is wanted


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        pytest.param("金正恩會見", "昨日金正恩会见特朗普", "金正恩会见", id="traditional finds simplified"),
        pytest.param("宁边核设施", "寧邊核設施重啟", "寧邊核設施", id="simplified finds traditional"),
        pytest.param("寧邊", "寧邊", "寧邊", id="traditional finds itself"),
        pytest.param("朝鲜", "北朝鮮", "朝鮮", id="in the middle of a word"),
        pytest.param("後", "后", None, id="but not where one is two"),
        pytest.param("ソウル", "ｿｳﾙで", "ｿｳﾙ", id="half width"),
        pytest.param(
            "가나다", "\u1100\u1161\u1102\u1161\u1103\u1161", "\u1100\u1161\u1102\u1161\u1103\u1161", id="jamo"
        ),
    ],
)
def test_both_ways_to_write_a_character_are_one(word: str, text: str, there: str | None) -> None:
    assert found(word, text) == ([there] if there else [])


@pytest.mark.parametrize(
    ("word", "text", "wanted"),
    [
        pytest.param("북한", "북한", True, id="alone"),
        pytest.param("북한", "북한에서는", True, id="with particles"),
        pytest.param("북한", "탈북한", False, id="in another word"),
        pytest.param("북한", "“북한”", True, id="in quotes"),
        pytest.param("북한", "美北한", False, id="one syllable of it in Han"),
        pytest.param("북한", "北북한이", True, id="behind Han"),
        pytest.param("김 위원장", "김 위원장은", True, id="a phrase with a particle behind it"),
        pytest.param("김 위원장", "김은 위원장", False, id="a phrase with a particle inside of it"),
        pytest.param("*위원장", "김위원장이", True, id="open in front as well"),
        pytest.param("=북", "북, 미사일", True, id="one syllable that stands alone"),
        pytest.param("=북", "북한", False, id="one syllable in a word"),
    ],
)
def test_a_korean_word_begins_at_its_edge_and_ends_as_it_likes(word: str, text: str, wanted: bool) -> None:
    assert fits(word, text) is wanted


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        pytest.param("Severn* Kore*", "Severní Koreji", ["Severní Koreji"], id="stars in a phrase"),
        pytest.param("Észak-Kore*", "Észak-Koreában", ["Észak-Kore"], id="a star behind a hyphen"),
        pytest.param("Észak-Kore* elnök*", "Észak-Koreai elnökkel", ["Észak-Koreai elnökkel"], id="a star within"),
        pytest.param("Kuzey Kore*", "Kuzey Kore'nin", ["Kuzey Kore"], id="an apostrophe before the ending"),
        pytest.param("Kim*", "Kimchi", ["Kim"], id="a star takes what it gets"),
        pytest.param("l'Iran", "de l’Iran", ["l’Iran"], id="an apostrophe in the word"),
        pytest.param("Triều Tiên", "TRIEU TIEN", ["TRIEU TIEN"], id="tones left out"),
        pytest.param("उत्तर कोरिया", "उत्तर कोरिया ने", ["उत्तर कोरिया"], id="Hindi"),
        pytest.param("เกาหลีเหนือ", "ผู้นำเกาหลีเหนือเยือน", ["เกาหลีเหนือ"], id="Thai, without spaces"),
        pytest.param("*كوريا", "وبكوريا", ["كوريا"], id="a star in front of an Arabic word"),
        pytest.param("*Korea North", "NKorea North", ["Korea North"], id="a star in front of a phrase"),
        pytest.param("*войск сша", "спецвойск США", ["спецвойск США"], id="a star in front of a phrase in cases"),
        pytest.param("Ким Чен* Ын", "Ким Ченом Ына", ["Ким Ченом Ына"], id="a star among words in cases"),
        pytest.param("Ким Чен Ын", "Чен Ын", [], id="the beginning of a phrase cut off"),
        pytest.param("Ким Чен Ын", "Ким Чен", [], id="the end of a phrase cut off"),
    ],
)
def test_words_of_many_languages(word: str, text: str, there: list[str]) -> None:
    assert found(word, text) == there


def test_one_reading_serves_matchers_with_and_without_languages() -> None:
    reading = Reading(entry("朝方のミサイル"))
    chinese = matcher(replace(topic(any=["朝方"]), lang="zh"))
    assert (chinese.match(reading), len(matcher(topic(any=["朝方"])).match(reading))) == ((), 1)
    assert [one.fits for one in chinese.explain(reading)] == [False]


def test_the_language_of_a_rule_goes_before_that_of_its_topic() -> None:
    watched = replace(topic(), any=rules("Trump", lang="pl"), lang="zh")
    assert fits(watched, "Trumpa")


def test_names_of_a_pack_count_each_in_its_language() -> None:
    leader = pack(
        "leader", name("Kim Jong Un", "Kim Jong Un", zh="金正恩", ja="正恩", pl="Kim Dzong Un", ru="Ким Чен Ын")
    )
    watched = topic(any=["pack:leader"])
    assert fits(watched, "Kim Dzong Una", leader)
    assert fits(watched, "с Ким Чен Ыном", leader)
    assert not fits(watched, entry("Kim Dzong Una", lang="es"), leader)
    assert not fits(watched, "朝鲜正恩", leader)
    assert fits(watched, "正恩が", leader)


def test_an_exact_han_word_of_one_language_does_not_count_in_another() -> None:
    korea = topic(any=["pack:korea"])
    names = pack("korea", name("North Korea", ko="=北"))
    assert fits(korea, entry("北, 미사일 발사"), names)
    assert not fits(korea, entry("东 北 风", lang="zh"), names)
