import pytest

from scripts.attacks.probe import Watched


@pytest.mark.parametrize(
    ("live_s", "gap_s", "is_well"),
    [
        ([0.01] * 100, 0.1, True),
        ([0.01] * 99 + [0.9], 0.1, True),
        ([0.01] * 99 + [1.1], 0.1, False),
        ([0.01] * 98 + [0.3, 0.3], 0.1, False),
        ([0.01] * 100, 1.1, False),
        ([], 0.0, False),
    ],
)
def test_who_was_held_up(live_s: list[float], gap_s: float, is_well: bool) -> None:
    assert Watched(live_s, gap_s).is_well is is_well


def test_what_was_seen_in_words() -> None:
    assert str(Watched([0.01, 0.02], 0.5)) == "live p99 20 ms, max 0.02 s; stream gap 0.50 s"
