"""The units that the names of columns have for the numbers below them."""

import re

from server.library.tables.header import JOINED_BY
from server.library.tables.numbers import narrow
from server.library.tables.units import CURRENCIES, find_unit

MARKED = re.compile(r"[(\[]([^()\[\]]{1,20})[)\]]\s*$|[,/:]\s*([^\s,/:]{1,6})\s*$")
"""A unit in parentheses, or behind a comma, a slash or a colon, at the end of a name."""

BARE = re.compile(r"(?<=\S)(?:(?<=[^A-Za-z])|\s)(?:in )?([^\s\u4e00-\u9fff]{1,4}|元|万元|亿元|美元)$", re.IGNORECASE)
"""What may be a unit at the end of a name without a mark, as in `Price USD` and 重量kg."""

LABEL = re.compile(r"^(?:单位|units?\b|in\b)\s*:?\s*", re.IGNORECASE)
SCALED = re.compile(r"(?:百万|千万|百|千|万|百亿|千亿|亿)(?=[^克米瓦])")
SCALES = re.compile(r"(?:k|m|mn|bn|mio|thousands?|millions?|billions?|'?000s?)", re.IGNORECASE)
"""Words for a power of ten before or behind a currency."""


def find_header_unit(name: str) -> str:
    """Return the unit in the name of a column, such as 元 in 单价（元）, and 万元 as it is written; "" for none."""
    last = narrow(name.split(JOINED_BY)[-1])
    while (found := MARKED.search(last)) is not None:
        unit = _read_unit(LABEL.sub("", found[1] or found[2]))
        if unit or found[2]:
            return unit
        last = last[: found.start()].rstrip()  # a note, such as （含税）
    bare = BARE.search(last)
    unit = "" if bare is None else _read_unit(bare[1])
    return unit if unit in CURRENCIES or unit in ("kg", "g", "cm", "mm", "%", "万元", "亿元") else ""


def _read_unit(text: str) -> str:
    """Return a unit by its own name, one with a power of ten as it is written; "" for what is none."""
    scale = SCALED.match(text)
    rest = find_unit(text[scale.end() :]) if scale else None
    if scale and rest:
        return f"{scale[0]}{rest}"
    return find_unit(text) or _read_scaled_money(text)


def _read_scaled_money(text: str) -> str:
    """Return a text such as `$M`, `k€` or `USD thousands` as it is written; "" for what is none."""
    for sign in sorted((alias for aliases in CURRENCIES.values() for alias in aliases), key=len, reverse=True):
        before, found, after = text.casefold().partition(sign)
        if found and SCALES.fullmatch(f"{before}{after}".strip(" .,")):
            return text
    return ""
