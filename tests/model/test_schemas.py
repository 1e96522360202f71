"""Objects are closed to unlisted properties, unless the schema may allow some."""

import copy
from typing import Any

import pytest

from model.schemas import close_objects

LEAF = {"properties": {"a": {"type": "string"}}}
CLOSED_LEAF = {**LEAF, "additionalProperties": False}


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
        {"allOf": [LEAF, {"properties": {"b": {}}}]},
        {"properties": {"a": {"allOf": [LEAF]}}},
        {**LEAF, "anyOf": [{"required": ["b"]}]},
        {"const": {"properties": {}}},
        {"enum": [{"properties": {}}]},
        {"properties": {"a": True}, "additionalProperties": False},
        {"items": False, "properties": None, "additionalProperties": None},
    ],
)
def test_objects_that_may_be_open_are_left_alone(schema: dict[str, Any]) -> None:
    assert close_objects(schema) == schema
