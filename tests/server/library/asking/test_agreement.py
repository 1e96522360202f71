"""Whether numbers are said of the same things."""

import pytest

from server.library.asking.agreement import agree, cut_pieces, make_piece

TEXT = (
    "Technical data\nWeight: 9.4 kg\nDimensions: 28 x 43 x 36 cm\nPower consumption: 1450 W\n"
    "Error E04: the tank is empty. Error E11: the machine is too hot, so let it cool for 20 minutes.\n"
    "Filter WF-20, replace after 50 litres: 14.90 euros. Cleaner DS-77: 9.50 euros."
)


@pytest.mark.parametrize(
    ("sentence", "is_said"),
    [
        ("It weighs 9.4 kg.", True),
        ("The machine consumes 1450 watts.", True),
        ("It is 28 cm wide and 43 cm deep.", True),
        ("The warranty is 36 months.", False),
        ("Its weight is 36 kg.", False),
        ("E11 means that it is too hot.", True),
        ("E04 means that the machine is too hot.", False),
        ("The filter WF-20 costs 14.90 euros.", True),
        ("The filter WF-20 costs 9.50 euros.", False),
        ("The cleaner costs 9.50 euros.", True),
        ("DS-77 is the cleaner.", True),
        ("It cools for 20 minutes.", True),
        ("It cools for 20 hours.", False),
        ("There is nothing to compare here.", True),
    ],
)
def test_numbers_belong_to_what_stands_beside_them(sentence: str, is_said: bool) -> None:
    assert agree(make_piece(sentence), cut_pieces(TEXT), is_other_language=False) is is_said


def test_what_is_below_a_code_is_about_it() -> None:
    page = cut_pieces("型号 AB-102\n蓝色条纹围巾\n颜色：蓝色\n价格：89元")
    for sentence, is_said in (
        ("AB-102的价格是89元。", True),
        ("蓝色条纹围巾卖89元。", True),
        ("AB-101的价格是89元。", False),
    ):
        assert agree(make_piece(sentence), page, is_other_language=False) is is_said, sentence


def test_in_a_table_the_heads_of_columns_count() -> None:
    table = cut_pieces("型号\t单价\t库存\nTB-205\t168元\t75\nTB-310\t49.9元\t140")
    for sentence, is_said in (
        ("单价最高的是168元。", True),
        ("TB-205的价格是168元。", True),
        ("TB-310卖168元。", False),
    ):
        assert agree(make_piece(sentence), table, is_other_language=False) is is_said, sentence


def test_in_another_language_numbers_alone_are_compared() -> None:
    pieces = cut_pieces("保温杯售价129元。")
    assert agree(make_piece("The cup costs 129 yuan."), pieces, is_other_language=True)
    assert not agree(make_piece("The cup costs 129 euros."), pieces, is_other_language=True)


def test_lines_of_a_paragraph_are_joined_but_rows_are_not() -> None:
    text = (
        "Baggage that arrives at its destination more than twelve hours\n"
        "late entitles you to 150 euros. More is not paid.\nPrice:\n20 euros\nShort: 1\nLines: 2"
    )
    pieces = cut_pieces(text)
    assert [piece.text.split()[0] for piece in pieces] == ["Baggage", "More", "Price:", "Short:", "Lines:"]
    assert [piece.goes_on for piece in pieces] == [False, True, False, False, False]
