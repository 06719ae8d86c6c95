"""The rules of a topic as they are written: each form arrives as the value that its author meant, each with its place.

What a query refuses is shown with a caret under the character; tests/data/watchlists/broken has more of that.
"""

from __future__ import annotations

import pytest

from tests.config.made import problems, watchlist
from wirewatch.core.watchlist import Block, Expect, Rule, Scope, Topic

TOLD = "receivers: {screen: {console: true}}\nroutes: {to: screen}\n"
AT = "watchlist.yaml"


def topic(text: str, more: str = "") -> Topic:
    """The topic `t` of a watchlist; text: its lines, or its value in braces, from line 2 on."""
    return watchlist(f"topics:\n  t: {text}\n{more}{TOLD}").topics[0]


def faults(text: str, more: str = "") -> list[str]:
    return [one.removeprefix(f"{AT}:") for one in problems(f"topics:\n  t: {text}\n{more}{TOLD}")]


def rule(text: str, line: int, column: int, beside: str = "") -> Rule:
    return Rule(text, f"{AT}:{line}:{column}", beside)


# any, all, not


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param("{any: Kim}", (rule("Kim", 2, 12),), id="one word"),
        pytest.param("{any: [Kim, 영변]}", (rule("Kim", 2, 13), rule("영변", 2, 18)), id="a list"),
        pytest.param("\n    any:\n    - Kim\n    - 'Un'", (rule("Kim", 4, 7), rule("Un", 5, 7)), id="line by line"),
        pytest.param(
            "{any: [12, no, 1.10]}", tuple(map(rule, ("12", "no", "1.10"), (2,) * 3, (13, 17, 21))), id="no text"
        ),
        pytest.param("{any: [Kim   Jong\tUn]}", (rule("Kim Jong Un", 2, 13),), id="spaces are one"),
        pytest.param("\n    any: >-\n      Kim\n      Jong Un", (rule("Kim Jong Un", 3, 10),), id="over lines"),
        pytest.param(
            "{any: [Kim, {beside u: [ELWR, centrifuge hall]}, Un]}",
            (rule("Kim", 2, 13), rule("ELWR", 2, 30, "u"), rule("centrifuge hall", 2, 36, "u"), rule("Un", 2, 55)),
            id="some in company",
        ),
        pytest.param("{any: [{beside u: ELWR}]}", (rule("ELWR", 2, 24, "u"),), id="one word in company"),
        pytest.param("{any: {beside u: [ELWR]}}", (rule("ELWR", 2, 24, "u"),), id="only in company"),
        pytest.param(
            "\n    any:\n    - beside u:\n      - ELWR\n    - beside pack:trump: tariffs\n    - Kim",
            (rule("ELWR", 5, 9, "u"), rule("tariffs", 6, 26, "pack:trump"), rule("Kim", 7, 7)),
            id="line by line, in company",
        ),
        pytest.param(
            "{any: [{beside u: ELWR, beside pack:trump: tariffs}]}",
            (rule("ELWR", 2, 24, "u"), rule("tariffs", 2, 49, "pack:trump")),
            id="two companies in one block",
        ),
        pytest.param("{any: [{'beside  u ': ELWR}]}", (rule("ELWR", 2, 28, "u"),), id="a name is spaced freely"),
    ],
)
def test_any_is_written_in_any_of_these_ways(text: str, rules: tuple[Rule, ...]) -> None:
    assert topic(text, "  u: {any: Yongbyon}\n").any == rules


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        pytest.param("{all: Kim}", ((rule("Kim", 2, 12),),), id="one word"),
        pytest.param("{all: [Kim, Un]}", ((rule("Kim", 2, 13),), (rule("Un", 2, 18),)), id="two lists of one"),
        pytest.param(
            "{all: [[Kim, 김정은], Un]}",
            ((rule("Kim", 2, 14), rule("김정은", 2, 19)), (rule("Un", 2, 25),)),
            id="a list and a word",
        ),
        pytest.param(
            "\n    all:\n    - [Kim]\n    - - Un\n      - Jong",
            ((rule("Kim", 4, 8),), (rule("Un", 5, 9), rule("Jong", 6, 9))),
            id="line by line",
        ),
        pytest.param(
            "{all: [Kim, {beside u: [ELWR, hall]}]}",
            ((rule("Kim", 2, 13),), (rule("ELWR", 2, 30, "u"), rule("hall", 2, 36, "u"))),
            id="a list in company",
        ),
        pytest.param(
            "{all: [[Kim, {beside u: ELWR}], Un]}",
            ((rule("Kim", 2, 14), rule("ELWR", 2, 30, "u")), (rule("Un", 2, 38),)),
            id="a word of a list in company",
        ),
        pytest.param("{all: {beside u: [ELWR]}}", ((rule("ELWR", 2, 24, "u"),),), id="only in company"),
        pytest.param(
            "\n    all:\n    - beside u:\n      - ELWR\n    - Kim",
            ((rule("ELWR", 5, 9, "u"),), (rule("Kim", 6, 7),)),
            id="line by line, in company",
        ),
    ],
)
def test_all_is_written_in_any_of_these_ways(text: str, lists: tuple[tuple[Rule, ...], ...]) -> None:
    assert topic(text, "  u: {any: Yongbyon}\n").all == lists


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param("Kim Yo Jong", (rule("Kim Yo Jong", 2, 22),), id="one phrase"),
        pytest.param("[Kim Yo, Kim Un]", (rule("Kim Yo", 2, 23), rule("Kim Un", 2, 31)), id="a list"),
        pytest.param("Kim Yo unless Trump", (rule("Kim Yo unless Trump", 2, 22),), id="with its exception"),
        pytest.param("'\"Kim unless told\"'", (rule('"Kim unless told"', 2, 22),), id="a phrase with that word"),
    ],
)
def test_not_is_written_in_any_of_these_ways(text: str, rules: tuple[Rule, ...]) -> None:
    assert topic(f"{{any: Kim, not: {text}}}").none == rules


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "{any: [Kim, {next to u: ELWR}]}",
            [
                "2:19: topics.t.any: expected a word, or `beside NAME:` with a list; "
                "put text that holds ': ' in quotation marks ('next to u: …')"
            ],
            id="another key than beside",
        ),
        pytest.param(
            "{any: [Kim, {'beside ': ELWR}]}",
            [
                "2:19: topics.t.any: expected a word, or `beside NAME:` with a list; "
                "put text that holds ': ' in quotation marks ('beside: …')"
            ],
            id="beside nobody",
        ),
        pytest.param(
            "{all: [Kim, {beside u: [ELWR, [Un], {a: b}]}]}",
            [f"2:{column}: topics.t.all.beside u: expected words, one or a list; write them" for column in (36, 42)],
            id="lists in company",
        ),
        pytest.param(
            "{any: [Kim, {beside u: }]}",
            ["2:29: topics.t.any.beside u: expected words, one or a list; write them"],
            id="nobody in company",
        ),
        pytest.param(
            "{any: [Kim, {beside n: ELWR}]}",
            ["2:29: topics.t.any: topic n has no `any` list to stand beside; name a pack instead"],
            id="beside a topic without names",
        ),
        pytest.param(
            "{any: [[Kim]]}", ["2:13: topics.t.any.1: expected text, found a list; write one text"], id="deep"
        ),
        pytest.param(
            "{all: [Kim, []]}", ["2:6: topics.t: a list in 'all' is empty; write its words or remove it"], id="empty"
        ),
        pytest.param(
            "{any: , title: T}",
            ["2:7: topics.t.any: has no value; write one or remove the line"],
            id="blank",
        ),
        pytest.param(
            "Kim",
            ["2:6: topics.t: expected keys and values, found text; write `key: value` lines below it"],
            id="a word",
        ),
        pytest.param(
            "{query: Kim, not: [Kim unless]}",
            ["2:25: topics.t.not: says no word after `unless`; write one, or put the text in quotation marks"],
            id="unless nothing",
        ),
        pytest.param(
            "{any: Kim, not: Kim}",
            ['2:12: topics.t.any: can never count: `not` has "Kim", which stands in it; take one of the two away'],
            id="what can never count",
        ),
    ],
)
def test_what_is_no_rule_is_refused_at_its_place(text: str, found: list[str]) -> None:
    assert faults(text, "  u: {any: Yongbyon}\n  n: {all: [[Seoul], [Busan]]}\n") == found


