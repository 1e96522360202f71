"""The turn that a request in Anthropic's dialect asks for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import structs

from model.tools import Tool, ToolCall
from server.api.anthropic.request import (
    AnyChoice,
    Base64Source,
    ContentBlock,
    CountRequest,
    DocumentBlock,
    FileSource,
    ImageBlock,
    Message,
    MessageRequest,
    NoChoice,
    SearchResultBlock,
    TextBlock,
    TextSource,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
    URLSource,
)
from server.api.turn_options import read_options
from server.errors import FieldRefused
from server.turn.attached_file import UNNAMED, AttachedFile
from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage, build_options

RENAMED = {"max_tokens": "max_new_tokens", "stop_sequences": "stop"}
"""Parameters that the model has under another name."""

ERROR = "Error:"
"""Stands before the result of a call that failed: the model's chat format has no place for it."""

Part = str | PictureSource


def build_turn(request: CountRequest) -> Turn:
    """Return the turn. Raises `FieldRefused` for what is not supported, and for fields that do not fit together."""
    tools, choice = _read_tools(request), request.tool_choice
    is_single = choice is not None and bool(choice.disable_parallel_tool_use)
    return Turn(
        messages=tuple(_read_messages(request)),
        options=_read_options(request) if isinstance(request, MessageRequest) else {},
        tools=() if isinstance(choice, NoChoice) else tools,
        must_call=_find_tools_to_call(request, tools),
        has_many_calls=not (is_single or isinstance(choice, ToolChoice)),
        schema=_find_schema(request),
    )


def _read_options(request: MessageRequest) -> dict[str, Any]:
    """Return the parameters. `top_p: 0` and empty stop sequences are as if they were left out."""
    cleared = structs.replace(
        request,
        top_p=request.top_p or None,
        top_k=None if request.top_k is None else max(0, request.top_k),
        stop_sequences=[text for text in request.stop_sequences or [] if text] or None,
    )
    return build_options(**read_options(cleared, RENAMED))


def _find_schema(request: CountRequest) -> dict[str, Any] | None:
    config = request.output_config
    wanted = request.output_format if config is None or config.format is None else config.format
    return None if wanted is None else wanted.schema


def _read_tools(request: CountRequest) -> tuple[Tool, ...]:
    tools = request.tools or []
    for index, tool in enumerate(tools):
        if tool.type not in (None, "custom"):
            cause = f"a tool of the type {tool.type} is Anthropic's own; only those with an input_schema can be called"
            raise FieldRefused(
                f"tools[{index}].type",
                cause,
                f"类型为 {tool.type} 的工具由 Anthropic 提供，只能使用带 input_schema 的工具",
            )
    if len({tool.name for tool in tools}) < len(tools):
        raise FieldRefused("tools", "two tools have the same name", "有两个工具同名")
    return tuple(Tool(t.name, t.description or "", t.input_schema or {}, bool(t.strict)) for t in tools)


