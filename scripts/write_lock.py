"""Write the lock files in `locks/` anew: `make lock`, after a change of pyproject.toml or constraints.txt.

It asks the index for what is needed on every platform, and for the hash of every file. A version that stays keeps its
hashes unless the index has new files of it.
"""

import sys
from subprocess import CalledProcessError

from scripts.supply.lockfile import LOCKS, LockedPackage, format_lock, parse_lock
from scripts.supply.resolving import resolve_groups


def main() -> int:
    """Write a file for each group, and return 0, or 1 where there is no answer."""
    try:
        groups = resolve_groups(read_known())
    except CalledProcessError as error:
        print(f"the lock stays as it was: uv ended with status {error.returncode}", file=sys.stderr)
        return 1
    for group, packages in groups.items():
        (LOCKS / f"{group}.txt").write_text(format_lock(packages), encoding="utf-8")
        print(f"{group}: {len(packages)} packages, {sum(len(package.hashes) for package in packages)} hashes")
    return 0


def read_known() -> list[LockedPackage]:
    """Return the packages of the last lock, each once."""
    found = {
        package.name: package for path in sorted(LOCKS.glob("*.txt")) for package in parse_lock(path.read_text("utf-8"))
    }
    return list(found.values())


if __name__ == "__main__":
    sys.exit(main())
