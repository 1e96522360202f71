"""Words that point to what was named before."""

import pytest

from server.knowledge.references import find_place, points_back


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("the second one", (1, False)),
        ("How much is the 1st one?", (0, False)),
        ("第三款呢", (2, False)),
        ("前者", (0, True)),
        ("the latter", (-1, True)),
        ("第二个月能退吗", None),
        ("第二件半价吗", None),
        ("the second delivery", None),
        ("my first order", None),
    ],
)
def test_a_place_among_the_last_things(question: str, place: tuple[int, bool] | None) -> None:
    assert find_place(question) == place


@pytest.mark.parametrize("question", ["does it fit the §", "它多重", "这个多少钱", "and that one?", "the same in red"])
def test_what_points_back(question: str) -> None:
    assert points_back(question)


@pytest.mark.parametrize("question", ["这个§多少钱", "how much is the §", "this § please", "运费多少"])
def test_what_does_not(question: str) -> None:
    assert not points_back(question)
