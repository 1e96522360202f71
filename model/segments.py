"""A prompt split for display: its text, its control tokens, and its runs of image tokens, in order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from model.prompt import Prompt
from model.tokenized_text import TokenizedText
from model.tokenizer import Tokenizer

Kind = Literal["text", "control", "image"]


@dataclass(frozen=True)
class Segment:
    """A piece of text, one control token, or the image tokens of one view.

    `picture` is an index into `Prompt.pictures`, `view` one into that picture's views; None where it is not an image.
    """

    kind: Kind
    ids: tuple[int, ...]
    text: str
    picture: int | None = None
    view: int | None = None


def split_prompt(prompt: Prompt, tokenizer: Tokenizer) -> list[Segment]:
    """Return the segments of the whole prompt: their ids, joined, are `input_ids`, and their texts its text."""
    spans = sorted((*_control_spans(prompt), *_image_spans(prompt)), key=lambda span: span.start)
    return [_make_segment(span, prompt, tokenizer) for span in _fill_with_text(spans, len(prompt.input_ids))]


@dataclass(frozen=True)
class _Span:
    """[start, end) of `input_ids`."""

    kind: Kind
    start: int
    end: int
    picture: int | None = None
    view: int | None = None


def _control_spans(prompt: Prompt) -> Iterator[_Span]:
    return (_Span("control", position, position + 1) for position in prompt.controls)


def _image_spans(prompt: Prompt) -> Iterator[_Span]:
    indices = ((i, j) for i, picture in enumerate(prompt.pictures) for j in range(len(picture.views)))
    for (start, end), (picture, view) in zip(prompt.image_bounds, indices, strict=True):
        yield _Span("image", start, end, picture, view)


def _fill_with_text(spans: Iterable[_Span], length: int) -> Iterator[_Span]:
    """Yield the spans, and spans of text for the gaps before, between and after them."""
    end = 0
    for span in (*spans, _Span("text", length, length)):
        if span.start > end:
            yield _Span("text", end, span.start)
        if span.end > span.start:
            yield span
        end = span.end


def _make_segment(span: _Span, prompt: Prompt, tokenizer: Tokenizer) -> Segment:
    ids = prompt.input_ids[span.start : span.end]
    return Segment(span.kind, ids, TokenizedText.decode(ids, tokenizer), span.picture, span.view)
