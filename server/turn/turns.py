"""What brings turns to the engine, and what one turn may take."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from model.chat import Dialogue
from model.engine.sequence import Priority
from model.messages import Picture
from model.options import MAX_IMAGE_RATIO
from model.tools import CALL_END, CALL_START, Tool, write_system_prompt
from server.engine.async_engine import AsyncEngine
from server.errors import FieldRefused, TooManyImages
from server.request_record import current_record
from server.turn.pictures import Pictures, PictureSource, PlannedPicture
from server.turn.reply import EngineReply, Reply
from server.turn.truncate import measure_turns, truncate_history
from server.turn.turn import Turn, TurnMessage


@dataclass(frozen=True)
class TurnLimits:
    """What one turn may take; the values come from the settings of the same names.

    `max_images` counts those of the whole dialogue. `max_image_pixels` is width times height of one picture,
    `max_image_ratio` its longer side over its shorter one, and `max_picture_s` how long it may take to decode.
    `max_inp_length` and `max_new_tokens` are in tokens.
    """

    max_images: int
    max_image_pixels: int
    max_inp_length: int
    max_new_tokens: int
    max_image_ratio: int = MAX_IMAGE_RATIO
    max_picture_s: int = 20


class Turns:
    """Brings turns to the engine: plans pictures, builds the prompt, compiles the grammar, cuts views, and submits."""

    def __init__(self, engine: AsyncEngine, limits: TurnLimits, pictures: Pictures) -> None:
        self.engine = engine
        self.limits = limits
        self._pictures = pictures

    async def begin(self, turn: Turn) -> Reply:
        """Submit a turn and return its reply, admitted but not yet read. Raises `ServerError` and `InputError`.

        Turns in the background are not in the record of their request, which would keep their pictures.
        """
        turn = await self.plan(turn)
        return await self._submit(turn, await self._build(turn))

    async def begin_truncated(self, turn: Turn) -> Reply:
        """Submit a turn without the oldest turns of its dialogue if the whole is too long. Raises as `begin()` does."""
        turn = await self.plan(turn)
        dialogue, num_dropped = await truncate_history(
            lambda count: self._build(turn.without_oldest(count)), measure_turns(turn.messages)[:-1]
        )
        reply = await self._submit(turn.without_oldest(num_dropped), dialogue)
        reply.num_dropped = num_dropped
        return reply

    async def prepare(self, turn: Turn) -> Dialogue:
        """Return the prompt and the parameters of a turn, checked; its views have no pixels. Raises as `begin()`."""
        turn = await self.plan(turn)
        dialogue = await self._build(turn)
        _, lease = await self._pictures.cut(turn.planned_pictures, turn.owner)
        lease.release()
        return dialogue

    async def count_prompt(self, turn: Turn) -> int:
        """Return the number of tokens of a turn's prompt, as far as no stage adds to it. Raises as `begin()` does."""
        return len((await self._build(await self.plan(turn))).prompt.input_ids)

    async def draw_preview(self, picture: PictureSource, max_side: int, owner: str) -> bytes:
        """Return a picture as the model sees it, see `Pictures.draw_preview`."""
        return await self._pictures.draw_preview(picture, max_side, owner)

    async def plan(self, turn: Turn) -> Turn:
        """Check a turn, and return it with all pictures planned: fetched if need be, and their headers read.

        Raises `ServerError` and `InputError`.
        """
        self.check(turn)
        given = [part for message in turn.messages for part in message.parts if not isinstance(part, str)]
        planned = iter(await self._pictures.plan(given, turn.options.get("max_slice_nums"), turn.owner))
        messages = (
            replace(message, parts=tuple(part if isinstance(part, str) else next(planned) for part in message.parts))
            for message in turn.messages
        )
        return replace(turn, messages=tuple(messages)) if given else turn

    async def _build(self, turn: Turn) -> Dialogue:
        """Return the prompt of a turn whose pictures are planned, which are not decoded before it is known to fit."""
        messages = _add_tools(turn.messages, turn.tools)
        has_ended = bool(turn.messages and turn.messages[-1].tool_calls)
        options = {**turn.options, "continue_final_message": False} if has_ended else turn.options
        dialogue = await self.engine.prepare([_to_msg(message) for message in messages], turn.owner, **options)
        return _limit_stop_strings(dialogue, turn)

    async def _submit(self, turn: Turn, dialogue: Dialogue) -> Reply:
        constraint = turn.constraint
        mask = None if constraint is None else await self.engine.compile(constraint, turn.owner, dialogue.prompt)
        views, lease = await self._pictures.cut(turn.planned_pictures, turn.owner)
        try:
            dialogue = replace(dialogue, prompt=dialogue.prompt.with_pixels(views))
            priority = Priority.BACKGROUND if turn.is_background else Priority.HIGH
            stream = self.engine.submit(dialogue, priority, mask, turn.owner)
        except BaseException:
            lease.release()
            raise
        if not turn.is_background and (record := current_record()) is not None:
            record.streams.append(stream)
        return EngineReply(stream, turn.tools, mask, lease)

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


def _limit_stop_strings(dialogue: Dialogue, turn: Turn) -> Dialogue:
    """Return the dialogue with stop strings that act in free text only: not within a call, nor within enforced JSON."""
    constraint = turn.constraint
    if constraint is None:
        return replace(dialogue, spared=(CALL_START, CALL_END)) if turn.tools else dialogue
    if constraint.is_text_allowed:  # an answer is either text or calls
        return replace(dialogue, spared=(CALL_START,))
    return replace(dialogue, params=structs.replace(dialogue.params, stop=()))


def _to_msg(message: TurnMessage) -> dict[str, Any]:
    """Return the message in the form of `chat(msgs=...)`."""
    content = [*map(_to_part, message.parts), *(call.text for call in message.tool_calls)]
    return {"role": message.role, "content": content or [""]}


def _to_part(part: str | PictureSource | PlannedPicture) -> str | Picture:
    if isinstance(part, str):
        return part
    assert isinstance(part, PlannedPicture), "pictures are planned before the prompt is built"
    return Picture(part.outline, part.source.max_slice_nums, has_id=not part.is_frame)


def _add_tools(messages: tuple[TurnMessage, ...], tools: tuple[Tool, ...]) -> tuple[TurnMessage, ...]:
    if not tools:
        return messages
    if not messages or messages[0].role != "system":
        return (TurnMessage("system", (write_system_prompt("", tools),)), *messages)
    own = "\n".join(part for part in messages[0].parts if isinstance(part, str))
    pictures = (part for part in messages[0].parts if not isinstance(part, str))
    return (TurnMessage("system", (*pictures, write_system_prompt(own, tools))), *messages[1:])


def _check_constrainable(options: Mapping[str, Any]) -> None:
    """Refuse options that could end an answer, or keep it from ending, elsewhere than its grammar does.

    Raises `FieldRefused` under the model's name of the option.
    """
    for name in ("min_new_tokens", "num_beams", "ignore_eos"):
        if options.get(name):
            raise FieldRefused(
                name,
                "it cannot be combined with an answer that is held to a schema or to tool calls",
                "不能用于受 JSON schema 或工具调用约束的回答",
            )
