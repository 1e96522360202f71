"""Markdown, whose text is the file itself; headings, fenced code and tables (GFM) are recognised line by line.

The libraries for Markdown keep the whole tree of a document and give places by line only; this needs neither.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.library.readers.blocks import Block, TableRow, build_pages
from server.library.readers.cutting import PART_CHARACTERS
from server.library.readers.decoding import find_encoding, list_remarks, read_lines
from server.library.readers.paging import take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Cell, Opened, Page

MAX_LINE = 65_536
"""The most characters of a line that are looked at together."""

MAX_EMPHASIS = 3
"""How many signs of emphasis may be around a cell, each around the next."""

_HEADING = re.compile(r" {0,3}(#{1,6})(?![^ \t\r\n])")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*[\r\n]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\r\n]*)[\r\n]*")
_DELIMITER = re.compile(r":?-+:?")
_NO_PARAGRAPH = re.compile(r" {0,3}(?:[-*+>] |\d{1,9}[.)] |    |\t)")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3}|~~|`)(?=\S)((?:(?!\1).)+)(?<=\S)\1")
_BAR = re.compile(r"(?<!\\)\|")


class MarkdownReader:
    """The pages' texts together are the decoded file, but for U+0000."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding = find_encoding(source.file)
        self.opened = Opened(source.kind, remarks=list_remarks(self._encoding))

    def read_pages(self, first: int) -> Iterator[Page]:
        return take_pages(build_pages(list_blocks(self._read_lines())), first, self._source.limits)

    def _read_lines(self) -> Iterator[str]:
        return read_lines(self._source.file, self._encoding, MAX_LINE)

    def close(self) -> None:
        """The file is not this reader's."""


def list_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of Markdown in their order; their texts together are the lines."""
    blocks = _Blocks()
    for number, line in enumerate(lines):
        yield from blocks.add(line, is_first=not number)
    yield from blocks.end()


@dataclass
class _Blocks:
    """The lines of the block that is being read. `fence` ends fenced code or front matter."""

    lines: list[str] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    fence: str = ""
    num_characters: int = 0
    is_after_blank: bool = False

    def add(self, line: str, is_first: bool) -> Iterator[Block]:
        if self.fence:
            yield from self._add_fenced(line)
        elif not line.strip():
            yield from self._end_table()
            self._keep(line)
            self.is_after_blank = True
        elif is_first and line.strip() == "---":
            self._keep(line)
            self.fence = "---"
        elif self.rows and not _begins_block(line):
            self.rows.append(TableRow(line, _read_cells(line, is_header=False)))
        else:
            yield from self._end_table()
            yield from self._add_line(line)

    def _add_fenced(self, line: str) -> Iterator[Block]:
        self._keep(line)
        mark = line.strip()
        is_end = (
            mark in ("---", "...") if self.fence == "---" else mark.startswith(self.fence) and not mark.strip(mark[0])
        )
        if is_end:
            self.fence, self.is_after_blank = "", True
        elif self.num_characters > PART_CHARACTERS:
            yield from self.end()

    def _add_line(self, line: str) -> Iterator[Block]:
        if heading := _HEADING.match(line):
            yield from self.end()
            yield Block(line, len(heading[1]), _read_title(line[heading.end() :]))
        elif fence := _FENCE.fullmatch(line):
            yield from self.end()
            self._keep(line)
            self.fence = fence[1] if "`" not in fence[2] or fence[1][0] == "~" else ""
        elif self.lines and not self.is_after_blank and self._is_table_header(line):
            yield from self._begin_table(line)
        elif self._is_underlined(line):
            title, level = " ".join(map(str.strip, self.lines)), 1 if "=" in line else 2
            text = "".join([*self.lines, line])
            self.lines, self.num_characters = [], 0
            yield Block(text, level, title)
        else:
            if self.is_after_blank or self.num_characters > PART_CHARACTERS:
                yield from self.end()
            self._keep(line)

    def _is_table_header(self, line: str) -> bool:
        if "|" not in line or "|" not in self.lines[-1]:
            return False
        delimiters = _read_cells(line, is_header=True)
        is_delimiters = all(_DELIMITER.fullmatch(cell.text) for cell in delimiters)
        return is_delimiters and len(_read_cells(self.lines[-1], is_header=True)) == len(delimiters)

    def _begin_table(self, line: str) -> Iterator[Block]:
        header = self.lines.pop()
        yield from self.end()
        self.rows = [TableRow(header, _read_cells(header, is_header=True)), TableRow(line)]

    def _is_underlined(self, line: str) -> bool:
        is_paragraph = self.lines and not self.is_after_blank and not _NO_PARAGRAPH.match(self.lines[0])
        return bool(is_paragraph) and _UNDERLINE.fullmatch(line) is not None

    def _keep(self, line: str) -> None:
        self.lines.append(line)
        self.num_characters += len(line)
        self.is_after_blank = False

    def _end_table(self) -> Iterator[Block]:
        if self.rows:
            yield Block("".join(row.text for row in self.rows), rows=tuple(self.rows))
            self.rows = []

    def end(self) -> Iterator[Block]:
        """End the block that is being read."""
        yield from self._end_table()
        if self.lines:
            yield Block("".join(self.lines))
        self.lines, self.num_characters, self.is_after_blank = [], 0, False


def _begins_block(line: str) -> bool:
    return bool(_HEADING.match(line) or _FENCE.fullmatch(line)) or line.lstrip().startswith(">")


def _read_title(text: str) -> str:
    """Return the text of a heading without the number signs that may close it."""
    title = text.strip()
    rest = title.rstrip("#")
    return rest.rstrip() if not rest or rest[-1] in " \t" else title


def _read_cells(line: str, is_header: bool) -> tuple[Cell, ...]:
    text = line.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return tuple(
        Cell(_drop_emphasis(cell.strip().replace("\\|", "|")), 0, column, is_header=is_header)
        for column, cell in enumerate(_BAR.split(text))
    )


def _drop_emphasis(text: str) -> str:
    """Return the text of a cell without the signs around all of it, as numbers of totals often have them."""
    for _ in range(MAX_EMPHASIS):
        found = _EMPHASIS.fullmatch(text)
        text = text if found is None else found[2]
    return text
