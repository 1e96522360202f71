"""Plans for the plainest questions, made without the model: a sum, an average, the cheapest, how many rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from server.library.tables import vocabulary as words
from server.library.tables.conditions import Conditions
from server.library.tables.filtering import fold
from server.library.tables.meant_columns import find_by_concept, find_named, is_identifier
from server.library.tables.mentions import MASK, Mention, find_columns, find_values, mask
from server.library.tables.plan import MAX_AGGREGATES, MAX_LIMIT, Aggregate, Filter, Function, Plan, Sort
from server.library.tables.profile import ColumnProfile

QUOTED = re.compile(r"[\"“「『][^\"”」』]+[\"”」』]")
PLACES = re.compile(r"第\s*\d+\s*页|表\s*\d+|\b(?:page|table|sheet)\s*\d+")
"""Where a table is, which is no condition on its rows."""

COUNTED_COLUMN = re.compile(r"(?:how many|number of|多少|几)\s*(?:the\s)?$")


def is_computation(question: str) -> bool:
    """Whether a question asks for a sum, an average, an extreme, a count, an order or a choice of rows, of whatever."""
    text = fold(question)
    compared = [pattern for _, pattern in words.COMPARISONS] + list(words.RANGES) + list(words.CONTAINS)
    is_listing = words.LISTINGS.search(text) is not None and any(pattern.search(text) for pattern in compared)
    asked = (*words.FUNCTIONS.values(), words.VALUES, words.SORTINGS, words.ASCENDING, words.DESCENDING, *words.LIMITS)
    return is_listing or "有多少" in text or any(pattern.search(text) for pattern in asked)


def plan_plainly(question: str, columns: Sequence[ColumnProfile], *, is_about_table: bool = True) -> Plan | None:
    """Return the plan of a plain question to a table; None where it is not understood for certain.

    Where it is not known that the question is about the table, it must name a column of it, or the text of a cell.
    """
    text = fold(question)
    reading = _read(text, columns)
    if reading is None or words.OTHER_COMPUTATIONS.search(reading.rest) or words.NEGATIONS.search(reading.rest):
        return None
    return _Planner(reading, is_about_table=is_about_table).plan()


@dataclass(frozen=True)
class _Reading:
    """A question that was read against a table; `rest` is it without columns, values and comparisons."""

    text: str
    rest: str
    columns: Sequence[ColumnProfile]
    mentions: Sequence[Mention]
    filters: Sequence[Filter]
    filtered: frozenset[str]
    limit: int | None

    @property
    def functions(self) -> list[Function]:
        """The functions that it asks for, those within names of columns only where there are no others."""
        rest = words.SORTINGS.sub("", self.rest)
        found = [name for name, pattern in words.FUNCTIONS.items() if pattern.search(rest)]
        return found or [name for name, pattern in words.FUNCTIONS.items() if pattern.search(self.text)]


def _read(text: str, columns: Sequence[ColumnProfile]) -> _Reading | None:
    mentions, rest = find_columns(text, columns)
    conditions = Conditions(rest, columns, mentions)
    equal, rest = find_values(conditions.rest, columns)
    limit, rest = _read_limit(rest)
    if not conditions.is_clear or conditions.is_either(len(equal)) or words.NOT_COMPUTED.search(rest):
        return None
    filters = conditions.filters
    left = PLACES.sub("", rest)
    if re.search(r"\d", left) or any(MASK not in quoted for quoted in QUOTED.findall(left)):
        return None  # a condition that was not understood
    filtered = frozenset(each.column for each in filters)
    return _Reading(text, rest, columns, mentions, [*equal, *filters], filtered, limit)


def _read_limit(text: str) -> tuple[int | None, str]:
    for pattern in words.LIMITS:
        match = pattern.search(text)
        if match is not None:
            given = match["limit"]
            limit = words.NUMERALS.get(given) or int(given)
            return min(max(limit, 1), MAX_LIMIT), mask(text, *match.span("limit"))
    return None, text


class _Planner:
    """Makes the plan of a question that was read."""

    def __init__(self, reading: _Reading, *, is_about_table: bool) -> None:
        self._reading = reading
        self._is_about_table = is_about_table
        self._functions = reading.functions
        self._numeric = [mention.column for mention in reading.mentions if mention.column.is_numeric]
        self._texts = [mention.column for mention in reading.mentions if not mention.column.is_numeric]

    def plan(self) -> Plan | None:
        extremes: list[Function] = [each for each in self._functions if each in ("max", "min")]
        others: list[Function] = [each for each in self._functions if each not in ("max", "min")]
        group = self._find_group()
        if words.VALUES.search(self._reading.text) and "sum" not in others:
            others.append("sum")
        if extremes and others and (group or self._texts):
            return self._plan_best_group(others[0], extremes[0], group or self._texts[0])
        if "count" in others and (others == ["count"] or not self._free_columns()) and not self._is_counted():
            return self._plan_count(group)
        functions = extremes or [each for each in others if each != "count"]
        if not functions and "count" in others:
            functions = ["sum"]
        return self._plan_amounts(functions, group) if functions else self._plan_rows()

    def _plan_amounts(self, functions: Sequence[Function], group: ColumnProfile | None) -> Plan | None:
        operands = self._find_operands(functions[0])
        if not operands:
            return None
        filters, limit = tuple(self._reading.filters), self._reading.limit
        is_descending = functions[0] == "max"
        if limit is not None and functions[0] in ("max", "min") and group is None:
            return Plan(filters, sort=Sort(operands[0][0], is_descending), limit=limit)
        aggregates = [Aggregate(function, *operand) for function in functions for operand in operands]
        return Plan(filters, None if group is None else group.name, tuple(aggregates[:MAX_AGGREGATES]))

    def _plan_rows(self) -> Plan | None:
        """Return the plan of rows in an order, or of those that conditions choose."""
        text, filters, limit = self._reading.rest, tuple(self._reading.filters), self._reading.limit
        is_ascending, is_descending = words.ASCENDING.search(text), words.DESCENDING.search(text)
        if is_ascending or is_descending or words.SORTINGS.search(text) or limit is not None:
            meant = find_by_concept(self._reading.text, self._reading.columns)
            columns = self._free_columns() or ([] if meant is None else [meant]) or self._texts[:1]
            is_down = bool(is_descending) or (limit is not None and not is_ascending)
            return Plan(filters, sort=Sort(columns[0].name, is_down), limit=limit) if columns else None
        is_asked = words.LISTINGS.search(text) and self._reading.filtered and (self._is_about_table or self._numeric)
        return Plan(filters) if is_asked else None

    def _plan_best_group(self, function: Function, extreme: Function, group: ColumnProfile) -> Plan | None:
        operands = [] if function == "count" else self._find_operands(function)
        if function != "count" and not operands:
            return None
        aggregate = Aggregate(function, *operands[0]) if operands else Aggregate(function)
        sort = Sort(aggregate.column or group.name, extreme == "max")
        limit = self._reading.limit or 1
        return Plan(tuple(self._reading.filters), group.name, (aggregate,), sort, limit)

    def _plan_count(self, group: ColumnProfile | None) -> Plan | None:
        text = self._reading.text
        if words.NOT_ABOUT_ROWS.search(self._reading.rest) or not self._is_count_of_rows():
            return None
        counts = (Aggregate("count"),)
        if group is None and self._texts and not words.FUNCTIONS["sum"].search(text) and not self._reading.filters:
            group = self._texts[0]
        if not (self._is_about_table or self._reading.filters or self._reading.mentions):
            return None
        return Plan(tuple(self._reading.filters), None if group is None else group.name, counts)

    def _is_count_of_rows(self) -> bool:
        """Whether what is counted may be rows, and is not something that they have, such as colours."""
        noun = words.COUNTED_NOUN.search(self._reading.rest)
        if noun is None or self._reading.filtered:
            return True
        return words.ROW_NOUNS.search(noun["zh"] or noun["en"]) is not None

    def _free_columns(self) -> list[ColumnProfile]:
        return [column for column in self._numeric if column.name not in self._reading.filtered]

    def _is_counted(self) -> bool:
        """Whether what is counted is a column of numbers: how many units."""
        if words.PIECES.search(self._reading.text) and find_named(self._reading.columns, words.QUANTITIES):
            return True
        starts = [each.start for each in self._reading.mentions if each.column.is_numeric]
        return any(COUNTED_COLUMN.search(self._reading.text[:start]) for start in starts)

    def _find_operands(self, function: Function) -> list[tuple[str, str | None]]:
        """Return the columns to compute with, each with that by which it is multiplied."""
        product = self._find_product(function)
        if product is not None:
            return [(product[0].name, product[1].name)]
        if words.VALUES.search(self._reading.rest):
            return []
        return [(column.name, None) for column in self._find_columns(function)]

    def _find_product(self, function: Function) -> tuple[ColumnProfile, ColumnProfile] | None:
        """Return two columns that are multiplied: those with a sign between, or the prices and pieces of a value."""
        reading = self._reading
        for one, other in pairwise(each for each in reading.mentions if each.column.is_numeric):
            if words.TIMES.fullmatch(reading.text[one.end : other.start]):
                return one.column, other.column
        named = [each for each in self._numeric if find_named([each], words.PRICES) is not None]
        price = named[0] if len(named) == 1 else find_named(reading.columns, words.PRICES)
        pieces = find_named(reading.columns, words.QUANTITIES)
        if price is None or pieces is None or price is pieces:
            return None
        is_value = words.VALUES.search(reading.text) and not words.VALUES.search(self._list_names())
        return (price, pieces) if is_value or self._is_payment(function) else None

    def _is_payment(self, function: Function) -> bool:
        """Whether the sum to be paid for all rows is asked for, of a table with prices and pieces, but no amounts."""
        reading = self._reading
        if function != "sum" or self._numeric or not self._is_about_table or not words.MONEY.search(reading.text):
            return False
        has_amounts = find_named(reading.columns, words.AMOUNTS) is not None
        return not has_amounts and find_named(reading.columns, words.ORDERED) is not None

    def _list_names(self) -> str:
        return "\n".join(fold(column.name) for column in self._reading.columns if column.is_numeric)

    def _find_columns(self, function: Function) -> list[ColumnProfile]:
        """Return the columns to compute with: those named, else the one that is meant, else the only one there is."""
        named = self._free_columns()
        if function in ("max", "min") and len(named) > 1:
            named = self._find_nearest(function) or named
        if named or not (self._is_about_table or self._numeric):
            return named
        free = [each for each in self._reading.columns if each.name not in self._reading.filtered]
        text = self._reading.text
        meant = find_by_concept(text, free, function) or find_by_concept(text, self._reading.columns, function)
        if meant is not None or self._numeric:
            return self._numeric[:1] if meant is None else [meant]
        numeric = [each for each in self._reading.columns if each.is_numeric and not is_identifier(each)]
        return numeric if len(numeric) == 1 else []

    def _find_nearest(self, function: Function) -> list[ColumnProfile]:
        """Return the column right beside the word for an extreme, if there is one: 价格最高的商品的库存."""
        word = words.FUNCTIONS[function].search(self._reading.rest)
        free = [each for each in self._reading.mentions if each.column in self._free_columns()]
        if word is None:
            return []
        near = [each for each in free if 0 <= word.start() - each.end <= 1 or 0 <= each.start - word.end() <= 1]
        return [each.column for each in near] if len(near) == 1 else []

    def _find_group(self) -> ColumnProfile | None:
        """Return the column that stands behind words such as 每个, 各 or by."""
        for mention in self._reading.mentions:
            before = self._reading.text[: mention.start]
            if not mention.column.is_numeric and re.search(words.GROUPING + "$", before):
                return mention.column
        return None
