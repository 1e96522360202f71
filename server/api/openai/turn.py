"""The turn that a request in OpenAI's dialect asks for."""

from collections.abc import Sequence
from typing import Any

from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.api.openai.request import (
    AssistantMessage,
    ChatRequest,
    DeveloperMessage,
    FunctionTool,
    ImagePart,
    Message,
    NamedChoice,
    ObjectFormat,
    SchemaFormat,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
)
from server.api.turn_options import read_logprobs, read_options
from server.errors import FieldRefused
from server.turn.turn import PictureSource, Turn, TurnMessage, build_options

RENAMED = {
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "min_tokens": "min_new_tokens",
}
"""Parameters that the model has under another name. All others of `ChatRequest` have the model's own."""


def build_turn(request: ChatRequest) -> Turn:
    """Return the turn. Raises `FieldRefused` for fields that do not fit together."""
    tools = _read_tools(request.tools or [])
    must_call = _find_tools_to_call(request, tools)
    return Turn(
        messages=tuple(map(_read_message, _sort_tool_messages(request.messages))),
        options=_read_options(request),
        tools=() if request.tool_choice == "none" else tools,
        must_call=must_call,
        has_many_calls=request.parallel_tool_calls is not False and not isinstance(request.tool_choice, NamedChoice),
        schema=_find_schema(request),
    )


def _read_options(request: ChatRequest) -> dict[str, Any]:
    logprobs = read_logprobs(request.logprobs, request.top_logprobs)
    if request.stream_options is not None and not request.stream:
        raise FieldRefused("stream_options", "it needs stream to be true", "需要同时设置 stream 为 true")
    return build_options(**{**read_options(request, RENAMED), "logprobs": logprobs})


def _find_schema(request: ChatRequest) -> dict[str, Any] | None:
    match request.response_format:
        case ObjectFormat():
            return {**ANY_OBJECT}
        case SchemaFormat(json_schema=named):
            return named.schema
    return None


def _read_tools(tools: Sequence[FunctionTool]) -> tuple[Tool, ...]:
    functions = [tool.function for tool in tools]
    if len({function.name for function in functions}) < len(functions):
        raise FieldRefused("tools", "two functions have the same name", "有两个函数同名")
    return tuple(Tool(f.name, f.description or "", f.parameters or {}, bool(f.strict)) for f in functions)


def _find_tools_to_call(request: ChatRequest, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Return the tools of which the answer must call one; none where it is free to answer."""
    match request.tool_choice:
        case NamedChoice(function=function):
            wanted = tuple(tool for tool in tools if tool.name == function.name)
        case "required":
            wanted = tools
        case _:
            return ()
    if not wanted:
        raise FieldRefused("tool_choice", "the tools hold no such function", "tools 里没有这个函数")
    return wanted


def _sort_tool_messages(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the results of tools in the order of their calls: the model's chat format has no ids.

    Raises `FieldRefused` for the result of a call that the last answer did not make.
    """
    places: dict[str, int] = {}
    keys: list[tuple[int, int]] = []
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            places = {call.id: place for place, call in enumerate(message.tool_calls or [])}
        if not isinstance(message, ToolMessage):
            keys.append((index, 0))
        elif message.tool_call_id in places:
            first = keys[-1][0] if isinstance(messages[index - 1], ToolMessage) else index
            keys.append((first, places[message.tool_call_id]))
        else:
            raise FieldRefused(
                f"messages[{index}].tool_call_id", "no call before it has this id", "之前没有 id 与之相同的调用"
            )
    return [message for _, message in sorted(zip(keys, messages, strict=True), key=lambda pair: pair[0])]


def _read_message(message: Message) -> TurnMessage:
    match message:
        case SystemMessage() | DeveloperMessage():
            return TurnMessage("system", _read_parts(message.content))
        case UserMessage():
            return TurnMessage("user", _read_parts(message.content))
        case ToolMessage():
            return TurnMessage("tool", _read_parts(message.content))
    calls = (ToolCall(call.function.name, call.function.arguments or "{}") for call in message.tool_calls or [])
    return TurnMessage("assistant", _read_parts(message.content or []), tuple(calls))


def _read_parts(content: str | Sequence[TextPart | ImagePart]) -> tuple[str | PictureSource, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    return tuple(part.text if isinstance(part, TextPart) else _read_picture(part) for part in content)


def _read_picture(part: ImagePart) -> PictureSource:
    is_low = part.image_url.detail == "low"
    return PictureSource(part.image_url.url, part.max_slice_nums or (1 if is_low else None))
