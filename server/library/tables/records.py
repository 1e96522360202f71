"""Tables as they are extracted from documents and pictures: plain records, which are stored and sent as JSON."""

from msgspec import Struct

from server.library.readers.records import Cell, Table


class TableCell(Struct, frozen=True, omit_defaults=True):
    """A cell, which may span several rows or columns. Both count from 0; `page` is where the cell begins."""

    text: str
    row: int
    column: int
    num_rows: int = 1
    num_columns: int = 1
    page: int = 1
    is_header: bool = False

    def to_cell(self) -> Cell:
        """Return the cell as one of its page."""
        return Cell(self.text, self.row, self.column, self.num_rows, self.num_columns, self.is_header)


class ExtractedTable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table with its cells, ordered by row and column.

    `num_rows` and `num_columns` are those of `cells`; `is_truncated` says that the table has more rows. `row_numbers`
    are the numbers of the rows in their sheet, empty where they are in none.
    """

    cells: tuple[TableCell, ...]
    num_rows: int
    num_columns: int
    first_page: int = 1
    last_page: int = 1
    sheet: str | None = None
    row_numbers: tuple[int, ...] = ()
    is_truncated: bool = False


class PageTables(Struct, frozen=True, omit_defaults=True):
    """What a page has of tables, as it is stored. `is_truncated` says that it has more than that."""

    tables: tuple[Table, ...] = ()
    is_truncated: bool = False


class TableSource(Struct, frozen=True, omit_defaults=True):
    """Where all rows of a table are: it is table number `index`, from 0, of those that begin on `page`."""

    document_id: str
    document_name: str
    page: int
    index: int


class TableRow(Struct, frozen=True):
    """A row as it is computed with: a text for each column, with the cells that span it from above or the left.

    `repeated` are the columns of such cells, whose numbers count in the row where they begin. `number` counts as in the
    sheet, or from 1 in the table.
    """

    number: int
    page: int
    texts: tuple[str, ...]
    repeated: frozenset[int] = frozenset()
