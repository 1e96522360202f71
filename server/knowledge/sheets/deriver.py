"""Making the knowledge base of documents: once all pages are stored, their passages and what they say."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

import msgspec

from server.knowledge.sheets.reading import DocumentReading, Reading
from server.knowledge.sheets.sheet_passages import cut_rows
from server.library.readers.records import Page
from server.library.reading_tools import Derivation
from server.store.errors import PageNotFound
from server.store.knowledge_records import Derived, Entity, Faq, Relation
from server.store.library_records import LibraryDocument, NewPassage
from server.store.store import Store

MAX_STORED = 100
"""How many passages are stored at once, which bounds how long nothing else runs, and nobody else may write."""

Item = TypeVar("Item", Entity, Faq, Relation)


class SheetDeriver:
    """Derives what documents of the knowledge base say. Pages are read one at a time, twice."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def derive(self, document: LibraryDocument, num_pages: int) -> Derivation:
        """Store the passages of a document, and what it says; see `Deriver`."""
        reading = await self._read(document, num_pages)
        await self._store.library.forget_passages(document.id)
        positions = await self._store_passages(document, num_pages, reading)
        derived = await asyncio.to_thread(_place, reading.derived, positions)
        await self._store.knowledge.put_derived(document, derived)
        return Derivation(reading.role, reading.remarks)

    async def _read(self, document: LibraryDocument, num_pages: int) -> Reading:
        if document.role == "document":
            return Reading("document")
        reading = DocumentReading(document.kind == "toml", document.role)
        last: Page | None = None
        async with aclosing(self._load_pages(document, num_pages)) as pages:
            async for page in pages:
                if last is not None:
                    await asyncio.to_thread(reading.add, last, page)
                last = page
        if last is not None:
            await asyncio.to_thread(reading.add, last, None)
        return await asyncio.to_thread(reading.finish)

    async def _store_passages(self, document: LibraryDocument, num_pages: int, reading: Reading) -> dict[int, int]:
        """Cut and store all passages; return which is the first of each entry."""
        positions: dict[int, int] = {}
        gathered: list[NewPassage] = []
        num_stored = 0
        async with aclosing(self._load_pages(document, num_pages)) as pages:
            async for page in pages:
                for passage, entry in await asyncio.to_thread(cut_rows, page, reading.spans.get(page.number, ())):
                    if entry is not None:
                        positions.setdefault(entry, num_stored + len(gathered))
                    gathered.append(passage)
                while len(gathered) >= MAX_STORED:
                    await self._store.library.add_passages(document.id, gathered[:MAX_STORED])
                    num_stored, gathered = num_stored + MAX_STORED, gathered[MAX_STORED:]
        await self._store.library.add_passages(document.id, gathered)
        return positions

    async def _load_pages(self, document: LibraryDocument, num_pages: int) -> AsyncGenerator[Page]:
        for number in range(1, num_pages + 1):
            try:
                body = await self._store.library.get_page(document.id, number)
            except PageNotFound:
                continue
            yield await asyncio.to_thread(msgspec.json.decode, body, type=Page)


def _place(derived: Derived, positions: dict[int, int]) -> Derived:
    """Return what is derived with the places of its passages instead of its entries."""
    return Derived(
        _place_all(derived.faqs, positions),
        _place_all(derived.entities, positions),
        _place_all(derived.relations, positions),
    )


def _place_all(items: Sequence[Item], positions: dict[int, int]) -> tuple[Item, ...]:
    return tuple(replace(item, passage=positions.get(item.passage, 0)) for item in items)
