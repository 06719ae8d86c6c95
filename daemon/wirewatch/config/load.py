"""The way in: a watchlist file → a checked Watchlist and the files it was made of, or every error at once.

The same code loads from the disk and from a snapshot in memory. Watching the files is the work of `watch.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wirewatch.config.build import receivers_of, routes_of, settings_of, topics_of
from wirewatch.config.names import check_mentions, check_parts
from wirewatch.config.places import Findings, Place
from wirewatch.config.reading import Read, Reading, SourceFile, from_memory, read_file
from wirewatch.config.sources import Feeds
from wirewatch.config.suggest import shown
from wirewatch.core.match import check_examples, check_rules
from wirewatch.core.watchlist import Receiver, Route, Rule, Topic, Watchlist
from wirewatch.errors import ConfigError, Problem


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
    watchlist = _watchlist(reading)
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
    return (path, *(named for named in reading.asked if named != path))


def _watchlist(reading: Reading) -> Watchlist:
    sections, findings = reading.sections, reading.findings
    settings = settings_of(sections.settings, findings)
    sources = Feeds(reading)
    feeds = sources.collect(sections.feeds)
    topics, wholes = topics_of(sections.topics, findings)
    receivers = receivers_of(sections.receivers, settings.timezone, findings)
    routes, used = routes_of(sections.routes, findings)
    if reading.whole:  # what an unreadable file defines is not known, so that nothing can be called undefined
        check_mentions((*sources.mentions, *wholes, *used), sections.topics, sections.receivers, findings)
        _check_something_is_told(reading)
    check_parts(sections.topics, findings)
    _check_topics(topics, findings)
    warnings = (*findings.warnings, *_warnings(feeds, topics, receivers, routes))
    return Watchlist(settings, feeds, topics, receivers, routes, warnings)


def _check_something_is_told(reading: Reading) -> None:
    """A watch that tells nobody is a slip, and so is an empty file: an editor may be about to write it."""
    sections, start = reading.sections, Place(str(next(iter(reading.asked.values())).file))
    if not any((sections.settings, sections.feeds, sections.topics, sections.receivers, sections.routes)):
        if not reading.findings.problems:
            reading.findings.add(start, "", "holds no watchlist; write at least feeds: and topics:")
    elif (sections.topics or sections.receivers) and not sections.routes:
        first = next(iter((sections.receivers or sections.topics).values())).place
        reading.findings.add(first, "", "there are no routes, so nobody is told; add `routes:` with a line `- to: …`")


def _check_topics(topics: tuple[Topic, ...], findings: Findings) -> None:
    """Rules that can never fit, and examples that come out otherwise than their author says."""
    by_key = {topic.key: topic for topic in topics}
    faulty = set()
    for fault in check_rules(topics):
        faulty.add(fault.topic)
        findings.add(
            _place(fault.rule), f"topics.{fault.topic}.{_list_of(by_key[fault.topic], fault.rule)}", fault.what
        )
    sound = tuple(topic for topic in topics if topic.enabled and topic.key not in faulty)
    for failure in check_examples(sound):
        wanted, cure = ("must fit, but does not", "match") if failure.expected else ("must not fit, but does", "ignore")
        what = f"{shown(failure.example.text, 200)} {wanted}: {failure.why}; mend the words or the example"
        findings.add(_place(failure.example), f"topics.{failure.topic}.examples.{cure}", what)


def _list_of(topic: Topic, rule: Rule) -> str:
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
