"""Checking what the model is asked: the question, and the instructions around it that a client may write too.

Instructions are system messages, tools and their results, and the schema of the answer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any, Literal

from model.tools import Tool, ToolCall
from server.pipeline.moderation.json_texts import change_texts
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import Action
from server.turn.turn import Turn, TurnMessage

Kind = Literal["system", "question", "new", "earlier"]
"""What a message is; after the last answer it is new. A call of a tool is no answer yet."""


@dataclass(frozen=True)
class CheckedTurn:
    """A turn with its words masked, and the hits in its question and in its instructions."""

    turn: Turn
    question_hits: tuple[Hit, ...]
    instruction_hits: tuple[Hit, ...]
    is_refused: bool


class Masker:
    """Masks the words in texts, and collects the hits."""

    def __init__(self, moderator: Moderator) -> None:
        self.hits: list[Hit] = []
        self._moderator = moderator

    def has(self, *actions: Action) -> bool:
        """Whether there was a hit with one of these actions."""
        return any(hit.category.action in actions for hit in self.hits)

    def mask(self, text: str) -> str:
        verdict = self._moderator.check(text)
        self.hits += verdict.hits
        return verdict.text

    def mask_json(self, value: Any) -> Any:
        """Mask each name and each value by itself."""
        return change_texts(value, self.mask)

    def mask_message(self, message: TurnMessage, preface: str = "") -> TurnMessage:
        """Mask all texts of a message as the model sees them: a word may begin in one and end in the next.

        `preface` is what its first text begins with that is not the author's own.
        """
        texts = "\n".join(part for part in message.parts if isinstance(part, str))
        masked = StringIO(preface + self.mask(texts[len(preface) :]))
        parts = (_read_masked(masked, part) if isinstance(part, str) else part for part in message.parts)
        return replace(message, parts=tuple(parts), tool_calls=tuple(map(self._mask_call, message.tool_calls)))

    def mask_tool(self, tool: Tool) -> Tool:
        """Mask all but the name, by which the client knows the tool."""
        return replace(tool, description=self.mask(tool.description), parameters=self.mask_json({**tool.parameters}))

    def _mask_call(self, call: ToolCall) -> ToolCall:
        return ToolCall(self.mask(call.name), self._mask_arguments(call.arguments))

    def _mask_arguments(self, text: str) -> str:
        """Mask the text of a JSON value, which stays as it is written where nothing is masked."""
        try:
            arguments = json.loads(text)
            masked = self.mask_json(arguments)
            return text if masked == arguments else json.dumps(masked, ensure_ascii=False)
        except (ValueError, RecursionError):  # it is no JSON, or nested too deeply
            return self.mask(text)


def check_turn(turn: Turn, moderator: Moderator, preface: str, checks_instructions: bool) -> CheckedTurn:
    """Find and mask the words of a turn. `preface` is the operator's part of the system message.

    In the turns before it words are masked and not reported, also those to block: they were refused in their time.
    """
    question, instructions, earlier = (Masker(moderator) for _ in range(3))
    maskers: dict[Kind, Masker] = {"question": question, "earlier": earlier, "new": earlier}
    names = Masker(moderator)
    if checks_instructions:
        maskers |= {"system": instructions, "new": instructions}
        names.mask_json([tool.name for tool in turn.tools])
        turn = _mask_answer_form(turn, instructions)
    masked = replace(turn, messages=_mask_messages(turn, maskers, preface))
    is_refused = names.has(Action.BLOCK, Action.MASK) or question.has(Action.BLOCK) or instructions.has(Action.BLOCK)
    return CheckedTurn(masked, tuple(question.hits), (*names.hits, *instructions.hits), is_refused)


def _mask_messages(turn: Turn, maskers: Mapping[Kind, Masker], preface: str) -> tuple[TurnMessage, ...]:
    """Mask each message with the masker of its kind; those without one stay as they are."""
    masked = list(turn.messages)
    for index, kind in enumerate(_find_kinds(turn)):
        if kind in maskers:
            is_first_system = kind == "system" and index == 0
            masked[index] = maskers[kind].mask_message(masked[index], preface if is_first_system else "")
    return tuple(masked)


def _find_kinds(turn: Turn) -> Iterator[Kind]:
    """Yield the kind of each message."""
    places = list(enumerate(turn.messages))
    question = max((i for i, message in places if message.role == "user"), default=-1)
    answers = (i for i, m in places if m.role == "assistant" and not m.tool_calls and m is not turn.continued)
    last_answer = max(answers, default=-1)
    for i, message in places:
        if message.role == "system":
            yield "system"
        elif i == question:
            yield "question"
        else:
            yield "new" if i > last_answer else "earlier"


def _mask_answer_form(turn: Turn, masker: Masker) -> Turn:
    """Mask the tools and the schema, which say what the answer may hold."""
    tools = {tool.name: masker.mask_tool(tool) for tool in turn.tools}
    must_call = tuple(tools[tool.name] for tool in turn.must_call)
    schema = None if turn.schema is None else masker.mask_json({**turn.schema})
    return replace(turn, tools=tuple(tools.values()), must_call=must_call, schema=schema)


def _read_masked(masked: StringIO, part: str) -> str:
    """Read the next text, which stands for `part`, and skip the line end that joins it to the one after it.

    Where nothing is masked it is `part` itself, which may know the token ids that it was given as.
    """
    text = masked.read(len(part) + 1)[: len(part)]
    return part if text == part else text
