"""TOML, whose text is the file itself; its tables are headings, and a page is cut between them."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from server.library.readers.blocks import Block, build_page
from server.library.readers.cutting import cut_text
from server.library.readers.decoding import find_encoding, list_remarks, open_text
from server.library.readers.paging import CellCounter, take_pages
from server.library.readers.protocol import ReaderLimits, Refused, Source
from server.library.readers.records import Heading, Opened, Page, Refusal
from server.library.readers.toml_blocks import TomlBlock, list_blocks

MAX_CHARACTERS = 8 << 20
"""The most characters of a file: it can be read only as a whole."""

PAGE_CHARACTERS = 16_000
"""A page may be longer than a printed one, as it has many short lines."""

MAX_DEPTH = 32
"""The most tables and arrays within one another."""

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate", "Cannot redefine")


class TomlReader:
    """The pages' texts together are the decoded file, but for U+0000."""

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        encoding = find_encoding(source.file)
        with open_text(source.file, encoding) as file:
            self._text = file.read(MAX_CHARACTERS + 1)
        if len(self._text) > MAX_CHARACTERS:
            raise Refused(Refusal("too_much_toml", {"limit": MAX_CHARACTERS}))
        check_toml(self._text, source.limits)
        self.opened = Opened("toml", remarks=list_remarks(encoding))

    def read_pages(self, first: int) -> Iterator[Page]:
        return take_pages(_build_pages(self._text), first, self._limits)

    def close(self) -> None:
        """The file is not this reader's."""


def check_toml(text: str, limits: ReaderLimits) -> None:
    """Raises `Refused` for what is no TOML, and for what has too many values or too many of them in one another."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(_describe(error, text)) from error
    except RecursionError as error:
        raise Refused(Refusal("too_deep", {"limit": MAX_DEPTH})) from error
    _count_values(read, CellCounter(limits))


def _describe(error: tomllib.TOMLDecodeError, text: str) -> Refusal:
    """Return the refusal for what is no TOML, with its place."""
    place = _PLACE.search(str(error))
    is_known = place is not None and place[1] is not None
    line, column = (int(place[1]), int(place[2])) if place and is_known else (len(text.splitlines()), 1)
    cause = "toml_twice" if str(error).startswith(_TWICE) else "toml_end" if not is_known else "toml"
    return Refusal("broken_toml", {"line": line, "column": column, "cause": cause})


def _count_values(read: dict[str, Any], counter: CellCounter) -> None:
    """Count the values of a file level by level. Raises `Refused` where there are too many, or too many levels."""
    level: list[Any] = [read]
    for _ in range(MAX_DEPTH):
        level = [value for each in level for value in _list_inner(each)]
        counter.add(len(level))
        if not level:
            return
    raise Refused(Refusal("too_deep", {"limit": MAX_DEPTH}))


def _list_inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _build_pages(text: str) -> Iterator[Page]:
    path = list[Heading]()
    for number, part in enumerate(_list_parts(text), 1):
        yield build_page(number, part, path)


def _list_parts(text: str) -> Iterator[list[Block]]:
    """Yield what goes onto each page: tables as they fit, and those that are longer than a page in parts."""
    part, num_characters = list[Block](), 0
    for table in list_blocks(text):
        size = table.end - table.start
        for piece in _cut(text, table):
            if part and num_characters + size > PAGE_CHARACTERS:
                yield part
                part, num_characters = [], 0
            part.append(piece)
            num_characters += len(piece.text)
            size -= len(piece.text)
    yield part


def _cut(text: str, table: TomlBlock) -> Iterator[Block]:
    """Yield the comments above a table, and the table, in parts where it is longer than a page."""
    if table.start < table.header_start and table.path:
        yield from map(Block, cut_text([text[table.start : table.header_start]], PAGE_CHARACTERS))
    begins = table.header_start if table.path else table.start
    first, *others = cut_text([text[begins : table.end]], PAGE_CHARACTERS)
    yield Block(first, len(table.path), table.path[-1] if table.path else "")
    yield from map(Block, others)
