"""Closing of objects: they get no properties but those that the schema lists, or a model might add some without end."""

from collections.abc import Mapping
from typing import Any

from model.errors import SchemaError
from model.schemas import change_subschemas, resolve_reference

Names = frozenset[str]

OPEN_KEYWORDS = ("additionalProperties", "patternProperties")
"""Keywords that say which further properties an object may have."""

BRANCHES = ("anyOf", "oneOf")
MAX_STEPS = 100_000
"""References may unfold to any size; no schema that people write comes near."""


def close_objects(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the schema whose objects have no properties but those they list.

    Any answer that fits the result also fits `schema`. An object that says which further properties it may have stays
    as it is. What an object takes from `allOf`, from a reference, or from branches beside its own properties counts as
    listed. Raises `SchemaError` for a schema that unfolds without bounds.
    """
    try:
        closed: dict[str, Any] = _Closer(schema).close(schema)
    except RecursionError as error:
        raise SchemaError("size") from error
    return closed


class _Closer:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._num_steps = 0

    def _count_step(self) -> None:
        self._num_steps += 1
        if self._num_steps > MAX_STEPS:
            raise SchemaError("size")

    def close(self, schema: Any) -> Any:
        """Return the schema with its objects closed, and those within it."""
        self._count_step()
        if not isinstance(schema, Mapping):
            return schema
        if not _is_composed(schema):
            closed = change_subschemas(schema, self.close)
            if "properties" in schema and not any(key in schema for key in OPEN_KEYWORDS):
                closed |= {"additionalProperties": False}
                _drop_unevaluated(closed)
            return closed
        names = self._list_names(schema, ())
        part = self._open(schema)
        if not names or not _has_part_list(part):
            return part
        _drop_unevaluated(part)
        everything = {"properties": dict.fromkeys(sorted(names), True), "additionalProperties": False}
        return {**part, "allOf": [*part.get("allOf", []), everything]}

    def _open(self, schema: Any) -> Any:
        """Return a part of an object: closed are only the objects within it, for the part does not list all."""
        self._count_step()
        if not isinstance(schema, Mapping):
            return schema
        parts = {key: schema[key] for key in ("allOf", *BRANCHES) if isinstance(schema.get(key), list)}
        rest = {key: value for key, value in schema.items() if key not in parts}
        opened = change_subschemas(rest, self.close) | {key: list(map(self._open, each)) for key, each in parts.items()}
        if self._list_names({"$ref": schema.get("$ref")}, ()) and _has_part_list(opened):
            del opened["$ref"]
            opened["allOf"] = [*opened.get("allOf", []), self._open(resolve_reference(self._root, schema["$ref"]))]
        return opened

    def _list_names(self, schema: Any, seen: tuple[str, ...]) -> Names | None:
        """Return the properties that an object lists; None where it says which others it may have, or has no end."""
        self._count_step()
        if not isinstance(schema, Mapping):
            return frozenset()
        if any(key in schema for key in OPEN_KEYWORDS):
            return None
        properties, reference = schema.get("properties"), schema.get("$ref")
        names: Names = frozenset(properties) if isinstance(properties, Mapping) else frozenset()
        parts = [part for key in ("allOf", *BRANCHES) if isinstance(schema.get(key), list) for part in schema[key]]
        if isinstance(reference, str):
            if reference in seen:
                return None
            parts.append(resolve_reference(self._root, reference))
            seen = (*seen, reference)
        for part in parts:
            more = self._list_names(part, seen)
            if more is None:
                return None
            names |= more
        return names


def _is_composed(schema: Mapping[str, Any]) -> bool:
    """Whether what an object lists stands in several places."""
    sources = [key for key in ("properties", "$ref", *BRANCHES) if key in schema]
    return "allOf" in schema or len(sources) > 1


def _has_part_list(schema: Mapping[str, Any]) -> bool:
    """Whether parts can be added; a schema with anything but a list of them is refused later."""
    return isinstance(schema.get("allOf", []), list)


def _drop_unevaluated(schema: dict[str, Any]) -> None:
    """Leave out the keyword that closes objects too."""
    if schema.get("unevaluatedProperties") is False:
        del schema["unevaluatedProperties"]
