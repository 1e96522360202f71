"""Getting a checkpoint of the Hub: what the cache has at once, and only what it lacks over the network."""

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

from model.checkpoint.download_record import Record, read_record, write_record
from model.checkpoint.hub import HUB_ID, Hub, HubFile, Listing, list_files
from model.checkpoint.hub_errors import ELSEWHERE, Asked, describe_failure, is_network_failure
from model.checkpoint.needed_files import choose_names, find_missing, find_missing_shards, is_weights
from model.checkpoint.progress import Progress, format_bytes
from model.checkpoint.snapshot import (
    Snapshot,
    find_complete_commits,
    open_snapshot,
    read_commit,
    repository_folder,
    write_commit,
)
from model.checkpoint.transfer import Job, count_kept, fetch_files
from model.errors import LoadError

BRANCH = "main"
PINNED_COMMITS = {"openbmb/MiniCPM-V-2_6": "6c04d9e3022bcff6e6738dfb1fc19a5cfd2a855f"}
"""The commits that are taken where no revision is asked for. A Hub that has another history gives its main branch."""

logger = logging.getLogger("model.checkpoint")


@dataclass(frozen=True)
class Download:
    """A checkpoint that lies whole in `folder`."""

    folder: Path
    record: Record


def find_or_fetch(hub: Hub, repository: str, revision: str | None) -> Path:
    """Return the folder of a complete copy: the cached one without asking the Hub, else a fetched one.

    Raises `LoadError`.
    """
    check_revision(repository, revision)
    for name in list_revisions(repository, revision):
        commit = read_commit(hub, repository, name)
        folder = open_snapshot(hub, repository, commit).folder if commit else None
        if commit and folder and folder.is_dir() and not find_missing(folder):
            logger.info("using the cached copy of %s at commit %s in %s", repository, commit, folder)
            return folder
    if hub.is_offline:
        raise LoadError(f"HF_HUB_OFFLINE is set, and {describe_lack(hub, repository, revision)}: {ELSEWHERE}")
    return fetch(hub, repository, revision).folder


def fetch(
    hub: Hub, repository: str, revision: str | None, folder: Path | None = None, *, with_hashes: bool = False
) -> Download:
    """Fetch what is missing of a checkpoint into the cache, or into `folder`.

    A branch or tag is looked up once, and every file is of that commit. Files that are here already count by their
    size, or with `with_hashes` by their hash. Raises `LoadError`, also where the Hub cannot be reached.
    """
    check_revision(repository, revision)
    with sentences(hub, repository, revision):
        asked, listing = _resolve(hub, repository, revision)
        files = _choose_files(listing)
        snapshot = Snapshot(folder.absolute()) if folder else open_snapshot(hub, repository, listing.commit)
        with _locked(snapshot, repository):
            record = Record(repository, listing.commit, tuple(files))
            _prepare(snapshot, hub, repository, asked, record)
            _complete(hub, repository, snapshot, record, with_hashes=with_hashes)
            write_record(snapshot.folder, record)
            if folder is None:
                write_commit(hub, repository, asked, listing.commit)
        snapshot.remove_partials()
    return Download(snapshot.folder, record)


@contextmanager
def sentences(hub: Hub, repository: str, revision: str | None) -> Iterator[None]:
    """Raise whatever fails inside as a `LoadError` of one sentence."""
    try:
        yield
    except LoadError:
        raise
    except Exception as error:
        sentence = describe_failure(error, Asked(hub, repository, revision or list_revisions(repository, None)[-1]))
        if is_network_failure(error) and repository_folder(hub, repository).is_dir():
            sentence += f" ({describe_lack(hub, repository, revision)})"
        raise LoadError(sentence) from error


def list_revisions(repository: str, revision: str | None) -> list[str]:
    """Return the revisions that will do, the best first."""
    if revision:
        return [revision]
    return [PINNED_COMMITS[repository], BRANCH] if repository in PINNED_COMMITS else [BRANCH]


def check_revision(repository: str, revision: str | None) -> None:
    """Raise `LoadError` for what cannot be a repository's name, or a branch's, a tag's or a commit's."""
    if not HUB_ID.fullmatch(repository):
        raise LoadError(f"{repository!r} is not a Hub id such as openbmb/MiniCPM-V-2_6")
    if revision and not all(part.strip(".") and part.isprintable() for part in revision.split("/")):
        raise LoadError(f"{revision!r} is not a revision: give a branch, a tag or a commit of {repository}")


def describe_lack(hub: Hub, repository: str, revision: str | None) -> str:
    """Say what the cache has not of a checkpoint, with the names of files, and which other commits it has."""
    for name in list_revisions(repository, revision):
        commit = read_commit(hub, repository, name)
        folder = open_snapshot(hub, repository, commit).folder if commit else None
        missing = find_missing(folder) if folder and folder.is_dir() else []
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            return f"the cached copy of {repository} in {folder} lacks {missing[0]}{more}"
    others = find_complete_commits(hub, repository)
    found = f", which has it at {', '.join(others)}: ask for that revision, or" if others else ""
    asked = f" at {revision}" if revision else ""
    return f"no complete copy of {repository}{asked} is in {hub.cache}{found}".removesuffix(", or")


