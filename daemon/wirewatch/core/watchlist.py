"""The watchlist as checked values: who we are, what is read, what is looked for, who is told, and how.

Built by `config/`, valid by construction, swapped whole at a reload. Secrets stand here only as references
(`env:NAME`, `file:/path`, `cred:name`, `${NAME}` inside an address).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import NewType

from wirewatch.core.hours import Night, Times
from wirewatch.core.ways import Program, Webhook

TopicKey = NewType("TopicKey", str)
ReceiverName = NewType("ReceiverName", str)


class FeedKind(StrEnum):
    """What sort of house a feed speaks for."""

    WIRE = "wire"
    PRESS = "press"
    SPECIALIST = "specialist"
    OFFICIAL = "official"
    STATE_MEDIA = "state-media"


class Priority(IntEnum):
    """How much a topic matters; the names are what the watchlist spells."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed may be polled: never sooner than `shortest`, never later than `longest`. 1 s to 30 days."""

    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Access:
    """How a feed is asked, beyond its address. Values may hold secret references; names never do."""

    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    password: str | None = None
    token: str | None = None  # sent as `Authorization: Bearer`
    proxy: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One subscribed address. `url` identifies it in the database, in its unresolved form."""

    name: str
    url: str
    lang: str | None = None
    tags: frozenset[str] = frozenset()
    outlet: str = ""  # the house that speaks; the feed's name where the file gives none
    kind: FeedKind | None = None
    about: TopicKey | None = None  # everything in this feed is about that topic
    pace: Pace = Pace()
    access: Access = Access()
    was: str | None = None  # the address it had before: its memory comes along
    enabled: bool = True
    until: date | None = None  # the last day on which it is polled, in the watchlist's zone
    group: str = ""


NO_FEED = Feed(name="", url="")  # where a text comes from no feed: a headline to explain, an example to try


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition of a topic: a word, phrase or `pack:NAME` as its author wrote it, and where (`file:line:column`).

    beside: a topic's key or `pack:NAME`: the rule counts only where a name of that one stands too, or in a feed that
            is about it; "" for one that counts by itself.
    lang:   the language of the words, where it is known: their inflected forms are found too.
    """

    text: str
    where: str = ""
    beside: str = ""
    lang: str = ""


class Scope(StrEnum):
    """Where the words of a topic must stand: in the headline; there or in the lead; anywhere."""

    HEADLINE = "headline"
    LEAD = "lead"
    TEXT = "text"


class Block(StrEnum):
    """A piece of a text in which all parts of a topic must stand together."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Expect:
    """How many stories a day are normal for a topic, both ends included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Topic:
    """What is watched for. Fits when `least` of `any` are there, and one of each list in `all`, and what `query` says,
    and none of `none`.

    An empty `any` or `all` asks for nothing; at least one of `any`, `all` and `query` is there.
    within: all parts of `all` stand in one such block, or at most that many words apart; None: anywhere.
    lang:   the language of its words, so that their inflected forms are found; "" where it has no one language.
    """

    key: TopicKey
    title: str
    any: tuple[Rule, ...] = ()
    all: tuple[tuple[Rule, ...], ...] = ()
    none: tuple[Rule, ...] = ()
    query: Rule | None = None
    within: int | Block | None = None
    scope: Scope = Scope.TEXT
    least: int = 1
    lang: str = ""
    expect: Expect | None = None
    priority: Priority = Priority.NORMAL
    part_of: TopicKey | None = None
    examples_match: tuple[Rule, ...] = ()
    examples_ignore: tuple[Rule, ...] = ()
    trial: bool = False  # counted, never sent
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PackName:
    """One thing of a pack, and how the press writes it. gloss: its English name; rules: each with its `lang`.

    beside: the pack in whose company alone it counts ("" for a name that counts by itself).
    """

    gloss: str
    rules: tuple[Rule, ...]
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A list of names that topics use as `pack:NAME`. none: phrases in which its names do not count.

    include: packs whose names are this one's too. where: its file.
    """

    key: str
    title: str
    names: tuple[PackName, ...]
    none: tuple[Rule, ...] = ()
    include: tuple[str, ...] = ()
    examples_match: tuple[Rule, ...] = ()
    examples_ignore: tuple[Rule, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server and the people to write to; one destination a person.

    security: "starttls" (default, port 587), "tls" (465) or "none" (25; loopback and test servers).
    """

    server: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """A named set of destinations: the console, mail, Apprise addresses (with secret references), and for machines a
    webhook, a file that gets a line a message (its path), a program."""

    name: ReceiverName
    console: bool = False
    mail: Mail | None = None
    apprise: tuple[str, ...] = ()
    webhook: Webhook | None = None
    file: str | None = None
    program: Program | None = None
    timezone: str = "UTC"
    night: Night | None = None  # the hours in which it is told nothing, but by routes that ring
    hold: bool = False  # its messages wait until released


