"""The experts' spelling: what a query means, what it refuses, and that the error points at the character."""

from __future__ import annotations

import time

import pytest

from tests.core.matching import entry, fits, from_feed, matcher, name, pack, topic
from wirewatch.core.match import check_rules
from wirewatch.core.match.query import MOST_DEPTH, MOST_LENGTH, MOST_PARTS, QueryError, parse_query
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Feed

PACKS = (pack("dprk", name("Yongbyon", "Yongbyon", ko="영변"), "Kim"), pack("bare", "Lee"))
FEED = Feed(
    "World Desk", "https://a.example/feed", lang="en", tags=frozenset({"east asia"}), outlet="The Example Times"
)
READ = Entry(
    None,
    "https://News.example/asia/1",
    "Reactor restart feared",
    "Kim spoke. The plant at Yongbyon runs.",
    "Kim spoke. The plant at Yongbyon runs. Satellite images of June show steam.",
    author="Ann Lee",
    tags=("Nuclear",),
)
APART = Entry(None, None, "Talks", "A short line.", "Kim spoke of the reactor at length and then of the summit.")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("reactor restart", True, id="words side by side are joined by AND"),
        pytest.param("reactor summit", False, id="all of them are needed"),
        pytest.param("summit OR reactor", True, id="OR"),
        pytest.param("summit OR reactor plant", True, id="AND binds closer than OR"),
        pytest.param("reactor OR plant summit", True, id="AND binds closer than OR on the right"),
        pytest.param("(reactor OR plant) summit", False, id="brackets"),
        pytest.param("reactor NOT summit", True, id="NOT"),
        pytest.param("reactor -plant", False, id="a minus is NOT"),
        pytest.param("reactor -(plant summit)", True, id="a minus before a bracket"),
        pytest.param("NOT summit reactor", True, id="NOT binds closer than AND"),
        pytest.param("reactor NOT NOT plant", True, id="NOT twice"),
        pytest.param("(reactor OR plant) (summit OR -talks)", True, id="an alternative that needs no word"),
        pytest.param("(reactor OR plant) (summit OR source:desk)", True, id="an alternative that is about the feed"),
        pytest.param("reactor (summit OR (-talks source:desk))", True, id="a part that needs no word at all"),
        pytest.param('"plant at Yongbyon"', True, id="a phrase"),
        pytest.param("“plant at yongbyon”", True, id="a phrase in print quotes"),
        pytest.param("„plant at“", True, id="a phrase in German quotes"),
        pytest.param('"Yongbyon plant"', False, id="a phrase in its order"),
        pytest.param('"Yongbyon plant"~1', True, id="words of a phrase near each other, in any order"),
        pytest.param('"plant runs"~1', False, id="words of a phrase too far from each other"),
        pytest.param('"plan* runs"~2', True, id="a star in a phrase with a distance"),
        pytest.param('"plant – runs"~2', True, id="a sign in a phrase with a distance"),
        pytest.param('"plant at Yong"*', True, id="a star behind the quotes"),
        pytest.param("plant NEAR/1 Yongbyon", True, id="NEAR, with that many words between"),
        pytest.param("plant NEAR/1 runs", False, id="NEAR, and too far"),
        pytest.param("runs NEAR/2 plant", True, id="NEAR, in any order"),
        pytest.param("spoke NEAR/2 plant", True, id="NEAR over a sentence's end"),
        pytest.param("restart NEAR/9 Kim", False, id="NEAR, in two fields"),
        pytest.param("(plant OR site) NEAR/1 Yongbyon", True, id="NEAR with alternatives"),
        pytest.param("spoke NEAR/1 plant NEAR/1 Yongbyon", True, id="a chain of NEAR"),
        pytest.param("Kim NEAR/1 plant NEAR/1 Yongbyon", False, id="a chain of NEAR with a gap"),
        pytest.param("react*", True, id="a star"),
        pytest.param("=Kim", True, id="exactly so"),
        pytest.param("=KIM", False, id="not exactly so"),
        pytest.param("title:reactor", True, id="in the title"),
        pytest.param("title:Kim", False, id="not in the title"),
        pytest.param("summary:Kim", True, id="in the beginning of a content that repeats the summary"),
        pytest.param("summary:steam", False, id="behind the beginning of the content"),
        pytest.param("text:steam -text:reactor", True, id="below the title"),
        pytest.param("title:reactor -text:reactor", True, id="in the title alone"),
        pytest.param("title:(summit OR restart)", True, id="a field before a bracket"),
        pytest.param('text:"images of June"', True, id="a field before a phrase"),
        pytest.param("title:(reactor NEAR/2 feared)", True, id="a field before NEAR"),
        pytest.param("reactor source:example", True, id="the outlet"),
        pytest.param('reactor source:"World Desk"', True, id="the feed's name"),
        pytest.param("reactor source:exam", False, id="whole words of the outlet"),
        pytest.param("reactor source:exam*", True, id="the beginning of the outlet"),
        pytest.param("reactor -source:example", False, id="not of this outlet"),
        pytest.param("reactor tag:asia", True, id="a tag of the feed"),
        pytest.param("reactor tag:nuclear", True, id="a tag of the entry"),
        pytest.param("reactor lang:en", True, id="the language"),
        pytest.param("reactor lang:EN-GB", True, id="the language of a country"),
        pytest.param("reactor -lang:ko", True, id="not that language"),
        pytest.param("reactor url:news.example/asia", True, id="a piece of the link"),
        pytest.param("reactor author:lee", True, id="the author"),
        pytest.param("reactor author:(kim OR lee)", True, id="a field of the feed before a bracket"),
        pytest.param("pack:dprk", True, id="a pack"),
        pytest.param("title:pack:dprk", False, id="a pack in a field"),
        pytest.param("reactor -pack:dprk", False, id="a pack refused"),
        pytest.param("pack:bare OR pack:dprk", True, id="one of two packs"),
        pytest.param('"pack:dprk"', False, id="a pack's name in quotes is a phrase"),
        pytest.param("plant NEAR/1 pack:dprk", True, id="near a name of a pack"),
        pytest.param("http://a.example OR reactor", True, id="an address is a word"),
    ],
)
def test_a_query_means(query: str, wanted: bool) -> None:
    assert fits(topic(query=query), READ, *PACKS, feed=FEED) is wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("summary:short", True, id="in a summary of its own"),
        pytest.param("summary:Kim", False, id="in a content beside it"),
        pytest.param("reactor NEAR/5 summit", False, id="too far in the content"),
        pytest.param("talks url:a", False, id="no link"),
        pytest.param("talks author:lee", False, id="no author"),
    ],
)
def test_a_query_means_in_an_entry_of_three_texts(query: str, wanted: bool) -> None:
    assert fits(topic(query=query), APART) is wanted


