"""Short ways to write topics, packs, feeds and entries for the matcher's tests. `naive.py`'s oracle reads them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from wirewatch.core.match import Matcher, compile_topics
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import NO_FEED, Block, Feed, Pack, PackName, Rule, Scope, Topic, TopicKey


def rules(*texts: str, beside: str = "", lang: str = "") -> tuple[Rule, ...]:
    return tuple(Rule(text, f"watchlist.yaml:{number}:1", beside, lang) for number, text in enumerate(texts, 1))


def topic(
    key: str = "topic",
    *,
    any: Iterable[str] = (),  # as the watchlist spells it
    all: Iterable[Iterable[str]] = (),
    none: Iterable[str] = (),
    beside: Mapping[str, Iterable[str]] | None = None,  # of `any`: company → its rules
    query: str | None = None,
    within: int | Block | None = None,
    scope: Scope = Scope.TEXT,
    least: int = 1,
    lang: str = "",
    match: Iterable[str] = (),
    ignore: Iterable[str] = (),
    enabled: bool = True,
    trial: bool = False,
) -> Topic:
    lonely = [rule for company, those in (beside or {}).items() for rule in rules(*those, beside=company)]
    return Topic(
        TopicKey(key),
        key.title(),
        any=(*rules(*any), *lonely),
        all=tuple(rules(*one) for one in all),
        none=rules(*none),
        query=Rule(query, "watchlist.yaml:9:1") if query is not None else None,
        within=within,
        scope=scope,
        least=least,
        lang=lang,
        examples_match=rules(*match),
        examples_ignore=rules(*ignore),
        enabled=enabled,
        trial=trial,
    )


def name(gloss: str, *texts: str, beside: str = "", **by_lang: str) -> PackName:
    """One thing of a pack: spellings of no one language, and one for each language named."""
    spoken = [rule for lang, text in by_lang.items() for rule in rules(text, lang=lang)]
    return PackName(gloss, (*rules(*texts), *spoken), beside)


def pack(
    key: str,
    *names: PackName | str,  # a plain word names itself
    none: Iterable[str] = (),
    include: Iterable[str] = (),
    match: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> Pack:
    return Pack(
        key,
        key.title(),
        tuple(one if isinstance(one, PackName) else name(one, one) for one in names),
        none=rules(*none),
        include=tuple(include),
        examples_match=rules(*match),
        examples_ignore=rules(*ignore),
        where=f"packs/{key}.yaml:1:1",
    )


def matcher(*topics: Topic, packs: Iterable[Pack] = ()) -> Matcher:
    return compile_topics(topics, tuple(packs))


def entry(title: str = "", summary: str = "", content: str = "", lang: str | None = None) -> Entry:
    return Entry(None, None, title, summary, content, lang=lang)


def from_feed(about: str | None = None, lang: str | None = None, name: str = "World Desk") -> Feed:
    return Feed(name, "https://a.example/feed", lang=lang, outlet=name, about=TopicKey(about) if about else None)


def fits(term: str | Topic, text: str | Entry, *packs: Pack, feed: Feed = NO_FEED) -> bool:
    """Does a topic, or one of this one word, hit an entry or a headline? `match` and `explain` are both asked."""
    watched = topic(any=[term]) if isinstance(term, str) else term
    watch = matcher(watched, packs=packs)
    hits = watch.match(entry(text) if isinstance(text, str) else text, feed)
    told = watch.explain(text, feed)
    assert [hit.topic for hit in hits] == [one.topic for one in told if one.fits]
    return bool(hits)


def found(term: str, text: str, lang: str = "", spoken: str | None = None) -> list[str]:
    """What a word finds in a headline, as it stands there. lang: of the word; spoken: of the headline."""
    watch = matcher(replace(topic(any=[term]), lang=lang))
    return [text[span.start : span.end] for hit in watch.match(entry(text, lang=spoken)) for span in hit.spans]
