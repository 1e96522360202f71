"""Workbooks of Excel 97 to 2003 (MS-XLS, BIFF8)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.broken.compound_writer import write_compound

CellValue = str | int | float | bool | None


@dataclass(frozen=True)
class Error:
    """An error value of a cell, by its code."""

    code: int


@dataclass
class XlsSheet:
    """Rows of values; `percents` are the cells whose numbers are percentages, `merges` (top, bottom, left, right)."""

    name: str
    rows: Sequence[Sequence[CellValue | Error]]
    percents: frozenset[tuple[int, int]] = frozenset()
    merges: Sequence[tuple[int, int, int, int]] = ()
    first_row: int = 0


def write_xls(*sheets: XlsSheet) -> bytes:
    """Write a workbook: numbers, texts, truth values and errors in cells."""
    return write_compound({"Workbook": write_workbook(*sheets)})


def write_workbook(*sheets: XlsSheet) -> bytes:
    texts: dict[str, int] = {}
    bodies = [_write_sheet(sheet, texts) for sheet in sheets]
    formats = _record(0x41E, struct.pack("<HHB", 164, 4, 0) + b"0.0%")
    styles = _record(0xE0, struct.pack("<HH16x", 0, 0)) + _record(0xE0, struct.pack("<HH16x", 0, 164))
    fixed = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + formats + styles
    end = _write_texts(texts) + _record(0x0A, b"")
    start = len(fixed) + sum(len(_write_bound(0, sheet.name)) for sheet in sheets) + len(end)
    bounds = b""
    for sheet, body in zip(sheets, bodies, strict=True):
        bounds += _write_bound(start, sheet.name)
        start += len(body)
    return fixed + bounds + end + b"".join(bodies)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _write_bound(start: int, name: str) -> bytes:
    return _record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 1) + name.encode("utf-16-le"))


def _write_texts(texts: Mapping[str, int]) -> bytes:
    data = struct.pack("<II", len(texts), len(texts))
    data += b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts)
    assert len(data) < 8000
    return _record(0xFC, data)


def _write_sheet(sheet: XlsSheet, texts: dict[str, int]) -> bytes:
    width = max(map(len, sheet.rows), default=0)
    parts = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)),
        _record(0x200, struct.pack("<IIHHH", sheet.first_row, sheet.first_row + len(sheet.rows), 0, width, 0)),
    ]
    for row, values in enumerate(sheet.rows, sheet.first_row):
        for column, value in enumerate(values):
            style = (row, column) in sheet.percents
            parts.append(_write_cell(row, column, style, value, texts))
    if sheet.merges:
        parts.append(
            _record(0xE5, struct.pack("<H", len(sheet.merges)) + b"".join(struct.pack("<4H", *m) for m in sheet.merges))
        )
    return b"".join((*parts, _record(0x0A, b"")))


def _write_cell(row: int, column: int, style: int, value: CellValue | Error, texts: dict[str, int]) -> bytes:
    place = struct.pack("<HHH", row, column, style)
    match value:
        case None:
            return b""
        case str():
            return _record(0xFD, place + struct.pack("<I", texts.setdefault(value, len(texts))))
        case bool():
            return _record(0x205, place + bytes((value, 0)))
        case Error(code):
            return _record(0x205, place + bytes((code, 1)))
        case int():
            return _record(0x27E, place + struct.pack("<i", value << 2 | 2))
        case _:
            return _record(0x203, place + struct.pack("<d", value))
