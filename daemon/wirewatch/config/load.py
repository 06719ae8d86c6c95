"""The way in: a watchlist file → a checked Watchlist and the files it was made of, or every error at once.

The same code loads from the disk and from a snapshot in memory. Watching the files is the work of `watch.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from wirewatch.config.build import receivers_of, routes_of, settings_of
from wirewatch.config.names import check_mentions, check_parts
from wirewatch.config.packs import Packs
from wirewatch.config.places import Findings, Place
from wirewatch.config.reading import Read, Reading, SourceFile, from_memory, read_file
from wirewatch.config.sources import Feeds
from wirewatch.config.suggest import shown
from wirewatch.config.topics import ReadTopics, topics_of
from wirewatch.core.match import ExampleFailure, RuleFault, check_packs, check_topics, shadowed
from wirewatch.core.watchlist import Receiver, Route, Rule, Topic, Watchlist
from wirewatch.errors import ConfigError, Problem

MOST_SHADOWED = 5  # said of one topic


@dataclass(frozen=True, slots=True)
class Loaded:
    """A watchlist, and the files that it was made of: itself first, then its includes and OPML files as they came."""

    watchlist: Watchlist
    files: tuple[SourceFile, ...]


def load_watchlist(path: Path, *, read: Read = read_file) -> Loaded:
    """The watchlist at a path, whole.

    path: shown in errors as it is given; what it includes is found from, and shown beside, its folder.
    Raises ConfigError with every fault, in the order of the files.
    """
    reading = Reading(read)
    reading.watchlist(path)
    watchlist = _watchlist(reading, path.parent)
    if reading.findings.problems:
        raise ConfigError(_in_order(reading))
    return Loaded(watchlist, tuple(SourceFile(path, content) for path, content in reading.files.items()))


def load_from_snapshot(files: tuple[SourceFile, ...]) -> Loaded:
    """The same watchlist again from the files of an earlier `Loaded`, without the disk. Raises ConfigError."""
    return load_watchlist(files[0].path, read=from_memory({file.path: file.content for file in files}))


def files_named(path: Path, *, read: Read = read_file) -> tuple[Path, ...]:
    """Every file that a load would read, whether it is there and right or not: what to watch for changes."""
    reading = Reading(read)
    reading.watchlist(path)
    Feeds(reading).collect(reading.sections.feeds)
    _packs(reading, topics_of(reading.sections.topics, reading.findings), path.parent)
    return (path, *(named for named in reading.asked if named != path))


def _watchlist(reading: Reading, folder: Path) -> Watchlist:
    sections, findings = reading.sections, reading.findings
    settings = settings_of(sections.settings, findings)
    sources = Feeds(reading)
    feeds = sources.collect(sections.feeds)
    read = topics_of(sections.topics, findings)
    topics, packs = read.topics, _packs(reading, read, folder)
    receivers = receivers_of(sections.receivers, settings.timezone, findings)
    routes, used = routes_of(sections.routes, findings)
    if reading.whole:  # what an unreadable file defines is not known, so that nothing can be called undefined
        known = {
            "topic": sections.topics,
            "receiver": sections.receivers,
            "feed": [feed.name for feed in feeds],
            "outlet": sorted({feed.outlet or feed.name for feed in feeds}),
            "tag": sorted({tag for feed in feeds for tag in feed.tags}),
        }
        check_mentions((*sources.mentions, *read.mentions, *used), known, findings)
        _check_something_is_told(reading)
    check_parts(sections.topics, findings)
    _check_topics(read, packs, findings)
    warnings = (*findings.warnings, *_warnings(feeds, topics, receivers, routes))
    if not findings.problems:
        warnings += tuple(_shadowed(topics))
    return Watchlist(settings, feeds, topics, receivers, routes, packs.sound, warnings)


def _packs(reading: Reading, read: ReadTopics, folder: Path) -> Packs:
    """The packs in use; their files beside the watchlist are files of it."""
    packs = Packs(reading.findings, reading.read, folder)
    packs.load(read.topics)
    reading.files.update(packs.files)
    for path, place in packs.asked.items():
        reading.asked.setdefault(path, place)
    return packs


def _check_something_is_told(reading: Reading) -> None:
    """A watch that tells nobody is a slip, and so is an empty file: an editor may be about to write it."""
    sections, start = reading.sections, Place(str(next(iter(reading.asked.values())).file))
    if not any((sections.settings, sections.feeds, sections.topics, sections.receivers, sections.routes)):
        if not reading.findings.problems:
            reading.findings.add(start, "", "holds no watchlist; write at least feeds: and topics:")
    elif (sections.topics or sections.receivers) and not sections.routes:
        first = next(iter((sections.receivers or sections.topics).values())).place
        reading.findings.add(first, "", "there are no routes, so nobody is told; add `routes:` with a line `- to: …`")


def _check_topics(read: ReadTopics, found_packs: Packs, findings: Findings) -> None:
    """Rules that can never fit, and examples that come out otherwise than their author says; packs first."""
    packs = found_packs.sound
    topics = tuple(topic for topic in read.topics if found_packs.is_whole(topic))
    by_key = {topic.key: topic for topic in topics}
    # Packs as they are shipped are right, our tests say; trying them at every load would double its cost.
    wrong = check_packs(packs) if found_packs.files else ()
    for found in wrong:
        _say(found, found.topic, read, findings)
    if wrong:
        return
    faults, failures = check_topics(topics, packs)
    for fault in faults:
        _say(fault, f"topics.{fault.topic}.{_list_of(by_key[fault.topic], fault.rule)}", read, findings)
    for failure in failures:
        _say(failure, f"topics.{failure.topic}", read, findings)


def _say(found: RuleFault | ExampleFailure, key: str, read: ReadTopics, findings: Findings) -> None:
    if isinstance(found, ExampleFailure):
        wanted, cure = ("must fit, but does not", "match") if found.expected else ("must not fit, but does", "ignore")
        what = f"{shown(found.example.text, 200)} {wanted}: {found.why}; mend the words or the example"
        findings.add(_place(found.example), f"{key}.examples.{cure}", what)
    elif found.column is not None and found.rule.where in read.texts:
        findings.add_at(read.texts[found.rule.where], found.column, key, found.what)
    else:
        findings.add(_place(found.rule), key, found.what)


def _list_of(topic: Topic, rule: Rule) -> str:
    if rule == topic.query:
        return "query"
    if rule in topic.any:
        return "any"
    return "not" if rule in topic.none else "all"


def _place(rule: Rule) -> Place:
    file, line, column = rule.where.rsplit(":", 2)
    return Place(file, int(line), int(column))


def _in_order(reading: Reading) -> tuple[Problem, ...]:
    ranks: dict[str, int] = {}
    for path in reading.asked:
        ranks.setdefault(str(path), len(ranks))
    unique = dict.fromkeys(reading.findings.problems)
    return tuple(sorted(unique, key=lambda problem: (ranks.get(problem.file, 0), problem.line, problem.column)))


def _warnings(
    feeds: Iterable[object], topics: tuple[Topic, ...], receivers: tuple[Receiver, ...], routes: tuple[Route, ...]
) -> tuple[str, ...]:
    """What is allowed but may surprise."""
    told = {name for route in routes for name in route.to}
    idle = [receiver.name for receiver in receivers if receiver.name not in told]
    return (
        *(() if feeds else ("There are no feeds: nothing is read. Add some below `feeds:`.",)),
        *(() if topics else ("There are no topics: nothing is looked for. Add some below `topics:`.",)),
        *(f"No route goes to receiver '{name}': it is told nothing." for name in idle),
        *_not_routed(topics, routes),
    )


def _not_routed(topics: tuple[Topic, ...], routes: tuple[Route, ...]) -> Iterable[str]:
    alerting = [route for route in routes if not route.machine]
    everything = any(not route.topics for route in alerting)
    named = {key for route in alerting for key in route.topics}
    for topic in topics:
        if topic.enabled and not topic.trial and not everything and topic.key not in named:
            yield f"No route covers topic '{topic.key}': nobody is told."


def _shadowed(topics: tuple[Topic, ...]) -> Iterable[str]:
    """Words that add nothing, since a shorter one of the same list finds them; the first few of each topic."""
    for topic in topics:
        found = list(islice(shadowed(topic), MOST_SHADOWED + 1))
        for rule, finder in found[:MOST_SHADOWED]:
            yield f"{rule.where}: {shown(rule.text)} adds nothing, since {shown(finder.text)} finds it already."
        if len(found) > MOST_SHADOWED:
            yield f"Topic '{topic.key}' has more such words."
