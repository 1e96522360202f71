"""Where a checkpoint of the Hub lies on the disk: in huggingface_hub's cache, or in a plain folder.

The cache is laid out as huggingface_hub lays it out, which other programs share: `blobs/ETAG` holds a file,
`snapshots/COMMIT/NAME` links to it, and `refs/REVISION` holds the commit of a branch or tag.
https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout
from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

from model.checkpoint.download_record import is_intact
from model.checkpoint.hub import COMMIT, Hub, HubFile
from model.checkpoint.needed_files import find_missing

PARTIAL = "incomplete"


@dataclass(frozen=True)
class Snapshot:
    """The folder of one commit. `blobs` is where its files lie in the cache, None for a plain folder."""

    folder: Path
    blobs: Path | None = None

    def partial_path(self, file: HubFile) -> Path:
        """Return where a file grows. The name has its hash, so bytes of another version are never continued."""
        if self.blobs is None:
            return self.folder / ".download" / f"{file.name}.{file.etag}.{PARTIAL}"
        return self.blobs / f"{file.etag}.{PARTIAL}"

    def whole_path(self, file: HubFile) -> Path:
        return self.folder / file.name if self.blobs is None else self.blobs / file.etag

    def has(self, file: HubFile, *, with_hash: bool) -> bool:
        """Whether a file is here, or in the cache for another commit, as the Hub has it."""
        paths = {self.folder / file.name, self.whole_path(file)}
        return any(is_intact(path, file, with_hash=with_hash) for path in paths)

    def link(self, file: HubFile) -> None:
        """Make a file of the cache appear in the folder. Where links are not possible the file itself moves there."""
        blob, name = self.whole_path(file), self.folder / file.name
        if self.blobs is None or not blob.exists() or (name.exists() and name.samefile(blob)):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        name.unlink(missing_ok=True)
        try:
            name.symlink_to(os.path.relpath(blob, self.folder))
        except OSError:
            blob.replace(name)

    def remove_partials(self) -> None:
        """Remove what a plain folder has of unfinished files, once it is complete."""
        if self.blobs is None:
            shutil.rmtree(self.folder / ".download", ignore_errors=True)

    @contextmanager
    def lock(self, timeout_s: float | None = None) -> Iterator[None]:
        """Keep other processes from fetching into the same place. Raises `TimeoutError` if one does for so long."""
        folder = self.blobs.parent if self.blobs is not None else self.folder / ".download"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with WeakFileLock(folder / "download.lock", timeout=timeout_s):
                yield
        except Timeout as error:
            raise TimeoutError from error


def repository_folder(hub: Hub, repository: str) -> Path:
    return hub.cache / f"models--{repository.replace('/', '--')}"


def open_snapshot(hub: Hub, repository: str, commit: str) -> Snapshot:
    """Return the place of a commit in the cache, which may not be there yet."""
    folder = repository_folder(hub, repository)
    return Snapshot(folder / "snapshots" / commit, folder / "blobs")


def read_commit(hub: Hub, repository: str, revision: str) -> str | None:
    """Return the commit that a revision stood for when it was last fetched; None if it never was."""
    if COMMIT.fullmatch(revision):
        return revision
    try:
        commit = _ref_path(hub, repository, revision).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return commit if COMMIT.fullmatch(commit) else None


def write_commit(hub: Hub, repository: str, revision: str, commit: str) -> None:
    """Record the commit that a branch or tag stands for. Raises `OSError`."""
    if revision == commit:
        return
    path = _ref_path(hub, repository, revision)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(commit, encoding="utf-8")
    unfinished.replace(path)


def find_complete_commits(hub: Hub, repository: str) -> list[str]:
    """Return the commits of which the cache has every file."""
    folders = (repository_folder(hub, repository) / "snapshots").glob("*")
    return sorted(folder.name for folder in folders if COMMIT.fullmatch(folder.name) and not find_missing(folder))


def _ref_path(hub: Hub, repository: str, revision: str) -> Path:
    return repository_folder(hub, repository) / "refs" / revision