# The other keys


@pytest.mark.parametrize(
    ("written", "within"),
    [
        pytest.param("12 words", 12, id="words"),
        pytest.param("1 word", 1, id="a word"),
        pytest.param("12", 12, id="a number"),
        pytest.param("0", 0, id="side by side"),
        pytest.param("sentence", Block.SENTENCE, id="sentence"),
        pytest.param("paragraph", Block.PARAGRAPH, id="paragraph"),
    ],
)
def test_within_says_how_near_the_parts_of_all_stand(written: str, within: int | Block) -> None:
    assert topic(f"{{all: [Kim, Trump], within: {written}}}").within == within
    assert topic("{all: [Kim, Trump]}").within is None


@pytest.mark.parametrize("scope", list(Scope))
def test_in_says_where_the_words_stand(scope: Scope) -> None:
    assert topic(f"{{any: Kim, in: {scope.value}}}").scope is scope
    assert topic("{any: Kim}").scope is Scope.TEXT


def test_min_counts_the_words_of_any() -> None:
    assert topic("{any: [Kim, Trump, Seoul], min: 2}").least == 2
    assert topic("{any: [Kim, 'pack:iaea'], min: 3}").least == 3  # a pack is many words
    assert topic("{any: [Kim, {beside u: ELWR}], min: 2}", "  u: {any: Yongbyon}\n").least == 2


