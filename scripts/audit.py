"""Look the locked packages up in advisories kept offline: `make audit ADVISORIES=FOLDER`.

FOLDER, or a zip file, is a copy of https://github.com/pypa/advisory-database or of osv.dev's dump of PyPI. The exit
status is 0 if no advisory concerns a locked version, 1 if one does, and 2 if nothing was checked.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.supply.advisories import Finding, find_concerned, is_of_pypi, read_advisories
from scripts.supply.lockfile import LOCKS, LockedPackage, parse_lock

NOT_CHECKED = 2
NO_DATABASE = """Nothing was checked: no advisory database was named.
  make audit ADVISORIES=FOLDER    a copy of https://github.com/pypa/advisory-database, or of osv.dev's dump of PyPI
With a network, pip-audit asks PyPI: pip-audit --disable-pip --require-hashes -r locks/torch.txt -r locks/base.txt"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what concerns the locks, and how much was looked at; return the exit status."""
    parser = argparse.ArgumentParser(prog="python scripts/audit.py", description=__doc__)
    parser.add_argument("advisories", type=Path, nargs="?", help="a folder or a zip file")
    place: Path | None = parser.parse_args(arguments).advisories
    if place is None:
        print(NO_DATABASE)
        return NOT_CHECKED
    try:
        return report(place, read_packages())
    except (OSError, ValueError) as error:
        print(f"Nothing was checked: {error}")
        return NOT_CHECKED


def read_packages(folder: Path = LOCKS) -> list[LockedPackage]:
    """Return the packages of all locks, each version once."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt")))
    found = {(package.name, package.version): package for text in texts for package in parse_lock(text)}
    return list(found.values())


def report(place: Path, packages: Sequence[LockedPackage]) -> int:
    """Print the findings of all advisories in a place and return the exit status."""
    findings: list[Finding] = []
    num_advisories, newest = 0, ""
    for advisory in read_advisories(place):
        if is_of_pypi(advisory):
            num_advisories += 1
            newest = max(newest, str(advisory.get("modified", "")))
            findings += find_concerned(advisory, packages)
    if not num_advisories:
        print(f"Nothing was checked: there are no advisories of PyPI in {place}")
        return NOT_CHECKED
    for finding in findings:
        print(finding)
    age = f", the newest of {newest[:10]}" if newest else ""
    print(f"{len(packages)} packages, {num_advisories} advisories{age}: {len(findings) or 'no'} findings")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
