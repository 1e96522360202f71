"""What `/playground/prompt` answers: a prompt in segments, and what its pictures were cut into."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from model.chat import Dialogue
from model.images import Box, ImageViews, View
from model.segments import Kind, Segment, split_prompt
from model.tokenizer import Tokenizer


class PromptSegment(Struct, omit_defaults=True):
    """Text, one control token, or the image tokens of the `view` of the `picture`, both counted from 0."""

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
    """`box` is left, top, right and bottom, in pixels of the picture as it was sent; `width` and `height` are those
    that the model gets. `row` and `column` are a slice's, counted from 0.
    """

    kind: Literal["overview", "slice"]
    box: Box
    width: int
    height: int
    num_tokens: int
    row: int | None
    column: int | None


class PromptPicture(Struct):
    """Turned as its EXIF data say. `grid` is columns and rows of slices; null where the overview is all."""

    width: int
    height: int
    num_tokens: int
    grid: tuple[int, int] | None
    views: list[PictureView]


class WrittenPrompt(Struct, omit_defaults=True):
    """The texts of the segments joined are the prompt, and so are their ids."""

    num_tokens: int
    segments: list[PromptSegment]
    pictures: list[PromptPicture]
    trace: list[dict[str, Any]] | None = None


def written(dialogue: Dialogue, tokenizer: Tokenizer) -> WrittenPrompt:
    """Takes some 10 ms for a long prompt: in a thread."""
    prompt = dialogue.prompt
    segments = [PromptSegment.of(segment) for segment in split_prompt(prompt, tokenizer)]
    num_tokens = {(each.picture, each.view): each.num_tokens for each in segments if each.kind == "image"}
    pictures = [
        _picture(picture, [num_tokens[i, j] for j in range(len(picture.views))])
        for i, picture in enumerate(prompt.pictures)
    ]
    return WrittenPrompt(len(prompt.input_ids), segments, pictures)


def _picture(picture: ImageViews, num_tokens: Sequence[int]) -> PromptPicture:
    """`num_tokens` are those of its views."""
    columns = picture.grid[0] if picture.grid else 1
    places = [(None, None), *(divmod(index, columns) for index in range(len(picture.views) - 1))]
    views = [_view(*each) for each in zip(picture.views, num_tokens, places, strict=True)]
    return PromptPicture(*picture.size, sum(num_tokens), picture.grid, views)


def _view(view: View, num_tokens: int, place: tuple[int | None, int | None]) -> PictureView:
    """`place` is the row and the column; the overview has none."""
    return PictureView("overview" if place[0] is None else "slice", view.box, *view.size, num_tokens, *place)
