"""Who waits for documents to change, and is woken when this server has read more of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress

from server.store.library_records import LibraryDocument

MAX_AGE_S = 0.5
"""How long what was seen of a document is shown to others who watch it, unless this server changes it."""


class Signal:
    """Is given when something has changed since it was last cleared."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def give(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    async def wait(self, timeout_s: float) -> None:
        """Wait for the signal, and at most `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()


class Changes:
    """The signals of those who wait, by the ids of documents."""

    def __init__(self) -> None:
        self.is_over = False
        self._signals: dict[str, set[Signal]] = {}
        self._looks: dict[str, dict[str, tuple[float, asyncio.Future[LibraryDocument]]]] = {}

    async def look(
        self, owner: str, document_id: str, load: Callable[[str, str], Awaitable[LibraryDocument]]
    ) -> LibraryDocument:
        """Return a document that is watched, loaded once for all of `owner` who look at about the same time.

        Raises as `load` does.
        """
        looks, now_s = self._looks.setdefault(document_id, {}), time.monotonic()
        began_s, loading = looks.get(owner, (0.0, None))
        if loading is None or now_s - began_s > MAX_AGE_S:
            loading = asyncio.ensure_future(load(owner, document_id))
            looks[owner] = now_s, loading
        return await asyncio.shield(loading)

    @contextmanager
    def watch(self, document_ids: Collection[str]) -> Iterator[Signal]:
        """Give a signal that is given whenever one of the documents changes, until the block is left."""
        signal = Signal()
        for document_id in document_ids:
            self._signals.setdefault(document_id, set()).add(signal)
        try:
            yield signal
        finally:
            for document_id in set(document_ids):
                self._signals[document_id].discard(signal)
                if not self._signals[document_id]:
                    del self._signals[document_id]
                    self._looks.pop(document_id, None)

    def note(self, document_id: str) -> None:
        """Wake who waits for a document."""
        self._looks.pop(document_id, None)
        for signal in self._signals.get(document_id, ()):
            signal.give()

    def end(self) -> None:
        """Wake everybody: nothing will change any more."""
        self.is_over = True
        for document_id in self._signals:
            self.note(document_id)
