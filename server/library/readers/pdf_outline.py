"""The headings of a PDF, which are its bookmarks, and where they are in the text of their pages."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from server.library.readers.records import Heading

MAX_HEADINGS = 10_000
MAX_PAGE_HEADINGS = 200
MAX_DEPTH = 15
MAX_TITLE_CHARS = 300
MAX_NUMBER_CHARS = 12
"""The most that a line has before a title, such as the number of a section."""


@dataclass(frozen=True)
class Bookmark:
    """A heading, its level from 1, and the page that it is on."""

    title: str
    level: int
    page: int


class Outline:
    """The bookmarks by page, in the order of the document."""

    def __init__(self, bookmarks: Iterable[Bookmark]) -> None:
        self._bookmarks = sorted(bookmarks, key=lambda each: each.page)

    def list_above(self, page: int) -> tuple[Heading, ...]:
        """Return the headings that the beginning of a page is under, the highest first."""
        above: list[Heading] = []
        for each in self._bookmarks:
            if each.page >= page:
                break
            add_below(above, Heading(0, each.level, each.title))
        return tuple(above)

    def find_headings(self, page: int, text: str) -> tuple[Heading, ...]:
        """Return the headings of a page. One that its text does not have is where the one before it is."""
        found, at = [], 0
        for each in islice((each for each in self._bookmarks if each.page == page), MAX_PAGE_HEADINGS):
            start = find_title(text, each.title, at)
            at = at if start is None else start
            found.append(Heading(at, each.level, each.title))
        return tuple(found)


def find_title(text: str, title: str, start: int) -> int | None:
    """Return where a title begins, from `start` on: at best a line that is not much more, such as its number."""
    wanted = _strip(title)
    line_start = start
    for line in text[start:].split("\n"):
        plain = _strip(line)
        if wanted and plain.endswith(wanted) and len(plain) <= len(wanted) + MAX_NUMBER_CHARS:
            return line_start
        line_start += len(line) + 1
    places = [at for at in range(start, len(text)) if not text[at].isspace()]
    found = "".join(text[place] for place in places).find(wanted)
    return text.rfind("\n", 0, places[found]) + 1 if wanted and found >= 0 else None


def _strip(text: str) -> str:
    return "".join(text.split())


def add_below(above: list[Heading], heading: Heading) -> None:
    """Add a heading to those above it, without those that end where it begins."""
    while above and above[-1].level >= heading.level:
        above.pop()
    above.append(heading)


def read_outline(document: pdfium.PdfDocument) -> Outline:
    """Return the bookmarks of a document that lead to one of its pages."""
    bookmarks = []
    for each in islice(document.get_toc(max_depth=MAX_DEPTH), MAX_HEADINGS):
        bookmark = _read_bookmark(each)
        if bookmark is not None:
            bookmarks.append(bookmark)
    return Outline(bookmarks)


def _read_bookmark(bookmark: pdfium.PdfBookmark) -> Bookmark | None:
    try:
        target = bookmark.get_dest()
        page = target.get_index() if target is not None else None
        title = " ".join(bookmark.get_title().replace("\0", " ").split())[:MAX_TITLE_CHARS]
    except (pdfium.PdfiumError, UnicodeError) as error:
        logging.getLogger(__name__).debug("a bookmark cannot be read: %s", error)
        return None
    return Bookmark(title, bookmark.level + 1, page + 1) if title and page is not None and page >= 0 else None
