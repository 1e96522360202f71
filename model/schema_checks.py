"""What is wrong with a JSON schema, found before a grammar is made of it, and how that is said."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from model.errors import SchemaError
from model.schemas import DEFINITIONS, KNOWN, change_subschemas, is_format_enforced, list_schemas, resolve_reference

MAX_DEPTH = 64
"""How deeply objects and lists of a schema may be nested in each other."""

MAX_CHAIN = 1200
"""How deeply all that references stand for may be nested, one in another. The compiler of grammars follows references
by recursion, and overflows its stack at about 3,000."""

MAX_PASSES = 20
"""How often all references are gone through to find those that can end. Each pass finds most of them."""

MAX_INTEGER = 2**63 - 1
MAX_DETAIL = 100
"""How much of a schema's own text an error repeats, in characters."""

ANCHOR = re.compile("#[^/]")
"""How a reference by a name begins; those are left to the grammar's compiler."""

SURROGATE = re.compile("[\ud800-\udfff]")

COUNTS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"})

CAUSES: tuple[tuple[str, str], ...] = (
    (r"Unimplemented keys: \[(.*)\]", "keyword"),
    (r"Invalid type: (.*)", "type"),
    (r"(?:Pointer|Anchor) '(.*)' does not exist|Resource '(.*?)' is not present", "reference"),
    (r"oneOf constraints are not supported", "one_of"),
    (r"(\w+) \((\S+)\) is greater than (\w+) \((\S+)\)", "unsatisfiable"),
    (r"(?i)unsatisfiable|is empty|contains no|NoExtension", "unsatisfiable"),
    (r"(?i)regex|look-?around|backreference", "pattern"),
    (r"(?i)recursion limit", "depth"),
    (r"(?i)reference|\buri\b|resource", "reference"),
    (r"(?i)must be|expected|invalid multiple", "form"),
    (r"(?i)too (large|big|complex|many)|limit|max is|fuel|exceed", "size"),
)
"""What the messages of llguidance look like, and the reason that each stands for."""


def check_values(schema: Any, depth: int = 0) -> None:
    """Raise `SchemaError` for a schema nested too deeply, half a character in a text, or a number without a size."""
    if depth > MAX_DEPTH:
        raise SchemaError("depth")
    if isinstance(schema, str) and SURROGATE.search(schema):
        raise SchemaError("surrogate")
    if isinstance(schema, int) and abs(schema) > MAX_INTEGER:
        raise SchemaError("number")
    if isinstance(schema, float) and not math.isfinite(schema):
        raise SchemaError("number")
    if isinstance(schema, Mapping | list):
        inner = (each for pair in schema.items() for each in pair) if isinstance(schema, Mapping) else iter(schema)
        for each in inner:
            check_values(each, depth + 1)


def check_references(schema: Mapping[str, Any]) -> None:
    """Raise `SchemaError` for a reference that leads out of the schema, or back to itself in every answer.

    Also raise it for more references than a grammar can be made of.
    """
    targets = _find_targets(schema)
    for reference, target in targets.items():
        if not isinstance(target, Mapping | bool):
            raise SchemaError("reference", reference[:MAX_DETAIL])
    if sum(map(_measure_depth, targets.values())) > MAX_CHAIN:
        raise SchemaError("size")
    waiting = list(reversed(targets))  # those that others lead to first
    ending: set[str] = set()
    for _ in range(MAX_PASSES):
        for reference in waiting:
            if _can_end(targets[reference], ending):
                ending.add(reference)
        still = [reference for reference in waiting if reference not in ending]
        if len(still) in (0, len(waiting)):
            break
        waiting = still
    else:
        raise SchemaError("size")
    if still:
        raise SchemaError("recursion", still[0][:MAX_DETAIL])


def _find_targets(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each reference stands for that the schema uses, also by other references; anchors are left out."""
    targets: dict[str, Any] = {}
    waiting: list[Any] = [schema]
    while waiting:
        for _, each in list_schemas(waiting.pop(), skipped=DEFINITIONS):
            reference = each.get("$ref")
            if isinstance(reference, str) and reference not in targets and not ANCHOR.match(reference):
                targets[reference] = resolve_reference(schema, reference)
                waiting.append(targets[reference])
    return targets


def _measure_depth(schema: Any) -> int:
    """Return how many schemas are nested in each other."""
    inner: list[Any] = []
    if isinstance(schema, Mapping):
        change_subschemas(schema, inner.append)
    return 1 + max(map(_measure_depth, inner), default=0)


def _can_end(schema: Any, ending: Iterable[str]) -> bool:
    """Whether a value can follow a schema without a reference that is not in `ending`."""
    if not isinstance(schema, Mapping) or "const" in schema or "enum" in schema:
        return True
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in ending and not ANCHOR.match(reference):
        return False
    for key, combine in (("allOf", all), ("anyOf", any), ("oneOf", any)):
        parts = schema.get(key)
        if isinstance(parts, list) and parts and not combine(_can_end(part, ending) for part in parts):
            return False
    types = schema.get("type")
    return not (types == "object" or types == ["object"]) or _can_object_end(schema, ending)


def _can_object_end(schema: Mapping[str, Any], ending: Iterable[str]) -> bool:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping) or not isinstance(required, list):
        return True
    return all(_can_end(properties.get(name), ending) for name in required if isinstance(name, str))


def drop_idle_keywords(schema: Any) -> Any:
    """Return a copy without keywords that ask for nothing, and without formats that are not enforced.

    Counts that some clients write as `3.0` are whole numbers in it.
    """
    if not isinstance(schema, Mapping):
        return schema
    kept = change_subschemas(schema, drop_idle_keywords)
    return {key: _read_count(key, value) for key, value in kept.items() if not _is_idle(key, value, schema)}


def _read_count(key: str, value: Any) -> Any:
    return int(value) if key in COUNTS and isinstance(value, float) and value.is_integer() else value


def _is_idle(key: str, value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a keyword with this value leaves all answers as they are. Null is the same as leaving it out."""
    if value is None:
        return key in KNOWN and key != "const"
    match key:
        case "format":
            return not is_format_enforced(value)
        case "type":  # drafts before the fourth have this one
            return isinstance(value, str) and value == "any"
        case "uniqueItems" | "nullable":
            return value is False
        case "minContains" | "maxContains":
            return "contains" not in schema
        case "then" | "else":
            return "if" not in schema
        case "if":
            return "then" not in schema and "else" not in schema
        case "dependentRequired" | "dependentSchemas" | "dependencies":
            return isinstance(value, Mapping) and not value
        case "propertyNames" if value == {"type": "string"}:  # zod writes it for every record
            return True
        case "unevaluatedProperties" | "unevaluatedItems" | "propertyNames":
            return value is True or (isinstance(value, Mapping) and not value)
    return False


def explain_refusal(message: str) -> SchemaError:
    """Return the error for a message of llguidance, without a word of its own."""
    for pattern, reason in CAUSES:
        if found := re.search(pattern, message):
            return SchemaError(reason, _write_detail(reason, [text for text in found.groups() if text]))
    return SchemaError("other")


def _write_detail(reason: str, texts: list[str]) -> str:
    if reason == "unsatisfiable" and len(texts) == 4:
        return f"{texts[0]} {texts[1]} > {texts[2]} {texts[3]}"
    return texts[0].replace('"', "")[:MAX_DETAIL] if reason in ("keyword", "type", "reference") and texts else ""
