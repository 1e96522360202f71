"""What numbers count."""

from server.library.asking.number_units import differ, find_units


def test_the_word_behind_a_number_says_what_it_counts() -> None:
    units = find_units("租期3年，面积268.5平方米，36 months, 36 cm, 5 apples, AB-12 days")
    expected = {"#3": {"year"}, "#268.5": {"area"}, "#36": {"month", "centimetre"}}
    assert {token: set(names) for token, names in units.items()} == expected


def test_numbers_stand_close_together() -> None:
    assert set(find_units("满十年20天")) == {"#10", "#20"}


def test_only_known_units_differ() -> None:
    assert differ({"year"}, {"month"})
    assert not differ({"year"}, {"month", "year"})
    assert not differ((), {"month"})
