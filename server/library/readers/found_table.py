"""A table that was found in the drawing of a page."""

from msgspec import Struct

from server.library.readers.records import Cell


class FoundTable(Struct, frozen=True):
    """A table of a page, in the box whose sides are shares of the page, from 0 at its left and top to 1."""

    cells: tuple[Cell, ...]
    left: float
    top: float
    right: float
    bottom: float
