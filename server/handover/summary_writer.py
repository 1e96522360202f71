"""Writing the summaries of sessions that begin to wait for a person, while nobody waits for it."""

import asyncio
import logging

from server.handover.summary import Summarizer
from server.store.errors import StoreError
from server.store.service_records import SessionRef
from server.store.store import Store

NUM_AT_ONCE = 2
MAX_STARTED = 1000
"""The most summaries that are being written or wait for that; `write_missing` comes to the others later."""

LATE_S = 60.0
"""After this time without a summary its server is taken to be dead, and another one writes it."""

NUM_MISSING = 20

logger = logging.getLogger("server")


class SummaryWriter:
    """Writes summaries in the background, a few at a time. Without a `summarizer` it writes none."""

    def __init__(self, store: Store, summarizer: Summarizer | None) -> None:
        self._store = store
        self._summarizer = summarizer
        self._places = asyncio.Semaphore(NUM_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def is_on(self) -> bool:
        """Whether sessions that wait get a summary."""
        return self._summarizer is not None

    def start(self, session: SessionRef) -> None:
        """Begin to write the summary of a session that was just stored as waiting; one at a time of each session."""
        if self._summarizer is None or session.id in self._tasks or len(self._tasks) >= MAX_STARTED:
            return
        task = asyncio.create_task(self._write(self._summarizer, session))
        self._tasks[session.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(session.id, None))

    async def write_missing(self) -> None:
        """Begin to write summaries that a server has not written, because it died. Raises `DatabaseUnreachable`."""
        if self._summarizer is not None:
            for session in await self._store.deliveries.find_unsummarized(LATE_S, NUM_MISSING):
                self.start(session)

    async def _write(self, summarizer: Summarizer, session: SessionRef) -> None:
        async with self._places:
            try:
                history = await self._store.list_turns(session.owner, session.id)
                summary = await summarizer.summarize(history, session.shop, session.language)
                await self._store.deliveries.set_summary(session.id, summary or "")
            except StoreError as error:  # a deleted session needs none, and one that is still there is found again
                logger.info("a summary was not stored: %s", error)

    async def close(self) -> None:
        """End what is being written; it is written after the next start."""
        for task in tuple(self._tasks.values()):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))
