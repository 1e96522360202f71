"""Notes on the sheets of an OpenDocument spreadsheet: formulas without results, percentages, merged cells, errors."""

import zipfile
from collections.abc import Mapping
from typing import BinaryIO, cast

from server.library.readers.sheet_notes import Merge, SheetNotes
from server.library.readers.xml_parts import parse_part

CONTENT = "content.xml"
MAX_REPEATED = 1 << 24


class OdsNotes:
    """All sheets are in one part, which is read once. Macros are in folders of their own."""

    def __init__(self, file: BinaryIO, max_cells: int) -> None:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            self.has_macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
            self.num_pictures = sum(name.startswith("Pictures/") and not name.endswith("/") for name in names)
            self._reading = _ContentReading(max_cells)
            if CONTENT in names:
                with archive.open(CONTENT) as entry:
                    reading = self._reading
                    parse_part(cast("BinaryIO", entry), reading.start, reading.end, reading.add_text)

    def read(self, sheet: str) -> SheetNotes:
        """Return the notes on a sheet."""
        return self._reading.sheets.get(sheet) or SheetNotes(0)


class _ContentReading:
    """Follows rows and cells, which may stand for many. Tables in tables, as charts have them, are not sheets."""

    def __init__(self, max_cells: int) -> None:
        self.sheets: dict[str, SheetNotes] = {}
        self._max_cells = max_cells
        self._notes = SheetNotes(max_cells)
        self._depth = 0
        self._row = self._column = self._num_rows = 0
        self._attributes: Mapping[str, str] | None = None
        self._text: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._notes = self.sheets[attributes.get("table:name", "")] = SheetNotes(self._max_cells)
                self._row = 0
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._column, self._num_rows = 0, _read_count(attributes, "table:number-rows-repeated")
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._attributes, self._text = attributes, []

    def add_text(self, text: str) -> None:
        if self._attributes is not None:
            self._text.append(text)

    def end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._row += self._num_rows
        elif name in ("table:table-cell", "table:covered-table-cell") and self._attributes is not None:
            self._end_cell(self._attributes, "".join(self._text).strip())
            self._attributes = None

    def _end_cell(self, attributes: Mapping[str, str], text: str) -> None:
        num_columns = _read_count(attributes, "table:number-columns-repeated")
        kind = attributes.get("office:value-type") or attributes.get("calcext:value-type")
        if kind or text:
            bottom, right = self._row + self._num_rows - 1, self._column + num_columns - 1
            self._notes.add_area(self._row, self._column, bottom, right)
            self._add_notes(attributes, text, kind, num_columns)
        elif "table:formula" in attributes:
            self._notes.add_formula(self._row, self._column)
        spanned = [_read_count(attributes, f"table:number-{each}-spanned") for each in ("rows", "columns")]
        if max(spanned) > 1:
            self._notes.merges.append(Merge(self._row, self._column, *spanned))
        self._column += num_columns

    def _add_notes(self, attributes: Mapping[str, str], text: str, kind: str | None, num_columns: int) -> None:
        if attributes.get("calcext:value-type") == "error" and text:
            self._notes.add_error(self._row, self._column, text)
        elif kind == "percentage":
            for row in range(self._row, self._row + self._num_rows):
                self._notes.add_percent(row, self._column, num_columns)
        elif "table:formula" in attributes and not text and "office:value" not in attributes and kind != "string":
            self._notes.add_formula(self._row, self._column)


def _read_count(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    return min(max(int(value), 1), MAX_REPEATED) if value.isdecimal() else 1
