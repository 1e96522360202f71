"""Numbers and units that are written in words, written as digits and signs are, so that texts can be compared."""

import re
from decimal import Decimal

from server.library.tables.chinese_numerals import read_numerals

_ONES = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS = {
    "one": 1,
    **{word: value for value, word in enumerate(_ONES, start=2)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
}
_NO_COUNT = "kinds?|types?|ways?|things?|points?|parts?|reasons?|main|different|other|of|sentences?|words?"
ENGLISH = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[ -]({'|'.join(['one', *_ONES[:8]])}))?|({'|'.join(_ONES)}))\b"
    rf"(?!\s+(?:{_NO_COUNT})\b)"
)
"""Number words. One is left out, which is a pronoun, and what counts that is not in a document itself."""

_COUNTED = (
    "年|个?月|天|日|周|星期|小时|个?工作日|分钟|秒|次|份|倍|元|块|米|公里|厘米|毫米|升|毫升|公斤|千克|克|吨|斤|岁|人|层|"
    "班|趟|辆|台|名|位|张|间|套|把|只|瓶|箱|盒|页"
)
_NUMERALS = "零〇一二两三四五六七八九十百千万亿"
CHINESE = re.compile(rf"(?<![几数第{_NUMERALS}])([{_NUMERALS}]+)(?=(?:{_COUNTED}))")
SHARE = re.compile(r"([百千万])分之([零〇一二两三四五六七八九十百点]+|\d+(?:\.\d+)?)")
MULTIPLE = re.compile(r"(?<![\d.])(\d+(?:,\d{3})*(?:\.\d+)?)\s*(百万|万|亿|thousand\b|million\b|billion\b)")
FACTORS = {
    "百万": 10**6,
    "万": 10**4,
    "亿": 10**8,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
UNITS = {
    "w": "watts?",
    "kw": "kilowatts?",
    "v": "volts?",
    "kg": "kilograms?|kilos?|kgs",
    "g": "grams?",
    "l": "lit(?:er|re)s?",
    "ml": "millilit(?:er|re)s?",
    "m": "met(?:er|re)s?",
    "km": "kilomet(?:er|re)s?",
    "cm": "centimet(?:er|re)s?",
    "mm": "millimet(?:er|re)s?",
    "h": "hours?|hrs?",
    "min": "minutes?|mins?",
    "hz": "hertz",
    "元": "yuan|rmb|cny",
    "percent": "%|per\\s+cent",
}
UNIT = re.compile(
    r"(?<=\d)[\s-]*(?:"
    + "|".join(f"(?P<u{place}>{words})" for place, words in enumerate(UNITS.values()))
    + r")(?![a-z])"
)
CURRENCIES = str.maketrans({"€": " euro ", "$": " dollar ", "¥": " 元 ", "£": " pound "})


def write_digits(text: str) -> str:
    """Return a lower-case text with its numbers in digits and its units in one form.

    `三万元`, `3万元` and `30,000 yuan` become the same.
    """
    text = ENGLISH.sub(_read_english, text)
    text = SHARE.sub(_read_share, text)
    text = CHINESE.sub(_read_chinese, text)
    text = MULTIPLE.sub(lambda found: _write(Decimal(found[1].replace(",", "")) * FACTORS[found[2]]), text)
    return UNIT.sub(_read_unit, text).translate(CURRENCIES)


def _read_english(found: re.Match[str]) -> str:
    return str(sum(WORDS[word] for word in found.groups() if word))


def _read_share(found: re.Match[str]) -> str:
    """Return a share in percent: `千分之五` is `0.5 percent`."""
    amount = Decimal(found[2]) if found[2][0].isdigit() else read_numerals(found[2])
    if amount is None:
        return found[0]
    return f"{_write(amount * 100 / {'百': 100, '千': 1000, '万': 10_000}[found[1]])} percent"


def _read_chinese(found: re.Match[str]) -> str:
    if found[1] == "一":  # it is as often no number: 一天, 一次
        return found[0]
    amount = read_numerals(found[1])
    return found[0] if amount is None else _write(amount)


def _read_unit(found: re.Match[str]) -> str:
    unit = list(UNITS)[int((found.lastgroup or "u0")[1:])]
    return f" {unit} "


def _write(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
