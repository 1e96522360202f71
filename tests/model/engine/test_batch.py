"""A step's rows, whose they are, and what is done first when one step takes another's place."""

from model.engine.batch import Batch, Row
from model.engine.region import Copy
from tests.helpers.engine_requests import make_group


def test_only_a_row_that_reaches_the_last_token_gives_one() -> None:
    group = make_group([1, 2, 3, 4, 5])
    (sequence,) = group.sequences
    assert [Row(group, sequence, start, length).gives_token for start, length in ((0, 4), (0, 5), (4, 1))] == [
        False,
        True,
        True,
    ]
    assert Row(group, sequence, 2, 3).end == 5


def test_a_batch_counts_tokens_and_names_each_group_once() -> None:
    first, second = make_group([1, 2, 3]), make_group([4])
    rows = [Row(group, group.sequences[0], 0, length) for group, length in ((second, 1), (first, 2), (second, 1))]
    batch = Batch(rows)
    assert batch.num_tokens == 4
    assert batch.groups == [second, first]
    third = make_group([5])
    batch.view_groups += [first, third, third]
    assert batch.groups == [second, first, third], "also those whose views alone are encoded"


def test_copies_that_are_not_done_yet_go_first() -> None:
    group = make_group([1, 2])
    own, others = Copy(0, 32, 32), Copy(64, 96, 32)
    batch = Batch([Row(group, group.sequences[0], 0, 1)], [own], [b"view"], [group])
    batch.replace(Batch([Row(group, group.sequences[0], 0, 2)], [others]))
    assert batch.copies == [own, others]
    assert (batch.num_tokens, batch.views, batch.view_groups) == (2, [], [])