@pytest.mark.parametrize(
    ("written", "lang"), [("pl", "pl"), ("zh-Hant", "zh"), ("PT-br", "pt"), ("no", "no")], ids=lambda one: one
)
def test_lang_is_the_language_without_its_region(written: str, lang: str) -> None:
    assert topic(f"{{any: Kim, lang: {written}}}").lang == lang
    assert topic("{any: Kim}").lang == ""


@pytest.mark.parametrize(
    ("written", "expect"),
    [
        pytest.param("0 to 6 stories a day", Expect(0, 6), id="in words"),
        pytest.param("20-80", Expect(20, 80), id="with a hyphen"),
        pytest.param("6", Expect(0, 6), id="the most"),
        pytest.param("1 story a day", Expect(0, 1), id="one"),
        pytest.param("3 to 3", Expect(3, 3), id="exactly"),
    ],
)
def test_expect_says_how_many_stories_are_normal(written: str, expect: Expect) -> None:
    assert topic(f"{{any: Kim, expect: {written}}}").expect == expect
    assert topic("{any: Kim}").expect is None


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("{query: Kim NOT Trump}", rule("Kim NOT Trump", 2, 14), id="plain"),
        pytest.param("{query: 'Kim OR \"Kim Jong Un\"'}", rule('Kim OR "Kim Jong Un"', 2, 14), id="quoted"),
        pytest.param("\n    query: >\n      Kim\n      NOT Trump", rule("Kim NOT Trump", 3, 12), id="folded"),
        pytest.param("\n    query: |\n      Kim\n      OR Trump", rule("Kim OR Trump", 3, 12), id="over lines"),
    ],
)
def test_a_query_is_one_line_however_it_is_written(text: str, query: Rule) -> None:
    found = topic(text)
    assert found.query == query
    assert (found.any, found.all, found.none) == ((), (), ())


def test_a_query_stands_beside_the_lists() -> None:
    found = topic("{any: Kim, all: Un, not: Kim Yo, query: title:Trump}")
    assert (found.any, found.all, found.none) == (
        (rule("Kim", 2, 12),),
        ((rule("Un", 2, 22),),),
        (rule("Kim Yo", 2, 31),),
    )
    assert found.query == rule("title:Trump", 2, 46)


