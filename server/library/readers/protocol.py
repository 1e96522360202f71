"""What a reader of a format is, and how it refuses a document."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

from msgspec import Struct

from server.library.readers.records import Kind, Opened, Page, Refusal
from server.library.readers.video.records import ClipTask, FrameRead


class Refused(Exception):
    """A reader cannot read a document, or a page of it; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class ReaderLimits(Struct, frozen=True, kw_only=True):
    """The most that a reader takes from one document.

    `max_page_chars` bounds the text of one page, `max_unpacked_bytes` what an archive holds, and `max_pixels` what is
    decoded or drawn at once.
    """

    max_pages: int = 2000
    max_cells: int = 5_000_000
    max_page_chars: int = 200_000
    max_unpacked_bytes: int = 512 << 20
    max_pixels: int = 64_000_000


@dataclass(frozen=True)
class Source:
    """An open document of a known kind, for its reader. The file is at its beginning, and is not the reader's to close.

    `name` is that of the file as it was sent.
    """

    file: BinaryIO
    kind: Kind
    name: str
    limits: ReaderLimits
    password: str | None = None


class Reader(Protocol):
    """An open document. Who made it closes it."""

    @property
    def opened(self) -> Opened: ...

    def read_pages(self, first: int) -> Iterator[Page]:
        """Yield the pages in order, from page `first` on. Raises `Refused` where one goes beyond a limit."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class DrawingReader(Reader, Protocol):
    """A reader whose pages can be drawn."""

    def render(self, number: int, max_width: int, max_height: int) -> bytes:
        """Return a PNG or JPEG of a page that fits into a box of pixels and fills it in one direction.

        Raises `Refused` where the page cannot be drawn, and `IndexError` where there is none of that number.
        """
        ...


@runtime_checkable
class FrameReader(Reader, Protocol):
    """A reader of clips."""

    def read_frame(self, task: ClipTask) -> FrameRead:
        """Return the next chosen frame. Raises `Refused`."""
        ...
