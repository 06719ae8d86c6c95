"""Topics and packs → trees of conditions over numbered terms, with an index of which topic a term may decide.

Both spellings of a topic end here: lists (`any`, `all`, `not`, `within` …) and `query:`. Packs are compiled once and
shared by all topics that name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wirewatch.core.match.index import TermIndex
from wirewatch.core.match.nodes import (
    Beside,
    Both,
    Either,
    Facet,
    Guard,
    Guarded,
    Name,
    Node,
    Where,
    Without,
    Words,
)
from wirewatch.core.match.query import FACETS, Part, QueryError, Word, parse_query
from wirewatch.core.match.terms import Term, parse_term
from wirewatch.core.text import fold
from wirewatch.core.watchlist import Pack, Rule, Scope, Topic, TopicKey

PACK = "pack:"
_UNLESS = " unless "
_DEEPEST = 20  # packs that include each other in a chain
_SCOPES = {Scope.HEADLINE: Where.HEADLINE, Scope.LEAD: Where.LEAD, Scope.TEXT: Where.ANYWHERE}
_FIELDS = {"": Where.ANYWHERE, "title": Where.HEADLINE, "summary": Where.SUMMARY, "text": Where.BELOW}


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic and its tree."""

    topic: Topic
    root: Node


@dataclass(frozen=True, slots=True)
class TopicSet:
    """Topics compiled together, in the watchlist's order, over one index.

    users: term number → numbers of the topics that may fit where it is found.
    """

    topics: tuple[CompiledTopic, ...]
    index: TermIndex
    users: tuple[tuple[int, ...], ...]


def compile_set(topics: Sequence[Topic], packs: Sequence[Pack], known: Sequence[Topic] = ()) -> TopicSet:
    """known: further topics that rules may stand beside (disabled ones; those of the whole watchlist).

    Raises ValueError for what `check_rules` refuses.
    """
    builder = Builder((*known, *topics), packs)
    return builder.finished([CompiledTopic(topic, builder.topic(topic)) for topic in topics])


def split_unless(text: str) -> tuple[str, str]:
    """`X unless Y` as its two parts; Y is "" where there is none, or where the text is in quotation marks."""
    if text.startswith('"') and text.endswith('"'):
        return text, ""
    phrase, _, unless = text.partition(_UNLESS)
    return phrase.strip(), unless.strip()


