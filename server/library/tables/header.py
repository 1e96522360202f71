"""The header of a table: which rows it is, and how it names the columns."""

from collections.abc import Sequence
from itertools import pairwise

from server.library.tables.numbers import is_year, read_quantity
from server.library.tables.records import TableCell

JOINED_BY = " / "
"""Between the names of a column in several header rows."""

MAX_TITLE_ROWS = 10
MAX_HEADER_ROWS = 5

Line = Sequence[TableCell | None]
Places = Sequence[Line]
"""Which cell covers each place of a table, row by row."""


def count_header_rows(places: Places) -> int:
    """Return how many rows at the top are titles and header: as they are marked, else as they look.

    Where the last of them names groups of columns, the names below it belong to the header too.
    """
    start, end = _find_marked(places)
    if end == start:
        start = _skip_titles(places)
        end = _end_of(places, start) if start < len(places) - 1 and _has_names(places[start]) else start
        if end == start:
            return 0
    while end < min(len(places) - 1, start + MAX_HEADER_ROWS) and _is_group_of(places[end - 1], places[end]):
        end += 1
    return end


def name_columns(header: Places) -> dict[int, str]:
    """Return the names of columns by their number: those of all rows joined, without titles."""
    rows = [row for row in header if not is_title(row)]
    texts = [[_read_text(cell) for cell in row] for row in rows]
    for upper, lower in pairwise(texts):
        for column in range(1, len(upper)):
            if not upper[column] and lower[column]:
                upper[column] = upper[column - 1]  # a group whose cells were not joined
    joined = (
        dict.fromkeys(filter(None, (row[column] for row in texts))) for column in range(len(texts[0]) if texts else 0)
    )
    return {column: JOINED_BY.join(names) for column, names in enumerate(joined)}


def is_title(row: Line) -> bool:
    """Whether a row holds one text alone, which is about the whole table."""
    return len(row) > 1 and len(_list_cells(row)) == 1


def _find_marked(places: Places) -> tuple[int, int]:
    """Return where the rows begin and end that are marked as header, behind titles at most; equal for none."""
    marked = [bool(cells) and all(cell.is_header for cell in cells) for cells in map(_list_cells, places)]
    start = next((row for row, is_marked in enumerate(marked[: MAX_TITLE_ROWS + 1]) if is_marked), 0)
    end = start
    while end < len(marked) and marked[end]:
        end += 1
    num_cells = len(_list_cells(places[start])) if places else 0
    has_titles_above = all(len(_list_cells(row)) < max(num_cells, 2) for row in places[:start])
    is_title_alone = all(is_title(row) for row in places[start:end])
    return (start, end) if has_titles_above and not is_title_alone else (0, 0)


def _skip_titles(places: Places) -> int:
    start = 0
    while start < min(len(places) - 1, MAX_TITLE_ROWS) and (is_title(places[start]) or not _list_cells(places[start])):
        start += 1
    return start


def _end_of(places: Places, row: int) -> int:
    """Return the row below a header row, and below those of its cells that span rows."""
    end = max(cell.row + cell.num_rows for cell in places[row] if cell is not None)
    return end if end < len(places) and all(_has_names(line) for line in places[row:end]) else row + 1


def _is_group_of(upper: Line, lower: Line) -> bool:
    """Whether a row has names that the names in the row above it are groups of."""
    if is_title(upper) or not _has_names(lower):
        return False
    pairs = list(zip(upper, lower, strict=True))
    has_span = any(above is not None and above.num_columns > 1 and above is not below for above, below in pairs)
    has_blank = any(not _read_text(above) and _read_text(below) for above, below in pairs[1:])
    has_blank_below = not _read_text(lower[0]) or lower[0] is upper[0]
    return has_span or (has_blank and has_blank_below)


def _has_names(row: Line) -> bool:
    texts = [cell.text for cell in _list_cells(row)]
    return len(texts) > 1 and all(is_year(text) or read_quantity(text) is None for text in texts)


def _list_cells(row: Line) -> list[TableCell]:
    """Return the cells of a row that have a text, each once."""
    return list({id(cell): cell for cell in row if cell is not None and cell.text}.values())


def _read_text(cell: TableCell | None) -> str:
    return "" if cell is None else " ".join(cell.text.split())
