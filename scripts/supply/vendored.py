"""The libraries that lie in `server/web/vendor`, as its list has them."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.supply.lockfile import ROOT

VENDOR = ROOT / "server" / "web" / "vendor"
LINE = re.compile(r"^(?P<name>\S+) (?P<version>\d\S*)  +(?P<licence>\S.*?)  +(?P<path>\S+/\S+)  ", re.MULTILINE)


@dataclass(frozen=True)
class VendoredLibrary:
    """A library of the pages by its name in npm, and the hash of its file."""

    name: str
    version: str
    licence: str
    sha256: str


def read_libraries(folder: Path = VENDOR) -> list[VendoredLibrary]:
    """Return the libraries that VERSIONS lists; raise OSError if a file is not there."""
    found = LINE.finditer((folder / "VERSIONS").read_text(encoding="utf-8"))
    return [_read_library(folder, match) for match in found]


def _read_library(folder: Path, match: re.Match[str]) -> VendoredLibrary:
    digest = hashlib.sha256((folder / match["path"]).read_bytes()).hexdigest()
    return VendoredLibrary(match["name"], match["version"], match["licence"].replace(" or ", " OR "), digest)
