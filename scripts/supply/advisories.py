"""Advisories in the OSV format (https://ossf.github.io/osv-schema/), and which locked packages they concern.

The PyPA's advisory database has them as YAML, osv.dev's dump as JSON; either may be a folder or a zip file.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

from scripts.supply.lockfile import LockedPackage, normalize

SUFFIXES = (".json", ".yaml", ".yml")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Finding:
    """An advisory that concerns a locked package, and the versions that mend it, where it names any."""

    package: LockedPackage
    advisory: str
    summary: str
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        mended = f"; mended in {', '.join(self.fixed)}" if self.fixed else ""
        return f"{self.package.name} {self.package.version}: {self.advisory}: {self.summary}{mended}"


def read_advisories(place: Path) -> Iterator[Mapping[str, Any]]:
    """Yield each advisory of a folder or a zip file. Raise OSError or ValueError for what cannot be read."""
    for name, data in _read_files(place):
        try:
            loaded = json.loads(data) if name.endswith(".json") else yaml.load(data, LOADER)
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{name} cannot be read: {error}") from error
        if isinstance(loaded, dict) and "id" in loaded and "affected" in loaded:
            yield loaded


def _read_files(place: Path) -> Iterator[tuple[str, bytes]]:
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield str(path), path.read_bytes()
        return
    try:
        with zipfile.ZipFile(place) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(SUFFIXES):
                    yield name, archive.read(name)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{place} is neither a folder nor a zip file") from error


def is_of_pypi(advisory: Mapping[str, Any]) -> bool:
    """Return whether an advisory speaks of packages of PyPI at all."""
    return any(_is_pypi_entry(entry) for entry in advisory["affected"])


def find_concerned(advisory: Mapping[str, Any], packages: Iterable[LockedPackage]) -> list[Finding]:
    """Return a finding for each package that the advisory concerns; a withdrawn one concerns none."""
    if advisory.get("withdrawn"):
        return []
    entries = [entry for entry in advisory["affected"] if _is_pypi_entry(entry)]
    found = []
    for package in packages:
        hits = [entry for entry in entries if _concerns(entry, package)]
        if hits:
            found.append(Finding(package, _name(advisory), _summarize(advisory), _list_fixed(hits)))
    return found


def is_affected(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Return whether a version lies in a range of events, evaluated as the OSV schema says."""
    wanted, affected = Version(version), False
    for mark, kind in sorted((_mark(event), next(iter(event))) for event in events):
        if kind == "introduced" and wanted >= mark:
            affected = True
        elif (kind == "fixed" and wanted >= mark) or (kind == "last_affected" and wanted > mark):
            affected = False
    return affected


def _mark(event: Mapping[str, str]) -> Version:
    (text,) = event.values()
    return Version("0.dev0") if text == "0" else Version(text)


def _is_pypi_entry(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("package", {}).get("ecosystem") == "PyPI")


def _concerns(entry: Mapping[str, Any], package: LockedPackage) -> bool:
    if normalize(entry["package"]["name"]) != package.name:
        return False
    if any(_is_same(package.version, version) for version in entry.get("versions") or ()):
        return True
    ranges = [item["events"] for item in entry.get("ranges") or () if item.get("type") == "ECOSYSTEM"]
    return any(_is_affected_or_unknown(package.version, events) for events in ranges)


def _is_same(left: str, right: str) -> bool:
    try:
        return Version(left) == Version(right)
    except InvalidVersion:
        return left == right


def _is_affected_or_unknown(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Return True as well for a range that cannot be read: a person must look at it."""
    try:
        return is_affected(version, events)
    except InvalidVersion:
        return True


def _name(advisory: Mapping[str, Any]) -> str:
    names = [str(advisory["id"]), *(str(alias) for alias in advisory.get("aliases") or ())]
    return names[0] if len(names) == 1 else f"{names[0]} ({', '.join(names[1:])})"


def _summarize(advisory: Mapping[str, Any]) -> str:
    text = str(advisory.get("summary") or advisory.get("details") or "no summary").strip()
    return text.splitlines()[0][:160]


def _list_fixed(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    events = (event for entry in entries for item in entry.get("ranges") or () for event in item["events"])
    return tuple(dict.fromkeys(str(event["fixed"]) for event in events if "fixed" in event))
