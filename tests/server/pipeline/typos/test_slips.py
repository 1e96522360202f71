import pytest

from server.pipeline.typos import slips
from server.pipeline.typos.slips import compute_slip_cost


@pytest.mark.parametrize(
    ("typed", "meant", "distance", "cost"),
    [
        ("price", "price", 0, 0.0),
        ("adress", "address", 1, slips.DOUBLED),
        ("boxx", "box", 1, slips.DOUBLED),
        ("waht", "what", 1, slips.SWAPPED),
        ("oder", "order", 1, slips.LEFT_OUT),
        ("inclueded", "included", 1, slips.ADDED),
        ("monstera", "monster", 1, slips.ADDED_AT_THE_END),
        ("seperate", "separate", 1, slips.OTHER_VOWEL),
        ("prixe", "price", 1, slips.NEIGHBOUR_KEY),
        ("prime", "price", 1, slips.OTHER_LETTER),
        ("baterry", "battery", 2, 2 * slips.DOUBLED),
        ("tommorow", "tomorrow", 2, 2 * slips.DOUBLED),
        ("guarentie", "guarantee", 2, slips.TWO_VOWELS),
        ("websight", "weight", 2, slips.TWO_SLIPS),
        ("trice", "price", 1, slips.OTHER_LETTER + slips.FIRST_LETTER),
        ("rder", "order", 1, slips.LEFT_OUT + slips.FIRST_LETTER),
    ],
)
def test_a_slip_costs_what_its_kind_costs(typed: str, meant: str, distance: int, cost: float) -> None:
    assert compute_slip_cost(typed, meant, distance) == pytest.approx(cost)


def test_the_first_two_letters_may_be_swapped() -> None:
    assert compute_slip_cost("rfee", "free", 1) == pytest.approx(slips.SWAPPED)


def test_one_slip_is_likelier_than_two() -> None:
    assert compute_slip_cost("pirce", "price", 1) < compute_slip_cost("porcel", "parcel", 2) < slips.TWO_SLIPS
    assert slips.DOUBLED < slips.SWAPPED < slips.LEFT_OUT < slips.ADDED < slips.TWO_SLIPS
