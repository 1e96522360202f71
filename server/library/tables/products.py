"""Products of two quantities, such as a price and a number of pieces."""

from decimal import Context

from server.library.tables.numbers import Quantity

EXACT = Context(prec=80)
_COUNTED = (
    "件 台 个 只 盒 箱 套 把 张 本 瓶 包 袋 条 双 对 支 枚 片 卷 根 辆 部 人 人次 次 份 单 笔 户 家 位 名 页 打 票 股 "
    "桶 罐 册 组 间 株 棵 头 匹 架 艘 pcs piece unit set box item"
)
COUNTED = frozenset(_COUNTED.split())
"""Units of what is counted, which a price is for one of."""


def multiply(one: Quantity, other: Quantity) -> Quantity:
    """Return the product: a price times pieces is money, 元/kg times kg is 元; a percentage is a part of the other."""
    if "%" in (one.unit, other.unit):
        percent, whole = (one, other) if one.unit == "%" else (other, one)
        return Quantity(EXACT.multiply(whole.value, percent.value.scaleb(-2)), whole.unit)
    return Quantity(EXACT.multiply(one.value, other.value), multiply_units(one.unit, other.unit))


def multiply_units(one: str, other: str) -> str:
    """Return the unit of a product."""
    for unit, by in ((one, other), (other, one)):
        if by and unit.endswith(f"/{by}"):
            return unit.removesuffix(f"/{by}")
        if not by or by in COUNTED:
            return unit.partition("/")[0] if unit.partition("/")[2] in COUNTED else unit
    return f"{one}·{other}"
