"""One turn, whatever dialect it came in: what is asked, and its way to the engine."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from PIL import Image

from model.chat import Dialogue
from model.constraint import Constraint
from model.decode import decode_base64, decode_image
from model.engine.sequence import Priority
from model.errors import InputError
from model.prompt import Picture
from model.sampling import SAMPLING_ONLY
from model.tools import Tool, ToolCall, system_text
from server.engine.async_engine import AsyncEngine
from server.errors import FieldRefused, TooManyImages
from server.request_record import current_record
from server.turn.image_fetch import PictureFetcher
from server.turn.reply import EngineReply, Reply
from server.turn.truncate import truncate_history

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class PictureSource:
    """A picture as it was sent: a file's bytes, base64, a data URL, or a URL of http or https."""

    source: bytes | str
    max_slice_nums: int | None = None


class Label(str):
    """Text beside a question that is none of its own words: what a picture is called, or how to answer."""

    __slots__ = ()


@dataclass(frozen=True)
class TurnMessage:
    """Text and pictures in the order meant. An assistant's calls of tools follow its text."""

    role: Role
    parts: tuple[str | PictureSource | Picture, ...]
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What is asked. `options` are fields of `PromptOptions` and `SamplingParams`, with `sampling`; see `options_of()`.

    Of the `tools` that the model is told of, it may call one or many (`has_many_calls`), or must (`must_call`, which
    may be of fewer). `schema` is what an answer that is no call must follow.
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
    def asked(self) -> TurnMessage | None:
        """The last message of the user."""
        return next((message for message in reversed(self.messages) if message.role == "user"), None)

    @property
    def num_turns(self) -> int:
        """Of the dialogue, this one included: each begins with a message of the user."""
        return sum(message.role == "user" for message in self.messages)

    def without_oldest(self, num_turns: int) -> "Turn":
        """Without so many of the dialogue's turns; a system message before them stays."""
        starts = [i for i, message in enumerate(self.messages) if message.role == "user"]
        if num_turns == 0:
            return self
        return replace(self, messages=(*self.messages[: starts[0]], *self.messages[starts[num_turns] :]))

    @property
    def constraint(self) -> Constraint | None:
        """None where the model is free: it is then only asked to follow the schemas of tools."""
        if self.must_call:
            return Constraint(tools=self.must_call, has_many=self.has_many_calls)
        if self.schema is not None:
            return Constraint(self.schema, self.tools, has_many=self.has_many_calls)
        if any(tool.is_strict for tool in self.tools) or (self.tools and not self.has_many_calls):
            return Constraint(tools=self.tools, is_text_allowed=True, has_many=self.has_many_calls)
        return None


