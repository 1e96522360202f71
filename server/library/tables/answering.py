"""Answers to questions about a table: planned, computed, and worded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from model.errors import PromptTooLong
from server.errors.base import Language
from server.library.tables.compute import TooManyGroups
from server.library.tables.filtering import fold
from server.library.tables.model import TableModel, make_turn
from server.library.tables.model_plans import plan_with_model
from server.library.tables.numbers import read_quantity
from server.library.tables.plain_plans import plan_plainly
from server.library.tables.plan import Plan
from server.library.tables.profile import ColumnProfile
from server.library.tables.result import Result
from server.library.tables.rows import TableRows, compute, describe_columns
from server.library.tables.wording import list_numbers, write_result, write_source_rows

MAX_WORDED_NUMBERS = 3
MAX_WORDING_TOKENS = 200
DIGITS = re.compile(r"\d[\d,.]*\d|\d")

WORDING_PROMPTS: Mapping[Language, str] = {
    "en": "Question: {question}\nComputed from the table: {result}\nAnswer the question in one sentence with it.",
    "zh": "问题：{question}\n根据表格计算得到：{result}\n请用一句话根据这个结果回答问题。",
}


@dataclass(frozen=True)
class TableAnswer:
    """The answer to a question about a table. `sentence` is without the rows that it came from, which `text` has."""

    sentence: str
    text: str
    plan: Plan
    result: Result
    is_worded: bool


async def answer_question(
    question: str, rows: TableRows, language: Language, model: TableModel | None = None, *, is_about_table: bool = True
) -> TableAnswer | None:
    """Return the answer that is computed from a table; None where the question asks for no computation from it.

    What is not plain is planned by the model, if there is one, which words the result too. Raises what `model` raises.
    """
    columns = await describe_columns(rows)
    plan = plan_plainly(question, columns, is_about_table=is_about_table)
    if plan is None and model is not None:
        plan = await _plan(question, columns, language, model)
    found = None if plan is None else await answer_plan(plan, question, rows, language, model)
    is_guess = plan is not None and any(each.op == "contains" for each in plan.filters)
    return None if is_guess and found is not None and not found.result.num_rows else found


async def answer_plan(
    plan: Plan, question: str, rows: TableRows, language: Language, model: TableModel | None = None
) -> TableAnswer | None:
    """Return the answer that a plan gives; None where it makes more groups than can be computed."""
    try:
        result = await compute(plan, rows)
    except TooManyGroups:
        return None
    fixed = write_result(plan, result, language)
    worded = None if model is None else await _word(question, fixed, result, language, model)
    sentence = worded or fixed
    parts = (sentence, "" if plan.group_by else write_source_rows(result))
    return TableAnswer(sentence, "\n\n".join(filter(None, parts)), plan, result, worded is not None)


async def _plan(
    question: str, columns: tuple[ColumnProfile, ...], language: Language, model: TableModel
) -> Plan | None:
    try:
        return await plan_with_model(question, columns, language, model)
    except PromptTooLong:
        return None


async def _word(question: str, fixed: str, result: Result, language: Language, model: TableModel) -> str | None:
    """Return the model's sentence for a result of few numbers, if it has all of them, and none from elsewhere."""
    numbers = list_numbers(result)
    if not 0 < len(numbers) <= MAX_WORDED_NUMBERS or not result.num_rows:
        return None
    prompt = WORDING_PROMPTS[language].format(question=question, result=fixed)
    try:
        text, is_complete = await model.ask(make_turn((prompt,), MAX_WORDING_TOKENS))
    except PromptTooLong:
        return None
    text = text.strip()
    return text if is_complete and is_faithful(text, numbers, f"{question} {fixed}") else None


def is_faithful(text: str, numbers: list[str], known: str) -> bool:
    """Whether a text has all of some numbers, however they are grouped, and no others than a known text has."""
    written = _list_values(text)
    return _list_values(" ".join(numbers)) <= written <= _list_values(known)


def _list_values(text: str) -> set[object]:
    found = (read_quantity(digits) for digits in DIGITS.findall(fold(text)))
    return {quantity.value for quantity in found if quantity is not None}
