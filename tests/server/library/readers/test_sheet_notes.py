"""What is noted of the cells of sheets."""

import pytest

from server.library.readers.protocol import Refused
from server.library.readers.records import Remark
from server.library.readers.sheet_notes import SheetNotes, is_percent_format, name_cell, read_cell_name


@pytest.mark.parametrize(
    ("name", "place"), [("A1", (0, 0)), ("Z9", (8, 25)), ("AA10", (9, 26)), ("XFD1048576", (1048575, 16383))]
)
def test_names_of_cells(name: str, place: tuple[int, int]) -> None:
    assert read_cell_name(name) == place
    assert name_cell(*place) == name


@pytest.mark.parametrize("name", ["", "A", "1", "ABCD1", "A12345678", "é1", "A1B"])
def test_what_names_no_cell(name: str) -> None:
    assert read_cell_name(name) is None


@pytest.mark.parametrize(
    ("code", "is_percent"), [("0%", True), ("0.0%;[Red]-0.0%", True), ('0"%"', False), ("0\\%", False), ("0.00", False)]
)
def test_formats_of_percentages(code: str, is_percent: bool) -> None:
    assert is_percent_format(code) is is_percent


def test_percentages_by_row() -> None:
    notes = SheetNotes(100)
    notes.add_percent(0, 5)
    notes.add_percent(2, 1, num_columns=2)
    notes.add_percent(2, 7)
    assert [notes.list_percents(row) for row in range(4)] == [{5}, set(), {1, 2, 7}, set()]


def test_formulas_are_counted_and_the_first_is_named() -> None:
    notes = SheetNotes(100)
    assert notes.list_remarks("S") == ()
    notes.add_formula(4, 1)
    notes.add_formula(9, 9)
    assert notes.list_remarks("S") == (Remark("formulas", {"sheet": "S", "count": 2, "cell": "B5"}),)


def test_errors_by_row() -> None:
    notes = SheetNotes(100)
    notes.add_error(3, 1, "#N/A")
    notes.add_error(3, 2, "#REF!")
    assert notes.list_errors() == {3: {1: "#N/A", 2: "#REF!"}}


def test_the_area_between_values_is_bounded() -> None:
    notes = SheetNotes(100)
    notes.add_area(5, 5, 5, 5)
    notes.add_area(14, 14, 14, 14)
    with pytest.raises(Refused) as caught:
        notes.add_area(0, 20, 0, 20)
    assert caught.value.refusal.code == "too_many_cells"
