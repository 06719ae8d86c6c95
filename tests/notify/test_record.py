"""The JSON that programs get says all that a message says, is what the reference describes, and stays on one line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.examples import HOSTILE, KOREAN, NOTICE, SEED, hostile, message
from wirewatch.core.model import AlertHit, Prominence
from wirewatch.core.plaintext import clean_line
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.notify.record import VERSION, json_line, record

REFERENCE = (Path(__file__).parents[2] / "config" / "README.md").read_text(encoding="utf-8")
CHAPTER = REFERENCE.partition("### The JSON of a message\n")[2].partition("\n## ")[0]
KOREAN_HIT = replace(KOREAN.hits[0], glosses=(("=영변", "Yongbyon"),))
DOCUMENTED = replace(message(replace(KOREAN, hits=(KOREAN_HIT,))), receiver=ReceiverName("hook"))


def read(line: bytes) -> Any:
    return json.loads(line)


def keys_described(what: str) -> list[str]:
    table = re.search(rf"^\| {what} \| \|\n\|---\|---\|\n((?:\|.*\n)+)", CHAPTER + "\n", re.MULTILINE)
    assert table is not None
    return re.findall(r"^\| `(\w+)` \|", table[1], re.MULTILINE)


def test_the_reference_shows_exactly_what_is_sent() -> None:
    example = re.search(r"^```json\n(.*?)^```", CHAPTER, re.MULTILINE | re.DOTALL)
    assert example is not None
    assert json.loads(example[1]) == record(DOCUMENTED)
    assert f"| `version` | of this form: {VERSION} |" in CHAPTER


def test_the_reference_describes_every_key_and_no_other() -> None:
    alert = read(json_line(message(SEED)))
    notice = read(json_line(message(notices=(NOTICE,), thread=None)))
    assert keys_described("message") == list(alert) == list(notice)
    assert keys_described("alert") == list(alert["alerts"][0])
    assert keys_described("hit") == list(alert["alerts"][0]["hits"][0])
    assert keys_described("notice") == list(notice["notices"][0])


def test_an_alert_is_told_whole() -> None:
    [told] = read(json_line(message(SEED)))["alerts"]
    assert (told["id"], told["headline"], told["link"]) == (17, SEED.headline, SEED.link)
    assert (told["feed"], told["outlet"], told["kind"], told["lang"]) == (SEED.feed, SEED.outlet, "press", "en")
    assert (told["published"], told["seen_at"]) == ("2025-06-12T06:04:00Z", "2025-06-12T06:06:00Z")
    assert (told["priority"], told["reason"], told["older"]) == ("high", "first report", False)
    assert [hit["topic"] for hit in told["hits"]] == ["trump-kim", "yongbyon", "north-korea"]
    first = told["hits"][0]
    assert [first["sentence"][start:end] for start, end in first["marks"]] == [
        "White House",
        "North Korea's leader",
        "Trump",
    ]


def test_what_is_not_known_is_null() -> None:
    bare = replace(SEED, link=None, kind=None, lang=None, published=None, hits=())
    [told] = read(json_line(message(bare)))["alerts"]
    assert {key for key, value in told.items() if value is None} == {"link", "kind", "lang", "published"}


def test_a_notice_keeps_its_lines_and_an_alert_of_a_burst_its_place() -> None:
    [notice] = read(json_line(message(notices=(NOTICE,))))["notices"]
    assert notice == {
        "kind": "feed-failing",
        "subject": "38 North",
        "text": NOTICE.text,
        "since": "2025-06-12T00:10:00Z",
    }
    burst = read(json_line(message(SEED, KOREAN)))["alerts"]
    assert [alert["priority"] for alert in burst] == ["urgent", "high"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    line = json_line(message(hostile(text)))
    [told] = read(line)["alerts"]
    assert told["headline"] == clean_line(text)
    assert len(line.decode().splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line.decode())
    [hit] = told["hits"]
    words = [hit["sentence"][start:end] for start, end in hit["marks"]]
    assert (words[0], words[-1]) == ("Before", "after")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://user:pw@a.example/", "file:///etc/passwd", ""])
def test_a_link_that_may_not_be_shown_is_null(link: str) -> None:
    assert read(json_line(message(replace(SEED, link=link))))["alerts"][0]["link"] is None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_stays_on_one_line_and_its_marks_on_their_word(before: str, word: str, after: str) -> None:
    sentence = before + word + after
    marks = ((len(before), len(before) + len(word)),)
    hit = AlertHit(TopicKey("t"), before, Prominence.LEAD, sentence, marks)
    notice = replace(NOTICE, text=sentence, subject=word)
    line = json_line(message(replace(SEED, headline=sentence, feed=word, outlet=after, hits=(hit,)), notices=(notice,)))
    assert len(line.decode().splitlines()) == 1
    told = read(line)["alerts"][0]["hits"][0]
    assert told["sentence"] == clean_line(sentence)
    for start, end in told["marks"]:
        assert 0 <= start < end <= len(told["sentence"])
        assert clean_line(told["sentence"][start:end]) == clean_line(word)
