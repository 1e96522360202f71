"""How many words a passage has in common with a question."""

import pytest

from server.knowledge.shared_words import count_shared_words, shares_enough
from server.library.query import parse_query
from server.library.ranking import Hit
from server.store.library_records import Passage
from server.store.passage_index import count_tokens


def count(question: str, text: str) -> int:
    return count_shared_words(parse_query(question), count_tokens(text, ()))


@pytest.mark.parametrize(
    ("question", "text", "number"),
    [
        ("Do you sell phones?", "We sell online only.", 1),
        ("Who pays the postage?", "The shop pays the postage both ways.", 2),
        ("Does the box hold three parcels?", "Three parcels fit a box.", 2),
        ("Is 12 enough?", "12 are enough", 1),
        ("error AB-12", "AB-12 is shown", 3),
        ("怎么使用护照", "使用前先充电", 1),
        ("优惠券还能用吗", "每个订单限用一张优惠券", 2),
        ("退货的运费谁出", "质量问题退货，运费由本店承担", 2),
        ("三天", "15 天", 0),
        ("", "anything", 0),
    ],
)
def test_words_in_common_are_counted_by_pairs_in_chinese(question: str, text: str, number: int) -> None:
    assert count(question, text) == number


def test_words_that_mean_the_same_count_where_those_asked_are_not_there() -> None:
    assert count("guarantee for machines", "The warranty of machines is two years") == 2
    assert count("guarantee", "a guarantee is a warranty") == 1


def make_hit(text: str, coverage: float = 0.2, strength: float = 1.0, margin: float = 0.0) -> Hit:
    passage = Passage(1, 0, len(text), text, document_id="d", document_name="a.txt")
    return Hit(passage, 1.0, 1.0, None, 1, 5, coverage, strength, margin)


def test_one_word_in_common_is_not_enough_unless_it_is_most_of_the_question_or_heavy() -> None:
    query = parse_query("Do you sell phones?")
    assert not shares_enough(query, make_hit("We sell online only."))
    assert shares_enough(query, make_hit("We sell phones."))
    assert shares_enough(query, make_hit("We sell online only.", coverage=0.5))
    assert shares_enough(query, make_hit("We sell online only.", strength=1.4))
    assert not shares_enough(query, make_hit("We sell online only.", strength=1.3))
    assert shares_enough(query, make_hit("Handsets are here.", margin=3.0))
