"""The answers in Ollama's dialect.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from typing import Any, Literal, NotRequired, TypedDict

from server.api.openai.response import AnswerToken


class Version(TypedDict):
    version: str


class ModelDetails(TypedDict):
    parent_model: str
    format: str
    family: str
    families: list[str]
    parameter_size: str
    quantization_level: str


class NamedModel(TypedDict):
    name: str
    model: str
    size: int
    digest: str
    details: ModelDetails


class TaggedModel(NamedModel):
    modified_at: str


class LoadedModel(NamedModel):
    expires_at: str
    size_vram: int
    context_length: int


class Tags(TypedDict):
    models: list[TaggedModel]


class LoadedModels(TypedDict):
    models: list[LoadedModel]


class PullStatus(TypedDict):
    status: Literal["success"]


class ShownModel(TypedDict):
    """The model. `template` is a template of Go that describes its chat format; the server does not run it."""

    license: str
    modelfile: str
    parameters: str
    template: str
    details: ModelDetails
    model_info: dict[str, str | int]
    capabilities: list[str]
    modified_at: str


class AnswerLine(TypedDict):
    """A line of a stream, or a whole answer. The last line is `done` and has the counts and durations.

    Durations are in nanoseconds. `trace` is what each stage did, for requests with `X-Trace: on`.
    """

    model: str
    created_at: str
    done: bool
    done_reason: NotRequired[Literal["stop", "length", "load", "unload"]]
    logprobs: NotRequired[list[AnswerToken]]
    total_duration: NotRequired[int]
    load_duration: NotRequired[int]
    prompt_eval_count: NotRequired[int]
    prompt_eval_duration: NotRequired[int]
    eval_count: NotRequired[int]
    eval_duration: NotRequired[int]
    trace: NotRequired[list[dict[str, Any]]]


class GeneratedLine(AnswerLine):
    """A line of `/api/generate`. The last one has `context`, with which the next request goes on."""

    response: str
    context: NotRequired[list[int]]


class CalledObject(TypedDict):
    name: str
    arguments: dict[str, Any]


class ChatCall(TypedDict):
    function: CalledObject


class ChatMessage(TypedDict):
    role: Literal["assistant"]
    content: str
    tool_calls: NotRequired[list[ChatCall]]


class ChatLine(AnswerLine):
    message: ChatMessage
