"""A turn in the form that all dialects share, and its submission to the engine."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from PIL import Image

from model.chat import Dialogue
from model.constraint import Constraint
from model.decode import decode_base64, decode_image
from model.errors import InputError
from model.messages import Picture
from model.sampling import SAMPLING_ONLY
from model.tools import Tool, ToolCall, write_system_prompt
from server.engine.async_engine import AsyncEngine
from server.errors import FieldRefused, TooManyImages
from server.request_record import current_record
from server.turn.image_fetch import PictureFetcher
from server.turn.reply import EngineReply, Reply
from server.turn.truncate import truncate_history

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class PictureSource:
    """A picture as a client sent it: the bytes of a file, base64, a data URL, or an http or https URL."""

    source: bytes | str
    max_slice_nums: int | None = None


class Label(str):
    """Text that the server adds to a question, such as the name of a picture; stages do not treat it as the user's."""

    __slots__ = ()


@dataclass(frozen=True)
class TurnMessage:
    """A message with text and pictures in the order that the model sees. An assistant's tool calls follow its text."""

    role: Role
    parts: tuple[str | PictureSource | Picture, ...]
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A dialogue that waits for its next answer, with everything that decides how it is answered.

    `options` are fields of `PromptOptions` and `SamplingParams`, and `sampling`; `build_options()` makes them. The
    model may call `tools`, several at once only with `has_many_calls`. If `must_call` is not empty, the answer must be
    calls of those tools. Any other answer must follow the JSON schema `schema`, if there is one.
    """

    messages: tuple[TurnMessage, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    must_call: tuple[Tool, ...] = ()
    has_many_calls: bool = True
    schema: Mapping[str, Any] | None = None

    @property
    def num_images(self) -> int:
        return sum(not isinstance(part, str) for message in self.messages for part in message.parts)

    @property
    def question(self) -> TurnMessage | None:
        """The last message of the user."""
        return next((message for message in reversed(self.messages) if message.role == "user"), None)

    @property
    def num_turns(self) -> int:
        """The number of turns in the dialogue, this one included. Each begins with a message of the user."""
        return sum(message.role == "user" for message in self.messages)

    def without_oldest(self, num_turns: int) -> "Turn":
        """Return this turn without the first `num_turns` of its dialogue; a system message before them stays."""
        starts = [i for i, message in enumerate(self.messages) if message.role == "user"]
        if num_turns == 0:
            return self
        return replace(self, messages=(*self.messages[: starts[0]], *self.messages[starts[num_turns] :]))

    @property
    def constraint(self) -> Constraint | None:
        """What the grammar enforces; None where the model answers freely and the prompt alone describes its tools."""
        if self.must_call:
            return Constraint(tools=self.must_call, is_parallel_allowed=self.has_many_calls)
        if self.schema is not None:
            return Constraint(self.schema, self.tools, is_parallel_allowed=self.has_many_calls)
        if any(tool.is_strict for tool in self.tools) or (self.tools and not self.has_many_calls):
            return Constraint(tools=self.tools, is_text_allowed=True, is_parallel_allowed=self.has_many_calls)
        return None


def build_options(**given: Any) -> dict[str, Any]:
    """Return `Turn.options` for the parameters that a client sent; None means that it did not set one.

    Parameters that only act on a random draw are dropped at temperature 0, because clients send them all the same.
    More than one beam switches to beam search, which has no temperature.
    """
    given = {name: value for name, value in given.items() if value is not None}
    if given.get("temperature") == 0:
        given = {name: value for name, value in given.items() if name not in SAMPLING_ONLY}
    if given.get("num_beams") == 1:
        del given["num_beams"]
    if "num_beams" in given:
        given["sampling"] = False
        if given.get("temperature") == 0:
            del given["temperature"]
    return given


@dataclass(frozen=True)
class TurnLimits:
    """What one turn may take; the values come from the settings of the same names.

    `max_images` counts those of the whole dialogue. `max_image_pixels` is width times height of one picture.
    `max_inp_length` and `max_new_tokens` are in tokens.
    """

    max_images: int
    max_image_pixels: int
    max_inp_length: int
    max_new_tokens: int


class Turns:
    """Brings turns to the engine: decodes pictures, builds the prompt, compiles the grammar, and submits."""

    def __init__(self, engine: AsyncEngine, limits: TurnLimits, fetcher: PictureFetcher) -> None:
        self.engine = engine
        self.limits = limits
        self._fetcher = fetcher

    async def begin(self, turn: Turn) -> Reply:
        """Submit a turn and return its reply, admitted but not yet read. Raises `ServerError` and `InputError`."""
        return await self._submit(turn, await self.prepare(turn))

    async def begin_truncated(self, turn: Turn) -> Reply:
        """Submit a turn without the oldest turns of its dialogue if the whole is too long. Raises as `begin()` does."""
        turn = replace(turn, messages=await self.decode(turn.messages))
        dialogue, num_dropped = await truncate_history(
            lambda count: self.prepare(turn.without_oldest(count)), turn.num_turns - 1
        )
        reply = await self._submit(turn, dialogue)
        reply.num_dropped = num_dropped
        return reply

    async def prepare(self, turn: Turn) -> Dialogue:
        """Return the prompt and the parameters of a turn, checked. Raises `ServerError` and `InputError`."""
        self.check(turn)
        messages = _add_tools(await self.decode(turn.messages), turn.tools)
        return await self.engine.prepare([_to_msg(message) for message in messages], **turn.options)

    async def _submit(self, turn: Turn, dialogue: Dialogue) -> Reply:
        constraint = turn.constraint
        mask = None if constraint is None else await self.engine.compile(constraint)
        stream = self.engine.submit(dialogue, mask=mask)
        if (record := current_record()) is not None:
            record.streams.append(stream)
        return EngineReply(stream, turn.tools, mask)

    def check(self, turn: Turn) -> None:
        """Check everything that is known before a picture is decoded. Raises `ServerError` and `InputError`."""
        if turn.num_images > self.limits.max_images:
            raise TooManyImages(turn.num_images, self.limits.max_images)
        if turn.options.get("max_new_tokens", 1) > self.limits.max_new_tokens:
            raise FieldRefused(
                "max_tokens", f"the limit is {self.limits.max_new_tokens}", f"上限为 {self.limits.max_new_tokens}"
            )
        num_ids = self.engine.tokenizer.vocab_size
        if any(not 0 <= token_id < num_ids for token_id in turn.options.get("logit_bias", ())):
            raise FieldRefused(
                "logit_bias", f"token ids go from 0 to {num_ids - 1}", f"token id 的范围是 0 到 {num_ids - 1}"
            )
        if turn.constraint is not None:
            _check_constrainable(turn.options)

    async def decode(self, messages: Sequence[TurnMessage]) -> tuple[TurnMessage, ...]:
        """Return the messages with all pictures decoded, fetched first if need be; decoded ones are not copied.

        Raises `ImageError` and `ImageNotFetched`.
        """
        tasks = [asyncio.ensure_future(self._decode_part(part)) for message in messages for part in message.parts]
        try:
            parts = iter(await asyncio.gather(*tasks))
        finally:
            for task in tasks:  # where one fails, the others need not go on
                task.cancel()
        return tuple(replace(message, parts=tuple(islice(parts, len(message.parts)))) for message in messages)

    async def _decode_part(self, part: str | PictureSource | Picture) -> str | Picture:
        if not isinstance(part, PictureSource):
            return part
        source = part.source
        if isinstance(source, str) and source[:8].lower().startswith(("http://", "https://")):
            source = await self._fetcher.fetch(source)
        # in a thread: a large picture takes tens of milliseconds, which would hold up the event loop
        image = await asyncio.to_thread(_decode_picture, source, self.limits.max_image_pixels)
        return Picture(image, part.max_slice_nums)


def _to_msg(message: TurnMessage) -> dict[str, Any]:
    """Return the message in the form of `chat(msgs=...)`."""
    content = [*message.parts, *(call.text for call in message.tool_calls)]
    return {"role": message.role, "content": content or [""]}


def _decode_picture(source: bytes | str, max_pixels: int) -> Image.Image:
    return decode_image(decode_base64(source) if isinstance(source, str) else source, max_pixels)


def _add_tools(messages: tuple[TurnMessage, ...], tools: tuple[Tool, ...]) -> tuple[TurnMessage, ...]:
    if not tools:
        return messages
    if not messages or messages[0].role != "system":
        return (TurnMessage("system", (write_system_prompt("", tools),)), *messages)
    own = "\n".join(part for part in messages[0].parts if isinstance(part, str))
    return (TurnMessage("system", (write_system_prompt(own, tools),)), *messages[1:])


def _check_constrainable(options: Mapping[str, Any]) -> None:
    """Refuse options that could end an answer, or keep it from ending, elsewhere than its grammar does."""
    for name in ("stop", "min_new_tokens", "num_beams"):
        if options.get(name):
            raise InputError(f"{name} cannot be combined with an answer that is held to a schema or to tool calls")
