"""Workbooks of Excel (xlsx, xlsm, xlsb, xls) and OpenDocument (ods), sheet after sheet, row after row."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

import python_calamine as calamine
from msgspec import UNSET, structs

from server.library.readers.archives import check_archive
from server.library.readers.paging import CellCounter, take_pages
from server.library.readers.protocol import Refused, Source
from server.library.readers.records import Cell, Opened, Page, Refusal, Remark
from server.library.readers.sheet_notes import Merge, SheetNotes
from server.library.readers.sheet_pages import SheetRow, build_sheet_pages
from server.library.readers.sheet_values import Value, keep_written, write_value


class WorkbookNotes(Protocol):
    """Notes on the sheets of a workbook, read from the file one sheet after the other."""

    has_macros: bool
    num_pictures: int

    def read(self, sheet: str) -> SheetNotes: ...


class SheetsReader:
    """Hidden sheets are read as others are; what is no sheet of cells, such as a chart, is left out."""

    def __init__(self, source: Source) -> None:
        self._source = source
        if source.kind != "xls":
            check_archive(source.file, source.limits.max_unpacked_bytes)
        self._notes = open_notes(source)
        source.file.seek(0)
        self._workbook = _open_workbook(source)
        self._names = [
            sheet.name
            for sheet in self._workbook.sheets_metadata
            if sheet.typ in (calamine.SheetTypeEnum.WorkSheet, calamine.SheetTypeEnum.MacroSheet)
        ]
        self.opened = Opened(source.kind, remarks=tuple(self._list_remarks()))

    def read_pages(self, first: int) -> Iterator[Page]:
        return take_pages(self._build_pages(), first, self._source.limits)

    def close(self) -> None:
        self._workbook.close()

    def _list_remarks(self) -> Iterator[Remark]:
        if self._notes.has_macros:
            yield Remark("macros")
        if self._notes.num_pictures:
            yield Remark("pictures", {"count": self._notes.num_pictures})

    def _build_pages(self) -> Iterator[Page]:
        number, counter = 1, CellCounter(self._source.limits)
        for name in self._names:
            notes = self._notes.read(name)
            remarks = notes.list_remarks(name)
            for page in build_sheet_pages(self._read_rows(name, notes, counter), name, number):
                yield structs.replace(page, remarks=remarks)
                number, remarks = page.number + 1, ()
            if remarks:
                yield Page(number=number, text="", sheet=name, remarks=remarks)
                number += 1

    def _read_rows(self, name: str, notes: SheetNotes, counter: CellCounter) -> Iterator[SheetRow]:
        sheet = _get_sheet(self._workbook, name)
        writer = _RowWriter(notes, _list_merges(sheet, notes), sheet.start[1] if sheet.start else 0)
        for number, values in enumerate(sheet.iter_rows()):
            counter.add(len(values))
            cells = writer.write(number, values)
            if cells:
                yield SheetRow(number + 1, join_cells(cells, writer.left), cells)


def open_notes(source: Source) -> WorkbookNotes:
    """Open the notes on a workbook of any kind."""
    max_cells = source.limits.max_cells
    if source.kind == "xlsx":
        from server.library.readers.xlsx_notes import XlsxNotes

        return XlsxNotes(source.file, max_cells)
    if source.kind == "ods":
        from server.library.readers.ods_notes import OdsNotes

        return OdsNotes(source.file, max_cells)
    from server.library.readers.xls_notes import XlsNotes

    return XlsNotes(source.file, max_cells)


class _RowWriter:
    """Writes the values of a sheet, row after row. What lies below merged cells is not shown, and so not read."""

    def __init__(self, notes: SheetNotes, merges: Iterable[Merge], left: int) -> None:
        self.left = left
        self._notes = notes
        self._errors = notes.list_errors()
        self._merges = deque(sorted(merges))
        self._above: list[Merge] = []

    def write(self, row: int, values: list[Value]) -> tuple[Cell, ...]:
        """Return the cells of the row that are not empty; the first of `values` is in the column `left`."""
        errors = self._errors.get(row, {})
        if not errors and values.count("") == len(values):
            return ()
        percents = self._notes.list_percents(row)
        texts = {column: write_value(value, column in percents) for column, value in enumerate(values, self.left)}
        texts.update(errors)
        self._find_merges(row)
        cells = (self._build_cell(text, row, column) for column, text in sorted(texts.items()) if text)
        return tuple(self._keep_written(cell, values) for cell in cells if cell)

    def _keep_written(self, cell: Cell, values: list[Value]) -> Cell:
        place = cell.column - self.left
        written = keep_written(values[place], cell.text) if 0 <= place < len(values) else UNSET
        return cell if written is UNSET else structs.replace(cell, written=written)

    def _find_merges(self, row: int) -> None:
        while self._merges and self._merges[0].row <= row:
            self._above.append(self._merges.popleft())
        self._above = [merge for merge in self._above if row < merge.row + merge.num_rows]

    def _build_cell(self, text: str, row: int, column: int) -> Cell | None:
        for merge in self._above:
            if merge.column <= column < merge.column + merge.num_columns:
                is_first = (merge.row, merge.column) == (row, column)
                return Cell(text, 0, column, merge.num_rows, merge.num_columns) if is_first else None
        return Cell(text, 0, column)


def join_cells(cells: tuple[Cell, ...], left: int) -> str:
    """Return the text of a row: its cells joined by tabs, each in its column of the sheet, from `left` on."""
    parts: list[str] = []
    column = min(left, cells[0].column)
    for cell in cells:
        parts.append("\t" * (cell.column - column) + cell.text)
        column = cell.column
    return "".join(parts) + "\n"


def _open_workbook(source: Source) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(source.file)
    except calamine.PasswordError as error:
        raise Refused(Refusal("encrypted")) from error
    except BaseException as error:
        raise _translate(error) from error


def _get_sheet(workbook: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except BaseException as error:
        raise _translate(error) from error


def _translate(error: BaseException) -> BaseException:
    """Return the refusal for damage that the library finds, or falls over; its panics are no `Exception`."""
    is_damage = isinstance(error, calamine.CalamineError | ValueError | OSError)
    if is_damage or type(error).__name__ == "PanicException":
        return Refused(Refusal("broken", {"cause": "sheets"}))
    return error


def _list_merges(sheet: calamine.CalamineSheet, notes: SheetNotes) -> list[Merge]:
    ranges = sheet.merged_cell_ranges or []
    found = [Merge(top, left, bottom - top + 1, right - left + 1) for (top, left), (bottom, right) in ranges]
    return [*found, *notes.merges]
