"""Numbers written in Chinese numerals, or in digits with them: 三百二十, 1.2万, 壹佰贰拾."""

from collections.abc import Iterable
from decimal import Decimal

DIGITS = {
    **{digit: value for value, digit in enumerate("零一二三四五六七八九")},
    **{digit: value for value, digit in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
NUMERALS = frozenset((*DIGITS, *SMALL, *LARGE))


def read_numerals(numerals: Iterable[str], leading: Decimal | None = None) -> Decimal | None:
    """Return the number that numerals stand for, behind a `leading` number in digits if there is one.

    Among them may be numbers in digits, as in 1亿2千万.

    None where they do not make up a number, such as 万 alone, or colloquial 三万五.
    """
    total, section, digit = Decimal(0), Decimal(0), leading
    smallest, has_zero = None, False
    for numeral in numerals:
        if numeral in DIGITS or numeral.isdecimal():
            if digit not in (None, 0):
                return None
            digit = Decimal(DIGITS.get(numeral, numeral))
            has_zero = has_zero or numeral in "零〇"
        elif numeral in SMALL:
            if digit is None and (section or total or numeral not in "十拾"):
                return None
            section += (Decimal(1) if digit is None else digit) * SMALL[numeral]
            digit, smallest = None, SMALL[numeral]
        else:
            section += digit or 0
            if not section and not total:
                return None
            total, section = _scale(total, section, LARGE[numeral])
            digit, smallest = None, LARGE[numeral]
    if digit and smallest and smallest > 10 and not has_zero:
        return None  # 三万五 is 35,000 where it is spoken
    return total + section + (digit or 0)


def _scale(total: Decimal, section: Decimal, unit: int) -> tuple[Decimal, Decimal]:
    """Return the total after 万 or 亿: 万亿 scales all before it, 1亿2千万 only the last part."""
    if unit == LARGE["亿"] or total < unit:
        return (total + section) * unit, Decimal(0)
    return total + section * unit, Decimal(0)
