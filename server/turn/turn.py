"""A turn in the form that all dialects share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from model.constraint import Constraint
from model.sampling import SAMPLING_ONLY
from model.tools import Tool, ToolCall
from server.turn.pictures import PictureSource, PlannedPicture

Role = Literal["system", "user", "assistant", "tool"]
AskMode = Literal["auto", "find", "all"]
"""How a question to documents is answered: from the passages found for it, or from all of them one after another."""


class Label(str):
    """Text that the server adds to a question, such as the name of a picture; stages do not treat it as the user's."""

    __slots__ = ()


@dataclass(frozen=True)
class TurnMessage:
    """A message with text and pictures in the order that the model sees. An assistant's tool calls follow its text."""

    role: Role
    parts: tuple[str | PictureSource | PlannedPicture, ...]
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def text(self) -> str:
        """The texts of the message as the model sees them, without pictures and calls."""
        return "\n".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True)
class Turn:
    """A dialogue that waits for its next answer, with everything that decides how it is answered.

    `options` are fields of `PromptOptions` and `SamplingParams`, and `sampling`; `build_options()` makes them. The
    model may call `tools`, several at once only with `has_many_calls`. If `must_call` is not empty, the answer must be
    calls of those tools. Any other answer must follow the JSON schema `schema`, if there is one. Owners share the
    server fairly. The answer comes from the library's documents of the ids `documents`, if there are any; where it is
    bound to them, nothing else is answered. A turn `is_background` where it only prepares an answer, or nobody waits
    for it: those of clients go first.
    """

    messages: tuple[TurnMessage, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    must_call: tuple[Tool, ...] = ()
    has_many_calls: bool = True
    schema: Mapping[str, Any] | None = None
    owner: str = ""
    documents: tuple[str, ...] = ()
    ask_mode: AskMode = "auto"
    is_bound_to_documents: bool = False
    is_background: bool = False

    @property
    def is_raw(self) -> bool:
        """Whether the text is the model's whole prompt, to which nothing is added and in which nothing is corrected."""
        return bool(self.options.get("raw"))

    @property
    def num_images(self) -> int:
        """The number of pictures; frames of clips are counted by themselves."""
        return sum(not isinstance(part, str) and not part.is_frame for m in self.messages for part in m.parts)

    @property
    def frames(self) -> list[PictureSource]:
        """The frames of clips in order."""
        pictures = [part for message in self.messages for part in message.parts if not isinstance(part, str)]
        sources = (part.source if isinstance(part, PlannedPicture) else part for part in pictures)
        return [source for source in sources if source.is_frame]

    @property
    def planned_pictures(self) -> list[PlannedPicture]:
        """The pictures in order, of a turn that was planned."""
        return [part for message in self.messages for part in message.parts if isinstance(part, PlannedPicture)]

    @property
    def question(self) -> TurnMessage | None:
        """The last message of the user."""
        return next((message for message in reversed(self.messages) if message.role == "user"), None)

    @property
    def continued(self) -> TurnMessage | None:
        """The assistant's last message, where the answer is to go on from its end; calls of tools are complete."""
        last = self.messages[-1] if self.messages else None
        if last is None or last.role != "assistant" or last.tool_calls:
            return None
        return last if self.options.get("continue_final_message", True) else None

    @property
    def num_turns(self) -> int:
        """The number of turns in the dialogue, this one included. Each begins with a message of the user."""
        return sum(message.role == "user" for message in self.messages)

    def without_oldest(self, num_turns: int) -> "Turn":
        """Return this turn without the first `num_turns` of its dialogue; system messages, and what is before, stay."""
        starts = [i for i, message in enumerate(self.messages) if message.role == "user"]
        if num_turns == 0:
            return self
        system = (message for message in self.messages[starts[0] : starts[num_turns]] if message.role == "system")
        return replace(self, messages=(*self.messages[: starts[0]], *system, *self.messages[starts[num_turns] :]))

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
