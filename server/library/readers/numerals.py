"""How the items of lists are numbered: letters, Roman and Chinese numerals."""

from collections.abc import Callable, Mapping

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_DIGITS = "零一二三四五六七八九"
_FORMAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "十", "百", "千")
_FORMAL_PLACES = ("", "拾", "佰", "仟")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
MAX_WRITTEN = 9999
"""Larger numbers are written in digits, whatever the form."""


def write_letters(number: int) -> str:
    """Return a, b, ... z, then aa, bb, ... as word processors count, or the digits from 1,000 on."""
    letter, num_letters = (number - 1) % 26, (number - 1) // 26 + 1
    return chr(ord("a") + letter) * num_letters if 0 < number < 1000 else str(number)


def write_roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    parts: list[str] = []
    for value, text in _ROMAN:
        parts.append(text * (number // value))
        number %= value
    return "".join(parts)


def write_chinese(number: int) -> str:
    """Return 一, 二, ... 十, 十一, ... 一百零一, ..."""
    text = _write_places(number, _DIGITS, _PLACES)
    return text.removeprefix("一") if 10 <= number < 20 else text


def write_formal_chinese(number: int) -> str:
    return _write_places(number, _FORMAL_DIGITS, _FORMAL_PLACES)


def _write_places(number: int, digits: str, places: tuple[str, ...]) -> str:
    if not 0 < number <= MAX_WRITTEN:
        return str(number)
    parts: list[str] = []
    is_after_gap = False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            parts.append((digits[0] if is_after_gap else "") + digits[digit] + places[place])
        is_after_gap = not digit and bool(parts)
    return "".join(parts)


def _pick(characters: str) -> Callable[[int], str]:
    return lambda number: characters[number - 1] if 0 < number <= len(characters) else str(number)


FORMS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": write_letters,
    "upperLetter": lambda number: write_letters(number).upper(),
    "lowerRoman": write_roman,
    "upperRoman": lambda number: write_roman(number).upper(),
    "chineseCounting": write_chinese,
    "chineseCountingThousand": write_chinese,
    "taiwaneseCounting": write_chinese,
    "taiwaneseCountingThousand": write_chinese,
    "japaneseCounting": write_chinese,
    "ideographDigital": lambda number: str(number).translate(str.maketrans("0123456789", "〇一二三四五六七八九")),
    "taiwaneseDigital": lambda number: str(number).translate(str.maketrans("0123456789", "〇一二三四五六七八九")),
    "chineseLegalSimplified": write_formal_chinese,
    "ideographLegalTraditional": write_formal_chinese,
    "ideographTraditional": _pick(_STEMS),
    "ideographZodiac": _pick(_BRANCHES),
    "decimalEnclosedCircle": _pick(_CIRCLED),
    "decimalEnclosedCircleChinese": _pick(_CIRCLED),
    "decimalFullWidth": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda number: str(number).translate(_FULL_WIDTH),
}
"""By the name of the form as Word has it (ECMA-376, ST_NumberFormat), how a number is written."""


def write_number(number: int, form: str) -> str:
    """Write a number in a form; one that is not known is written in digits."""
    return FORMS.get(form, str)(number)
