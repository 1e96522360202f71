"""The conditions on rows that a question has: comparisons with numbers, ranges, and texts that cells contain."""

import re
from collections.abc import Sequence

from server.library.tables import vocabulary as words
from server.library.tables.filtering import fold
from server.library.tables.meant_columns import find_by_concept
from server.library.tables.mentions import MASK, Mention, find_term, mask
from server.library.tables.numbers import is_year, read_quantity
from server.library.tables.plan import Filter
from server.library.tables.profile import ColumnProfile
from server.library.tables.units import CURRENCIES

NAME_COLUMN = re.compile(r"名|品|name|product|item|title|description|model", re.IGNORECASE)
OR = re.compile(r"或|\bor\b")


class Conditions:
    """Reads the conditions of a folded question one after another, and masks what it has read in `rest`.

    `is_clear` says that all of them were understood, and that rows must meet all of them.
    """

    def __init__(self, rest: str, columns: Sequence[ColumnProfile], mentions: Sequence[Mention]) -> None:
        self.rest = rest
        self.filters: list[Filter] = []
        self.is_clear = True
        self._columns = columns
        self._mentions = mentions
        self._text = rest
        self._read_texts()
        self._read_ranges()
        self._read_comparisons()

    def is_either(self, num_others: int) -> bool:
        """Whether rows may meet any of several conditions, of which `num_others` were read elsewhere."""
        return len(self.filters) + num_others > 1 and OR.search(self.rest) is not None

    def _read_texts(self) -> None:
        for pattern in words.CONTAINS:
            while (match := pattern.search(self.rest)) is not None:
                column = self._find_text_column(match)
                text = match["text"].strip(MASK + " ")
                if column is None or not text:
                    self.is_clear = False
                    return
                self._add(match, Filter(column.name, "contains", (text,)))

    def _read_ranges(self) -> None:
        for pattern in words.RANGES:
            while (match := pattern.search(self.rest)) is not None:
                low, high = match["low"].strip(), match["high"].strip()
                column = self._find_compared(match, high)
                if column is None or (is_year(low) and is_year(high)):
                    self.is_clear = False
                    return
                self._add(match, Filter(column.name, "ge", (low,)), Filter(column.name, "le", (high,)))

    def _read_comparisons(self) -> None:
        """Read conditions such as `over 100`, each on the column named nearest."""
        for op, pattern in words.COMPARISONS:
            while self.is_clear and (match := pattern.search(self.rest)) is not None:
                column = self._find_compared(match, match["number"])
                if column is None:
                    self.is_clear = False
                    return
                self._add(match, Filter(column.name, op, (match["number"].strip(),)))

    def _add(self, match: re.Match[str], *filters: Filter) -> None:
        self.filters += filters
        self.rest = mask(self.rest, match.start(), match.end())

    def _find_compared(self, match: re.Match[str], number: str) -> ColumnProfile | None:
        """Return the column that is compared with a number: the nearest that can have its unit, else that meant."""
        found = read_quantity(number)
        unit = "" if found is None else found.unit
        numeric = [each for each in self._mentions if each.column.is_numeric and may_have(each.column, unit)]
        before = [mention for mention in numeric if mention.end <= match.start()]
        if before:
            return before[-1].column
        after = [mention for mention in numeric if mention.start >= match.end()]
        fitting = [column for column in self._columns if may_have(column, unit)]
        text = f"{self._text} price" if unit in CURRENCIES else self._text
        return after[0].column if after else find_by_concept(text, fitting)

    def _find_text_column(self, match: re.Match[str]) -> ColumnProfile | None:
        """Return the column of texts that is named last before, else that of names."""
        before = [each.column for each in self._mentions if not each.column.is_numeric and each.end <= match.start()]
        texts = [column for column in self._columns if not column.is_numeric]
        named = [column for column in texts if NAME_COLUMN.search(column.name)]
        return next(iter((*before[-1:], *named, *texts)), None)


def may_have(column: ColumnProfile, unit: str) -> bool:
    """Whether the numbers of a column may have a unit: pieces cost nothing."""
    if not unit or column.unit == unit:
        return True
    is_pieces = any(find_term(fold(column.name), name) for name in words.QUANTITIES)
    return not column.unit and not (unit in CURRENCIES and is_pieces)
