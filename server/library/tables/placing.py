"""Where in the text of a page a table is that was found in its drawing."""

from server.library.readers.found_table import FoundTable
from server.library.readers.records import Line, Page, Table


def place_on_page(found: FoundTable, page: Page) -> Table:
    """Return a table with the part of the page's text whose lines are within its box.

    Where no line is, the part is empty, behind the lines above the box.
    """
    inside = [line for line in page.lines if _is_inside(line, found)]
    if inside:
        return Table(min(line.start for line in inside), max(line.end for line in inside), found.cells)
    place = max((line.end for line in page.lines if _middle(line) < found.top), default=0)
    return Table(place, place, found.cells)


def _is_inside(line: Line, found: FoundTable) -> bool:
    x = (line.left + line.right) / 2
    return found.left <= x <= found.right and found.top <= _middle(line) <= found.bottom


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2
