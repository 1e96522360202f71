"""What is compared, what wins, and what a value belongs to."""

from decimal import Decimal

import pytest

from server.library.asking.extremes import (
    Candidate,
    choose,
    find_measure,
    find_name,
    find_word,
    is_conditional,
    is_least,
)
from server.library.asking.values import Measure, Value, find_values
from tests.helpers.fake_library import make_passage


def candidate(name: str, amount: int, measure: Measure = "money") -> Candidate:
    return Candidate(name, Value(str(amount), Decimal(amount), measure), make_passage(name))


@pytest.mark.parametrize(
    ("question", "measure", "least", "word"),
    [
        ("Which is the cheapest?", "money", True, "cheapest"),
        ("最贵的是哪个", "money", False, "最贵"),
        ("哪款最轻", "mass", True, "最轻"),
        ("Which contract is the latest?", "date", False, "latest"),
        ("which is the most expensive one", "money", False, "most expensive"),
        ("哪个型号评分最高", None, False, "最高"),
    ],
)
def test_a_question_says_what_it_compares(question: str, measure: Measure | None, least: bool, word: str) -> None:
    assert (find_measure(question), is_least(question), find_word(question)) == (measure, least, word)


def test_only_values_of_one_measure_are_compared() -> None:
    found = choose([candidate("a", 5), candidate("b", 3), candidate("c", 1, "mass")], "Which is the cheapest?")
    assert [each.name for each in found] == ["b"]


def test_equal_values_win_together_and_each_thing_once() -> None:
    found = choose([candidate("a", 5), candidate("b", 5), candidate("a", 5), candidate("c", 4)], "最贵的是哪个")
    assert [each.name for each in found] == ["a", "b"]
    assert choose([], "最贵的是哪个") == []


@pytest.mark.parametrize(
    ("text", "heading", "name"),
    [
        ("Red kettle: ￥5", None, "Red kettle"),
        ("The lamp L-7 costs ￥5 today", None, "The lamp L-7"),
        ("红色水壶售价：￥5", None, "红色水壶"),
        ("Red kettle\nPrice: ￥5", None, "Red kettle"),
        ("Price: ￥5\n1.7 litres", "Kettles > K-200", "K-200"),
        ("￥5", None, "￥5"),
        ("第1页\nRed kettle\nPrice: ￥5", None, "Red kettle"),
        ("Page 3 of 40\n- 3 -\nRed kettle\n￥5", None, "Red kettle"),
        ("第3页 / 共40页\n红色水壶\n价格：￥5", None, "红色水壶"),
    ],
)
def test_a_value_belongs_to_what_stands_beside_it_or_above(text: str, heading: str | None, name: str) -> None:
    value = next(each for each in find_values(text, is_date=False) if each.text == "￥5")
    assert find_name(make_passage(text, heading=heading), value) == name


@pytest.mark.parametrize(
    ("text", "is_it"), [("Free shipping over ￥9", True), ("满￥9减1", True), ("Kettle ￥9，满百元包邮", False)]
)
def test_fees_and_limits_are_no_prices(text: str, is_it: bool) -> None:
    value = next(each for each in find_values(text, is_date=False) if each.text == "￥9")
    assert is_conditional(make_passage(text), value) is is_it
