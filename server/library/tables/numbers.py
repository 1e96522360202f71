"""Reading numbers in cells of tables: over `Decimal`, with their units; whatever is not clearly a number is none."""

import re
from dataclasses import dataclass
from decimal import Decimal

from server.library.tables.chinese_numerals import NUMERALS, read_numerals
from server.library.tables.units import CURRENCIES, LETTERS, MONEY_LETTERS, PREFIXES, SCALES, find_unit

MAX_CHARACTERS = 60
"""Longer texts are not numbers."""

MAX_DIGITS = 28
"""Numbers with more digits are codes; `Decimal` computes exactly with so many."""

SPACES = re.compile(r"[\s\u00a0\u2009\u202f\u3000]+")
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
NARROW = str.maketrans({**_WIDE, "￥": "¥", "−": "-", "–": "-", "﹣": "-", "’": "'", "￡": "£"})

_DECIMALS = r"(?:\.(?P<decimals>\d+))?"
FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?P<whole>\d+)" + _DECIMALS,
        r"(?P<whole>)\.(?P<decimals>\d+)",
        r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+)" + _DECIMALS,
        r"(?P<whole>[1-9]\d{0,3}(?:,\d{4})+)" + _DECIMALS,
        r"(?P<whole>[1-9]\d?(?:,\d{2})+,\d{3})" + _DECIMALS,
        r"(?P<whole>[1-9]\d{0,2}(?:'\d{3})+)" + _DECIMALS,
        r"(?P<whole>[1-9]\d{0,2}(?: \d{3})+)(?:[.,](?P<decimals>\d+))?",
        r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<decimals>\d+)",
        r"(?P<whole>\d+),(?P<decimals>\d{2})",
    )
)
"""A number in digits: plain, grouped by thousands, by 万 and in India's way, and with a comma before the decimals."""

DOTTED_PRICE = re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3}){2,})", re.ASCII)
"""Groups with dots alone: clear in prices only, elsewhere it may be an address or a version."""

DOTTED = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""Thousands or thousandths, in prices in euro."""

NUMBER = re.compile(r"(?P<digits>\d[\d.,' ]*\d|\d|\.\d+)(?P<rest>.*)", re.DOTALL | re.ASCII)
PARENTHESES = re.compile(r"\((.+)\)")
NOTE = re.compile(r"(?P<number>.*\d.*?)\s*(?:\*+|\((?P<note>[^()\d]+)\))", re.DOTALL | re.ASCII)
"""A number with a mark of a footnote, or a note without digits, behind it."""

YUAN = re.compile(
    r"(?P<yuan>.+?)[元圆](?:零?(?P<jiao>[\d零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖])角)?(?:零?(?P<fen>[\d一二三四五六七八九壹贰叁肆伍陆柒捌玖])分)?整?"
)
"""An amount as it is written on invoices: 壹佰贰拾叁元肆角伍分."""

LETTER = re.compile(r"([kKmMbBwW])(?![A-Za-z])\s*(.*)", re.DOTALL)
TOKENS = re.compile(rf"\d+|[{''.join(NUMERALS)}]", re.ASCII)
NUM_CENTS = 2
PREFIX = re.compile("|".join(map(re.escape, sorted(PREFIXES, key=len, reverse=True))), re.IGNORECASE)
PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?", re.ASCII)
HAS_NUMERAL = re.compile(rf"[0-9０-９{''.join(NUMERALS)}]")
YEAR = re.compile(r"(?:19|20)\d{2}", re.ASCII)
MAX_BLANK_CHARACTERS = 4
BLANK_SIGNS = frozenset(["-", "--", "---", "—", "——", "/", "n/a", "na", "无", "暂无", "null", "none", "nil", "*"])


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, which is empty where there is none. 12 % is 12 with the unit `%`."""

    value: Decimal
    unit: str = ""


def narrow(text: str) -> str:
    """Return a text with full-width characters in their usual width, and single spaces."""
    if text.isascii():
        return " ".join(text.split())
    return SPACES.sub(" ", text.translate(NARROW)).strip()


def read_quantity(text: str) -> Quantity | None:
    """Return the number of a cell; None for text, dates, ranges, codes with leading zeros, and what is ambiguous."""
    if len(text) > MAX_CHARACTERS or HAS_NUMERAL.search(text) is None:
        return None
    if PLAIN.fullmatch(text):  # most cells of large tables
        return Quantity(Decimal(text))
    text = narrow(text)
    if not text:
        return None
    inner = PARENTHESES.fullmatch(text)
    if inner is not None:  # as accountants write what is negative
        found = read_quantity(inner[1])
        return None if found is None or found.value < 0 else Quantity(found.value.copy_negate(), found.unit)
    sign, text = _take_sign(text)
    currency, text = _take_currency(text)
    if currency and not sign:
        sign, text = _take_sign(text)
    inner = PARENTHESES.fullmatch(text) if currency and not sign else None
    if inner is not None:
        sign, text = "-", inner[1]
    if text.endswith("-") and not sign:
        sign, text = "-", text[:-1].rstrip()
    found = _read_unsigned(text, currency) or _read_noted(text, currency)
    return Quantity(found.value.copy_negate(), found.unit) if found is not None and sign == "-" else found


def is_year(text: str) -> bool:
    """Whether a text is the number of a year, as headers are."""
    return YEAR.fullmatch(narrow(text).removesuffix("年")) is not None


def is_blank(text: str) -> bool:
    """Whether a cell is empty, or has a sign for that."""
    text = text.strip()
    return not text or (len(text) <= MAX_BLANK_CHARACTERS and narrow(text).casefold() in BLANK_SIGNS)


