"""The corpus of broken and odd documents, each through a process of its own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence

import pytest

from scripts.broken.corpus import list_documents
from scripts.broken.document import READ, BrokenDocument
from server.library.errors import ReadingError
from server.library.processes import ReadingLimits, ReadingProcesses
from server.library.reading_process import MODULE
from server.library.remarks import write_refusal
from server.settings.library_settings import LibrarySettings
from tests.helpers.children import list_children_with

pytestmark = pytest.mark.anyio

NUM_PROCESSES = 2
EACH_WAY = (
    "bomb-ratio.docx",
    "corners.xlsx",
    "corners.xls",
    "entities-laughs.docx",
    "macros.xlsm",
    "fetching.html",
    "password.docx",
    "deep-tables.html",
)


@pytest.fixture
async def processes() -> AsyncIterator[ReadingProcesses]:
    limits = ReadingLimits.from_settings(LibrarySettings(document_workers=NUM_PROCESSES, max_document_s=60))
    processes = ReadingProcesses(limits)
    yield processes
    await processes.close()
    assert list_children_with(MODULE) == []


async def test_each_way_to_end(processes: ReadingProcesses) -> None:
    documents = [document for document in list_documents() if document.name in EACH_WAY]
    assert len(documents) == len(EACH_WAY)
    await expect_no_faults(processes, documents)


@pytest.mark.slow
async def test_each_document_ends_as_it_should(processes: ReadingProcesses) -> None:
    await expect_no_faults(processes, list(list_documents()))


async def expect_no_faults(processes: ReadingProcesses, documents: Sequence[BrokenDocument]) -> None:
    found = await asyncio.gather(*(find_faults(processes, document) for document in documents))
    assert {each.name: faults for each, faults in zip(documents, found, strict=True) if faults} == {}


async def find_faults(processes: ReadingProcesses, document: BrokenDocument) -> list[str]:
    """Return what is not as it should be with a document."""
    outcome, text, remarks = await read(processes, document)
    faults = [] if outcome in document.outcomes else [f"{outcome} is none of {document.outcomes}"]
    if outcome == READ and not faults:
        faults += [f"{each!r} was not read" for each in document.texts if each not in text]
        faults += [f"nothing was said of {each}" for each in document.remarks if each not in remarks]
    return faults


async def read(processes: ReadingProcesses, document: BrokenDocument) -> tuple[str, str, set[str]]:
    with tempfile.TemporaryFile() as file:
        file.write(document.data)
        file.flush()
        try:
            async with processes.open(file, document.name, document.name, document.password) as opened:
                pages = [page async for page in opened.read_pages()]
        except ReadingError as error:
            texts = write_refusal(error.refusal)
            assert "{" not in texts["en"] + texts["zh"]
            return error.refusal.code, "", set()
    remarks = {remark.code for page in pages for remark in page.remarks}
    remarks |= {remark.code for remark in opened.opened.remarks}
    return READ, "".join(page.text for page in pages), remarks
