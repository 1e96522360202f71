"""The lock files in `locks/`: each package's exact version and the sha256 hashes of its published files.

They are requirements files of pip's hash-checking mode, written by `make lock`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "locks"

HEADER = "# Written by `make lock` from pyproject.toml and constraints.txt: change those, not this file.\n"
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: *; *([^\\\n]+?))?(?: *\\)?$")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class LockedPackage:
    """A package in one version, where its marker holds, and the hashes of the files that may be it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.version, self.marker


def normalize(name: str) -> str:
    """Return a package's name as the index has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(group: str, folder: Path = LOCKS) -> list[LockedPackage]:
    """Return the packages of the lock file of a group."""
    return parse_lock((folder / f"{group}.txt").read_text(encoding="utf-8"))


def parse_lock(text: str) -> list[LockedPackage]:
    """Return the packages of a requirements file with hashes, in its order."""
    packages: list[LockedPackage] = []
    for line in text.splitlines():
        if match := REQUIREMENT.match(line):
            name, version, marker = match.groups()
            packages.append(LockedPackage(normalize(name), version, marker or "", ()))
        elif match := HASH.search(line):
            last = packages.pop()
            packages.append(LockedPackage(*last.key, (*last.hashes, match[1])))
    return packages


def format_lock(packages: Iterable[LockedPackage]) -> str:
    """Return the text of a lock file."""
    return HEADER + "".join(_format_package(package) for package in sorted(packages, key=lambda item: item.key))


def _format_package(package: LockedPackage) -> str:
    marker = f" ; {package.marker}" if package.marker else ""
    hashes = "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(package.hashes))
    return f"{package.name}=={package.version}{marker}{hashes}\n"


def read_constraints(text: str) -> Mapping[str, str]:
    """Return the version of each package by the text of `constraints.txt`."""
    pins = (line.partition("==") for line in text.splitlines() if not line.startswith("#"))
    return {normalize(name): version for name, _, version in pins if version}
