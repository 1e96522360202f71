"""What a prompt is made from: messages with pictures, and options. Imports neither torch nor transformers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta
from PIL import Image

from model.errors import InputError
from model.options import MAX_INP_LENGTH

if TYPE_CHECKING:
    from model.images import ImageViews

DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."
MAX_SLICES = 64
ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Picture:
    """A picture with its own limit of slices, which goes before `PromptOptions.max_slice_nums`, or cut into views.

    Without `has_id` it gets no number in the prompt, as frames of a clip do not.
    """

    image: "Image.Image | ImageViews"
    max_slice_nums: int | None = None
    has_id: bool = True


Part = str | Image.Image | Picture


@dataclass(frozen=True)
class Message:
    """One message: text and pictures in order. `role` is one of `ROLES`; a `tool` message is a function's result."""

    role: str
    parts: tuple[Part, ...]


MaxSliceNums = Annotated[int, Meta(ge=1, le=MAX_SLICES)]
"""A picture is cut into at most this many slices beside its overview; 1 is the overview alone."""


class PromptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How messages become a prompt. None means the checkpoint's own setting.

    An empty `system_prompt` is `DEFAULT_SYSTEM_PROMPT`; it may only be set where the first message is not a system
    message. `max_inp_length` is in tokens; its default is the reference's. With `continue_final_message` the answer
    goes on where an assistant's last message ends; without it, that message is closed and an answer begins. With `raw`
    the text of the messages is the prompt as it is: no roles, no system prompt, no pictures, and control tokens in it
    are control tokens.
    """

    system_prompt: str = ""
    max_inp_length: Annotated[int, Meta(ge=1)] = MAX_INP_LENGTH
    max_slice_nums: MaxSliceNums | None = None
    use_image_id: bool | None = None
    continue_final_message: bool = True
    raw: bool = False

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "PromptOptions":
        """Check options given by name; None stands for the default. Raises `InputError` for a value out of range."""
        try:
            return msgspec.convert({name: value for name, value in given.items() if value is not None}, cls)
        except msgspec.ValidationError as error:
            raise InputError(f"prompt options: {error}") from error


def parse_messages(msgs: Any, image: Any = None) -> list[Message]:
    """Check messages of the form `[{"role", "content"}, ...]`, and put `image` before the first of the user's.

    Raises `InputError` that names the message and the cause.
    """
    if not isinstance(msgs, Sequence) or isinstance(msgs, str) or not msgs:
        raise InputError("msgs must be a list with at least one message")
    messages = [_parse_message(index, msg) for index, msg in enumerate(msgs)]
    if image is not None:
        _insert_image(messages, image)
    return messages


def _insert_image(messages: list[Message], image: Any) -> None:
    if not isinstance(image, Image.Image):
        raise InputError(f"image has the type {type(image).__name__}; it must be a PIL image")
    index = next((i for i, message in enumerate(messages) if message.role == "user"), 0)
    messages[index] = Message(messages[index].role, (image, *messages[index].parts))


def _parse_message(index: int, msg: Any) -> Message:
    if not isinstance(msg, dict) or set(msg) != {"role", "content"}:
        raise InputError(f"msgs[{index}] must be a dict with exactly the keys role and content")
    if msg["role"] not in ROLES:
        raise InputError(f"msgs[{index}] has the role {msg['role']!r}; it must be one of {', '.join(ROLES)}")
    content = msg["content"]
    parts = content if isinstance(content, list | tuple) else [content]
    return Message(msg["role"], tuple(_parse_part(index, part) for part in parts))


def _parse_part(index: int, part: Any) -> Part:
    if isinstance(part, Picture) and not 1 <= (part.max_slice_nums or 1) <= MAX_SLICES:
        raise InputError(
            f"a picture of msgs[{index}] has max_slice_nums {part.max_slice_nums}; it goes to {MAX_SLICES}"
        )
    if isinstance(part, str | Image.Image | Picture):
        return part
    raise InputError(f"a part of msgs[{index}] has the type {type(part).__name__}; it must be a string or a PIL image")
