"""The schemas within a schema are found with their paths, and what is ignored is listed."""

import subprocess
import sys
from typing import Any

import pytest

from model.schemas import MAX_IGNORED, change_subschemas, find_ignored_keywords, list_schemas, resolve_reference
from tests.helpers.paths import ROOT

TREE: dict[str, Any] = {
    "$id": "https://shop.example/tree",
    "$defs": {"a/b": {"type": "null"}, "leaf": {"type": "string"}},
    "properties": {"items": {"items": {"$ref": "#/$defs/leaf"}}, "enum": {"enum": [{"properties": {}}]}},
    "anyOf": [{"required": ["items"]}, True],
}


def test_schemas_are_listed_with_their_paths() -> None:
    assert [path for path, _ in list_schemas(TREE)] == [
        "",
        "$defs.a/b",
        "$defs.leaf",
        "properties.items",
        "properties.items.items",
        "properties.enum",
        "anyOf[0]",
    ]
    assert "$defs.leaf" not in dict(list_schemas(TREE, skipped={"$defs"}))
    assert list(list_schemas(True)) == list(list_schemas(3)) == []


def test_only_schemas_are_changed() -> None:
    changed = change_subschemas({"properties": {"a": 1}, "items": 2, "anyOf": [3], "enum": [4], "required": 5}, str)
    assert changed == {"properties": {"a": "1"}, "items": "2", "anyOf": ["3"], "enum": [4], "required": 5}


def test_references_lead_to_places_within_the_schema() -> None:
    assert resolve_reference(TREE, "#") is resolve_reference(TREE, TREE["$id"]) is TREE
    for reference in ("#/$defs/a~1b", "#/%24defs/a~1b", "https://shop.example/tree#/$defs/a~1b"):
        assert resolve_reference(TREE, reference) == {"type": "null"}
    assert resolve_reference(TREE, "#/anyOf/1") is True
    nowhere: list[Any] = ["#/anyOf/2", "#/anyOf/x", "#/$defs/none", "#/$id/x", "https://other.example", "#name", 3]
    assert [resolve_reference(TREE, reference) for reference in nowhere] == [None] * 7


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "title": "t", "properties": {"format": {"type": "string", "format": "date"}}}, []),
        ({"format": "colour", "x-order": 1}, ["format", "x-order"]),
        ({"properties": {"a": {"items": {"contentEncoding": "base64"}}}}, ["properties.a.items.contentEncoding"]),
        ({"oneOf": [{"nullable": True}, True]}, ["oneOf[0].nullable"]),
        ({"enum": [{"other": 1}], "const": {"other": 1}, "default": {"other": 1}}, []),
        ({"format": ["date"]}, ["format"]),
    ],
)
def test_ignored_keywords_are_listed_by_path(schema: dict[str, Any], expected: list[str]) -> None:
    assert find_ignored_keywords(schema) == expected


def test_the_list_of_ignored_keywords_is_bounded() -> None:
    assert len(find_ignored_keywords({f"x-{i}": i for i in range(1000)})) == MAX_IGNORED


def test_schemas_are_read_without_torch() -> None:
    code = "import sys, model.schemas; print({'torch', 'transformers', 'llguidance'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"
