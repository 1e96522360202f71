"""The body of `POST /v1/chat/completions`. Fields that are not here are refused by name.

Some fields are here only because clients always send them, and take only the value that changes nothing:
`store: false`, `service_tier: auto`, `modalities: ["text"]`. Labels (`user`, `metadata`, ...) are ignored.

A field whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that parameter, see `turn.py`.

Reference: https://platform.openai.com/docs/api-reference/chat/create
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from model.messages import MaxSliceNums
from model.sampling import (
    LogitBias,
    MaxNewTokens,
    MinNewTokens,
    MinP,
    NumAnswers,
    NumBeams,
    NumLogprobs,
    Penalty,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
)

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class TextPart(Struct, tag_field="type", tag="text", forbid_unknown_fields=True):
    text: str


class ImageURL(Struct, forbid_unknown_fields=True):
    """A picture. `detail: low` makes one view of it, of 64 tokens; `high` and `auto` slice it as the model does."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImagePart(Struct, tag_field="type", tag="image_url", forbid_unknown_fields=True):
    image_url: ImageURL
    max_slice_nums: MaxSliceNums | None = None


class SystemMessage(Struct, tag_field="role", tag="system", forbid_unknown_fields=True):
    content: str | list[TextPart]


class DeveloperMessage(Struct, tag_field="role", tag="developer", forbid_unknown_fields=True):
    content: str | list[TextPart]


class UserMessage(Struct, tag_field="role", tag="user", forbid_unknown_fields=True):
    content: str | list[TextPart | ImagePart]


class CalledFunction(Struct, forbid_unknown_fields=True):
    """The call of a function. `arguments` is JSON text; `parsed_arguments` is added by the SDK's `parse()`."""

    name: Name
    arguments: str = "{}"
    parsed_arguments: Any = None


class Call(Struct, forbid_unknown_fields=True):
    """A tool call. `index` is left over where a client puts a streamed message together."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"
    index: int | None = None


class AssistantMessage(Struct, tag_field="role", tag="assistant", forbid_unknown_fields=True):
    """An earlier answer. The fields that must be empty are those that clients send back from an answer."""

    content: str | list[TextPart] | None = None
    tool_calls: list[Call] | None = None
    refusal: None = None
    audio: None = None
    function_call: None = None
    annotations: Annotated[list[Any], Meta(max_length=0)] | None = None
    parsed: Any = None


class ToolMessage(Struct, tag_field="role", tag="tool", forbid_unknown_fields=True):
    """The result of a tool call. `name` is the function's and not needed: the call has it."""

    tool_call_id: str
    content: str | list[TextPart]
    name: str | None = None


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage


class Function(Struct, forbid_unknown_fields=True):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Struct, forbid_unknown_fields=True):
    function: Function
    type: Literal["function"] = "function"


class FunctionName(Struct, forbid_unknown_fields=True):
    name: str


class NamedChoice(Struct, forbid_unknown_fields=True):
    function: FunctionName
    type: Literal["function"] = "function"


class TextFormat(Struct, tag_field="type", tag="text", forbid_unknown_fields=True):
    pass


class ObjectFormat(Struct, tag_field="type", tag="json_object", forbid_unknown_fields=True):
    pass


class JsonSchema(Struct, forbid_unknown_fields=True):
    """A JSON schema that the answer must follow, whether `strict` or not."""

    schema: dict[str, Any]
    name: Name = "answer"
    description: str | None = None
    strict: bool | None = None


class SchemaFormat(Struct, tag_field="type", tag="json_schema", forbid_unknown_fields=True):
    json_schema: JsonSchema


class StreamOptions(Struct, forbid_unknown_fields=True):
    include_usage: bool = False
    include_obfuscation: Literal[False] = False


class ChatRequest(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request for a chat completion."""

    model: str
    messages: Annotated[list[Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    max_tokens: MaxNewTokens | None = None
    max_completion_tokens: MaxNewTokens | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    n: NumAnswers | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: LogitBias | None = None
    logprobs: bool | None = None
    top_logprobs: NumLogprobs | None = None

    response_format: TextFormat | ObjectFormat | SchemaFormat | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedChoice | None = None
    parallel_tool_calls: bool | None = None

    top_k: TopK | None = None
    min_p: MinP | None = None
    repetition_penalty: RepetitionPenalty | None = None
    min_tokens: MinNewTokens | None = None
    num_beams: NumBeams | None = None
    max_slice_nums: MaxSliceNums | None = None
    use_image_id: bool | None = None

    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    metadata: dict[str, str] | None = None
    store: Literal[False] | None = None
    service_tier: Literal["auto", "default"] | None = None
    modalities: Annotated[list[Literal["text"]], Meta(max_length=1)] | None = None
