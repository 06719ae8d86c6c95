"""What topics and packs promise, tried before they are used: are the rules usable, do the examples come out?

Returns every fault, with the rule it stands at; `config/` gives them their place in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from wirewatch.core.match.compiling import PACK, Builder, CompiledTopic, compile_set, names_of, split_unless
from wirewatch.core.match.matcher import Matcher
from wirewatch.core.match.nodes import Both, Either, Guarded, Node, Where, Without, Words
from wirewatch.core.match.query import QueryError
from wirewatch.core.match.terms import Term, parse_term
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Pack, Rule, Topic, TopicKey


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that cannot do what its author wants. what: what is wrong, and what to do.

    topic:  its key, or "pack:NAME" for a rule of a pack.
    column: of the wrong character within a query, from 0; None for other rules.
    """

    topic: TopicKey
    rule: Rule
    what: str
    column: int | None = None


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example that does not come out as its author says. expected: True where it should match; why: in words."""

    topic: TopicKey
    example: Rule
    expected: bool
    why: str


@dataclass(frozen=True, slots=True)
class TriedExample:
    """An example as it came out. expected: should it match; fits: does it; why: in words."""

    topic: TopicKey
    example: Rule
    expected: bool
    fits: bool
    why: str


def check_rules(topics: tuple[Topic, ...], packs: tuple[Pack, ...] = ()) -> tuple[RuleFault, ...]:
    """Every rule of every topic (disabled ones too) that cannot be used or can never be found."""
    return _Trial(topics, packs).faults


def check_topics(
    topics: tuple[Topic, ...], packs: tuple[Pack, ...] = ()
) -> tuple[tuple[RuleFault, ...], tuple[ExampleFailure, ...]]:
    """`check_rules`, and `check_examples` of the topics whose rules are right, at the cost of one compilation."""
    trial = _Trial(topics, packs)
    return trial.faults, _failures(trial.try_examples())


EMPTY = compile_set((), ())


class _Trial:
    """Topics compiled once, as far as their rules allow, for all that is tried on them."""

    def __init__(self, topics: tuple[Topic, ...], packs: tuple[Pack, ...]) -> None:
        builder = Builder(topics, packs)
        self._roots: dict[TopicKey, Node] = {}
        faults = tuple(chain.from_iterable(_topic_faults(topic, builder, self._roots) for topic in topics))
        faulty = {fault.topic for fault in faults}
        sound = [topic for topic in topics if topic.key in self._roots and topic.key not in faulty]
        self._sound = [topic for topic in sound if topic.none or topic.examples_match or topic.examples_ignore]
        tried = [CompiledTopic(topic, self._roots[topic.key]) for topic in self._sound]
        self._matcher = Matcher(builder.finished(tried) if tried else EMPTY)
        hopeless = tuple(_never_found([topic for topic in self._sound if topic.none], self._matcher))
        self._sound = [topic for topic in self._sound if topic.key not in {fault.topic for fault in hopeless}]
        self.faults = faults + hopeless

    def try_examples(self) -> Iterator[TriedExample]:
        return chain.from_iterable(_outcomes(self._matcher, topic) for topic in self._sound if topic.enabled)


def check_examples(topics: tuple[Topic, ...], packs: tuple[Pack, ...] = ()) -> tuple[ExampleFailure, ...]:
    """Every example of the enabled topics, tried as a headline. The rules must have passed `check_rules`."""
    return _failures(try_examples(topics, packs))


def _failures(tried: Iterable[TriedExample]) -> tuple[ExampleFailure, ...]:
    return tuple(
        ExampleFailure(one.topic, one.example, one.expected, one.why) for one in tried if one.fits is not one.expected
    )


def try_examples(topics: tuple[Topic, ...], packs: tuple[Pack, ...] = ()) -> tuple[TriedExample, ...]:
    """Every example of the enabled topics with its outcome, in their order."""
    tried = [topic for topic in topics if topic.enabled and (topic.examples_match or topic.examples_ignore)]
    if not tried:
        return ()
    matcher = Matcher(compile_set(tried, packs, topics))
    return tuple(chain.from_iterable(_outcomes(matcher, topic) for topic in tried))


def topic_of_pack(pack: Pack) -> Topic:
    """A pack as a topic of its own, with the pack's examples."""
    key = TopicKey(PACK + pack.key)
    rule = Rule(key, pack.where)
    return Topic(key, pack.title, any=(rule,), examples_match=pack.examples_match, examples_ignore=pack.examples_ignore)


