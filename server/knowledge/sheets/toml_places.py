"""Where the tables of a TOML file are written."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from server.library.readers.toml_blocks import TomlBlock, list_blocks, list_inline_tables

Table = dict[str, Any]
Stretch = tuple[int, int]


class TomlPlaces:
    """Knows the stretches of a file by the tables of `root`, which was read from `text`."""

    def __init__(self, text: str, root: Table) -> None:
        self._text = text
        self._root = root
        self._line_ends = [found.start() for found in re.finditer("\n", text)]
        self._counts: dict[int, int] = {}
        self._stretches: dict[int, list[Stretch]] = {}
        for block in list_blocks(text):
            table = self._resolve(block)
            self._stretches.setdefault(id(table), []).append((block.start, block.end))

    def find(self, table: Table, entries: Iterable[Table]) -> list[Stretch]:
        """Return where a table is written with what is within it, but for `entries`, which are asked for themselves."""
        apart = {id(entry) for entry in entries}
        found = [stretch for each in _walk(table, apart) for stretch in self._stretches.get(id(each), ())]
        joined: list[Stretch] = []
        for start, end in sorted(found):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def place_inline(self, above: Table, key: str, tables: list[Table]) -> None:
        """Find where tables are written that are in brackets after a key, in the order of the file."""
        if any(id(table) in self._stretches for table in tables):
            return
        sign = re.compile(
            rf"""^[ \t]*(?:"{re.escape(key)}"|'{re.escape(key)}'|{re.escape(key)})[ \t]*=[ \t]*\[""", re.M
        )
        for start, end in self._stretches.get(id(above), ()):
            if begin := sign.search(self._text, start, end):
                inline = list_inline_tables(self._text, begin.end(), end)
                if len(inline) >= len(tables):
                    for table, stretch in zip(tables, inline, strict=False):
                        self._stretches[id(table)] = [stretch]
                return

    def count_line(self, place: int) -> int:
        """Return the line of a place."""
        return bisect_left(self._line_ends, place) + 1

    def _resolve(self, block: TomlBlock) -> Table:
        """Return the table that a header means: the last item that there is of each array."""
        table: Any = self._root
        for depth, key in enumerate(block.path, 1):
            table = table[key]
            if isinstance(table, list):
                if block.is_item and depth == len(block.path):
                    self._counts[id(table)] = self._counts.get(id(table), 0) + 1
                table = table[self._counts[id(table)] - 1]
        return table  # type: ignore[no-any-return]


def _walk(value: Any, apart: set[int]) -> Iterator[Table]:
    """Yield a table and the tables within it."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            if id(each) not in apart:
                yield from _walk(each, apart)
    elif isinstance(value, list):
        for each in value:
            if id(each) not in apart:
                yield from _walk(each, apart)
