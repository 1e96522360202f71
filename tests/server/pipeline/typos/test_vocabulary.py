from functools import cache

import pytest

from server.pipeline.typos.costs import RARE_COST
from server.pipeline.typos.vocabulary import Vocabulary


@cache
def shipped() -> Vocabulary:
    return Vocabulary.open()


@pytest.mark.parametrize("word", ["价格", "优惠券", "浇水", "蓝牙耳机", "一丝不苟", "绿萝", "的", "我"])
def test_known_words_have_a_cost(word: str) -> None:
    assert shipped().cost(word) is not None


@pytest.mark.parametrize("word", ["价各", "参术", "优惠卷", "的是的", ""])
def test_unknown_words_have_no_cost(word: str) -> None:
    assert shipped().cost(word) is None


def test_a_character_that_is_no_word_is_rare() -> None:
    assert shipped().cost("\u9fa5") == shipped().cost("\u4e02") == RARE_COST


@pytest.mark.parametrize(
    ("common", "rare"), [("的", "飘"), ("价格", "浇水"), ("优惠券", "发飘"), ("退款", "绿萝"), ("什么", "狗子")]
)
def test_rare_words_cost_more(common: str, rare: str) -> None:
    cost = shipped().cost(rare)
    assert (shipped().cost(common) or 0) < (RARE_COST if cost is None else cost)


def test_words_that_differ_in_one_character_are_alike() -> None:
    assert ("价格", 1) in list(shipped().find_alike("价各"))
    assert ("订单", 0) in list(shipped().find_alike("丁单"))
    assert ("优惠券", 2) in list(shipped().find_alike("优惠卷"))


def test_words_that_differ_in_two_characters_are_not_alike() -> None:
    assert "优惠券" not in [word for word, _ in shipped().find_alike("有会券")]


def test_only_the_projects_own_words_are_corrected_to() -> None:
    assert shipped().cost("太监") is not None
    assert "太监" not in [word for word, _ in shipped().find_alike("太咸")]


def test_added_words_make_another_vocabulary() -> None:
    more = shipped().with_words(["云朵杯"])
    assert more.cost("云朵杯") == shipped().cost("优惠券")
    assert list(more.find_alike("云朵怀")) == [("云朵杯", 2)]
    assert shipped().cost("云朵杯") is None
    assert list(shipped().find_alike("云朵怀")) == []


def test_adding_a_known_word_does_not_make_it_rarer() -> None:
    assert shipped().with_words(["什么"]).cost("什么") == shipped().cost("什么")
    assert [word for word, _ in shipped().with_words(["价格"]).find_alike("价各")].count("价格") == 1


def test_a_long_word_is_known_and_not_looked_for() -> None:
    more = shipped().with_words(["超级云朵保温杯"])
    assert list(more.find_alike("超级云朵保温怀")) == []