def check_packs(packs: tuple[Pack, ...]) -> tuple[RuleFault | ExampleFailure, ...]:
    """What is wrong with packs: their rules, then their guards, then their examples. packs: with all that they need."""
    builder = Builder((), packs)
    faults = tuple(chain.from_iterable(_pack_faults(pack, builder) for pack in packs))
    return faults or check_examples(tuple(topic_of_pack(pack) for pack in packs), packs)


def _pack_faults(pack: Pack, builder: Builder) -> Iterator[RuleFault]:
    key = TopicKey(PACK + pack.key)
    faults = [
        RuleFault(key, rule, what)
        for rule in chain.from_iterable(name.rules for name in pack.names)
        if (what := _fault(lambda rule=rule: parse_term(rule.text, rule.lang))) is not None  # type: ignore[misc]
    ]
    faults += [fault for rule in pack.none for fault in _refusal_faults(key, rule, "", builder)]
    if not faults and (what := _fault(lambda: builder.pack(pack.key))) is not None:
        faults.append(RuleFault(key, Rule(pack.key, pack.where), what))
    yield from faults or _idle_guards(key, pack, builder)


def shadowed(topic: Topic) -> Iterator[tuple[Rule, Rule]]:
    """(a word that adds nothing, the word of the same list that finds it already), where any one word is enough."""
    for rules in ((topic.any,) if topic.least == 1 else ()) + topic.all:
        plain = [rule for rule in rules if not (rule.text.startswith(PACK) or rule.beside)]
        terms = [(rule, parse_term(rule.text, rule.lang or topic.lang)) for rule in plain]
        for number, (rule, term) in enumerate(terms):
            finder = None if term.exact or "*" in rule.text else _finder(number, terms)
            if finder is not None:
                yield rule, finder


def _finder(number: int, terms: Sequence[tuple[Rule, Term]]) -> Rule | None:
    """A word of the list that is found wherever this one is; of two that find each other, the first stays."""
    rule, term = terms[number]
    folded = fold(rule.text)
    for other, (finder, one) in enumerate(terms):
        if one != term and not one.exact and one.lang in ("", term.lang) and next(one.places(folded), None) is not None:
            mutual = other > number and next(term.places(fold(finder.text)), None) is not None
            if not mutual:
                return finder
    return None


def _topic_faults(topic: Topic, builder: Builder, roots: dict[TopicKey, Node]) -> Iterator[RuleFault]:
    """roots: gets the compiled topic, where its rules allow that."""
    faults = list(_word_faults(topic, builder))
    yield from faults
    if topic.least > len(topic.any) and topic.any and not any(_is_many(rule) for rule in topic.any):
        what = (
            f"`min: {topic.least}` asks for more words than `any` has ({len(topic.any)}); write more, or a smaller min"
        )
        yield RuleFault(topic.key, topic.any[0], what)
    elif not faults:
        yield from _whole_faults(topic, builder, roots)


def _whole_faults(topic: Topic, builder: Builder, roots: dict[TopicKey, Node]) -> Iterator[RuleFault]:
    """What shows only when the topic is compiled: the query, and conditions that contradict each other."""
    anchor = topic.query or next(chain(topic.any, *topic.all, topic.none), None)
    if anchor is None:
        return  # a disabled topic may be empty
    try:
        root = roots[topic.key] = builder.topic(topic)
    except QueryError as error:
        yield RuleFault(topic.key, anchor, str(error), error.column)
    else:
        against = _contradiction(root)
        if against and topic.query is not None:
            what = f'can never fit: it asks for words and refuses "{against}", which stands in all of them'
            yield RuleFault(topic.key, topic.query, what, 0)


def _word_faults(topic: Topic, builder: Builder) -> Iterator[RuleFault]:
    for rule in chain(topic.any, *topic.all):
        what = _fault(lambda rule=rule: _try_rule(rule, topic.lang, builder))  # type: ignore[misc]
        if what is not None:
            yield RuleFault(topic.key, rule, what)
    for rule in topic.none:
        yield from _refusal_faults(topic.key, rule, topic.lang, builder)


