"""The tasks of a process, one document after all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from server.library.readers.found_table import FoundTable
from server.library.readers.opening import open_reader
from server.library.readers.protocol import DrawingReader, FrameReader, Reader, Refused
from server.library.readers.records import Page, Refusal
from server.library.readers.tasks import (
    Answer,
    DocumentOpened,
    FindTables,
    Open,
    PageDrawn,
    PageRead,
    ReadPage,
    Render,
    TablesFound,
    Task,
    TaskRefused,
)
from server.library.readers.video.records import FrameRead, ReadFrame

if TYPE_CHECKING:
    from server.library.readers.pdf_tables import PdfTables


class OpenReader:
    """A document with its reader, and the page that is read next without beginning again."""

    def __init__(self, task: Open, file: BinaryIO) -> None:
        self.task = task
        self.file = file
        self.reader: Reader = open_reader(file, task.name, task.limits, task.password, task.kind)
        self._pages: Iterator[Page] = iter(())
        self._next: int | None = None
        self._tables: PdfTables | None = None

    def answer(self, task: Task) -> Answer:
        """Do a task. Raises `Refused`, and whatever a library raises where a document is damaged."""
        match task:
            case Open():
                return DocumentOpened(self.reader.opened)
            case ReadPage():
                return PageRead(self._read_page(task.number))
            case Render():
                return PageDrawn(self._render(task))
            case FindTables():
                return TablesFound(self._find_tables(task.number))
            case ReadFrame():
                return self._read_frame(task)

    def _read_page(self, number: int) -> Page | None:
        if number != self._next:
            self._pages = self.reader.read_pages(number)
        self._next = None  # where this fails, the next page is a new beginning
        page = next(self._pages, None)
        self._next = number + 1
        if page is not None and len(page.text) > self.task.limits.max_page_chars:
            raise Refused(Refusal("too_much_text", {"limit": self.task.limits.max_page_chars}))
        return page

    def _read_frame(self, task: ReadFrame) -> FrameRead:
        if not isinstance(self.reader, FrameReader):
            raise Refused(Refusal("unknown_video"))
        return self.reader.read_frame(task.clip)

    def _render(self, task: Render) -> bytes:
        if not isinstance(self.reader, DrawingReader):
            raise Refused(Refusal("not_drawn"))
        try:
            return self.reader.render(task.number, task.max_width, task.max_height)
        except IndexError as error:
            raise Refused(Refusal("no_such_page", {"page": task.number})) from error

    def _find_tables(self, number: int) -> tuple[FoundTable, ...]:
        """Return the tables of a page of a PDF; what is known of the document is kept for the next page."""
        if self.reader.opened.kind != "pdf":
            return ()
        if self._tables is None:
            from server.library.readers.pdf_tables import PdfTables

            self._tables = PdfTables(self.file, self.task.password)
        return self._tables.find(number)


def answer_task(document: OpenReader, task: Task) -> Answer:
    """Do a task; whatever goes wrong is the answer."""
    try:
        return document.answer(task)
    except Exception as error:
        return refuse(error, document.task)


def refuse(error: Exception, task: Open) -> TaskRefused:
    """Return what an error of a reader means. On damaged documents libraries raise exceptions of any type."""
    if isinstance(error, Refused):
        return TaskRefused(error.refusal)
    if isinstance(error, MemoryError):
        return TaskRefused(Refusal("memory", {"limit": task.max_bytes}))
    return TaskRefused(Refusal("broken", {"cause": "reader"}))