def test_a_query_joins_the_lists_of_its_topic() -> None:
    both = topic(any=["reactor"], query="summit OR Kim", none=["Kim Reynolds"])
    assert fits(both, "Kim visits reactor")
    assert not fits(both, "reactor")
    assert not fits(both, "Kim Reynolds visits reactor")


@pytest.mark.parametrize(
    ("query", "column", "what"),
    [
        pytest.param("", 0, "is empty", id="empty"),
        pytest.param("  \n", 0, "is empty", id="blank"),
        pytest.param("Kim (Lee", 4, "never closed", id="an open bracket"),
        pytest.param("Kim) Lee", 3, "closes nothing", id="a closing bracket"),
        pytest.param("()", 1, "nothing before this bracket", id="empty brackets"),
        pytest.param("Kim AND", 7, "missing at the end", id="nothing behind AND"),
        pytest.param("Kim OR OR Lee", 7, "a word is missing before OR", id="OR twice"),
        pytest.param("AND Kim", 0, "a word is missing before AND", id="AND first"),
        pytest.param("NEAR/3 Kim", 0, "a word is missing before NEAR/3", id="NEAR first"),
        pytest.param('Kim "Lee', 4, "never closed", id="an open quotation mark"),
        pytest.param('Kim ""', 4, "nothing between these quotation marks", id="an empty phrase"),
        pytest.param('Kim "a b"~', 9, "needs a number of words", id="no number behind ~"),
        pytest.param('"Kim Lee"~0', 0, "takes 1 to 1000 words", id="a distance of nothing"),
        pytest.param('"Kim Lee"~1001', 0, "takes 1 to 1000 words", id="a distance too far"),
        pytest.param("Kim NEAR/0 Lee", 4, "NEAR takes 1 to 1000 words", id="NEAR nothing"),
        pytest.param("Kim NEAR Lee", 4, "NEAR takes a number", id="NEAR without a number"),
        pytest.param("Kim ONEAR/3 Lee", 4, "NEAR takes a number", id="an operator of another house"),
        pytest.param("Kim NEAR/3 (Lee AND Han)", 12, "NEAR joins words", id="NEAR before AND"),
        pytest.param("Kim NEAR/3 source:desk", 18, "NEAR joins words of the text", id="NEAR before a fact of the feed"),
        pytest.param("Kim and Lee", 4, "only in capitals; write AND", id="a small and"),
        pytest.param("Kim near/3 Lee", 4, "only in capitals; write NEAR/3", id="a small near"),
        pytest.param("titel:Kim", 0, "did you mean `title:`?", id="a field misspelt"),
        pytest.param("Kim xyzzy:Lee", 4, "there are title, summary, text", id="no such field"),
        pytest.param("title:(Kim text:Lee)", 16, "`text:` inside `title:`", id="a field in a field"),
        pytest.param("Kim lang:(ko NEAR/2 ja)", 13, "no words to stand near", id="NEAR in a fact of the feed"),
        pytest.param("-Kim", 0, "only says what must not be there", id="a refusal alone"),
        pytest.param("Kim OR -Lee", 7, "only says what must not be there", id="an alternative that refuses"),
        pytest.param("source:desk", 7, "alone finds no story", id="a source alone"),
        pytest.param("source:desk -Kim", 7, "alone finds no story", id="a source and a refusal"),
        pytest.param("(source:desk OR Kim) -Lee", 8, "alone finds no story", id="a source or a word"),
    ],
)
def test_an_error_points_at_its_character(query: str, column: int, what: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert what in str(caught.value)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("query", "column", "what"),
    [
        pytest.param("Lee AND ab*", 8, "ab*: `*` needs at least 3 letters", id="a short stem"),
        pytest.param('Lee "—"~3', 4, "holds no letter or digit", id="a phrase of signs"),
        pytest.param('Lee "—"', 4, "holds no letter or digit", id="a sign"),
        pytest.param("Lee pack:nowhere", 4, "there is no pack nowhere", id="no such pack"),
    ],
)
def test_a_word_that_cannot_be_used_is_named_with_its_place(query: str, column: int, what: str) -> None:
    (fault,) = check_rules((topic(query=query),), PACKS)
    assert what in fault.what
    assert fault.column == column


