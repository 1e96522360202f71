"""JSON schemas as a grammar takes them."""

from collections.abc import Mapping
from typing import Any

ANY_OBJECT: Mapping[str, Any] = {"type": "object"}

SINGLE = ("items", "additionalProperties", "contains", "if", "then", "else")
LISTS = ("anyOf", "oneOf", "prefixItems")
MAPS = ("properties", "patternProperties", "$defs", "definitions")
"""Keywords whose values are a schema, schemas in a list, or schemas by name."""

OPENING = ("additionalProperties", "patternProperties", "unevaluatedProperties", "anyOf", "oneOf", "$ref")
"""Keywords that may speak of further properties."""


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with no properties but those that its objects list, as every answer of it also follows `schema`.

    A model would else be free to add properties without end. An object that says `additionalProperties` is left as it
    is, and so is a schema with `allOf`, whose parts each list a share.
    """
    return dict(schema) if _has_all_of(schema) else _closed(schema)


def _has_all_of(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "allOf" in value or any(map(_has_all_of, value.values()))
    return isinstance(value, list) and any(map(_has_all_of, value))


def _closed(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    inner = {key: _inner(key, value) for key, value in schema.items()}
    if "properties" in schema and not any(key in schema for key in OPENING):
        inner["additionalProperties"] = False
    return inner


def _inner(key: str, value: Any) -> Any:
    if key in SINGLE:
        return _closed(value)
    if key in LISTS and isinstance(value, list):
        return list(map(_closed, value))
    if key in MAPS and isinstance(value, Mapping):
        return {name: _closed(item) for name, item in value.items()}
    return value
