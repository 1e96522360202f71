"""As many frames as fit, and never more: counted on real prompts."""

import pytest

from model.images import ImageProcessor, outline_views
from model.messages import Message, Part, Picture, PromptOptions
from model.prompt import PromptBuilder
from server.library.readers.video.records import ClipFrame
from server.library.video.clip import Clip
from server.library.video.fitting import count_tokens, fit_clips
from tests.helpers.fakes import byte_tokenizer

PROCESSOR = ImageProcessor()


def make(num_frames: int, size: tuple[int, int] = (640, 480)) -> Clip:
    return Clip(tuple(ClipFrame(float(i), *size, b"") for i in range(num_frames)), float(num_frames))


def fit(clips: list[Clip], num_tokens: int) -> list[Clip]:
    fitted = fit_clips(clips, num_tokens, PROCESSOR)
    assert fitted is not None
    return fitted


def draw(clip: Clip) -> list[Part]:
    size = (clip.frames[0].width, clip.frames[0].height)
    views = outline_views(PROCESSOR.lay_out(size, clip.max_slice_nums))
    return [Picture(views, has_id=False) for _ in clip.frames]


def test_with_room_there_are_all_frames_and_slices() -> None:
    (few,) = fit([make(16)], 10_000)
    assert (few.num_frames, few.max_slice_nums, few.reason) == (16, 2, None)
    (many,) = fit([make(64)], 10_000)
    assert (many.num_frames, many.max_slice_nums) == (64, 1)


def test_slices_are_left_out_before_frames() -> None:
    (clip,) = fit([make(16)], 16 * 67)
    assert (clip.num_frames, clip.max_slice_nums, clip.reason) == (16, 1, None)


@pytest.mark.parametrize("num_tokens", [67, 200, 600, 1000, 2000, 3000, 4288])
@pytest.mark.parametrize("size", [(640, 480), (320, 240), (480, 900)])
def test_the_frames_take_what_there_is_at_most(num_tokens: int, size: tuple[int, int]) -> None:
    (clip,) = fit([make(64, size)], num_tokens)
    builder = PromptBuilder(byte_tokenizer(), PROCESSOR)
    contents: tuple[list[Part], ...] = ([*draw(clip), "x"], ["x"])
    lengths = [len(builder.build([Message("user", tuple(parts))], PromptOptions()).input_ids) for parts in contents]
    assert lengths[0] - lengths[1] <= count_tokens(clip, PROCESSOR) <= num_tokens
    assert count_tokens(clip.thin_out(1), PROCESSOR) * (clip.num_frames + 1) > num_tokens or clip.num_frames == 64


def test_clips_share_the_room() -> None:
    long, short = fit([make(30), make(4)], 20 * 67)
    assert (long.num_frames, long.reason) == (16, "budget")
    assert (short.num_frames, short.reason) == (4, None)


def test_without_room_for_one_frame_of_each_there_is_nothing() -> None:
    assert fit_clips([make(5)], 66, PROCESSOR) is None
    assert fit_clips([make(5), make(5)], 2 * 67 - 1, PROCESSOR) is None
    assert fit_clips([make(5)], -5, PROCESSOR) is None
