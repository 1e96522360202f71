"""How values of cells are written."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.library.readers.sheet_values import Value, write_number, write_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1.1, "1.1"),
        (0.1 + 0.2, "0.3"),
        (1234567.89, "1234567.89"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (1e20, "100000000000000000000"),
        (1e300, "1E+300"),
        (1e-300, "1E-300"),
        (12345678901234567890, "12345678901234567890"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("a\n b\tc ", "a b c"),
        ("007", "007"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
        (datetime.datetime(2024, 5, 1), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 13, 4), "2024-05-01 13:04:00"),
        (datetime.datetime(2024, 5, 1, 13, 4, 5, 500_000), "2024-05-01 13:04:05.500"),
        (datetime.time(8, 30), "08:30:00"),
        (datetime.timedelta(hours=36, minutes=5), "36:05:00"),
        (-datetime.timedelta(minutes=90), "-1:30:00"),
        (float("inf"), "inf"),
    ],
)
def test_values(value: Value, text: str) -> None:
    assert write_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.15, "15%"), (0.155, "15.5%"), (1, "100%"), (0, "0%"), (0.07, "7%"), (-0.5, "-50%"), ("a", "a"), (True, "TRUE")],
)
def test_percentages(value: Value, text: str) -> None:
    assert write_value(value, is_percent=True) == text


@given(st.decimals(-(10**9), 10**9, places=4))
def test_decimals_stay_as_they_were_typed(number: Decimal) -> None:
    assert Decimal(write_number(float(number))) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fifteen_digits_are_kept(number: float) -> None:
    assert float(write_number(number)) == float(f"{number:.15g}")
