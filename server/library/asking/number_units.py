"""What the numbers of a text count, as far as the word behind them tells."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping

from server.library.asking.content_tokens import NUMBER, normalize_number
from server.library.asking.number_words import write_digits

UNITS = {
    "year": r"年|years?",
    "month": r"个?月|months?",
    "day": r"[天日]|个?工作日|days?|working\s+days?|business\s+days?",
    "week": r"周|个?星期|weeks?",
    "hour": r"小时|h",
    "minute": r"分钟|min",
    "second": r"秒|s|sec|seconds?",
    "yuan": r"元|块",
    "euro": r"欧元|euros?|eur",
    "dollar": r"美元|dollars?|usd",
    "share": r"percent",
    "kilogram": r"公斤|千克|kg",
    "gram": r"克|g",
    "tonne": r"吨|tons?|tonnes?",
    "litre": r"升|l",
    "millilitre": r"毫升|ml",
    "kilometre": r"公里|千米|km",
    "area": r"平方米|平米|㎡|m2|square\s+m",
    "metre": r"米|m",
    "centimetre": r"厘米|cm",
    "millimetre": r"毫米|mm",
    "watt": r"瓦|w",
    "kilowatt": r"千瓦|kw",
    "volt": r"伏|v",
    "bar": r"bar",
}
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in UNITS.items())
COUNTED = re.compile(rf"(?<![a-z0-9.-])(?P<amount>{NUMBER.pattern})\s*(?:{_UNIT})(?![a-z])")


def find_units(text: str) -> Mapping[str, frozenset[str]]:
    """Return the units of the numbers of a text, each by the token of its number; nothing for those without one."""
    units: dict[str, set[str]] = defaultdict(set)
    plain = write_digits(unicodedata.normalize("NFKC", text).casefold())
    for found in COUNTED.finditer(plain):
        units[f"#{normalize_number(found['amount'])}"].add(found.lastgroup or "")
    return {token: frozenset(names) for token, names in units.items()}


def differ(first: Collection[str], second: Collection[str]) -> bool:
    """Whether a number counts other things in one text than in another; not where one does not tell."""
    return bool(first and second) and not set(first) & set(second)
