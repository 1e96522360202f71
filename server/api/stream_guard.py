"""Ending a stream whose token or key is no longer valid: whoever was let in is not let in for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from litestar.types import Scope

from server.errors import ServerError
from server.store.errors import DatabaseError

CHECK_EVERY_S = 2.0
"""How often a stream's access is checked; what ends it is seen so much later at most."""

END = object()


class Access(Protocol):
    """What lets the client of a request in."""

    async def check(self) -> None:
        """Raise the `ServerError` that another request of the client would get now. Raises `DatabaseUnreachable`."""


class Closable(Protocol):
    def close(self) -> None: ...


def set_access(scope: Scope, access: Access) -> None:
    """Note in a request what let its client in, so that its streams end with that."""
    scope["stream_access"] = access  # type: ignore[typeddict-unknown-key]


def find_access(scope: Scope) -> Access | None:
    """Return what let the client in; None where streams need not end."""
    access: Access | None = scope.get("stream_access")  # type: ignore[assignment]
    return access


class StreamGuard:
    """Passes the events of a stream on until its access ends; `source` is closed then, if there is one.

    That is checked in a task of its own: a client that reads slowly, or a model that writes slowly, puts off nothing.
    """

    def __init__(self, access: Access, source: Closable | None) -> None:
        self._access = access
        self._source = source
        self._ended: asyncio.Future[ServerError] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[None]:
        """Check the access until the block is left."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while not self._ended.done():
            await asyncio.sleep(CHECK_EVERY_S)
            try:
                await self._access.check()
            except ServerError as error:
                self._ended.set_result(error)
            except DatabaseError:
                continue  # whether it was revoked is not known until the database answers
        if self._source is not None:
            self._source.close()

    async def read(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield the events. Raises the error of the access when that ends, and what reading the events raises."""
        while (event := await self._read(events)) is not END:
            yield event

    async def _read(self, events: AsyncIterator[Any]) -> Any:
        """Return the next event, `END` behind the last one."""
        reading = asyncio.create_task(_find_next(events))
        both: set[asyncio.Future[Any]] = {reading, self._ended}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                raise self._ended.result()
            return reading.result()
        finally:
            await _cancel(reading)


async def _find_next(events: AsyncIterator[Any]) -> Any:
    try:
        return await anext(events)
    except StopAsyncIteration:  # no task may raise it
        return END


async def _cancel(reading: "asyncio.Future[Any]") -> None:
    """Cancel what nobody waits for any more, and take its error."""
    if not reading.done():
        reading.cancel()
        await asyncio.wait({reading})
    if not reading.cancelled():
        reading.exception()
