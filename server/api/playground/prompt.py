"""The answer of `/playground/prompt`: a prompt in segments, and the views that its pictures are cut into."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from model.chat import Dialogue
from model.images import ImageViews, View
from model.pictures.layout import Box
from model.segments import Kind, Segment, split_prompt
from model.tokenizer import Tokenizer


class PromptSegment(Struct, omit_defaults=True):
    """A text, one control token, or the image tokens of one view; `picture` and `view` are counted from 0."""

    kind: Kind
    text: str
    ids: list[int]
    num_tokens: int
    picture: int | None = None
    view: int | None = None

    @classmethod
    def of(cls, segment: Segment) -> "PromptSegment":
        ids = list(segment.ids)
        return cls(segment.kind, segment.text, ids, len(ids), segment.picture, segment.view)


class PictureView(Struct):
    """The whole picture or one slice of it, resized for the model.

    `box` is its left, top, right and bottom in pixels of the picture; `width` and `height` are after resizing. A
    slice has a `row` and a `column`, counted from 0.
    """

    kind: Literal["overview", "slice"]
    box: Box
    width: int
    height: int
    num_tokens: int
    row: int | None
    column: int | None


class PromptPicture(Struct):
    """A picture, turned as its EXIF data say. `grid` is the columns and rows of its slices, null if it has none."""

    width: int
    height: int
    num_tokens: int
    grid: tuple[int, int] | None
    views: list[PictureView]


class WrittenPrompt(Struct, omit_defaults=True):
    """A prompt. The texts of its segments, joined, are its text, and their ids its ids."""

    num_tokens: int
    segments: list[PromptSegment]
    pictures: list[PromptPicture]
    trace: list[dict[str, Any]] | None = None


def write_prompt(dialogue: Dialogue, tokenizer: Tokenizer) -> WrittenPrompt:
    """Return the prompt of a dialogue. It takes some 10 ms for a long one, so call it in a thread."""
    prompt = dialogue.prompt
    segments = [PromptSegment.of(segment) for segment in split_prompt(prompt, tokenizer)]
    num_tokens = {(each.picture, each.view): each.num_tokens for each in segments if each.kind == "image"}
    pictures = [
        _write_picture(picture, [num_tokens[i, j] for j in range(len(picture.views))])
        for i, picture in enumerate(prompt.pictures)
    ]
    return WrittenPrompt(len(prompt.input_ids), segments, pictures)


def _write_picture(picture: ImageViews, num_tokens: Sequence[int]) -> PromptPicture:
    """Return a picture; `num_tokens` has an entry for each of its views."""
    columns = picture.grid[0] if picture.grid else 1
    places = [(None, None), *(divmod(index, columns) for index in range(len(picture.views) - 1))]
    views = [_write_view(*each) for each in zip(picture.views, num_tokens, places, strict=True)]
    return PromptPicture(*picture.size, sum(num_tokens), picture.grid, views)


def _write_view(view: View, num_tokens: int, place: tuple[int | None, int | None]) -> PictureView:
    """Return a view; `place` is its row and its column, which the overview does not have."""
    return PictureView("overview" if place[0] is None else "slice", view.box, *view.size, num_tokens, *place)
