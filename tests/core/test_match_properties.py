"""What holds of every topic, pack, query and text, tried on random ones in all scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import NamedTuple, TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.matching import entry, from_feed, matcher, topic
from tests.core.naive import Naive, places
from wirewatch.core.match import check_rules, shadowed
from wirewatch.core.match.query import PLACES, Group, Part, QueryError, Word, parse_query
from wirewatch.core.match.terms import parse_term
from wirewatch.core.model import Entry, Hit
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Block, Feed, Pack, PackName, Rule, Scope, Topic, TopicKey

T = TypeVar("T")
A_WORLD = settings(max_examples=50, deadline=None)

# fmt: off
WORDS = [
    "Kim", "Jong", "Un", "UN", "Korea", "KORÉE", "북한", "북", "성북한", "北", "朝鲜", "朝鮮", "北朝鮮", "トランプ",
    "ガ", "войск", "войсками", "Ёнбён", "كوريا", "الكوريا", "ישראל", "בישראל", "Polska", "Polsce", "क़िम", "เกาหลี",
    "5MW", "38", "U.S.",
]
# fmt: on
JOINTS = [" ", "", "-", "’", ". ", "\n", "。", ", ", "\u200b", "\u0301", "; ", "·"]
LANGS = ["", "", "", "ru", "pl", "ar", "he", "zh", "ja", "ko", "fa"]


def _glued(most: int) -> st.SearchStrategy[str]:
    pieces = [word + joint for word in WORDS for joint in JOINTS]
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


def _usable(text: str) -> bool:
    try:
        parse_term(text)
    except ValueError:
        return False
    return True


PHRASES = [*WORDS, *(one + joint + two for one, two in product(WORDS[:12], WORDS[6:]) for joint in JOINTS[:3])]
SPELLINGS = [form.format(phrase) for phrase in PHRASES for form in ("{}", "{}", "*{}", "{}*", "={}")]
TERMS = st.sampled_from([spelling for spelling in SPELLINGS if _usable(spelling)])
PACKS = st.sampled_from(["pack:p0", "pack:p1", "pack:p2"])
# Phrases round words, so that some of them take a word away.
REFUSALS = st.one_of(
    TERMS,
    st.builds("{} {}".format, st.sampled_from(WORDS), st.sampled_from(WORDS[3:])),
    st.builds("{} unless {}".format, TERMS, TERMS | PACKS),
    PACKS,
)


def _rules(
    texts: st.SearchStrategy[str], company: Sequence[str] = (), least: int = 0
) -> st.SearchStrategy[tuple[Rule, ...]]:
    rule = st.builds(Rule, texts, beside=st.sampled_from(["", "", *company]), lang=st.sampled_from(LANGS))
    return st.lists(rule, min_size=least, max_size=3).map(tuple)


PLAIN = st.sampled_from([word for word in WORDS if _usable(word)])
ATOMS = st.one_of(
    PLAIN,
    st.builds("{}:{}".format, st.sampled_from(PLACES), PLAIN),
    st.builds('"{} {}"'.format, PLAIN, PLAIN),
    st.builds('"{} {}"~{}'.format, PLAIN, PLAIN, st.integers(1, 3)),
    st.builds("{} NEAR/{} {}".format, PLAIN, st.integers(1, 3), PLAIN),
    PACKS,
    st.sampled_from(["source:desk", "source:World*", "tag:asia", "lang:ko", "lang:ru", "url:EXAMPLE", "author:Kim"]),
)
QUERIES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} OR {})".format, inner, inner),
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("(({} OR {}) NEAR/2 {})".format, PLAIN, PLAIN, PLAIN),
    ),
    max_leaves=5,
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """One that can be read; half of the drawn ones have no word to look for, or ask for it."""
    text = draw(QUERIES)
    try:
        parse_query(text)
    except QueryError:
        return f"({text}) {draw(PLAIN)}" if draw(st.booleans()) else draw(PLAIN)
    return text


@st.composite
def packs(draw: st.DrawFn) -> tuple[Pack, ...]:
    """p0, p1, p2: later ones may include earlier ones, and any may want the company of any."""
    made = []
    for number in range(3):
        names = []
        for place in range(draw(st.integers(0, 3))):
            beside = draw(st.sampled_from(["", "", "p0", "p2"]))
            names.append(PackName(f"Name {place}", draw(_rules(TERMS, least=1)), beside))
        include = draw(st.sets(st.sampled_from([f"p{earlier}" for earlier in range(number)]))) if number else ()
        none = draw(_rules(st.builds("{} {}".format, PLAIN, PLAIN) | TERMS))
        made.append(Pack(f"p{number}", f"P {number}", tuple(names), none, tuple(sorted(include))))
    return tuple(made)


@st.composite
def topics(draw: st.DrawFn) -> tuple[Topic, ...]:
    """t0 has words of its own, so that others can stand beside it."""
    first = draw(_rules(TERMS, least=1))
    every = [Topic(TopicKey("t0"), "T 0", any=first, none=draw(_rules(REFUSALS)))]
    for number in range(1, draw(st.integers(1, 3))):
        some = draw(_rules(TERMS | PACKS, ["t0", "pack:p0", "pack:p1"]))
        lists = tuple(draw(st.lists(_rules(TERMS | PACKS, ["pack:p2"], 1), max_size=2)))
        query = Rule(draw(queries())) if draw(st.booleans()) else None
        if some or lists or query:
            topic = Topic(TopicKey(f"t{number}"), f"T {number}", any=some, all=lists, query=query)
            every.append(
                replace(
                    topic,
                    none=draw(_rules(REFUSALS)),
                    within=draw(st.sampled_from([None, 1, 3, Block.SENTENCE, Block.PARAGRAPH])),
                    scope=draw(st.sampled_from(Scope)),
                    least=draw(st.sampled_from([1, 1, 2])),
                    lang=draw(st.sampled_from(LANGS)),
                )
            )
    return tuple(every)


class World(NamedTuple):
    topics: tuple[Topic, ...]
    packs: tuple[Pack, ...]
    read: Entry
    feed: Feed


ENTRIES = st.builds(
    Entry,
    st.none(),
    st.sampled_from([None, "https://Example.org/1"]),
    _glued(8),
    _glued(8),
    _glued(8),
    author=st.sampled_from(["", "Kim Lee"]),
    tags=st.sampled_from([(), ("Asia",)]),
    lang=st.sampled_from([None, None, "ru", "pl-PL", "ja", "zh"]),
)
FEEDS = st.builds(from_feed, st.sampled_from([None, None, "t0", "t1", "off"]), st.sampled_from([None, "ko", "de"]))
WORLDS = st.builds(World, topics(), packs(), ENTRIES, FEEDS)


def _mixed(some: Sequence[T], chance: Random) -> tuple[T, ...]:
    return tuple(chance.sample(some, len(some)))


def _places(hit: Hit) -> set[tuple[str, int, int]]:
    return {(span.field, span.start, span.end) for span in hit.spans}


@A_WORLD
@given(WORLDS)
def test_the_compiled_matcher_equals_a_naive_one(world: World) -> None:
    naive = Naive(world.topics, world.packs, world.read, world.feed)
    hits = matcher(*world.topics, packs=world.packs).match(world.read, world.feed)
    assert [hit.topic for hit in hits] == [topic.key for topic in world.topics if naive.fits(topic)]
    by_words = [topic for topic in world.topics if topic.key != world.feed.about]
    wanted = {topic.key: naive.words(topic) for topic in by_words if naive.fits(topic)}
    assert {hit.topic: _places(hit) for hit in hits if hit.topic != world.feed.about} == wanted


@A_WORLD
@given(WORLDS)
def test_explain_never_disagrees_with_the_matcher(world: World) -> None:
    watch = matcher(*world.topics, packs=world.packs)
    told = watch.explain(world.read, world.feed)
    assert [one.topic for one in told] == [topic.key for topic in world.topics]
    fitting = [(one.topic, one.spans, one.why) for one in told if one.fits]
    assert fitting == [(hit.topic, hit.spans, hit.why) for hit in watch.match(world.read, world.feed)]
    for one in told:
        assert bool(one.failed) is not one.fits
        assert all(text == text.strip() and text for text in (one.why, *one.failed))


@A_WORLD
@given(WORLDS, st.randoms(use_true_random=False))
def test_the_order_of_topics_packs_names_and_rules_does_not_matter(world: World, chance: Random) -> None:
    mixed = [
        replace(
            topic,
            any=_mixed(topic.any, chance),
            all=tuple(_mixed([_mixed(some, chance) for some in topic.all], chance)),
            none=_mixed(topic.none, chance),
        )
        for topic in _mixed(world.topics, chance)
    ]
    turned = [
        replace(
            one, names=_mixed(one.names, chance), none=_mixed(one.none, chance), include=_mixed(one.include, chance)
        )
        for one in _mixed(world.packs, chance)
    ]
    before = matcher(*world.topics, packs=world.packs).match(world.read, world.feed)
    after = matcher(*mixed, packs=turned).match(world.read, world.feed)
    assert {hit.topic: (_places(hit), hit.prominence) for hit in before} == {
        hit.topic: (_places(hit), hit.prominence) for hit in after
    }


@A_WORLD
@given(_rules(TERMS, least=1), ENTRIES)
def test_every_span_folded_contains_its_term(some: tuple[Rule, ...], read: Entry) -> None:
    """Of an inflected word its core, of a phrase of them the longest one."""
    langs = {rule.text: rule.lang for rule in some}
    for hit in matcher(Topic(TopicKey("t"), "T", any=some)).match(read):
        for span in hit.spans:
            shown = fold(read.text_of(span.field)[span.start : span.end])
            assert parse_term(span.rule, langs[span.rule]).pattern.strip() in shown.text


@A_WORLD
@given(WORLDS)
def test_marks_lie_in_the_sentence_and_every_hit_by_words_has_one(world: World) -> None:
    for hit in matcher(*world.topics, packs=world.packs).match(world.read, world.feed):
        assert hit.marks or hit.topic == world.feed.about
        assert all(0 <= start < end <= len(hit.sentence) for start, end in hit.marks)


def _printed(part: Part) -> str:
    """A parsed query as its author could have written it, with every bracket."""
    if isinstance(part, Word):
        text = f'"{part.text}"' if part.quoted else part.text
        return (f"{part.field}:" if part.field else "") + text + (f"~{part.slop}" if part.slop else "")
    if part.operator == "NOT":
        return f"NOT {_printed(part.parts[0])}"
    sign = f" NEAR/{part.reach} " if part.operator == "NEAR" else f" {part.operator} "
    return f"({sign.join(map(_printed, part.parts))})"


def _bare(part: Part) -> Part:
    """Without columns."""
    if isinstance(part, Word):
        return replace(part, column=0)
    return Group(part.operator, tuple(map(_bare, part.parts)), 0, part.reach)


@given(queries())
def test_a_parsed_query_printed_and_parsed_again_is_the_same(text: str) -> None:
    once = parse_query(text)
    assert _bare(parse_query(_printed(once))) == _bare(once)


@given(st.text(st.sampled_from('ab()-"~1: ORNEAR/2*=„“'), max_size=30))
@example("a NEAR/2")
@example('"—"~3')
def test_any_line_is_a_query_or_an_error_that_points_into_it(text: str) -> None:
    try:
        matcher(topic(query=text)).match(entry("a b"))
    except QueryError as error:
        assert 0 <= error.column <= len(text)
        assert str(error)


FEW = st.sampled_from(["Kim", "Kim Lee", "=Kim", "title:Kim", "Lee", "=Lee", "source:desk"])
SMALL = st.recursive(
    FEW,
    lambda inner: st.one_of(st.builds("({} OR {})".format, inner, inner), st.builds("({} {})".format, inner, inner)),
)


@A_WORLD
@given(SMALL, SMALL)
def test_what_is_said_never_to_fit_never_fits(wanted: str, refused: str) -> None:
    watched = topic(query=f"({wanted}) Kim -({refused})")
    never = [fault for fault in check_rules((watched,)) if "can never fit" in fault.what]
    for title, text in product(("", "Kim", "KIM", "Lee", "Kim Lee"), repeat=2):
        for feed in (from_feed(), from_feed(name="Other")):
            assert not (never and matcher(watched).match(entry(title, text), feed))


@A_WORLD
@given(_rules(TERMS, least=2), ENTRIES, st.sampled_from(LANGS))
def test_a_shadowed_word_adds_nothing(some: tuple[Rule, ...], read: Entry, lang: str) -> None:
    whole = Topic(TopicKey("t"), "T", any=some, lang=lang)
    idle = {rule for rule, _ in shadowed(whole)}
    kept = tuple(rule for rule in some if rule not in idle)
    assert kept
    assert bool(matcher(replace(whole, any=kept)).match(read)) is bool(matcher(whole).match(read))


@given(TERMS, ENTRIES, st.sampled_from(LANGS))
def test_a_term_looks_through_few_words_as_the_index_through_many(term: str, read: Entry, lang: str) -> None:
    one, text = parse_term(term, lang), fold(read.title)
    assert set(one.places(text, "ko")) == set(places(one, text, "ko"))
