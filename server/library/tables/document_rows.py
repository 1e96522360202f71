"""All rows of a table of a document, read a page at a time, however many there are."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from msgspec import structs

from server.library.tables.extraction import DocumentTables
from server.library.tables.grid import TableGrid
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.records import TableRow, TableSource
from server.store.library_records import LibraryDocument


class DocumentRows:
    """The rows of a table of a document, whose header is known. It begins at `source`."""

    def __init__(
        self, tables: DocumentTables, document: LibraryDocument, source: TableSource, columns: Sequence[str]
    ) -> None:
        self.columns: Sequence[str] = columns
        self._tables = tables
        self._document = document
        self._source = source

    async def read(self) -> AsyncGenerator[Sequence[TableRow]]:
        """Yield the rows of each page that the table goes on over. Raises as `DocumentTables.read_pieces()`."""
        last = self._document.num_pages_read
        num_rows = 0
        async with aclosing(self._tables.read_pieces(self._document, range(self._source.page, last + 1))) as pages:
            async for pieces in pages:
                piece = _find_piece(pieces, self._source)
                if piece is None:
                    return
                rows = await asyncio.to_thread(list_rows, piece, num_rows, len(self.columns))
                num_rows += piece.num_rows
                yield rows
                if piece is not pieces[-1]:
                    return


def list_rows(piece: TablePiece, num_before: int, num_columns: int) -> list[TableRow]:
    """Return the rows of a part of a table below its header, with as many columns as the whole has."""
    if piece.continues and all(cell.num_rows == 1 == cell.num_columns for cell in piece.table.cells):
        return list(_list_plain_rows(piece, num_before, num_columns))
    table = join_pieces([piece])
    table = structs.replace(table, num_columns=max(table.num_columns, num_columns))
    grid = TableGrid.of(table) if not piece.continues else TableGrid.without_header(table)
    return [
        structs.replace(
            row,
            number=row.number if table.row_numbers else row.number + num_before,
            texts=row.texts[:num_columns],
            repeated=frozenset(column for column in row.repeated if column < num_columns),
        )
        for row in grid.list_rows()
    ]


def _list_plain_rows(piece: TablePiece, num_before: int, num_columns: int) -> Iterator[TableRow]:
    """Yield the rows of a part without a header and spans, as most parts of large tables are, in much less time."""
    width = max(piece.num_columns, num_columns)
    rows = [[""] * width for _ in range(piece.num_rows)]
    for cell in piece.table.cells:
        rows[cell.row][cell.column] = cell.text.strip()
    for index, texts in enumerate(rows):
        number = piece.row_numbers[index] if piece.row_numbers else num_before + index + 1
        if any(texts):
            yield TableRow(number, piece.page.number, tuple(texts[:num_columns]))


def _find_piece(pieces: Sequence[TablePiece], source: TableSource) -> TablePiece | None:
    """Return the part of a table on a page: where it begins, or where it goes on."""
    if not pieces:
        return None
    if pieces[0].page.number == source.page:
        return next((piece for piece in pieces if piece.index == source.index), None)
    return pieces[0] if pieces[0].continues else None
