"""The types of the keys' values: how each text is read, and how an editor's JSON Schema describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from wirewatch.config import addresses, clocktimes, quantities
from wirewatch.config.places import has_control, one_line
from wirewatch.core.hours import Night, Times
from wirewatch.core.watchlist import Block, Expect, FeedKind, OlderNews, Pace, Priority

TEXT_JSON = {"type": ["string", "number", "boolean"]}  # an editor reads `no` or `1.10` as more than text; we do not


def _a_line(text: str) -> str:
    text = one_line(text)
    if not text:
        raise ValueError("is empty; write something or remove the line")
    if has_control(text):
        raise ValueError("holds a control character; write plain text")
    return text


def _a_list(value: object) -> object:
    """One thing counts as a list of one."""
    return value if value is None or isinstance(value, list) else [value]


def _a_command(value: object) -> object:
    """A program alone counts as a list of one. With blanks it looks like a line for a shell, which there is not."""
    if isinstance(value, str) and len(value.split()) > 1:
        raise ValueError("no shell reads this; write a list: [/path/to/program, argument, …]")
    return _a_list(value)


def _lists(value: object) -> object:
    """`all:` is a list of lists; one thing in it counts as a list of one, as does one thing instead of it."""
    if value is None:
        return None
    return [_a_list(item) for item in value] if isinstance(value, list) else [[value]]


Line = Annotated[str, AfterValidator(_a_line), WithJsonSchema(TEXT_JSON)]
YesNo = Annotated[bool, WithJsonSchema({"enum": [True, False, "yes", "no"]})]
_STRING = WithJsonSchema({"type": "string"})
Duration = Annotated[timedelta, PlainValidator(quantities.duration), _STRING]
SomeTime = Annotated[timedelta, PlainValidator(quantities.some_time), _STRING]
Size = Annotated[int, PlainValidator(quantities.size_bytes), _STRING]
Zone = Annotated[str, PlainValidator(quantities.zone), _STRING]
Lang = Annotated[str, PlainValidator(quantities.language), _STRING]
Day = Annotated[date, PlainValidator(quantities.day), _STRING]
Network = Annotated[str, PlainValidator(quantities.network), _STRING]
Within = Annotated[
    int | Block,
    PlainValidator(quantities.within),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^(sentence|paragraph|[0-9]+ *(words?)?)$"}),
]
ExpectText = Annotated[Expect, PlainValidator(quantities.expect), WithJsonSchema({"type": ["string", "integer"]})]
NightHours = Annotated[Night, PlainValidator(clocktimes.night), _STRING]
SendTimes = Annotated[Times, PlainValidator(clocktimes.send), _STRING]
Budget = Annotated[int, PlainValidator(clocktimes.budget), _STRING]
OlderNewsText = Annotated[
    OlderNews,
    PlainValidator(quantities.older_news),
    WithJsonSchema({"type": "string", "pattern": "^(none|all|newest [1-9][0-9]*|last .+)$"}),
]
PriorityName = Annotated[
    Priority, PlainValidator(quantities.priority), WithJsonSchema({"enum": list(quantities.PRIORITIES)})
]
Rhythm = Annotated[
    Pace,
    PlainValidator(quantities.pace),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(quantities.RHYTHMS)},
                {"type": "string", "pattern": "^[0-9]"},
                {
                    "type": "object",
                    "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
                    "required": ["from", "to"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Address = Annotated[Line, AfterValidator(addresses.feed_address)]
Secret = Annotated[Line, AfterValidator(addresses.secret)]
Proxy = Annotated[Line, AfterValidator(addresses.proxy)]
Database = Annotated[Line, AfterValidator(addresses.database)]
Apprise = Annotated[Line, AfterValidator(addresses.apprise)]
Mailbox = Annotated[Line, AfterValidator(addresses.mailbox)]
WebAddress = Annotated[Line, AfterValidator(addresses.webhook)]
FilePath = Annotated[str, AfterValidator(addresses.file_path), WithJsonSchema(TEXT_JSON)]


def _one_or_more_json(item: Mapping[str, object]) -> dict[str, object]:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _names(kinds: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema(_one_or_more_json({"enum": list(kinds)}))


_LINES_JSON = WithJsonSchema(_one_or_more_json(TEXT_JSON))
_STRINGS_JSON = WithJsonSchema(_one_or_more_json({"type": "string"}))
Server = Annotated[
    tuple[str, int | None],
    PlainValidator(lambda value: addresses.mail_server(quantities.text_of(value, "mail.example.org:587"))),
    _STRING,
]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_a_list), _LINES_JSON]
Mailboxes = Annotated[tuple[Mailbox, ...], BeforeValidator(_a_list), Field(min_length=1), _STRINGS_JSON]
AppriseAddresses = Annotated[tuple[Apprise, ...], BeforeValidator(_a_list), _STRINGS_JSON]
Command = Annotated[
    tuple[Annotated[str, WithJsonSchema(TEXT_JSON)], ...],
    BeforeValidator(_a_command),
    Field(min_length=1),
    AfterValidator(addresses.command),
    _LINES_JSON,
]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_a_list), _STRINGS_JSON]
Langs = Annotated[tuple[Lang, ...], BeforeValidator(_a_list), _STRINGS_JSON]
Kinds = Annotated[tuple[FeedKind, ...], BeforeValidator(_a_list), _names(tuple(FeedKind))]
Prominences = Annotated[
    tuple[Literal["headline", "lead", "passing"], ...],
    BeforeValidator(_a_list),
    _names(("headline", "lead", "passing")),
]
Priorities = Annotated[tuple[PriorityName, ...], BeforeValidator(_a_list), _names(tuple(quantities.PRIORITIES))]
# What stands in a topic's lists: words, or `beside NAME:` with a list of them (taken apart before it is checked).
_WORD_JSON = {
    "anyOf": [
        TEXT_JSON,
        {
            "type": "object",
            "patternProperties": {"^beside ": _one_or_more_json(TEXT_JSON)},
            "additionalProperties": False,
        },
    ]
}
Words = Annotated[tuple[Line, ...], BeforeValidator(_a_list), WithJsonSchema(_one_or_more_json(_WORD_JSON))]
AllOf = Annotated[
    tuple[tuple[Line, ...], ...],
    BeforeValidator(_lists),
    WithJsonSchema(_one_or_more_json(_one_or_more_json(_WORD_JSON))),
]
_PAIRS_JSON = WithJsonSchema({"type": "object", "additionalProperties": TEXT_JSON})
Headers = Annotated[Mapping[str, str], AfterValidator(addresses.headers), _PAIRS_JSON]
Cookies = Annotated[Mapping[str, str], AfterValidator(addresses.cookies), _PAIRS_JSON]
