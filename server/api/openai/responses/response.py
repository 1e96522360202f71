"""The response object and the other answers of `/v1/responses`.

Reference: https://platform.openai.com/docs/api-reference/responses/object
"""

from typing import Any, Literal, NotRequired, TypedDict

import msgspec

from model.sampling import SamplingParams
from server.api.openai.request import ObjectFormat
from server.api.openai.response import AnswerToken
from server.api.openai.responses.request import ResponseRequest, SchemaFormat, Tool, ToolChoice
from server.errors.base import ServerError
from server.turn.reply import Reply

Status = Literal["in_progress", "completed", "incomplete", "failed", "cancelled"]
"""`cancelled` is what is stored of an answer whose client has left."""


class IncompleteDetails(TypedDict):
    reason: Literal["max_output_tokens", "content_filter"]


class ResponseFailure(TypedDict):
    code: str
    message: str


class InputDetails(TypedDict):
    cached_tokens: int
    cache_write_tokens: int
    image_tokens: int


class OutputDetails(TypedDict):
    reasoning_tokens: int


class ResponseUsage(TypedDict):
    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class ResponseObject(TypedDict):
    """A response. `output` are messages and calls of functions; most other fields repeat the request's.

    `citations` are there if it is answered from documents: what the marks in its text point to. `trace` is what each
    stage did, for requests with `X-Trace: on`.
    """

    id: str
    object: Literal["response"]
    created_at: int
    status: Status
    error: ResponseFailure | None
    incomplete_details: IncompleteDetails | None
    output: list[dict[str, Any]]
    usage: ResponseUsage | None
    model: str
    instructions: str | None
    previous_response_id: str | None
    store: bool
    background: Literal[False]
    max_output_tokens: int | None
    max_tool_calls: None
    temperature: float
    top_p: float
    top_logprobs: int
    text: dict[str, Any]
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any]
    parallel_tool_calls: bool
    truncation: Literal["auto", "disabled"]
    reasoning: dict[str, None]
    metadata: dict[str, str]
    user: str | None
    safety_identifier: str | None
    prompt_cache_key: str | None
    service_tier: Literal["default"]
    citations: NotRequired[list[dict[str, Any]]]
    trace: NotRequired[list[dict[str, Any]]]


class ResponseEvent(TypedDict):
    """An event of a stream; its other fields depend on its `type`. The last has the whole `response`."""

    type: str
    sequence_number: int
    response: NotRequired[ResponseObject]
    output_index: NotRequired[int]
    content_index: NotRequired[int]
    item_id: NotRequired[str]
    item: NotRequired[dict[str, Any]]
    part: NotRequired[dict[str, Any]]
    annotation: NotRequired[dict[str, Any]]
    annotation_index: NotRequired[int]
    delta: NotRequired[str]
    text: NotRequired[str]
    logprobs: NotRequired[list[AnswerToken]]
    name: NotRequired[str]
    arguments: NotRequired[str]


class ItemList(TypedDict):
    """A page of the items that a request brought. `after` of the next page is `last_id`."""

    object: Literal["list"]
    data: list[dict[str, Any]]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedResponse(TypedDict):
    id: str
    object: Literal["response"]
    deleted: Literal[True]


def write_head(request: ResponseRequest, response_id: str, created_s: int) -> dict[str, Any]:
    """Return the response object of a request that has no answer yet."""
    return {
        "id": f"resp_{response_id}",
        "object": "response",
        "created_at": created_s,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "output": [],
        "usage": None,
        **_write_settings(request),
        "model": request.model,
        "instructions": request.instructions,
        "previous_response_id": request.previous_response_id,
        "store": request.store is not False,
        "background": False,
        "metadata": request.metadata or {},
        "user": request.user,
        "safety_identifier": request.safety_identifier,
        "prompt_cache_key": request.prompt_cache_key,
        "service_tier": "default",
    }


def _write_settings(request: ResponseRequest) -> dict[str, Any]:
    """Return what decides how the answer is made, with defaults for what the request leaves out."""
    defaults = SamplingParams()
    choice = request.tool_choice
    return {
        "max_output_tokens": request.max_output_tokens,
        "max_tool_calls": None,
        "temperature": defaults.temperature if request.temperature is None else request.temperature,
        "top_p": defaults.top_p if request.top_p is None else request.top_p,
        "top_logprobs": request.top_logprobs or 0,
        "text": {"format": _write_format(request), "verbosity": "medium"},
        "tools": [_write_tool(tool) for tool in request.tools or []],
        "tool_choice": _write_choice(choice) if isinstance(choice, ToolChoice) else choice or "auto",
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "truncation": request.truncation or "disabled",
        "reasoning": {"effort": None, "summary": None},
    }


def _write_format(request: ResponseRequest) -> dict[str, Any]:
    match request.text and request.text.format:
        case SchemaFormat() as schema:
            strict = {"strict": bool(schema.strict)}
            head = {"type": "json_schema", "name": schema.name, "description": schema.description}
            return {**head, "schema": schema.schema, **strict}
        case ObjectFormat():
            return {"type": "json_object"}
    return {"type": "text"}


def _write_tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description}
    return {"type": "function", **function, "parameters": tool.parameters, "strict": bool(tool.strict)}


def _write_choice(choice: ToolChoice) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.to_builtins(choice)
    return {name: value for name, value in written.items() if value is not None}


def write_usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.num_prompt,
        "input_tokens_details": {
            "cached_tokens": usage.num_cached,
            "cache_write_tokens": 0,
            "image_tokens": usage.num_image,
        },
        "output_tokens": usage.num_generated,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.num_prompt + usage.num_generated,
    }


def write_failure(error: ServerError, text: str) -> dict[str, Any]:
    """Return the error of a response that failed after it had begun."""
    is_rate = error.code == "rate_limit_exceeded"
    return {"code": "rate_limit_exceeded" if is_rate else "server_error", "message": text}
