"""Which frames are chosen, against the published sampling at constant rates."""

from itertools import pairwise

import pytest

from server.library.readers.video.sampling import choose_frames, spread_evenly


def published(num_frames: int, rate: float, max_frames: int) -> list[int]:
    """The indices that the model's README chooses."""
    indices = list(range(0, num_frames, round(rate)))
    if len(indices) <= max_frames:
        return indices
    gap = len(indices) / max_frames
    return [indices[int(i * gap + gap / 2)] for i in range(max_frames)]


def times_of(num_frames: int, rate: float, unit_s: float = 0.0) -> list[float]:
    times = [i / rate for i in range(num_frames)]
    return [round(time / unit_s) * unit_s for time in times] if unit_s else times


@pytest.mark.parametrize("rate", [1, 2, 5, 10, 12.5, 15, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60, 120])
@pytest.mark.parametrize("num_frames", [1, 2, 29, 30, 31, 299, 300, 301, 4500])
def test_constant_rates_give_the_published_frames(rate: float, num_frames: int) -> None:
    for unit_s in (0.0, 1 / 90000, 0.001):
        chosen = choose_frames(times_of(num_frames, rate, unit_s), num_frames / rate)
        assert spread_evenly(chosen, 64) == published(num_frames, rate, 64)


def test_a_varying_rate_is_sampled_by_time() -> None:
    still = [float(i) for i in range(10)]  # a frame a second, then 30 a second
    times = still + [10 + i / 30 for i in range(300)]
    chosen = choose_frames(times, 20.0)
    seconds = [times[index] for index in chosen]
    assert len(chosen) == pytest.approx(20, abs=2)
    assert max(later - earlier for earlier, later in pairwise(seconds)) < 1.5


def test_a_frame_that_is_shown_long_is_chosen_once() -> None:
    assert choose_frames([0.0, 10.0, 20.0], 30.0) == [0, 1, 2]
    assert choose_frames([0.0], 3600.0) == [0]


def test_a_slow_clip_keeps_changes_between_its_seconds() -> None:
    assert choose_frames([0.0, 5.0, 6.0, 7.0, 30.0], 60.0) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("times", "duration_s"), [([0.0, 0.0], 0.0), ([0.0, 1e12], 1e12), ([0.0], -1.0)])
def test_senseless_times_still_give_frames(times: list[float], duration_s: float) -> None:
    assert 0 < len(choose_frames(times, duration_s)) <= len(times)


def test_too_many_are_thinned_out_evenly() -> None:
    assert spread_evenly(range(10), 5) == [1, 3, 5, 7, 9]
    assert spread_evenly(range(3), 5) == [0, 1, 2]
    assert spread_evenly(range(3), 1) == [1]
