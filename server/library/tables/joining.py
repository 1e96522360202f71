"""Finding the tables of pages, and which of them go on over a page break."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from server.library.readers.records import Cell, Page
from server.library.tables.furniture import MAX_LINES, is_furniture, list_lines
from server.library.tables.grid import TableGrid
from server.library.tables.numbers import read_quantity
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.stacked import split_stacked

NUM_NEW_LINES = 2
"""So many short lines between tables may be other than page furniture, where the header is repeated."""


class PieceFinder:
    """Finds the tables of a document's pages, which it is given in order."""

    def __init__(self) -> None:
        self._last: TablePiece | None = None
        self._header: tuple[Cell, ...] = ()

    def find(self, page: Page, following: Page | None = None) -> list[TablePiece]:
        """Return the tables of a page, the first with whether it goes on the one before; `following` is the next."""
        pieces = []
        whole = (TablePiece.of(page, table, 0) for table in page.tables if table.cells)
        for index, part in enumerate(part for piece in whole for part in split_stacked(piece)):
            piece = replace(part, index=index)
            num_repeated = self._count_repeated(piece)
            if index == 0 and self._goes_on(piece, num_repeated, following):
                piece = piece.go_on(num_repeated)
            else:
                self._header = _list_header(piece)
            pieces.append(piece)
            self._last = piece
        return [piece for piece in pieces if piece.table.cells]

    def _count_repeated(self, piece: TablePiece) -> int:
        """Return how many rows at the top repeat the header: that of the sheet, or of the table before."""
        if piece.row_numbers:
            return sum(not number for number in piece.row_numbers)
        marked = [cell for cell in self._header if cell.is_header]
        header = marked if any(cell.is_header for cell in piece.table.cells) else self._header
        first = min((cell.row for cell in header), default=0)
        height = max((cell.row + 1 for cell in header), default=0) - first
        top = [cell for cell in piece.table.cells if cell.row < height]
        return height if header and _read_places(top) == _read_places(header, first) else 0

    def _goes_on(self, piece: TablePiece, num_repeated: int, following: Page | None) -> bool:
        last, page = self._last, piece.page
        if last is None or page.number != last.page.number + 1 or page.sheet != last.page.sheet:
            return False
        if piece.row_numbers and last.row_numbers:
            return True
        if last.index != _count_tables(last.page) - 1 or (last.table.cells and piece.num_columns != last.num_columns):
            return False
        if not num_repeated and _has_own_header(piece):
            return False
        return _has_furniture_alone(last, piece, following, NUM_NEW_LINES if num_repeated else 0)


def find_pieces(pages: Sequence[Page]) -> list[TablePiece]:
    """Return the tables of pages in order, each with whether it goes on the one before."""
    finder = PieceFinder()
    pairs = zip(pages, (*pages[1:], None), strict=True)
    return [piece for page, following in pairs for piece in finder.find(page, following)]


def _count_tables(page: Page) -> int:
    return sum(bool(table.cells) for table in page.tables)


def _list_header(piece: TablePiece) -> tuple[Cell, ...]:
    num_rows = TableGrid.of(join_pieces([piece])).num_header_rows
    return tuple(cell for cell in piece.table.cells if cell.row < num_rows)


def _read_places(cells: Iterable[Cell], first_row: int = 0) -> dict[tuple[int, int], str]:
    """Return texts without spaces by row and column."""
    return {(cell.row - first_row, cell.column): "".join(cell.text.split()) for cell in cells if cell.text.strip()}


def _has_own_header(piece: TablePiece) -> bool:
    """Whether a table has a header: one that is marked, or names above numbers."""
    if any(cell.is_header for cell in piece.table.cells):
        return True
    header = _list_header(piece)
    columns = {cell.column for cell in header if cell.text.strip()}
    height = max((cell.row + 1 for cell in header), default=0)
    body = (cell for cell in piece.table.cells if cell.row >= height and cell.column in columns)
    return bool(header) and any(read_quantity(cell.text) is not None for cell in body)


def _has_furniture_alone(last: TablePiece, piece: TablePiece, following: Page | None, num_new: int) -> bool:
    """Whether there is nothing but page furniture between the tables of two pages."""
    after = list_lines(last.page.text[last.table.end :])
    before = list_lines(piece.page.text[: piece.table.start])
    above = list_lines(last.page.text[: last.table.start])
    below = list_lines(piece.page.text[piece.table.end :])
    if following is not None:
        lines = list_lines(following.text)
        above += lines[:MAX_LINES]
        below += lines[-MAX_LINES:]
    return is_furniture(after, below, num_new) and is_furniture(before, above, num_new)
