"""Charts of tables: what is drawn, taken from the rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from server.library.tables.header_units import find_header_unit
from server.library.tables.numbers import Quantity, read_quantity
from server.library.tables.plan import Aggregate, Function, Plan
from server.library.tables.profile import ColumnProfile
from server.library.tables.records import TableRow
from server.library.tables.row_kinds import is_remark, is_total
from server.library.tables.rows import TableRows, compute

ChartKind = Literal["bar", "line", "pie"]

MAX_POINTS: dict[ChartKind, int] = {"bar": 60, "line": 2000, "pie": 12}
"""How many rows or groups a chart shows; a pie has the others as one."""

MAX_SERIES = 6


class BadChart(Exception):
    """What is to be drawn cannot be; `field_name` is the field that is wrong, the causes say why."""

    def __init__(self, field_name: str, cause: str, cause_zh: str) -> None:
        super().__init__(cause)
        self.field_name, self.cause, self.cause_zh = field_name, cause, cause_zh


@dataclass(frozen=True)
class Series:
    """The values of a column, None where a cell has no number."""

    name: str
    unit: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Chart:
    """What is drawn. `num_left_out` rows or groups are not shown, because there are too many."""

    kind: ChartKind
    title: str
    label_name: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    num_left_out: int = 0


@dataclass(frozen=True)
class ChartRequest:
    """What a client wants drawn: columns by name, None for those that suggest themselves.

    With `function` the rows of each label are brought together into one value.
    """

    kind: ChartKind
    label: str | None = None
    values: Sequence[str] = ()
    title: str = ""
    function: Function | None = None


async def build_chart(request: ChartRequest, rows: TableRows, columns: Sequence[ColumnProfile]) -> Chart:
    """Return the chart of a table. Raises `BadChart`."""
    label, values = _choose_columns(request, columns)
    if request.function is not None:
        collected = await _collect_groups(request.function, label, values, rows)
    else:
        collected = await _collect_rows(request.kind, label, values, rows)
    series = tuple(
        Series(name, _find_unit(name, quantities), tuple(None if each is None else each.value for each in quantities))
        for name, quantities in zip(values, collected.quantities, strict=True)
    )
    chart = Chart(request.kind, request.title, label, tuple(collected.labels), series, collected.num_left_out)
    _check(chart)
    return chart


@dataclass
class _Collected:
    """Labels, and the quantities of each column for them."""

    quantities: list[list[Quantity | None]]
    labels: list[str] = field(default_factory=list)
    num_left_out: int = 0


def _choose_columns(request: ChartRequest, columns: Sequence[ColumnProfile]) -> tuple[str, list[str]]:
    """Return the column of labels and those of values. Raises `BadChart`."""
    names = [column.name for column in columns]
    for field_name, name in (("label", request.label), *(("values", name) for name in request.values)):
        if name is not None and name not in names:
            listed = ", ".join(names[:20])
            raise BadChart(field_name, f"{name!r} is no column; there are {listed}", f"没有列 {name!r}，现有：{listed}")
    texts = [column.name for column in columns if not column.is_numeric]
    label = request.label or next(iter(texts), names[0])
    numeric = [column.name for column in columns if column.is_numeric and column.name != label]
    values = list(dict.fromkeys(request.values)) or numeric[: 1 if request.kind == "pie" else MAX_SERIES]
    if not values:
        raise BadChart("values", "the table has no column of numbers", "表格中没有数字列")
    most = 1 if request.kind == "pie" else MAX_SERIES
    if len(values) > most:
        raise BadChart("values", f"at most {most} columns can be drawn", f"最多可画 {most} 列")
    return label, values


async def _collect_rows(kind: ChartKind, label: str, values: Sequence[str], rows: TableRows) -> _Collected:
    """Return the label and values of each row but those of totals."""
    index, indices = rows.columns.index(label), [rows.columns.index(name) for name in values]
    collected = _Collected([[] for _ in values])
    async for batch in rows.read():
        for row in batch:
            if is_total(row) or is_remark(row):
                continue
            if len(collected.labels) == MAX_POINTS[kind] and kind != "pie":
                collected.num_left_out += 1
            elif len(collected.labels) < MAX_POINTS["line"]:
                _add_row(collected, row, index, indices)
            else:
                collected.num_left_out += 1
    return collected


def _add_row(collected: _Collected, row: TableRow, label: int, indices: Sequence[int]) -> None:
    collected.labels.append(row.texts[label])
    for quantities, index in zip(collected.quantities, indices, strict=True):
        quantities.append(None if index in row.repeated else read_quantity(row.texts[index]))


async def _collect_groups(function: Function, label: str, values: Sequence[str], rows: TableRows) -> _Collected:
    """Return each different label with the values that its rows come to."""
    result = await compute(Plan(group_by=label, aggregates=tuple(Aggregate(function, name) for name in values)), rows)
    collected = _Collected([[] for _ in values])
    shown = result.groups[: MAX_POINTS["line"]]
    collected.num_left_out = len(result.groups) - len(shown)
    for group in shown:
        collected.labels.append(group.name or "")
        for name, quantities, value in zip(values, collected.quantities, group.values, strict=True):
            if len(value.quantities) > 1:
                raise _mixed(name)
            quantities.append(value.quantities[0] if value.quantities else None)
    return collected


def _find_unit(name: str, quantities: Sequence[Quantity | None]) -> str:
    """Return the unit of a column's values. Raises `BadChart` where they have several."""
    units = {quantity.unit for quantity in quantities if quantity is not None and quantity.unit}
    if len(units) > 1:
        raise _mixed(name)
    return next(iter(units), find_header_unit(name))


def _mixed(name: str) -> BadChart:
    return BadChart("values", f"the numbers of {name!r} have different units", f"列 {name!r} 中的数字单位不同")


def _check(chart: Chart) -> None:
    numbers = [value for series in chart.series for value in series.values if value is not None]
    if not numbers:
        raise BadChart("values", "the columns have no numbers", "所选列中没有数字")
    if chart.kind == "pie" and min(numbers) < 0:
        raise BadChart("kind", "a pie cannot show negative numbers", "饼图不能表示负数")
    if chart.kind == "pie" and not any(numbers):
        raise BadChart("kind", "a pie cannot show zeros alone", "饼图不能只有零")
