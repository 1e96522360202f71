"""Sums and the like of odd tables, from the question to the number."""

from decimal import Decimal

import pytest

from server.library.tables.answering import answer_question
from server.library.tables.records import ExtractedTable
from server.library.tables.rows import ExtractedRows
from tests.helpers.tables import make_table

pytestmark = pytest.mark.anyio

LIST = (
    "商品 | 类别 | 单价 | 数量 | 金额",
    "笔 | 文具 | ￥3.50 | 10 | 35.00",
    "本 | 文具 | ￥5.00 | 2 | 10.00",
    "灯 | 电器 | ￥1,100.00 | 1 | 1,100.00",
    "合计 | | | 13 | 1145.00",
)
SALES = (
    "Product | Region | Sales (USD) | Units",
    "Pen | North | 1,000 | 5",
    "Pen | South | 2,500 | 7",
    "Lamp | North | 300 | 1",
    "Subtotal | | 3,800 | 13",
    "Desk | South | (200) | 2",
    "Grand total | | 3,600 | 15",
)


async def compute(table: ExtractedTable, question: str) -> list[str]:
    """Return the computed numbers, each with its unit, and the names of groups before theirs."""
    answer = await answer_question(question, ExtractedRows(table), "zh")
    assert answer is not None, question
    found = []
    for group in answer.result.groups:
        numbers = [f"{each.value:f}{each.unit}" for value in group.values for each in value.quantities]
        found += numbers if group.name is None else [f"{group.name}={','.join(numbers)}"]
    return found


@pytest.mark.parametrize(
    ("rows", "question", "expected"),
    [
        (LIST, "金额合计是多少？", ["1145.00"]),
        (LIST, "一共多少钱", ["1145.00"]),
        (LIST, "文具类的金额合计", ["45.00"]),
        (LIST, "数量一共是多少", ["13"]),
        (LIST, "平均单价是多少", ["369.5元"]),
        (LIST, "最贵的是哪个", ["1100.00元"]),
        (LIST, "单价最低多少", ["3.50元"]),
        (LIST, "有几种商品", ["笔=1", "本=1", "灯=1"]),
        (LIST, "有多少行", ["3"]),
        (LIST, "各类别的金额合计", ["文具=45.00", "电器=1100.00"]),
        (LIST, "单价大于4元的商品金额合计", ["1110.00"]),
        (SALES, "What are the total sales?", ["3600$"]),
        (SALES, "total sales in the North", ["1300$"]),
        (SALES, "total units of Pen", ["12"]),
        (SALES, "average sales by region", ["North=650$", "South=1150$"]),
        (SALES, "which region has the highest total sales?", ["South=2300$"]),
        (SALES, "how many rows are there?", ["4"]),
        (SALES, "total units where sales are over 500", ["12"]),
        (("物料 | 重量", "铁 | 5kg", "铜 | 3 kg", "沙 | 500g"), "重量合计", ["8kg", "500g"]),
        (("物料 | 重量(kg)", "铁 | 5", "铜 | 3.5", "总计 | 8.5"), "总重量是多少", ["8.5kg"]),
        (("公司 | 营收（万元）", "甲 | 1.2", "乙 | 3.4"), "营收合计", ["4.6万元"]),
        (("公司 | 营收", "甲 | 1.2万", "乙 | 3,400"), "营收合计", ["15400.0"]),
        (("公司 | 营收", "甲 | 1.2亿元", "乙 | 300万元", "丙 | 5000元"), "营收总和", ["123005000.0元"]),
        (("项目 | 占用", "甲 | １２．５％", "乙 | 7.5%"), "占用合计", ["20.0%"]),
        (("科目 | 本期", "收入 | 1,000.00", "成本 | (400.50)", "税 | （99.50）"), "本期合计", ["500.00"]),
        (("科目 | 本期", "收入 | 1,000", "退货 | -", "折扣 | N/A", "其他 |"), "本期合计", ["1000"]),
        (("品名 | 价格", "甲 | 面议", "乙 | 100", "丙 | 50", "丁 | 60"), "价格合计", ["210"]),
        (("品名 | 价格", "甲 | ¥12", "乙 | 15", "丙 | 8元"), "一共多少钱", ["35元"]),
        (("品名 | 价格", "甲 | $12", "乙 | ¥15", "丙 | $3"), "一共多少钱", ["15$", "15元"]),
        (("月份 | 2023 | 2024", "一月 | 1 | 3", "二月 | 2 | 4"), "2024合计", ["7"]),
        (("2024年价目表 | |", "品名 | 单价 | 库存", "甲 | 1 | 5", "乙 | 2 | 6"), "库存总和", ["11"]),
        (("品名 | 数量", "甲 | ３", "乙 | 二十", "丙 | 1,000"), "数量合计", ["1023"]),
        (("品名 | 数量", "甲 | 0.1", "乙 | 0.2", "丙 | 0.3"), "数量合计", ["0.6"]),
        (("品名 | 数量", "甲 | 9999999999999999", "乙 | 0.01", "丙 | 1"), "数量合计", ["10000000000000000.01"]),
        (("品名 | 数量", "甲 | 5件", "乙 | 3件", "合 计 | 8件"), "数量合计", ["8件"]),
        (("Item | Amount", "A | €1.234,50", "B | €65,50", "Total | €1.300,00"), "total amount", ["1300.00€"]),
        (("Item | Amount", "A | 1 234,50", "B | 65.5", "C |"), "sum of amount", ["1300.00"]),
        (("编号 | 品名 | 单价", "001 | 甲 | 5", "002 | 乙 | 6"), "单价合计", ["11"]),
        (("日期 | 金额", "2024-01-05 | 10", "2024-02-01 | 20"), "金额总和", ["30"]),
    ],
)
async def test_odd_tables(rows: tuple[str, ...], question: str, expected: list[str]) -> None:
    found = await compute(make_table(*rows), question)
    assert [_normalize(each) for each in found] == [_normalize(each) for each in expected]


