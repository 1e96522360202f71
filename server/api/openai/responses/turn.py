"""The turn that a request for a response asks for."""

from collections.abc import Iterator, Sequence
from typing import Any

from model.schemas import ANY_OBJECT
from model.tools import Tool
from server.api.openai.request import ObjectFormat
from server.api.openai.responses.request import ResponseRequest, SchemaFormat, ToolChoice
from server.api.openai.responses.request import Tool as GivenTool
from server.api.turn_options import read_logprobs, read_options
from server.errors import FieldRefused
from server.request_record import current_record
from server.turn.turn import Turn, TurnMessage, build_options

RENAMED = {"max_output_tokens": "max_new_tokens"}
"""Parameters that the model has under another name."""

LOGPROBS = "message.output_text.logprobs"
IMAGE_URL = "message.input_image.image_url"

UNSUPPORTED = {
    "background": ("responses are answered at once, not in the background", "不支持后台运行，响应总是立即生成"),
    "conversation": ("conversations are not kept; name previous_response_id", "不保存会话，请用 previous_response_id"),
    "prompt": ("there are no prompt templates here", "没有提示词模板"),
}
"""Fields that are refused, and why in English and Chinese."""


def check_supported(request: ResponseRequest) -> None:
    """Raise `FieldRefused` for what the server cannot do."""
    for name, causes in UNSUPPORTED.items():
        if getattr(request, name):
            raise FieldRefused(name, *causes)
    for index, tool in enumerate(request.tools or []):
        _check_tool(index, tool)


def _check_tool(index: int, tool: GivenTool) -> None:
    if tool.type != "function":
        cause = f"{tool.type} is not offered here, only tools of the type function"
        raise FieldRefused(f"tools[{index}].type", cause, f"不提供 {tool.type}，只支持 function 类型的工具")
    if tool.name is None:
        raise FieldRefused(f"tools[{index}].name", "a function needs a name", "函数必须有名称")


def build_turn(request: ResponseRequest, messages: Sequence[TurnMessage]) -> Turn:
    """Return the turn with these messages after the instructions. Raises `FieldRefused` for fields that do not fit."""
    tools = _read_tools(request.tools or [])
    choice = request.tool_choice
    allowed = _find_allowed(choice, tools) if isinstance(choice, ToolChoice) else tools
    must_call = _find_tools_to_call(choice, allowed)
    system = (TurnMessage("system", (request.instructions,)),) if request.instructions else ()
    return Turn(
        messages=(*system, *messages),
        options=_read_options(request),
        tools=() if choice == "none" else allowed,
        must_call=must_call,
        has_many_calls=request.parallel_tool_calls is not False and not is_named(choice),
        schema=_find_schema(request),
    )


def _read_options(request: ResponseRequest) -> dict[str, Any]:
    has_logprobs = LOGPROBS in (request.include or ())
    logprobs = read_logprobs(has_logprobs, request.top_logprobs if has_logprobs else None)
    options = build_options(**{**read_options(request, RENAMED), "logprobs": logprobs})
    if (record := current_record()) is not None:
        record.field_names["logprobs"] = "include"
    return options


def _find_schema(request: ResponseRequest) -> dict[str, Any] | None:
    match request.text and request.text.format:
        case ObjectFormat():
            return {**ANY_OBJECT}
        case SchemaFormat(schema=schema):
            return schema
    return None


def _read_tools(tools: Sequence[GivenTool]) -> tuple[Tool, ...]:
    if len({tool.name for tool in tools}) < len(tools):
        raise FieldRefused("tools", "two functions have the same name", "有两个函数同名")
    return tuple(Tool(t.name or "", t.description or "", t.parameters or {}, bool(t.strict)) for t in tools)


def is_named(choice: str | ToolChoice | None) -> bool:
    """Whether the answer must be a call of one function."""
    return isinstance(choice, ToolChoice) and choice.type == "function"


def _find_allowed(choice: ToolChoice, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Return the tools that the answer may call. Raises `FieldRefused` where there is none of those named."""
    if choice.type == "function":
        if all(tool.name != choice.name for tool in tools):
            raise FieldRefused("tool_choice", "the tools hold no such function", "tools 里没有这个函数")
        return tools
    if choice.type != "allowed_tools":
        cause = f"{choice.type} is not offered here, only function and allowed_tools"
        raise FieldRefused("tool_choice.type", cause, f"不提供 {choice.type}，只支持 function 和 allowed_tools")
    names = {named.name for named in choice.tools or []}
    allowed = tuple(tool for tool in tools if tool.name in names)
    if len(allowed) < len(names) or not names:
        raise FieldRefused("tool_choice.tools", "the tools do not hold all of them", "tools 里没有其中的某些函数")
    return allowed


def _find_tools_to_call(choice: str | ToolChoice | None, allowed: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Return the tools of which the answer must call one; none where it is free to answer."""
    if isinstance(choice, ToolChoice):
        if choice.type == "function":
            return tuple(tool for tool in allowed if tool.name == choice.name)
        return allowed if choice.mode == "required" else ()
    if choice != "required":
        return ()
    if not allowed:
        raise FieldRefused("tool_choice", "there are no tools to call", "没有可以调用的工具")
    return allowed


def list_without_effect(request: ResponseRequest) -> Iterator[str]:
    """Yield the names of fields that ask for something, and have no effect."""
    effort = (request.reasoning or {}).get("effort")
    if effort not in (None, "none") or any(
        value for name, value in (request.reasoning or {}).items() if name != "effort"
    ):
        yield "reasoning"
    if request.text is not None and request.text.verbosity not in (None, "medium"):
        yield "text.verbosity"
    if request.max_tool_calls is not None:
        yield "max_tool_calls"
    if request.service_tier not in (None, "auto", "default"):
        yield "service_tier"
    if request.stream_options is not None and request.stream_options.include_obfuscation:
        yield "stream_options.include_obfuscation"
    if request.top_logprobs and LOGPROBS not in (request.include or ()):
        yield "top_logprobs"
    yield from (f"include.{name}" for name in request.include or () if name not in (LOGPROBS, IMAGE_URL))
    if any(item.type == "reasoning" for item in request.input or () if not isinstance(item, str)):
        yield "input[].reasoning"
