"""Storing the pages of a document while the next ones are read: a transaction has all that have come meanwhile."""

import asyncio
import re
from types import TracebackType
from typing import Any, Protocol

import msgspec
from msgspec import structs

from server.library.passages import cut_passages
from server.library.readers.records import Page
from server.library.reading_tools import ReadingTools
from server.library.warnings import add_remarks
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, NewPage

MAX_GATHERED = 16
"""How many pages are read while those before them are stored."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Progress(Protocol):
    """How far a document is read: `num_pages` are stored, and `warnings` are those so far."""

    document: LibraryDocument
    num_pages: int
    warnings: list[Any]


class PageWriter:
    """Stores pages in order, and cuts them into passages. Leaving it waits until all are stored.

    Adding and leaving raise `DatabaseUnreachable`, and `DocumentNotFound` where the document was deleted.
    """

    def __init__(self, progress: Progress, tools: ReadingTools) -> None:
        self._progress = progress
        self._tools = tools
        self._gathered: list[Page] = []
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PageWriter":
        return self

    async def add(self, page: Page) -> None:
        """Store a page soon."""
        self._gathered.append(page)
        if self._writing is None or self._writing.done() or len(self._gathered) >= MAX_GATHERED:
            await self._finish()
        if self._gathered:
            self._writing = self._writing or asyncio.create_task(self._write_gathered())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writing is not None and isinstance(error, asyncio.CancelledError):
            self._writing.cancel()
            await asyncio.wait([self._writing])
        else:
            await self._finish()

    async def _finish(self) -> None:
        """Wait for what is being stored, which is all that was gathered."""
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _write_gathered(self) -> None:
        while self._gathered:
            pages, self._gathered = self._gathered, []
            await self._write(pages)

    async def _write(self, pages: list[Page]) -> None:
        progress, tools = self._progress, self._tools
        is_cut = tools.find_deriver(progress.document) is None
        new = await asyncio.to_thread(lambda: [make_page(page, is_cut=is_cut) for page in pages])
        warnings = list(add_remarks(progress.warnings, (remark for page in pages for remark in page.remarks)))
        changed = warnings if warnings != progress.warnings else None
        if not await tools.store.add_pages(progress.document.id, new, changed):
            raise DocumentNotFound(progress.document.id)
        progress.num_pages, progress.warnings = pages[-1].number, warnings
        tools.stats.num_pages += len(pages)
        tools.changes.note(progress.document.id)


def make_page(page: Page, *, is_cut: bool = True) -> NewPage:
    """Return a page as it is stored: with its passages if `is_cut`, and for what no database takes U+FFFD."""
    clean = structs.replace(page, text=UNSTORABLE.sub("\ufffd", page.text))
    return NewPage(clean.number, msgspec.json.encode(clean), cut_passages(clean) if is_cut else ())
