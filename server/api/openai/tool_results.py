"""The results of tools, in the order of their calls: that is how the model's chat format tells them apart."""

from collections.abc import Sequence

from server.api.openai.request import (
    AssistantMessage,
    Call,
    CalledFunction,
    FunctionMessage,
    Message,
    ToolMessage,
)
from server.errors import FieldRefused

Result = ToolMessage | FunctionMessage


class OpenCalls:
    """The calls of a dialogue by id, and those of its last answer without a result, in their order and by name."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._places: dict[str | None, int] = {}
        self._open: dict[str | None, dict[int, None]] = {None: {}}

    def begin(self) -> None:
        """Begin another answer: only their ids lead to the calls before."""
        self._open = {None: {}}

    def add(self, calls: Sequence[Call]) -> None:
        for call in calls:
            place, name = len(self._names), call.function.name
            self._names.append(name)
            self._places[call.id] = place
            for key in (None, name):
                self._open.setdefault(key, {})[place] = None

    def take(self, result: Result, index: int) -> int:
        """Return the place of the call that a result belongs to. Raises `FieldRefused` where there is none."""
        call_id = result.tool_call_id if isinstance(result, ToolMessage) else None
        place = self._places.get(call_id) if call_id else next(iter(self._open.get(result.name or None, ())), None)
        if place is None:
            field = "tool_call_id" if call_id else "name" if result.name else "role"
            raise FieldRefused(
                f"messages[{index}].{field}",
                "it is the result of no call before it",
                "之前没有与之对应且尚无结果的调用",
            )
        for key in (None, self._names[place]):
            self._open.get(key, {}).pop(place, None)
        return place


def list_calls(message: AssistantMessage) -> list[CalledFunction]:
    """Return the functions that an answer calls."""
    return [call.function for call in _list_calls(message)]


def sort_results(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the results of an answer's calls in the order of the calls.

    A result belongs to the call with its id, or else, in the last answer, to the first call without a result that has
    its name, or else to the first one without a result. Messages of the assistant in a row are one answer.
    Raises `FieldRefused` for the result of a call that was not made.
    """
    calls = OpenCalls()
    keys: list[tuple[int, int]] = []
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            if index and not isinstance(messages[index - 1], AssistantMessage):
                calls.begin()
            calls.add(_list_calls(message))
        if not isinstance(message, Result):
            keys.append((index, 0))
            continue
        place = calls.take(message, index)
        first = keys[-1][0] if index and isinstance(messages[index - 1], Result) else index
        keys.append((first, place))
    return [message for _, message in sorted(zip(keys, messages, strict=True), key=lambda pair: pair[0])]


def _list_calls(message: AssistantMessage) -> list[Call]:
    legacy = [Call(message.function_call)] if message.function_call is not None else []
    return [*(message.tool_calls or []), *legacy]
