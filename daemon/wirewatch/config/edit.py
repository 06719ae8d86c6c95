"""Edits of a watchlist by command: feeds, topics and examples are added, and saved only if the whole is right.

Every comment, quote and line that a person wrote stays (`splice.py`). Which words to add is the caller's matter.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wirewatch.config.load import Loaded, load_watchlist
from wirewatch.config.places import one_line
from wirewatch.config.reading import read_file
from wirewatch.config.splice import Step, Value, meaning, put
from wirewatch.config.suggest import did_you_mean, shown
from wirewatch.errors import ConfigError, Problem

GROUP_SIGN = " / "  # between the names of groups, as `Feed.group` joins them


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add. keys: what else the watchlist says of it (`lang`, `kind`, …); group: names, outermost first."""

    name: str
    url: str
    keys: Mapping[str, Value] = field(default_factory=dict)
    group: tuple[str, ...] = ()


def groups_in(group: str | None) -> tuple[str, ...]:
    """`World press / Asia` → its names."""
    return tuple(one_line(name) for name in (group or "").split(GROUP_SIGN) if name.strip())


def add_feed(
    text: str, name: str, url: str, options: Mapping[str, Value] | None = None, group: str | None = None
) -> str:
    """The watchlist's text with one feed more, at the end of its group, which is made where there is none.

    options: its other keys. Raises ConfigError where the text cannot take it. Not checked: whether the feed is right.
    """
    return add_feeds(text, [NewFeed(name, url, options or {}, groups_in(group))])


def add_feeds(text: str, feeds: Iterable[NewFeed]) -> str:
    """The same with many, in their order within each group."""
    together: dict[tuple[str, ...], list[NewFeed]] = {}
    for feed in feeds:
        together.setdefault(feed.group, []).append(feed)
    if () in together:
        text = _into(text, (), together.pop(()))
    known = _get(meaning(text), "feeds")
    new = {group: feeds for group, feeds in together.items() if len(group) == 1 and not _group_path(known, (), group)}
    if new:  # all in one go: a long list has many groups, and each go reads the text anew
        text = put(text, ["feeds"], {group[0]: {"feeds": _as_lines(feeds)} for group, feeds in new.items()}, levels=3)
    for group, feeds_of_it in together.items():
        text = text if group in new else _into(text, group, feeds_of_it)
    return text


def add_topic(
    text: str,
    key: str,
    title: str,
    any_of: Sequence[str] = (),
    all_of: Sequence[Sequence[str]] = (),
    none_of: Sequence[str] = (),
    *,
    priority: str | None = None,
    part_of: str | None = None,
    trial: bool = False,
) -> str:
    """The text with one topic more, behind the last. Raises ConfigError where it stands already."""
    if _topic(text, key) is not None:
        raise _wrong(f"topics.{key}", "there is such a topic already; choose another --key, or edit that one")
    lines: dict[str, Value] = {"title": title}
    if part_of:
        lines["part_of"] = part_of
    if priority:
        lines["priority"] = priority
    if trial:
        lines["trial"] = "yes"
    lists: dict[str, Value] = {"any": list(any_of), "all": [list(words) for words in all_of], "not": list(none_of)}
    lines.update({name: words for name, words in lists.items() if words})
    return put(text, ["topics"], {key: lines}, levels=2)


def add_ignore_example(text: str, topic: str, line: str, none_of: Sequence[str] = ()) -> str:
    """The text with a headline that the topic must not fit, and `not` words that keep it out, where they are given."""
    found = _topic(text, topic)
    if found is None:
        topics = _get(meaning(text), "topics")
        known = [str(key) for key in topics] if isinstance(topics, dict) else []
        raise _wrong("topics", f"there is no topic {shown(topic)} in this file; {did_you_mean(topic, known, 'topics')}")
    if none_of:
        text = put(text, ["topics", found, "not"], list(none_of))
    return put(text, ["topics", found, "examples", "ignore"], [line])


def edit(main: Path, change: Callable[[str], str], *, file: Path | None = None) -> Loaded:
    """Change a watchlist's file and save it; the watchlist as it is then.

    file: the one of its files to change (as `Loaded.files` names it); the watchlist's own where none is named.
    Raises ConfigError, and leaves the file as it is, where the result is not right or somebody saved meanwhile.
    """
    target = file or main
    before, text = _text_of(target)
    mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""
    try:
        after = mark + change(text).encode()
    except ConfigError as error:
        raise ConfigError(tuple(_in_file(problem, target) for problem in error.problems)) from error
    loaded = load_watchlist(main, read=lambda path: after if path == target else read_file(path))
    save(target, before, after)
    return loaded


def save(path: Path, before: bytes | None, after: bytes) -> None:
    """Write a file whole: a reader finds the old or the new one. Its links, mode and owner stay.

    before: what the file must still hold; None: what is there does not matter. Raises ConfigError.
    """
    real = Path(os.path.realpath(path))
    try:
        if before is None:
            _write(real, after)
            return
        with real.open("rb") as old:
            fcntl.flock(old, fcntl.LOCK_EX)  # of two commands at a time the second sees what the first wrote
            if real.read_bytes() != before:
                raise _wrong("", "somebody saved it meanwhile; nothing was written, give the command again", path)
            _write(real, after)
    except OSError as error:
        what = f"cannot be written ({error.strerror}); check its folder, and your right to write there"
        raise _wrong("", what, path) from error


