"""From messages with pictures to the model's input: ChatML ids, views, and where each view's tokens lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, groupby
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from PIL import Image

from model.errors import InputError, PromptTooLong
from model.images import ImageProcessor, ImageViews, View
from model.options import MAX_INP_LENGTH
from model.tokenizer import IMAGE_PLACEHOLDER, Tokenizer

DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."

MAX_EXCESS = 4
"""A prompt so many times too long is read no further: tokenising takes hundreds of bytes for each character."""

CHARACTERS = 16
"""For each token of the limit, as many as hardly a text that fits has; a longer one is tried by its beginning."""

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Picture:
    """A picture with a limit of its own, where a prompt's pictures differ in it."""

    image: Image.Image
    max_slice_nums: int | None = None


Part = str | Image.Image | Picture

MaxSliceNums = Annotated[int, Meta(ge=1)]
"""A picture is cut into at most this many slices beside its overview; 1 is the overview alone."""


@dataclass(frozen=True)
class Message:
    """One turn of one side: text and pictures in the order meant. A `tool` says what a function gave back."""

    role: str
    parts: tuple[Part, ...]


class PromptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How messages become a prompt. None means the checkpoint's own setting.

    `system_prompt` is for messages that do not begin with a system message of their own.
    """

    system_prompt: str = ""
    max_inp_length: Annotated[int, Meta(ge=1)] = MAX_INP_LENGTH
    max_slice_nums: MaxSliceNums | None = None
    use_image_id: bool | None = None

    @classmethod
    def checked(cls, given: dict[str, Any]) -> "PromptOptions":
        """Raises `InputError` for a value out of range; None stands for the default."""
        try:
            return msgspec.convert({name: value for name, value in given.items() if value is not None}, cls)
        except msgspec.ValidationError as error:
            raise InputError(f"prompt options: {error}") from error


@dataclass(frozen=True)
class Prompt:
    """`image_bounds[i]` is the [start, end) of `views[i]` in `input_ids`.

    `controls` are the positions of control tokens, image tokens aside. `pictures` are what the views are of.
    """

    input_ids: tuple[int, ...]
    views: tuple[View, ...] = ()
    image_bounds: tuple[tuple[int, int], ...] = ()
    controls: tuple[int, ...] = ()
    pictures: tuple[ImageViews, ...] = ()


def parse_messages(msgs: Any, image: Any = None) -> list[Message]:
    """Check the form `[{"role", "content"}, ...]`; `image` goes before the first of the user's messages.

    Raises `InputError` that names the message and what is wrong with it.
    """
    if not isinstance(msgs, Sequence) or isinstance(msgs, str) or not msgs:
        raise InputError("msgs must be a list with at least one message")
    messages = [_parse_message(index, msg) for index, msg in enumerate(msgs)]
    if messages[-1].role not in ("user", "tool"):
        raise InputError("the last message must be the user's, or what a tool gave back")
    if image is not None:
        _put_first(messages, image)
    return messages


def _put_first(messages: list[Message], image: Any) -> None:
    if not isinstance(image, Image.Image):
        raise InputError(f"image is a {type(image).__name__}; it must be a PIL image")
    index = next((i for i, message in enumerate(messages) if message.role == "user"), 0)
    messages[index] = Message(messages[index].role, (image, *messages[index].parts))


def _parse_message(index: int, msg: Any) -> Message:
    if not isinstance(msg, dict) or set(msg) != {"role", "content"}:
        raise InputError(f"msgs[{index}] must have a role and a content, and nothing else")
    if msg["role"] not in ROLES:
        raise InputError(f"msgs[{index}] has the role {msg['role']!r}; it must be one of {', '.join(ROLES)}")
    content = msg["content"]
    parts = content if isinstance(content, list | tuple) else [content]
    if not parts:
        raise InputError(f"msgs[{index}] has no content")
    return Message(msg["role"], tuple(_parse_part(index, part) for part in parts))


def _parse_part(index: int, part: Any) -> Part:
    if isinstance(part, str | Image.Image | Picture):
        return part
    raise InputError(f"msgs[{index}] holds a {type(part).__name__}; content is made of strings and PIL images")


def _chat_turns(messages: Sequence[Message], options: PromptOptions) -> Iterator[Message]:
    """As ChatML has them: the system prompt first. What tools gave back is said by the user, as in Qwen2.5."""
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
    """Writes prompts for one checkpoint. Holds no state between calls, so threads may share it."""

    def __init__(self, tokenizer: Tokenizer, processor: ImageProcessor) -> None:
        self.tokenizer = tokenizer
        self.processor = processor

    def build(self, messages: Sequence[Message], options: PromptOptions) -> Prompt:
        """Raises `PromptTooLong`, and `InputError` for two system prompts. Nothing is ever cut."""
        writer = PromptWriter(self.tokenizer, self.processor.image_feature_size, options.max_inp_length)
        image_ids = count()
        for message in _chat_turns(messages, options):
            writer.open_turn(message.role)
            for index, part in enumerate(message.parts):
                writer.text("\n" if index else "")
                if isinstance(part, str):
                    writer.text(part)
                else:
                    image_id = next(image_ids) if self._has_image_id(options) else None
                    writer.image(self._views(part, options), image_id)
            writer.close_turn()
        writer.open_turn("assistant")
        return writer.finish()

    def _views(self, part: Image.Image | Picture, options: PromptOptions) -> ImageViews:
        picture = Picture(part) if isinstance(part, Image.Image) else part
        return self.processor(picture.image, picture.max_slice_nums or options.max_slice_nums)

    def _has_image_id(self, options: PromptOptions) -> bool:
        return self.processor.use_image_id if options.use_image_id is None else options.use_image_id


class PromptWriter:
    """Collects a prompt's ids. Text between two control tokens is tokenised in one piece, as the reference's is.

    Raises `PromptTooLong`, as soon as that is plain.
    """

    def __init__(self, tokenizer: Tokenizer, image_feature_size: int, max_inp_length: int) -> None:
        self._tokenizer = tokenizer
        self._image_feature_size = image_feature_size
        self._max_inp_length = max_inp_length
        self._ids: list[int] = []
        self._text: list[str] = []
        self._views: list[View] = []
        self._bounds: list[tuple[int, int]] = []
        self._controls: list[int] = []
        self._pictures: list[ImageViews] = []

    def text(self, text: str) -> None:
        self._text.append(text)

    def control(self, token: str) -> None:
        self._flush()
        self._controls.append(len(self._ids))
        self._ids.append(self._tokenizer.control_id(token))

    def open_turn(self, role: str) -> None:
        self.control("<|im_start|>")
        self.text(f"{role}\n")

    def close_turn(self) -> None:
        self.control("<|im_end|>")
        self.text("\n")

    def image(self, image: ImageViews, image_id: int | None) -> None:
        self._pictures.append(image)
        if image_id is not None:
            self.control("<image_id>")
            self.text(str(image_id))
            self.control("</image_id>")
        whole, *slices = image.views
        self._view("image", whole)
        columns = image.grid[0] if image.grid else 1
        for index, view in enumerate(slices):
            if index and index % columns == 0:
                self.text("\n")
            self._view("slice", view)

    def _view(self, tag: str, view: View) -> None:
        self.control(f"<{tag}>")
        start = len(self._ids)
        self._ids += [self._tokenizer.control_id(IMAGE_PLACEHOLDER)] * self._image_feature_size
        self._views.append(view)
        self._bounds.append((start, len(self._ids)))
        self.control(f"</{tag}>")

    def finish(self) -> Prompt:
        self._flush()
        if len(self._ids) > self._max_inp_length:
            raise PromptTooLong(len(self._ids), self._max_inp_length)
        ids, views, bounds = tuple(self._ids), tuple(self._views), tuple(self._bounds)
        return Prompt(ids, views, bounds, tuple(self._controls), tuple(self._pictures))

    def _flush(self) -> None:
        text = "".join(self._text)
        length = CHARACTERS * self._max_inp_length
        while length < len(text):
            self._check_excess(len(self._ids) + len(self._tokenizer.encode(text[:length])))
            length *= 2
        self._ids += self._tokenizer.encode(text)
        self._text.clear()
        self._check_excess(len(self._ids))

    def _check_excess(self, num_tokens: int) -> None:
        if num_tokens > MAX_EXCESS * self._max_inp_length:
            raise PromptTooLong(num_tokens, self._max_inp_length, is_least=True)
