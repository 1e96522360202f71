"""Whether a listed word is a word where it is found: by examples, and by the shipped words."""

import pytest

from server.pipeline.moderation.segmentation import (
    MAX_LISTED_COST,
    MIN_LISTED_COST,
    OVERLAP_COST,
    Found,
    Segmenter,
    is_han,
)

SHIPPED = Segmenter.open()


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("我要买", "大麻", ""),
        ("", "大麻", "吗"),
        ("", "裸聊", "吧"),
        ("你们是", "骗子", "公司"),
        ("", "色情", "网站"),
        ("他卖", "假证", "的加我"),
        ("吃了", "大麻花", "很脆"),
        ("", "屎", "壳郎"),
    ],
)
def test_what_the_text_has_as_a_word_is_one(before: str, word: str, after: str) -> None:
    assert SHIPPED.is_word(Found(before, word, after))


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("请问颜", "色情", "况如何"),
        ("尺码太", "大麻", "烦换一"),
        ("男", "性爱", "穿的款式"),
        ("我想", "买枪", "色的外套"),
        ("消", "毒品", "质"),
        ("无", "法轮", "换"),
        ("", "大麻", "烦"),
        ("凳子偏", "高仿", "皮的"),
        ("两", "人肉", "串套餐"),
        ("可以再", "加v", "领的那件"),
        ("这", "支那", "支有啥"),
        ("这把", "手枪", "钻带钻头"),
        ("裙子防", "走光", "吗"),
    ],
)
def test_parts_of_other_words_are_none(before: str, word: str, after: str) -> None:
    assert not SHIPPED.is_word(Found(before, word, after))


def test_an_ordinary_word_with_a_listed_one_within_is_none_unless_it_is_listed_or_disguised() -> None:
    segmenter = Segmenter({}, frozenset(["甲乙丙"]))
    assert not segmenter.is_word(Found("", "甲乙", "丙"))
    assert segmenter.is_word(Found("", "甲乙丙", ""))
    assert segmenter.is_word(Found("", "甲乙", "丙", has_sign=True))
    assert segmenter.is_word(Found("", "甲乙", "丁"))


def test_a_pause_parts_words_and_a_sign_joins_them() -> None:
    costs = {"甲": 3.0, "乙": 4.0, "甲乙": MIN_LISTED_COST, "丙": 3.0, "乙丙": 9.0}
    assert Segmenter(costs).is_word(Found("", "甲乙", "", has_pause=True))
    parted = {**costs, "丙甲": 3.0}
    assert not Segmenter(parted).is_word(Found("丙", "甲乙", "", has_pause=True))
    assert not Segmenter(parted).is_word(Found("丙", "甲乙", "", has_pause=True, has_sign=True))
    assert Segmenter({**parted, "丙甲": 4.5}).is_word(Found("丙", "甲乙", "", has_sign=True))
    assert not Segmenter({**parted, "丙甲": 4.5}).is_word(Found("丙", "甲乙", ""))


@pytest.mark.parametrize(
    ("found", "is_word"),
    [
        (Found("今天", "发票", "明天补", has_pause=True, has_comma=True), False),
        (Found("今天", "发票", "明天补", has_pause=True), True),
        (Found("今天", "发票", "补", has_pause=True, has_comma=True), True),
        (Found("", "发票", "明天补", has_pause=True, has_comma=True), True),
        (Found("今天", "发票", "明天补", has_pause=True, has_comma=True, has_sign=True), True),
    ],
)
def test_a_comma_between_two_clauses_is_no_disguise(found: Found, is_word: bool) -> None:
    assert SHIPPED.is_word(found) == is_word


def test_a_pause_is_rather_one_where_other_letters_stand_together() -> None:
    segmenter = Segmenter({"甲": 2.2, "乙": 2.2, "丙": 2.2, "甲乙丙": 5.0})
    assert segmenter.is_word(Found("", "甲乙丙", "", has_pause=True))
    assert not segmenter.is_word(Found("", "甲乙丙", "", has_pause=True, is_partly_joined=True))


def test_known_words() -> None:
    assert SHIPPED.knows("颜色")
    assert not SHIPPED.knows("色颜")


@pytest.mark.parametrize(("cost", "is_word"), [(2.0, False), (4.7, False), (4.9, True), (9.0, True)])
def test_the_cheaper_reading_decides(cost: float, is_word: bool) -> None:
    """甲乙 costs 5 and 丙 2.5; 乙丙 is the word that overlaps it, with 甲 for 4."""
    segmenter = Segmenter({"甲": 4.0, "乙": 4.0, "丙": 2.5, "甲乙": MIN_LISTED_COST, "乙丙": cost})
    assert segmenter.is_word(Found("", "甲乙", "丙")) == is_word
    assert pytest.approx(4.0 + 4.8) == MIN_LISTED_COST + 2.5 + OVERLAP_COST


@pytest.mark.parametrize(("listed", "is_word"), [({}, False), ({"甲乙": MAX_LISTED_COST - 0.5}, True)])
def test_a_listed_word_costs_no_more_than_the_greatest_cost(listed: dict[str, float], is_word: bool) -> None:
    rival = MAX_LISTED_COST + OVERLAP_COST - 2.2
    segmenter = Segmenter({"甲": 2.0, "乙": 7.0, "乙丙": rival, "丙": 0.0, **listed})
    assert segmenter.is_word(Found("", "甲乙", "丙")) == is_word


def test_a_word_that_has_all_of_the_listed_one_says_nothing_against_it() -> None:
    assert Segmenter({"甲": 9.0, "乙": 9.0, "丙": 9.0, "甲乙丙": 0.1}).is_word(Found("", "甲乙", "丙"))


@pytest.mark.parametrize(
    ("letter", "expected"), [("大", True), ("𠀀", True), ("a", False), ("カ", False), (".", False)]
)
def test_chinese_characters(letter: str, expected: bool) -> None:
    assert is_han(letter) == expected
