"""The shape of the file: which keys there are, their types, defaults and bounds. The JSON Schema is made from it.

Knows nothing of places, of other files or of what is defined elsewhere in the file: `names.py` checks that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wirewatch.config.keytypes import (
    Address,
    AllOf,
    AppriseAddresses,
    Budget,
    Command,
    Cookies,
    Database,
    Day,
    Duration,
    ExpectText,
    FilePath,
    Headers,
    Kinds,
    Lang,
    Langs,
    Line,
    Lines,
    Mailbox,
    Mailboxes,
    Networks,
    NightHours,
    OlderNewsText,
    Priorities,
    PriorityName,
    Prominences,
    Proxy,
    Rhythm,
    Secret,
    SendTimes,
    Server,
    Size,
    SomeTime,
    WebAddress,
    Within,
    Words,
    YesNo,
    Zone,
)
from wirewatch.core.watchlist import FeedKind, Limits, OlderNews, Pace, Priority, Scope, Settings

_LIMITS = Limits()
_SETTINGS = Settings()


class Shape(BaseModel):
    """A block of keys. A key that is not named here is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthShape(Shape):
    """How a feed is logged in to: a user and password, or a token (sent as `Authorization: Bearer`)."""

    user: Line | None = None
    password: Secret | None = None
    token: Secret | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.token is None) == (self.user is None) or (self.user is None) != (self.password is None):
            raise ValueError("needs either 'user' and 'password', or 'token'; write one of the two")
        return self


class FeedKeys(Shape):
    """What a feed may say of itself, and a group of all its feeds."""

    lang: Lang | None = None
    kind: FeedKind | None = None
    about: Line | None = None
    poll: Rhythm = Pace()
    tags: Lines = ()
    outlet: Line = ""
    headers: Headers = Field(default_factory=dict)
    cookies: Cookies = Field(default_factory=dict)
    auth: AuthShape | None = None
    proxy: Proxy | None = None
    ca: Line | None = None
    enabled: YesNo = True
    until: Day | None = None


class FeedShape(FeedKeys):
    """One feed, written out."""

    address: Address | None = None
    url: Address | None = None
    name: Line | None = None
    was: Address | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.address and self.url:
            raise ValueError("'address' and 'url' mean the same; keep one")
        if not self.address and not self.url:
            raise ValueError("'address' is missing; add it")
        return self


class ExamplesShape(Shape):
    """Headlines that a topic must and must not fit; tried at every load."""

    match: Lines = ()
    ignore: Lines = ()


class TopicShape(Shape):
    """What is watched for."""

    title: Line | None = None
    any: Words = ()
    all: AllOf = ()
    none: Lines = Field(default=(), alias="not")
    query: Line | None = None
    within: Within | None = None
    scope: Scope = Field(default=Scope.TEXT, alias="in")
    least: Annotated[int, Field(ge=1, le=100)] = Field(default=1, alias="min")
    lang: Lang | None = None
    expect: ExpectText | None = None
    priority: PriorityName = Priority.NORMAL
    part_of: Line | None = None
    examples: ExamplesShape = ExamplesShape()
    trial: YesNo = False
    enabled: YesNo = True
    note: str = ""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.enabled and not (self.any or self.all or self.query):
            raise ValueError("needs 'any', 'all' or 'query'; write the words to look for, or enabled: no")
        if not all(self.all):
            raise ValueError("a list in 'all' is empty; write its words or remove it")
        if self.within is not None and len(self.all) < 2:
            raise ValueError("'within' says how near the parts of 'all' stand; write at least two of them")
        if self.least > 1 and not self.any:
            raise ValueError("'min' counts the words of 'any'; write that list")
        return self


class MailShape(Shape):
    """A mail server and the people to write to."""

    server: Server
    sender: Mailbox = Field(alias="from")
    to: Mailboxes
    user: Line | None = None
    password: Secret | None = None
    security: Literal["starttls", "tls", "none"] | None = None
    ca: Line | None = None

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' belong together; write both or none")
        return self


