"""The order of passages by their texts."""

import numpy as np
import pytest

from server.library.query import parse_query
from server.library.ranking import Hit, rank
from server.store.library_records import Passage
from server.store.passage_index import count_tokens
from server.store.passage_search import Candidates, Scope


def rank_texts(question: str, *texts: str, heading: str | None = None) -> list[Hit]:
    """Rank passages that are all there are; the last has the heading."""
    passages = [Passage(1, 0, len(text), text, id=number) for number, text in enumerate(texts)]
    if heading:
        passages[-1] = Passage(1, 0, 1, texts[-1], heading=heading, id=len(texts) - 1)
    counts = [count_tokens(item.text, (item.heading,)) for item in passages]
    frequencies = {token: sum(token in counted for counted in counts) for token in parse_query(question).looked_up}
    mean = sum(counted.total() for counted in counts) / len(counts)
    scope = Scope((1,), len(passages), 0, np.array([]))
    return rank(parse_query(question), Candidates(scope, tuple(passages), frequencies, len(passages), mean))


def list_order(hits: list[Hit]) -> list[int]:
    return [hit.passage.id for hit in hits]


def test_the_passage_with_more_of_the_question_comes_first() -> None:
    assert list_order(rank_texts("退货运费谁出", "运费八元", "退货运费自理", "保修两年"))[:2] == [1, 0]


def test_a_word_more_often_and_a_shorter_passage_count() -> None:
    assert list_order(rank_texts("refund", "refund by card and also other things", "refund", "none"))[0] == 1
    assert list_order(rank_texts("refund", "refund of it", "refund refund", "none"))[0] == 1


def test_the_heading_of_a_passage_counts() -> None:
    assert list_order(rank_texts("battery care", "care for it", "store it dry", heading="Battery care"))[0] == 1


def test_a_code_outweighs_words() -> None:
    texts = ("AB-125 weight and colour of the product", "the product AB-123", "weight and colour of the product")
    assert list_order(rank_texts("weight and colour of the product AB123", *texts))[0] == 1


def test_words_that_mean_the_same_are_found_but_come_after_the_same_word() -> None:
    hits = rank_texts("保修", "质保", "保修", "送货")
    assert list_order(hits) == [1, 0, 2]
    assert hits[1].word_score > 0
    assert hits[2].word_score == 0


def test_a_misspelt_word_is_found() -> None:
    hits = rank_texts("batery", "the screen", "the battery")
    assert hits[0].passage.id == 1
    assert hits[0].coverage > 0.5


@pytest.mark.parametrize("question", ["cat", "butter"])
def test_other_words_are_not_taken_for_misspelt(question: str) -> None:
    assert rank_texts(question, "the car", "the battery")[0].word_score == 0


def test_a_hit_tells_how_much_of_the_question_it_has() -> None:
    first, second = rank_texts("red leather shoe", "red leather shoe", "red sofa")
    assert (first.num_matched, first.num_asked, first.coverage) == (3, 3, 1.0)
    assert (second.num_matched, second.num_asked) == (1, 3)
    assert 0 < second.coverage < 0.3
    assert first.strength > second.strength
    assert first.score == first.word_score
    assert first.meaning_score is None


def test_equals_are_in_the_order_in_which_they_were_stored() -> None:
    assert list_order(rank_texts("same", "same", "same", "same")) == [0, 1, 2]


def test_a_question_without_words_gives_no_score() -> None:
    assert {hit.score for hit in rank_texts("?", "a", "b")} == {0.0}
