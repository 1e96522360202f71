"""Pages of documents that have none of their own: blocks of text put together until a part is as long as a page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from msgspec import structs

from server.library.readers.cutting import PART_CHARACTERS, cut_text
from server.library.readers.records import Cell, Heading, Page, Table

MAX_HEADER_ROWS = 5


@dataclass(frozen=True)
class TableRow:
    """The text of a row of a table with its line end, and its cells; their `row` is set when the table is built.

    `cells` is None for a line of a table that is no row, such as the one below a header in Markdown.
    """

    text: str
    cells: tuple[Cell, ...] | None = None

    @property
    def is_header(self) -> bool:
        return bool(self.cells) and all(cell.is_header for cell in self.cells or ())


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading of a level from 1, or a table. The text has all line ends that come after it."""

    text: str
    level: int = 0
    title: str = ""
    rows: tuple[TableRow, ...] = ()


@dataclass
class _Part:
    """The blocks of the page that is being put together."""

    blocks: list[Block] = field(default_factory=list)
    num_characters: int = 0

    def add(self, block: Block) -> None:
        self.blocks.append(block)
        self.num_characters += len(block.text)

    def is_full_before(self, block: Block) -> bool:
        if self.num_characters + len(block.text) > PART_CHARACTERS:
            return any(not other.level for other in self.blocks)
        return block.level > 0 and self.num_characters > PART_CHARACTERS // 2

    def take_last_headings(self) -> list[Block]:
        """Remove the headings at the end, which belong to what comes after them."""
        num_kept = len(self.blocks)
        while num_kept > 1 and self.blocks[num_kept - 1].level:
            num_kept -= 1
        taken, self.blocks = self.blocks[num_kept:], self.blocks[:num_kept]
        return taken


def build_pages(blocks: Iterable[Block]) -> Iterator[Page]:
    """Put blocks together into pages, whose texts together are all their texts; at least one page."""
    part, path, number = _Part(), list[Heading](), 1
    for block in blocks:
        for piece in _split(block):
            if part.is_full_before(piece):
                headings = part.take_last_headings()
                yield build_page(number, part.blocks, path)
                part, number = _Part(), number + 1
                for heading in headings:
                    part.add(heading)
            part.add(piece)
    yield build_page(number, part.blocks, path)


def _split(block: Block) -> Iterator[Block]:
    """Cut a block that is longer than a page."""
    if len(block.text) <= PART_CHARACTERS:
        yield block
    elif block.rows:
        yield from _split_table(block)
    else:
        texts = cut_text([block.text])
        yield replace(block, text=next(texts), title=block.title[:PART_CHARACTERS])
        for text in texts:
            yield Block(text)


def _split_table(block: Block) -> Iterator[Block]:
    """Cut a table between rows; every later part has the header's cells too, though its text does not repeat them."""
    header = _list_header(block.rows)
    rows: list[TableRow] = []
    num_characters = 0
    for row in block.rows:
        if num_characters and num_characters + len(row.text) > PART_CHARACTERS:
            yield _join_rows(rows)
            rows, num_characters = [replace(other, text="") for other in header], 0
        if len(row.text) > PART_CHARACTERS:
            yield from (Block(text) for text in cut_text([row.text]))
            continue
        rows.append(row)
        num_characters += len(row.text)
    if num_characters:
        yield _join_rows(rows)


def _list_header(rows: tuple[TableRow, ...]) -> list[TableRow]:
    """Return the rows that the header is; a table of nothing but headers has none to repeat."""
    header = list(takewhile(lambda row: row.is_header, rows[: MAX_HEADER_ROWS + 1]))
    return header if len(header) <= MAX_HEADER_ROWS else []


def _join_rows(rows: list[TableRow]) -> Block:
    return Block("".join(row.text for row in rows), rows=tuple(rows))


def build_page(number: int, blocks: list[Block], path: list[Heading]) -> Page:
    """Build a page, and bring the path of headings to where the page ends."""
    if blocks and blocks[0].level:
        _leave(path, blocks[0].level)
    above, headings, tables, start = tuple(path), list[Heading](), list[Table](), 0
    for block in blocks:
        end = start + len(block.text)
        if block.level:
            headings.append(Heading(start, block.level, block.title))
            _leave(path, block.level)
            path.append(Heading(0, block.level, block.title))
        if block.rows:
            tables.append(Table(start, end, build_cells(block.rows)))
        start = end
    text = "".join(block.text for block in blocks)
    return Page(number=number, text=text, headings_above=above, headings=tuple(headings), tables=tuple(tables))


def _leave(path: list[Heading], level: int) -> None:
    """Drop the headings that end where one of the level begins."""
    while path and path[-1].level >= level:
        path.pop()


def build_cells(rows: Iterable[TableRow]) -> tuple[Cell, ...]:
    """Number the cells of rows from the first row, as 0, and end spans with the last row."""
    rows_of_cells = [row.cells for row in rows if row.cells is not None]
    return tuple(
        structs.replace(cell, row=number, num_rows=min(cell.num_rows, len(rows_of_cells) - number))
        for number, cells in enumerate(rows_of_cells)
        for cell in cells
    )