class WebhookShape(Shape):
    """A web address that gets each message as JSON; the address alone may stand for the block."""

    address: WebAddress
    secret: Secret | None = None
    ca: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_address_alone(cls, value: object) -> object:
        return {"address": value} if isinstance(value, str) else value


def _or_text(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"type": "string"})


class ReceiverShape(Shape):
    """Who can be told, and by which ways."""

    console: YesNo = False
    mail: MailShape | None = None
    apprise: AppriseAddresses = ()
    webhook: WebhookShape | None = Field(default=None, json_schema_extra=_or_text)
    file: FilePath | None = None
    program: Command = Field(default=(), alias="exec")
    timezone: Zone | None = None
    quiet: NightHours | None = None
    hold: YesNo = False

    @model_validator(mode="after")
    def _has_a_destination(self) -> Self:
        if not (self.console or self.mail or self.apprise or self.webhook or self.file or self.program):
            raise ValueError("has no destination; write console: true, mail:, apprise:, webhook:, file: or exec:")
        return self


class RouteShape(Shape):
    """Who is told what."""

    to: Annotated[Lines, Field(min_length=1)]
    topics: Lines = ()
    kinds: Kinds = ()
    langs: Langs = ()
    languages: Langs = ()
    priorities: Priorities = ()
    prominence: Prominences = ()
    tags: Lines = ()
    outlets: Lines = ()
    sources: Lines = ()
    send: SendTimes | None = None
    at_night: Literal["wait", "ring"] = "wait"
    at_most: Budget = 0
    collect: Duration = timedelta(minutes=1)
    also: YesNo = False
    machine: YesNo = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.langs and self.languages:
            raise ValueError("'langs' and 'languages' mean the same; keep one")
        asks = self.topics or self.kinds or self.langs or self.languages or self.priorities or self.prominence
        asks = asks or self.tags or self.outlets or self.sources
        if self.machine and (asks or self.send or self.at_most or self.also):
            raise ValueError("a route of the machine's own notices has no conditions; remove them, or 'machine'")
        if self.send is not None and (self.at_most or self.at_night == "ring"):
            raise ValueError("a digest has its own times; remove 'at_most' and 'at_night', or 'send'")
        return self


class NetworkShape(Shape):
    """How we reach the feeds."""

    allow: Networks = ()
    proxy: Proxy | None = None
    ca: Line | None = None


class LimitsShape(Shape):
    """Bounds that keep one feed from costing the others."""

    body: Size = _LIMITS.body_bytes
    entries: Annotated[int, Field(ge=1, le=1_000_000)] = _LIMITS.entries
    timeout: SomeTime = _LIMITS.timeout
    parse_cpu: SomeTime = _LIMITS.parse_cpu
    parse_memory: Size = _LIMITS.parse_memory_bytes
    parsers: Annotated[int, Field(ge=1, le=64)] = _LIMITS.parsers
    connections: Annotated[int, Field(ge=1, le=10_000)] = _LIMITS.connections
    per_site: Annotated[int, Field(ge=1, le=100)] = _LIMITS.per_site


class SettingsShape(Shape):
    """Who we are and how much we keep."""

    name: Line = _SETTINGS.name
    contact: Line | None = None
    timezone: Zone = _SETTINGS.timezone
    database: Database = _SETTINGS.database
    network: NetworkShape = NetworkShape()
    limits: LimitsShape = LimitsShape()
    keep: SomeTime = _SETTINGS.keep
    keep_size: Size | None = None
    older_news: OlderNewsText = OlderNews()


class GroupShape(FeedKeys):
    """Feeds that belong together; what it says of itself holds for all of them. `sources.py` walks `feeds`."""

    feeds: object = None
    opml: Lines = ()


class PackShape(Shape):
    """A file of names. What stands below `names` is read by `packs.py`: its keys are names and languages."""

    title: Line
    note: str = ""
    include: Lines = ()
    names: object = None
    none: Lines = Field(default=(), alias="not")
    examples: ExamplesShape = ExamplesShape()
    replace: YesNo = False
