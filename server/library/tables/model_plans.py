"""Plans written by the model, where a question is not plain: under a grammar that knows the columns."""

import json
from collections.abc import Mapping, Sequence

import msgspec

from server.errors.base import Language
from server.library.tables.model import TableModel, make_turn
from server.library.tables.plan import Plan, write_schema
from server.library.tables.profile import ColumnProfile

MAX_SHOWN_VALUES = 8
MAX_PLANNED_COLUMNS = 60
"""Tables with more columns are planned for without the model: the grammar would be too large."""

MAX_PLAN_TOKENS = 400

PLAN_PROMPTS: Mapping[Language, str] = {
    "en": (
        "A table has these columns:\n{columns}\n\n"
        "Write the computation that answers the question as JSON. `filters` choose rows. `aggregates` compute sum, "
        "average, min, max or count of a column, multiplied by `times` if that is a column, for each value of "
        "`group_by` if that is not null. Without aggregates the result is rows, "
        "sorted by `sort`, the first `limit` of them.\n\nQuestion: {question}"
    ),
    "zh": (
        "表格有这些列：\n{columns}\n\n"
        "请用 JSON 写出回答问题所需的计算。filters 选择行；aggregates 对某列求 sum（合计）、average（平均）、"
        "min（最小）、max（最大）或 count（计数），times 不为 null 时先乘以该列，group_by 不为 null 时按其值分组；"
        "没有 aggregates 时结果是行，"
        "按 sort 排序，取前 limit 行。\n\n问题：{question}"
    ),
}


async def plan_with_model(
    question: str, columns: Sequence[ColumnProfile], language: Language, model: TableModel
) -> Plan | None:
    """Return the plan that the model writes; None where it writes none that makes sense for the columns."""
    if not 0 < len(columns) <= MAX_PLANNED_COLUMNS:
        return None
    listed = "\n".join(map(_describe, columns))
    prompt = PLAN_PROMPTS[language].format(columns=listed, question=question)
    schema = write_schema([column.name for column in columns])
    text, is_complete = await model.ask(make_turn((prompt,), MAX_PLAN_TOKENS, schema))
    return _check(text, columns) if is_complete else None


def _check(text: str, columns: Sequence[ColumnProfile]) -> Plan | None:
    """Return a plan if it can be run: it does something, and computes with columns of numbers alone."""
    try:
        plan = msgspec.json.decode(text, type=Plan)
    except (msgspec.DecodeError, UnicodeError):
        return None
    numeric = {column.name for column in columns if column.is_numeric}
    known = {column.name for column in columns}
    is_sound = all(
        each.function == "count" or (each.column in numeric and (each.times is None or each.times in numeric))
        for each in plan.aggregates
    )
    does_something = bool(plan.aggregates or plan.sort or plan.filters)
    return plan if is_sound and does_something and plan.columns <= known else None


def _describe(column: ColumnProfile) -> str:
    """Return a line with the name of a column and what it holds."""
    if column.is_numeric:
        return f"- {column.name}: number{f' ({column.unit})' if column.unit else ''}"
    values = list(column.values.values())[:MAX_SHOWN_VALUES]
    return f"- {column.name}: text{f', such as {json.dumps(values, ensure_ascii=False)}' if values else ''}"
