"""What was downloaded, written beside it: the commit, and the size and hash of each file."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from model.checkpoint.hub import COMMIT, HubFile

RECORD = ".download.json"
SHA256_DIGITS = 64


@dataclass(frozen=True)
class Record:
    """A download that was completed."""

    repository: str
    commit: str
    files: tuple[HubFile, ...]


def read_record(folder: Path) -> Record | None:
    """Return the record of a folder; None where it has none that can be read."""
    try:
        raw = json.loads((folder / RECORD).read_bytes())
        files = tuple(HubFile(name, int(file["size"]), str(file["etag"])) for name, file in raw["files"].items())
        record = Record(str(raw["repository"]), str(raw["commit"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return record if COMMIT.fullmatch(record.commit) and files else None


def write_record(folder: Path, record: Record) -> None:
    """Write the record of a folder in one step. Raises `OSError`."""
    raw = {
        "repository": record.repository,
        "commit": record.commit,
        "files": {file.name: {"size": file.size, "etag": file.etag} for file in record.files},
    }
    unfinished = folder / f"{RECORD}.{os.getpid()}"
    unfinished.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / RECORD)


def is_intact(path: Path, file: HubFile, *, with_hash: bool = True) -> bool:
    """Whether a file on the disk has the size and the hash of the Hub's. A missing file has not."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return not with_hash or compute_hash(path, file) in (None, file.etag)


def compute_hash(path: Path, file: HubFile) -> str | None:
    """Return a file's hash of the kind that its etag is: sha256, or git's of a blob; None for other etags."""
    if not all(digit in "0123456789abcdef" for digit in file.etag):
        return None
    with path.open("rb") as stream:
        if len(file.etag) == SHA256_DIGITS:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        if COMMIT.fullmatch(file.etag):
            header = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
            return hashlib.file_digest(stream, header.copy).hexdigest()
    return None
