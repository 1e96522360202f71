"""From OpenAI's request to a turn."""

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
from server.errors import FieldRefused
from server.turn.turn import PictureSource, Turn, TurnMessage, options_of


def turn_of(request: ChatRequest) -> Turn:
    """Raises `FieldRefused` for what the fields say together."""
    tools = _tools(request.tools or [])
    must_call = _must_call(request, tools)
    return Turn(
        messages=tuple(map(_message, _in_order(request.messages))),
        options=_options(request),
        tools=() if request.tool_choice == "none" else tools,
        must_call=must_call,
        has_many_calls=request.parallel_tool_calls is not False and not isinstance(request.tool_choice, NamedChoice),
        schema=_schema(request),
    )


def _options(request: ChatRequest) -> dict[str, Any]:
    """What is not set is the model's own: temperature 0.7, top_p 0.8, top_k 100, repetition_penalty 1.05."""
    if request.top_logprobs is not None and not request.logprobs:
        raise FieldRefused("top_logprobs", "it needs logprobs to be true")
    if request.stream_options is not None and not request.stream:
        raise FieldRefused("stream_options", "it needs stream to be true")
    return options_of(
        max_new_tokens=request.max_completion_tokens or request.max_tokens,
        min_new_tokens=request.min_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        min_p=request.min_p,
        repetition_penalty=request.repetition_penalty,
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        logit_bias=request.logit_bias,
        num_beams=request.num_beams,
        n=request.n,
        seed=request.seed,
        stop=request.stop,
        logprobs=(request.top_logprobs or 0) if request.logprobs else None,
        max_slice_nums=request.max_slice_nums,
        use_image_id=request.use_image_id,
    )


def _schema(request: ChatRequest) -> dict[str, Any] | None:
    match request.response_format:
        case ObjectFormat():
            return {**ANY_OBJECT}
        case SchemaFormat(json_schema=named):
            return named.schema
    return None


def _tools(tools: Sequence[FunctionTool]) -> tuple[Tool, ...]:
    functions = [tool.function for tool in tools]
    if len({function.name for function in functions}) < len(functions):
        raise FieldRefused("tools", "two functions have the same name")
    return tuple(Tool(f.name, f.description or "", f.parameters or {}, bool(f.strict)) for f in functions)


def _must_call(request: ChatRequest, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    match request.tool_choice:
        case NamedChoice(function=function):
            wanted = tuple(tool for tool in tools if tool.name == function.name)
        case "required":
            wanted = tools
        case _:
            return ()
    if not wanted:
        raise FieldRefused("tool_choice", "the tools hold no such function")
    return wanted


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """What tools gave back in the order of their calls: the chat format has no ids. Raises `FieldRefused`."""
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
            raise FieldRefused(f"messages[{index}].tool_call_id", "no call before it has this id")
    return [message for _, message in sorted(zip(keys, messages, strict=True), key=lambda pair: pair[0])]


def _message(message: Message) -> TurnMessage:
    match message:
        case SystemMessage() | DeveloperMessage():
            return TurnMessage("system", _parts(message.content))
        case UserMessage():
            return TurnMessage("user", _parts(message.content))
        case ToolMessage():
            return TurnMessage("tool", _parts(message.content))
    calls = (ToolCall(call.function.name, call.function.arguments or "{}") for call in message.tool_calls or [])
    return TurnMessage("assistant", _parts(message.content or []), tuple(calls))


def _parts(content: str | Sequence[TextPart | ImagePart]) -> tuple[str | PictureSource, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    return tuple(part.text if isinstance(part, TextPart) else _picture(part) for part in content)


def _picture(part: ImagePart) -> PictureSource:
    is_low = part.image_url.detail == "low"
    return PictureSource(part.image_url.url, part.max_slice_nums or (1 if is_low else None))
