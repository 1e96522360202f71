"""Tests of `model/schema_references.py`."""

import re
from typing import Any

import pytest

from model.constraint import Constraint
from model.errors import SchemaError
from model.schema_references import write_references

NAMES = ("商品", "Box[int]", "a b", "a%b", 'a"b', "a#b", "a?b", "a^b", "a|b", "é", "😀", "List<Item>", "a\\b", "1")
IDS = ("My Schema", "商品", "http://[", "#root", "::::", "urn:x", "", "product.schema.json", "http://x/y", 5)
DRAFTS = ("http://json-schema.org/schema#", "https://spec.openapis.org/oas/3.1/dialect/base", "foo", "", 1, None)


def test_definitions_may_have_any_name() -> None:
    for name in NAMES:
        reference = "#/$defs/" + name
        schema = {"$defs": {name: {"type": "boolean"}}, "properties": {"a": {"$ref": reference}}, "required": ["a"]}
        Constraint(schema).check()
        assert schema["properties"] == {"a": {"$ref": reference}}, "the schema itself stays as it is"


def test_a_schema_may_call_itself_anything() -> None:
    definitions: dict[str, Any] = {"$defs": {"A": {"type": "boolean"}}, "properties": {"a": {"$ref": "#/$defs/A"}}}
    for name in IDS:
        Constraint({"$id": name, **definitions}).check()
        Constraint({"properties": {"a": {"$id": name, "type": "boolean"}}}).check()
    for draft in DRAFTS:
        Constraint({"$schema": draft, **definitions}).check()


def test_references_lead_from_the_root() -> None:
    own = "https://example.com/product"
    for reference, written in (
        (own, "#"),
        ("#", "#"),
        ("", "#"),
        (own + "#/$defs/a b", "#/$defs/a%20b"),
        ("#/$defs/a%20b", "#/$defs/a%20b"),
        ("#/$defs/a~1b", "#/$defs/a~1b"),
        ("#name", "#name"),
        ("other.json#/a b", "other.json#/a b"),
    ):
        assert write_references({"$id": own, "$ref": reference}) == {"$ref": written}


def test_properties_may_be_called_like_keywords() -> None:
    schema = {"properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}, "$schema": {"type": "null"}}}
    assert write_references(schema) == schema


def test_what_draft_7_names_is_found() -> None:
    parts = {"definitions": {"a": {"$id": "#a", "type": "boolean"}}, "properties": {"a": {"$ref": "#a"}}}
    Constraint({"$schema": "http://json-schema.org/draft-07/schema#", **parts}).check()


def test_a_reference_to_nothing_is_told_as_it_was_sent() -> None:
    for reference in ("#/$defs/商品", "other.json", "https://example.com/a b"):
        with pytest.raises(SchemaError, match=re.escape(f"leads to nothing within the schema: {reference}")):
            Constraint({"$ref": reference}).check()
