"""The tables of a document, each as one however many pages it goes on over, and as many cells as an answer may have."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import msgspec
from msgspec import Struct

from server.library.tables.document_rows import DocumentRows
from server.library.tables.extraction import DocumentTables
from server.library.tables.grid import TableGrid
from server.library.tables.model import TableModel
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.records import ExtractedTable, TableSource
from server.library.tables.rows import ExtractedRows, TableRows
from server.store.library_records import LibraryDocument

MAX_CELLS = 20_000
"""The most cells of all tables of one answer."""

MAX_TABLES = 200


class StoredTable(Struct, frozen=True, omit_defaults=True):
    """A table as it is stored, with where it is in its document, None for one of a picture without a document."""

    table: ExtractedTable
    source: TableSource | None = None

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "StoredTable":
        return msgspec.json.decode(body, type=cls)


class _Collector:
    """Joins the parts of tables, until there are as many cells as there may be."""

    def __init__(self, document: LibraryDocument) -> None:
        self._document = document
        self._tables: list[list[TablePiece]] = []
        self._num_cells = 0

    def add(self, pieces: Sequence[TablePiece]) -> bool:
        """Take the tables of a page, and return whether there is room for more."""
        for piece in pieces:
            if len(self._tables) >= MAX_TABLES and not piece.continues:
                return False
            kept = piece.cut(MAX_CELLS - self._num_cells)
            if piece.continues and self._tables:
                self._tables[-1].append(kept)
            else:
                self._tables.append([kept])
            self._num_cells += len(kept.table.cells)
            if kept.is_truncated and not piece.is_truncated:
                return False
        return True

    def finish(self) -> list[StoredTable]:
        return [self._to_stored(pieces) for pieces in self._tables if any(piece.table.cells for piece in pieces)]

    def _to_stored(self, pieces: list[TablePiece]) -> StoredTable:
        """Return a table, with where it begins: the rest of a cut one can be read from there."""
        first = pieces[0]
        source = TableSource(self._document.id, self._document.name, first.page.number, first.index)
        return StoredTable(join_pieces(pieces), source)


async def list_tables(
    tables: DocumentTables, document: LibraryDocument, numbers: Sequence[int], model: TableModel | None = None
) -> tuple[list[StoredTable], bool]:
    """Return the tables of pages of a document, and whether those are all. Raises as `DocumentTables`."""
    collector = _Collector(document)
    async with aclosing(tables.read_pieces(document, numbers, model)) as pages:
        async for pieces in pages:
            if not collector.add(pieces):
                return await asyncio.to_thread(collector.finish), False
    return await asyncio.to_thread(collector.finish), True


async def open_rows(stored: StoredTable, tables: DocumentTables, document: LibraryDocument | None) -> TableRows:
    """Return all rows of a table: those stored with it, or read from its document where it has more."""
    if not stored.table.is_truncated or stored.source is None or document is None:
        return await asyncio.to_thread(ExtractedRows, stored.table)
    grid = await asyncio.to_thread(TableGrid.of, stored.table)
    return DocumentRows(tables, document, stored.source, grid.columns)