def _normalize(text: str) -> str:
    """Return a number without idle zeros."""
    name, _, number = text.rpartition("=")
    end = next((i for i, sign in enumerate(number) if not (sign.isdigit() or sign in ".-,")), len(number))
    digits = ",".join(f"{Decimal(each).normalize():f}" for each in number[:end].split(","))
    return f"{name}={digits}{number[end:]}"


async def test_a_number_over_several_rows_counts_once() -> None:
    table = make_table(
        "类别 | 品名 | 预算", "文具 | 笔 | 100", " | 本 | ", "电器 | 灯 | 30", spans=[(1, 0, 2, 1), (1, 2, 2, 1)]
    )
    assert await compute(table, "预算合计") == ["130"]
    assert await compute(table, "文具的预算合计") == ["100"]
    assert await compute(table, "各类别有几行") == ["文具=2", "电器=1"]


async def test_headers_of_several_rows_name_their_columns() -> None:
    table = make_table(
        "品名 | 2024 | | 2023 | ",
        " | Q1 | Q2 | Q1 | Q2",
        "笔 | 1 | 2 | 3 | 4",
        "本 | 10 | 20 | 30 | 40",
        spans=[(0, 0, 2, 1), (0, 1, 1, 2), (0, 3, 1, 2)],
    )
    assert await compute(table, "2024 / Q2 合计") == ["22"]
    assert await compute(table, "2023年Q1的合计是多少") == ["33"]


async def test_the_answer_says_what_was_left_out_and_shows_the_rows() -> None:
    answer = await answer_question("金额合计", ExtractedRows(make_table(*LIST)), "zh")
    assert answer is not None
    assert "1145" in answer.sentence
    assert "未计入 1 行合计" in answer.sentence
    assert [row.number for row in answer.result.rows] == [2, 3, 4]
    assert "| 2 | 笔 | 文具 |" in answer.text


@pytest.mark.parametrize(
    "question",
    ["除了文具的金额合计", "2023年的金额合计", "金额占比", "“冰箱”的金额合计", "谁买的", "", "这些商品怎么样"],
)
async def test_what_is_not_understood_is_not_answered(question: str) -> None:
    assert await answer_question(question, ExtractedRows(make_table(*LIST)), "zh") is None
