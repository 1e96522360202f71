"""How many frames a prompt has room for."""

from collections.abc import Sequence
from dataclasses import replace

from model.images import ImageProcessor
from server.library.video.clip import Clip, choose_slices

NUM_MARKERS = 2
"""The tokens around those of a view, and at most so many for a new line after it."""


def fit_clips(clips: Sequence[Clip], num_tokens: int, processor: ImageProcessor) -> list[Clip] | None:
    """Return the clips with as many of their frames as take `num_tokens` at most; None if none fits of one of them.

    All keep the same number of frames, or as many as they have. Slices are left out before frames are.
    """
    for max_frames in range(max(clip.num_frames for clip in clips), 0, -1):
        thinned = [clip.thin_out(max_frames) for clip in clips]
        for max_slice_nums in range(choose_slices(sum(clip.num_frames for clip in thinned)), 0, -1):
            fitted = [replace(clip, max_slice_nums=max_slice_nums) for clip in thinned]
            if sum(count_tokens(clip, processor) for clip in fitted) <= num_tokens:
                return fitted
    return None


def count_tokens(clip: Clip, processor: ImageProcessor) -> int:
    """Return how many tokens of a prompt the frames take at most."""
    first = clip.frames[0]
    num_views = len(processor.lay_out((first.width, first.height), clip.max_slice_nums).views)
    return clip.num_frames * num_views * (processor.image_feature_size + NUM_MARKERS + 1)
