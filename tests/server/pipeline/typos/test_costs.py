"""The costs of words: powers of ten, the lists' own floors, and one reading for all."""

import pytest

from server.pipeline.typos.costs import (
    EVERYDAY_COUNT,
    KNOWN_COUNT,
    MAX_WORD_LENGTH,
    NUM_COUNTED,
    RARE_COST,
    SHOP_COUNT,
    compute_cost,
    read_costs,
)


def test_a_cost_is_a_power_of_ten() -> None:
    assert compute_cost(NUM_COUNTED) == 0
    assert compute_cost(NUM_COUNTED // 1000) == pytest.approx(3, abs=1e-4)


def test_the_lists_words_cost_no_more_than_their_floors() -> None:
    floors = {"亚码": KNOWN_COUNT, "什么": EVERYDAY_COUNT, "优惠券": SHOP_COUNT}
    for word, floor in floors.items():
        assert read_costs()[word] <= compute_cost(floor)


def test_counted_words_and_phrases_are_there() -> None:
    assert read_costs()["太监"] < RARE_COST
    assert max(read_costs().values()) <= compute_cost(1)
    assert "价各" not in read_costs()
    assert len("一丝不苟") == MAX_WORD_LENGTH
    assert "一丝不苟" in read_costs()


def test_they_are_read_once_and_cannot_change() -> None:
    assert read_costs() is read_costs()
    with pytest.raises(TypeError):
        read_costs()["价各"] = 1.0  # type: ignore[index]
