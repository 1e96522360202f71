"""The software bill of materials of a release in CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/.

It follows from the locks alone, so the same release has the same bill, byte for byte: no time, no random number.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.supply.lockfile import LockedPackage
from scripts.supply.vendored import VendoredLibrary

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/minicpm-v-server")


def build_bill(
    project: Mapping[str, Any],
    required: Iterable[LockedPackage],
    optional: Iterable[LockedPackage],
    vendored: Iterable[VendoredLibrary],
    licences: Mapping[str, str],
) -> dict[str, Any]:
    """Return the bill of the project: what each installation has, what some have, and what the pages bring along."""
    packages = {package.name: describe_package(package, "optional", licences) for package in optional}
    packages |= {package.name: describe_package(package, "required", licences) for package in required}
    components = [*(packages[name] for name in sorted(packages)), *map(describe_library, vendored)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, json.dumps([project['version'], components]))}",
        "version": 1,
        "metadata": {"component": describe_project(project)},
        "components": components,
        "dependencies": [{"ref": project_reference(project), "dependsOn": [item["bom-ref"] for item in components]}],
    }


def format_bill(bill: Mapping[str, Any]) -> str:
    """Return the bill as JSON with a line for each component, so that two releases are easy to compare."""
    lines = [f"{json.dumps(key)}: {_format_value(value)}" for key, value in bill.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _format_value(value: Any) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(f" {json.dumps(item)}" for item in value) + "\n]"


def project_reference(project: Mapping[str, Any]) -> str:
    return f"pkg:pypi/{project['name']}@{project['version']}"


def describe_project(project: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": project_reference(project),
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "licenses": [{"expression": project["license"]}],
        "purl": project_reference(project),
    }


def describe_package(package: LockedPackage, scope: str, licences: Mapping[str, str]) -> dict[str, Any]:
    """Return the component of a package with the hashes of all its files, for any of them may be installed."""
    purl = f"pkg:pypi/{package.name}@{package.version}"
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{package.name}/{package.version}/#files",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(package.hashes)],
    }
    licence = {"licenses": [{"expression": licences[package.name]}]} if package.name in licences else {}
    named = {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "scope": scope}
    return named | licence | {"purl": purl, "externalReferences": [files]}


def describe_library(library: VendoredLibrary) -> dict[str, Any]:
    """Return the component of a library whose file the wheel itself holds."""
    purl = f"pkg:npm/{library.name}@{library.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": library.name,
        "version": library.version,
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": library.sha256}],
        "licenses": [{"expression": library.licence}],
        "purl": purl,
    }
