"""Numbers and dates as they are written in documents, and what can be compared of them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Measure = Literal["money", "mass", "length", "volume", "time", "power", "share", "date", "number"]
"""What a value measures; those of different measures are not compared."""

UNITS: dict[str, tuple[Measure, Decimal]] = {
    **dict.fromkeys(
        (
            "元",
            "块",
            "rmb",
            "cny",
            "yuan",
            "usd",
            "dollars",
            "dollar",
            "eur",
            "euro",
            "euros",
            "gbp",
            "jpy",
            "日元",
            "美元",
            "欧元",
            "港元",
            "港币",
        ),
        ("money", Decimal(1)),
    ),
    **dict.fromkeys(("万元", "万块"), ("money", Decimal(10_000))),
    "亿元": ("money", Decimal(100_000_000)),
    **dict.fromkeys(("kg", "kilograms", "kilogram", "kilos", "公斤", "千克"), ("mass", Decimal(1000))),
    **dict.fromkeys(("g", "grams", "gram", "克"), ("mass", Decimal(1))),
    **dict.fromkeys(("mg", "毫克"), ("mass", Decimal("0.001"))),
    **dict.fromkeys(("t", "tonnes", "tons", "吨"), ("mass", Decimal(1_000_000))),
    "斤": ("mass", Decimal(500)),
    **dict.fromkeys(("lb", "lbs", "pounds"), ("mass", Decimal("453.59237"))),
    **dict.fromkeys(("oz", "ounces"), ("mass", Decimal("28.349523125"))),
    **dict.fromkeys(("km", "kilometres", "kilometers", "公里", "千米"), ("length", Decimal(1_000_000))),
    **dict.fromkeys(("m", "metres", "meters", "米"), ("length", Decimal(1000))),
    **dict.fromkeys(("cm", "厘米", "公分"), ("length", Decimal(10))),
    **dict.fromkeys(("mm", "毫米"), ("length", Decimal(1))),
    **dict.fromkeys(("inch", "inches", "英寸", "寸"), ("length", Decimal("25.4"))),
    **dict.fromkeys(("l", "litres", "liters", "升"), ("volume", Decimal(1000))),
    **dict.fromkeys(("ml", "毫升"), ("volume", Decimal(1))),
    **dict.fromkeys(("h", "hours", "hour", "小时"), ("time", Decimal(3600))),
    **dict.fromkeys(("min", "minutes", "minute", "分钟"), ("time", Decimal(60))),
    **dict.fromkeys(("s", "seconds", "second", "秒"), ("time", Decimal(1))),
    **dict.fromkeys(("days", "day", "天"), ("time", Decimal(86_400))),
    **dict.fromkeys(("months", "month", "个月"), ("time", Decimal(2_629_746))),
    **dict.fromkeys(("years", "year", "年"), ("time", Decimal(31_556_952))),
    **dict.fromkeys(("w", "watts", "watt", "瓦"), ("power", Decimal(1))),
    **dict.fromkeys(("kw", "千瓦"), ("power", Decimal(1000))),
    "%": ("share", Decimal(1)),
}
TIMES: dict[str, int] = {"万": 10_000, "亿": 100_000_000, "千": 1000, "百万": 1_000_000}

_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
NUMBER = re.compile(
    r"(?P<currency>(?:RMB|CNY|USD|EUR|GBP|HK\$|US\$|[￥¥$€£])\s?)?(?P<minus>(?<![A-Za-z0-9_.)\]])[-−])?"
    r"(?<![A-Za-z0-9_.])(?<!\d,)(?P<digits>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d]|\.\d)"
    rf"(?:\s?(?P<times>百万|[万亿千])(?!元|块))?(?:\s?(?P<unit>{_UNIT})(?![A-Za-z]))?",
    re.I,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = "(?:" + "|".join(_MONTHS) + ")[a-z]*"
DATE = re.compile(
    r"(?<!\d)(?P<y1>[12]\d{3})\s?[-/.年]\s?(?P<m1>1[0-2]|0?[1-9])(?:\s?[-/.月]\s?(?P<d1>3[01]|[12]\d|0?[1-9])(?:\s?日)?|\s?月)?(?!\d)"
    rf"|\b(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s+(?P<m2>{_MONTH})\.?,?\s+(?P<y2>[12]\d{{3}})\b"
    rf"|\b(?P<m3>{_MONTH})\.?\s+(?:(?P<d3>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s+)?(?P<y3>[12]\d{{3}})\b",
    re.I,
)


@dataclass(frozen=True)
class Value:
    """A number or a date. `text` is how it is written, `amount` can be compared with others of its `measure`."""

    text: str
    amount: Decimal
    measure: Measure


def read_value(text: str, is_date: bool = False) -> Value | None:
    """Return the first number of a text, or its first date; None where it has none."""
    return next(iter(find_values(text, is_date)), None) or (next(iter(find_numbers(text)), None) if is_date else None)


def find_values(text: str, is_date: bool) -> list[Value]:
    """Return the values of a text that are written in it, each once: its dates, or its numbers."""
    return list(dict.fromkeys(find_dates(text) if is_date else find_numbers(text)))


def find_numbers(text: str) -> Iterable[Value]:
    for found in NUMBER.finditer(_narrow(text)):
        unit = (found["unit"] or "").lower()
        measure, factor = UNITS.get(unit, ("number", Decimal(1)))
        if found["currency"]:
            measure = "money"
        amount = Decimal(re.sub("[,，]", "", found["digits"])) * factor * TIMES.get(found["times"] or "", 1)
        yield Value(text[found.start() : found.end()].strip(), -amount if found["minus"] else amount, measure)


def find_dates(text: str) -> Iterable[Value]:
    for found in DATE.finditer(_narrow(text)):
        year, month, day = (
            next((found[f"{name}{form}"] for form in "123" if found[f"{name}{form}"]), "1") for name in "ymd"
        )
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
        try:
            ordinal = date(int(year), number, int(day)).toordinal()
        except ValueError:  # no such day
            continue
        yield Value(text[found.start() : found.end()].strip(), Decimal(ordinal), "date")


def _narrow(text: str) -> str:
    """Return a text with digits and signs of the usual width, every character in its place."""
    return "".join(narrow if len(narrow := unicodedata.normalize("NFKC", each)) == 1 else each for each in text)


def choose_measure(measures: Sequence[Measure], wanted: Measure | None) -> Measure:
    """Return what to compare: what is wanted if it is there, else what most values are."""
    if wanted in measures and wanted is not None:
        return wanted
    return Counter(measures).most_common(1)[0][0]
