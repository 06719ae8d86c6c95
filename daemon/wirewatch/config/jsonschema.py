"""The JSON Schema of the watchlist, for editors that complete keys and mark errors while one types.

Made from `schema.py`; `config/watchlist.schema.json` is its printed form:
`python -m wirewatch.config.jsonschema > config/watchlist.schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from wirewatch.config.schema import (
    FeedShape,
    GroupShape,
    ReceiverShape,
    RouteShape,
    SettingsShape,
    Shape,
    TopicShape,
)

_BLOCKS: tuple[type[Shape], ...] = (SettingsShape, FeedShape, GroupShape, TopicShape, ReceiverShape, RouteShape)


class _WithoutDefaults(GenerateJsonSchema):
    """Our defaults are values (a Pace, a timedelta), not texts of the file; `config/README.md` names them."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, object]:
    """The schema of a whole watchlist file (JSON Schema 2020-12)."""
    _, found = models_json_schema(
        [(block, "validation") for block in _BLOCKS],
        by_alias=True,
        ref_template="#/$defs/{model}",
        schema_generator=_WithoutDefaults,
    )
    definitions: dict[str, object] = _untitled(found["$defs"])
    _feeds(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wirewatch watchlist",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "settings": {"anyOf": [_ref("SettingsShape"), {"type": "null"}]},
            "feeds": _ref("Feeds"),
            "topics": {"type": ["object", "null"], "additionalProperties": _ref("TopicShape")},
            "receivers": {"type": ["object", "null"], "additionalProperties": _ref("ReceiverShape")},
            "routes": {"anyOf": [_ref("RouteShape"), {"type": "array", "items": _ref("RouteShape")}, {"type": "null"}]},
            "include": {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _feeds(definitions: dict[str, Any]) -> None:
    """What may stand below `feeds:`, at the top and in a group: `sources.py` walks it, so that no shape says it."""
    anything = [{"type": "string"}, _ref("FeedShape"), _ref("GroupShape"), {"type": "array", "items": _ref("Listed")}]
    definitions["Listed"] = {"anyOf": anything}
    definitions["Feeds"] = {
        "anyOf": [
            {"type": ["string", "null"]},
            {"type": "array", "items": _ref("Listed")},
            {"type": "object", "additionalProperties": _ref("Listed")},
        ]
    }
    definitions["GroupShape"]["properties"]["feeds"] = _ref("Feeds")


def printed() -> str:
    """The schema as the file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{name}"}


def _untitled(node: Any) -> Any:
    """Without the titles that pydantic makes from names: they would show in an editor beside the key itself."""
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if isinstance(node, dict):
        return {key: _untitled(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    return node


if __name__ == "__main__":
    sys.stdout.write(printed())
