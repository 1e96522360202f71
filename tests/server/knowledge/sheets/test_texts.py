"""What the texts of cells are."""

import pytest

from server.knowledge.sheets.texts import (
    find_language,
    is_yes,
    name_language,
    split_categories,
    split_names,
    split_references,
    split_wordings,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A1;B2", ["A1", "B2"]),
        ("A1、B2，C3|D4\nE5", ["A1", "B2", "C3", "D4", "E5"]),
        ("10023,10024", ["10023", "10024"]),
        ("W-1/W-2", ["W-1", "W-2"]),
        ("AH-218/红", ["AH-218/红"]),
        ("AH-218/40", ["AH-218/40"]),
        ("- ", []),
        ("无", []),
        ("A1; A1", ["A1"]),
    ],
)
def test_references(text: str, values: list[str]) -> None:
    assert split_references(text) == values


def test_names_keep_commas_within_numbers() -> None:
    assert split_names("白衫、white shirt, 1,000 pieces") == ["白衫", "white shirt", "1,000 pieces"]


def test_categories_may_be_paths() -> None:
    assert split_categories("服装 > 衬衫") == ["服装", "衬衫"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("邮费多少钱|包邮吗", ["邮费多少钱", "包邮吗"]),
        ("可以退吗？不想要了怎么办？", ["可以退吗？", "不想要了怎么办？"]),
        ("下单了，什么时候发货", ["下单了，什么时候发货"]),
        ("运费、邮费", ["运费", "邮费"]),
        ("Well, when?; How soon?", ["Well, when?", "How soon?"]),
    ],
)
def test_wordings(text: str, values: list[str]) -> None:
    assert split_wordings(text) == values


@pytest.mark.parametrize("text", ["是", "Yes", "TRUE", "1", "x", "√", "Ｙ"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not any(map(is_yes, ["否", "no", "0", "", "false"]))


def test_languages() -> None:
    assert find_language("iPhone 15 保修多久？") == "zh"
    assert find_language("What does 保修 mean in this contract?") == "en"
    assert (name_language("白衬衫"), name_language("Harbour shirt"), name_language("GS-200")) == ("zh", "en", None)
