"""Products of quantities, and sums of them from the question to the number."""

from decimal import Decimal

import pytest

from server.library.tables.answering import answer_question
from server.library.tables.numbers import Quantity
from server.library.tables.products import multiply
from server.library.tables.records import ExtractedTable
from server.library.tables.rows import ExtractedRows
from tests.helpers.tables import make_table

pytestmark = pytest.mark.anyio

STOCK = make_table(
    "商品 | 类别 | 价格（元） | 库存",
    "耳机 | 数码 | 299.00 | 12",
    "水杯 | 家居 | 39.90 | 100",
    "台灯 | 家居 | 159.00 | 8",
    "合计 | | 497.90 | 120",
)
ORDER = make_table("Item | Unit price | Qty", "Pen | $1.50 | 10", "Ink | $4 | 3", "Total | | 13")
MARGIN = make_table("商品 | 进价 | 售价 | 数量", "笔 | 1 | 3 | 10", "本 | 2 | 5 | 4")
METAL = make_table("零件 | 单价（元/kg） | 重量（kg）", "甲 | 5 | 10", "乙 | 60 | 0.5")
MIXED = make_table("Item | Price | Stock", "A | $1.2k | 3", "B | €500 | 2", "C | unknown | 5")
SHARED = make_table("商品 | 单价 | 数量", "笔 | 3 | 10", "本 | | 4", spans=[(1, 1, 2, 1)])


@pytest.mark.parametrize(
    ("one", "other", "product"),
    [
        (("12.5", "元"), ("4", ""), ("50.0", "元")),
        (("4", "件"), ("12.5", "元"), ("50.0", "元")),
        (("5", "元/kg"), ("2", "kg"), ("10", "元")),
        (("5", "元/件"), ("2", "件"), ("10", "元")),
        (("5", "元/件"), ("2", ""), ("10", "元")),
        (("200", "元"), ("15", "%"), ("30.00", "元")),
        (("3", "m"), ("2", "kg"), ("6", "m·kg")),
        (("3", ""), ("-2", ""), ("-6", "")),
    ],
)
def test_units_of_products(one: tuple[str, str], other: tuple[str, str], product: tuple[str, str]) -> None:
    first, second = (Quantity(Decimal(value), unit) for value, unit in (one, other))
    assert multiply(first, second) == Quantity(Decimal(product[0]), product[1])


@pytest.mark.parametrize(
    ("table", "question", "expected"),
    [
        (STOCK, "库存总值是多少？", ["8850元"]),
        (STOCK, "价格×库存的合计", ["8850元"]),
        (STOCK, "价格乘以库存的总和", ["8850元"]),
        (STOCK, "家居类的库存总价值", ["5262元"]),
        (STOCK, "按类别统计库存总值", ["3588元", "5262元"]),
        (STOCK, "哪个类别的库存总值最高", ["5262元"]),
        (ORDER, "What is the sum of unit price times qty?", ["27$"]),
        (ORDER, "What is the total value of the stock?", ["27$"]),
        (ORDER, "How much is it altogether?", ["27$"]),
        (ORDER, "total unit price", ["5.5$"]),
        (MARGIN, "一共多少钱", ["50"]),
        (MARGIN, "按进价算的总价值", ["18"]),
        (METAL, "单价×重量的合计", ["80元"]),
        (MIXED, "total value of stock", ["3600$", "1000€"]),
        (SHARED, "单价×数量的合计", ["42"]),
    ],
)
async def test_sums_of_products(table: ExtractedTable, question: str, expected: list[str]) -> None:
    answer = await answer_question(question, ExtractedRows(table), "zh")
    assert answer is not None, question
    found = [each for group in answer.result.groups for value in group.values for each in value.quantities]
    assert [f"{each.value.normalize():f}{each.unit}" for each in found] == expected


async def test_the_answer_says_what_was_multiplied_and_which_row_has_most() -> None:
    answer = await answer_question("价格×库存最大的是哪个", ExtractedRows(STOCK), "zh")
    assert answer is not None
    assert answer.sentence.startswith("“价格（元） × 库存”最高为 3990.00 元：水杯")


async def test_what_cannot_be_multiplied_is_counted_as_unread() -> None:
    answer = await answer_question("total value of stock", ExtractedRows(MIXED), "en")
    assert answer is not None
    assert answer.result.num_unread == 1
