"""What single pages have of tables, and putting that together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from server.library.readers.records import Page, Table
from server.library.tables.records import ExtractedTable, TableCell


@dataclass(frozen=True)
class TablePiece:
    """What a page has of a table, which is number `index` on the page.

    `continues` says that it goes on the table of the piece before it; a header that it repeats is then dropped.
    `row_numbers` are those of its rows in their sheet, 0 for a header that is repeated from an earlier part of it, and
    none where they are in no sheet. `is_truncated` says that the page has more rows of it.
    """

    page: Page
    table: Table
    index: int
    continues: bool = False
    row_numbers: tuple[int, ...] = ()
    is_truncated: bool = False

    @classmethod
    def of(cls, page: Page, table: Table, index: int) -> "TablePiece":
        piece = cls(page, table, index)
        if not page.rows:
            return piece
        num_repeated = max(piece.num_rows - len(page.rows), 0)
        return replace(piece, row_numbers=(*[0] * num_repeated, *(row.number for row in page.rows)))

    @property
    def num_columns(self) -> int:
        return max((cell.column + cell.num_columns for cell in self.table.cells), default=0)

    @property
    def num_rows(self) -> int:
        return max((cell.row + cell.num_rows for cell in self.table.cells), default=0)

    def truncate(self) -> "TablePiece":
        """Return this piece as one that has more rows."""
        return replace(self, is_truncated=True)

    def go_on(self, num_repeated: int) -> "TablePiece":
        """Return this piece as one that goes on the one before, without its first rows, which repeat the header."""
        cells = (cell for cell in self.table.cells if cell.row >= num_repeated)
        moved = tuple(structs.replace(cell, row=cell.row - num_repeated) for cell in cells)
        table = structs.replace(self.table, cells=moved)
        return replace(self, table=table, continues=True, row_numbers=self.row_numbers[num_repeated:])

    def cut(self, max_cells: int) -> "TablePiece":
        """Return the first whole rows with no more cells than that; the piece is truncated if it loses any."""
        if len(self.table.cells) <= max_cells:
            return self
        ordered = sorted(self.table.cells, key=lambda cell: (cell.row, cell.column))
        end = ordered[max_cells].row
        kept = (cell for cell in ordered if cell.row < end)
        clipped = tuple(structs.replace(cell, num_rows=min(cell.num_rows, end - cell.row)) for cell in kept)
        return replace(self, table=structs.replace(self.table, cells=clipped), is_truncated=True)


def join_pieces(pieces: Sequence[TablePiece]) -> ExtractedTable:
    """Return one table of the pieces of it."""
    cells: list[TableCell] = []
    numbers: list[int] = []
    first_row = 0
    for piece in pieces:
        for cell in piece.table.cells:
            place = (cell.row + first_row, cell.column, cell.num_rows, cell.num_columns)
            cells.append(TableCell(cell.text.strip(), *place, piece.page.number, cell.is_header))
        numbers += piece.row_numbers[: piece.num_rows]
        first_row += piece.num_rows
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return ExtractedTable(
        cells=tuple(cells),
        num_rows=first_row,
        num_columns=max(piece.num_columns for piece in pieces),
        first_page=pieces[0].page.number,
        last_page=pieces[-1].page.number,
        sheet=pieces[0].page.sheet,
        row_numbers=tuple(numbers),
        is_truncated=any(piece.is_truncated for piece in pieces),
    )