@pytest.mark.parametrize(
    ("query", "what"),
    [
        pytest.param("(" * 1000 + "Kim" + ")" * 1000, "nested deeper", id="brackets"),
        pytest.param("NOT " * 1000 + "Kim", "nested deeper", id="NOT"),
        pytest.param("title:" * 1000 + "Kim", "nested deeper", id="fields"),
        pytest.param(" NEAR/2 ".join(["Kim"] * 1000), "nested deeper", id="a chain of NEAR"),
        pytest.param("(Kim OR " * 1000 + "Lee" + ")" * 1000, "nested deeper", id="alternatives in alternatives"),
        pytest.param("Kim " * (MOST_PARTS + 1), f"more than {MOST_PARTS} words", id="many words"),
        pytest.param("Kim " * 2_500_000, f"longer than {MOST_LENGTH} characters", id="ten megabytes of words"),
        pytest.param("(" * 10_000_000, f"longer than {MOST_LENGTH} characters", id="ten megabytes of brackets"),
        pytest.param('"' + "é " * 5_000_000, f"longer than {MOST_LENGTH} characters", id="ten megabytes of a phrase"),
    ],
)
def test_a_query_without_measure_is_refused_at_once(query: str, what: str) -> None:
    began = time.process_time()
    with pytest.raises(QueryError, match=what):
        parse_query(query)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("(" * MOST_DEPTH + "Kim" + ")" * MOST_DEPTH, id="brackets"),
        pytest.param("Lee OR Kim " + "-(Lee " * (MOST_DEPTH // 2) + ")" * (MOST_DEPTH // 2), id="refusals of refusals"),
        pytest.param(" NEAR/9 ".join(["Kim"] * MOST_DEPTH), id="a chain of NEAR"),
        pytest.param(" OR ".join(["Kim"] * 2000), id="many alternatives"),
        pytest.param("x" * (MOST_LENGTH - 7) + " OR Kim", id="a very long word"),
    ],
)
def test_a_query_up_to_the_limits_is_read(query: str) -> None:
    assert matcher(topic(query=query)).match(entry("Kim"))


@pytest.mark.parametrize(
    ("query", "failed"),
    [
        pytest.param("Kim summit", ('not found: "summit"',), id="a word"),
        pytest.param("Kim (summit OR talks)", ('not found: "summit" or "talks"',), id="alternatives"),
        pytest.param(
            "Kim (summit OR source:times)", ('not found: "summit" or source: times',), id="a word or a source"
        ),
        pytest.param("Kim (summit OR -Lee)", ('not found: "summit" or not "Lee"',), id="a word or a refusal"),
        pytest.param("Kim source:times", ("its source is not times",), id="the source"),
        pytest.param("Kim -Lee", ('it must not hold "Lee" in the headline',), id="a refused word"),
        pytest.param("Kim -source:desk", ("it must not hold source: desk",), id="a refused source"),
        pytest.param("Kim -(-summit)", ('it must not hold not "summit"',), id="a refused refusal"),
        pytest.param(
            "Kim NEAR/1 reactor",
            ('"Kim" and "reactor" in the headline do not stand at most 1 word apart',),
            id="too far from each other",
        ),
        pytest.param("title:Lee text:Kim", ('not found below the headline: "Kim"',), id="the wrong part of the entry"),
    ],
)
def test_an_explanation_names_what_failed(query: str, failed: tuple[str, ...]) -> None:
    (told,) = matcher(topic(query=query)).explain(entry("Kim, Lee visit the big old reactor"), from_feed())
    assert (told.fits, told.failed) == (False, failed)


def test_the_rule_of_a_query_is_shown_with_the_verdict_of_each_part() -> None:
    watch = matcher(topic(query='(Kim OR title:Lee) -summit "big reactor"~2 source:desk'), packs=PACKS)
    (told,) = watch.explain(entry("Lee sees reactor", "A big one."), from_feed())
    assert [(part.asks, part.holds) for part in told.rule.parts] == [
        ("one of these", True),
        ('not "summit"', True),
        ("all of these, at most 2 words apart", False),
        ("source: desk", True),
    ]
    assert [part.asks for part in told.rule.parts[0].parts] == ['"Kim"', '"Lee" in the headline']