def _try_rule(rule: Rule, lang: str, builder: Builder) -> None:
    if rule.text.startswith(PACK):
        builder.pack(rule.text.removeprefix(PACK))
    else:
        parse_term(rule.text, rule.lang or lang)
    if rule.beside:
        builder.company(rule.beside)


def _refusal_faults(key: TopicKey, rule: Rule, lang: str, builder: Builder) -> Iterator[RuleFault]:
    if rule.text.endswith(" unless"):
        yield RuleFault(key, rule, "says no word after `unless`; write one, or put the text in quotation marks")
        return
    phrase, unless = split_unless(rule.text)
    for part in (phrase, unless) if unless else (phrase,):
        what = _fault(lambda part=part: _try_rule(Rule(part, lang=rule.lang), lang, builder))  # type: ignore[misc]
        if what is not None:
            yield RuleFault(key, rule, what)


def _fault(work: Callable[[], object]) -> str | None:
    try:
        work()
    except ValueError as error:
        return str(error)
    return None


def _is_many(rule: Rule) -> bool:
    return rule.text.startswith(PACK) or bool(rule.beside)


def _never_found(guarded: Sequence[Topic], matcher: Matcher) -> Iterator[RuleFault]:
    """Lists of which no word can ever count, since the topic's own `not` phrases stand in every one of them.

    A single such word among others is no fault: shared lists are cut to size by `not`.
    """
    for topic in guarded:
        parted = map(split_unless, (rule.text for rule in topic.none))
        at_times = {phrase for phrase, unless in parted if unless} | {""}
        for rules in ((topic.any,) if topic.any else ()) + topic.all:
            if any(_is_many(rule) for rule in rules):
                continue
            refused = [_refusing(matcher, topic.key, rule) for rule in rules]
            if at_times.isdisjoint(refused):
                what = f'can never count: `not` has "{refused[0]}", which stands in it; take one of the two away'
                yield RuleFault(topic.key, rules[0], what)


def _refusing(matcher: Matcher, key: TopicKey, rule: Rule) -> str:
    """The `not` phrase that takes this rule away even where it stands alone; "" where none does."""
    return matcher.refusing(rule.text, key, rule.text)


def _contradiction(node: Node) -> str:
    """A refused word that stands in every word of a list beside it; "" where there is none."""
    if isinstance(node, Guarded):
        return _contradiction(node.part)
    if not isinstance(node, Both):
        return ""
    for part in node.parts:
        if isinstance(part, Without):
            refused = _refused(part.part)
            wanted = [names_of(one).values() for one in node.parts if isinstance(one, Words | Either) and one.anchors]
            for name, term in refused:
                if any(all(next(term.places(fold(one.rule)), None) for one in names) for names in wanted):
                    return name
    return next(filter(None, (_contradiction(part) for part in node.parts)), "")


def _refused(node: Node) -> list[tuple[str, Term]]:
    """The words of a refused part that break the rule wherever they stand."""
    if isinstance(node, Either):
        return list(chain.from_iterable(map(_refused, node.parts)))
    if not isinstance(node, Words) or node.where is not Where.ANYWHERE:
        return []
    terms = [(name.rule, parse_term(name.rule)) for name in node.names.values()]
    return [(rule, term) for rule, term in terms if not term.exact]  # "KIM" is no "=Kim"


def _idle_guards(key: TopicKey, pack: Pack, builder: Builder) -> Iterator[RuleFault]:
    """Guards that hold no name of the pack: in a pack they would keep every entry out that has them."""
    root = builder.pack(pack.key)
    by_text = {rule.text: rule for rule in pack.none}
    if isinstance(root, Guarded):
        for guard in root.guards:
            if not guard.hides and guard.name.rule in {split_unless(text)[0] for text in by_text}:
                rule = next(rule for text, rule in by_text.items() if split_unless(text)[0] == guard.name.rule)
                yield RuleFault(key, rule, "holds no name of this pack, so it guards nothing; mend or remove it")


def _outcomes(matcher: Matcher, topic: Topic) -> Iterator[TriedExample]:
    wanted: Iterable[tuple[Rule, bool]] = chain(
        ((example, True) for example in topic.examples_match), ((example, False) for example in topic.examples_ignore)
    )
    for example, expected in wanted:
        told = matcher.explain(example.text, only=topic.key)[0]
        yield TriedExample(topic.key, example, expected, told.fits, told.why)