def file_for(loaded: Loaded, section: str, name: str | tuple[str, ...] | None = None) -> Path:
    """Which of a watchlist's files to change: the one that has this topic or group, else the first with the section."""
    texts = {one.path: one.content for one in loaded.files if not _is_opml(one.content)}
    said = {path: meaning(content.decode("utf-8-sig"), file=str(path)) for path, content in texts.items()}
    for path, everything in said.items():
        inside = _get(everything, section)
        if isinstance(name, tuple) and name and _group_path(inside, (), name) is not None:
            return path
        if isinstance(name, str) and isinstance(inside, dict) and name in map(one_line, inside):
            return path
    return next((path for path, everything in said.items() if _get(everything, section)), loaded.files[0].path)


def _into(text: str, group: tuple[str, ...], feeds: Sequence[NewFeed]) -> str:
    said = meaning(text)
    path = _place_of(said, group)
    return put(text, path, _as_items(feeds) if _is_list(said, path) else _as_lines(feeds))


def _place_of(said: object, group: tuple[str, ...]) -> list[Step]:
    """The path of a group's feeds; what of it is not there has to be made."""
    for known in range(len(group), 0, -1):
        path = _group_path(_get(said, "feeds"), (), group[:known])
        if path is not None:
            return ["feeds", *path, *(step for name in group[known:] for step in (name, "feeds"))]
    return ["feeds", *(step for name in group for step in (name, "feeds"))]


def _group_path(node: object, at: tuple[Step, ...], group: tuple[str, ...]) -> list[Step] | None:
    """Where the feeds of the group stand, below `feeds:`; None where there is no such group."""
    members: Iterable[tuple[Step, object]] = ()
    if isinstance(node, dict):
        members = node.items()
    elif isinstance(node, list):
        members = [(number, item) for number, item in enumerate(node) if isinstance(item, dict | list)]
    for step, inner in members:
        path = _member_path(step, inner, at, group)
        if path is not None:
            return path
    return None


def _member_path(step: Step, inner: object, at: tuple[Step, ...], group: tuple[str, ...]) -> list[Step] | None:
    is_group = isinstance(inner, list) or (isinstance(inner, dict) and bool({"feeds", "opml"} & inner.keys()))
    if not is_group:
        return None
    named = isinstance(step, str)
    if named and one_line(str(step)) != group[0]:
        return None
    left = group[1:] if named else group
    here: list[Step] = [*at, step] if isinstance(inner, list) else [*at, step, "feeds"]
    if not left:
        return here
    return _group_path(inner if isinstance(inner, list) else _get(inner, "feeds"), tuple(here), left)


def _is_list(said: object, path: Sequence[Step]) -> bool:
    """Does a list of feeds stand there, or one address, which counts as a list?"""
    for step in path:
        said = said[step] if isinstance(said, list) and isinstance(step, int) else _get(said, str(step))
    return isinstance(said, list | str)


def _as_lines(feeds: Iterable[NewFeed]) -> dict[str, Value]:
    return {feed.name: {"address": feed.url, **feed.keys} if feed.keys else feed.url for feed in feeds}


def _as_items(feeds: Iterable[NewFeed]) -> list[Value]:
    return [{"name": feed.name, "address": feed.url, **feed.keys} for feed in feeds]


def _topic(text: str, key: str) -> str | None:
    """The key of that topic as it is written."""
    topics = _get(meaning(text), "topics")
    return next((written for written in topics if one_line(written) == key), None) if isinstance(topics, dict) else None


def _get(said: object, key: str) -> object:
    return said.get(key) if isinstance(said, dict) else None


def _is_opml(content: bytes) -> bool:
    return content.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


def _text_of(path: Path) -> tuple[bytes, str]:
    """A file's bytes, and the text in them. What cannot be read is the loader's to explain."""
    try:
        content = read_file(path)
        return content, content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        load_watchlist(path)
        raise


def _write(real: Path, content: bytes) -> None:
    """By a new file beside it; in place where the folder or the owner forbids that."""
    new = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        _write_beside(real, new, content)
    except PermissionError:
        with real.open("r+b") as file:  # the folder is not ours, but the file is
            file.write(content)
            file.truncate()
            os.fsync(file.fileno())
    finally:
        new.unlink(missing_ok=True)


def _write_beside(real: Path, new: Path, content: bytes) -> None:
    with new.open("xb") as file:
        if real.exists():
            shutil.copymode(real, new)
            as_it_was = real.stat()
            os.chown(new, as_it_was.st_uid, as_it_was.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(real)


def _in_file(problem: Problem, file: Path) -> Problem:
    return Problem(str(file), problem.line, problem.column, problem.key, problem.what)


def _wrong(key: str, what: str, file: Path | str = "watchlist") -> ConfigError:
    return ConfigError((Problem(str(file), 1, 1, key, what),))
