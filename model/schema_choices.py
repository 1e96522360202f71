"""`oneOf` as `anyOf`, where no answer could follow two of its branches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from model.schemas import change_subschemas, resolve_reference

TYPES = frozenset({"null", "boolean", "number", "string", "array", "object"})
"""An integer is a number."""

MAX_BRANCHES = 200
"""Each branch is compared with every other."""

MAX_REFERENCES = 32
"""How many references in a row are followed."""

Values = frozenset[str]
"""JSON values, each as its text."""


def separate_choices(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which `oneOf` is `anyOf` if its branches are told apart by type, or by a property.

    The branches that are objects must have one property in common, each with another `const` or `enum`; answers are
    made to have it. Every other `oneOf` stays as it is.
    """
    separated: dict[str, Any] = _Separator(schema).separate(schema)
    return separated


class _Separator:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def separate(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        separated = change_subschemas(schema, self.separate)
        branches, types = schema.get("oneOf"), self._find_types(schema)
        if not isinstance(branches, list) or not 2 <= len(branches) <= MAX_BRANCHES or not self._can_separate(schema):
            return separated
        objects = [branch for branch in branches if self._find_types(branch) & types == {"object"}]
        name = self._find_discriminator(objects) if len(objects) > 1 else None
        if len(objects) > 1 and name is None:
            return separated
        choices = separated.pop("oneOf")
        if name is not None:
            choices = [_require(c, name) if b in objects else c for c, b in zip(choices, branches, strict=True)]
        if "anyOf" not in separated:
            return {**separated, "anyOf": choices}
        parts = separated.get("allOf", [])
        return {**separated, "allOf": [*parts, {"anyOf": choices}]} if isinstance(parts, list) else separated

    def _can_separate(self, schema: Mapping[str, Any]) -> bool:
        """Whether no two branches of a schema allow the same value, except that several may be objects."""
        types = self._find_types(schema)
        kinds = [(self._find_types(branch) & types, self._find_values(branch)) for branch in schema["oneOf"]]
        return all(
            not one & two or one == two == {"object"} or (a is not None and b is not None and not a & b)
            for (one, a), (two, b) in combinations(kinds, 2)
        )

    def _find_discriminator(self, objects: Sequence[Any]) -> str | None:
        """Return a property whose values differ in all of these schemas."""
        listed = [dict(self._list_values(branch)) for branch in objects]
        return next((name for name in listed[0] if _are_disjoint([values.get(name) for values in listed])), None)

    def _list_values(self, branch: Any) -> Iterator[tuple[str, Values]]:
        """Yield each property of an object that has certain values only, with these."""
        for part in self._list_parts(branch):
            properties = part.get("properties")
            for name, schema in properties.items() if isinstance(properties, Mapping) else ():
                if (values := self._find_values(schema)) is not None:
                    yield name, values

    def _list_parts(self, schema: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
        """Yield a schema and those that must be followed together with it."""
        if not isinstance(schema, Mapping) or depth > MAX_REFERENCES:
            return
        yield schema
        parts = schema["allOf"][:MAX_REFERENCES] if isinstance(schema.get("allOf"), list) else []
        for part in [resolve_reference(self._root, schema.get("$ref")), *parts]:
            yield from self._list_parts(part, depth + 1 + len(parts))

    def _find_types(self, schema: Any) -> frozenset[str]:
        """Return the types that a value may have."""
        types = TYPES
        for part in self._list_parts(schema):
            if "type" in part:
                types &= _read_types(part["type"])
        if (values := self._find_values(schema)) is not None:
            types &= frozenset(map(_name_type, values))
        return types

    def _find_values(self, schema: Any) -> Values | None:
        """Return the values that a value may be; None for any."""
        for part in self._list_parts(schema):
            if "const" in part:
                return frozenset({_write(part["const"])})
            if isinstance(part.get("enum"), list):
                return frozenset(map(_write, part["enum"]))
        return None


def _are_disjoint(groups: Sequence[Values | None]) -> bool:
    given = [group for group in groups if group]
    return len(given) == len(groups) and sum(map(len, given)) == len(frozenset().union(*given))


def _read_types(given: Any) -> frozenset[str]:
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset("number" if name == "integer" else name for name in names if isinstance(name, str))


def _require(branch: Any, name: str) -> dict[str, Any]:
    return {"allOf": [branch, {"type": "object", "required": [name]}]}


def _write(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if is_whole else value, sort_keys=True)


def _name_type(text: str) -> str:
    value = json.loads(text)
    names = {str: "string", bool: "boolean", dict: "object", list: "array", int: "number", float: "number"}
    return names.get(type(value), "null")
