"""Numbers and dates as documents write them."""

from decimal import Decimal

import pytest

from server.library.asking.values import choose_measure, find_values, read_value


@pytest.mark.parametrize(
    ("text", "amount", "measure"),
    [
        ("￥1,299.00", "1299.00", "money"),
        ("$ 5", "5", "money"),
        ("39.90 euros", "39.90", "money"),
        ("３万元", "30000", "money"),
        ("1.2 kg", "1200.0", "mass"),
        ("850克", "850", "mass"),
        ("30 cm", "300", "length"),
        ("2亿", "200000000", "number"),
        ("15%", "15", "share"),
        ("-4", "-4", "number"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, amount: str, measure: str) -> None:
    for sentence in (f"is {text}, so", f"售价{text}，所以"):
        (value,) = find_values(sentence, is_date=False)
        assert (value.amount, value.measure, value.text) == (Decimal(amount), measure, text)


@pytest.mark.parametrize("text", ["v1.2.3", "AB12", "no number", "", "1,2,3x"])
def test_what_is_no_number(text: str) -> None:
    assert [value for value in find_values(text, is_date=False) if value.text in ("1.2", "12", "2.3")] == []


@pytest.mark.parametrize("text", ["2024-05-01", "2024年5月1日", "1 May 2024", "May 1, 2024", "2024/5/1", "2024年5月"])
def test_a_date_is_read_in_every_form(text: str) -> None:
    (value,) = find_values(f"on {text}.", is_date=True)
    assert (value.text, value.measure) == (text, "date")
    assert value.amount == read_value("2024-05-01", is_date=True).amount  # type: ignore[union-attr]


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert find_values("2023-02-30", is_date=True) == []


def test_values_are_what_is_written() -> None:
    text = "价格：￥５９，重 ２kg；￥59"
    assert [value.text for value in find_values(text, is_date=False)] == ["￥５９", "２kg", "￥59"]


def test_what_is_wanted_is_compared_and_else_what_is_most_often_there() -> None:
    assert choose_measure(["mass", "money", "mass"], "money") == "money"
    assert choose_measure(["mass", "money", "mass"], "date") == "mass"
    assert choose_measure(["mass", "money", "mass"], None) == "mass"