def _find_tools_to_call(request: CountRequest, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Return the tools of which the answer must call one; none where it is free to answer."""
    match request.tool_choice:
        case AnyChoice():
            wanted = tools
        case ToolChoice(name=name):
            wanted = tuple(tool for tool in tools if tool.name == name)
        case _:
            return ()
    if not wanted:
        raise FieldRefused("tool_choice", "the tools hold no such tool", "tools 里没有这个工具")
    return wanted


def _read_messages(request: CountRequest) -> Iterator[TurnMessage]:
    if request.system:
        yield TurnMessage("system", tuple(_read_parts("system", _list_blocks(request.system))))
    places: dict[str, int] = {}
    for index, message in enumerate(request.messages):
        path, blocks = f"messages[{index}].content", _list_blocks(message.content)
        _check_blocks(path, message, blocks)
        calls = [block for block in blocks if isinstance(block, ToolUseBlock)]
        places |= {call.id: len(places) + place for place, call in enumerate(calls)}
        if message.role == "assistant":
            written = (ToolCall(call.name, json.dumps(call.input or {}, ensure_ascii=False)) for call in calls)
            yield TurnMessage("assistant", tuple(_read_parts(path, blocks)), tuple(written))
        else:
            yield from _read_asked(path, message, blocks, places)


def _list_blocks(content: str | Sequence[ContentBlock] | None) -> Sequence[ContentBlock]:
    if isinstance(content, str):
        return [TextBlock(text=content)] if content else []
    return content or []


def _check_blocks(path: str, message: Message, blocks: Sequence[ContentBlock]) -> None:
    """Raise `FieldRefused` for a call that is not the assistant's, or a result that is."""
    for index, block in enumerate(blocks):
        if isinstance(block, ToolUseBlock) and message.role != "assistant":
            raise FieldRefused(f"{path}[{index}]", "only the assistant calls tools", "只有 assistant 可以调用工具")
        if isinstance(block, ToolResultBlock) and message.role != "user":
            raise FieldRefused(
                f"{path}[{index}]", "results of tools are in messages of the user", "工具的结果应放在 user 消息里"
            )


def _read_asked(
    path: str, message: Message, blocks: Sequence[ContentBlock], places: Mapping[str, int]
) -> Iterator[TurnMessage]:
    """Yield a message of the user or the system, and the results of tools in it. `places` are those of the calls."""
    for is_result, group in groupby(enumerate(blocks), key=lambda item: isinstance(item[1], ToolResultBlock)):
        items = [(f"{path}[{index}]", block) for index, block in group]
        if is_result:
            yield from _read_results(items, places)
        else:
            yield TurnMessage(message.role, tuple(part for item in items for part in _read_block(*item)))
    if not blocks:
        yield TurnMessage(message.role, ())


def _read_results(items: Sequence[tuple[str, ContentBlock]], places: Mapping[str, int]) -> Iterator[TurnMessage]:
    """Yield the results of tools in the order of their calls: the model's chat format has no ids."""
    results: list[tuple[int, TurnMessage]] = []
    for path, block in items:
        assert isinstance(block, ToolResultBlock), "all of them are"
        if block.tool_use_id not in places:
            raise FieldRefused(f"{path}.tool_use_id", "no call before it has this id", "之前没有 id 与之相同的调用")
        parts = tuple(_read_result(f"{path}.content", block))
        results.append((places[block.tool_use_id], TurnMessage("tool", parts)))
    yield from (result for _, result in sorted(results, key=itemgetter(0)))


def _read_result(path: str, block: ToolResultBlock) -> Iterator[Part]:
    if block.is_error:
        yield ERROR
    yield from _read_parts(path, _list_blocks(block.content))


def _read_parts(path: str, blocks: Sequence[ContentBlock]) -> Iterator[Part]:
    for index, block in enumerate(blocks):
        yield from _read_block(f"{path}[{index}]", block)


def _read_block(path: str, block: ContentBlock) -> Iterator[Part]:
    """Yield the text or the picture of a block; nothing for a call, or for what a model thought."""
    match block:
        case TextBlock(text=text) if text:
            yield text
        case ImageBlock(source=source):
            if isinstance(source, FileSource):
                cause = "there are no uploaded files: send the picture itself"
                raise FieldRefused(f"{path}.source", cause, "没有上传的文件：请直接发送图片")
            yield PictureSource(source.url if isinstance(source, URLSource) else source.data)
        case DocumentBlock():
            yield _read_document(path, block)
            if block.context:
                yield block.context
        case SearchResultBlock():
            cause = "results of a search cannot be cited: send their text, or documents"
            raise FieldRefused(path, cause, "无法引用搜索结果：请发送其中的文字，或文档")


def _read_document(path: str, block: DocumentBlock) -> AttachedFile:
    match block.source:
        case Base64Source(data=data) if data:
            return AttachedFile(block.title or UNNAMED, data)
        case TextSource(data=text) if text:
            return AttachedFile(block.title or UNNAMED, text.encode("utf-8", "replace"))
    cause = "only the file itself can be sent, as base64 or as text"
    raise FieldRefused(f"{path}.source", cause, "只能以 base64 或文字发送文件本身")
