"""The passages of pages that have rows of products, faults or questions: one for each, so that it is cited alone."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from server.knowledge.sheets.headings import join_headings, write_columns
from server.knowledge.sheets.records import Span
from server.library.passages import cut_passages
from server.library.readers.cutting import cut_text
from server.library.readers.records import Page
from server.store.library_records import NewPassage, PassageKind

MAX_CHARACTERS = 1600
"""The most characters of a row in one passage."""

Numbered = tuple[NewPassage, int | None]


def cut_rows(page: Page, spans: Sequence[Span]) -> list[Numbered]:
    """Cut a page into passages, each with the number of its entry where it is one of the spans.

    Headers are in none, as each row has their names above it. What is between the spans is cut as in other documents.
    """
    ordered = _drop_overlaps(sorted(spans, key=lambda span: (span.start, span.end)))
    plain = cut_passages(page)
    usual = [_name_columns(page, passage) for passage in plain]
    between = [(each, None) for passage in usual for each in _list_rest(page, passage, ordered)]
    headed = _add_headings(ordered, plain)
    rows = [(passage, span.entry) for span in headed if span.entry is not None for passage in _cut(page, span)]
    return sorted([*between, *rows], key=lambda each: each[0].start)


def _name_columns(page: Page, passage: NewPassage) -> NewPassage:
    """Return a passage of a table with the names of its columns above it, where it does not begin with its header."""
    if passage.kind != "table":
        return passage
    table = next((table for table in page.tables if table.start <= passage.start < table.end), None)
    names = [] if table is None else [" ".join(cell.text.split()) for cell in table.cells if cell.is_header]
    if not names or all(name in " ".join(passage.text.split()) for name in names):
        return passage
    return replace(passage, heading=join_headings(passage.heading, write_columns(names)))


def _add_headings(spans: Sequence[Span], plain: Sequence[NewPassage]) -> Iterator[Span]:
    """Yield spans with the headings of the page above the names of their columns."""
    starts = [passage.start for passage in plain]
    for span in spans:
        above = plain[bisect_right(starts, span.start) - 1].heading if plain and span.is_row else None
        yield replace(span, heading=join_headings(above, span.heading))


def _drop_overlaps(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that begin behind all those before them: two may have the same text, and share it then."""
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _cut(page: Page, span: Span) -> Iterator[NewPassage]:
    """Yield the passages of a row, without blanks at its ends."""
    text = page.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip("\r\n"))
    for part in cut_text([page.text[start : span.end].rstrip()], MAX_CHARACTERS):
        yield _make(page, span, start, part)
        start += len(part)


def _make(page: Page, span: Span, start: int, text: str) -> NewPassage:
    kind: PassageKind = "table" if span.is_row else "text"
    return NewPassage(page.number, start, start + len(text), text, kind, span.heading, page.sheet, span.row, span.row)


def _list_rest(page: Page, passage: NewPassage, spans: Sequence[Span]) -> Iterator[NewPassage]:
    """Yield what of a passage is in none of the spans, if it is more than blank."""
    start = passage.start
    for span in spans:
        if span.end > start and span.start < passage.end:
            yield from _take(page, passage, start, span.start)
            start = span.end
    yield from _take(page, passage, start, passage.end)


def _says_something(page: Page, start: int, end: int) -> bool:
    """Whether a part of a page has words, beside headings, which are above the passages under them."""
    headings = {heading.start for heading in page.headings}
    place = start
    for line in page.text[start:end].splitlines(keepends=True):
        if any(map(str.isalnum, line)) and not any(place <= heading < place + len(line) for heading in headings):
            return True
        place += len(line)
    return False


def _take(page: Page, passage: NewPassage, start: int, end: int) -> Iterator[NewPassage]:
    if start == passage.start and end == passage.end:
        yield passage
    elif _says_something(page, start, end):
        rows = [row.number for row in page.rows if row.start < end and row.end > start]
        first, last = (rows[0], rows[-1]) if rows else (None, None)
        yield replace(passage, start=start, end=end, text=page.text[start:end], first_row=first, last_row=last)
