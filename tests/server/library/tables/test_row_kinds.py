"""Which rows are totals and notes."""

import pytest

from server.library.tables.records import TableRow
from server.library.tables.row_kinds import is_remark, is_total


@pytest.mark.parametrize(
    "label",
    [
        *(
            "合计",
            "合 计：",
            "本页小计",
            "数码类合计",
            "合计（元）",
            "合計",
            "小計",
            "總計",
            "総計",
            "总额",
            "过次页",
            "平均",
        ),
        *("Total", "Grand total", "Sub-total:", "Total (USD)", "Total due", "Total 2024", "Average", "Carried forward"),
        *("Summe", "Zwischensumme", "Gesamt", "Total général", "Sous-total", "Totale", "Suma", "Razem", "Итого:"),
        *("합계", "소계", "Всего", "Totaal", "Celkem"),
    ],
)
def test_totals(label: str) -> None:
    assert is_total(TableRow(1, 1, (label, "", "5")))
    assert is_total(TableRow(1, 1, ("12", label, "5")))
    assert not is_total(TableRow(1, 1, (label, "", "")))


@pytest.mark.parametrize(
    "label",
    [
        *("总统套房", "小计时器", "和平牌", "总成", "会计", "营业总额", "利润总额", "累积奖", "均衡营养", "合计算器"),
        *("Total Gym XL", "Summer dress", "Averages book", "Meanwhile", "Mean Machine", "Sumatra", "Totally Spies"),
    ],
)
def test_rows_that_only_look_like_totals(label: str) -> None:
    assert not is_total(TableRow(1, 1, (label, "", "5")))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("数码", "小计", "5"), True),
        (("North", "Subtotal", "", "5"), True),
        (("数码", "小计器", "5"), False),
        (("甲", "合计", "乙", "5"), False),
    ],
)
def test_a_subtotal_behind_the_name_of_its_group(texts: tuple[str, ...], expected: bool) -> None:
    assert is_total(TableRow(1, 1, texts)) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("备注：含税价", "", ""), True),
        (("Note: prices with tax", "Note: prices with tax"), True),
        (("* 限量", ""), True),
        (("数据来源：统计局", "", ""), True),
        (("备注：含税价", "5", ""), False),
        (("备用电池", "", ""), False),
        (("Notebook", ""), False),
        (("备注：一列",), False),
    ],
)
def test_notes_are_no_rows(texts: tuple[str, ...], expected: bool) -> None:
    assert is_remark(TableRow(1, 1, texts)) == expected


def test_a_heading_over_all_columns_is_no_row() -> None:
    spread = frozenset({1, 2})
    assert is_remark(TableRow(3, 1, ("Furniture",) * 3, spread))
    assert not is_remark(TableRow(3, 1, ("7",) * 3, spread))
    assert not is_remark(TableRow(3, 1, ("Chair", "Chair", "7"), frozenset({1})))
    assert not is_remark(TableRow(3, 1, ("Chair", "", "")))
