"""Tools in Qwen2.5's chat format: listed in the system prompt, and their calls read from the answer.

Format: https://qwen.readthedocs.io/en/v2.5/framework/function_call.html
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from model.messages import DEFAULT_SYSTEM_PROMPT
from model.stopping import count_partial_match

CALL_START = "<tool_call>"
CALL_END = "</tool_call>"

NAME = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")')
ARGUMENTS = re.compile(r'\s*,\s*"arguments"\s*:\s*(?=\{)')
"""A call up to its name, and from there up to its arguments."""

# Word for word as in the format: the model was trained on them.
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

    With `is_strict` the arguments of every call follow the schema.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_strict: bool = False

    @property
    def signature(self) -> str:
        """The line of JSON that stands for the function in the system prompt."""
        function = {"name": self.name, "description": self.description, "parameters": {**self.parameters}}
        return _to_json({"type": "function", "function": function})


@dataclass(frozen=True)
class ToolCall:
    """A call of a function; `arguments` is the text of a JSON object, or the beginning of one if it was cut off."""

    name: str
    arguments: str

    @property
    def is_complete(self) -> bool:
        return _parse_object(self.arguments) is not None

    @property
    def text(self) -> str:
        """The call as the model writes it in an answer."""
        return f'{CALL_START}\n{{"name": {_to_json(self.name)}, "arguments": {self.arguments}}}\n{CALL_END}'


def write_system_prompt(prompt: str, tools: Sequence[Tool]) -> str:
    """Return the system prompt, the default one where it is empty, followed by the list of tools."""
    return "\n".join([f"{prompt or DEFAULT_SYSTEM_PROMPT}\n", HEADING, *(t.signature for t in tools), INSTRUCTION])


class ToolCallReader:
    """Splits a growing answer into text and calls of the functions `names`.

    A call that is not valid JSON, or of another function, stays text; what follows it is returned by `finish`. Of a
    call without an end there are the name and the arguments as far as they came, and nothing where there is no name.
    White space between text and calls is dropped.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._held = ""
        self._has_call = False
        self.is_cut_off = False
        """Whether the answer ended within a call."""

    def add(self, text: str) -> list[str | ToolCall]:
        """Take the next piece of the answer and return the text and calls that are now certain, in order."""
        self._held += text
        found: list[str | ToolCall] = []
        while (start := self._held.find(CALL_START)) >= 0 and (call := self._find_call(start)) is not None:
            found += [*self._trim_text(self._held[:start].rstrip()), call[0]]
            self._held, self._has_call = self._held[call[1] :], True
        certain = start if start >= 0 else len(self._held) - count_partial_match(self._held, [CALL_START])
        certain = len(self._held[:certain].rstrip())
        found += self._trim_text(self._held[:certain])
        self._held = self._held[certain:]
        return found

    def finish(self) -> list[str | ToolCall]:
        """Return what was held back, once no more text can come."""
        found: list[str | ToolCall] = []
        end = 0
        while (start := self._held.find(CALL_START, end)) >= 0:
            if (call := self._find_call(start)) is not None:
                found += [*self._trim_text(self._held[:start].rstrip()), call[0]]
                self._held, self._has_call, end = self._held[call[1] :], True, 0
            elif _is_unfinished(body := self._held[start + len(CALL_START) :]):
                found += [*self._trim_text(self._held[:start].rstrip()), *self._read_unfinished(body)]
                self._held, self._has_call, end = "", True, 0
            else:
                end = start + len(CALL_START)
        rest, self._held = self._held, ""
        return found + (self._trim_text(rest) if rest.strip() or not self._has_call else [])

    def cut_off(self) -> list[str | ToolCall]:
        """Return what was held back of an answer that did not end by itself, without half a tag at its end."""
        self._held = self._held[: len(self._held) - count_partial_match(self._held, [CALL_START])]
        return self.finish()

    def _read_unfinished(self, body: str) -> list[ToolCall]:
        """Return the call that an answer ends in, if its function is known by then."""
        call = _parse_unfinished(body)
        is_known = call is not None and call.name in self._names
        self.is_cut_off = call is None or not is_known or not call.is_complete
        return [call] if call is not None and is_known else []

    def _trim_text(self, text: str) -> list[str | ToolCall]:
        """Return the text in a list, without the white space that follows a call; an empty list for no text."""
        if self._has_call:
            text = text.lstrip() if text.strip() else ""
        self._has_call = self._has_call and not text
        return [text] if text else []

    def _find_call(self, start: int) -> tuple[ToolCall, int] | None:
        """Return the call that begins at `start` and the index of its end, None where it is incomplete or invalid.

        The first end tag need not be the end of the call: an argument may contain one.
        """
        end = self._held.find(CALL_END, start)
        while end >= 0:
            call = _parse_call(self._held[start + len(CALL_START) : end], self._names)
            if call is not None:
                return call, end + len(CALL_END)
            end = self._held.find(CALL_END, end + 1)
        return None


def _is_unfinished(body: str) -> bool:
    """Whether what follows a start tag is a call up to the end of the text. An end tag may be part of an argument."""
    if CALL_END not in body:
        return body.lstrip()[:1] in ("", "{")
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return error.msg.startswith("Unterminated string")
    except (ValueError, RecursionError):
        return False
    return False


def _parse_unfinished(body: str) -> ToolCall | None:
    """Return the name and the arguments of a call as far as they came, None without a name."""
    if (name := NAME.match(body)) is None:
        return None
    try:
        text = json.loads(name[1])
    except ValueError:
        return None
    opening = ARGUMENTS.match(body, name.end())
    return ToolCall(text, "" if opening is None else _cut_object(body[opening.end() :]))


def _cut_object(text: str) -> str:
    """Return the JSON object that the text begins with, or all of the text if it has no end."""
    try:
        _, end = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text)
    except (ValueError, RecursionError):
        return text
    return text[:end]


def _parse_call(text: str, names: Collection[str]) -> ToolCall | None:
    match _parse_object(text):
        case {"name": str(name), "arguments": dict(arguments)} if name in names:
            return ToolCall(name, _to_json(arguments))
    return None


def _parse_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
