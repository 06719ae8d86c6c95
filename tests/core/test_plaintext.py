"""What a person reads of a feed's HTML, and that no input makes it slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wirewatch.core.plaintext import clean_line, clean_text, plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>One</p><p>Two</p>", "One\nTwo", id="a newline between paragraphs"),
        pytest.param("a<br>b<br/>c<hr>d", "a\nb\nc\nd", id="line breaks"),
        pytest.param("<ul><li>x<li>y</ul>", "x\ny", id="list items, unclosed"),
        pytest.param("<h2>Head</h2>text<blockquote>said</blockquote>", "Head\ntext\nsaid", id="headings and quotes"),
        pytest.param("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc", id="rows on lines, cells apart"),
        pytest.param("Kim <b>Jong</b> Un", "Kim Jong Un", id="inline markup leaves no gap"),
        pytest.param("Yong<wbr>byon Yong&shy;byon", "Yongbyon Yongbyon", id="soft breaks do not cut words"),
        pytest.param("<ruby>寧辺<rp>(</rp><rt>ヨンビョン</rt><rp>)</rp></ruby>核施設", "寧辺核施設", id="reading aids"),
        pytest.param("a<script>x<p>y</script>b<style>p{}</style>c", "abc", id="scripts and styles are dropped"),
        pytest.param("<head><title>t</title></head><body>b</body>", "b", id="a document's head is dropped"),
        pytest.param("a<!-- <p>no</p> -->b<!-->c", "abc", id="comments are dropped"),
        pytest.param("a <!-- cut of", "a", id="an unclosed comment hides the rest"),
        pytest.param("<![CDATA[a <b>b</b>]]> c", "a b c", id="CDATA marks inside text"),
        pytest.param("<?xml version='1.0'?><!DOCTYPE html><p>x", "x", id="declarations are dropped"),
        pytest.param('x <img src="a.png" alt="a > b"> y', "x y", id="images go, brackets in quotes too"),
        pytest.param("<o:p>Word</o:p> <my-tag>own</my-tag> <foo a='1'>x</foo>", "Word own x", id="foreign elements"),
        pytest.param('read <a href="https://exam', "read", id="a tag cut off at the end"),
        pytest.param("<a href=foo's>link</a>", "link", id="an odd quote in a tag"),
        pytest.param("<P CLASS=x>up</P><BR>per", "up\nper", id="upper case"),
    ],
)
def test_markup_becomes_lines_of_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("AT&T < 5", "AT&T < 5", id="bare signs are text"),
        pytest.param("<p>AT&T < 5 and 7 > 6</p>", "AT&T < 5 and 7 > 6", id="also among tags"),
        pytest.param("vector<int> and I <3 Seoul", "vector<int> and I <3 Seoul", id="unknown names are text"),
        pytest.param("Why i <b then fell", "Why i <b then fell", id="a sign before a word is no cut tag"),
        pytest.param("R&D?a=1&copy=2&para", "R&D?a=1&copy=2&para", id="no reference without a semicolon"),
        pytest.param("&amp;lt;b&amp;gt; &lt;b&gt;", "&lt;b&gt; <b>", id="decoded once, then text is text"),
        pytest.param("&#8217;&#x27;&eacute;&nbsp;&hellip;", "’'é …", id="references"),
        pytest.param("&#128;&#150;", "€–", id="references from Windows-1252"),
        pytest.param("a&#0;&#xD800;&#x110000;b", "a\ufffd\ufffd\ufffdb", id="illegal references"),
        pytest.param("&unknown; &#99999999999;", "&unknown; &#99999999999;", id="what is no reference stays"),
    ],
)
def test_signs_and_entities_are_read_as_a_person_means_them(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("a\0b\x1b[31mc\x07", "ab[31mc", id="NUL, ESC and BEL"),
        pytest.param("a\u202eb\u2066c\u200e\u061cd", "abcd", id="bidi controls"),
        pytest.param("a\u200bb\ufeffc\xadd\u2060e", "abcde", id="zero-width signs and soft hyphens"),
        pytest.param("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष", id="ZWNJ and ZWJ stay"),
        pytest.param("a\ud800b", "a\ufffdb", id="a lone surrogate"),
        pytest.param(" a \t b\xa0\u3000c ", "a b c", id="white space is folded"),
        pytest.param("one\ntwo\n \nthree\r\n\r\nfour", "one two\nthree\nfour", id="empty lines part paragraphs"),
        pytest.param("one\u2029two", "one\ntwo", id="a paragraph separator"),
    ],
)
def test_plain_text_is_cleaned(raw: str, text: str) -> None:
    assert clean_text(raw) == text
    assert plain_text(raw) == text


def test_a_reference_to_a_control_character_is_no_way_round() -> None:
    assert plain_text("a&#x202e;b<i>c</i>&#x1b;&#8203;d") == "abcd"


def test_a_title_is_one_line() -> None:
    assert clean_line("One\r\nTwo\u2028\x00Three ") == "One Two Three"


@given(st.text() | st.text(alphabet="<>/!-=&;#x1ab pscrit\"'[]\n\0\u200b\ud800"))
@example("<svg><svg>")
def test_any_text_gives_clean_text(raw: str) -> None:
    text = plain_text(raw)
    assert clean_text(text.replace("\n", "\n\n")) == text
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize(
    "unit",
    ["<", "<a ", "<!--", "<svg>", "<rt>", "<script>", "</", "&", "&#", "<a '\"", '<a "\'<a "', "<p>", "<x", "\n \n"],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    def cpu(count: int) -> float:
        text = unit * count
        before = time.process_time()
        plain_text(text)
        return time.process_time() - before

    # 20 times the length may take 20 times as long, not 400 times; below 50 ms the clock says little.
    assert cpu(100_000) < max(cpu(5_000), 0.0025) * 100
