"""Fetching files, several at once, each from where it broke off.

huggingface_hub keeps nothing of a file that broke off, which for this model is up to 5 GB. So the bytes are fetched
here, over its session, its headers and its errors, and kept under the name that its cache had for them.
"""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import get_session
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]

from model.checkpoint.download_record import is_intact
from model.checkpoint.hub import CONNECT_S, Hub, HubFile, NotAHub
from model.checkpoint.hub_errors import BrokenOff, WrongBytes, is_http_error
from model.checkpoint.progress import Progress, format_bytes
from model.errors import first_line

NUM_CONNECTIONS = 4
GLANCE_S = 0.2
RANGE_NOT_SATISFIABLE = 416

logger = logging.getLogger("model.checkpoint")


@dataclass(frozen=True)
class Job:
    """A file to fetch from `url` into `partial`, and to move to `path` once it is whole and right."""

    file: HubFile
    url: str
    partial: Path
    path: Path

    @property
    def num_kept(self) -> int:
        """Bytes that an earlier download left."""
        return self.partial.stat().st_size if self.partial.is_file() else 0


@dataclass(frozen=True)
class _Transfer:
    hub: Hub
    progress: Progress
    waiting: "queue.SimpleQueue[Job]"
    outcomes: "queue.SimpleQueue[Job | BaseException]"
    stop: threading.Event


def count_kept(jobs: Sequence[Job]) -> int:
    """Return how many bytes of the jobs' files earlier downloads left."""
    return sum(min(job.num_kept, job.file.size) for job in jobs)


def fetch_files(hub: Hub, jobs: Sequence[Job], progress: Progress) -> None:
    """Fetch all files, or raise the first error: of the network, of the disk, `BrokenOff`, `WrongBytes`, `NotAHub`.

    Threads that end with the process fetch them, so that this can be interrupted at any time.
    """
    transfer = _Transfer(hub, progress, queue.SimpleQueue(), queue.SimpleQueue(), threading.Event())
    for job in jobs:
        transfer.waiting.put(job)
    threads = [
        threading.Thread(target=_work, args=(transfer,), name="download", daemon=True)
        for _ in range(min(NUM_CONNECTIONS, len(jobs)))
    ]
    for thread in threads:
        thread.start()
    try:
        _wait(transfer, len(jobs))
    finally:
        transfer.stop.set()
        for thread in threads:
            thread.join(timeout=1)


def _wait(transfer: _Transfer, num_waiting: int) -> None:
    while num_waiting:
        transfer.progress.show()
        try:
            outcome = transfer.outcomes.get(timeout=GLANCE_S)
        except queue.Empty:
            continue
        if isinstance(outcome, BaseException):
            raise outcome
        num_waiting -= 1


def _work(transfer: _Transfer) -> None:
    """Fetch files until none waits, or until one cannot be fetched."""
    while not transfer.stop.is_set():
        try:
            job = transfer.waiting.get_nowait()
        except queue.Empty:
            return
        try:
            _fetch(transfer, job)
        except BaseException as error:
            transfer.outcomes.put(error)
            return
        transfer.outcomes.put(job)


def _fetch(transfer: _Transfer, job: Job) -> None:
    """Fetch one file: the rest of it, and where that gives wrong bytes all of it, once."""
    job.partial.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        if job.num_kept > job.file.size:
            _drop(transfer, job)
        if (job.num_kept < job.file.size or not job.partial.exists()) and not _receive(transfer, job):
            return
        if is_intact(job.partial, job.file):
            job.path.parent.mkdir(parents=True, exist_ok=True)
            job.partial.replace(job.path)
            return
        _drop(transfer, job)
        logger.warning("%s came with wrong bytes", job.file.name)
    raise WrongBytes(job.file.name)


def _drop(transfer: _Transfer, job: Job) -> None:
    transfer.progress.add(-min(job.num_kept, job.file.size), is_fetched=False)
    job.partial.unlink(missing_ok=True)


def _receive(transfer: _Transfer, job: Job) -> bool:
    """Append to the partial file what is missing of it; return False if the whole download was stopped meanwhile."""
    offset = job.num_kept
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    stall_s = transfer.hub.stall_s
    timeout: Any = (CONNECT_S, stall_s, stall_s, stall_s)
    with get_session().stream("GET", job.url, headers=headers, timeout=timeout) as reply:
        if reply.status_code == RANGE_NOT_SATISFIABLE:
            return True  # the kept bytes are of another file
        hf_raise_for_status(reply)
        _check_is_file(reply, job)
        if offset and not reply.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
            _drop(transfer, job)
        return _write(transfer, job, reply)


def _check_is_file(reply: Any, job: Job) -> None:
    """Raise `NotAHub` for a page where a file should be."""
    kind = reply.headers.get("Content-Type", "")
    if kind.startswith("text/html") and not job.file.name.endswith((".html", ".jinja")):
        raise NotAHub


def _write(transfer: _Transfer, job: Job, reply: Any) -> bool:
    size, count = job.file.size, job.num_kept
    with job.partial.open("ab") as out:
        for piece in _read_pieces(reply, job):
            if transfer.stop.is_set():
                return False
            out.write(piece)
            out.flush()  # the process may end at any time
            count += len(piece)
            transfer.progress.add(len(piece))
            if count > size:
                return True  # so it is another file
    if count < size:
        raise BrokenOff(f"{_describe_place(job)} (the reply ended there)")
    return True


def _read_pieces(reply: Any, job: Job) -> Iterator[bytes]:
    """Yield a reply's bytes as they come. Raises `BrokenOff` where the connection fails or falls silent."""
    try:
        yield from reply.iter_bytes()
    except Exception as error:
        if not is_http_error(error, "RequestError"):
            raise
        raise BrokenOff(f"{_describe_place(job)} ({first_line(error)})") from error


def _describe_place(job: Job) -> str:
    return f"at {format_bytes(job.num_kept)} of the {format_bytes(job.file.size)} of {job.file.name}"
