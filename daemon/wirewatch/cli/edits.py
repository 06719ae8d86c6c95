"""Commands that edit the watchlist: `feeds add`, `topics`, `topics add`, `topics ignore`.

Every edit is checked whole before it is saved, and keeps each line that a person wrote.
"""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.complete import topic_names
from wirewatch.cli.exits import Exit
from wirewatch.cli.place import (
    JsonOption,
    WatchlistOption,
    console,
    find_watchlist,
    make_resolver,
    print_json,
)
from wirewatch.config.addresses import feed_address
from wirewatch.config.edit import NewFeed, add_feeds, add_ignore_example, add_topic, edit, file_for, groups_in
from wirewatch.config.first import topic_key
from wirewatch.config.load import Loaded, load_watchlist
from wirewatch.config.sources import short_name
from wirewatch.config.splice import Value
from wirewatch.core.urls import canonical_link, host_of
from wirewatch.core.watchlist import Feed, FeedKind, Watchlist
from wirewatch.errors import ConfigError, ControlError
from wirewatch.probe import Probed, probe, rhythm

LIVE = "A running daemon takes it up within two seconds."


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """What `topics --json` prints."""

    key: str
    title: str
    words: int
    match: int
    ignore: int
    priority: str
    part_of: str | None
    trial: bool
    enabled: bool


UrlArgument = Annotated[str, typer.Argument(help="The feed's address, or a web page that has a feed.")]
NameOption = Annotated[str | None, typer.Option("--name", help="Its name. Default: the feed's own title.")]
GroupOption = Annotated[
    str | None, typer.Option("--group", "-g", help="The group to put it in; inner ones as 'World / Asia'.")
]
LangOption = Annotated[str | None, typer.Option("--lang", help="Its language, where the feed says it wrong: ko.")]
KindOption = Annotated[FeedKind | None, typer.Option("--kind", help="What sort of house speaks.")]
AboutOption = Annotated[
    str | None,
    typer.Option("--about", help="The topic that everything in it is about.", autocompletion=topic_names),
]
NoProbeOption = Annotated[bool, typer.Option("--no-probe", help="Add the address as it is, without asking it.")]
TitleArgument = Annotated[str, typer.Argument(help="What messages call it.")]
KeyOption = Annotated[str | None, typer.Option("--key", help="Its name in the file. Default: made from the title.")]
AnyOption = Annotated[
    list[str] | None, typer.Option("--any", help='Words of which one is enough: "Yongbyon, 영변". May be repeated.')
]
AllOption = Annotated[
    list[str] | None, typer.Option("--all", help="Words of which one must be there too. May be repeated: each counts.")
]
NotOption = Annotated[list[str] | None, typer.Option("--not", help="Phrases that keep it out. May be repeated.")]
PriorityOption = Annotated[str | None, typer.Option("--priority", help="low, normal, high or urgent.")]
TrialOption = Annotated[bool, typer.Option("--trial", help="Count its hits and send none.")]
PartOption = Annotated[
    str | None, typer.Option("--part-of", help="The topic that it is a part of.", autocompletion=topic_names)
]
TopicArgument = Annotated[str, typer.Argument(help="The topic's key.", autocompletion=topic_names)]
LineArgument = Annotated[str, typer.Argument(help="A headline that the topic must not fit.")]


def feeds_add(
    url: UrlArgument,
    name: NameOption = None,
    group: GroupOption = None,
    lang: LangOption = None,
    kind: KindOption = None,
    about: AboutOption = None,
    no_probe: NoProbeOption = False,
    watchlist: WatchlistOption = None,
) -> None:
    """Add a feed to the watchlist. Asks it first; behind a web page, finds its feed."""
    path = find_watchlist(watchlist)
    before = load_watchlist(path)
    _refuse_known(_right(url), before.watchlist)
    title = ""
    if not no_probe:
        url, title = _found(url, before.watchlist)
        _refuse_known(url, before.watchlist)
    keys: dict[str, Value] = {}
    for key, value in (("lang", lang), ("kind", kind and kind.value), ("about", about)):
        if value:
            keys[key] = value
    named = name or _free_name(title or short_name(url), url, before.watchlist)
    into = groups_in(group)
    new = NewFeed(" ".join(named.split()), url, keys, into)
    file = file_for(before, "feeds", into)
    after = change_watchlist(path, lambda text: add_feeds(text, [new]), file=file)
    print(f"{file}: added the feed '{new.name}' ({url}){f' to {group}' if group else ''}. {LIVE}")
    _say_new_warnings(before.watchlist, after.watchlist)


def topics_list(watchlist: WatchlistOption = None, json: JsonOption = False) -> None:
    """Show the topics: how many words and examples each has, its priority, what it is a part of."""
    topics = [
        ListedTopic(
            topic.key,
            topic.title,
            len(topic.any) + sum(map(len, topic.all)),
            len(topic.examples_match),
            len(topic.examples_ignore),
            topic.priority.name.lower(),
            topic.part_of,
            topic.trial,
            topic.enabled,
        )
        for topic in load_watchlist(find_watchlist(watchlist)).watchlist.topics
    ]
    if json:
        print_json(topics)
    elif not topics:
        print('No topics yet. Add one: wirewatch topics add "North Korea" --any "North Korea, DPRK"')
    else:
        console().print(_topic_table(topics))