def test_a_topic_that_is_switched_off_may_be_empty_and_its_words_are_checked_all_the_same() -> None:
    assert topic("{enabled: no}").enabled is False
    assert faults("{enabled: no, any: [K]}") == [
        "2:26: topics.t.any: a single letter or digit fits nearly everything; write a longer word"
    ]


# The caret


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            "{query: titel:Kim}",
            "2:14: topics.t.query: there is no field `titel:`; did you mean `title:`? Or put it in quotation marks\n"
            "    titel:Kim\n"
            "    ^",
            id="plain",
        ),
        pytest.param(
            "{query: 'Kim OR (Trump'}",
            "2:22: topics.t.query: this bracket is never closed; close it\n    Kim OR (Trump\n           ^",
            id="quoted",
        ),
        pytest.param(
            '{query: "김정은 OR 영변) Kim"}',
            "2:24: topics.t.query: this bracket closes nothing; take it away\n"
            "    김정은 OR 영변) Kim\n"
            "                  ^",
            id="Korean letters are two columns wide",
        ),
        pytest.param(
            '{query: "Kim OR \\x28Trump"}',
            "2:14: topics.t.query: this bracket is never closed; close it\n    Kim OR (Trump\n           ^",
            id="with an escape: the place is that of the text",
        ),
        pytest.param(
            "\n    query: >\n      Kim AND\n      (Trump",
            "3:12: topics.t.query: this bracket is never closed; close it\n    Kim AND (Trump\n            ^",
            id="folded: the place is that of the text",
        ),
        pytest.param(
            "{query: 'Kim  OR  (Trump'}",
            "2:14: topics.t.query: this bracket is never closed; close it\n    Kim OR (Trump\n           ^",
            id="spaced out: the place is that of the text",
        ),
    ],
)
def test_a_caret_stands_under_the_wrong_character(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_of_a_long_query_what_stands_round_the_fault_is_shown() -> None:
    (fault,) = faults("{query: " + "Kim OR " * 60 + "titel:Un" + " OR Kim" * 60 + "}")
    place, piece, caret = fault.splitlines()
    assert place.startswith("2:434: topics.t.query: there is no field `titel:`")
    assert len(piece) == 104 and piece[len(caret) - 1 :].startswith("titel:Un")


# Words that add nothing


def test_words_that_a_shorter_one_finds_already_are_noted_with_their_place() -> None:
    text = "feeds: https://a.example/\ntopics:\n  t: {any: [Kim Jong Un, Kim], all: [[Trump, Donald Trump]]}\n"
    assert watchlist(text + TOLD).warnings == (
        "watchlist.yaml:3:13: 'Kim Jong Un' adds nothing, since 'Kim' finds it already.",
        "watchlist.yaml:3:46: 'Donald Trump' adds nothing, since 'Trump' finds it already.",
    )


@pytest.mark.parametrize(
    "topic_text",
    [
        pytest.param("any: [Kim, Kim Jong Un], min: 2", id="where more than one is asked for"),
        pytest.param("any: [=Kim, Kim Jong]", id="exact words find less"),
        pytest.param("any: [Kim, {beside u: Kim Jong}]", id="in company"),
        pytest.param("any: ['pack:trump', Donald Trump]", id="packs are not looked into"),
        pytest.param("all: [[Kim], [Kim Jong Un]]", id="in different lists"),
    ],
)
def test_words_that_do_add_something_are_not_noted(topic_text: str) -> None:
    text = f"feeds: https://a.example/\ntopics: {{t: {{{topic_text}}}, u: {{any: Yongbyon}}}}\n{TOLD}"
    assert watchlist(text).warnings == ()


def test_of_many_such_words_the_first_few_are_noted() -> None:
    words = ", ".join(f"Kim {number} Un" for number in range(10, 20))
    *noted, last = watchlist(f"feeds: https://a.example/\ntopics: {{t: {{any: [Kim, {words}]}}}}\n{TOLD}").warnings
    assert len(noted) == 5 and all("adds nothing, since 'Kim' finds it already." in note for note in noted)
    assert last == "Topic 't' has more such words."
