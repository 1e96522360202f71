"""Notes on the sheets of an xlsx file: formulas without results, errors, percentages, and how far values reach."""

import codecs
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, BinaryIO, cast

from server.library.readers.sheet_notes import PERCENT_FORMATS, SheetNotes, is_percent_format, read_cell_name
from server.library.readers.xml_parts import CHUNK_BYTES, get_local_name, list_elements, parse_part

WORKBOOK = "xl/workbook.xml"
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Za-z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")
_SPECIAL = re.compile(rb"""<(?:\w+:)?f[\s>/]|\bt=["']e["']""")


class XlsxNotes:
    """Finds the part of each sheet, and reads it when asked. A binary workbook has none."""

    def __init__(self, file: BinaryIO, max_cells: int) -> None:
        self._max_cells = max_cells
        file.seek(0)
        self._archive = zipfile.ZipFile(file)
        self._names = set(self._archive.namelist())
        self.has_macros = any(posixpath.basename(name).lower() == "vbaproject.bin" for name in self._names)
        self.num_pictures = sum(name.startswith("xl/media/") for name in self._names)
        self._parts = self._find_parts()
        self._is_recalculated = any(
            each.get("fullCalcOnLoad") in ("1", "true")
            for each in (self._list(WORKBOOK, "calcPr") if WORKBOOK in self._names else ())
        )
        styles = self._find_percent_styles()
        self._percents = _compile_percents(styles) if styles else None

    def read(self, sheet: str) -> SheetNotes:
        """Read the notes on a sheet. Raises `Refused` where it is damaged or has too many cells."""
        notes = SheetNotes(self._max_cells)
        part = self._parts.get(sheet)
        if part is None:
            return notes
        with self._archive.open(part) as entry:
            is_special = _scan(entry, notes, self._percents)
        if is_special:
            with self._archive.open(part) as entry:
                _CellNotes(notes, self._is_recalculated).read(entry)
        return notes

    def _find_parts(self) -> dict[str, str]:
        """Return the name of the part of each sheet."""
        folder, base = posixpath.split(WORKBOOK)
        relations = f"{folder}/_rels/{base}.rels"
        if WORKBOOK not in self._names or relations not in self._names:
            return {}
        targets = {each.get("Id"): each.get("Target", "") for each in self._list(relations, "Relationship")}
        found: dict[str, str] = {}
        for sheet in self._list(WORKBOOK, "sheet"):
            relation = next((value for name, value in sheet.items() if name.endswith(":id")), None)
            part = posixpath.normpath(posixpath.join("/", folder, targets.get(relation, ""))).lstrip("/")
            if part in self._names:
                found[sheet.get("name", "")] = part
        return found

    def _find_percent_styles(self) -> frozenset[str]:
        """Return the numbers of the cell styles that show percentages."""
        styles = "xl/styles.xml"
        if styles not in self._names:
            return frozenset()
        reading = _StyleReading()
        with self._archive.open(styles) as entry:
            parse_part(_as_binary(entry), reading.start, reading.end)
        return frozenset(str(style) for style, number in enumerate(reading.styles) if number in reading.percent_formats)

    def _list(self, part: str, name: str) -> Iterator[Mapping[str, str]]:
        with self._archive.open(part) as entry:
            yield from list_elements(_as_binary(entry), name)


def _as_binary(entry: IO[bytes]) -> BinaryIO:
    return cast("BinaryIO", entry)


def _scan(entry: IO[bytes], notes: SheetNotes, percents: re.Pattern[bytes] | None) -> bool:
    """Note how far values reach, and percentages, quickly; return whether formulas or errors need a closer look."""
    is_special, rest = False, b""
    while chunk := entry.read(CHUNK_BYTES):
        data = rest + chunk
        is_special = is_special or data.startswith(WIDE_MARKS)
        end = data.rfind(b"<")
        data, rest = (data[:end], data[end:]) if end > 0 else (data, b"")
        is_special = is_special or _SPECIAL.search(data) is not None
        if cells := _CELL.findall(data):
            _add_cells(notes, cells)
        for letters, digits in percents.findall(data) if percents else ():
            if place := read_cell_name((letters + digits).decode()):
                notes.add_percent(*place)
    return is_special


