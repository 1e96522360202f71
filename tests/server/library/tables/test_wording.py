"""Results in words."""

import pytest

from server.errors.base import Language
from server.library.tables.plan import Aggregate, Filter, Plan, Sort
from server.library.tables.result import Result
from server.library.tables.rows import ExtractedRows, compute
from server.library.tables.wording import list_numbers, name_operand, write_result, write_source_rows
from tests.helpers.tables import make_table

pytestmark = pytest.mark.anyio

ROWS = ExtractedRows(
    make_table(
        "商品 | 类别 | 价格 | 库存",
        "笔 | 文具 | ￥3 | 10",
        "本 | 文具 | 5 | 4",
        "灯 | 家居 | $100 | 1",
        "椅 | 家居 | 面议 | 2",
        "合计 | | | 17",
    )
)
STOCK = Aggregate("sum", "库存")


async def run(plan: Plan) -> Result:
    return await compute(plan, ROWS)


@pytest.mark.parametrize(
    ("language", "plan", "start"),
    [
        ("zh", Plan(aggregates=(STOCK,)), "“库存”合计为 17。共 4 行。未计入 1 行合计。"),
        ("en", Plan(aggregates=(STOCK,)), "The sum of “库存” is 17. Rows: 4. Rows of totals left out: 1."),
        ("zh", Plan(aggregates=(Aggregate("max", "库存"),)), "“库存”最高为 10：笔。"),
        ("zh", Plan(aggregates=(Aggregate("count"),)), "共 4 行。"),
        ("en", Plan(aggregates=(Aggregate("count", "价格"),)), "There are 4 rows with a value in “价格”."),
        ("zh", Plan(aggregates=(Aggregate("sum", "类别"),)), "“类别”中没有数字。"),
        ("zh", Plan(sort=Sort("库存", True), limit=2), "按“库存”从高到低：笔 (10)、本 (4)。"),
        ("en", Plan(sort=Sort("库存"), limit=1), "By “库存”, lowest first: 灯 (1)."),
        ("zh", Plan((Filter("库存", "lt", ("3",)),)), "共 2 行（条件：“库存” < 3）：灯、椅。"),
        ("en", Plan((Filter("库存", "lt", ("3",)),)), "2 rows (where “库存” < 3): 灯, 椅."),
        ("zh", Plan((Filter("库存", "gt", ("99",)),), None, (STOCK,)), "表格中没有符合条件的行（条件：“库存” > 99）。"),
        ("en", Plan((), "类别", (STOCK,), Sort("库存", True), 1), "By “类别”: 文具, 14."),
        ("zh", Plan((), "类别", (Aggregate("count"),)), "“类别”共有 2 个不同的值。"),
    ],
)
async def test_results_in_words(language: Language, plan: Plan, start: str) -> None:
    assert write_result(plan, await run(plan), language).startswith(start)


async def test_units_are_apart_and_what_was_left_out_is_said() -> None:
    plan = Plan(aggregates=(Aggregate("sum", "价格"),))
    text = write_result(plan, await run(plan), "zh")
    assert "3 元" in text
    assert "$100" in text
    assert "单位不同，分别计算" in text
    assert "1 个单元格不是数字，未计入" in text


async def test_groups_are_a_table() -> None:
    plan = Plan((), "类别", (STOCK, Aggregate("sum", "价格", "库存")))
    lines = write_result(plan, await run(plan), "zh").splitlines()
    assert lines[2] == "| 类别 | 库存 (合计) | 价格 × 库存 (合计) |"
    assert lines[4].startswith("| 文具 | 14 | 50 元 |")


async def test_source_rows_have_their_numbers() -> None:
    result = await run(Plan((Filter("商品", "eq", ("本",)),), None, (STOCK,)))
    assert write_source_rows(result).splitlines()[2] == "| 3 | 本 | 文具 | 5 | 4 |"
    assert list_numbers(result) == ["4"]


def test_the_name_of_an_operand() -> None:
    assert name_operand(STOCK) == "库存"
    assert name_operand(Aggregate("sum", "价格", "库存")) == "价格 × 库存"
    assert name_operand(Aggregate("count")) is None
