"""Checked blocks → topics: their lists taken apart, each rule with its place, what each word stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wirewatch.config.check import checked
from wirewatch.config.names import Mention, mentions_in
from wirewatch.config.places import Findings, Item, Node, Scalar, Series, Table, has_control, one_line
from wirewatch.config.schema import TopicShape
from wirewatch.core.watchlist import Rule, Topic, TopicKey

BESIDE = "beside "


@dataclass(frozen=True, slots=True)
class ReadTopics:
    """The topics that are right; the wholes that they name; every text of theirs by its place, for later faults."""

    topics: tuple[Topic, ...] = ()
    mentions: list[Mention] = field(default_factory=list)
    texts: dict[str, Scalar] = field(default_factory=dict)


def topics_of(lines: Mapping[str, Item], findings: Findings) -> ReadTopics:
    """Reads every topic; what is wrong goes to the findings."""
    topics, read = [], ReadTopics()
    for key, item in lines.items():
        path = f"topics.{key}"
        if has_control(key):
            findings.add(item.place, "topics", "a name holds a control character; write plain text")
        node, beside = _taken_apart(item.node, path, findings)
        shape = checked(TopicShape, node, path, findings)
        if isinstance(node, Table):
            read.mentions.extend(mentions_in(node, "part_of", "topic", path))
            read.texts.update((str(text.place), text) for text in _every_text(node))
            if shape:
                topics.append(_topic(TopicKey(key), shape, node, beside))
    return ReadTopics(tuple(topics), read.mentions, read.texts)


def _topic(key: TopicKey, shape: TopicShape, node: Table, beside: Mapping[str, str]) -> Topic:
    examples = node.get("examples")
    match = examples.get("match") if isinstance(examples, Table) else None
    ignore = examples.get("ignore") if isinstance(examples, Table) else None
    lists = node.get("all")
    places = lists.items if isinstance(lists, Series) else (lists,)
    return Topic(
        key=key,
        title=shape.title or key,
        any=_rules(shape.any, node.get("any"), beside),
        all=tuple(_rules(words, place, beside) for words, place in zip(shape.all, places, strict=False)),
        none=_rules(shape.none, node.get("not"), {}),
        query=next(iter(_rules((shape.query,) if shape.query else (), node.get("query"), {})), None),
        within=shape.within,
        scope=shape.scope,
        least=shape.least,
        lang=(shape.lang or "").partition("-")[0].lower(),
        expect=shape.expect,
        priority=shape.priority,
        part_of=TopicKey(shape.part_of) if shape.part_of else None,
        examples_match=_rules(shape.examples.match, match, {}),
        examples_ignore=_rules(shape.examples.ignore, ignore, {}),
        trial=shape.trial,
        enabled=shape.enabled,
    )


def _rules(words: Sequence[str], node: Node | None, beside: Mapping[str, str]) -> tuple[Rule, ...]:
    """Each text with its place in the file. Both stand in the same order: the words were read from the node."""
    pairs = zip(words, _texts(node), strict=True)
    return tuple(Rule(word, str(text.place), beside.get(str(text.place), "")) for word, text in pairs)


def _texts(node: Node | None) -> Iterator[Scalar]:
    items = node.items if isinstance(node, Series) else (node,)
    return (item for item in items if isinstance(item, Scalar) and item.text is not None)


def _taken_apart(node: Node, path: str, findings: Findings) -> tuple[Node, Mapping[str, str]]:
    """The topic with `beside NAME: [words]` replaced by its words; and what each of them stands beside, by place."""
    beside: dict[str, str] = {}
    if not isinstance(node, Table):
        return node, beside
    items = dict(node.items)
    for key in ("any", "all"):
        if key in items:
            found = _flat(items[key].node, f"{path}.{key}", beside, findings, deep=key == "all")
            items[key] = Item(items[key].place, found)
    return Table(node.place, items), beside


def _flat(node: Node, path: str, beside: dict[str, str], findings: Findings, *, deep: bool) -> Node:
    """deep: a list of lists (`all`), in which a `beside` block is a list of its own."""
    if isinstance(node, Table):
        words = tuple(_company(node, path, beside, findings))
        return Series(node.place, (Series(node.place, words),) if deep else words)
    if not isinstance(node, Series):
        return node
    flat: list[Node] = []
    for item in node.items:
        if isinstance(item, Table):
            words = tuple(_company(item, path, beside, findings))
            flat += [Series(item.place, words)] if deep else words
        elif deep and isinstance(item, Series):
            flat.append(_flat(item, path, beside, findings, deep=False))
        else:
            flat.append(item)
    return Series(node.place, tuple(flat))


def _company(table: Table, path: str, beside: dict[str, str], findings: Findings) -> Iterator[Scalar]:
    for key, item in table.items.items():
        name = one_line(key.removeprefix(BESIDE))
        if not key.startswith(BESIDE) or not name:
            findings.add(item.place, path, f"expected a word, or `beside NAME:` with a list; {_cure(key)}")
            continue
        for word in item.node.items if isinstance(item.node, Series) else (item.node,):
            if not isinstance(word, Scalar) or word.text is None:
                findings.add(word.place, f"{path}.{key}", "expected words, one or a list; write them")
                continue
            beside[str(word.place)] = name
            yield word


def _cure(key: str) -> str:
    return f"put text that holds ': ' in quotation marks ('{one_line(key)}: …')"


def _every_text(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
        return
    parts = node.items if isinstance(node, Series) else (line.node for line in node.items.values())
    for part in parts:
        yield from _every_text(part)
