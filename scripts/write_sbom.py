"""Write the software bill of materials, `locks/sbom.cdx.json`: `make sbom`, after a change of the locks or the version.

The wheel holds it as `.dist-info/sboms/sbom.cdx.json` (PEP 770).
"""

import tomllib

from scripts.supply.cyclonedx import build_bill, format_bill
from scripts.supply.lockfile import LOCKS, ROOT, read_lock
from scripts.supply.vendored import read_libraries

BILL = LOCKS / "sbom.cdx.json"
REQUIRED = ("torch", "base")
OPTIONAL = ("cuda", "gpu", "cluster", "embeddings", "video")
"""CUDA's libraries come with the torch of PyPI and not with that for the CPU; the others are extras."""


def main() -> None:
    BILL.write_text(write_bill(), encoding="utf-8")


def write_bill() -> str:
    """Return the bill of this version as text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    licences = tomllib.loads((LOCKS / "licences.toml").read_text(encoding="utf-8"))
    required, optional = ([item for group in groups for item in read_lock(group)] for groups in (REQUIRED, OPTIONAL))
    return format_bill(build_bill(project, required, optional, read_libraries(), licences))


if __name__ == "__main__":
    main()
