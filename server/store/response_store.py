"""The stored responses of all owners, as a part of the store's interface."""

from collections.abc import Callable, Collection
from functools import partial

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import responses
from server.store.database import Database
from server.store.errors import ResponseNotFound
from server.store.records import StoredPicture, StoredResponse

BATCH = 200
"""How many responses are deleted in one transaction."""


class ResponseStore:
    """Stores, reads and deletes responses. Those of other owners are not found.

    Every method raises `DatabaseUnreachable` when the database fails. `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self._clock = clock

    async def save(self, owner: str, response: StoredResponse, shown: Collection[StoredPicture] = ()) -> None:
        """Store a response with the pictures that its request brought; a cancellation does not stop that."""
        await self.database.write(lambda c: responses.save(c, owner, response, shown, self._clock()))

    async def get(self, owner: str, response_id: str) -> StoredResponse:
        """Return a response with its body. Raises `ResponseNotFound`."""
        return await self.database.read(lambda c: responses.get(c, owner, response_id))

    async def get_many(self, owner: str, ids: Collection[str]) -> dict[str, StoredResponse]:
        """Return those of the responses that there are, by id, without their bodies."""
        return await self.database.read(lambda c: responses.get_many(c, owner, ids))

    async def count_bytes(self, owner: str, ids: Collection[str]) -> int:
        """Return how many bytes the items of responses have together, which `get_many()` would load."""
        return await self.database.read(lambda c: responses.count_bytes(c, owner, ids))

    async def load_chain(self, owner: str, response_id: str, max_length: int, max_bytes: int) -> list[StoredResponse]:
        """Return a response and those that it follows, oldest first: the last `max_length` of them, or of `max_bytes`.

        They come without their bodies. Raises `ResponseNotFound` if it, or one that it follows, does not exist.
        """
        return await self.database.read(lambda c: responses.load_chain(c, owner, response_id, max_length, max_bytes))

    async def load_pictures(self, owner: str, response_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
        """Return pictures that the request of a response brought, by hash. Raises `PictureNotFound`."""
        return await self.database.read(lambda c: responses.load_pictures(c, owner, response_id, hashes))

    async def delete(self, owner: str, response_id: str) -> None:
        """Delete a response. Those that follow it stay, but cannot be followed. Raises `ResponseNotFound`."""
        if not await self._remove(responses.select_one(owner, response_id)):
            raise ResponseNotFound(response_id)

    async def delete_all(self, owner: str) -> int:
        """Delete all responses of the owner; return how many those were."""
        return await self._remove_all(partial(responses.select_owned, owner))

    async def expire(self, max_age_s: float, max_dialogues: int) -> int:
        """Delete dialogues without a response for `max_age_s`, and all but each owner's last `max_dialogues`.

        A dialogue is a response with all that follow it. Returns how many responses those were.
        """
        return await self._remove_all(partial(responses.select_expired, self._clock() - max_age_s, max_dialogues))

    async def _remove_all(self, select_some: Callable[[int], Select[str]]) -> int:
        total = 0
        while count := await self._remove(select_some(BATCH)):
            total += count
        return total

    async def _remove(self, some: Select[str]) -> int:
        async def remove(connection: AsyncConnection) -> int:
            return await responses.remove_some(connection, some)

        count = await self.database.delete(remove)
        if count:
            self.database.start(self.database.give_back_room())
        return count