def format_number(value: Decimal) -> str:
    """Return a number in plain digits. Zeros at the end of its decimals are left out, but not of two, as money has."""
    text = f"{value:f}" if value else "0"
    _, point, decimals = text.partition(".")
    return text.rstrip("0").rstrip(".") if point and len(decimals) != NUM_CENTS else text


def format_quantity(quantity: Quantity) -> str:
    """Return a number with its unit, as `read_quantity()` reads it."""
    number = format_number(quantity.value)
    if not quantity.unit:
        return number
    if quantity.unit in ("%", "‰"):
        return f"{number}{quantity.unit}"
    if quantity.unit in CURRENCIES and quantity.unit[-1] in "$€£":
        return f"{quantity.unit}{number}" if quantity.value >= 0 else f"-{quantity.unit}{number[1:]}"
    return f"{number} {quantity.unit}"


def _take_sign(text: str) -> tuple[str, str]:
    return (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") else ("", text)


def _take_currency(text: str) -> tuple[str, str]:
    """Return the currency before a number, and the rest."""
    found = PREFIX.match(text)
    return ("", text) if found is None else (PREFIXES[found[0].casefold()], text[found.end() :].lstrip(" :"))


def _read_unsigned(text: str, currency: str) -> Quantity | None:
    if text.startswith("百分之"):
        found = _read_unsigned(text[3:], "")
        return None if found is None or found.unit else Quantity(found.value, "%")
    if (amount := _read_yuan(text)) is not None:
        return amount
    number = NUMBER.fullmatch(text)
    if number is None:
        return _read_rest(text, None, currency) if text[:1] in NUMERALS else None
    value = _read_digits(number["digits"], number["rest"], currency)
    return None if value is None else _read_rest(number["rest"], value, currency)


def _read_noted(text: str, currency: str) -> Quantity | None:
    """Return the quantity before a note, such as 99元（含税）; a unit in the note is its own."""
    noted = NOTE.fullmatch(text)
    if noted is None:
        return None
    unit = find_unit(noted["note"] or "")
    return _read_unsigned(f"{noted['number']} {noted['note']}" if unit else noted["number"], currency)


def _read_yuan(text: str) -> Quantity | None:
    """Return an amount with 角 or 分."""
    parts = YUAN.fullmatch(text) if text.endswith(("角", "分", "角整", "分整")) else None
    yuan = None if parts is None else _read_unsigned(parts["yuan"], "")
    if parts is None or yuan is None or yuan.unit:
        return None
    jiao, fen = (read_numerals(parts[name] or "零") or Decimal(0) for name in ("jiao", "fen"))
    return Quantity(yuan.value + jiao.scaleb(-1) + fen.scaleb(-2), "元")


def _read_digits(digits: str, rest: str, currency: str) -> Decimal | None:
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return None  # a code
    found = next((match for form in FORMS if (match := form.fullmatch(digits))), None)
    money = currency or find_unit(rest)
    if found is None and money in CURRENCIES:
        found = DOTTED_PRICE.fullmatch(digits)
    if money == "€" and DOTTED.fullmatch(digits):
        return None
    if found is None:
        return None
    whole, decimals = re.sub(r"\D", "", found["whole"]), found.groupdict().get("decimals") or ""
    return None if len(whole + decimals) > MAX_DIGITS else Decimal(f"{whole or '0'}.{decimals}")


def _read_rest(rest: str, value: Decimal | None, currency: str) -> Quantity | None:
    """Return the quantity for what follows the digits: numerals, a word such as million, and a unit."""
    rest = rest.strip()
    if currency and rest.startswith("/"):
        rest = f"{currency}{rest}"
    if value is not None:
        value, rest = _scale_by_letter(value, rest, currency)
    unit = None if value is None else find_unit(rest)
    if value is not None and unit is None:
        value, rest = _scale_by_word(value, rest)
        unit = find_unit(rest)
    if unit is None or value is None:
        tokens, end = _list_numerals(rest)
        value, unit = read_numerals(tokens, value), find_unit(rest[end:])
        if value == 0 and unit not in CURRENCIES and rest[:1] in ("零", "〇") and end < len(rest):
            return None  # 零件 are parts
    if value is None or unit is None:
        return None
    if unit == "年" and YEAR.fullmatch(str(value)):
        return None
    if currency and unit.partition("/")[0] not in ("", currency):
        return None
    return Quantity(value, unit or currency)


def _list_numerals(text: str) -> tuple[list[str], int]:
    """Return the numerals and numbers in digits at the beginning of a text, and where they end."""
    tokens: list[str] = []
    end = 0
    while (token := TOKENS.match(text, end)) is not None:
        tokens.append(token[0])
        end = token.end()
    return tokens, end


def _scale_by_letter(value: Decimal, rest: str, currency: str) -> tuple[Decimal, str]:
    """Scale a number such as 1.2k, 3M or 20w元."""
    letter = LETTER.fullmatch(rest)
    if letter is None:
        return value, rest
    is_money = bool(currency) or find_unit(letter[2]) in CURRENCIES
    power = (MONEY_LETTERS if is_money else LETTERS).get(letter[1])
    is_scaled = power is not None and (is_money or not letter[2])
    return (value.scaleb(power or 0), letter[2]) if is_scaled else (value, rest)


def _scale_by_word(value: Decimal, rest: str) -> tuple[Decimal, str]:
    word, _, after = rest.partition(" ")
    power = SCALES.get(word.casefold())
    return (value, rest) if power is None else (value.scaleb(power), after)