def _compile_percents(styles: Iterable[str]) -> re.Pattern[bytes]:
    """Return what finds cells with a number of one of the styles."""
    return re.compile(
        rb"""<(?:\w+:)?c\s(?=[^>]*?\bs=["'](?:%s)["'])(?![^>]*?\bt=["'](?!n["']))[^>]*?\br=["']([A-Za-z]{1,3})"""
        rb"""(\d{1,7})["'][^>]*(?<!/)>""" % "|".join(styles).encode()
    )


def _add_cells(notes: SheetNotes, cells: list[tuple[bytes, bytes]]) -> None:
    columns = {letters for letters, _ in cells}
    rows = {int(digits) for _, digits in cells}
    numbers = [place[1] for letters in columns if (place := read_cell_name(f"{letters.decode()}1"))]
    notes.add_area(min(rows) - 1, min(numbers), max(rows) - 1, max(numbers))


class _StyleReading:
    """The number formats of the cell styles, and which of them are percentages."""

    def __init__(self) -> None:
        self.percent_formats = set(PERCENT_FORMATS)
        self.styles: list[int] = []
        self._is_in_styles = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = get_local_name(name)
        number = attributes.get("numFmtId", "0")
        if name == "cellXfs":
            self._is_in_styles = True
        elif name == "xf" and self._is_in_styles:
            self.styles.append(int(number) if number.isdecimal() else 0)
        elif name == "numFmt" and number.isdecimal() and is_percent_format(attributes.get("formatCode", "")):
            self.percent_formats.add(int(number))

    def end(self, name: str) -> None:
        if get_local_name(name) == "cellXfs":
            self._is_in_styles = False


class _CellNotes:
    """Reads the cells of a sheet one by one, for formulas without results, and errors.

    Programs that calculate nothing write 0 as the result of every formula, and that all are to be calculated when the
    file is opened. So where it says that, zeros are results only if there is another one among them.
    """

    def __init__(self, notes: SheetNotes, is_recalculated: bool) -> None:
        self._notes = notes
        self._has_results = not is_recalculated
        self._zeros: list[tuple[int, int]] = []
        self._row, self._column = -1, -1
        self._attributes: Mapping[str, str] = {}
        self._has_formula = self._has_value = self._is_in_value = False
        self._value = ""

    def read(self, entry: IO[bytes]) -> None:
        parse_part(_as_binary(entry), self._start, self._end, self._add_text)
        for place in () if self._has_results else self._zeros:
            self._notes.add_formula(*place)
            self._notes.add_error(*place, "")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = get_local_name(name)
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self._row, self._column = int(number) - 1 if number.isdecimal() else self._row + 1, -1
        elif name == "f":
            self._has_formula = True
        elif name in ("v", "is"):
            self._has_value = self._is_in_value = True

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        place = read_cell_name(attributes.get("r", ""))
        self._row, self._column = place or (self._row, self._column + 1)
        self._attributes = attributes
        self._has_formula = self._has_value = False
        self._value = ""

    def _add_text(self, text: str) -> None:
        if self._is_in_value:
            self._value += text

    def _end(self, name: str) -> None:
        name = get_local_name(name)
        if name in ("v", "is"):
            self._is_in_value = False
        elif name == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        kind = self._attributes.get("t", "n")
        if self._value:
            self._notes.add_area(self._row, self._column, self._row, self._column)
        self._has_results = self._has_results or (self._has_formula and self._value not in ("", "0"))
        if self._has_formula and not self._value and not (kind == "str" and self._has_value):
            self._notes.add_formula(self._row, self._column)
        elif self._has_formula and self._value == "0" and not self._has_results:
            self._zeros.append((self._row, self._column))
        elif kind == "e" and self._value:
            self._notes.add_error(self._row, self._column, self._value)
