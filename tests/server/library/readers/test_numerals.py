"""How items of lists are numbered."""

import pytest

from server.library.readers.numerals import write_number


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (3, "decimal", "3"),
        (3, "decimalZero", "03"),
        (27, "lowerLetter", "aa"),
        (2, "upperLetter", "B"),
        (1994, "lowerRoman", "mcmxciv"),
        (4, "upperRoman", "IV"),
        (10, "chineseCounting", "十"),
        (15, "chineseCountingThousand", "十五"),
        (20, "chineseCounting", "二十"),
        (101, "chineseCounting", "一百零一"),
        (110, "chineseCounting", "一百一十"),
        (1010, "chineseCounting", "一千零一十"),
        (1001, "chineseCounting", "一千零一"),
        (105, "chineseLegalSimplified", "壹佰零伍"),
        (3, "ideographTraditional", "丙"),
        (12, "ideographZodiac", "亥"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircle", "21"),
        (10, "ideographDigital", "一〇"),
        (12, "decimalFullWidth", "１２"),
        (12, "a form that is not known", "12"),
    ],
)
def test_forms(number: int, form: str, text: str) -> None:
    assert write_number(number, form) == text


@pytest.mark.parametrize("form", ["lowerLetter", "upperRoman", "chineseCounting", "ideographTraditional"])
@pytest.mark.parametrize("number", [0, -3, 10**8])
def test_numbers_that_a_form_has_not_are_digits(form: str, number: int) -> None:
    assert write_number(number, form) == str(number)
