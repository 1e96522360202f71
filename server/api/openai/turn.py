"""The turn that a request in OpenAI's dialect asks for."""

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.api.openai.parts import (
    Clips,
    FilePart,
    GivenFile,
    ImagePart,
    ImageURL,
    InputFilePart,
    InputImagePart,
    InputTextPart,
    OutputTextPart,
    Part,
    QwenImagePart,
    QwenVideoPart,
    RefusalPart,
    TextPart,
    Texts,
)
from server.api.openai.request import (
    AssistantMessage,
    CalledFunction,
    ChatRequest,
    DeveloperMessage,
    FunctionMessage,
    FunctionTool,
    Message,
    NamedChoice,
    ObjectFormat,
    SchemaFormat,
    StreamOptions,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from server.api.openai.tool_results import list_calls, sort_results
from server.api.turn_options import read_logprobs, read_options
from server.errors import FieldRefused
from server.turn.attached_file import UNNAMED, AttachedFile
from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage, build_options

NUM_BEAMS = 3
"""The model's own number of beams: that of `chat(sampling=False)`."""

Frames = Mapping[int, Sequence[PictureSource]]
NO_FRAMES: Frames = {}

RENAMED = {
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "min_tokens": "min_new_tokens",
    "repeat_penalty": "repetition_penalty",
}
"""Parameters that the model has under another name. All others of `ChatRequest` have the model's own."""


def list_clips(request: ChatRequest) -> list[Clips]:
    """Return the clips of all messages in order."""
    contents = (message.content for message in request.messages)
    return [part for content in contents if isinstance(content, list) for part in content if isinstance(part, Clips)]


def read_clip_source(part: Clips) -> str:
    """Return where a clip is: a URL of any kind."""
    given = part.video if isinstance(part, QwenVideoPart) else part.video_url
    return given if isinstance(given, str) else given.url


def build_turn(request: ChatRequest, frames: Frames = NO_FRAMES) -> Turn:
    """Return the turn. `frames` are those of clips by the `id` of their part; a clip that has none is left out.

    Raises `FieldRefused` for fields that do not fit together.
    """
    tools = _read_tools(request.tools or [])
    must_call = _find_tools_to_call(request, tools)
    return Turn(
        messages=tuple(_read_message(message, frames) for message in sort_results(request.messages)),
        options=_read_options(request),
        tools=() if request.tool_choice == "none" else tools,
        must_call=must_call,
        has_many_calls=request.parallel_tool_calls is not False and not isinstance(request.tool_choice, NamedChoice),
        schema=_find_schema(request),
    )


def name_max_tokens(request: ChatRequest) -> str:
    """Return the name of the field that limits the length of the answer."""
    return "max_tokens" if request.max_completion_tokens is None else "max_completion_tokens"


def list_idle_fields(request: ChatRequest) -> list[str]:
    """Return the names of known fields that have no effect beside others of the request."""
    idle = {
        "stream_options": request.stream_options not in (None, StreamOptions()) and not request.stream,
        "n": (request.n or 1) > 1 and bool(request.use_beam_search),  # these beams give one answer
    }
    return [name for name, is_idle in idle.items() if is_idle]


def _read_options(request: ChatRequest) -> dict[str, Any]:
    name = name_max_tokens(request)
    if getattr(request, name) == 0:  # unlike a completion, an answer to a dialogue is nothing without it
        raise FieldRefused(name, "it must be at least 1", "不能小于 1")
    special = {
        "logprobs": read_logprobs(request.logprobs, request.top_logprobs),
        "continue_final_message": _read_continuation(request),
        **_read_beams(request),
    }
    return build_options(**{**read_options(request, RENAMED), **special})


def _read_continuation(request: ChatRequest) -> bool | None:
    """Return False where the last message is a whole answer that another one follows, else None.

    An answer at the end is continued unless the request says otherwise, by either of two fields as in vLLM.
    """
    is_continued, is_opened = request.continue_final_message, request.add_generation_prompt
    is_answer = isinstance(request.messages[-1], AssistantMessage)
    if is_continued is not None and is_continued is is_opened:
        raise FieldRefused(
            "add_generation_prompt", "it contradicts continue_final_message", "与 continue_final_message 矛盾"
        )
    for name, wants_continuation in (
        ("continue_final_message", is_continued is True),
        ("add_generation_prompt", is_opened is False),
    ):
        if wants_continuation and not is_answer:
            raise FieldRefused(name, "the last message is not the assistant's", "最后一条消息不是 assistant 的")
    return False if is_answer and (is_continued is False or is_opened is True) else None


def _read_beams(request: ChatRequest) -> dict[str, Any]:
    """Return the number of beams and of answers. `best_of` draws no more answers than it returns.

    Raises `FieldRefused` for a `best_of` that would choose among answers.
    """
    num_best = max(request.best_of or 1, request.n or 1)
    if request.use_beam_search and request.num_beams is None:
        return {"num_beams": num_best if num_best > 1 else NUM_BEAMS, "n": None}
    if (request.best_of or 1) not in (1, request.n):
        raise FieldRefused("best_of", "every answer is returned: it can only be n", "所有回答都会返回，只能与 n 相同")
    return {}


def _find_schema(request: ChatRequest) -> dict[str, Any] | None:
    match request.response_format:
        case ObjectFormat(schema=schema):
            return {**ANY_OBJECT} if schema is None else schema
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


def _read_message(message: Message, frames: Frames) -> TurnMessage:
    parts = _read_parts(message.content, frames)
    match message:
        case SystemMessage() | DeveloperMessage():
            return TurnMessage("system", parts)
        case UserMessage():
            return TurnMessage("user", parts)
        case ToolMessage() | FunctionMessage():
            return TurnMessage("tool", parts)
    refusal = (message.refusal,) if message.refusal and not parts else ()
    return TurnMessage("assistant", (*parts, *refusal), tuple(_read_call(call) for call in list_calls(message)))


def _read_call(call: CalledFunction) -> ToolCall:
    given = call.arguments or "{}"
    return ToolCall(call.name, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))


