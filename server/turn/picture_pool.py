"""The processes that decode pictures, and the memory that all pictures share."""

import asyncio
import math
import mmap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from model.errors import ImageError, ImageTooLarge
from model.pictures.tasks import Answer, CutViews, ReadHeader, Refused
from server.engine.fair_budget import BudgetExceeded, BudgetTimeout, FairBudget, Lease
from server.errors import PicturesBusy, PicturesTooBig
from server.turn.picture_worker import PictureWorker


@dataclass(frozen=True)
class PoolLimits:
    """The values come from the settings `picture_workers`, `picture_memory_bytes` and `max_picture_wait_s`."""

    num_workers: int
    memory_bytes: int
    max_wait_s: float


class StoredFile(Protocol):
    """A picture's file that is kept elsewhere, and only loaded while it is worked on."""

    @property
    def num_bytes(self) -> int: ...

    async def load(self) -> bytes: ...


PictureFile = bytes | str | StoredFile
"""The bytes of a file, base64 text or a data URL, or where the bytes are kept."""


class PicturePool:
    """Up to `num_workers` processes, which are started when they are needed. Owners take turns for them.

    A process that takes too long or crashes fails one picture; the next one gets a new process.
    """

    def __init__(self, limits: PoolLimits) -> None:
        self._limits = limits
        self._memory = FairBudget(limits.memory_bytes)
        self._free_places = FairBudget(limits.num_workers)
        self._threads = ThreadPoolExecutor(limits.num_workers, thread_name_prefix="picture")
        self._idle: list[PictureWorker] = []
        self._busy: set[PictureWorker] = set()
        self._is_closed = False

    async def reserve(self, num_bytes: int, owner: str) -> Lease:
        """Wait for a part of the memory. Raises `PicturesTooBig` at once, and `PicturesBusy` in the end."""
        try:
            return await self._memory.acquire(num_bytes, owner, self._limits.max_wait_s)
        except BudgetExceeded as error:
            raise PicturesTooBig(num_bytes, self._limits.memory_bytes) from error
        except BudgetTimeout as error:
            raise PicturesBusy(self._limits.max_wait_s) from error

    async def ask(self, task: ReadHeader, file: PictureFile, owner: str) -> tuple[Answer, mmap.mmap | None]:
        """Let a process do a task, once there is one. Raises `ImageError`, and `PicturesBusy` for `ReadHeader`.

        Whoever cuts views has memory reserved, so there are few of them, and each gets its turn.
        """
        timeout_s = math.inf if isinstance(task, CutViews) else self._limits.max_wait_s
        try:
            place = await self._free_places.acquire(1, owner, timeout_s)
        except BudgetTimeout as error:
            raise PicturesBusy(self._limits.max_wait_s) from error
        with place:
            data = file if isinstance(file, bytes | str) else await file.load()
            answer, views = await self._run_again(task, data)
        if isinstance(answer, Refused):
            raise (
                ImageTooLarge(answer.message) if answer.reason == "size" else ImageError(answer.message, answer.reason)
            )
        return answer, views

    async def _run_again(self, task: ReadHeader, data: bytes | str) -> tuple[Answer, mmap.mmap | None]:
        """Do a task, a second time where the process ended at a header: it may have ended before, unnoticed."""
        try:
            return await self._run(task, data)
        except ImageError as error:
            if error.reason != "crash" or isinstance(task, CutViews) or self._is_closed:
                raise
            return await self._run(task, data)

    async def _run(self, task: ReadHeader, data: bytes | str) -> tuple[Answer, mmap.mmap | None]:
        """Give a task to an idle process, or to a new one. If nobody waits any more, the process is ended."""
        if self._is_closed:
            raise ImageError("the server is stopping", "crash")
        self._idle = [worker for worker in self._idle if worker.is_alive]
        worker = self._idle.pop() if self._idle else PictureWorker()
        self._busy.add(worker)
        asked = asyncio.get_running_loop().run_in_executor(self._threads, worker.ask, task, data)
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            worker.kill()
            await asyncio.wait([asked])
            asked.exception()  # nobody is left who wants to know it
            raise
        finally:
            self._busy.discard(worker)
            self._keep(worker)

    def _keep(self, worker: PictureWorker) -> None:
        if worker.is_alive and not self._is_closed:
            self._idle.append(worker)
        else:
            worker.kill()

    async def close(self) -> None:
        """End all processes. Pictures that are being decoded fail."""
        self._is_closed = True
        for worker in self._busy:
            worker.kill()
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()
