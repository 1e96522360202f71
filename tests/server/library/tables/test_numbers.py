"""Numbers in cells, as people and programs write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.library.tables.numbers import Quantity, format_number, format_quantity, is_year, read_quantity
from server.library.tables.units import UNITS, find_unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("5", "5", ""),
        (" 1,234.50 ", "1234.50", ""),
        ("1，234", "1234", ""),
        ("１２３．５", "123.5", ""),
        ("1 234,50", "1234.50", ""),
        ("1\u00a0234\u202f567", "1234567", ""),
        ("1.234,50", "1234.50", ""),
        ("1'234.5", "1234.5", ""),
        ("1,23,456", "123456", ""),
        ("12,3456", "123456", ""),
        (".5", "0.5", ""),
        ("+5", "5", ""),
        ("−5", "-5", ""),
        ("5-", "-5", ""),
        ("(1,234.5)", "-1234.5", ""),
        ("（12%）", "-12", "%"),
        ("￥12", "12", "元"),
        ("¥-5", "-5", "元"),
        ("-¥5", "-5", "元"),
        ("¥(500)", "-500", "元"),
        ("RMB 1,000", "1000", "元"),
        ("100元", "100", "元"),
        ("5块钱", "5", "元"),
        ("12.50 €", "12.50", "€"),
        ("12,50 €", "12.50", "€"),
        ("$1,200", "1200", "$"),
        ("HK$5", "5", "HK$"),
        ("100 USD", "100", "$"),
        ("$1.2 million", "1200000", "$"),
        ("$5k", "5000", "$"),
        ("12%", "12", "%"),
        ("5‰", "5", "‰"),
        ("百分之五", "5", "%"),
        ("1.2万", "12000", ""),
        ("1.2万元", "12000", "元"),
        ("３万", "30000", ""),
        ("3百万", "3000000", ""),
        ("1.5亿", "150000000", ""),
        ("1万亿", "1000000000000", ""),
        ("3千", "3000", ""),
        ("5千克", "5", "kg"),
        ("5 KG", "5", "kg"),
        ("2千米", "2", "km"),
        ("500g", "500", "g"),
        ("5件", "5", "件"),
        ("3,000 pcs", "3000", "pcs"),
        ("5元/件", "5", "元/件"),
        ("¥5/件", "5", "元/件"),
        ("三百二十", "320", ""),
        ("一万二千三百", "12300", ""),
        ("两件", "2", "件"),
        ("十", "10", ""),
        ("壹佰贰拾元整", "120", "元"),
        ("3年", "3", "年"),
    ],
)
def test_numbers_are_read(text: str, value: str, unit: str) -> None:
    assert read_quantity(text) == Quantity(Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "-", "abc", "约5", "10-20", "10~20", "3×4", "5/6", "1.2.3", "1.234.567", "192.168.100.200"),
        *("2024-01-05", "2024/1/5", "2024年", "3月5日", "12:30", "00123", "007", "12,5", "12 34", "1,2", "1.234 €"),
        *("万", "百", "三万五", "二〇二四", "一般", "第3", "AB-123", "5个多", "((5))", "(-5)", "¥5$", "1e5", "①", "٣"),
        *("1" * 29, "5" * 100, "5\n6", "$", "NaN", "Infinity"),
    ],
)
def test_what_is_not_clearly_a_number_is_none(text: str) -> None:
    assert read_quantity(text) is None


units = st.sampled_from(sorted({*UNITS.values(), ""}))
numbers = st.decimals(min_value=-(10**15), max_value=10**15, places=4)


@given(value=numbers, unit=units)
def test_what_is_written_is_read_again(value: Decimal, unit: str) -> None:
    text = format_quantity(Quantity(value, unit))
    if unit == "年" and is_year(f"{abs(value):f}".rstrip("0").rstrip(".")):
        return  # 2024 年 is a date
    assert read_quantity(text) == Quantity(value, unit)


@given(value=numbers)
def test_every_way_to_write_a_number_reads_the_same(value: Decimal) -> None:
    plain, grouped = f"{abs(value):f}", f"{abs(value):,f}"
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in grouped)
    spaced = grouped.replace(",", " ").replace(".", ",") if "," in grouped else grouped
    for text in (plain, grouped, wide, spaced, f" {grouped} "):
        assert read_quantity(text) == Quantity(abs(value))
        assert read_quantity(f"({text.strip()})") == Quantity(-abs(value))
    assert read_quantity(f"-￥{grouped}") == Quantity(-abs(value), "元")


@given(text=st.text(max_size=30))
def test_any_text_is_read_or_none(text: str) -> None:
    found = read_quantity(text)
    assert found is None or found.value.is_finite()


def test_numbers_are_written_without_idle_zeros() -> None:
    assert [format_number(Decimal(text)) for text in ("1234.50", "1.500", "17000.0", "0.00", "1E+3")] == [
        "1234.50",
        "1.5",
        "17000",
        "0",
        "1000",
    ]
    assert [format_quantity(Quantity(Decimal(-5), unit)) for unit in ("$", "元", "%")] == ["-$5", "-5 元", "-5%"]


def test_units_may_be_shares() -> None:
    assert [find_unit(text) for text in ("元/kg", "", "元/", "本子", " KG ")] == ["元/kg", "", None, None, "kg"]


def test_years() -> None:
    assert [is_year(text) for text in ("2024", "２０２４年", "1899", "20245")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        *(("1亿2千万", "120000000", ""), ("3万5千", "35000", ""), ("1亿2千万元", "120000000", "元")),
        *(("3元5角", "3.5", "元"), ("壹佰贰拾叁元肆角伍分", "123.45", "元"), ("12元零5分", "12.05", "元")),
        *(
            ("1.2k", "1200", ""),
            ("3M", "3000000", ""),
            ("3m", "3", "m"),
            ("$3M", "3000000", "$"),
            ("$1.5B", "1500000000", "$"),
        ),
        *(("20w元", "200000", "元"), ("10w", "10", "W"), ("￥5k", "5000", "元"), ("5 kg", "5", "kg")),
        *(("99元（含税）", "99", "元"), ("12 (kg)", "12", "kg"), ("12.50*", "12.5", "")),
        *(
            ("12,50", "12.5", ""),
            ("€1.000.000", "1000000", "€"),
            ("₹500", "500", "₹"),
            ("CHF 1'234.50", "1234.5", "CHF"),
        ),
    ],
)
def test_mixed_forms(text: str, value: str, unit: str) -> None:
    assert read_quantity(text) == Quantity(Decimal(value), unit)


@pytest.mark.parametrize(
    "text", ["零件", "1万5", "12 (34)", "12 元 元", "3D", "1亿2", "角", "元5角", "5角分", "1.000.000"]
)
def test_forms_that_are_not_clear(text: str) -> None:
    assert read_quantity(text) is None
