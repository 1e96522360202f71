"""The texts of JSON values."""

from typing import Any

import pytest

from server.pipeline.moderation.json_texts import change_texts


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        ("ab", "AB"),
        ({"a": ["b", {"c": "d"}], "e": {}}, {"A": ["B", {"C": "D"}], "E": {}}),
        ([1, 2.5, True, False, None, []], [1, 2.5, True, False, None, []]),
        ({}, {}),
    ],
)
def test_names_and_strings_are_changed(value: Any, changed: Any) -> None:
    assert change_texts(value, str.upper) == changed


def test_a_number_stays_one_unless_it_is_changed() -> None:
    assert change_texts([8964, 89.5, 1], lambda text: text.replace("8964", "****")) == ["****", 89.5, 1]


def test_true_and_null_are_no_texts() -> None:
    seen: list[str] = []

    def keep(text: str) -> str:
        seen.append(text)
        return text

    change_texts({"a": [True, None, 2]}, keep)
    assert seen == ["a", "2"]


def test_the_value_itself_is_left_as_it_is() -> None:
    value = {"a": ["b"]}
    change_texts(value, str.upper)
    assert value == {"a": ["b"]}


def test_depth_does_not_matter() -> None:
    value: Any = "x"
    for _ in range(100_000):
        value = [value]
    changed = change_texts(value, str.upper)
    for _ in range(100_000):
        (changed,) = changed
        (value,) = value
    assert (changed, value) == ("X", "x")
