"""A prompt for people to read: its text, its control tokens, and the runs of image tokens, in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from model.prompt import Prompt
from model.tokenizer import Tokenizer

Kind = Literal["text", "control", "image"]


@dataclass(frozen=True)
class Segment:
    """`ids` in a row: a piece of text, one control token, or the image tokens of one view.

    `picture` and `view` say which: of `Prompt.pictures`, and of that picture's views.
    """

    kind: Kind
    ids: tuple[int, ...]
    text: str
    picture: int | None = None
    view: int | None = None


def segments_of(prompt: Prompt, tokenizer: Tokenizer) -> list[Segment]:
    """All of the prompt: the ids joined are `input_ids`, and the texts joined are its text."""
    marks = sorted((*_controls(prompt), *_images(prompt)), key=lambda mark: mark.start)
    return [_segment(mark, prompt, tokenizer) for mark in _with_text(marks, len(prompt.input_ids))]


@dataclass(frozen=True)
class _Mark:
    """[start, end) of `input_ids`."""

    kind: Kind
    start: int
    end: int
    picture: int | None = None
    view: int | None = None


def _controls(prompt: Prompt) -> Iterator[_Mark]:
    return (_Mark("control", position, position + 1) for position in prompt.controls)


def _images(prompt: Prompt) -> Iterator[_Mark]:
    places = ((i, j) for i, picture in enumerate(prompt.pictures) for j in range(len(picture.views)))
    for (start, end), (picture, view) in zip(prompt.image_bounds, places, strict=True):
        yield _Mark("image", start, end, picture, view)


def _with_text(marks: Iterable[_Mark], length: int) -> Iterator[_Mark]:
    """Text is what lies between."""
    end = 0
    for mark in (*marks, _Mark("text", length, length)):
        if mark.start > end:
            yield _Mark("text", end, mark.start)
        if mark.end > mark.start:
            yield mark
        end = mark.end


def _segment(mark: _Mark, prompt: Prompt, tokenizer: Tokenizer) -> Segment:
    ids = prompt.input_ids[mark.start : mark.end]
    return Segment(mark.kind, ids, _text(ids, tokenizer), mark.picture, mark.view)


def _text(ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """With control tokens, which a decoder of answers leaves out."""
    return b"".join(map(tokenizer.token_bytes, ids)).decode(errors="replace")