def _resolve(hub: Hub, repository: str, revision: str | None) -> tuple[str, Listing]:
    """Return the revision that was found, and what the repository holds there."""
    first, *others = list_revisions(repository, revision)
    try:
        return first, list_files(hub, repository, first)
    except HfHubHTTPError as error:
        if not others or isinstance(error, GatedRepoError) or error.response.status_code not in (400, 404):
            raise
    logger.warning("%s has no commit %s of %s: taking its %s branch", hub.endpoint, first, repository, others[0])
    return others[0], list_files(hub, repository, others[0])


def _choose_files(listing: Listing) -> list[HubFile]:
    by_name = {file.name: file for file in listing.files}
    files = [by_name[name] for name in choose_names(by_name)]
    if "config.json" not in by_name and "adapter_config.json" in by_name:
        raise LoadError(
            f"{listing.repository} holds an adapter (LoRA) and no model: merge it into its base model first"
        )
    if "config.json" not in by_name or not any(is_weights(file.name) for file in files):
        what = "weights" if "config.json" in by_name else "config.json"
        raise LoadError(
            f"{listing.repository} has no {what} at its top level, so it is no checkpoint for transformers: "
            "take the repository that a GGUF or other conversion was made from"
        )
    return files


@contextmanager
def _locked(snapshot: Snapshot, repository: str) -> Iterator[None]:
    """Wait until no other process fetches the same."""
    try:
        with snapshot.lock(timeout_s=1.0):
            yield
            return
    except TimeoutError:
        logger.warning("another process is fetching %s: waiting for it", repository)
    with snapshot.lock():
        yield


def _prepare(snapshot: Snapshot, hub: Hub, repository: str, asked: str, record: Record) -> None:
    """Refuse a folder that holds another checkpoint; record what was asked for, and remove what it no longer has."""
    snapshot.folder.mkdir(parents=True, exist_ok=True)
    if snapshot.blobs is not None:
        if read_commit(hub, repository, asked) is None:
            write_commit(hub, repository, asked, record.commit)
        return
    before = read_record(snapshot.folder)
    if before is not None and before.repository != repository:
        raise LoadError(f"{snapshot.folder} holds {before.repository}: choose another folder for {repository}")
    for name in {file.name for file in before.files if before} - {file.name for file in record.files} if before else ():
        (snapshot.folder / name).unlink(missing_ok=True)


def _complete(hub: Hub, repository: str, snapshot: Snapshot, record: Record, *, with_hashes: bool) -> None:
    """Fetch the files that are missing or damaged: small ones first, whose index names the large ones."""
    lacking = [file for file in record.files if not snapshot.has(file, with_hash=with_hashes)]
    # in the cache, files of the same content are one
    jobs = list({snapshot.whole_path(file): _make_job(hub, record, snapshot, file) for file in lacking}.values())
    for job in jobs if snapshot.blobs is None else ():
        _copy_cached(hub, repository, job)
    total, kept = sum(job.file.size for job in jobs), count_kept(jobs)
    _check_space(repository, snapshot, total - kept)
    logger.info(
        "%s at commit %s: fetching %d of %d files, %s, from %s into %s",
        *(repository, record.commit, len(jobs), len(record.files), format_bytes(total - kept), hub.endpoint),
        snapshot.folder,
    )
    with Progress(total, kept) as progress:
        fetch_files(hub, [job for job in jobs if not is_weights(job.file.name)], progress)
        _link_all(snapshot, record)
        unlisted = find_missing_shards(snapshot.folder, (file.name for file in record.files))
        if unlisted:
            raise LoadError(
                f"{repository} is incomplete at {hub.endpoint}: its index names {unlisted[0]}, which it lacks"
            )
        fetch_files(hub, [job for job in jobs if is_weights(job.file.name)], progress)
        _link_all(snapshot, record)


def _link_all(snapshot: Snapshot, record: Record) -> None:
    for file in record.files:
        snapshot.link(file)


def _make_job(hub: Hub, record: Record, snapshot: Snapshot, file: HubFile) -> Job:
    url = hub.file_url(record.repository, record.commit, file.name)
    return Job(file, url, snapshot.partial_path(file), snapshot.whole_path(file))


def _copy_cached(hub: Hub, repository: str, job: Job) -> None:
    """Take a file for a plain folder from the cache, if that has it. Its hash is checked as after a download."""
    cached = repository_folder(hub, repository) / "blobs" / job.file.etag
    if cached.is_file() and cached.stat().st_size == job.file.size and job.num_kept < job.file.size:
        job.partial.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cached, job.partial)


def _check_space(repository: str, snapshot: Snapshot, num_bytes: int) -> None:
    free = shutil.disk_usage(snapshot.folder).free
    if num_bytes > free:
        raise LoadError(
            f"{repository} needs {format_bytes(num_bytes)} more on the disk of {snapshot.folder}, which has "
            f"{format_bytes(free)} free: make room, or set HF_HOME to a folder on a larger disk"
        )


def count_bytes(files: Sequence[HubFile]) -> int:
    return sum(file.size for file in files)
