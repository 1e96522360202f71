"""Plain text, cut into parts that are as long as pages."""

from collections.abc import Iterator

from server.library.readers.cutting import cut_text
from server.library.readers.decoding import find_encoding, list_remarks, read_chunks
from server.library.readers.paging import take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Opened, Page


class TextReader:
    """The pages' texts together are the decoded file, but for U+0000."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding = find_encoding(source.file)
        self.opened = Opened(source.kind, remarks=list_remarks(self._encoding))

    def read_pages(self, first: int) -> Iterator[Page]:
        parts = cut_text(read_chunks(self._source.file, self._encoding))
        pages = (Page(number=number, text=text) for number, text in enumerate(parts, 1))
        return take_pages(pages, first, self._source.limits)

    def close(self) -> None:
        """The file is not this reader's."""
