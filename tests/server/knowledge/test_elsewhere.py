"""Questions about other places than the shop."""

import pytest

from server.knowledge.elsewhere import is_elsewhere, join_tokens, list_things
from tests.helpers.fake_library import make_passage

KNOWN = [
    make_passage("退款 3 个工作日内退到原支付账户。Refunds take three days."),
    make_passage("The Valley wardrobe has four doors.", 2),
]


@pytest.mark.parametrize(
    "question",
    [
        "机票退款多久到账",
        "怎么退火车票",
        "工商银行几点开门",
        "你们招聘木工吗",
        "帮我写一首诗",
        "When do I get my tax refund?",
        "How do I return a library book?",
        "What time does the bank open?",
        "Are you hiring?",
        "How many people work for you?",
        "What is the warranty on my Tesla?",
    ],
)
def test_what_no_passage_speaks_of_is_elsewhere(question: str) -> None:
    assert is_elsewhere(question, join_tokens(KNOWN))


@pytest.mark.parametrize(
    "question",
    [
        "退款多久到账",
        "When do I get my refund?",
        "I want a Valley wardrobe",
        "Is my Valley wardrobe under warranty?",
        "Do you have a banknote tester, or a bookbank?",
        "Can I get I Want Candy",
    ],
)
def test_what_shops_are_asked_is_not(question: str) -> None:
    assert not is_elsewhere(question, join_tokens(KNOWN))


def test_a_shop_that_speaks_of_it_is_asked_about_it() -> None:
    bank = [*KNOWN, make_passage("可以用银行转账付款。", 3), make_passage("A bike costs 900 yuan.", 4)]
    assert is_elsewhere("银行几点开门", join_tokens(KNOWN))
    assert not is_elsewhere("银行几点开门", join_tokens(bank))
    assert is_elsewhere("Do you sell bikes?", join_tokens(KNOWN))
    assert not is_elsewhere("Do you sell bikes?", join_tokens(bank))


def test_each_thing_must_be_spoken_of() -> None:
    assert is_elsewhere("Can I ride the bike to the bank?", join_tokens([make_passage("A bike costs 900 yuan.")]))


def test_things_are_whole_words() -> None:
    assert list_things("We carry carpets, jobbers and trainers") == []
    assert list_things("Is there a job on the train?") == ["job", "train"]
    assert list_things("my Tesla, a Fiat and the Ford") == ["Tesla", "Fiat"]


def test_the_tokens_of_passages_are_joined() -> None:
    assert {"refund", "valley", "退款"} <= join_tokens(KNOWN)
    assert join_tokens([]) == frozenset()
