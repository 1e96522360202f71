"""The conditions that are read from questions."""

import pytest

from server.library.tables.conditions import Conditions
from server.library.tables.filtering import fold
from server.library.tables.mentions import find_columns
from server.library.tables.plan import Filter
from server.library.tables.profile import ColumnProfile

NAME = ColumnProfile("商品", False, "", {"台灯": "台灯"})
PRICE = ColumnProfile("价格（元）", True, "元", {})
STOCK = ColumnProfile("库存", True, "", {})
ITEM = ColumnProfile("Item", False, "", {})
COST = ColumnProfile("Unit price", True, "$", {})
QTY = ColumnProfile("Qty", True, "", {})


def read(question: str, *columns: ColumnProfile) -> Conditions:
    mentions, rest = find_columns(fold(question), columns)
    return Conditions(rest, columns, mentions)


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("价格在100到200元之间", [("价格（元）", "ge", "100"), ("价格（元）", "le", "200元")]),
        ("库存10~20的", [("库存", "ge", "10"), ("库存", "le", "20")]),
        ("价格大于100元且库存少于20", [("价格（元）", "gt", "100元"), ("库存", "lt", "20")]),
        ("商品名称包含“灯”", [("商品", "contains", "灯")]),
        ("库存合计，100元以上的", [("价格（元）", "ge", "100元")]),
    ],
)
def test_chinese_conditions(question: str, filters: list[tuple[str, str, str]]) -> None:
    found = read(question, NAME, PRICE, STOCK)
    assert found.is_clear
    assert set(found.filters) == {Filter(column, op, (value,)) for column, op, value in filters}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("items between $20 and $60: total qty", [("Unit price", "ge", "$20"), ("Unit price", "le", "$60")]),
        ("cost between 20 and 40 dollars", [("Unit price", "ge", "20"), ("Unit price", "le", "40 dollars")]),
        ("qty from 3 to 5", [("Qty", "ge", "3"), ("Qty", "le", "5")]),
        ("items whose name contains lamp", [("Item", "contains", "lamp")]),
        ("qty over 1,000", [("Qty", "gt", "1,000")]),
    ],
)
def test_english_conditions(question: str, filters: list[tuple[str, str, str]]) -> None:
    found = read(question, ITEM, COST, QTY)
    assert found.is_clear
    assert set(found.filters) == {Filter(column, op, (value,)) for column, op, value in filters}  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["between 2020 and 2023", "库存 over $5", "contains “lamp”"])
def test_what_no_column_can_be_compared_with_is_not_clear(question: str) -> None:
    assert not read(question, STOCK).is_clear


def test_a_number_of_a_year_is_no_comparison() -> None:
    assert read("2023年以上的库存", NAME, STOCK).filters == []


def test_alternatives_are_told_from_conditions_that_all_hold() -> None:
    assert read("价格高于100元或者库存大于50", NAME, PRICE, STOCK).is_either(0)
    assert read("库存大于50的台灯或者水杯", NAME, PRICE, STOCK).is_either(1)
    assert not read("价格高于100元且库存大于50", NAME, PRICE, STOCK).is_either(0)
    assert not read("台灯或者水杯", NAME, PRICE, STOCK).is_either(1)
