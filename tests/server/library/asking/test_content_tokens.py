"""What a sentence says, as tokens."""

import pytest

from server.library.asking.content_tokens import normalize_number, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The kettles cost 1,250.00 euros", ("kettl", "cost", "#1250", "euro")),
        ("model AB-123 or ab123", ("model", "@ab123", "@ab123")),
        ("保温杯的售价", ("保温", "温杯", "杯的", "的售", "售价")),
        ("１２．５", ("#12.5",)),
        ("", ()),
        ("of the and", ()),
        ("水", ("水",)),
    ],
)
def test_tokens_carry_what_is_said(text: str, tokens: tuple[str, ...]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,299.00", "1299"), ("007", "7"), ("0.50", "0.5"), ("0", "0"), ("10", "10"), ("1.10", "1.1"), ("0.0", "0")],
)
def test_numbers_are_written_in_one_way(text: str, number: str) -> None:
    assert normalize_number(text) == number


def test_a_singular_and_its_plural_are_the_same() -> None:
    for singular, plural in (("kettle", "kettles"), ("battery", "batteries"), ("box", "boxes"), ("glass", "glasses")):
        assert tokenize(singular) == tokenize(plural), plural
