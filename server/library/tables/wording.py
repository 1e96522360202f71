"""Results in words, English and Chinese, and as Markdown."""

import re
from collections.abc import Mapping, Sequence

from server.errors.base import Language
from server.library.tables.amounts import Amounts
from server.library.tables.formats import write_markdown_rows
from server.library.tables.numbers import Quantity, format_quantity, read_quantity
from server.library.tables.plan import Aggregate, Filter, Function, Operator, Plan
from server.library.tables.records import TableRow
from server.library.tables.result import GroupResult, Result, Value

MAX_WRITTEN_ROWS = 10
MAX_WRITTEN_GROUPS = 50
MAX_WRITTEN_TIES = 5

NAME_COLUMN = re.compile(r"名|品|name|product|item|title|description|model", re.IGNORECASE)
"""Columns that rows are called by."""

FUNCTIONS: Mapping[Language, Mapping[Function, str]] = {
    "en": {
        "sum": "The sum of “{column}” is {value}",
        "average": "The average of “{column}” is {value}",
        "min": "The lowest “{column}” is {value}",
        "max": "The highest “{column}” is {value}",
        "count": "There are {value} rows with a value in “{column}”",
    },
    "zh": {
        "sum": "“{column}”合计为 {value}",
        "average": "“{column}”平均为 {value}",
        "min": "“{column}”最低为 {value}",
        "max": "“{column}”最高为 {value}",
        "count": "“{column}”有值的共 {value} 行",
    },
}
NAMES: Mapping[Language, Mapping[Function, str]] = {
    "en": {"sum": "sum", "average": "average", "min": "lowest", "max": "highest", "count": "count"},
    "zh": {"sum": "合计", "average": "平均", "min": "最低", "max": "最高", "count": "计数"},
}
OPERATORS: Mapping[Language, Mapping[Operator, str]] = {
    "en": {"eq": "is", "ne": "is not", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "contains": "contains"},
    "zh": {"eq": "为", "ne": "不为", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "contains": "包含"},
}


def write_result(plan: Plan, result: Result, language: Language) -> str:
    """Return a result in a sentence or a table, with what it counts and what it leaves out."""
    parts = [_write_body(plan, result, language), *_write_notes(plan, result, language)]
    end, gap = ("。", "") if language == "zh" else (".", " ")
    sentence, _, table = parts[0].partition("\n")
    sentences = [part + end for part in (sentence, *parts[1:])]
    return gap.join(sentences) + (f"\n{table}" if table else "")


def write_source_rows(result: Result) -> str:
    """Return the first rows that a result came from as a Markdown table, with their numbers; empty for none."""
    shown = result.rows[:MAX_WRITTEN_ROWS]
    return (
        write_markdown_rows(("#", *result.columns), [(str(row.number), *row.texts) for row in shown]) if shown else ""
    )


def list_numbers(result: Result) -> list[str]:
    """Return the computed numbers as they are written."""
    return [
        format_quantity(quantity) for group in result.groups for value in group.values for quantity in value.quantities
    ]


def _write_body(plan: Plan, result: Result, language: Language) -> str:
    condition = _write_filters(plan.filters, language)
    if not result.num_rows:
        return f"表格中没有符合条件的行{condition}" if language == "zh" else f"No row of the table matches{condition}"
    if not plan.aggregates:
        return _write_rows(plan, result, language, condition)
    if plan.group_by is not None:
        return _write_groups(plan, result, language, condition)
    gap = "；" if language == "zh" else "; "
    sentences = (_write_value(value, result, language) for value in result.groups[0].values)
    return gap.join(sentences) + condition


def _write_value(value: Value, result: Result, language: Language) -> str:
    function, column = value.aggregate.function, name_operand(value.aggregate)
    if function == "count" and column is None:
        count = format_quantity(value.quantities[0])
        return f"共 {count} 行" if language == "zh" else f"There are {count} rows"
    if not value.quantities:
        return f"“{column}”中没有数字" if language == "zh" else f"“{column}” has no numbers"
    text = FUNCTIONS[language][function].format(column=column, value=_join(value, language))
    if function in ("min", "max"):
        text += _write_holders(value, result, language)
    return text


def name_operand(aggregate: Aggregate) -> str | None:
    """Return the name of the column that a number is computed of, or of the product of two."""
    return aggregate.column if aggregate.times is None else f"{aggregate.column} × {aggregate.times}"


def _join(value: Value, language: Language) -> str:
    """Return the quantities of a value; those of different units are told to be apart."""
    texts = [format_quantity(quantity) for quantity in value.quantities]
    if len(texts) == 1:
        return texts[0]
    if language == "zh":
        return f"{'、'.join(texts)}（单位不同，分别计算）"
    return f"{', '.join(texts)} (separately, as the units differ)"


