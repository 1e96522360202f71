"""The orders that the shop begins with. Their times are counted back from the start, in hours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class ExampleOrder:
    """`lines` are of product, size and quantity; hours are before the shop's first start."""

    number: str
    customer: str
    state: str
    lines: tuple[tuple[str, str | None, int], ...]
    ordered: int
    shipped: int | None = None
    delivered: int | None = None


PEOPLE = {
    "ann": Person("安晓棠", "13800138001", "浙江省杭州市西湖区文三路 90 号 3 幢 502 室"),
    "bo": Person("薄远", "13900139002", "江苏省苏州市姑苏区平江路 12 号"),
    "chen": Person("陈一禾", "13700137003", "广东省广州市天河区体育西路 101 号 1808 室"),
}
"""The customers of the example, by the `sub` of their tokens."""

ORDERS = (
    ExampleOrder("MS100101", "ann", "delivered", (("BG-210-OR", None, 1),), 1032, 1020, 972),
    ExampleOrder("MS100118", "ann", "delivered", (("GS-300-WH", None, 1), ("FT-20", None, 1)), 540, 532, 484),
    ExampleOrder("MS100127", "ann", "delivered", (("SH-101-BL", "L", 1), ("TR-300-BK", "32", 1)), 150, 141, 98),
    ExampleOrder("MS100136", "ann", "shipped", (("DR-120-RD", "M", 1),), 38, 27),
    ExampleOrder("MS100142", "ann", "paid", (("UM-045-RD", None, 1),), 3),
    ExampleOrder("MS100109", "bo", "returned", (("SK-080-GN", "M", 1),), 500, 492, 444),
    ExampleOrder("MS100115", "bo", "cancelled", (("DR-240-PK", "S", 1),), 560),
    ExampleOrder("MS100131", "bo", "delivered", (("SH-205-WH", "M", 2),), 100, 92, 50),
    ExampleOrder("MS100139", "bo", "packed", (("BG-500-BR", None, 1),), 14),
    ExampleOrder("MS100121", "chen", "returning", (("HA-070-BK", None, 1), ("SO-012-WH", "39-42", 2)), 290, 281, 220),
    ExampleOrder("MS100134", "chen", "shipped", (("DH-60", None, 1), ("FT-60", None, 1)), 62, 50),
    ExampleOrder("MS100141", "chen", "paid", (("SO-020", "39-42", 3),), 5),
)

SOLD_OUT = {("SH-101-BL", "XXL"), ("SK-090-BK", "S"), ("TR-300-BK", "36"), ("GS-300-MI", "")}
"""What there is none of at the beginning, by product and size."""
