"""Notes on the sheets of an xls file, from the records of its workbook stream (MS-XLS)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import olefile  # type: ignore[import-untyped]

from server.library.readers.sheet_notes import PERCENT_FORMATS, SheetNotes, is_percent_format

STREAMS = ("Workbook", "Book")
BOUND_SHEET, BEGIN, END, FORMAT, STYLE, FILE_PASSWORD = 0x85, 0x809, 0x0A, 0x41E, 0xE0, 0x2F
FORMULA, NUMBER, SHORT_NUMBER, SHORT_NUMBERS, TRUTH_OR_ERROR = 0x06, 0x203, 0x27E, 0xBD, 0x205
SHARED_TEXT, TEXT, STRING = 0xFD, 0x204, 0xD6
VALUES = frozenset((FORMULA, NUMBER, SHORT_NUMBER, SHORT_NUMBERS, TRUTH_OR_ERROR, SHARED_TEXT, TEXT, STRING))

ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}
BIFF8 = 0x600

_HEADER = struct.Struct("<HH")
_CELL = struct.Struct("<HHH")


class XlsNotes:
    """Formulas always have results here. All sheets are read at once, as the library for sheets reads them."""

    def __init__(self, file: BinaryIO, max_cells: int) -> None:
        self._max_cells = max_cells
        file.seek(0)
        with olefile.OleFileIO(file) as compound:
            paths = compound.listdir(streams=True, storages=True)
            stream = next((name for name in STREAMS if compound.exists(name)), None)
            data = compound.openstream(stream).read() if stream else b""
        self.has_macros = any(path[0].upper() == "_VBA_PROJECT_CUR" for path in paths)
        self.num_pictures = 0
        self._is_biff8 = True
        self._formats, self._styles = set(PERCENT_FORMATS), list[int]()
        self._starts: dict[str, int] = {}
        for kind, record in _iterate(data, 0):
            self._add_global(kind, record)
        percents = {number for number, style in enumerate(self._styles) if style in self._formats}
        self._sheets = {name: self._read_sheet(data, start, percents) for name, start in self._starts.items()}

    def read(self, sheet: str) -> SheetNotes:
        """Return the notes on a sheet."""
        return self._sheets.get(sheet) or SheetNotes(self._max_cells)

    def _read_sheet(self, data: bytes, start: int, percents: set[int]) -> SheetNotes:
        notes = SheetNotes(self._max_cells)
        for kind, record in _iterate(data, start):
            if kind in VALUES and len(record) >= _CELL.size:
                _add_cell(notes, kind, record, percents)
        return notes

    def _add_global(self, kind: int, data: bytes) -> None:
        if kind == BEGIN and len(data) >= 2:
            self._is_biff8 = int.from_bytes(data[:2], "little") >= BIFF8
        elif kind == BOUND_SHEET and len(data) > 8:
            name = self._read_text(data[7:], data[6])
            self._starts[name] = int.from_bytes(data[:4], "little")
        elif kind == STYLE and len(data) >= 4:
            self._styles.append(int.from_bytes(data[2:4], "little"))
        elif kind == FORMAT and len(data) > 4:
            code = self._read_text(data[4:], data[2]) if self._is_biff8 else data[3:].decode("latin-1")
            if is_percent_format(code):
                self._formats.add(int.from_bytes(data[:2], "little"))

    def _read_text(self, data: bytes, num_characters: int) -> str:
        """Read a text behind its length: a byte of flags, then characters of one or two bytes."""
        if not self._is_biff8:
            return data[:num_characters].decode("latin-1")
        is_wide = bool(data[0] & 1)
        text = data[1 : 1 + num_characters * (1 + is_wide)]
        return text.decode("utf-16-le" if is_wide else "latin-1", "replace")


def _iterate(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a substream, but for those of others in it."""
    depth = 0
    while start + _HEADER.size <= len(data):
        kind, size = _HEADER.unpack_from(data, start)
        start += _HEADER.size
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 1:
            yield kind, data[start : start + size]
        if depth <= 0:
            return
        start += size


def _add_cell(notes: SheetNotes, kind: int, data: bytes, percents: set[int]) -> None:
    row, column, style = _CELL.unpack_from(data)
    last = column
    if kind == SHORT_NUMBERS:
        last = max(column, int.from_bytes(data[-2:], "little"))
        for number, place in enumerate(range(4, len(data) - 6, 6)):
            if int.from_bytes(data[place : place + 2], "little") in percents:
                notes.add_percent(row, column + number)
    elif error := _read_error(kind, data):
        notes.add_error(row, column, error)
    elif kind in (FORMULA, NUMBER, SHORT_NUMBER) and style in percents:
        notes.add_percent(row, column)
    notes.add_area(row, column, row, last)


def _read_error(kind: int, data: bytes) -> str | None:
    if kind == TRUTH_OR_ERROR and len(data) >= 8 and data[7]:
        return ERRORS.get(data[6], "#ERROR!")
    if kind == FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
        return ERRORS.get(data[8], "#ERROR!")
    return None
