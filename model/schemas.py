"""JSON schemas: their keywords, the schemas within a schema, and what of them is ignored.

Reference: https://json-schema.org/draft/2020-12/json-schema-core and .../json-schema-validation
"""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any
from urllib.parse import unquote

ANY_OBJECT: Mapping[str, Any] = {"type": "object"}

# Keywords whose value is a schema, a list of schemas, or schemas by name
SCHEMA_KEYWORDS = frozenset(
    {"items", "additionalProperties", "additionalItems", "contains", "if", "then", "else", "not"}
)
LIST_KEYWORDS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
DEFINITIONS = frozenset({"$defs", "definitions"})
MAP_KEYWORDS = frozenset({"properties", "patternProperties"}) | DEFINITIONS

VALUE_KEYWORDS = frozenset(
    [
        "type",
        "enum",
        "const",
        "required",
        "minProperties",
        "maxProperties",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]
)
NAMES = frozenset(["$ref", "$id", "id", "$schema", "$anchor", "$vocabulary"])
ANNOTATIONS = frozenset(
    [
        "title",
        "description",
        "default",
        "example",
        "examples",
        "$comment",
        "readOnly",
        "writeOnly",
        "deprecated",
        "discriminator",
    ]
)
REFUSED = frozenset(
    [
        "uniqueItems",
        "minContains",
        "maxContains",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "propertyNames",
        "unevaluatedProperties",
        "unevaluatedItems",
        "$dynamicRef",
        "$dynamicAnchor",
        "$recursiveRef",
        "$recursiveAnchor",
    ]
)
"""Keywords that would change which answers are right, and that no grammar is made from."""

KNOWN = SCHEMA_KEYWORDS | LIST_KEYWORDS | MAP_KEYWORDS | VALUE_KEYWORDS | NAMES | ANNOTATIONS | REFUSED

FORMATS = frozenset(["date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"])
"""The formats that are enforced, which are those of text."""

MAX_IGNORED = 50
"""The most ignored keywords that are listed."""


def change_subschemas(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a copy of a schema with the schemas directly within it changed."""
    return {key: _change_value(key, value, change) for key, value in schema.items()}


def _change_value(key: str, value: Any, change: Callable[[Any], Any]) -> Any:
    if key in LIST_KEYWORDS and isinstance(value, list):
        return list(map(change, value))
    if key in MAP_KEYWORDS and isinstance(value, Mapping):
        return {name: change(each) for name, each in value.items()}
    return change(value) if key in SCHEMA_KEYWORDS else value


def list_schemas(
    schema: Any, path: str = "", skipped: Set[str] = frozenset()
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a schema and all schemas within it, each with its path, such as `properties.tags.items`.

    Those under the keywords `skipped` are left out.
    """
    if not isinstance(schema, Mapping):
        return
    yield path, schema
    for key, value in schema.items():
        here = f"{path}.{key}" if path else key
        if key in skipped:
            continue
        if key in LIST_KEYWORDS and isinstance(value, list):
            for index, each in enumerate(value):
                yield from list_schemas(each, f"{here}[{index}]", skipped)
        elif key in MAP_KEYWORDS and isinstance(value, Mapping):
            for name, each in value.items():
                yield from list_schemas(each, f"{here}.{name}", skipped)
        elif key in SCHEMA_KEYWORDS:
            yield from list_schemas(value, here, skipped)


def resolve_reference(root: Mapping[str, Any], reference: Any) -> Any:
    """Return what a reference to a place within the schema `root` stands for; None for any other."""
    if not isinstance(reference, str):
        return None
    fragment = find_fragment(root, reference)
    if fragment in ("", "#"):
        return root
    if not fragment.startswith("#/"):
        return None
    found: Any = root
    for step in unquote(fragment[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isascii() and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def find_fragment(root: Mapping[str, Any], reference: str) -> str:
    """Return a reference without the name that the schema `root` has in its `$id`."""
    own = root.get("$id")
    return reference.removeprefix(own) if isinstance(own, str) and not own.startswith("#") else reference


def is_format_enforced(value: Any) -> bool:
    return isinstance(value, str) and value in FORMATS


def find_ignored_keywords(schema: Mapping[str, Any]) -> list[str]:
    """Return the paths of keywords that no answer is held to, such as `properties.id.format`: at most 50 of them."""
    found: list[str] = []
    for path, each in list_schemas(schema):
        for key, value in each.items():
            if value is not None and (key not in KNOWN or (key == "format" and not is_format_enforced(value))):
                found.append(f"{path}.{key}" if path else key)
        if len(found) >= MAX_IGNORED:
            break
    return found[:MAX_IGNORED]
