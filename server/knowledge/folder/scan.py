"""What lies in the followed folder at one moment. Nothing outside it is looked at, wherever links lead."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server.knowledge.folder.file_names import SETTINGS_FILE, is_left_out
from server.store.errors import CollectionNameRefused
from server.store.knowledge_names import check_collection_name

MAX_FILES = 50_000
"""How many files of a collection are looked at."""

SETTLE_S = 1.0
"""How long ago a file must have changed last: until then it may be written still."""

Identity = tuple[int, int]
"""What tells a folder from all others on the machine: its device and its number."""


@dataclass(frozen=True)
class Stamp:
    """What changes with every edit of a file."""

    identity: Identity
    num_bytes: int
    changed_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stamp":
        return cls((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns)

    def is_settled(self, before: "Stamp | None", now_s: float) -> bool:
        """Whether nobody seems to write the file. `before` is its stamp at the look before, `now_s` Unix time.

        The clock of a disk in the network may be ahead.
        """
        age_s = now_s - self.changed_ns / 1e9
        if 0 <= age_s < SETTLE_S:
            return False
        return before == self or (before is None and age_s >= 0)


@dataclass(frozen=True)
class FolderFile:
    path: Path
    stamp: Stamp


@dataclass(frozen=True)
class CollectionScan:
    """The files of a collection by their paths in its folder. If not `is_whole`, there may be more of them.

    `identity` is None where there is no folder.
    """

    identity: Identity | None = None
    files: Mapping[str, FolderFile] = field(default_factory=dict)
    settings_file: FolderFile | None = None
    is_whole: bool = True


@dataclass(frozen=True)
class FolderScan:
    """The collections by their names. `remarks` are sentences about what is left out."""

    identity: Identity
    collections: Mapping[str, CollectionScan]
    remarks: Sequence[str]


def scan_folder(folder: Path) -> FolderScan:
    """Look at all files. Raises `OSError` where the folder is not there any more."""
    return _Scanner(folder.resolve(strict=True)).scan()


class _Scanner:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.remarks: list[str] = []

    def scan(self) -> FolderScan:
        identity = _identify(self.root)
        collections: dict[str, CollectionScan] = {}
        for entry in self._list(self.root):
            found = _look(entry)
            if found is not None and not stat.S_ISDIR(found.st_mode):
                self.remarks.append(f"{entry.name!r} lies beside the collections, and is left out")
            elif found is not None and (name := self._check_name(entry.name)) is not None:
                collections.setdefault(name, self._scan_collection(Path(entry.path), name))
        if _identify(self.root) != identity:
            raise FileNotFoundError(f"{self.root} was replaced while it was looked at")
        return FolderScan(identity, collections, tuple(self.remarks))

    def _check_name(self, name: str) -> str | None:
        try:
            return check_collection_name(name)
        except CollectionNameRefused as error:
            self.remarks.append(f"the folder {name!r} is left out: {error}")
            return None

    def _scan_collection(self, place: Path, name: str) -> CollectionScan:
        try:
            identity = _identify(place)
            found = dict(self._walk(place))
        except OSError as error:
            self.remarks.append(f"the collection {name} cannot be looked at: {error.strerror}")
            return CollectionScan(is_whole=False)
        is_whole = len(found) <= MAX_FILES
        if not is_whole:
            self.remarks.append(f"the collection {name} has more than {MAX_FILES:,} files; the others are left out")
            found = dict(list(found.items())[:MAX_FILES])
        settings_file = found.pop(SETTINGS_FILE, None)
        return CollectionScan(identity, found, settings_file, is_whole)

    def _walk(self, place: Path) -> Iterator[tuple[str, FolderFile]]:
        """Yield the files beneath a folder. Each folder is walked through once, whatever links lead to it."""
        waiting, known, count = [place], {_identify(place)}, 0
        while waiting and count <= MAX_FILES:
            for entry in self._list(waiting.pop()):
                found = _look(entry)
                if found is None:
                    continue
                identity = (found.st_dev, found.st_ino)
                if stat.S_ISDIR(found.st_mode) and identity not in known:
                    known.add(identity)
                    waiting.append(Path(entry.path))
                elif stat.S_ISREG(found.st_mode):
                    count += 1
                    path = Path(entry.path)
                    yield path.relative_to(place).as_posix(), FolderFile(path, Stamp.of(found))

    def _list(self, place: Path) -> Iterator[os.DirEntry[str]]:
        """Yield what counts in a folder, by name."""
        with os.scandir(place) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            if is_left_out(entry.name):
                continue
            if not _is_text(entry.name):
                self.remarks.append(f"{entry.name!r} is left out: its name is not UTF-8")
            elif entry.is_symlink() and not self._is_inside(entry.path):
                self.remarks.append(f"{entry.path} is left out: it is a link that leads out of the folder")
            else:
                yield entry

    def _is_inside(self, path: str) -> bool:
        try:
            return Path(path).resolve(strict=True).is_relative_to(self.root)
        except (OSError, RuntimeError):  # leads nowhere, or to itself
            return False


def _look(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return Path(entry.path).stat()  # not that of the entry, which may be older
    except OSError:  # deleted since it was listed
        return None


def _identify(place: Path) -> Identity:
    found = place.stat()
    return found.st_dev, found.st_ino


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
