"""The bill says what it is given, fits CycloneDX's own schema, and is the same each time."""

import json
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest

from scripts.supply.cyclonedx import build_bill, format_bill
from scripts.supply.lockfile import LockedPackage
from scripts.supply.vendored import VendoredLibrary
from scripts.write_sbom import write_bill

PROJECT = {"name": "project", "version": "1.0", "description": "It does.", "license": "Apache-2.0"}
ONE = LockedPackage("one", "1.0", "", ("b" * 64, "a" * 64))
TWO = LockedPackage("two", "2.0+cpu", "sys_platform == 'linux'", ("c" * 64,))
LIBRARY = VendoredLibrary("marked", "18", "MIT OR ISC", "d" * 64)
SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"


def load(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return schema


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft7Validator:
    names = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    registry = jsonschema_rs.Registry([(f"http://cyclonedx.org/schema/{name}", load(name)) for name in names])
    return jsonschema_rs.Draft7Validator(load("bom-1.6.SNAPSHOT.schema.json"), registry=registry)


def build(*required: LockedPackage) -> dict[str, Any]:
    return build_bill(PROJECT, required, [TWO], [LIBRARY], {"one": "MIT"})


def test_packages_have_versions_hashes_and_licences() -> None:
    one, two, marked = build(ONE)["components"]
    assert (one["name"], one["version"], one["scope"], one["purl"]) == ("one", "1.0", "required", "pkg:pypi/one@1.0")
    assert one["licenses"] == [{"expression": "MIT"}]
    assert [item["content"] for item in one["externalReferences"][0]["hashes"]] == ["a" * 64, "b" * 64]
    assert (two["scope"], "licenses" in two) == ("optional", False), "what is not known is not said"
    assert (marked["purl"], marked["hashes"][0]["content"]) == ("pkg:npm/marked@18", "d" * 64)


def test_what_is_required_too_is_not_optional() -> None:
    assert [item["scope"] for item in build(ONE, TWO)["components"]] == ["required"] * 3


def test_the_project_depends_on_every_component() -> None:
    bill = build(ONE)
    (dependency,) = bill["dependencies"]
    assert dependency["ref"] == bill["metadata"]["component"]["bom-ref"] == "pkg:pypi/project@1.0"
    assert dependency["dependsOn"] == [item["bom-ref"] for item in bill["components"]]


def test_the_same_contents_have_the_same_bill_and_others_another_number() -> None:
    assert format_bill(build(ONE)) == format_bill(build(ONE))
    assert build(ONE)["serialNumber"] != build()["serialNumber"]


def test_each_component_has_a_line() -> None:
    text = format_bill(build(ONE))
    assert json.loads(text) == build(ONE)
    assert len([line for line in text.splitlines() if '"bom-ref"' in line and line.startswith(" ")]) == 3


def test_it_fits_the_schema(validator: jsonschema_rs.Draft7Validator) -> None:
    validator.validate(json.loads(write_bill()))
    validator.validate(build(ONE))
    with pytest.raises(jsonschema_rs.ValidationError):
        validator.validate(build(ONE) | {"serialNumber": "1"})
    with pytest.raises(jsonschema_rs.ValidationError):
        validator.validate(build(LockedPackage("one", "1", "", ("not a hash",))))
