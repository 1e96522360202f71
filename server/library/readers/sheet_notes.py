"""What is to be known of the cells of a sheet beside their values, as the library for sheets does not tell it."""

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal, Remark

MAX_COLUMNS = 1 << 14
MAX_ERRORS = 100_000
"""The most error values of a sheet that are kept; more are read as empty cells."""

PERCENT_FORMATS = frozenset((9, 10))
"""The numbers of the built-in formats 0% and 0.00% (ECMA-376, part 1, 18.8.30; MS-XLS, 2.4.126)."""

_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


class Merge(NamedTuple):
    """Merged cells, all counted from 0."""

    row: int
    column: int
    num_rows: int
    num_columns: int


@dataclass
class SheetNotes:
    """Rows and columns count from 0. `max_cells` bounds the cells between the first and the last with a value."""

    max_cells: int
    num_formulas: int = 0
    first_formula: str = ""
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    _percents: "array[int]" = field(default_factory=lambda: array("Q"))
    _top: int = -1
    _bottom: int = -1
    _left: int = -1
    _right: int = -1

    def add_formula(self, row: int, column: int) -> None:
        """Note a formula without a stored result."""
        self.first_formula = self.first_formula or name_cell(row, column)
        self.num_formulas += 1

    def add_error(self, row: int, column: int, text: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors[row, column] = text

    def add_percent(self, row: int, column: int, num_columns: int = 1) -> None:
        """Note cells whose numbers are shown as percentages, in the order of rows and columns."""
        self._percents.extend(range(row * MAX_COLUMNS + column, row * MAX_COLUMNS + column + num_columns))

    def add_area(self, top: int, left: int, bottom: int, right: int) -> None:
        """Note that there are values in an area. Raises `Refused` where with it the sheet has too many cells."""
        if self._top < 0:
            self._top, self._left, self._bottom, self._right = top, left, bottom, right
        else:
            self._top, self._left = min(top, self._top), min(left, self._left)
            self._bottom, self._right = max(bottom, self._bottom), max(right, self._right)
        if (self._bottom - self._top + 1) * (self._right - self._left + 1) > self.max_cells:
            raise Refused(Refusal("too_many_cells", {"limit": self.max_cells}))

    def list_percents(self, row: int) -> set[int]:
        """Return the columns of a row whose numbers are percentages."""
        start = bisect_left(self._percents, row * MAX_COLUMNS)
        end = bisect_left(self._percents, (row + 1) * MAX_COLUMNS, start)
        return {value % MAX_COLUMNS for value in self._percents[start:end]}

    def list_errors(self) -> dict[int, dict[int, str]]:
        """Return the texts of error values by row and column."""
        rows: dict[int, dict[int, str]] = {}
        for (row, column), text in self.errors.items():
            rows.setdefault(row, {})[column] = text
        return rows

    def list_remarks(self, sheet: str) -> tuple[Remark, ...]:
        if not self.num_formulas:
            return ()
        return (Remark("formulas", {"sheet": sheet, "count": self.num_formulas, "cell": self.first_formula}),)


def is_percent_format(code: str) -> bool:
    """Whether a number format shows percentages: a percent sign that is no literal text."""
    return "%" in _LITERAL.sub("", code)


def name_cell(row: int, column: int) -> str:
    """Return the name of a cell as a sheet has it: A1 for row 0 and column 0."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def read_cell_name(name: str) -> tuple[int, int] | None:
    """Return the row and column that a name such as B3 stands for."""
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3 or not digits or len(digits) > 7:
        return None
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1
