"""Whatever a damaged file holds, a sentence about it stays one line of readable characters."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.checkpoint.wording import MAX_LENGTH, count, list_names, one_line, show_path


@given(st.text())
def test_a_value_is_one_readable_line(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown) <= MAX_LENGTH + 3


@pytest.mark.parametrize(
    ("value", "shown"),
    [("é 中", "é 中"), ("a\nb", "a\\nb"), ("\ud800", "\\ud800"), (None, "None"), ("x" * 200, "x" * 120 + "...")],
)
def test_values_are_shown(value: object, shown: str) -> None:
    assert one_line(value) == shown


def test_a_path_is_shown_whole() -> None:
    assert show_path(Path("/中 文") / ("x" * 300)) == "/中 文/" + "x" * 300
    assert show_path(Path("a\nb\udce4")) == "a\\nb\\udce4"


def test_three_names_are_listed_in_order() -> None:
    assert list_names(["c", "a", "b"]) == "a, b, c"
    assert list_names({"d", "c", "a", "b"}) == "a, b, c, ..."


def test_things_are_counted() -> None:
    assert (count(["a"], "tensor"), count([], "tensor"), count("ab", "layer")) == (
        "1 tensor is",
        "0 tensors are",
        "2 layers are",
    )
