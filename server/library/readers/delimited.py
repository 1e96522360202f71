"""CSV and TSV: tables of text, row after row as they are in the file."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from server.library.readers.decoding import find_encoding, list_remarks, read_lines
from server.library.readers.paging import CellCounter, take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Cell, Kind, Opened, Page
from server.library.readers.sheet_pages import MAX_CHARACTERS, SheetRow, build_sheet_pages
from server.library.readers.sheet_values import keep_written

DELIMITERS = ",\t;|"
NUM_LINES, MAX_SAMPLE = 200, 1 << 18
"""The delimiter is found by so many of the first lines, or fewer where these have more characters than that."""

MAX_LINE = 1 << 20
"""The most characters of a line; what is longer is taken for several."""

MAX_RECORD = 131_072
"""A quoted value that has not ended after so many characters never does: the quote is one of the value itself."""


class DelimitedReader:
    """The pages' texts together are the decoded file, but for U+0000; rows are numbered by their records."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding = find_encoding(source.file)
        self._delimiter = find_delimiter(_take_sample(self._read_lines()), source.kind)
        self.opened = Opened(source.kind, remarks=list_remarks(self._encoding))

    def read_pages(self, first: int) -> Iterator[Page]:
        rows = read_rows(self._read_lines(), self._delimiter, CellCounter(self._source.limits))
        return take_pages(build_sheet_pages(rows, None, 1), first, self._source.limits)

    def _read_lines(self) -> Iterator[str]:
        return read_lines(self._source.file, self._encoding, MAX_LINE)

    def close(self) -> None:
        """The file is not this reader's."""


def _take_sample(lines: Iterable[str]) -> list[str]:
    sample: list[str] = []
    for line in islice(lines, NUM_LINES):
        sample.append(line)
        if sum(map(len, sample)) > MAX_SAMPLE:
            break
    return sample


def find_delimiter(sample: list[str], kind: Kind) -> str:
    """Return the delimiter that parts the first record, and most of the others, into as many values, at least two."""
    preferred = "\t" if kind == "tsv" else ","
    return max(DELIMITERS, key=lambda each: (*_rate(sample, each), each == preferred))


def _rate(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    """Return whether the first record has as many values as most, how many have, and how many that are."""
    records = [values for _, values in split_records(lines, delimiter) if any(map(str.strip, values))]
    counts = Counter(len(values) for values in records if len(values) > 1)
    if not counts:
        return False, 0, 0
    num_values, num_records = counts.most_common(1)[0]
    return len(records[0]) == num_values, round(num_records / len(records), 1), num_values


def read_rows(lines: Iterable[str], delimiter: str, counter: CellCounter) -> Iterator[SheetRow]:
    """Yield the records of a table with what the file has for them."""
    for number, (text, values) in enumerate(split_records(lines, delimiter), 1):
        counter.add(len(values))
        kept = values if len(text) <= MAX_CHARACTERS else ()
        yield SheetRow(
            number, text, tuple(cell for i, value in enumerate(kept) if (cell := _build_cell(value, i)).text)
        )


def _build_cell(value: str, column: int) -> Cell:
    text = " ".join(value.split())
    return Cell(text, 0, column, written=keep_written(value, text))


def split_records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the text of each record and its values. A quote that never ends is taken for one of its value."""
    reading = _LineReading(iter(lines))
    while not reading.is_at_end or reading.taken:
        try:
            for values in csv.reader(reading.read(), delimiter=delimiter):
                if reading.is_at_end and reading.is_open:
                    break
                yield "".join(reading.taken), values
                reading.taken = []
            if not reading.taken:
                return
        except (csv.Error, _Endless):
            pass
        line = reading.take_first_back()
        yield line, line.rstrip("\r\n").split(delimiter)


class _Endless(Exception):
    """A record goes on for too long."""


@dataclass
class _LineReading:
    """The lines given to a reader of records, with those `taken` for the record that it is reading.

    `is_open` says that it asked for a line more than there are, which it does in a quoted value only.
    """

    lines: Iterator[str]
    taken: list[str] = field(default_factory=list)
    is_at_end: bool = False
    is_open: bool = False

    def read(self) -> Iterator[str]:
        num_characters = 0
        while (line := next(self.lines, None)) is not None:
            num_characters = num_characters + len(line) if self.taken else len(line)
            self.taken.append(line)
            if num_characters > MAX_RECORD and len(self.taken) > 1:
                raise _Endless
            yield line
        self.is_at_end = True
        self.is_open = bool(self.taken)

    def take_first_back(self) -> str:
        """Return the first line of the record, and give the others back to be read again."""
        first, *others = self.taken
        self.lines = chain(others, self.lines)
        self.taken, self.is_at_end, self.is_open = [], False, False
        return first