def topics_add(
    title: TitleArgument,
    any_of: AnyOption = None,
    all_of: AllOption = None,
    none_of: NotOption = None,
    key: KeyOption = None,
    priority: PriorityOption = None,
    part_of: PartOption = None,
    trial: TrialOption = False,
    watchlist: WatchlistOption = None,
) -> None:
    """Add a topic to the watchlist."""
    if not any_of and not all_of:
        raise typer.BadParameter("a topic needs words to look for; give --any or --all")
    path = find_watchlist(watchlist)
    before = load_watchlist(path)
    key = " ".join((key or topic_key(title)).split())
    words = [word for text in any_of or () for word in _words(text)]
    lists = [_words(text) for text in all_of or ()]
    nots = [word for text in none_of or () for word in _words(text)]
    file = file_for(before, "topics")

    def change(text: str) -> str:
        return add_topic(text, key, title, words, lists, nots, priority=priority, part_of=part_of, trial=trial)

    after = change_watchlist(path, change, file=file)
    print(f"{file}: added the topic '{key}'. {LIVE}\nTry it: wirewatch explain \"a headline\"")
    _say_new_warnings(before.watchlist, after.watchlist)


def topics_ignore(
    topic: TopicArgument, line: LineArgument, none_of: NotOption = None, watchlist: WatchlistOption = None
) -> None:
    """Add a headline that a topic must not fit, with the phrases that keep it out."""
    path = find_watchlist(watchlist)
    file = file_for(load_watchlist(path), "topics", topic)
    nots = [word for text in none_of or () for word in _words(text)]
    change_watchlist(path, lambda text: add_ignore_example(text, topic, line, nots), file=file)
    print(f"{file}: the topic '{topic}' keeps that headline out, and must from now on. {LIVE}")


def change_watchlist(path: Path, change: Callable[[str], str], *, file: Path | None = None) -> Loaded:
    """Edit and save, or say that nothing was."""
    try:
        return edit(path, change, file=file)
    except ConfigError:
        print("Nothing was changed. The file would not be right with that:", file=sys.stderr)
        raise


def _right(url: str) -> str:
    try:
        return feed_address(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _found(url: str, watchlist: Watchlist) -> tuple[str, str]:
    """Ask the address: the feed's own, and its title. Ends the command where there is no feed."""
    print(f"Asking {url} …", file=sys.stderr, flush=True)
    feed = Feed("", url)
    (probed,) = asyncio.run(probe([feed], watchlist.settings, make_resolver().resolve))
    if probed.found:
        best, *others = probed.found
        print(f"{url} is a web page; its feed is {best.url} ({best.format}).")
        for other in others:
            print(f"    it has another one: {other.url} ({other.title or other.format})")
        return best.url, best.title
    if probed.fault is not None:
        print(f"{probed.fault}\nNothing was added. To add it all the same: --no-probe", file=sys.stderr)
        raise typer.Exit(Exit.FAULT)
    print(_heard(probed))
    return probed.moved_to or url, probed.title


def _heard(probed: Probed) -> str:
    entries = "1 entry" if probed.entries == 1 else f"{probed.entries} entries"
    parts = [probed.format or "a feed", entries, rhythm(probed.per_day)]
    if probed.lang:
        parts.append(f"language {probed.lang}")
    if probed.moved_to:
        parts.append(f"moved for good to {probed.moved_to}")
    return "\n".join([f"It answers: {', '.join(parts)}.", *(f"    {note}" for note in probed.notes)])


def _refuse_known(url: str, watchlist: Watchlist) -> None:
    same = canonical_link(url)
    for feed in watchlist.feeds:
        if feed.url == url or (same is not None and canonical_link(feed.url) == same):
            raise ControlError(f"{url}: is watched already, as '{feed.name}' ({feed.url}); nothing was changed")


def _free_name(wanted: str, url: str, watchlist: Watchlist) -> str:
    """Several houses call their feed `News`."""
    wanted = " ".join("".join(sign for sign in wanted if sign.isprintable() or sign.isspace()).split())
    names = {feed.name for feed in watchlist.feeds}
    choices = (wanted or short_name(url), f"{wanted} ({host_of(url)})", short_name(url))
    return next((choice for choice in choices if choice not in names), url)


def _words(text: str) -> list[str]:
    """`a, "b, c"` → its words."""
    return [
        word for word in (" ".join(cell.split()) for cell in next(csv.reader([text], skipinitialspace=True))) if word
    ]


def _say_new_warnings(before: Watchlist, after: Watchlist) -> None:
    for warning in after.warnings:
        if warning not in before.warnings:
            print(warning)


def _topic_table(topics: Iterable[ListedTopic]) -> Table:
    made = Table("topic", "title", "words", "examples", "priority", "part of", "", box=None)
    for one in topics:
        state = "switched off" if not one.enabled else "trial: counted, never sent" if one.trial else ""
        examples = f"{one.match} fit, {one.ignore} must not"
        made.add_row(one.key, one.title, str(one.words), examples, one.priority, one.part_of or "", state)
    return made
