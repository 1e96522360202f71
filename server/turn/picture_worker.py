"""One process that decodes pictures, seen from the server. Its calls block, so they are made in threads."""

import contextlib
import fcntl
import mmap
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import model
from model.errors import ImageError
from model.pictures.tasks import Answer, CutViews, Lines, ReadHeader, Task

START_S = 60.0
"""How long a process may take to start, on a machine that is busy."""

PIECE = 1 << 20
"""The characters of a text that are copied at once, so that other threads go on meanwhile."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
"""One thread, and memory that goes back to the system as soon as it is free."""

INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH")
"""What the process is told of the server's environment, which may hold secrets."""


class PictureWorker:
    """A process with one task at a time. It ends with this object, and whenever the server does."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "model.pictures.process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_build_environment(),
                start_new_session=True,  # a terminal's signals are the server's
            )
        self._lines = Lines(ours)
        self._is_ready = False
        self._end = weakref.finalize(self, _end, self._process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process takes another task."""
        return self._end.alive and self._process.poll() is None

    def kill(self) -> None:
        """End the process at once; a call that waits for it raises `ImageError`."""
        self._process.kill()

    def close(self) -> None:
        """End the process, and wait until it is gone. Not while another thread waits for an answer."""
        self._end()

    def ask(self, task: Task, picture: bytes | str) -> tuple[Answer, mmap.mmap | None]:
        """Return the answer to a task, and for `CutViews` the memory that the views were written to.

        Raises `ImageError` where the process takes too long or ends, which is the end of this worker.
        """
        try:
            return self._ask(task, picture)
        except TimeoutError as error:
            self.close()
            raise ImageError(f"decoding the picture took longer than {task.max_s} seconds", "slow") from error
        except (EOFError, ConnectionError) as error:
            self.close()
            raise ImageError(f"the process that decoded the picture ended: {self._describe_end()}", "crash") from error

    def _ask(self, task: Task, picture: bytes | str) -> tuple[Answer, mmap.mmap | None]:
        self._wait_for_start()
        with contextlib.ExitStack() as files:
            source = files.enter_context(open_memory(task.num_bytes))
            _write(source, picture)
            if not isinstance(task, CutViews):
                return self._exchange(task, (source,)), None
            num_bytes = task.num_output_bytes
            views = files.enter_context(open_memory(num_bytes))
            return self._exchange(task, (source, views)), mmap.mmap(views, num_bytes)

    def _wait_for_start(self) -> None:
        if not self._is_ready:
            self._lines.end.settimeout(START_S)
            if not self._lines.end.recv(1):
                raise EOFError
            self._is_ready = True

    def _exchange(self, task: ReadHeader, files: tuple[int, ...]) -> Answer:
        self._lines.end.settimeout(task.max_s)
        self._lines.send(task, files)
        return self._lines.receive_answer()

    def _describe_end(self) -> str:
        code = self._process.returncode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _build_environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    place = str(Path(model.__file__ or "").parents[1])
    paths = [place, *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(paths)}


def _end(process: subprocess.Popen[bytes], end: socket.socket) -> None:
    end.close()
    process.kill()
    process.wait()


@contextlib.contextmanager
def open_memory(num_bytes: int) -> Iterator[int]:
    """Open a file of that size in memory, for the time of a call; on disk where the system has no such files.

    Its size is sealed: a process that shortened it would end every other one that reads from it.
    """
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            os.truncate(file.fileno(), num_bytes)
            yield file.fileno()
        return
    descriptor = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.truncate(descriptor, num_bytes)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        yield descriptor
    finally:
        os.close(descriptor)


def _write(file: int, picture: bytes | str) -> None:
    """Write the bytes of a file, or base64 text; other characters become ones that are no base64 either."""
    for start in range(0, len(picture), PIECE):
        piece = picture[start : start + PIECE]
        os.pwrite(file, piece.encode("ascii", "replace") if isinstance(piece, str) else piece, start)
