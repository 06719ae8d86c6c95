"""The names by which the parts of a watchlist call each other: each that is used must be defined.

A topic's `part_of` must lead to a whole, never back to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from wirewatch.config.places import Findings, Item, Place, Scalar, Table, one_line, texts
from wirewatch.config.suggest import did_you_mean, shown


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it is used. kind: what sort of thing it names ("topic", "feed" …); key: the path of the place."""

    kind: str
    name: str
    place: Place
    key: str


def check_mentions(mentions: Iterable[Mention], known_of: Mapping[str, Collection[str]], to: Findings) -> None:
    """Every name that is used but not defined, with the nearest one that is. known_of: the names of each kind."""
    for mention in mentions:
        known = known_of[mention.kind]
        if mention.name not in known:
            cure = did_you_mean(mention.name, known, f"{mention.kind}s")
            to.add(mention.place, mention.key, f"there is no {mention.kind} {shown(mention.name)}; {cure}")


def mentions_in(table: Table, key: str, kind: str, path: str) -> list[Mention]:
    """The names that stand behind one key of a block."""
    return [Mention(kind, one_line(name.text or ""), name.place, f"{path}.{key}") for name in texts(table.get(key))]


def check_parts(topics: Mapping[str, Item], to: Findings) -> None:
    """`part_of` leads upwards: a chain that comes back to its start has no whole. Each ring is named once."""
    above = {key: part for key, item in topics.items() if (part := _part_of(item)) is not None}
    clear: set[str] = set()
    for start in above:
        chain: dict[str, None] = {}
        at = start
        while at in above and at not in clear and at not in chain:
            chain[at] = None
            at = one_line(above[at].text or "")
        if at in chain:
            ring = list(chain)[list(chain).index(at) :]
            where = above[ring[0]].place
            to.add(
                where, f"topics.{ring[0]}.part_of", f"goes in a ring ({' → '.join([*ring, at])}); remove one part_of"
            )
        clear.update(chain)


def _part_of(item: Item) -> Scalar | None:
    node = item.node.get("part_of") if isinstance(item.node, Table) else None
    return node if isinstance(node, Scalar) and node.text else None
