"""`python -m model.checkpoint.download`: fetch a checkpoint without serving it, and check every byte of it."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from model.checkpoint.download_record import Record, is_intact, read_record
from model.checkpoint.fetch import (
    Download,
    check_revision,
    count_bytes,
    describe_lack,
    fetch,
    list_revisions,
)
from model.checkpoint.hub import Hub, HubFile
from model.checkpoint.hub_errors import GOES_ON, is_network_failure
from model.checkpoint.needed_files import choose_names, find_missing
from model.checkpoint.snapshot import open_snapshot, read_commit
from model.checkpoint.source import HUB_EXAMPLE
from model.errors import LoadError

logger = logging.getLogger("model.checkpoint")


def download(hub: Hub, repository: str, revision: str | None, folder: Path | None) -> Download:
    """Fetch a checkpoint and check its sizes and hashes against the Hub's list; fetch damaged files again.

    Without the Hub, what is here is checked against what was recorded when it was downloaded. Raises `LoadError`.
    """
    if hub.is_offline:
        return check_copy(hub, repository, revision, folder)
    try:
        return fetch(hub, repository, revision, folder, with_hashes=True)
    except LoadError as error:
        if error.__cause__ is None or not is_network_failure(error.__cause__):
            raise
        try:
            checked = check_copy(hub, repository, revision, folder)
        except LoadError:
            raise error from None
        logger.warning("%s", error)
        return checked


def check_copy(hub: Hub, repository: str, revision: str | None, folder: Path | None) -> Download:
    """Check a copy on this machine against its record, without the Hub. Raises `LoadError`."""
    check_revision(repository, revision)
    place = folder or _find_cached(hub, repository, revision)
    if place is None or not place.is_dir():
        lack = f"{folder} does not exist" if folder else describe_lack(hub, repository, revision)
        raise LoadError(f"{lack}: the Hub is needed to fetch it")
    return check_folder(place, repository)


def check_folder(folder: Path, repository: str = "") -> Download:
    """Check a downloaded folder against what was recorded at its download. Raises `LoadError`."""
    missing = find_missing(folder)
    if missing:
        raise LoadError(f"{folder} is incomplete or damaged: {', '.join(missing[:3])}: make download mends it")
    record = read_record(folder) or _guess_record(folder, repository)
    if repository and record.repository != repository:
        raise LoadError(f"{folder} holds {record.repository}, not {repository}")
    damaged = [file.name for file in record.files if not is_intact(folder / file.name, file)]
    if damaged:
        raise LoadError(f"{folder} is damaged: {', '.join(damaged[:3])} has another hash: make download mends it")
    return Download(folder, record)


def _find_cached(hub: Hub, repository: str, revision: str | None) -> Path | None:
    for name in list_revisions(repository, revision):
        commit = read_commit(hub, repository, name)
        if commit and open_snapshot(hub, repository, commit).folder.is_dir():
            return open_snapshot(hub, repository, commit).folder
    return None


def _guess_record(folder: Path, repository: str) -> Record:
    """Return what is known of a folder that another program fetched: in the cache, a file's name is its hash."""
    names = choose_names(file.name for file in folder.iterdir())
    files = [HubFile(name, (folder / name).stat().st_size, (folder / name).resolve().name) for name in names]
    if not all((folder / file.name).is_symlink() for file in files):
        logger.warning("%s has no record of its download: all files are there, their bytes cannot be checked", folder)
    return Record(repository, folder.name, tuple(files))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 for a checkpoint that is complete and right, else 1."""
    parser = argparse.ArgumentParser(prog="python -m model.checkpoint.download", description=__doc__.partition(": ")[2])
    parser.add_argument("model", nargs="?", default=HUB_EXAMPLE, help="a Hub id, or a downloaded folder to check")
    parser.add_argument("--revision", help="a branch, tag or commit")
    parser.add_argument("--folder", type=Path, help="a plain folder for the files, instead of huggingface_hub's cache")
    asked = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logger.setLevel(logging.INFO)
    try:
        done = _run(asked)
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"interrupted: {GOES_ON}", file=sys.stderr)
        return 1
    _print(done)
    return 0


def _run(asked: argparse.Namespace) -> Download:
    if Path(asked.model).is_dir():
        return check_folder(Path(asked.model))
    return download(Hub.from_environment(), asked.model, asked.revision or None, asked.folder)


def _print(done: Download) -> None:
    files = done.record.files
    print(f"folder  {done.folder}\ncommit  {done.record.commit}\nfiles   {len(files)}\nbytes   {count_bytes(files):,}")


if __name__ == "__main__":
    sys.exit(main())
