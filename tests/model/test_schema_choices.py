"""`oneOf` becomes `anyOf` exactly where no answer could follow two branches."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from model.schema_choices import separate_choices


def make_object(kind: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"kind": kind, **more}}


CAT = make_object({"const": "cat"}, lives={"type": "integer"})
DOG = make_object({"enum": ["dog", "wolf"]}, name={"type": "string"})
NULL = {"type": "null"}
REFS = {
    "$defs": {"cat": CAT, "dog": {"allOf": [DOG]}},
    "oneOf": [{"$ref": "#/$defs/cat"}, {"$ref": "#/$defs/dog"}, NULL],
}


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"oneOf": [CAT, DOG]}, [{"kind": "cat"}, {"kind": "wolf", "name": "x"}]),
        (REFS, [None, {"kind": "cat", "lives": 9}, {"kind": "dog"}]),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}, NULL]}, ["x", 1, None]),
        ({"oneOf": [{"enum": [1, "x"]}, {"const": 2}]}, [1, "x", 2]),
        ({"oneOf": [{"type": "integer"}, CAT, DOG]}, [3, {"kind": "cat"}, {"kind": "dog"}]),
        ({"type": "object", "oneOf": [{"properties": CAT["properties"]}, DOG]}, [{"kind": "cat"}, {"kind": "dog"}]),
        ({"oneOf": [CAT, DOG], "anyOf": [{"required": ["lives"]}, DOG]}, [{"kind": "cat", "lives": 1}]),
    ],
)
def test_branches_that_differ_are_any_of(schema: dict[str, Any], values: list[Any]) -> None:
    before = copy.deepcopy(schema)
    separated = separate_choices(schema)
    assert "oneOf" not in separated
    assert schema == before
    for value in values:
        assert jsonschema_rs.is_valid(separated, value)
        assert jsonschema_rs.is_valid(schema, value)


def test_what_tells_branches_apart_is_required() -> None:
    assert not jsonschema_rs.is_valid(separate_choices({"oneOf": [CAT, DOG]}), {"lives": 9})


@pytest.mark.parametrize(
    "branches",
    [
        [{"type": "number"}, {"type": "integer"}],
        [CAT, make_object({"enum": ["cat", "lion"]})],
        [CAT, {"type": "object"}],
        [{"const": 1}, {"enum": [1.0, 2]}],
        [{}, NULL],
        [CAT, make_object({"const": "dog"}), make_object({"const": "cat"})],
        [True, False],
        [{"properties": CAT["properties"]}, {"properties": DOG["properties"]}],
        [CAT],
        "cats",
    ],
)
def test_branches_that_overlap_are_left_alone(branches: Any) -> None:
    assert separate_choices({"oneOf": branches}) == {"oneOf": branches}


def test_choices_are_found_at_every_depth() -> None:
    inner = {"oneOf": [{"type": "string"}, NULL]}
    expected = {"anyOf": [{"type": "string"}, NULL]}
    assert separate_choices({"items": {"properties": {"a": inner}}}) == {"items": {"properties": {"a": expected}}}


def test_references_in_a_circle_come_to_an_end() -> None:
    schema = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "oneOf": [{"$ref": "#/$defs/a"}, NULL]}
    assert separate_choices(schema) == schema
