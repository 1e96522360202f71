"""Tools in Qwen2.5's chat format: how the model is told of them, and how its calls are found in its answer.

Format: https://qwen.readthedocs.io/en/v2.5/framework/function_call.html
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from model.prompt import DEFAULT_SYSTEM_PROMPT

OPEN = "<tool_call>"
CLOSE = "</tool_call>"

# The words are the format's: models were trained on them.
HEADING = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>"""
INSTRUCTION = """</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>"""


@dataclass(frozen=True)
class Tool:
    """A function that the model may call; `parameters` is the JSON schema of its arguments, an object.

    The arguments of a `is_strict` one follow the schema whenever it is called.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_strict: bool = False

    @property
    def signature(self) -> str:
        function = {"name": self.name, "description": self.description, "parameters": {**self.parameters}}
        return _dumped({"type": "function", "function": function})


@dataclass(frozen=True)
class ToolCall:
    """`arguments` is the text of a JSON object."""

    name: str
    arguments: str

    @property
    def text(self) -> str:
        """As it stands in an answer."""
        return f'{OPEN}\n{{"name": {_dumped(self.name)}, "arguments": {self.arguments}}}\n{CLOSE}'


def system_text(text: str, tools: Sequence[Tool]) -> str:
    """A system prompt, empty for the default one, that tells of the tools."""
    return "\n".join([f"{text or DEFAULT_SYSTEM_PROMPT}\n", HEADING, *(t.signature for t in tools), INSTRUCTION])


class ToolCallReader:
    """Takes calls of `names` out of an answer as it grows. What is no sound call of one of them stays text.

    White space between text and calls belongs to neither. What follows an unsound call comes at the end.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._held = ""
        self._has_call = False

    def add(self, text: str) -> list[str | ToolCall]:
        """What has become certain, in order."""
        self._held += text
        found: list[str | ToolCall] = []
        while (start := self._held.find(OPEN)) >= 0 and (call := self._complete_call(start)) is not None:
            found += [*self._text(self._held[:start].rstrip()), call[0]]
            self._held, self._has_call = self._held[call[1] :], True
        certain = start if start >= 0 else len(self._held) - _num_undecided(self._held)
        certain = len(self._held[:certain].rstrip())
        found += self._text(self._held[:certain])
        self._held = self._held[certain:]
        return found

    def finish(self) -> list[str | ToolCall]:
        """What was held back, once nothing more can come."""
        rest, self._held = self._held, ""
        return self._text(rest) if rest.strip() or not self._has_call else []

    def _text(self, text: str) -> list[str | ToolCall]:
        if self._has_call:  # what stands between a call and the text after it
            text = text.lstrip() if text.strip() else ""
        self._has_call = self._has_call and not text
        return [text] if text else []

    def _complete_call(self, start: int) -> tuple[ToolCall, int] | None:
        """The call that begins at `start` and where it ends. An argument may itself hold the closing tag."""
        end = self._held.find(CLOSE, start)
        while end >= 0:
            call = _parse(self._held[start + len(OPEN) : end], self._names)
            if call is not None:
                return call, end + len(CLOSE)
            end = self._held.find(CLOSE, end + 1)
        return None


def _parse(text: str, names: Collection[str]) -> ToolCall | None:
    try:
        call = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    match call:
        case {"name": str(name), "arguments": dict(arguments)} if name in names:
            return ToolCall(name, _dumped(arguments))
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _num_undecided(text: str) -> int:
    """Length of the longest end of the text that begins the opening tag."""
    return next((n for n in range(min(len(OPEN) - 1, len(text)), 0, -1) if OPEN.startswith(text[-n:])), 0)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
