"""Reading a document: each page is read once, cut into passages and stored, from the first that is not stored yet."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import BinaryIO

from msgspec import structs

from server.errors.base import Language
from server.library.errors import ReadingError
from server.library.page_writer import PageWriter
from server.library.readers.records import Page, Remark
from server.library.reading_tools import OpenDocument, ReadingTools
from server.library.transcription import PAGE_SIDE, Transcript
from server.library.warnings import add_remarks
from server.store.library_records import LibraryDocument

MAX_SCANS = 4
"""How many scanned pages the model reads at once. While it does, no process has the document open."""

MAX_PAGES = 50
"""How many pages are kept until a scanned page before them is read."""

STRETCH_S = 5.0
"""How long a document is read before it is asked whether others wait."""

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
ENDS = ("crash", "memory", "slow", "stopping")
"""The codes of refusals after which the process has ended."""


@dataclass(frozen=True)
class _ReadPage:
    """A page, with its picture where the model is to read its text."""

    page: Page
    picture: bytes | None = None


class Reading:
    """One document while it is read. `num_pages` are stored, and `warnings` are those so far."""

    def __init__(self, document: LibraryDocument, tools: ReadingTools) -> None:
        self.document = document
        self.num_pages = document.num_pages_read
        self.warnings = list(document.warnings)
        self.role = document.role
        self._tools = tools
        self._language: Language = "zh" if HAN.search(document.name) else "en"

    async def read_stretch(self, file: BinaryIO) -> bool:
        """Read pages until others wait, or scanned ones for the model; return whether that was the end.

        Raises `ReadingError`, `DocumentsBusy`, `EngineStopped`, `DatabaseUnreachable`, and `DocumentNotFound` where the
        document was deleted.
        """
        document, is_end = self.document, False
        kept: list[_ReadPage] = []
        ends_s = time.monotonic() + STRETCH_S
        async with PageWriter(self, self._tools) as writer:
            async with self._tools.processes.open(file, document.name, document.owner, document.password) as opened:
                async for page in opened.read_pages(self.num_pages + 1):
                    kept.append(_ReadPage(page, await self._draw(opened, page)))
                    if kept[0].picture is None:
                        await writer.add(await self._transcribe(kept.pop(0)))
                    if _is_enough(kept):
                        break
                    if time.monotonic() >= ends_s:
                        if await self.is_awaited():
                            break
                        ends_s = time.monotonic() + STRETCH_S
                else:
                    is_end = True
            await self._write_all(kept, writer)
        return is_end

    async def is_awaited(self) -> bool:
        """Return whether somebody waits for the process, or another owner for a document."""
        return bool(self._tools.processes.num_waiting) or await self._tools.store.is_awaited(self.document.owner)

    async def derive(self) -> None:
        """Store what the document says, if it is one of the knowledge base: all of its pages are stored.

        Raises as the `Deriver` does.
        """
        if (deriver := self._tools.find_deriver(self.document)) is not None:
            derivation = await deriver.derive(self.document, self.num_pages)
            self.role = derivation.role
            self.warnings = list(add_remarks(self.warnings, derivation.remarks))

    async def finish(self) -> None:
        """Mark the document as read to its end."""
        await self._tools.store.finish_document(self.document.id, self.num_pages, self.warnings, role=self.role)

    async def _draw(self, opened: OpenDocument, page: Page) -> bytes | None:
        """Return a picture of a scanned page that the model is to read, None where it cannot be drawn."""
        if not page.is_scan or self._tools.transcriber is None:
            return None
        try:
            return await opened.render(page.number, PAGE_SIDE, PAGE_SIDE)
        except ReadingError as error:
            if error.refusal.code in ENDS:
                raise
            return None

    async def _write_all(self, pages: list[_ReadPage], writer: PageWriter) -> None:
        """Store pages in order, when the model has read those that are scans, all at once."""
        tasks = [asyncio.create_task(self._transcribe(read)) for read in pages]
        try:
            for task in tasks:
                await writer.add(await task)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _transcribe(self, read: _ReadPage) -> Page:
        """Return the page, with the text that the model has read where it is a scan."""
        page, transcript = read.page, None
        if read.picture is not None and self._tools.transcriber is not None:
            transcript = await self._tools.transcriber.transcribe(read.picture, self.document.owner, self._language)
            self._tools.stats.num_transcribed += transcript is not None
        return add_transcript(page, transcript) if page.is_scan else page


def add_transcript(page: Page, transcript: Transcript | None) -> Page:
    """Return a scanned page with the text that was read on it behind its own, or with the remark that none was."""
    if transcript is None:
        return structs.replace(page, remarks=(*page.remarks, Remark("scan_unread", {"page": page.number})))
    cut = () if transcript.is_whole else (Remark("scan_cut", {"page": page.number}),)
    text = f"{page.text}\n{transcript.text}" if page.text.strip() else transcript.text
    return structs.replace(page, text=text, remarks=(*page.remarks, *cut))


def _is_enough(kept: list[_ReadPage]) -> bool:
    return sum(read.picture is not None for read in kept) >= MAX_SCANS or len(kept) >= MAX_PAGES
