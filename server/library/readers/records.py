"""What readers make of a document: plain records, which go from their process to the server as JSON.

Offsets count characters of the text of a page. Coordinates are shares of the page, from 0 at its left and top to 1.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

Kind = Literal[
    "pdf", "docx", "pptx", "xlsx", "xls", "ods", "csv", "tsv", "toml", "html", "markdown", "text", "picture", "video"
]
"""What a document is, found by its content."""


class Remark(Struct, frozen=True):
    """Something that whoever sent the document should know, such as an unreadable page; `code` names it.

    `values` go into its texts, which are in `server/library/remarks.py`.
    """

    code: str
    values: Mapping[str, Any] = {}


class Heading(Struct, frozen=True):
    """A heading in the text of a page, at `start`; the highest level is 1."""

    start: int
    level: int
    text: str


class Line(Struct, frozen=True):
    """Where the characters from `start` to `end` of a page's text are drawn."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


class Cell(Struct, frozen=True):
    """A cell of a table. Rows and columns count from 0; a cell may span several of either.

    `text` is in one line. `written` is what the cell has, where that has line ends or more spaces.
    """

    text: str
    row: int
    column: int
    num_rows: int = 1
    num_columns: int = 1
    is_header: bool = False
    written: str | UnsetType = UNSET


class Table(Struct, frozen=True):
    """A table of a page, whose text is that from `start` to `end` of the page."""

    start: int
    end: int
    cells: tuple[Cell, ...]


class Row(Struct, frozen=True):
    """A row of a sheet, numbered from 1 as in the sheet, whose text is that from `start` to `end` of the page."""

    number: int
    start: int
    end: int


class Page(Struct, frozen=True, kw_only=True):
    """A page, a slide, or a part of a sheet or of a text that is as long as a page; counted from 1.

    `is_scan` says that there is only a picture of it. A part of a sheet has the sheet's name, and its rows one by one.
    `headings_above` are the headings, the highest first, that the beginning of the page is under.
    """

    number: int
    text: str
    is_scan: bool = False
    headings_above: tuple[Heading, ...] = ()
    headings: tuple[Heading, ...] = ()
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    sheet: str | None = None
    rows: tuple[Row, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Opened(Struct, frozen=True):
    """A document that can be read. `num_pages` is None where only reading tells."""

    kind: Kind
    num_pages: int | None = None
    remarks: tuple[Remark, ...] = ()


class Refusal(Struct, frozen=True):
    """Why a document, or one page of it, cannot be read; `code` names it, `values` go into its texts."""

    code: str
    values: Mapping[str, Any] = {}
