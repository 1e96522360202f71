"""The amounts of a column, summed up a row at a time, each unit by itself."""

from collections.abc import Sequence
from decimal import Context, Decimal

from server.library.tables.header_units import find_header_unit
from server.library.tables.numbers import Quantity, is_blank, read_quantity
from server.library.tables.plan import Aggregate
from server.library.tables.products import multiply
from server.library.tables.records import TableRow

EXACT = Context(prec=80)
MAX_UNITS = 20
MAX_EXTREME_ROWS = 20
RELATIVE = frozenset({"%", "‰"})


class Amounts:
    """The count, sum and extremes of a column's quantities, or of its products with another; without one, of rows."""

    def __init__(self, aggregate: Aggregate, columns: Sequence[str]) -> None:
        self._function = aggregate.function
        named = [name for name in (aggregate.column, aggregate.times) if name is not None]
        self._columns = [list(columns).index(name) for name in named]
        self._units = [find_header_unit(name) for name in named]
        self._counts: dict[str, int] = {}
        self._sums: dict[str, Decimal] = {}
        self._extremes: dict[str, tuple[Decimal, list[TableRow]]] = {}
        self._num_rows = 0
        self.num_unread = 0
        self.num_assumed = 0

    @property
    def extreme_rows(self) -> list[TableRow]:
        """The first rows that have the smallest or largest value, of each unit."""
        return [row for _, rows in self._extremes.values() for row in rows]

    def add(self, row: TableRow) -> None:
        """Take the value of a row; that of a cell that began above or to the left was taken before."""
        if not self._columns:
            self._num_rows += 1
            return
        texts = [row.texts[column] for column in self._columns]
        if any(map(is_blank, texts)) or row.repeated.issuperset(self._columns):
            return
        self._num_rows += 1
        if self._function == "count":
            return
        found = self.read(row)
        if found is None:
            self.num_unread += 1
        else:
            self._add_quantity(found, row)

    def read(self, row: TableRow) -> Quantity | None:
        """Return the quantity of a row, which may be a product, with its own unit or that of the column."""
        product: Quantity | None = None
        for column, unit in zip(self._columns, self._units, strict=True):
            found = read_quantity(row.texts[column])
            if found is None:
                return None
            found = Quantity(found.value, found.unit or unit)
            product = found if product is None else multiply(product, found)
        return product

    def _add_quantity(self, found: Quantity, row: TableRow) -> None:
        unit = found.unit
        if unit not in self._counts and len(self._counts) >= MAX_UNITS:
            self.num_unread += 1
            return
        self._counts[unit] = self._counts.get(unit, 0) + 1
        self._sums[unit] = EXACT.add(self._sums.get(unit, Decimal(0)), found.value)
        if self._function not in ("min", "max"):
            return
        best, rows = self._extremes.get(unit, (found.value, []))
        is_better = found.value < best if self._function == "min" else found.value > best
        if is_better:
            self._extremes[unit] = found.value, [row]
        elif found.value == best:
            self._extremes[unit] = best, [*rows, row][:MAX_EXTREME_ROWS]

    def finish(self) -> tuple[Quantity, ...]:
        """Return the amount, one for each unit. Numbers without one are those of the column's only other unit."""
        if self._function == "count":
            return (Quantity(Decimal(self._num_rows)),)
        self._merge_bare()
        return tuple(Quantity(self._finish_unit(unit), unit) for unit in self._counts)

    def _merge_bare(self) -> None:
        others = [unit for unit in self._counts if unit]
        if "" not in self._counts or len(others) != 1 or others[0] in RELATIVE:
            return
        unit = others[0]
        self.num_assumed = self._counts[""]
        self._counts[unit] += self._counts.pop("")
        self._sums[unit] = EXACT.add(self._sums[unit], self._sums.pop(""))
        if "" in self._extremes:
            self._extremes[unit] = self._join_extremes(self._extremes.pop(""), self._extremes[unit])

    def _join_extremes(
        self, bare: tuple[Decimal, list[TableRow]], other: tuple[Decimal, list[TableRow]]
    ) -> tuple[Decimal, list[TableRow]]:
        if bare[0] == other[0]:
            return bare[0], [*bare[1], *other[1]][:MAX_EXTREME_ROWS]
        return (min if self._function == "min" else max)(bare, other, key=lambda each: each[0])

    def _finish_unit(self, unit: str) -> Decimal:
        if self._function == "sum":
            return self._sums[unit]
        if self._function == "average":
            return round_average(EXACT.divide(self._sums[unit], Decimal(self._counts[unit])))
        return self._extremes[unit][0]


def round_average(value: Decimal) -> Decimal:
    """Return an average with at most six decimals."""
    return EXACT.quantize(value, Decimal("0.000001")) if -value.as_tuple().exponent > 6 else value  # type: ignore[operator]
