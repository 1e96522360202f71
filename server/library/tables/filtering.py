"""Whether a row passes a filter of a plan."""

import re
from dataclasses import dataclass

from server.library.tables.numbers import Quantity, narrow, read_quantity
from server.library.tables.plan import Filter
from server.library.tables.records import TableRow

DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?\s*[日月]?")


@dataclass(frozen=True)
class _Wanted:
    """A value of a filter, read in every way in which cells are compared with it."""

    text: str
    quantity: Quantity | None
    date: tuple[int, int, int] | None

    @classmethod
    def read(cls, value: str) -> "_Wanted":
        return cls(fold(value), read_quantity(value), read_date(value))


class RowFilter:
    """A filter on the column of the number `column`."""

    def __init__(self, given: Filter, column: int) -> None:
        self._op = given.op
        self._column = column
        self._wanted = [_Wanted.read(value) for value in given.values]

    def matches(self, row: TableRow) -> bool:
        """Whether a row passes. Quantities of other units, and what cannot be compared, pass no comparison."""
        text = row.texts[self._column]
        if self._op == "ne":
            return not any(_is_equal(text, wanted) for wanted in self._wanted)
        return any(self._passes(text, wanted) for wanted in self._wanted)

    def _passes(self, text: str, wanted: _Wanted) -> bool:
        if self._op == "contains":
            return wanted.text in fold(text)
        if self._op == "eq":
            return _is_equal(text, wanted)
        order = _compare(text, wanted)
        return order is not None and {"lt": order < 0, "le": order <= 0, "gt": order > 0, "ge": order >= 0}[self._op]


def _is_equal(text: str, wanted: _Wanted) -> bool:
    return fold(text) == wanted.text or _compare(text, wanted) == 0


def _compare(text: str, wanted: _Wanted) -> int | None:
    """Return -1, 0 or 1 for a cell that is less, equal or more; None where they cannot be compared."""
    found = read_quantity(text)
    if found is not None and wanted.quantity is not None:
        is_comparable = not wanted.quantity.unit or not found.unit or wanted.quantity.unit == found.unit
        return int(found.value.compare(wanted.quantity.value)) if is_comparable else None
    date = read_date(text)
    return None if date is None or wanted.date is None else (date > wanted.date) - (date < wanted.date)


def fold(text: str) -> str:
    """Return a text as it is compared: without case, and with characters in their usual width."""
    return narrow(text).casefold()


def read_date(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a text that is a date; the day is 0 where there is none."""
    found = DATE.fullmatch(narrow(text))
    return None if found is None else (int(found[1]), int(found[2]), int(found[3] or 0))
