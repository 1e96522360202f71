"""The body of `POST /v1/chat/completions`. What is not here is refused by name.

Fields that clients send without a wish of their own are taken at the value that asks for nothing:
`store: false`, `service_tier: auto`, `modalities: ["text"]`, and names for logs (`user`, `metadata`, ...).
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Count = Annotated[int, Meta(ge=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Share = Annotated[float, Meta(gt=0, le=1)]


class TextPart(Struct, tag_field="type", tag="text", forbid_unknown_fields=True):
    text: str


class ImageURL(Struct, forbid_unknown_fields=True):
    """`low` is one view of 64 tokens; `high` and `auto` are the model's own way."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImagePart(Struct, tag_field="type", tag="image_url", forbid_unknown_fields=True):
    image_url: ImageURL
    max_slice_nums: Count | None = None


class SystemMessage(Struct, tag_field="role", tag="system", forbid_unknown_fields=True):
    content: str | list[TextPart]


class DeveloperMessage(Struct, tag_field="role", tag="developer", forbid_unknown_fields=True):
    content: str | list[TextPart]


class UserMessage(Struct, tag_field="role", tag="user", forbid_unknown_fields=True):
    content: str | list[TextPart | ImagePart]


class CalledFunction(Struct, forbid_unknown_fields=True):
    """`arguments` is the text of a JSON object; the SDK's `parse()` leaves it also parsed."""

    name: Name
    arguments: str = "{}"
    parsed_arguments: Any = None


class Call(Struct, forbid_unknown_fields=True):
    """`index` is left over where a client puts a streamed message together."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"
    index: int | None = None


class AssistantMessage(Struct, tag_field="role", tag="assistant", forbid_unknown_fields=True):
    """Also as an answer of this server is sent back, with what is empty in it."""

    content: str | list[TextPart] | None = None
    tool_calls: list[Call] | None = None
    refusal: None = None
    audio: None = None
    function_call: None = None
    annotations: Annotated[list[Any], Meta(max_length=0)] | None = None
    parsed: Any = None


class ToolMessage(Struct, tag_field="role", tag="tool", forbid_unknown_fields=True):
    """`name` is the function's, which its call has too."""

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
    """Held to whether `strict` or not."""

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
    model: str
    messages: Annotated[list[Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Share | None = None
    n: Annotated[int, Meta(ge=1, le=16)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: dict[int, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None

    response_format: TextFormat | ObjectFormat | SchemaFormat | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedChoice | None = None
    parallel_tool_calls: bool | None = None

    top_k: Annotated[int, Meta(ge=0)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None
    min_tokens: Annotated[int, Meta(ge=0)] | None = None
    num_beams: Annotated[int, Meta(ge=1, le=16)] | None = None
    max_slice_nums: Count | None = None
    use_image_id: bool | None = None

    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    metadata: dict[str, str] | None = None
    store: Literal[False] | None = None
    service_tier: Literal["auto", "default"] | None = None
    modalities: Annotated[list[Literal["text"]], Meta(max_length=1)] | None = None
