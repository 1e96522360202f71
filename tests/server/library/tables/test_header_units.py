"""The units in the names of columns."""

import pytest

from server.library.tables.header_units import find_header_unit


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *(
            ("价格（元）", "元"),
            ("金额(万元)", "万元"),
            ("金额/元", "元"),
            ("单价:元", "元"),
            ("售价￥", "元"),
            ("重量kg", "kg"),
        ),
        *(
            ("Weight (kg)", "kg"),
            ("Price USD", "$"),
            ("Amount (in USD)", "$"),
            ("Amount in USD", "$"),
            ("Price, EUR", "€"),
        ),
        *(("Revenue ($M)", "$M"), ("Revenue (k$)", "k$"), ("Revenue (USD thousands)", "USD thousands")),
        *(("收入（百万元）", "百万元"), ("收入（亿元）", "亿元"), ("利润（千元）", "千元"), ("重量（千克）", "kg")),
        *(
            ("金额（单位：万元）", "万元"),
            ("价格（元）（含税）", "元"),
            ("2024 / 价格（元）", "元"),
            ("单价(元/kg)", "元/kg"),
        ),
    ],
)
def test_units(name: str, unit: str) -> None:
    assert find_header_unit(name) == unit


@pytest.mark.parametrize(
    "name",
    [
        "Units",
        "2024 / Units",
        "Unit price",
        "Grade A",
        "Model X",
        "价格（含税）",
        "Version",
        "尺码s",
        "单位",
        "百分比",
        "",
    ],
)
def test_names_without_a_unit(name: str) -> None:
    assert find_header_unit(name) == ""
