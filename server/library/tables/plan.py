"""What is to be computed from a table: filters, groups, sums and the like, with columns by their names."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "contains"]
Function = Literal["sum", "average", "min", "max", "count"]

MAX_LIMIT = 100
MAX_FILTERS = 5
MAX_VALUES = 10
MAX_AGGREGATES = 5


class Filter(Struct, frozen=True, forbid_unknown_fields=True):
    """What a row must be like to count: its cell in the column is so to any of the values; with `ne`, to all."""

    column: str
    op: Operator
    values: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(min_length=1, max_length=MAX_VALUES)]


class Aggregate(Struct, frozen=True, forbid_unknown_fields=True):
    """A number computed of the values of a column; `count` without a column counts rows.

    With `times` each value is multiplied by that of another column in its row, such as prices by quantities.
    """

    function: Function
    column: str | None = None
    times: str | None = None


class Sort(Struct, frozen=True, forbid_unknown_fields=True):
    column: str
    descending: bool = False


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A computation. Without aggregates its result is rows, otherwise a number for each aggregate and group.

    Rows, or groups by their first aggregate, are sorted by `sort`, and the first `limit` are kept.
    """

    filters: Annotated[tuple[Filter, ...], Meta(max_length=MAX_FILTERS)] = ()
    group_by: str | None = None
    aggregates: Annotated[tuple[Aggregate, ...], Meta(max_length=MAX_AGGREGATES)] = ()
    sort: Sort | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] | None = None

    @property
    def columns(self) -> set[str]:
        """The names of the columns that it needs."""
        named: list[str | None] = [each.column for each in self.filters]
        named += [name for each in self.aggregates for name in (each.column, each.times)]
        named += [self.group_by, None if self.sort is None else self.sort.column]
        return {name for name in named if name is not None}


def write_schema(columns: Sequence[str]) -> Mapping[str, Any]:
    """Return the JSON schema of plans for a table with these columns."""
    column = {"type": "string", "enum": list(columns)}
    maybe_column = {"anyOf": [{"type": "null"}, column]}
    return _object(
        filters=_array(
            _object(
                column=column,
                op={"enum": ["eq", "ne", "lt", "le", "gt", "ge", "contains"]},
                values=_array({"type": "string", "maxLength": 50}, MAX_VALUES, least=1),
            ),
            MAX_FILTERS,
        ),
        group_by=maybe_column,
        aggregates=_array(
            _object(
                function={"enum": ["sum", "average", "min", "max", "count"]}, column=maybe_column, times=maybe_column
            ),
            MAX_AGGREGATES,
        ),
        sort={"anyOf": [{"type": "null"}, _object(column=column, descending={"type": "boolean"})]},
        limit={"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}]},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Mapping[str, Any], most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}
