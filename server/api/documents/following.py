"""The reading of a document, as it is followed."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from server.library.library import Library
from server.store.library_records import LibraryDocument


async def watch_document(library: Library, document: LibraryDocument) -> AsyncIterator[LibraryDocument]:
    """Yield a document now, and whenever it has changed, until it is read. Raises `DocumentNotFound`."""
    last: LibraryDocument | None = None
    async with aclosing(library.watch(document.owner, [document.id])) as states:
        async for (changed,) in states:
            if changed != last:
                yield changed
            last = changed
