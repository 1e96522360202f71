"""The rows of the tables of a document as records, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec import UNSET

from server.knowledge.sheets.columns import Column, read_column
from server.knowledge.sheets.headings import write_columns
from server.knowledge.sheets.kinds import assign, find_kind
from server.knowledge.sheets.records import Field, Record, RecordKind, Span
from server.knowledge.sheets.row_places import Place, find_rows
from server.library.readers.records import Page
from server.library.tables.grid import TableGrid
from server.library.tables.joining import PieceFinder
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.records import TableCell

MAX_HEADER_ROW = 20
"""So many rows may be above the header, or a part of it."""


@dataclass(frozen=True)
class Header:
    """The columns of a table whose rows are of a known kind. `names` are those of all columns, as they are written."""

    kind: RecordKind
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    num_rows: int = 0

    @property
    def heading(self) -> str:
        return write_columns(self.names)


class TableRecords:
    """Reads the tables of pages, which it is given in order. `given` is the role that the operator gave."""

    def __init__(self, given: str | None = None) -> None:
        self.num_entries = 0
        self.records: list[Record] = []
        self._given = given
        self._finder = PieceFinder()
        self._header: Header | None = None
        self._num_before = 0

    def add(self, page: Page, following: Page | None) -> list[Span]:
        """Read the tables of a page; return where its rows and its headers are."""
        spans: list[Span] = []
        for piece in self._finder.find(page, following):
            spans += self._add_piece(piece)
        return spans

    def take(self) -> list[Record]:
        """Return the records since the last time."""
        taken, self.records = self.records, []
        return taken

    def _add_piece(self, piece: TablePiece) -> list[Span]:
        rows = _list_rows(piece)
        if not piece.continues:
            self._header, self._num_before = find_header(rows, self._given), 0
        header = self._header
        num_before = self._num_before
        self._num_before += len(rows)
        if header is None:
            return []
        places = find_rows(piece)
        begin = 0 if piece.continues else header.num_rows
        spans = [_mark_header(piece, places[index]) for index in range(begin) if index in places]
        for index, row in enumerate(rows[begin:], begin):
            spans += self._add_row(piece, header, row, places.get(index), _number(piece, index, num_before))
        return spans

    def _add_row(
        self, piece: TablePiece, header: Header, row: "Row", place: Place | None, number: int
    ) -> Iterator[Span]:
        if row.texts == header.names and place is not None:
            yield _mark_header(piece, place)
            return
        fields = tuple(_list_fields(header, row))
        if place is None or not fields or (_is_title(row) and len(header.columns) > 2):
            return
        label = str(number) if piece.page.sheet is None else f"{piece.page.sheet} {number}"
        self.records.append(Record(header.kind, fields, self.num_entries, label))
        row_number = number if piece.row_numbers else None
        yield Span(piece.page.number, *place, self.num_entries, header.heading, row_number, is_row=True)
        self.num_entries += 1


@dataclass(frozen=True)
class Row:
    """The texts of a row by its columns. `repeated` are the columns of cells that began above or on the left.

    `written` are the texts with their line ends by the columns of the cells that have any.
    """

    texts: tuple[str, ...]
    repeated: frozenset[int] = frozenset()
    num_own: int = 0
    written: Mapping[int, str] = field(default_factory=dict)


def find_header(rows: Sequence[Row], given: str | None = None) -> Header | None:
    """Return the header of a table: the first of its rows that has the most columns with known names.

    None where its rows are of no known kind.
    """
    best: tuple[int, Header] | None = None
    for index, row in enumerate(rows[:MAX_HEADER_ROW]):
        columns = [read_column(text) for text in row.texts]
        kind = find_kind([column for column in columns if column.name], given)
        num_known = sum(column.is_known for column in columns)
        if kind is None or (best is not None and num_known <= best[0]):
            continue
        end = index + 1
        while end < len(rows) and rows[end].texts == row.texts:
            end += 1
        best = num_known, Header(kind, tuple(assign(columns, kind)), row.texts, end)
    return None if best is None else _name_below(best[1], rows)


def _name_below(header: Header, rows: Sequence[Row]) -> Header:
    """Return a header with the names of groups of columns above those that are in the row of the header."""
    row = rows[header.num_rows - 1]
    unnamed = [column for column, text in enumerate(row.texts) if not text]
    above = rows[header.num_rows - 2] if header.num_rows > 1 else None
    if above is None or not unnamed or not any(above.texts[column] for column in unnamed):
        return header
    names = tuple(text or other for text, other in zip(row.texts, above.texts, strict=True))
    columns = (read_column(name) for name in names)
    return replace(header, columns=tuple(assign(columns, header.kind)), names=names)


def _list_rows(piece: TablePiece) -> list[Row]:
    grid = TableGrid.without_header(join_pieces([piece]))
    written = {(cell.row, cell.column): cell.written for cell in piece.table.cells if cell.written is not UNSET}
    rows = []
    for index, cells in enumerate(grid.places):
        repeated = frozenset(
            column
            for column, cell in enumerate(cells)
            if cell is not None and (cell.row, cell.column) != (index, column)
        )
        texts = tuple("" if cell is None else cell.text for cell in cells)
        num_own = sum(bool(text) and column not in repeated for column, text in enumerate(texts))
        rows.append(Row(texts, repeated, num_own, _list_written(cells, written)))
    return rows


def _list_written(cells: Sequence[TableCell | None], written: Mapping[tuple[int, int], str]) -> dict[int, str]:
    return {
        column: written[cell.row, cell.column]
        for column, cell in enumerate(cells)
        if cell is not None and (cell.row, cell.column) in written
    }


def _list_fields(header: Header, row: Row) -> Iterator[Field]:
    """Yield the cells of a row under columns with names; a cell that goes on from the left counts once."""
    for column, (meant, text) in enumerate(zip(header.columns, row.texts, strict=False)):
        if text and meant.name:
            yield Field(meant, (text,), is_repeated=column in row.repeated, written=row.written.get(column))


def _is_title(row: Row) -> bool:
    """Whether a row has one text alone, which is about those below it."""
    return row.num_own == 1 and len(set(filter(None, row.texts))) == 1


def _number(piece: TablePiece, index: int, num_before: int) -> int:
    return piece.row_numbers[index] if piece.row_numbers else num_before + index + 1


def _mark_header(piece: TablePiece, place: Place) -> Span:
    return Span(piece.page.number, *place)