def options_of(**given: Any) -> dict[str, Any]:
    """`Turn.options` from what a client set, None where it did not.

    A temperature of 0 is greedy: what only a draw uses has no effect then, and clients send it all the same. More than
    one beam is beam search, which draws nothing.
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
    max_images: int = 64
    max_image_pixels: int = 50_000_000
    max_inp_length: int = 8192
    max_new_tokens: int = 1024


class Turns:
    """The way of every turn to the engine: pictures, prompt, grammar, admission."""

    def __init__(self, engine: AsyncEngine, limits: TurnLimits, fetcher: PictureFetcher) -> None:
        self.engine = engine
        self.limits = limits
        self._fetcher = fetcher

    async def begin(self, turn: Turn, priority: Priority = Priority.LOW) -> Reply:
        """Admit a turn, before a byte of its reply. Raises `ServerError` and `InputError`."""
        return await self.admit(turn, await self.prepare(turn), priority)

    async def begin_truncated(self, turn: Turn) -> Reply:
        """The same, without the oldest turns of the dialogue where it is too long for the prompt."""
        turn = replace(turn, messages=await self.decode(turn.messages))
        dialogue, num_dropped = await truncate_history(
            lambda count: self.prepare(turn.without_oldest(count)), turn.num_turns - 1
        )
        reply = await self.admit(turn, dialogue)
        reply.num_dropped = num_dropped
        return reply

    async def prepare(self, turn: Turn) -> Dialogue:
        """What of a turn goes to the engine, which has room for it. Raises `ServerError` and `InputError`."""
        self.engine.check_room()
        self.check(turn)
        messages = _told_of_tools(await self.decode(turn.messages), turn.tools)
        dialogue = await self.engine.prepare([_msg(message) for message in messages], **turn.options)
        self.engine.check_size(dialogue)
        return dialogue

    async def admit(self, turn: Turn, dialogue: Dialogue, priority: Priority = Priority.LOW) -> Reply:
        """`dialogue` is the turn's, prepared. Raises `ServerError` and `InputError`."""
        constraint = turn.constraint
        mask = None if constraint is None else await self.engine.compile(constraint)
        stream = self.engine.submit(dialogue, priority, mask)
        if (record := current_record()) is not None:
            record.streams.append(stream)
        return EngineReply(stream, turn.tools, mask)

    def check(self, turn: Turn) -> None:
        """What can be refused before a picture is unpacked. Raises `ServerError`."""
        if turn.num_images > self.limits.max_images:
            raise TooManyImages(turn.num_images, self.limits.max_images)
        if turn.options.get("max_new_tokens", 1) > self.limits.max_new_tokens:
            raise FieldRefused("max_tokens", f"the limit is {self.limits.max_new_tokens}")
        num_ids = self.engine.tokenizer.vocab_size
        if any(not 0 <= token_id < num_ids for token_id in turn.options.get("logit_bias", ())):
            raise FieldRefused("logit_bias", f"token ids go from 0 to {num_ids - 1}")
        if turn.constraint is not None:
            _check_is_free_to_follow(turn.options)

    async def decode(self, messages: Sequence[TurnMessage]) -> tuple[TurnMessage, ...]:
        """The same with their pictures unpacked; those that are stay. Raises `ImageError` and `ImageNotFetched`."""
        working = [asyncio.ensure_future(self._part(part)) for message in messages for part in message.parts]
        try:
            parts = iter(await asyncio.gather(*working))
        finally:
            for work in working:  # where one fails, the others need not go on
                work.cancel()
        return tuple(replace(message, parts=tuple(islice(parts, len(message.parts)))) for message in messages)

    async def _part(self, part: str | PictureSource | Picture) -> str | Picture:
        """A large picture takes tens of milliseconds to decode, which would hold up the event loop."""
        if not isinstance(part, PictureSource):
            return part
        source = part.source
        if isinstance(source, str) and source[:8].lower().startswith(("http://", "https://")):
            source = await self._fetcher.fetch(source)
        image = await asyncio.to_thread(_decoded, source, self.limits.max_image_pixels)
        return Picture(image, part.max_slice_nums)


def _msg(message: TurnMessage) -> dict[str, Any]:
    """In the form of `chat(msgs=...)`."""
    content = [*message.parts, *(call.text for call in message.tool_calls)]
    return {"role": message.role, "content": content or [""]}


def _decoded(source: bytes | str, max_pixels: int) -> Image.Image:
    return decode_image(decode_base64(source) if isinstance(source, str) else source, max_pixels)


def _told_of_tools(messages: tuple[TurnMessage, ...], tools: tuple[Tool, ...]) -> tuple[TurnMessage, ...]:
    if not tools:
        return messages
    if not messages or messages[0].role != "system":
        return (TurnMessage("system", (system_text("", tools),)), *messages)
    own = "\n".join(part for part in messages[0].parts if isinstance(part, str))
    return (TurnMessage("system", (system_text(own, tools),)), *messages[1:])


def _check_is_free_to_follow(options: Mapping[str, Any]) -> None:
    """Each of these could end, or forbid to end, an answer elsewhere than where the grammar does."""
    for name in ("stop", "min_new_tokens", "num_beams"):
        if options.get(name):
            raise InputError(f"{name} cannot be combined with an answer that is held to a schema or to tool calls")