def _write_holders(value: Value, result: Result, language: Language) -> str:
    """Return the names of the rows that have an extreme value."""
    amounts = Amounts(value.aggregate, result.columns)
    rows = [row for row in result.rows if _is_among(amounts.read(row), value.quantities)]
    names = [name for name in dict.fromkeys(name_row(row, result.columns) for row in rows) if name][:MAX_WRITTEN_TIES]
    if not names:
        return ""
    return f"：{'、'.join(names)}" if language == "zh" else f": {', '.join(names)}"


def _is_among(found: Quantity | None, extremes: Sequence[Quantity]) -> bool:
    return found is not None and any(found.value == extreme.value for extreme in extremes)


def name_row(row: TableRow, columns: Sequence[str]) -> str:
    """Return the text that a row goes by: that of a column of names, else the first that is no number."""
    texts = [text for text in row.texts if text.strip() and read_quantity(text) is None]
    named = (text for name, text in zip(columns, row.texts, strict=True) if NAME_COLUMN.search(name) and text in texts)
    return next(named, texts[0] if texts else "")


def _write_groups(plan: Plan, result: Result, language: Language, condition: str) -> str:
    is_distinct = plan.aggregates[0].function == "count" and plan.aggregates[0].column is None
    count = result.num_groups
    if language == "zh":
        head = (
            f"“{plan.group_by}”共有 {count} 个不同的值{condition}"
            if is_distinct
            else f"按“{plan.group_by}”分组{condition}"
        )
    else:
        head = (
            f"“{plan.group_by}” has {count} different values{condition}"
            if is_distinct
            else f"By “{plan.group_by}”{condition}"
        )
    best = _write_best(plan, result.groups, language)
    return f"{head}{best}\n\n{_write_group_table(plan, result, language)}"


def _write_best(plan: Plan, groups: Sequence[GroupResult], language: Language) -> str:
    """Return the first group with its value, where groups were sorted for it."""
    if plan.sort is None or plan.limit != 1 or not groups or not groups[0].values:
        return ""
    value = groups[0].values[0]
    return (
        f"：{groups[0].name}，{_join(value, language)}"
        if language == "zh"
        else f": {groups[0].name}, {_join(value, language)}"
    )


def _write_group_table(plan: Plan, result: Result, language: Language) -> str:
    names = [
        NAMES[language][each.function]
        if each.column is None
        else f"{name_operand(each)} ({NAMES[language][each.function]})"
        for each in plan.aggregates
    ]
    rows = [(group.name or "", *(_join(value, language) for value in group.values)) for group in result.groups]
    return write_markdown_rows((plan.group_by or "", *names), rows[:MAX_WRITTEN_GROUPS])


def _write_rows(plan: Plan, result: Result, language: Language, condition: str) -> str:
    names = [name_row(row, result.columns) or f"#{row.number}" for row in result.rows]
    if plan.sort is None:
        listed = names if result.num_rows <= MAX_WRITTEN_ROWS else []
        if language == "zh":
            return f"共 {result.num_rows} 行{condition}{'：' if listed else ''}{'、'.join(listed)}"
        return f"{result.num_rows} rows{condition}{': ' if listed else ''}{', '.join(listed)}"
    index = result.columns.index(plan.sort.column)
    named = [f"{name} ({row.texts[index]})" for name, row in zip(names, result.rows, strict=True)][:MAX_WRITTEN_ROWS]
    if language == "zh":
        order = "从高到低" if plan.sort.descending else "从低到高"
        return f"按“{plan.sort.column}”{order}{condition}：{'、'.join(named)}"
    order = "highest first" if plan.sort.descending else "lowest first"
    return f"By “{plan.sort.column}”, {order}{condition}: {', '.join(named)}"


def _write_filters(filters: Sequence[Filter], language: Language) -> str:
    if not filters:
        return ""
    names = OPERATORS[language]
    either = " 或 " if language == "zh" else " or "
    texts = [f"“{each.column}” {names[each.op]} {either.join(each.values)}" for each in filters]
    return f"（条件：{'，'.join(texts)}）" if language == "zh" else f" (where {' and '.join(texts)})"


def _write_notes(plan: Plan, result: Result, language: Language) -> list[str]:
    """Return what was counted, left out and assumed."""
    is_amount = any(each.function not in ("count",) for each in plan.aggregates)
    notes = {
        "zh": (
            (is_amount and plan.group_by is None, f"共 {result.num_rows} 行"),
            (result.num_totals, f"未计入 {result.num_totals} 行合计"),
            (result.num_unread, f"{result.num_unread} 个单元格不是数字，未计入"),
            (result.num_assumed, f"{result.num_assumed} 个没有单位的数字按本列的单位计算"),
        ),
        "en": (
            (is_amount and plan.group_by is None, f"Rows: {result.num_rows}"),
            (result.num_totals, f"Rows of totals left out: {result.num_totals}"),
            (result.num_unread, f"Cells left out that are no numbers: {result.num_unread}"),
            (result.num_assumed, f"Numbers without a unit, taken to have the column's: {result.num_assumed}"),
        ),
    }[language]
    return [note for is_told, note in notes if is_told and result.num_rows]
