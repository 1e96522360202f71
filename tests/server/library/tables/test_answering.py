"""Answers about tables where the model takes part: it plans and words, and code computes."""

import json
from typing import Any

import pytest

from model.constraint import Constraint
from server.library.tables.answering import answer_question, is_faithful
from server.library.tables.rows import ExtractedRows
from tests.helpers.table_model import ScriptedModel
from tests.helpers.tables import make_table

pytestmark = pytest.mark.anyio

ROWS = ExtractedRows(make_table("Product | Kind | Price", "Pen | office | 3", "Lamp | home | 100", "Desk | home | 250"))
HARD = "What would I pay if I bought each thing for my living room?"


def write_plan(**given: Any) -> str:
    empty: dict[str, Any] = {"filters": [], "group_by": None, "aggregates": [], "sort": None, "limit": None}
    return json.dumps({**empty, **given})


SUM_OF_HOME = write_plan(
    filters=[{"column": "Kind", "op": "eq", "values": ["home"]}], aggregates=[{"function": "sum", "column": "Price"}]
)


async def test_the_model_plans_what_is_not_plain() -> None:
    model = ScriptedModel(SUM_OF_HOME, "You would pay 350.")
    answer = await answer_question(HARD, ROWS, "en", model)
    assert answer is not None
    assert (answer.sentence, answer.is_worded) == ("You would pay 350.", True)
    assert [row.texts[0] for row in answer.result.rows] == ["Lamp", "Desk"]
    assert HARD in model.prompts[0]
    assert "- Kind: text" in model.prompts[0]
    assert "350" in model.prompts[1]


async def test_the_grammar_of_plans_knows_the_columns() -> None:
    model = ScriptedModel(SUM_OF_HOME, "350")
    await answer_question(HARD, ROWS, "en", model)
    schema = model.turns[0].schema
    assert schema is not None
    assert schema["properties"]["filters"]["items"]["properties"]["column"]["enum"] == ["Product", "Kind", "Price"]
    Constraint(schema).check()


@pytest.mark.parametrize(
    "plan",
    [
        "{}...",
        "no JSON",
        write_plan(),
        write_plan(aggregates=[{"function": "sum", "column": "Product"}]),
        write_plan(aggregates=[{"function": "sum", "column": None}]),
        write_plan(aggregates=[{"function": "sum", "column": "Colour"}]),
        write_plan(sort={"column": "Price", "descending": True}, limit=0),
    ],
)
async def test_a_plan_without_sense_is_not_run(plan: str) -> None:
    assert await answer_question(HARD, ROWS, "en", ScriptedModel(plan)) is None


@pytest.mark.parametrize("wording", ["It costs a lot.", "It is 351.", "It is 350, or 12 each.", "It is 350...", ""])
async def test_a_wording_without_the_number_is_replaced(wording: str) -> None:
    answer = await answer_question("total price of home", ROWS, "en", ScriptedModel(wording))
    assert answer is not None
    assert (answer.is_worded, answer.sentence[:29]) == (False, "The sum of “Price” is 350 (wh")


async def test_the_plainest_questions_need_no_plan_of_the_model() -> None:
    model = ScriptedModel("The total is 353.")
    answer = await answer_question("What is the total price?", ROWS, "en", model)
    assert (answer is not None, len(model.turns)) == (True, 1)


async def test_many_groups_are_a_table_and_not_worded() -> None:
    rows = ExtractedRows(make_table("Product | Price", *[f"thing {i} | {i}" for i in range(9)]))
    answer = await answer_question("total price by product", rows, "en", ScriptedModel())
    assert answer is not None
    assert answer.text.count("\n| thing") == 9


@pytest.mark.parametrize(
    ("question", "is_about_table", "is_answered"),
    [
        ("What is the total?", True, True),
        ("What is the total?", False, False),
        ("total price", False, True),
        ("how much is it altogether", True, True),
        ("how much is it altogether", False, False),
        ("最贵要多少钱", False, False),
        ("how many products are there", True, True),
        ("how many exceptions are there", True, False),
        ("how many exceptions are there", False, False),
        ("how many products are there", False, True),
    ],
)
async def test_the_question_must_name_a_column_where_it_may_be_about_something_else(
    question: str, is_about_table: bool, is_answered: bool
) -> None:
    found = await answer_question(question, ROWS, "en", is_about_table=is_about_table)
    assert (found is not None) == is_answered


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("In total 1,350 元.", True),
        ("总共1350元", True),
        ("1350.00", True),
        ("It is 1,350 for 3 rows", True),
        ("It is 1,351", False),
        ("1,350 and 7", False),
        ("none", False),
    ],
)
def test_whether_a_wording_is_faithful(text: str, is_right: bool) -> None:
    assert is_faithful(text, ["1,350 元"], "The sum is 1,350 元. Rows: 3") == is_right
