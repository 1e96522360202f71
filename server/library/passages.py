"""The cutting of pages into passages, which are found and cited one by one.

The passages of a page have its text between them: none of its characters is lost, and none is in two of them.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.library.readers.records import Heading, Page
from server.store.library_records import NewPassage, PassageKind

MAX_CHARACTERS = 800
MAX_WIDE_CHARACTERS = 400
"""The limit for texts of Chinese, Japanese or Korean, which say about as much in half as many characters."""

WIDE_SHARE = 0.3
"""The share of wide characters from which a text has their limit."""

SHORT_CHARACTERS = 120
"""A text of up to so many before a table, such as its caption, is in one passage with it."""

MAX_HEADING_CHARACTERS = 120
"""How much of each heading is kept in the path of a passage."""

WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")

CUTS = (
    re.compile(r"\n[^\S\n]*\n\s*"),  # paragraphs
    re.compile(r"""[。！？；]+["'”’」』）)]*\s*|[.!?]+["'”’)\]]*\s+|…+\s*"""),  # sentences
    re.compile(r"\n\s*"),  # lines
    re.compile(r"[，、：]\s*|[,;:]\s+"),  # clauses
    re.compile(r"\s+"),  # words
)
"""Behind what a text may be cut, the best place first."""

LINE, BLANK = CUTS[2], re.compile(r"\s*")


@dataclass(frozen=True)
class Section:
    """A part of a page that passages do not reach beyond. `ends` are the ends of its rows, where it is a table's."""

    start: int
    end: int
    kind: PassageKind = "text"
    ends: tuple[int, ...] = ()


def cut_passages(page: Page) -> list[NewPassage]:
    """Cut a page at headings and tables, and within these at paragraphs, sentences and rows. A scan is one passage."""
    places = _Places(page)
    if page.is_scan:
        return [places.make_passage("scan", 0, len(page.text))]
    sections = _join_small(_split(page), page)
    cuts = ((section.kind, start, end) for section in sections for start, end in _cut(section, page.text))
    return [places.make_passage(kind, start, end) for kind, start, end in cuts]


class _Places:
    """Where the headings and the rows of a page are."""

    def __init__(self, page: Page) -> None:
        headings = sorted(page.headings, key=lambda heading: heading.start)
        self._page = page
        self._paths = list(_write_paths(page.headings_above, headings))
        self._starts = [heading.start for heading in headings]
        self._row_starts, self._row_ends = [row.start for row in page.rows], [row.end for row in page.rows]

    def make_passage(self, kind: PassageKind, start: int, end: int) -> NewPassage:
        page = self._page
        path = self._paths[bisect_left(self._starts, max(end, 1))]
        rows = page.rows[bisect_right(self._row_ends, start) : bisect_left(self._row_starts, end)]
        first_row, last_row = (rows[0].number, rows[-1].number) if rows else (None, None)
        return NewPassage(page.number, start, end, page.text[start:end], kind, path, page.sheet, first_row, last_row)


def _write_paths(above: Sequence[Heading], headings: Sequence[Heading]) -> Iterator[str | None]:
    """Yield the path of headings before the first heading of a page, and from each of them on."""
    path = [*above]
    yield _write_path(path)
    for heading in headings:
        path = [*(higher for higher in path if higher.level < heading.level), heading]
        yield _write_path(path)


def _write_path(path: Sequence[Heading]) -> str | None:
    texts = (" ".join(heading.text.split())[:MAX_HEADING_CHARACTERS] for heading in path)
    return " > ".join(filter(None, texts)) or None


def _split(page: Page) -> list[Section]:
    """Split a page at its headings and its tables; a part of a sheet is one table."""
    size = len(page.text)
    if page.rows:
        return [Section(0, size, "table", (*(row.start for row in page.rows[1:]), size))]
    sections, done = [], 0
    for table in sorted(page.tables, key=lambda table: table.start):
        start, end = table.start, min(table.end, size)
        if done <= start < end:
            rows = (*(found.end() for found in LINE.finditer(page.text, start, end)), end)
            sections += [*_split_text(page, done, start), Section(start, end, "table", rows)]
            done = end
    return [*sections, *_split_text(page, done, size)]


def _split_text(page: Page, start: int, end: int) -> Iterator[Section]:
    inner = sorted({heading.start for heading in page.headings if start < heading.start < end})
    for first, last in zip((start, *inner), (*inner, end), strict=True):
        if first < last:
            yield Section(first, last)


def _join_small(sections: Sequence[Section], page: Page) -> list[Section]:
    """Join blank sections to those before them, bare headings to what follows, and captions to their tables."""
    starts = {heading.start for heading in page.headings}
    joined: list[Section] = []
    heading_start: int | None = None
    for section in sections:
        if joined and _is_joined(joined[-1], section, page.text, heading_start):
            last = joined.pop()
            kind: PassageKind = "table" if "table" in (last.kind, section.kind) else "text"
            joined.append(Section(last.start, section.end, kind, (*last.ends, *section.ends)))
        else:
            joined.append(section)
            heading_start = None
        heading_start = section.start if section.start in starts else heading_start
    return joined


def _is_joined(last: Section, section: Section, text: str, heading_start: int | None) -> bool:
    """Whether a section belongs to the one before it, whose last heading is at `heading_start`, if it has one."""
    before, here = text[last.start : last.end], text[section.start : section.end]
    if not before.strip() or not here.strip():
        return True
    if last.kind != "text":
        return False
    if heading_start is not None:
        line_end = text.find("\n", heading_start, last.end)
        if line_end < 0 or not text[line_end : last.end].strip():  # nothing is under the heading
            return True
    limit = _find_limit(before + here)
    is_caption = section.kind == "table" and len(before) <= SHORT_CHARACTERS
    return is_caption and (len(before) + len(here) <= limit or len(here) > limit)


def _cut(section: Section, text: str) -> Iterator[tuple[int, int]]:
    """Yield the starts and ends of the passages of a section. What is blank counts for nothing at either end."""
    limit = _find_limit(text[section.start : section.end])
    start = section.start
    while (begin := _skip_blank(text, start, section.end)) + limit < section.end:
        end = _find_row_end(section.ends, begin, limit) or _find_cut(text, begin, section.end, limit)
        if _skip_blank(text, end, section.end) == section.end:
            break
        yield start, end
        start = end
    yield start, section.end


def _skip_blank(text: str, start: int, end: int) -> int:
    found = BLANK.match(text, start, end)
    return start if found is None else found.end()


def _find_row_end(ends: Sequence[int], begin: int, limit: int) -> int | None:
    """Return the end of the last row that fits into the next `limit` characters, None where not even one does."""
    index = bisect_right(ends, begin + limit) - 1
    return ends[index] if index >= 0 and ends[index] > begin else None


def _find_cut(text: str, begin: int, end: int, limit: int) -> int:
    """Return the best place to cut in the second half of the next `limit` characters, so that the rest is not short."""
    least = begin + limit // 2
    most = min(begin + limit, max(end - limit // 4, least + 1))
    for pattern in CUTS:
        places = [found.end() for found in pattern.finditer(text, begin, most) if found.end() >= least]
        if places:
            return places[-1]
    return most


def _find_limit(text: str) -> int:
    num_wide = sum(1 for _ in WIDE.finditer(text))
    return MAX_WIDE_CHARACTERS if num_wide > WIDE_SHARE * len(text) else MAX_CHARACTERS
