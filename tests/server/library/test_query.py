"""What a question asks for, and what of it says nothing."""

import pytest

from server.library.query import (
    CHARACTER_WEIGHT,
    CODE_WEIGHT,
    MAX_SYNONYMS,
    MAX_TOKENS,
    NUMBER_WEIGHT,
    is_code,
    parse_query,
)
from server.library.synonyms import read_groups


def test_pairs_weigh_more_than_their_characters() -> None:
    assert parse_query("运费").weights == {"运": CHARACTER_WEIGHT, "费": CHARACTER_WEIGHT, "运费": 1.0}


def test_a_single_character_counts_whole() -> None:
    assert parse_query("贵吗").weights == {"贵": 1.0}


@pytest.mark.parametrize(
    ("question", "tokens"),
    [
        ("请问怎么退货呢？", {"退", "货", "退货"}),
        ("How do I get a refund?", {"refund"}),
        ("what is the warranty of AB-123", {"warranty", "ab", "123", "ab123"}),
    ],
)
def test_words_of_questions_are_left_out(question: str, tokens: set[str]) -> None:
    assert parse_query(question).weights.keys() == tokens


@pytest.mark.parametrize("question", ["怎么", "how much", "的"])
def test_a_question_of_idle_words_alone_is_looked_up_as_it_is(question: str) -> None:
    assert parse_query(question).weights


@pytest.mark.parametrize("question", ["", " ", "？！", "\0", "\ud800"])
def test_a_question_without_words_asks_for_nothing(question: str) -> None:
    assert parse_query(question).looked_up == {}


def test_codes_weigh_most_and_plain_numbers_least() -> None:
    weights = parse_query("HP-125 30").weights
    assert (weights["hp125"], weights["30"]) == (CODE_WEIGHT, NUMBER_WEIGHT)


@pytest.mark.parametrize("token", ["ab123", "hp125", "1000xm", "3·5mm", "4008201234", "e5", "wh1000xm4"])
def test_what_is_a_code(token: str) -> None:
    assert is_code(token)


@pytest.mark.parametrize("token", ["battery", "15", "within15", "at3", "7天", "退货", "2026"])
def test_what_is_no_code(token: str) -> None:
    assert not is_code(token)


def test_words_that_mean_the_same_are_looked_up_for_less() -> None:
    query = parse_query("保修多久")
    assert query.weights["保修"] == 1.0
    assert 0 < query.looked_up["质保"] < 1.0
    assert "质保" not in query.weights


def test_a_long_question_is_cut_to_its_heaviest_tokens() -> None:
    long = "AB-123 " + "".join(chr(0x4E00 + number) for number in range(500))
    weights = parse_query(long).weights
    assert len(weights) == MAX_TOKENS
    assert "ab123" in weights


def test_a_long_question_is_not_looked_up_by_all_that_means_the_same() -> None:
    everything = " ".join(word for group in read_groups() for word, _ in group)
    query = parse_query(everything)
    assert len(query.synonyms) == MAX_SYNONYMS
    assert len(query.looked_up) < 400


def test_words_that_have_idle_ones_within_stay_whole() -> None:
    assert {"申请"} <= parse_query("请问怎么申请退货").weights.keys()
    assert "请" not in parse_query("请退货").weights
    assert parse_query("我想了解退货").weights.keys() == parse_query("退货").weights.keys()
