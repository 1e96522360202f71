"""Objects are closed to properties that are listed nowhere, unless the schema says which it may have."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from model.errors import SchemaError
from model.schema_closing import close_objects

LEAF = {"properties": {"a": {"type": "string"}}}
CLOSED_LEAF = {**LEAF, "additionalProperties": False}
OTHER = {"properties": {"b": {"type": "integer"}}, "required": ["b"]}
DEFS = {"$defs": {"leaf": LEAF}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (LEAF, CLOSED_LEAF),
        (
            {"properties": {"properties": LEAF}},
            {"properties": {"properties": CLOSED_LEAF}, "additionalProperties": False},
        ),
        ({"type": "array", "items": LEAF}, {"type": "array", "items": CLOSED_LEAF}),
        ({"anyOf": [LEAF, {"type": "null"}]}, {"anyOf": [CLOSED_LEAF, {"type": "null"}]}),
        ({"$defs": {"leaf": LEAF}, "$ref": "#/$defs/leaf"}, {"$defs": {"leaf": CLOSED_LEAF}, "$ref": "#/$defs/leaf"}),
        ({"additionalProperties": LEAF}, {"additionalProperties": CLOSED_LEAF}),
        ({**LEAF, "unevaluatedProperties": False}, CLOSED_LEAF),
    ],
)
def test_objects_are_closed_at_every_depth(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(schema)
    assert close_objects(schema) == expected
    assert schema == before


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {**LEAF, "additionalProperties": True},
        {**LEAF, "additionalProperties": {"type": "integer"}},
        {**LEAF, "patternProperties": {"^x": {}}},
        {"allOf": [LEAF, {"additionalProperties": True}]},
        {"allOf": [{"enum": ["x"]}]},
        {"$ref": "#/$defs/none", "properties": {}, "additionalProperties": True},
        {"const": {"properties": {}}},
        {"enum": [{"properties": {}}]},
        {"properties": {"a": True}, "additionalProperties": False},
        {"items": False, "properties": None, "additionalProperties": None},
    ],
)
def test_what_may_be_open_is_left_alone(schema: dict[str, Any]) -> None:
    assert close_objects(schema) == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [LEAF, OTHER]},
        {**LEAF, "allOf": [OTHER]},
        {"allOf": [{"allOf": [LEAF]}, OTHER], "unevaluatedProperties": False},
        {**DEFS, "allOf": [{"$ref": "#/$defs/leaf"}, OTHER]},
        {**DEFS, **OTHER, "$ref": "#/$defs/leaf"},
        {**LEAF, "anyOf": [OTHER, {"required": ["a"]}]},
        {"properties": {}, "oneOf": [{"properties": {"a": {"type": "string"}}}], "allOf": [{"anyOf": [OTHER]}]},
    ],
)
def test_what_stands_in_several_places_is_closed_as_a_whole(schema: dict[str, Any]) -> None:
    closed = jsonschema_rs.validator_for(close_objects(schema))
    assert closed.is_valid({"a": "x", "b": 1})
    assert not closed.is_valid({"a": "x", "b": 1, "c": None})
    assert not closed.is_valid({"a": 1, "b": "x"})


def test_a_definition_is_closed_where_it_stands_alone_and_open_as_a_part() -> None:
    schema = {
        **DEFS,
        "properties": {"alone": {"$ref": "#/$defs/leaf"}, "part": {"allOf": [{"$ref": "#/$defs/leaf"}, OTHER]}},
    }
    closed = jsonschema_rs.validator_for(close_objects(schema))
    assert closed.is_valid({"alone": {"a": "x"}, "part": {"a": "x", "b": 1}})
    assert not closed.is_valid({"alone": {"a": "x", "b": 1}})


def test_an_endless_reference_does_not_unfold() -> None:
    schema: dict[str, Any] = {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, LEAF]}}, "$ref": "#/$defs/a"}
    assert close_objects(schema)["$ref"] == "#/$defs/a"


def test_references_that_unfold_without_bounds_are_refused() -> None:
    """Each definition needs the next one twice."""
    defs: dict[str, Any] = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)}
    with pytest.raises(SchemaError, match="too large"):
        close_objects({"$defs": {**defs, "d40": LEAF}, "$ref": "#/$defs/d0"})


def test_parts_that_are_nested_without_bounds_are_refused() -> None:
    defs: dict[str, Any] = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}, {"title": "t"}]} for i in range(500)}
    with pytest.raises(SchemaError, match="too large"):
        close_objects({"$defs": {**defs, "d500": LEAF}, "$ref": "#/$defs/d0"})