class Builder:
    """Compiles topics one after the other; remembers packs, companies and term numbers between them."""

    def __init__(self, topics: Iterable[Topic], packs: Iterable[Pack]) -> None:
        self.terms: dict[Term, int] = {}
        self._by_number: list[Term] = []
        self._packs = {pack.key: pack for pack in packs}
        self._topics = {topic.key: topic for topic in topics}
        self._shared: dict[tuple[str, bool, Where], Node] = {}
        self._companies: dict[str, tuple[Node, frozenset[TopicKey]]] = {}

    def finished(self, compiled: Sequence[CompiledTopic]) -> TopicSet:
        """The topics that this builder compiled, over one index of all its terms."""
        users: list[list[int]] = [[] for _ in self.terms]
        for number, one in enumerate(compiled):
            for term in one.root.anchors or ():
                users[term].append(number)
        return TopicSet(tuple(compiled), TermIndex(list(self.terms)), tuple(tuple(row) for row in users))

    def topic(self, topic: Topic) -> Node:
        """The tree of a topic. Raises ValueError for a rule that cannot be used."""
        where = _SCOPES[topic.scope]
        parts = [self._one_of(topic.any, where, topic.least, topic.lang)] if topic.any else []
        lists = tuple(self._one_of(rules, where, 1, topic.lang) for rules in topic.all)
        parts += [Both(lists, topic.within)] if topic.within is not None and len(lists) > 1 else list(lists)
        if topic.query is not None:
            parts.append(self._query(parse_query(topic.query.text), where, topic.lang))
        root = parts[0] if len(parts) == 1 else Both(tuple(parts))
        if not topic.none and isinstance(root, Guarded):
            return Guarded(root, ())  # a pack's phrases are no veto of the topic: a feed about it fits all the same
        return self._guarded(root, topic.none, topic.lang)

    def pack(self, key: str, where: Where = Where.ANYWHERE) -> Node:
        """The names of a pack and of those it includes, guards and company with them."""
        return self._pack(key, where, alone=False)

    def _pack(self, key: str, where: Where, *, alone: bool) -> Node:
        """alone: only the names that need no company, as company for others."""
        known = self._shared.get((key, alone, where))
        if known is not None:
            return known
        pack = self._named_pack(key)
        self._refuse_circle(key)
        node = self._guarded(self._names(pack, where, alone=alone), pack.none, "")
        if alone and isinstance(node, Guarded):  # phrases round names that are left out here must not veto
            node = replace(node, guards=tuple(replace(guard, hides=True) for guard in node.guards))
        self._shared[(key, alone, where)] = node
        return node

    def _names(self, pack: Pack, where: Where, *, alone: bool) -> Node:
        free: dict[int, Name] = {}
        parts: list[Node] = []
        in_company: dict[str, dict[int, Name]] = {}
        for name in pack.names:
            into = in_company.setdefault(name.beside, {}) if name.beside else free
            for rule in name.rules:
                into.setdefault(self._number(rule.text, rule.lang), _glossed(rule.text, name.gloss))
        if free:
            parts.append(Words(free, where))
        parts += [self._pack(key, where, alone=alone) for key in pack.include]
        if not alone:
            parts += [self._beside(Words(names, where), PACK + beside) for beside, names in in_company.items()]
        return Either(tuple(parts), title=pack.title)

    def _refuse_circle(self, key: str) -> None:
        """Raises ValueError where packs include each other in a circle, or too deep to be judged."""
        level = {key}
        for _ in range(_DEEPEST):
            level = {other for one in level if one in self._packs for other in self._packs[one].include}
            if key in level:
                raise ValueError(f"pack {key} includes itself; take one of the lines `include:` away")
        if level:
            raise ValueError(f"pack {key} includes packs more than {_DEEPEST} deep; take a line `include:` away")

    def _named_pack(self, key: str) -> Pack:
        try:
            return self._packs[key]
        except KeyError as error:
            raise ValueError(f"there is no pack {key}") from error

    def _one_of(self, rules: Sequence[Rule], where: Where, least: int, lang: str) -> Node:
        free: dict[int, Name] = {}
        in_company: dict[str, list[Rule]] = {}
        packs: list[Node] = []
        for rule in rules:
            if rule.beside:
                in_company.setdefault(rule.beside, []).append(rule)
            elif rule.text.startswith(PACK):
                packs.append(self.pack(rule.text.removeprefix(PACK), where))
            else:
                free.setdefault(self._number(rule.text, rule.lang or lang), Name(rule.text))
        parts: list[Node] = [Words(free, where, least if not (packs or in_company) else 1)] if free else []
        parts += packs
        for beside, those in in_company.items():
            plain = tuple(Rule(rule.text, rule.where, lang=rule.lang) for rule in those)
            parts.append(self._beside(self._one_of(plain, where, 1, lang), beside))
        if len(parts) == 1 and (least == 1 or free):
            return parts[0]
        return Either(tuple(parts), least)

    def _beside(self, part: Node, name: str) -> Node:
        company, topics = self.company(name)
        return Beside(part, company, self._title(name), topics)

    def _title(self, name: str) -> str:
        topic, pack = self._topics.get(TopicKey(name)), self._packs.get(name.removeprefix(PACK))
        return topic.title if topic is not None else pack.title if pack is not None else name

    def company(self, name: str) -> tuple[Node, frozenset[TopicKey]]:
        """What a rule may stand beside: a topic's key or a pack. Raises ValueError where there is neither."""
        if name not in self._companies:
            self._companies[name] = self._company(name)
        return self._companies[name]

    def _company(self, name: str) -> tuple[Node, frozenset[TopicKey]]:
        """The names that count by themselves, of a topic's `any` or a pack; and the topics that are named by it."""
        topic = self._topics.get(TopicKey(name))
        if topic is None:
            key = name.removeprefix(PACK)
            those = (one.key for one in self._topics.values() if any(rule.text == PACK + key for rule in one.any))
            return self._pack(key, Where.ANYWHERE, alone=True), frozenset(those)
        alone = tuple(rule for rule in topic.any if not rule.beside)
        if not alone:
            raise ValueError(f"topic {name} has no `any` list to stand beside; name a pack instead")
        node = self._guarded(self._alone(alone, topic.lang), topic.none, topic.lang)
        if isinstance(node, Guarded):
            node = replace(node, guards=tuple(guard for guard in node.guards if guard.hides))
        return node, frozenset({topic.key})

    def _alone(self, rules: Sequence[Rule], lang: str) -> Node:
        words = [rule for rule in rules if not rule.text.startswith(PACK)]
        keys = [rule.text.removeprefix(PACK) for rule in rules if rule.text.startswith(PACK)]
        parts = [self._pack(key, Where.ANYWHERE, alone=True) for key in keys]
        return Either((*([self._one_of(words, Where.ANYWHERE, 1, lang)] if words else []), *parts))

    def _guarded(self, part: Node, phrases: Sequence[Rule], lang: str) -> Node:
        if not phrases:
            return part
        own = TermIndex([self._by_number[number] for number in names_of(part)])
        guards = []
        for rule in phrases:
            text, unless = split_unless(rule.text)
            otherwise = self._one_of((Rule(unless, rule.where),), Where.ANYWHERE, 1, lang) if unless else None
            if text.startswith(PACK):
                guards += self._pack_guards(text.removeprefix(PACK), otherwise)
                continue
            folded = fold(text.removeprefix("=").strip("*"))
            hides = next(own.find(folded, ""), None) is not None
            guards.append(Guard(self._number(text, rule.lang or lang), Name(text), hides, otherwise))
        return Guarded(part, tuple(guards))

    def _pack_guards(self, key: str, unless: Node | None) -> list[Guard]:
        """`not: pack:NAME`: none of that pack's free names may be there."""
        names = names_of(self._pack(key, Where.ANYWHERE, alone=True))
        return [Guard(number, name, False, unless) for number, name in names.items()]

    def _query(self, part: Part, where: Where, lang: str) -> Node:
        if isinstance(part, Word):
            return self._word(part, where, lang)
        parts = tuple(self._query(one, where, lang) for one in part.parts)
        if part.operator == "NOT":
            return Without(parts[0])
        if part.operator == "OR":
            return self._joined(parts)
        return Both(parts, part.reach if part.operator == "NEAR" else None)

    def _joined(self, parts: Sequence[Node]) -> Node:
        """Alternatives; plain words of one place become one list, as they are in `any`."""
        words = [part for part in parts if isinstance(part, Words)]
        if len(words) == len(parts) and len({part.where for part in words}) == 1:
            return Words({number: name for part in words for number, name in part.names.items()}, words[0].where)
        return Either(tuple(parts))

    def _word(self, word: Word, where: Where, lang: str) -> Node:
        if word.field in FACETS:
            return Facet(word.field, word.text)
        where = _FIELDS[word.field] if word.field else where
        try:
            if word.slop:
                pieces = [one for one in word.text.split() if fold(one).text.strip(" ;")] or [word.text]
                return Both(tuple(Words({self._number(one, lang): Name(one)}, where) for one in pieces), word.slop)
            if word.text.startswith(PACK) and not word.quoted:
                return self.pack(word.text.removeprefix(PACK), where)
            return Words({self._number(word.text, lang): Name(word.text)}, where)
        except ValueError as error:
            raise QueryError(word.column, f"{word.text}: {error}") from error

    def _number(self, text: str, lang: str) -> int:
        term = parse_term(text, lang)
        number = self.terms.setdefault(term, len(self.terms))
        if number == len(self._by_number):
            self._by_number.append(term)
        return number


def _glossed(rule: str, gloss: str) -> Name:
    """A gloss helps where the name is in another script; "Kim Jong-un (Kim Jong Un)" would not."""
    foreign = any(ord(char) > 0x2AF and char.isalpha() for char in rule)
    return Name(rule, gloss if foreign else "")


def _collect(node: Node, into: dict[int, Name]) -> None:
    """All words under a node that may count for it; company and refusals are not among them."""
    if isinstance(node, Words):
        into.update(node.names)
    elif isinstance(node, Either | Both):
        for part in node.parts:
            _collect(part, into)
    elif isinstance(node, Beside | Guarded):
        _collect(node.part, into)


def names_of(node: Node) -> Mapping[int, Name]:
    """The words that may count for a node, by term number."""
    names: dict[int, Name] = {}
    _collect(node, names)
    return names