def _read_parts(content: str | Sequence[str | Part] | None, frames: Frames) -> tuple[str | PictureSource, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    parts = (frames.get(id(p), ()) if isinstance(p, Clips) else (_read_part(p),) for p in content or ())
    return tuple(chain.from_iterable(parts))


def _read_part(
    part: str | Texts | ImagePart | InputImagePart | QwenImagePart | FilePart | InputFilePart,
) -> str | PictureSource:
    match part:
        case str():
            return part
        case TextPart(text=text) | InputTextPart(text=text) | OutputTextPart(text=text) | RefusalPart(refusal=text):
            return text
        case QwenImagePart(image=url):
            return PictureSource(url.strip(), part.max_slice_nums)
        case InputImagePart(image_url=url, detail=detail):
            image = ImageURL(url, detail)
        case FilePart(file=file):
            return read_file(file)
        case InputFilePart():
            return read_file(part)
        case ImagePart(image_url=given):
            image = ImageURL(given) if isinstance(given, str) else given
    return PictureSource(image.url.strip(), part.max_slice_nums or (1 if image.detail == "low" else None))


def read_file(file: GivenFile) -> AttachedFile:
    """Return a document that a client sent. Raises `FieldRefused` for one that it only names."""
    if file.file_id is not None:
        cause = "no files are kept here to be named by an id; send the file itself as file_data"
        raise FieldRefused("file_id", cause, "本服务不按 id 引用文件，请用 file_data 发送文件本身")
    if getattr(file, "file_url", None) is not None:
        cause = "files are not fetched; send the file itself as file_data"
        raise FieldRefused("file_url", cause, "不会下载文件，请用 file_data 发送文件本身")
    if not file.file_data:
        raise FieldRefused("file_data", "a file needs it", "文件必须有它")
    return AttachedFile(file.filename or UNNAMED, file.file_data)
