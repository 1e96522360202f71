"""What a plan gave: numbers by group, or rows, with the rows that they came from."""

from dataclasses import dataclass

from server.library.tables.numbers import Quantity
from server.library.tables.plan import Aggregate
from server.library.tables.records import TableRow


@dataclass(frozen=True)
class Value:
    """A number of a result: one quantity for each unit, as quantities of different units are never summed."""

    aggregate: Aggregate
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class GroupResult:
    """The numbers of a group, whose `name` is None where the whole table is one."""

    name: str | None
    values: tuple[Value, ...]
    num_rows: int


@dataclass(frozen=True)
class Result:
    """What a plan gave: groups, or rows where it has no aggregates, and the first rows that it came from.

    `num_rows` counts all of them. `num_totals` rows of totals were left out, `num_unread` cells were no numbers, and
    `num_assumed` numbers had no unit and were taken for those of the column's only one.
    """

    columns: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    rows: tuple[TableRow, ...]
    num_rows: int
    num_totals: int = 0
    num_unread: int = 0
    num_assumed: int = 0
    num_groups: int = 0
