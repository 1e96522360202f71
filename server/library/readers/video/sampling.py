"""Which frames of a clip the model is shown: about one a second, evenly, as its authors choose them.

Theirs takes every `round(rate)`-th frame, and of too many of these the middle ones of equal stretches. This does the
same by the frames' times, so that clips whose rate varies are right too: for a constant rate the frames are the same.

Source: `encode_video` and `uniform_sample` in https://huggingface.co/openbmb/MiniCPM-V-2_6 (README).
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

MAX_RATE = 1000.0
"""A higher rate is a mistake in the file."""

T = TypeVar("T")


def choose_frames(times_s: Sequence[float], duration_s: float) -> list[int]:
    """Return the indices of the frames that are shown at every second or so; `times_s` rises from 0.

    A frame that is shown for several seconds is chosen once.
    """
    rate = _measure_rate(len(times_s), duration_s)
    step_s = _measure_step(rate)
    # half a frame early, because times are rounded: at constant rates that is the frame nearest to each second
    early_s = 0.5 * min((later - time_s for time_s, later in pairwise(times_s)), default=0.0)
    shown = pairwise([time_s - early_s for time_s in (*times_s, max(duration_s, times_s[-1] + 1 / rate))])
    chosen = [i for i, (begin_s, end_s) in enumerate(shown) if max(math.ceil(begin_s / step_s), 0) * step_s < end_s]
    return chosen or [0]


def spread_evenly(items: Sequence[T], num_wanted: int) -> list[T]:
    """Return at most `num_wanted` of the items: those in the middle of equal stretches."""
    if len(items) <= num_wanted:
        return list(items)
    gap = len(items) / num_wanted
    return [items[int(i * gap + gap / 2)] for i in range(num_wanted)]


def _measure_rate(num_frames: int, duration_s: float) -> float:
    """Return the frames a second on average; 1 where the times make no sense."""
    rate = num_frames / duration_s if duration_s > 0 else 0.0
    return rate if 0 < rate <= MAX_RATE else 1.0


def _measure_step(rate: float) -> float:
    """Return the time between two chosen frames: a whole number of frames, a second at most for rates under 1."""
    return round(rate) / rate if rate >= 1 else 1.0
