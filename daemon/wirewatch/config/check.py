"""One block of the file against its shape: the checked values, or every fault in plain words at its own place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wirewatch.config.places import Findings, Node, Place, Series, Table, is_blank, plain
from wirewatch.config.schema import Shape
from wirewatch.config.suggest import did_you_mean, shown

AnyShape = TypeVar("AnyShape", bound=Shape)

_FOUND = ((dict, "keys and values"), (list, "a list"), (str, "text"))
_WHOLE_NUMBER = frozenset({"int_parsing", "int_type", "int_from_float", "int_parsing_size"})
_TABLE_WANTED = frozenset({"model_type", "model_attributes_type", "dict_type", "mapping_type"})
_LIST_WANTED = frozenset({"tuple_type", "list_type"})
_BOUNDS = {"greater_than_equal": "of at least", "less_than_equal": "of at most"}
_CHOICES = frozenset({"enum", "literal_error"})


def checked(shape: type[AnyShape], node: Node, key: str, findings: Findings) -> AnyShape | None:
    """The values of a block; None where it is wrong, and the findings say how. key: the block's dotted path."""
    try:
        return shape.model_validate(plain(node))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            place, path = _locate(node, fault["loc"], at_key=fault["type"] == "extra_forbidden")
            findings.add(place, ".".join(part for part in (key, *path) if part), _in_words(fault, shape))
        return None


def _locate(node: Node, loc: Sequence[int | str], *, at_key: bool) -> tuple[Place, list[str]]:
    """The place of a fault and the path to it as far as the file goes; items of a list count from 1.

    at_key: the fault is a key that should not be there: its own place, and the path of the block that holds it.
    """
    place, path = node.place, []
    for number, part in enumerate(loc, 1):
        if isinstance(node, Table) and str(part) in node.items:
            line = node.items[str(part)]
            key_only = is_blank(line.node) or (at_key and number == len(loc))
            node, place = line.node, line.place if key_only else line.node.place
            path.append(str(part))
        elif isinstance(node, Series) and isinstance(part, int) and part < len(node.items):
            item: Node = node.items[part]
            node, place = item, item.place
            path.append(str(part + 1))
        else:  # a key that is missing, or one thing that counts as a list of one
            break
    return place, path[:-1] if at_key else path


def _in_words(fault: ErrorDetails, shape: type[Shape]) -> str:
    """What is wrong and what to do, for people."""
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        word = str(fault["loc"][-1])
        return f"unknown key {shown(word)}; {did_you_mean(word, _keys_at(shape, fault['loc'][:-1]), 'keys here')}"
    if kind == "missing":
        return f"'{fault['loc'][-1]}' is missing; add it"
    if value is None:
        return "has no value; write one or remove the line"
    if kind == "value_error":
        return str(context["error"])
    return _wanted(kind, value, context)


def _wanted(kind: str, value: object, context: Mapping[str, object]) -> str:
    found = next((words for sort, words in _FOUND if isinstance(value, sort)), "something else")
    if kind in _TABLE_WANTED:
        return f"expected keys and values, found {found}; write `key: value` lines below it"
    if kind == "string_type" and isinstance(value, dict):
        return "expected text, found keys and values; text that holds ': ' needs quotation marks round it"
    if kind == "string_type":
        return f"expected text, found {found}; write one text"
    if kind == "too_short":
        return "is empty; write at least one"
    if not isinstance(value, str):
        return f"expected one value, found {found}; write one"
    if kind in _WHOLE_NUMBER:
        return f"expected a whole number, found {shown(value)}; write digits only"
    if kind.startswith("bool"):
        return f"expected yes or no, found {shown(value)}; write yes or no"
    if kind in _CHOICES:
        known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"unknown value {shown(value)}; {did_you_mean(value, known, 'choices')}"
    if kind in _BOUNDS:
        return f"{shown(value)} is out of range; write a number {_BOUNDS[kind]} {next(iter(context.values()))}"
    return f"cannot be read ({kind}); see config/README.md for this key"


def _keys_at(shape: type[Shape], loc: Sequence[int | str]) -> list[str]:
    """The keys that a block of a shape may hold, as they are written."""
    for part in loc:
        fields = {field.alias or name: field for name, field in shape.model_fields.items()}
        inner = fields[str(part)].annotation
        shape = next(sort for sort in (inner, *get_args(inner)) if isinstance(sort, type) and issubclass(sort, Shape))
    return [field.alias or name for name, field in shape.model_fields.items()]
