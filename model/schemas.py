"""JSON schemas, prepared for constrained decoding."""

from collections.abc import Mapping
from typing import Any

ANY_OBJECT: Mapping[str, Any] = {"type": "object"}

# JSON Schema 2020-12's keywords whose value is a schema, a list of schemas, or schemas by name
SCHEMA_KEYWORDS = ("items", "additionalProperties", "contains", "if", "then", "else")
LIST_KEYWORDS = ("anyOf", "oneOf", "prefixItems")
MAP_KEYWORDS = ("properties", "patternProperties", "$defs", "definitions")

OPEN_KEYWORDS = ("additionalProperties", "patternProperties", "unevaluatedProperties", "anyOf", "oneOf", "$ref")
"""Keywords beside `properties` that may allow further properties."""


def close_objects(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the schema whose objects have no properties but those they list.

    A model might otherwise add properties without end; any answer that fits the result also fits `schema`. An object
    with one of `OPEN_KEYWORDS` stays as it is, and so does a schema with `allOf`, whose parts list properties each.
    """
    return dict(schema) if _has_all_of(schema) else _close(schema)


def _has_all_of(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "allOf" in value or any(map(_has_all_of, value.values()))
    return isinstance(value, list) and any(map(_has_all_of, value))


def _close(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _close_value(key, value) for key, value in schema.items()}
    if "properties" in schema and not any(key in schema for key in OPEN_KEYWORDS):
        closed["additionalProperties"] = False
    return closed


def _close_value(key: str, value: Any) -> Any:
    if key in SCHEMA_KEYWORDS:
        return _close(value)
    if key in LIST_KEYWORDS and isinstance(value, list):
        return list(map(_close, value))
    if key in MAP_KEYWORDS and isinstance(value, Mapping):
        return {name: _close(item) for name, item in value.items()}
    return value
