"""What is wrong with a schema is found and said in words."""

from typing import Any

import pytest

from model.errors import SchemaError
from model.schema_checks import MAX_DEPTH, check_references, check_values, drop_idle_keywords, explain_refusal
from model.schemas import KNOWN, find_ignored_keywords

LEAF = {"type": "object", "properties": {"next": {"$ref": "#/$defs/leaf"}}}
ENDLESS = {**LEAF, "required": ["next"]}


def nest(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"enum": ["\ud800"]}, "surrogate"),
        ({"properties": {"a\udfff": {}}}, "surrogate"),
        ({"pattern": "\ud83d"}, "surrogate"),
        ({"const": {"a": [float("inf")]}}, "number"),
        ({"minimum": float("nan")}, "number"),
        ({"maximum": -(2**70)}, "number"),
        (nest(MAX_DEPTH + 1), "depth"),
        (nest(10_000), "depth"),
    ],
)
def test_values_that_are_no_json_are_refused(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(SchemaError) as refused:
        check_values(schema)
    assert refused.value.reason == reason


def test_other_values_pass() -> None:
    check_values({"enum": ["😀", 1.5, None, True, 2**62], **nest(MAX_DEPTH - 1)})


@pytest.mark.parametrize(
    ("schema", "reason", "detail"),
    [
        ({"$ref": "#/$defs/none"}, "reference", "#/$defs/none"),
        ({"items": {"$ref": f"https://example.com/{'x' * 500}"}}, "reference", f"https://example.com/{'x' * 80}"),
        ({"$ref": "#/title", "title": "text"}, "reference", "#/title"),
        ({"$ref": "#"}, "recursion", "#"),
        ({"$defs": {"leaf": ENDLESS}, "$ref": "#/$defs/leaf"}, "recursion", "#/$defs/leaf"),
        ({"$defs": {"leaf": {"allOf": [ENDLESS, {}]}}, "$ref": "#/$defs/leaf"}, "recursion", "#/$defs/leaf"),
        ({"$defs": {"leaf": {"anyOf": [ENDLESS, ENDLESS]}}, "$ref": "#/$defs/leaf"}, "recursion", "#/$defs/leaf"),
    ],
)
def test_references_without_an_end_are_refused(schema: dict[str, Any], reason: str, detail: str) -> None:
    with pytest.raises(SchemaError) as refused:
        check_references(schema)
    assert (refused.value.reason, refused.value.detail) == (reason, detail)


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"leaf": LEAF}, "$ref": "#/$defs/leaf"},
        {"$defs": {"leaf": {"anyOf": [ENDLESS, {"type": "null"}]}}, "$ref": "#/$defs/leaf"},
        {"$defs": {"leaf": {"type": "array", "items": {"$ref": "#/$defs/leaf"}}}, "$ref": "#/$defs/leaf"},
        {"$defs": {"leaf": {**ENDLESS, "enum": [{}]}}, "$ref": "#/$defs/leaf"},
        {"$defs": {"leaf": ENDLESS}},
        {"$ref": "#name"},
        {"$ref": 3, "required": 3, "properties": []},
        {"$ref": "#/parts/a", "parts": {"a": {"items": {"$ref": "#/parts/b"}}, "b": True}},
    ],
)
def test_other_references_pass(schema: dict[str, Any]) -> None:
    check_references(schema)


@pytest.mark.parametrize(
    ("schema", "kept"),
    [
        ({"uniqueItems": False, "minContains": 1, "then": {}, "dependentRequired": {}, "propertyNames": True}, {}),
        ({"propertyNames": {"type": "string"}, "additionalProperties": {}}, {"additionalProperties": {}}),
        ({"type": "string", "format": "colour"}, {"type": "string"}),
        ({"items": {"if": {}, "nullable": False, "unevaluatedItems": {}}}, {"items": {}}),
    ],
)
def test_keywords_that_ask_for_nothing_are_left_out(schema: dict[str, Any], kept: dict[str, Any]) -> None:
    assert drop_idle_keywords(schema) == kept


@pytest.mark.parametrize(
    "schema",
    [
        {"uniqueItems": True},
        {"contains": {}, "minContains": 1},
        {"if": {}, "then": {}},
        {"format": "date"},
        {"unevaluatedProperties": False},
        {"enum": [{"format": "colour"}]},
    ],
)
def test_other_keywords_stay(schema: dict[str, Any]) -> None:
    assert drop_idle_keywords(schema) == schema


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ('Unimplemented keys: ["if", "then"]', "it uses if, then, which cannot be enforced"),
        ("Pointer '/x' does not exist", "a reference leads to nothing within the schema: /x"),
        ("Anchor 'x' does not exist", "a reference leads to nothing within the schema: x"),
        ("Invalid URI: a b", "a reference leads to nothing within the schema"),
        ("Unsatisfiable schema: Regex is empty: (And ...)", "no answer could follow it"),
        ("minItems (3) is greater than maxItems (1)", "no answer could follow it: minItems 3 > maxItems 1"),
        ("lookarounds not supported yet; WordUnicode in regex", "a pattern is no regular expression"),
        ("Parser Error: Current row has 10007 items; max is 2000", "it is too large, or too complex"),
        ("recursion limit exceeded at line 1", "it is nested too deeply"),
        ("something new in lark", "it cannot be enforced"),
    ],
)
def test_messages_become_sentences(message: str, sentence: str) -> None:
    assert str(explain_refusal(message)).startswith(f"the schema: {sentence}")


def make_chain(length: int, **beside: Any) -> dict[str, Any]:
    """Return a schema in which each definition needs the next one."""
    links = {
        f"d{i}": {"type": "object", "properties": {"n": {"$ref": f"#/$defs/d{i + 1}"}}, "required": ["n"], **beside}
        for i in range(length)
    }
    return {"$defs": {**links, f"d{length}": {"type": "null"}}, "$ref": "#/$defs/d0"}


def test_a_chain_of_references_is_followed_as_far_as_it_is_safe() -> None:
    check_references(make_chain(500))
    with pytest.raises(SchemaError, match="too large"):
        check_references(make_chain(3000))


def test_null_is_the_same_as_leaving_a_keyword_out() -> None:
    nothing = dict.fromkeys(KNOWN - {"const"})
    assert drop_idle_keywords({"properties": {"a": {**nothing, "type": "boolean"}}}) == {
        "properties": {"a": {"type": "boolean"}}
    }
    assert drop_idle_keywords({"type": "any"}) == {}
    assert drop_idle_keywords({"const": None}) == {"const": None}
    assert find_ignored_keywords({"format": None, "x-order": None}) == []


def test_counts_may_be_whole_floats() -> None:
    counts = {"minLength": 1.0, "maxLength": 2.0, "minItems": 3.0, "maxItems": 4.0, "maxProperties": 5.0}
    assert all(isinstance(count, int) for count in drop_idle_keywords(counts).values())
    assert drop_idle_keywords({"maxLength": 2.5}) == {"maxLength": 2.5}
    assert isinstance(drop_idle_keywords({"maximum": 2.0})["maximum"], float)
