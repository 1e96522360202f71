"""What is asked of a clip, and what comes back: plain records."""

from typing import Literal

from msgspec import Struct

Reason = Literal["limit", "budget", "damaged", "time"]
"""Why a clip has fewer frames than one a second.

`limit`: it is longer than the most frames that may be shown. `budget`: the prompt has no room for more. `damaged`: the
rest of the file cannot be read. `time`: decoding took too long.
"""

FEW_FRAMES = 16
"""Up to so many frames of a request are cut into slices, as the model's authors advise; more are one view each."""

FEW_FRAMES_SLICES = 2


class ClipTask(Struct, frozen=True, kw_only=True):
    """Choose at most `max_frames` frames of a clip and decode them, for about `max_s` seconds at most.

    Frames are scaled down to `max_frame_pixels`, those of a clip of few frames to that for each of their slices.
    """

    max_frames: int
    max_s: float
    max_frame_pixels: int


class ReadFrame(Struct, tag=True, frozen=True):
    """Decode the next chosen frame of the clip. The first of these tasks begins; the others have the same `clip`."""

    clip: ClipTask


class ClipFrame(Struct, frozen=True):
    """A frame as a JPEG file, its size in pixels, and when it is shown, in seconds from the beginning of the clip."""

    time_s: float
    width: int
    height: int
    data: bytes


class FrameRead(Struct, tag=True, frozen=True):
    """A frame, or None behind the last one: then `duration_s` is the length of the clip, and `reason` is known."""

    frame: ClipFrame | None = None
    duration_s: float = 0.0
    reason: Reason | None = None
