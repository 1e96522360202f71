"""How the values of cells are written."""

import datetime
from decimal import Decimal

from msgspec import UNSET, UnsetType

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

NUM_DIGITS = 15
"""So many digits of a number spreadsheet programs keep and show."""

MAX_PLAIN, MIN_PLAIN = 1e21, 1e-9
"""Numbers beyond these are written with an exponent."""


def keep_written(value: object, text: str) -> str | UnsetType:
    """Return a value as it is in its cell, where the text of the cell says less than that."""
    if not isinstance(value, str):
        return UNSET
    written = "\n".join(value.splitlines()).strip()
    return UNSET if written == text else written


def write_value(value: Value, is_percent: bool = False) -> str:
    """Write a value as a sheet would: no more digits than it has, dates as ISO 8601 has them."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{write_number(value, 2)}%" if is_percent else write_number(value)
    if isinstance(value, datetime.datetime):
        is_date = value.time() == datetime.time()
        return value.date().isoformat() if is_date else value.isoformat(" ", _get_precision(value.microsecond))
    if isinstance(value, datetime.time):
        return value.isoformat(_get_precision(value.microsecond))
    if isinstance(value, datetime.timedelta):
        return write_duration(value)
    return value.isoformat()


def write_number(number: float, shift: int = 0) -> str:
    """Write a number in its shortest form, times ten to the power of `shift`, without what binary fractions add."""
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    exact = Decimal(number if isinstance(number, int) else f"{number:.{NUM_DIGITS}g}").scaleb(shift).normalize()
    if exact and not MIN_PLAIN <= abs(exact) < MAX_PLAIN:
        return f"{exact:E}"
    return f"{exact:f}" if exact else "0"


def write_duration(duration: datetime.timedelta) -> str:
    """Write a duration in hours, minutes and seconds, such as 36:00:00."""
    seconds = round(abs(duration).total_seconds())
    sign = "-" if duration < datetime.timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _get_precision(microsecond: int) -> str:
    return "milliseconds" if microsecond else "seconds"
