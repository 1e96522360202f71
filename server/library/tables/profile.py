"""What the columns of a table hold, as far as a question to it needs to be understood."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from server.library.tables.filtering import fold
from server.library.tables.header_units import find_header_unit
from server.library.tables.numbers import is_blank, read_quantity
from server.library.tables.records import TableRow
from server.library.tables.row_kinds import is_remark, is_total

MAX_VALUES = 2000
"""A column with more different texts than this is not looked through for those in a question."""

MAX_VALUE_CHARACTERS = 60
MAX_SAMPLE = 5000
"""So many rows tell whether a column is one of numbers."""


@dataclass(frozen=True)
class ColumnProfile:
    """A column: whether most of its cells are numbers, their unit if they have one, and its texts by folded form."""

    name: str
    is_numeric: bool
    unit: str
    values: Mapping[str, str]


@dataclass
class _Counts:
    num_texts: int = 0
    units: Counter[str] = field(default_factory=Counter)
    values: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    @property
    def is_numeric(self) -> bool:
        return self.units.total() > self.num_texts

    def may_have_new(self, text: str) -> bool:
        """Whether a text may be one that was not looked at yet, in a column of few different texts."""
        return text not in self.known and len(self.values) <= MAX_VALUES and not self.is_numeric


class Profiler:
    """Describes the columns of a table whose rows it is given some at a time."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._counts = [_Counts() for _ in columns]
        self._num_rows = 0

    def add(self, rows: Iterable[TableRow]) -> None:
        """Take the next rows. Of those beyond `MAX_SAMPLE` only texts are looked at that may be in a question."""
        for row in rows:
            if self._num_rows >= MAX_SAMPLE:
                self._add_new_values(row)
            elif not (is_total(row) or is_remark(row)):
                self._num_rows += 1
                for counts, text in zip(self._counts, row.texts, strict=True):
                    _count(counts, text)

    def _add_new_values(self, row: TableRow) -> None:
        pairs = zip(self._counts, row.texts, strict=True)
        new = [pair for pair in pairs if pair[0].may_have_new(pair[1])]
        if new and not (is_total(row) or is_remark(row)):
            for counts, text in new:
                _add_value(counts, text)

    def finish(self) -> tuple[ColumnProfile, ...]:
        return tuple(_describe(name, counts) for name, counts in zip(self._columns, self._counts, strict=True))


def _count(counts: _Counts, text: str) -> None:
    if is_blank(text):
        return
    found = read_quantity(text)
    if found is not None:
        counts.units[found.unit] += 1
        return
    counts.num_texts += 1
    _add_value(counts, text)


def _add_value(counts: _Counts, text: str) -> None:
    if len(counts.known) <= MAX_VALUES:
        counts.known.add(text)
    if len(text) <= MAX_VALUE_CHARACTERS and len(counts.values) <= MAX_VALUES and not is_blank(text):
        counts.values.setdefault(fold(text), text)


def _describe(name: str, counts: _Counts) -> ColumnProfile:
    is_numeric = counts.is_numeric
    units = [unit for unit in counts.units if unit]
    unit = find_header_unit(name) or (units[0] if len(units) == 1 else "")
    values = counts.values if len(counts.values) <= MAX_VALUES else {}
    return ColumnProfile(name, is_numeric, unit if is_numeric else "", {} if is_numeric else values)
