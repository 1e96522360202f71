"""The rows of a step, and the groups that they belong to."""

from model.engine.batch import Batch, Row
from tests.helpers.engine_requests import make_group


def test_only_a_row_that_reaches_the_last_token_is_sampled() -> None:
    group = make_group([1, 2, 3, 4, 5])
    (sequence,) = group.sequences
    assert [Row(group, sequence, start, length).is_sampled for start, length in ((0, 4), (0, 5), (4, 1))] == [
        False,
        True,
        True,
    ]
    assert Row(group, sequence, 2, 3).end == 5


def test_a_batch_counts_its_tokens_and_lists_each_group_once() -> None:
    first, second = make_group([1, 2, 3]), make_group([4])
    rows = [Row(group, group.sequences[0], 0, length) for group, length in ((second, 1), (first, 2), (second, 1))]
    batch = Batch(rows)
    assert batch.num_tokens == 4
    assert batch.groups == [second, first]
    third = make_group([5])
    batch.view_groups += [first, third, third]
    assert batch.groups == [second, first, third], "also those whose views alone are encoded"
