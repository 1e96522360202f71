"""One process that reads a document, seen from the server."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import msgspec

import server
from server.library.errors import ReadingError
from server.library.readers.records import Refusal
from server.library.readers.tasks import (
    LENGTH,
    MAX_FRAME_BYTES,
    Answer,
    Open,
    Task,
    TaskRefused,
    decode_answer,
    encode_frame,
)

MODULE = "server.library.readers.process"

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""One thread, and memory that goes back to the system as soon as it is free."""

INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH")
"""What the process is told of the server's environment, which may hold secrets."""

LAST_S = 1.0
"""How long a process may still live after the end of its socket."""

OUT_OF_MEMORY = (signal.SIGABRT, signal.SIGTRAP, signal.SIGILL)
"""How libraries end their process when they get no memory."""


class ReadingProcess:
    """A process with one document, and one task at a time. A task that fails beyond a refusal is its end."""

    def __init__(self, process: subprocess.Popen[bytes], end: socket.socket, threads: Executor) -> None:
        self._process = process
        self._end = end
        self._threads = threads
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._limits: Open | None = None

    @classmethod
    async def start(cls, threads: Executor) -> "ReadingProcess":
        """Start a process in one of `threads`, which must live as long: the system ends the process with its thread."""
        started = asyncio.get_running_loop().run_in_executor(threads, _start)
        try:
            return cls(*await asyncio.shield(started), threads)
        except asyncio.CancelledError:
            await cls(*await started, threads).end()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End the process at once; a task that it has then fails."""
        self._process.kill()

    async def end(self) -> None:
        """End the process and wait until it is gone. A cancellation comes after that; doing it twice is allowed."""
        self._process.kill()
        try:
            await self._wait()
        finally:
            self._close_socket()

    async def _wait(self) -> int:
        """Wait until the process is gone, and return its exit code. A cancellation comes after that."""
        code = self._process.poll()
        if code is not None:
            return code
        ended = asyncio.get_running_loop().run_in_executor(self._threads, _wait, self._process)
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            await ended
            raise

    def _close_socket(self) -> None:
        if self._streams is None:
            self._end.close()
        else:
            self._streams[1].close()

    async def ask(self, task: Task, files: Sequence[int] = ()) -> Answer:
        """Return the answer to a task; `files` are open ones that go with it.

        Raises `ReadingError` where the document is refused, and where the process takes too long or ends.
        """
        if isinstance(task, Open):
            self._limits = task
        if self._limits is None:
            raise ValueError("the first task is Open")
        answer = await self._ask(task, files, self._limits)
        if isinstance(answer, TaskRefused):
            raise ReadingError(answer.refusal)
        return answer

    async def _ask(self, task: Task, files: Sequence[int], limits: Open) -> Answer:
        try:
            async with asyncio.timeout(limits.max_s):
                return decode_answer(await self._exchange(encode_frame(task), files))
        except TimeoutError as error:
            self.kill()
            raise ReadingError(Refusal("slow", {"limit": limits.max_s})) from error
        except (EOFError, OSError, msgspec.DecodeError) as error:
            raise ReadingError(await self._explain_end(limits)) from error

    async def _exchange(self, frame: bytes, files: Sequence[int]) -> bytes:
        sent = socket.send_fds(self._end, [frame[: LENGTH.size]], files) if files else 0
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._end)
        reader, writer = self._streams
        writer.write(frame[sent:])
        await writer.drain()
        num_bytes = LENGTH.unpack(await reader.readexactly(LENGTH.size))[0]
        if num_bytes > MAX_FRAME_BYTES:
            raise EOFError
        return await reader.readexactly(num_bytes)

    async def _explain_end(self, limits: Open) -> Refusal:
        """Return why the process ended; one that still lives is ended."""
        code = await self._wait()
        if -code == signal.SIGALRM:
            return Refusal("slow", {"limit": limits.max_s})
        if -code in OUT_OF_MEMORY:
            return Refusal("memory", {"limit": limits.max_bytes})
        return Refusal("crash", {"cause": f"signal {-code}" if code < 0 else f"exit code {code}"})


def _start() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_build_environment(),
            start_new_session=True,  # a terminal's signals are the server's
        )
    return process, ours


def _build_environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    place = str(Path(server.__file__ or "").parents[1])
    paths = [place, *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(paths)}


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process whose socket is closed, which is its end soon."""
    try:
        return process.wait(LAST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
