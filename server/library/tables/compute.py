"""Running a plan over the rows of a table, some at a time, over `Decimal`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from server.library.tables.amounts import Amounts
from server.library.tables.filtering import RowFilter
from server.library.tables.numbers import narrow, read_quantity
from server.library.tables.plan import Plan
from server.library.tables.records import TableRow
from server.library.tables.result import GroupResult, Result, Value
from server.library.tables.row_kinds import is_remark, is_total

MAX_GROUPS = 10_000
MAX_SHOWN_ROWS = 50
"""How many of the rows that a result came from are shown."""

MAX_SORTED_ROWS = 2_000
"""How many rows are kept while the first of them by an order are looked for."""


class TooManyGroups(Exception):
    """A plan groups a table by a column with more different values than can be kept."""


class NoSuchColumn(Exception):
    """A plan names a column that the table does not have."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


@dataclass
class _Group:
    amounts: tuple[Amounts, ...]
    num_rows: int = 0


@dataclass
class _Counts:
    matched: int = 0
    totals: int = 0
    shown: list[TableRow] = field(default_factory=list)


class Computation:
    """A plan on its way through the rows of a table. Raises `NoSuchColumn`."""

    def __init__(self, plan: Plan, columns: Sequence[str]) -> None:
        missing = sorted(plan.columns - set(columns))
        if missing:
            raise NoSuchColumn(missing[0])
        self._plan = plan
        self._columns = tuple(columns)
        self._filters = [RowFilter(each, self._index(each.column)) for each in plan.filters]
        self._groups: dict[str | None, _Group] = {}
        self._counts = _Counts()

    def add(self, rows: Iterable[TableRow]) -> None:
        """Take the next rows. Raises `TooManyGroups`."""
        for row in rows:
            if is_total(row):
                self._counts.totals += 1
            elif not is_remark(row) and all(each.matches(row) for each in self._filters):
                self._counts.matched += 1
                self._add_row(row)

    def finish(self) -> Result:
        """Return the result of all rows so far."""
        if not self._plan.aggregates:
            return self._result((), tuple(self._sort_rows()[: self._plan.limit or MAX_SHOWN_ROWS]))
        if self._plan.group_by is None and not self._groups:
            self._groups[None] = self._make_group()
        groups = sorted((self._finish_group(name, group) for name, group in self._groups.items()), key=self._group_key)
        shown = self._find_extremes() or self._counts.shown
        kept = tuple(groups[: self._plan.limit or len(groups)])
        return self._result(kept, tuple(shown))

    def _result(self, groups: tuple[GroupResult, ...], rows: tuple[TableRow, ...]) -> Result:
        amounts = [each for group in self._groups.values() for each in group.amounts]
        return Result(
            self._columns,
            groups,
            rows,
            self._counts.matched,
            self._counts.totals,
            sum(each.num_unread for each in amounts),
            sum(each.num_assumed for each in amounts),
            len(self._groups),
        )

    def _index(self, column: str) -> int:
        return self._columns.index(column)

    def _add_row(self, row: TableRow) -> None:
        counts, plan = self._counts, self._plan
        if not plan.aggregates:
            counts.shown.append(row)
            if len(counts.shown) > MAX_SORTED_ROWS:
                counts.shown = self._sort_rows()[: plan.limit or MAX_SHOWN_ROWS]
            return
        if len(counts.shown) < MAX_SHOWN_ROWS:
            counts.shown.append(row)
        name = None if plan.group_by is None else narrow(row.texts[self._index(plan.group_by)])
        if name not in self._groups:
            if len(self._groups) >= MAX_GROUPS:
                raise TooManyGroups
            self._groups[name] = self._make_group()
        group = self._groups[name]
        group.num_rows += 1
        for amounts in group.amounts:
            amounts.add(row)

    def _make_group(self) -> _Group:
        return _Group(tuple(Amounts(each, self._columns) for each in self._plan.aggregates))

    def _sort_rows(self) -> list[TableRow]:
        """Return the rows kept so far by the order of the plan; those without a value are last."""
        if self._plan.sort is None:
            return self._counts.shown
        column, descending = self._index(self._plan.sort.column), self._plan.sort.descending
        return sorted(self._counts.shown, key=lambda row: sort_key(row.texts[column], descending=descending))

    def _finish_group(self, name: str | None, group: _Group) -> GroupResult:
        values = (
            Value(aggregate, amounts.finish())
            for aggregate, amounts in zip(self._plan.aggregates, group.amounts, strict=True)
        )
        return GroupResult(name, tuple(values), group.num_rows)

    def _group_key(self, group: GroupResult) -> tuple[int, Decimal]:
        """Return the key that groups are sorted by; without an order in the plan they stay as they came."""
        sort = self._plan.sort
        if sort is None:
            return 0, Decimal(0)
        named = (value for value in group.values if value.aggregate.column == sort.column)
        quantities = next(named, group.values[0]).quantities
        if not quantities:
            return 1, Decimal(0)
        value = quantities[0].value
        return 0, value.copy_negate() if sort.descending else value

    def _find_extremes(self) -> list[TableRow]:
        """Return the rows that have the smallest or the largest values, where those were asked for."""
        rows = {
            row.number: row
            for group in self._groups.values()
            for amounts in group.amounts
            for row in amounts.extreme_rows
        }
        return list(rows.values())[:MAX_SHOWN_ROWS]


def sort_key(text: str, *, descending: bool) -> tuple[int, Decimal, str]:
    """Return the key of a cell: numbers by their value first, then other texts, then empty cells."""
    found = read_quantity(text)
    if found is not None:
        return 0, found.value.copy_negate() if descending else found.value, ""
    return (1, Decimal(0), narrow(text)) if text.strip() else (2, Decimal(0), "")
