"""Names of things in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.matching.names import fold_name

ALIKE = (
    ("AB-12", "ab 12", "ＡＢ１２", "ab_12", "AB·12", " ab–12 "),
    ("海风衬衫", "海風襯衫", "海风 衬衫", "「海风」衬衫"),
    ("Café Crème", "cafe creme", "Cafe\u0301 Cre\u0300me"),
    ("1.5 L", "1-5l", "１．５Ｌ"),
    ("A-11", "a 11"),
    ("Straße", "STRASSE"),
    ("Yahoo!", "yahoo"),
)

DIFFERENT = (
    ("X1", "X1+"),
    ("C", "C#", "C++"),
    ("SC-1.5", "SC-15"),
    ("A-11", "A1-1"),
    ("50%", "50"),
    ("★", "☆"),
    ("か", "が"),
)


@pytest.mark.parametrize("names", ALIKE)
def test_the_ways_to_write_a_name_are_one(names: tuple[str, ...]) -> None:
    assert len({fold_name(name) for name in names}) == 1


@pytest.mark.parametrize("names", DIFFERENT)
def test_names_that_differ_by_little_differ(names: tuple[str, ...]) -> None:
    assert len({fold_name(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "folded"), [("", ""), ("  ", ""), ("★ ", "★"), ("E42", "e42"), ("2024-05", "2024-05")]
)
def test_what_a_name_becomes(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_folded_once(text: str) -> None:
    folded = fold_name(text)
    assert fold_name(folded) == folded