@dataclass(frozen=True, slots=True)
class Route:
    """Which alerts go to which receivers. An empty set asks for nothing; the first route that fits decides.

    prominences: where the words of the heading topic stand ("headline", "lead", "passing").
    collect: how long a first alert waits for others, so that a burst is one message; 0 sends each at once.
    send:    the times of a digest; None: at once.     ring: it goes out in a receiver's night hours as well.
    at_most: alerts in an hour that go at once; what exceeds it comes as one message. 0: no bound.
    also:    True lets the alert go on to the next route.
    machine: True makes this the route of the operator's notices instead of alerts.
    """

    number: int  # from 1, as it stands in the file
    to: tuple[ReceiverName, ...]
    topics: frozenset[TopicKey] = frozenset()
    kinds: frozenset[FeedKind] = frozenset()
    langs: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    prominences: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()  # names of feeds
    send: Times | None = None
    ring: bool = False
    at_most: int = 0
    collect: timedelta = timedelta(minutes=1)
    also: bool = False
    machine: bool = False


@dataclass(frozen=True, slots=True)
class OlderNews:
    """What is sent of the news that stood in a feed, or was kept for a topic, before we watched it.

    newest: that many of the newest entries; last: those of that time; everything: all. All unset: none is sent.
    """

    newest: int = 0
    last: timedelta | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one feed from costing the others. Bytes are of the inflated body."""

    body_bytes: int = 12_000_000
    entries: int = 10_000
    timeout: timedelta = timedelta(seconds=30)  # total, redirects included
    parse_cpu: timedelta = timedelta(seconds=20)
    parse_memory_bytes: int = 1_000_000_000
    parsers: int = 1  # child processes
    connections: int = 64
    per_site: int = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """Who we are and how much we keep."""

    name: str = "Wirewatch"
    contact: str | None = None
    timezone: str = "UTC"
    database: str = "sqlite:///wirewatch.db"  # SQLAlchemy URL; may hold secret references
    allow: tuple[str, ...] = ()  # networks (CIDR) that may be fetched from although they are private
    proxy: str | None = None
    ca_file: str | None = None
    limits: Limits = Limits()
    keep: timedelta = timedelta(days=400)
    keep_bytes: int | None = None
    older_news: OlderNews = OlderNews()


@dataclass(frozen=True, slots=True)
class Watchlist:
    """One file (with its includes), whole. Order is the file's."""

    settings: Settings = Settings()
    feeds: tuple[Feed, ...] = ()
    topics: tuple[Topic, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    routes: tuple[Route, ...] = ()
    packs: tuple[Pack, ...] = ()  # those that the topics name, and those that these include or stand beside
    warnings: tuple[str, ...] = field(default=())  # said once at load; nothing in them stops the watch

    def receiver(self, name: ReceiverName) -> Receiver | None:
        return next((receiver for receiver in self.receivers if receiver.name == name), None)
