"""A clip as the model is shown it: frames, each with its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.library.readers.video.records import FEW_FRAMES, FEW_FRAMES_SLICES, ClipFrame, Reason
from server.library.readers.video.sampling import spread_evenly
from server.turn.pictures import PictureSource


@dataclass(frozen=True)
class Clip:
    """The frames of a clip, its length in seconds, and why there is not one frame a second.

    Each frame is cut into at most `max_slice_nums` slices.
    """

    frames: tuple[ClipFrame, ...]
    duration_s: float
    reason: Reason | None = None
    max_slice_nums: int = 1

    @property
    def num_frames(self) -> int:
        return len(self.frames)

    @property
    def times_s(self) -> list[float]:
        return [frame.time_s for frame in self.frames]

    @property
    def pictures(self) -> tuple[PictureSource, ...]:
        """The frames as parts of a message."""
        return tuple(PictureSource(frame.data, self.max_slice_nums, frame.time_s) for frame in self.frames)

    def thin_out(self, max_frames: int) -> "Clip":
        """Return this clip with at most so many frames, evenly chosen, because the prompt has no room for more."""
        if self.num_frames <= max_frames:
            return self
        return replace(self, frames=tuple(spread_evenly(self.frames, max_frames)), reason="budget")


def choose_slices(num_frames: int) -> int:
    """Return how many slices each frame of a request may have, as the model's authors advise.

    Source: https://huggingface.co/openbmb/MiniCPM-V-2_6 (README, "Chat with video").
    """
    return FEW_FRAMES_SLICES if num_frames <= FEW_FRAMES else 1


def describe_clips(clips: Sequence[Clip]) -> Mapping[str, Any] | None:
    """Return what a client is told of the clips of its request, all of them together; None where there are none."""
    if not clips:
        return None
    return {
        "frames": sum(clip.num_frames for clip in clips),
        "times": [time_s for clip in clips for time_s in clip.times_s],
        "duration": round(sum(clip.duration_s for clip in clips), 3),
        "reason": next((clip.reason for clip in clips if clip.reason), None),
    }
