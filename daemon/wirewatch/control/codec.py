"""The JSON of the socket: values to text and back. Times as ISO 8601, durations in seconds, bytes as hex digits."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from wirewatch.errors import ControlError

_CONFIG = ConfigDict(ser_json_timedelta="float", ser_json_bytes="hex", val_json_bytes="hex")


def to_json(kind: Any, value: object) -> bytes:
    """A value of this type as UTF-8."""
    return _adapter(kind).dump_json(value)


def from_json(kind: Any, text: bytes) -> Any:
    """The value. Raises ControlError that names each field that is wrong; unknown ones are passed over."""
    try:
        return _adapter(kind).validate_json(text or b"{}")
    except ValidationError as error:
        raise ControlError(_in_words(error)) from error


def from_request(kind: type, given: dict[str, Any]) -> Any:
    """The parameters of a request, from its address (`?limit=20`) or its JSON object. Unknown ones are refused too."""
    known = [one.name for one in fields(kind)]
    if unknown := sorted(set(given) - set(known)):
        raise ControlError(f"the request has {', '.join(unknown)}; it takes {', '.join(known) or 'nothing'}")
    try:
        return _adapter(kind).validate_python(given)
    except ValidationError as error:
        raise ControlError(_in_words(error)) from error


def _in_words(error: ValidationError) -> str:
    said = (f"{'.'.join(map(str, one['loc'])) or 'the request'}: {one['msg']}" for one in error.errors())
    return "the request cannot be read: " + "; ".join(said)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
        kind.__pydantic_config__ = _CONFIG  # type: ignore[attr-defined]
        return TypeAdapter(kind)
    return TypeAdapter(kind, config=_CONFIG)
