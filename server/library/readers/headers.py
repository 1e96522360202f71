"""Which rows of a table are its header, where the file does not say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_QUANTITY = re.compile(
    r"[-+(]?\s*(?:[$€£¥￥]|RMB|CNY|USD)?\s*[-+]?\d[\d,.'\s]*(?:[eE][-+]?\d+)?\s*(?:%|‰|元|万|亿|千|百)*\)?"
    r"|\d{1,4}[-/.年]\d{1,2}(?:[-/.月]\d{1,4}日?)?(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
    r"|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|true|false|yes|no|是|否|n/?a|null|[-–—/]",
    re.I,
)
MAX_TITLE_ROWS = 10
MAX_NAME_CHARACTERS = 120


@dataclass(frozen=True)
class HeaderRows:
    """The rows from `first` up to but not including `end`, counted from 0; none where both are 0."""

    first: int = 0
    end: int = 0

    def __contains__(self, row: int) -> bool:
        return self.first <= row < self.end


def find_header(rows: Sequence[Sequence[str]]) -> HeaderRows:
    """Find the header among the first rows of a table, behind titles of fewer cells.

    It is the first row with a name over most columns, all of them short texts that are no quantities, and what comes
    after it. Behind titles it counts only where quantities come after it.
    """
    width = max((_count_cells(row) for row in rows), default=0)
    if width < 2:
        return HeaderRows()
    for number, row in enumerate(rows[:MAX_TITLE_ROWS]):
        num_cells = _count_cells(row)
        if num_cells < 2 and num_cells < width:
            continue
        is_header = num_cells * 3 >= width * 2 and all(map(is_name, filter(None, row)))
        is_followed = _has_quantity(rows[number + 1 :]) if number else len(rows) > 1
        return HeaderRows(number, number + 1) if is_header and is_followed else HeaderRows()
    return HeaderRows()


def is_name(text: str) -> bool:
    """Whether a cell may name a column: it is a short text, and no quantity, date or truth value."""
    return 0 < len(text) <= MAX_NAME_CHARACTERS and not _QUANTITY.fullmatch(text.strip())


def _has_quantity(rows: Sequence[Sequence[str]]) -> bool:
    return any(0 < len(text) <= MAX_NAME_CHARACTERS and not is_name(text) for row in rows for text in row)


def _count_cells(row: Sequence[str]) -> int:
    return sum(bool(text) for text in row)
