"""Folding makes spellings equal and leads back to the original; sentences and excerpts show the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.excerpts import excerpt, sentences
from wirewatch.core.text import fold

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
# Pieces that fold in special ways, glued together at random.
# fmt: off
AWKWARD = st.lists(
    st.sampled_from([
        *"aÉéß½ﬁŁ북ㄱㅏ北朝ガｶﾞёЙиcكةـ.,;!?…。·-’ \n", "u.s.", "й", "\u0306", "\u0301", "\u200b", "\u00ad", "\u3099",
        "\u1100", "\u1161", "\u11a8", "\u0e33", "\ud800", "Kim", "38", "क़", "\u064b", "...", "\u3164", "N. ",
    ]),
    max_size=14,
).map("".join)
# fmt: on


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param(
            "North Korea’s Kim Jong-Un", " north korea s kim jong un ", id="apostrophes and hyphens part words"
        ),
        pytest.param("Trump–Kim, Trump/Kim; Trump_Kim", " trump kim trump kim ; trump kim ", id="dashes and slashes"),
        pytest.param("Yŏngbyŏn à Łódź", " yongbyon a lodz ", id="accents go from Latin"),
        pytest.param("Βόρεια ΚΟΡΈΑΣ", " βορεια κορεασ ", id="accents and the last sigma go from Greek"),
        pytest.param("Йонбён и\u0306", " йонбен й ", id="й stays, even in two pieces, ё is е"),
        pytest.param("Straße İstanbul Kıbrıs œuvre", " strasse istanbul kibris oeuvre ", id="letters without accents"),
        pytest.param("يُونغْبيُــون إلى كُورِيَا الشَّمَالِيَّة", " يونغبيون الي كوريا الشماليه ", id="Arabic points and shapes"),
        pytest.param("کره‌شمالی", " كرهشمالي ", id="Persian letters are the Arabic ones"),
        pytest.param("ＩＡＥＡ ｷﾞ", " iaea ギ ", id="full and half width"),
        pytest.param("\u1107\u116e\u11a8\u1112\u1161\u11ab 김정은", " 북한 김정은 ", id="Korean in pieces"),
        pytest.param("Kim\u00ad Jong\u200b Un\ufeff", " kim jong un ", id="invisible characters go"),
        pytest.param(
            "IAEA는 北김정은 米Trump 5MW원자로", " iaea 는 北 김정은 米 trump 5mw 원자로 ", id="scripts part words"
        ),
        pytest.param("キム・ジョンウン総書記", " キム ジョンウン総书记 ", id="kana and Han run on"),
        pytest.param("U.S. envoy to N. Korea, Gen. Kim", " u s envoy to n korea gen kim ", id="stops of abbreviations"),
        pytest.param("It ended. Kim won! Why? So;", " it ended ; kim won ; why ; so ; ", id="sentences end"),
        pytest.param("終了。金正恩！\n次", " 终了 ; 金正恩 ; ; 次 ", id="sentences end in Chinese, and at line breaks"),
        pytest.param("38north.org 3.5 wait... no", " 38north org 3 5 wait ; ; ; no ", id="stops inside, and three"),
        pytest.param("a\ud800b #1 $5", " a b 1 5 ", id="half a character, and signs, are spaces"),
        pytest.param("", " ", id="empty"),
        pytest.param(" \t\x00", " ", id="nothing but space"),
    ],
)
def test_a_text_is_folded(text: str, folded: str) -> None:
    assert fold(text).text == folded


@given(ANY_TEXT | AWKWARD)
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(ANY_TEXT | AWKWARD)
def test_a_folded_text_has_single_spaces_and_one_at_both_ends(text: str) -> None:
    folded = fold(text).text
    assert folded[0] == folded[-1] == " "
    assert "  " not in folded


@given(ANY_TEXT | AWKWARD)
def test_every_word_leads_back_to_a_piece_of_the_original_that_holds_it(text: str) -> None:
    folded = fold(text)
    at, last = 0, 0
    for word in folded.text.split(" "):
        if word.strip(";"):
            start, end = folded.span(at, at + len(word))
            assert last <= end and 0 <= start < end <= len(text)
            assert word in fold(text[start:end]).text
            last = start
        at += len(word) + 1


@pytest.mark.parametrize(
    ("text", "word", "piece"),
    [
        pytest.param("Say “North\u00ad–Korea’s”", "north korea", "North\u00ad–Korea", id="signs between stay"),
        pytest.param("x ½ Straße!", "strasse", "Straße", id="a letter that becomes two"),
        pytest.param("e\u0301 " * 400 + "Kim", "kim", "Kim", id="far down, behind letters in two pieces"),
        pytest.param("\u0301\u200bKim", "kim", "Kim", id="behind a mark without a letter"),
    ],
)
def test_words_lead_back(text: str, word: str, piece: str) -> None:
    folded = fold(text)
    start = folded.text.index(word)
    low, high = folded.span(start, start + len(word))
    assert text[low:high] == piece


def test_a_word_at_the_end_of_a_megabyte_leads_back() -> None:
    text = "é x " * 250_000 + "Kim"
    folded = fold(text)
    low, high = folded.span(len(folded.text) - 4, len(folded.text) - 1)
    assert text[low:high] == "Kim"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"], id="marks"),
        pytest.param(
            "The U.S. envoy met Mr. Kim in N. Korea.", ["The U.S. envoy met Mr. Kim in N. Korea."], id="names"
        ),
        pytest.param("About 3.5 km from example.org", ["About 3.5 km from example.org"], id="stops inside of words"),
        pytest.param("Approx. five went. So.", ["Approx. five went.", "So."], id="a small letter goes on"),
        pytest.param('He said "stop." Then he left.', ['He said "stop."', "Then he left."], id="closing quotes"),
        pytest.param("朝鲜发射导弹。韩国谴责！", ["朝鲜发射导弹。", "韩国谴责！"], id="Chinese, no spaces"),
        pytest.param("「終わりだ。」彼は言った。", ["「終わりだ。」", "彼は言った。"], id="Japanese quotes"),
        pytest.param("갈 것. 그는 말했다.", ["갈 것.", "그는 말했다."], id="a Korean word of one syllable ends one"),
        pytest.param("Block one\n\nBlock two", ["Block one", "Block two"], id="line breaks"),
        pytest.param("Wait… what", ["Wait…", "what"], id="dots"),
        pytest.param("", [], id="empty"),
        pytest.param(" \n ", [], id="blank"),
    ],
)
def test_a_text_has_sentences(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == pieces


@given(ANY_TEXT)
def test_sentences_stand_in_order_and_leave_out_only_space(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()


def test_a_short_sentence_is_shown_whole_with_its_marks() -> None:
    text = "Before. Kim Jong Un met Trump."
    shown = excerpt(text, (8, 30), [(24, 29), (8, 19), (8, 11)])
    assert shown.text == "Kim Jong Un met Trump."
    assert [shown.text[start:end] for start, end in shown.marks] == ["Kim Jong Un", "Trump"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(0, 100, id="at the beginning"),
        pytest.param(100, 100, id="in the middle"),
        pytest.param(100, 0, id="at the end"),
    ],
)
def test_a_long_sentence_is_cut_at_words_with_the_mark_in_sight(before: int, after: int) -> None:
    text = "words " * before + "Kim" + " words" * after
    start = 6 * before
    shown = excerpt(text, (0, len(text)), [(start, start + 3)], limit=60)
    assert [shown.text[low:high] for low, high in shown.marks] == ["Kim"]
    assert len(shown.text) <= 60
    assert set(shown.text.strip("…").split()) <= {"words", "Kim"}
    assert (shown.text[0] == "…", shown.text[-1] == "…") == (before > 0, after > 0)


def test_a_sentence_without_spaces_or_marks_is_cut_all_the_same() -> None:
    assert excerpt("朝" * 500, (0, 500), [], limit=50).text == "朝" * 48 + "…"
    shown = excerpt("朝" * 500, (0, 500), [(250, 252), (490, 492)], limit=50)
    assert (shown.text[0], shown.text[-1], len(shown.text)) == ("…", "…", 50)
    assert shown.marks == ((17, 19),)


@given(ANY_TEXT, st.integers(3, 40), st.integers(0, 59), st.integers(1, 9))
def test_marks_show_what_they_mark(text: str, limit: int, start: int, length: int) -> None:
    text += "x" * 70
    shown = excerpt(text, (0, len(text)), [(start, start + length)], limit)
    assert len(shown.text) <= limit
    assert all(shown.text[low:high] == text[start : start + length] for low, high in shown.marks)
