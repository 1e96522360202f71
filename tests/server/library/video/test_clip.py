"""Clips as parts of a message, and what a client is told of them."""

import pytest

from server.library.readers.video.records import ClipFrame
from server.library.video.clip import Clip, choose_slices, describe_clips
from server.turn.pictures import PictureSource


def make(num_frames: int, **given: object) -> Clip:
    frames = tuple(ClipFrame(float(i), 64, 48, bytes([i])) for i in range(num_frames))
    return Clip(frames, float(num_frames), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("num_frames", "expected"), [(1, 2), (16, 2), (17, 1), (64, 1)])
def test_few_frames_are_sliced(num_frames: int, expected: int) -> None:
    assert choose_slices(num_frames) == expected


def test_frames_are_pictures_with_their_times() -> None:
    pictures = make(2, max_slice_nums=2).pictures
    assert pictures == (PictureSource(b"\0", 2, 0.0), PictureSource(b"\1", 2, 1.0))
    assert all(picture.is_frame for picture in pictures)
    assert not PictureSource(b"\0").is_frame


def test_thinning_out_says_why() -> None:
    clip = make(10, reason="limit").thin_out(5)
    assert (clip.times_s, clip.reason) == ([1.0, 3.0, 5.0, 7.0, 9.0], "budget")
    assert make(3).thin_out(3) == make(3)


def test_what_a_client_is_told() -> None:
    assert describe_clips([]) is None
    assert describe_clips([make(2)]) == {"frames": 2, "times": [0.0, 1.0], "duration": 2.0, "reason": None}
    both = describe_clips([make(1), make(2, reason="damaged")])
    assert both == {"frames": 3, "times": [0.0, 0.0, 1.0], "duration": 3.0, "reason": "damaged"}
