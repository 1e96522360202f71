"""The extracted tables of all owners, as a part of the store's interface."""

from collections.abc import Callable, Sequence

from server.store import extractions
from server.store.database import Database

MAX_TABLES = 1000
"""How many tables are kept for each owner; the oldest beyond are deleted."""


class ExtractionStore:
    """Stores, reads and deletes extracted tables, as JSON. Those of other owners are not found.

    Every method raises `DatabaseUnreachable` when the database fails. `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self._clock = clock

    async def save(
        self, owner: str, bodies: Sequence[bytes], document_id: str | None = None, max_tables: int = MAX_TABLES
    ) -> list[str]:
        """Store tables, and return their ids in order. Raises `DocumentNotFound` if their document is gone."""
        now_s = self._clock()
        return await self.database.write(lambda c: extractions.save(c, owner, bodies, now_s, document_id, max_tables))

    async def get(self, owner: str, table_id: str) -> bytes:
        """Return the body of a table. Raises `TableNotFound`."""
        return await self.database.read(lambda c: extractions.get(c, owner, table_id))

    async def expire(self, max_age_s: float) -> int:
        """Delete tables older than `max_age_s`; return how many those were."""
        oldest_s = self._clock() - max_age_s
        return await self.database.delete(lambda c: extractions.remove_old(c, oldest_s))

    async def delete_all(self, owner: str) -> int:
        """Delete all tables of the owner; return how many those were."""
        return await self.database.delete(lambda c: extractions.remove_owned(c, owner))

    async def put_page(self, document_id: str, number: int, body: bytes) -> None:
        """Store what a page of a document has of tables; the first is kept."""
        await self.database.write(lambda c: extractions.put_page(c, document_id, number, body))

    async def load_page(self, document_id: str, number: int) -> bytes | None:
        """Return what a page of a document has of tables; None where that was not found out yet."""
        return await self.database.read(lambda c: extractions.load_page(c, document_id, number))
