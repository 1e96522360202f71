"""The Hugging Face Hub, or a mirror: where it is, and which files a repository has at a commit."""

import os
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from huggingface_hub import HfApi, constants, get_hf_file_metadata
from huggingface_hub.hf_api import RepoSibling

Result = TypeVar("Result")

HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
CONNECT_S = 4.0
ANSWER_S = 8.0
STALL_S = 30.0


class NotAHub(Exception):
    """What answered is no Hub: a login page of the network, or another server."""


class NoAnswer(Exception):
    """Nothing came in time. The text says within how many seconds."""


@dataclass(frozen=True)
class Hub:
    """The address of a Hub, the cache of what comes from it, and how long to wait for it.

    `answer_s` bounds every question, `stall_s` the time in which a download gets no byte.
    """

    endpoint: str
    cache: Path
    is_offline: bool = False
    answer_s: float = ANSWER_S
    stall_s: float = STALL_S

    @classmethod
    def from_environment(cls) -> "Hub":
        """Return the Hub that huggingface_hub's variables name: HF_ENDPOINT, HF_HOME, HF_HUB_OFFLINE and the like."""
        return cls(
            endpoint=constants.ENDPOINT,
            cache=Path(constants.HF_HUB_CACHE).expanduser().absolute(),
            is_offline=constants.HF_HUB_OFFLINE,
            answer_s=constants.HF_HUB_ETAG_TIMEOUT if "HF_HUB_ETAG_TIMEOUT" in os.environ else ANSWER_S,
            stall_s=constants.HF_HUB_DOWNLOAD_TIMEOUT if "HF_HUB_DOWNLOAD_TIMEOUT" in os.environ else STALL_S,
        )

    def file_url(self, repository: str, commit: str, name: str) -> str:
        return f"{self.endpoint}/{repository}/resolve/{quote(commit, safe='')}/{quote(name)}"


@dataclass(frozen=True)
class HubFile:
    """A file of a repository. `etag` is the sha256 of a large file (LFS), and git's hash of the blob of a small one."""

    name: str
    size: int
    etag: str


@dataclass(frozen=True)
class Listing:
    """All files of a repository at a commit. `repository` is its name today, which is another where it was renamed."""

    repository: str
    commit: str
    files: tuple[HubFile, ...]


def list_files(hub: Hub, repository: str, revision: str) -> Listing:
    """Ask the Hub what a branch, tag or commit holds. Raises what huggingface_hub raises, `NotAHub` and `NoAnswer`."""
    return run_within(hub.answer_s, lambda: _list_files(hub, repository, revision))


def _list_files(hub: Hub, repository: str, revision: str) -> Listing:
    end_s = 2 * hub.answer_s  # nobody waits any more by then: it only ends the thread
    timeout: Any = (CONNECT_S, end_s, end_s, end_s)
    try:
        info = HfApi(endpoint=hub.endpoint).model_info(
            repository, revision=revision, files_metadata=True, timeout=timeout
        )
        name, commit, siblings = str(info.id), str(info.sha or ""), list(info.siblings or ())
    except (KeyError, TypeError, AttributeError) as error:
        raise NotAHub from error
    except ValueError as error:  # no JSON; what huggingface_hub says of names and statuses has classes below this one
        if type(error).__module__.partition(".")[0] == "huggingface_hub":
            raise
        raise NotAHub from error
    if not COMMIT.fullmatch(commit):
        raise NotAHub
    return Listing(name, commit, tuple(_describe_file(hub, repository, commit, sibling) for sibling in siblings))


def _describe_file(hub: Hub, repository: str, commit: str, sibling: RepoSibling) -> HubFile:
    """Return a file with its size and hash; ask for them where a mirror's list leaves them out."""
    lfs = sibling.lfs
    size, etag = (lfs.size, lfs.sha256) if lfs is not None else (sibling.size, sibling.blob_id)
    if size is None or etag is None:
        found = get_hf_file_metadata(hub.file_url(repository, commit, sibling.rfilename), timeout=hub.answer_s)
        size, etag = found.size, found.etag
    if size is None or etag is None or "/" in etag:
        raise NotAHub
    return HubFile(sibling.rfilename, size, etag)


def run_within(seconds: float, work: Callable[[], Result]) -> Result:
    """Run `work` in a thread; return or raise what it does, or raise `NoAnswer`.

    Looking up a name has no limit of its own, and cannot be interrupted.
    """
    done: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:
            done.put((None, error))

    threading.Thread(target=run, name="hub", daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except queue.Empty:
        raise NoAnswer(f"{seconds:g}") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]
