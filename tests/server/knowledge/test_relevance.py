"""What of the passages found is about what a question asks."""

import pytest

from server.knowledge.elsewhere import join_tokens
from server.knowledge.relevance import (
    asks_for_offer,
    asks_for_others,
    find_codes,
    find_unknown_codes,
    has_unknown_names,
    is_about_something_else,
    keep_relevant,
    list_meant,
)
from server.library.query import parse_query
from server.library.ranking import Hit
from tests.helpers.fake_library import make_passage


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("GS-300 多少钱？", {"gs300"}),
        ("Does the gs 300 or the K_9/b fit?", {"k9b"}),
        ("Is it 10kg or 180cm, size 2XL, 3x5?", set()),
        ("Where is my order SF12345678?", set()),
        ("快递 SF12345678 到哪了", set()),
        ("What is E42?", {"e42"}),
        ("How much is it?", set()),
    ],
)
def test_codes_are_told_from_amounts_and_numbers_of_orders(question: str, codes: set[str]) -> None:
    assert find_codes(question) == codes


def test_codes_that_no_passage_and_no_name_has_are_unknown() -> None:
    passages = [make_passage("GS 300, white"), make_passage("the filter FT-20", 2)]
    assert find_unknown_codes("GS-300 and FT20?", join_tokens(passages)) == set()
    assert find_unknown_codes("GS-300X?", join_tokens(passages)) == {"gs300x"}
    assert find_unknown_codes("Does K-900 fit?", join_tokens(passages), ["K-900"]) == set()
    assert find_unknown_codes("Does K-900 fit?", join_tokens(passages), ["K-90"]) == {"k900"}


@pytest.mark.parametrize(
    ("question", "is_it"),
    [("有没有类似的？", True), ("Is there a cheaper one?", True), ("How do I wash it?", False), ("多少钱", False)],
)
def test_questions_that_ask_for_other_products(question: str, is_it: bool) -> None:
    assert asks_for_others(question) is is_it


KNOWN = [
    make_passage("电器保修多久？电器自签收之日起保修 2 年。"),
    make_passage("We sell shirts and hats online only.", 2),
]


@pytest.mark.parametrize(
    ("question", "is_it"),
    [
        ("高铁票能改签吗", True),
        ("电器保修多久", False),
        ("iPhone 的电器保修多久", True),
        ("Do you sell phones?", True),
        ("Do you sell hats?", False),
        ("How long does an iPad last in a shirt?", True),
    ],
)
def test_questions_about_what_no_passage_speaks_of(question: str, is_it: bool) -> None:
    assert is_about_something_else(question, join_tokens(KNOWN)) is is_it


@pytest.mark.parametrize("question", ["质保", "机器质保多长时间", "Do you have a guarantee?"])
def test_words_that_mean_the_same_are_not_of_something_else(question: str) -> None:
    known = [make_passage("电器保修 2 年。"), make_passage("The warranty is for two years.", 2)]
    assert not is_about_something_else(question, join_tokens(known))
    assert is_about_something_else(question, join_tokens([make_passage("grass"), make_passage("天空", 2)]))


def test_meant_words_need_all_tokens_of_another() -> None:
    query = parse_query("the refund")
    assert list_meant(query, {"money", "back"}) == {"refund"}
    assert list_meant(query, {"money"}) == set()


def test_names_must_be_known() -> None:
    assert has_unknown_names("iPhone 保修多久", {"保修"})
    assert not has_unknown_names("iPhone 保修多久", {"保修", "iphon"})
    assert not has_unknown_names("保修多久", frozenset())


@pytest.mark.parametrize(
    ("question", "is_it"),
    [
        ("Do you sell boats?", True),
        ("有卖钢琴吗", True),
        ("你们卖轮船吗", True),
        ("轮船卖不卖", True),
        ("Do you sell it in blue?", False),
        ("这款卖完了吗", False),
        ("衬衫多少钱", False),
    ],
)
def test_questions_whether_something_is_sold(question: str, is_it: bool) -> None:
    assert asks_for_offer(question) is is_it


def make_hit(number: int, text: str, score: float, strength: float) -> Hit:
    return Hit(make_passage(text, number), score, score, None, 1, 4, 0.3, strength)


def test_what_scores_about_as_much_as_the_best_is_kept_beside_what_is_relevant() -> None:
    question = "How long does the postage take?"
    good, near = make_hit(1, "the postage takes long", 9.0, 1.5), make_hit(2, "our postage", 10.0, 0.9)
    far = make_hit(3, "our postage", 7.0, 0.9)
    assert keep_relevant([near, good, far], (), question) == [near, good]
    assert keep_relevant([near, far], (), question) == []
    assert keep_relevant([near, far], {3}, question) == [far]
