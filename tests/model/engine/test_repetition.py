"""A cycle is found when an answer ends in enough exact repeats."""

import random

import pytest

from model.engine.repetition import is_cycling


@pytest.mark.parametrize(("period", "repeats"), [(1, 96), (2, 48), (7, 14), (12, 8), (64, 8)])
def test_a_long_enough_cycle_is_found(period: int, repeats: int) -> None:
    before = [1000 + i for i in range(50)]
    piece = list(range(period))
    assert is_cycling(before + piece * repeats)
    assert is_cycling(piece * repeats)
    assert not is_cycling((before + piece * repeats)[:-1][: -period or None])


@pytest.mark.parametrize(
    "token_ids",
    [
        [],
        [5] * 95,
        [1, 2] * 47,
        list(range(65)) * 9,
        [*([1, 2, 3] * 60), 4],
        random.Random(3).choices(range(50), k=500),
        [token for row in range(40) for token in (7, row, 7, row + 1)],
    ],
)
def test_shorter_or_inexact_repeats_are_no_cycle(token_ids: list[int]) -> None:
    assert not is_cycling(token_ids)
