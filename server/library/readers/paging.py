"""What readers of documents without pages have in common."""

from collections.abc import Iterable, Iterator

from server.library.readers.protocol import ReaderLimits, Refused
from server.library.readers.records import Page, Refusal


def take_pages(pages: Iterable[Page], first: int, limits: ReaderLimits) -> Iterator[Page]:
    """Yield the pages from page `first` on. Raises `Refused` where there are too many, or one has too much text."""
    for page in pages:
        if page.number > limits.max_pages:
            raise Refused(Refusal("too_many_pages", {"limit": limits.max_pages}))
        if len(page.text) > limits.max_page_chars:
            raise Refused(Refusal("too_much_text", {"limit": limits.max_page_chars}))
        if page.number >= first:
            yield page


class CellCounter:
    """Counts the cells of a document. Raises `Refused` where there are too many."""

    def __init__(self, limits: ReaderLimits) -> None:
        self._limit = limits.max_cells
        self._num_cells = 0

    def add(self, num_cells: int) -> None:
        self._num_cells += num_cells
        if self._num_cells > self._limit:
            raise Refused(Refusal("too_many_cells", {"limit": self._limit}))
