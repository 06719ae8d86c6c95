"""`wirewatch init`: five questions, and a first watchlist with a remark on each part. Overwrites nothing by itself."""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import PLACES
from wirewatch.config import addresses, quantities
from wirewatch.config.edit import NewFeed, save
from wirewatch.config.export import Listed, as_new, read_list, sort_out
from wirewatch.config.first import CHAT_REFERENCE, RECEIVER, Answers, first_watchlist, hides_chat, topic_key
from wirewatch.config.load import load_watchlist
from wirewatch.config.places import Place
from wirewatch.config.reading import from_memory, read_file
from wirewatch.config.references import is_reference
from wirewatch.config.sources import short_name
from wirewatch.core.watchlist import Rule, Topic, TopicKey, Watchlist
from wirewatch.errors import ConfigError
from wirewatch.shipped import shipped

SHIPPED_FEEDS = "korea"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told, as it was answered."""

    screen: bool = False
    mail: tuple[str, ...] = ()
    chat: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. default: what Enter and --yes answer. read: the answer's value; ValueError says what is wrong."""

    option: str
    text: str
    default: str
    read: Callable[[str], Any]


FileArgument = Annotated[Path, typer.Argument(help="The file to write.")]
NameOption = Annotated[str | None, typer.Option("--name", help="The name of your desk; stands in every message.")]
WordsOption = Annotated[str | None, typer.Option("--words", help='Words to watch for: "North Korea, DPRK".')]
FeedsOption = Annotated[
    str | None, typer.Option("--feeds", help="Addresses of feeds, a file of them (OPML, JSONL), or korea.")
]
TellOption = Annotated[str | None, typer.Option("--tell", help="screen, mail addresses, a chat address; or several.")]
ZoneOption = Annotated[str | None, typer.Option("--timezone", help="The time zone of your desk, like Europe/London.")]
ServerOption = Annotated[str | None, typer.Option("--mail-server", help="What takes our mail, as host:port.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take the defaults.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def init(
    file: FileArgument = PLACES[0],
    name: NameOption = None,
    words: WordsOption = None,
    feeds: FeedsOption = None,
    tell: TellOption = None,
    timezone: ZoneOption = None,
    mail_server: ServerOption = None,
    yes: YesOption = False,
    force: ForceOption = False,
) -> None:
    """Ask five questions and write a first watchlist, with a remark on each part."""
    if file.exists() and not force:
        print(f"{file}: is there already, and was not changed; name another file, or give --force", file=sys.stderr)
        raise typer.Exit(Exit.USAGE)
    given = {"--name": name, "--words": words, "--feeds": feeds, "--tell": tell, "--timezone": timezone}
    answers = _answers(given, mail_server, yes=yes)
    text = first_watchlist(answers)
    loaded = _checked(file, text)
    save(file, None, text.encode())
    print("\n".join(_closing(file, loaded, answers)))


def questions() -> tuple[Question, ...]:
    """The five, in the order in which they are asked."""
    return (
        Question("--name", "The name of your desk", "News desk", _line),
        Question("--words", "Words to watch for, with commas between them", "North Korea, DPRK, Pyongyang", words_in),
        Question(
            "--feeds",
            f"Feeds to read: their addresses, a file of them (OPML, JSONL), or {SHIPPED_FEEDS} for the ones that come "
            "with Wirewatch",
            SHIPPED_FEEDS,
            feeds_in,
        ),
        Question(
            "--tell", "Who is told: screen, a mail address, a chat address (Apprise), or several", "screen", told_in
        ),
        Question("--timezone", "Your time zone", guessed_zone(os.environ), quantities.zone),
    )


def words_in(text: str) -> tuple[str, ...]:
    """`North Korea, "a, b"` → its words."""
    found = tuple(" ".join(word.split()) for word in next(csv.reader([text], skipinitialspace=True), []))
    if not any(found):
        raise ValueError("no word; write at least one, like North Korea")
    return tuple(word for word in found if word)


def feeds_in(text: str) -> tuple[Listed, ...]:
    """The feeds that an answer means: addresses, a file, or those that come with the program."""
    text = text.strip()
    if text.casefold() == SHIPPED_FEEDS:
        return _shipped_feeds()
    if "://" in text:
        urls = dict.fromkeys(addresses.feed_address(url.strip(",")) for url in text.split())
        return tuple(Listed(Place("--feeds"), NewFeed(short_name(url), url)) for url in urls)
    try:
        listed, problems = read_list(read_file(Path(text).expanduser()), text)
    except OSError as error:
        raise ValueError(f"{text}: cannot be read ({error.strerror}); write addresses, or a file's name") from error
    if problems:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return listed


def told_in(text: str) -> Told:
    """`screen, desk@example.org` → where messages go. (A comma inside a chat address has no space behind it.)"""
    told = Told()
    for way in filter(None, re.split(r",\s+", text.strip())):
        if way.casefold() == "screen":
            told = Told(True, told.mail, told.chat)
        elif "://" in way or is_reference(way):
            told = Told(told.screen, told.mail, way)
        elif "@" in way:
            told = Told(told.screen, (*told.mail, addresses.mailbox(way)), told.chat)
        else:
            raise ValueError("not screen, a mail address or a chat address; write one like desk@example.org")
    if told == Told():
        raise ValueError("nobody would be told; write screen, or an address")
    return told


def guessed_zone(environ: Mapping[str, str], link: Path = Path("/etc/localtime")) -> str:
    """The zone of this machine; UTC where it does not say."""
    for guess in (environ.get("TZ", ""), str(link.resolve()).partition("/zoneinfo/")[2]):
        try:
            return quantities.zone(guess.removeprefix(":"))
        except ValueError:
            continue  # a guess that is no zone: the next one
    return "UTC"


def _answers(given: Mapping[str, str | None], server: str | None, *, yes: bool) -> Answers:
    asked = questions()
    open_ones = [question.option for question in asked if given[question.option] is None]
    if open_ones and not yes and not sys.stdin.isatty():
        raise typer.BadParameter(
            f"there is no terminal to ask at; give {', '.join(open_ones)}, or --yes for the defaults"
        )
    if open_ones and not yes:
        print("A few questions. Enter takes what stands in the brackets; everything can be changed later.")
    said = {question.option: _answer(question, given[question.option], yes=yes) for question in asked}
    told: Told = said["--tell"]
    return Answers(
        name=said["--name"],
        words=said["--words"],
        feeds=_sorted(said["--feeds"], said["--words"]),
        timezone=said["--timezone"],
        screen=told.screen,
        mail=told.mail,
        mail_server=_answer(MAIL_SERVER, server, yes=yes or not sys.stdin.isatty()) if told.mail else "",
        chat=told.chat,
    )


def _answer(question: Question, given: str | None, *, yes: bool) -> Any:
    if given is None and not yes:
        return _ask(question)
    return _read_now(question.option, question.default if given is None else given, question.read)


def _ask(question: Question) -> Any:
    """Ask until the answer can be used."""
    return typer.prompt(
        question.text,
        default=question.default,
        value_proc=lambda text: _read_now(question.option, text, question.read),
    )


def _read_now(option: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from error


def _line(text: str) -> str:
    if not (line := " ".join(text.split())):
        raise ValueError("is empty; write a name")
    return line


def _server(text: str) -> str:
    addresses.mail_server(text)
    return text


def _shipped_feeds() -> tuple[Listed, ...]:
    path = Path("watchlist.yaml")
    content = shipped("templates", "watchlist.yaml").read_bytes()
    feeds = load_watchlist(path, read=from_memory({path: content})).watchlist.feeds
    return tuple(Listed(Place(str(path)), as_new(feed)) for feed in feeds)


def _sorted(listed: tuple[Listed, ...], words: tuple[str, ...]) -> tuple[NewFeed, ...]:
    """Each once. What is said to be about a topic that a first watchlist has not is read like any other feed."""
    topic = Topic(TopicKey(topic_key(words[0])), words[0], any=(Rule(words[0]),))
    done = sort_out(listed, Watchlist(topics=(topic,)))
    if done.problems:
        raise ConfigError(tuple(done.problems))
    return tuple(done.new)


MAIL_SERVER = Question("--mail-server", "The server that takes our mail", "localhost:25", _server)


def _checked(file: Path, text: str) -> Watchlist:
    """The watchlist that the file will be. Raises ConfigError: nothing is written then."""
    return load_watchlist(file, read=lambda path: text.encode() if path == file else read_file(path)).watchlist


def _closing(file: Path, loaded: Watchlist, answers: Answers) -> list[str]:
    """What was written, what is left to do, and the next three commands."""
    where = "" if file in PLACES[:2] else f" -w {file}"
    lines = [f"{file}: written. {len(loaded.feeds)} feeds, 1 topic ({len(answers.words)} words), told: {RECEIVER}."]
    if hides_chat(answers.chat):
        name = CHAT_REFERENCE.partition(":")[2]
        lines += [
            "Your chat address is a secret and is not in the file. Put it where the file looks for it:",
            f"    export {name}='…'    (or change {CHAT_REFERENCE} in the file to file:/path or cred:name)",
        ]
    return [
        *lines,
        "Next:",
        f"    wirewatch check{where}",
        f"    wirewatch receivers test {RECEIVER}{where}",
        f"    wirewatch run{where}",
    ]
