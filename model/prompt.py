"""From messages with pictures to the model's input: token ids in ChatML, views, and each view's place among the ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count, groupby, repeat

from PIL import Image

from model.errors import InputError, PromptTooLong
from model.images import ImageProcessor, ImageViews, View
from model.messages import DEFAULT_SYSTEM_PROMPT, Message, Picture, PromptOptions
from model.token_healing import TokenHealing, TokenIndex
from model.tokenized_text import TokenizedText
from model.tokenizer import IMAGE_PLACEHOLDER, Tokenizer

MAX_EXCESS = 4
"""Tokenising stops at this many times the limit: it takes hundreds of bytes of memory a character."""

CHARS_PER_TOKEN = 16
"""Text that fits the limit hardly ever has more characters a token; of a longer text the beginning is tried first."""


@dataclass(frozen=True)
class Prompt:
    """The model's input. `image_bounds[i]` is the [start, end) of `views[i]` in `input_ids`.

    `controls` are the positions of control tokens, image tokens excepted, unless the prompt is raw. `pictures` are the
    pictures of the views. The last `num_continued` ids are of a message that the model continues, and `healing` is how.
    """

    input_ids: tuple[int, ...]
    views: tuple[View, ...] = ()
    image_bounds: tuple[tuple[int, int], ...] = ()
    controls: tuple[int, ...] = ()
    pictures: tuple[ImageViews, ...] = ()
    num_continued: int = 0
    healing: TokenHealing | None = None

    @property
    def continued_ids(self) -> tuple[int, ...]:
        """The ids of the message that the model continues; none where it begins one."""
        return self.input_ids[len(self.input_ids) - self.num_continued :]

    @property
    def fixed_ids(self) -> tuple[int, ...]:
        """The ids without the last ones, which the model writes anew where it continues a message."""
        return self.input_ids[: len(self.input_ids) - (0 if self.healing is None else self.healing.num_tokens)]

    def with_pixels(self, views: Mapping[ImageViews, ImageViews]) -> "Prompt":
        """Return this prompt with the pictures that take the place of those of equal size without pixels."""
        pictures = tuple(views.get(picture, picture) for picture in self.pictures)
        return replace(self, views=tuple(view for picture in pictures for view in picture.views), pictures=pictures)


def _to_chatml(messages: Sequence[Message], options: PromptOptions) -> Iterator[Message]:
    """Yield the messages as ChatML turns: a system prompt first, and tools' results as the user's, as in Qwen2.5."""
    if messages[0].role != "system":
        yield Message("system", (options.system_prompt or DEFAULT_SYSTEM_PROMPT,))
    elif options.system_prompt:
        raise InputError("the system prompt is given twice: as system_prompt and as the first message")
    for role, group in groupby(messages, key=lambda message: message.role):
        if role == "tool":
            wrapped = (("<tool_response>", *message.parts, "</tool_response>") for message in group)
            yield Message("user", tuple(chain.from_iterable(wrapped)))
        else:
            yield from group


class PromptBuilder:
    """Builds prompts for one checkpoint. It keeps no state between calls, so threads may share it."""

    def __init__(self, tokenizer: Tokenizer, processor: ImageProcessor) -> None:
        self.tokenizer = tokenizer
        self.processor = processor

    @cached_property
    def _token_index(self) -> TokenIndex:
        return TokenIndex(self.tokenizer)

    def build(self, messages: Sequence[Message], options: PromptOptions) -> Prompt:
        """Return the prompt of a dialogue, up to where the model's answer begins. Nothing is ever cut.

        An assistant's last message is not closed, so that the answer continues it, unless the options say otherwise.
        Raises `PromptTooLong`, and `InputError` for two system prompts and for a raw prompt that is none.
        """
        if options.raw:
            return self._build_raw(messages, options)
        writer = PromptWriter(self.tokenizer, self.processor.image_feature_size, options.max_inp_length)
        image_ids: Iterator[int | None] = count() if self._uses_image_id(options) else repeat(None)
        *closed, last = _to_chatml(messages, options)
        if last.role != "assistant" or not options.continue_final_message:
            closed, last = [*closed, last], Message("assistant", ())
        for message in closed:
            writer.open_turn(message.role)
            self._write_parts(message, writer, image_ids, options)
            writer.close_turn()
        writer.open_answer()
        self._write_parts(last, writer, image_ids, options)
        prompt = writer.finish()
        if not prompt.num_continued:
            return prompt
        return replace(prompt, healing=TokenHealing.find(self._token_index, prompt.continued_ids))

    def _write_parts(
        self, message: Message, writer: "PromptWriter", image_ids: Iterator[int | None], options: PromptOptions
    ) -> None:
        for index, part in enumerate(message.parts):
            writer.add_text("\n" if index else "")
            if isinstance(part, str):
                writer.add_text(part)
            else:
                has_id = isinstance(part, Image.Image) or part.has_id
                writer.add_image(self._cut_views(part, options), next(image_ids) if has_id else None)

    def _build_raw(self, messages: Sequence[Message], options: PromptOptions) -> Prompt:
        """Return the text of the messages as a prompt. Image tokens in it stand for no picture."""
        writer = PromptWriter(self.tokenizer, self.processor.image_feature_size, options.max_inp_length, is_raw=True)
        for part in chain.from_iterable(message.parts for message in messages):
            if isinstance(part, TokenizedText):
                writer.add_ids(part.ids)
            elif isinstance(part, str):
                writer.add_text(part)
            else:
                raise InputError("a raw prompt takes no pictures")
        prompt = writer.finish()
        if not prompt.input_ids:
            raise InputError("the prompt is empty")
        return prompt

    def _cut_views(self, part: Image.Image | Picture, options: PromptOptions) -> ImageViews:
        picture = Picture(part) if isinstance(part, Image.Image) else part
        if isinstance(picture.image, ImageViews):
            return picture.image
        return self.processor(picture.image, picture.max_slice_nums or options.max_slice_nums)

    def _uses_image_id(self, options: PromptOptions) -> bool:
        return self.processor.use_image_id if options.use_image_id is None else options.use_image_id


class PromptWriter:
    """Collects a prompt's ids. Text between two control tokens is tokenised in one piece, as in the reference.

    In raw prompts control tokens in text are recognised. Every method may raise `PromptTooLong`, as soon as the text is
    far too long.
    """

    def __init__(
        self, tokenizer: Tokenizer, image_feature_size: int, max_inp_length: int, is_raw: bool = False
    ) -> None:
        self._tokenizer = tokenizer
        self._encode = tokenizer.encode_with_controls if is_raw else tokenizer.encode
        self._image_feature_size = image_feature_size
        self._max_inp_length = max_inp_length
        self._ids: list[int] = []
        self._text: list[str] = []
        self._views: list[View] = []
        self._bounds: list[tuple[int, int]] = []
        self._controls: list[int] = []
        self._pictures: list[ImageViews] = []
        self._answer_start: int | None = None

    def add_text(self, text: str) -> None:
        self._text.append(text)

    def add_ids(self, ids: Sequence[int]) -> None:
        self._flush()
        self._ids += ids
        self._check_excess(len(self._ids))

    def add_control(self, token: str) -> None:
        self._flush()
        self._controls.append(len(self._ids))
        self._ids.append(self._tokenizer.control_id(token))

    def open_turn(self, role: str) -> None:
        self.add_control("<|im_start|>")
        self.add_text(f"{role}\n")

    def open_answer(self) -> None:
        """Begin the model's turn. Text that is given for it is tokenised apart, as what the model writes would be."""
        self.open_turn("assistant")
        self._flush()
        self._answer_start = len(self._ids)

    def close_turn(self) -> None:
        self.add_control("<|im_end|>")
        self.add_text("\n")

    def add_image(self, image: ImageViews, image_id: int | None) -> None:
        """Add a picture: its number unless that is None, the whole view, and its slices with a newline between rows."""
        self._pictures.append(image)
        if image_id is not None:
            self.add_control("<image_id>")
            self.add_text(str(image_id))
            self.add_control("</image_id>")
        whole, *slices = image.views
        self._add_view("image", whole)
        columns = image.grid[0] if image.grid else 1
        for index, view in enumerate(slices):
            if index and index % columns == 0:
                self.add_text("\n")
            self._add_view("slice", view)

    def _add_view(self, tag: str, view: View) -> None:
        self.add_control(f"<{tag}>")
        start = len(self._ids)
        self._ids += [self._tokenizer.control_id(IMAGE_PLACEHOLDER)] * self._image_feature_size
        self._views.append(view)
        self._bounds.append((start, len(self._ids)))
        self.add_control(f"</{tag}>")

    def finish(self) -> Prompt:
        """Return the prompt of all that was added. Raises `PromptTooLong`."""
        self._flush()
        if len(self._ids) > self._max_inp_length:
            raise PromptTooLong(len(self._ids), self._max_inp_length)
        ids, views, bounds = tuple(self._ids), tuple(self._views), tuple(self._bounds)
        num_continued = 0 if self._answer_start is None else len(ids) - self._answer_start
        return Prompt(ids, views, bounds, tuple(self._controls), tuple(self._pictures), num_continued)

    def _flush(self) -> None:
        text = "".join(self._text)
        length = CHARS_PER_TOKEN * self._max_inp_length
        while length < len(text):
            self._check_excess(len(self._ids) + len(self._encode(text[:length])))
            length *= 2
        self._ids += self._encode(text)
        self._text.clear()
        self._check_excess(len(self._ids))

    def _check_excess(self, num_tokens: int) -> None:
        if num_tokens > MAX_EXCESS * self._max_inp_length:
            raise PromptTooLong(num_tokens, self._max_inp_length, is_least=True)
