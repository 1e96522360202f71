"""The bill of materials beside the locks is that of this version, with a licence for what is in it."""

import json
import re
import tomllib
from importlib import metadata
from typing import Any

import pytest

from scripts.supply.lockfile import LOCKS, read_lock
from scripts.write_sbom import BILL, OPTIONAL, REQUIRED, write_bill
from tests.helpers.paths import ROOT

STATES_NO_LICENCE = {"cuda-toolkit"}
COPYLEFT = re.compile(r"(?<!L)\bA?GPL|(?<!Lesser )General Public|Affero")
"""Licences that ask for the source of the whole; of the lesser ones, LGPL is in the base installation: psycopg."""


@pytest.fixture(scope="module")
def licences() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((LOCKS / "licences.toml").read_text(encoding="utf-8"))
    return found


def list_stated(name: str) -> list[str]:
    """Return all that an installed package's metadata says about its licence, but for the licence's text."""
    told = metadata.metadata(name)
    fields: list[str] = [*told.get_all("License-Expression", []), *told.get_all("License", [])]
    classifiers = [item for item in told.get_all("Classifier", []) if item.startswith("License")]
    return [item.partition("\n")[0] for item in (*fields, *classifiers)]


def is_installed(name: str) -> bool:
    try:
        metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_it_is_that_of_the_locks_and_the_version() -> None:
    assert BILL.read_text(encoding="utf-8") == write_bill(), "make sbom"


def test_it_has_every_package_of_the_release() -> None:
    bill: dict[str, Any] = json.loads(BILL.read_text(encoding="utf-8"))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert bill["metadata"]["component"]["version"] == version
    locked = {package.name for group in (*REQUIRED, *OPTIONAL) for package in read_lock(group)}
    assert {item["name"] for item in bill["components"] if item["purl"].startswith("pkg:pypi/")} == locked
    assert {"marked", "dompurify"} <= {item["name"] for item in bill["components"]}


def test_every_package_has_a_licence(licences: dict[str, str]) -> None:
    locked = {package.name for group in (*REQUIRED, *OPTIONAL) for package in read_lock(group)}
    assert locked - licences.keys() == STATES_NO_LICENCE
    assert licences.keys() <= locked


def test_licences_are_those_that_the_packages_state(licences: dict[str, str]) -> None:
    installed = [name for name in licences if is_installed(name)]
    assert len(installed) > 60
    for name in installed:
        assert metadata.metadata(name).get_all("License-Expression", [licences[name]]) == [licences[name]]


def test_no_package_of_the_base_installation_is_under_the_gpl(licences: dict[str, str]) -> None:
    names = [package.name for group in REQUIRED for package in read_lock(group)]
    assert [name for name in names if COPYLEFT.search(licences[name])] == []
    stated = {name: list_stated(name) for name in names if is_installed(name)}
    assert all(stated.values())
    assert {name for name, texts in stated.items() if any(map(COPYLEFT.search, texts))} == set()
    assert {name for name in names if "LGPL" in licences[name]} == {"pi-heif", "psycopg", "psycopg-binary"}


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("GNU Affero General Public License", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT", False),
    ],
)
def test_licences_that_ask_for_the_source_of_the_whole_are_known(text: str, is_found: bool) -> None:
    assert bool(COPYLEFT.search(text)) == is_found
