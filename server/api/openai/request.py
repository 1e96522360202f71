"""The body of `POST /v1/chat/completions`. Every optional field may be null, which is the same as leaving it out.

A field whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that parameter, see `turn.py`.
Other fields are ignored and told, but for those that would change the answer: `refused.py` has both lists.

Reference: https://platform.openai.com/docs/api-reference/chat/create
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from model.messages import MaxSliceNums
from model.sampling import (
    LogitBias,
    MinNewTokens,
    MinP,
    NumAnswers,
    NumBeams,
    NumLogprobs,
    Penalty,
    RepetitionPenalty,
)
from server.api.openai.parts import Part, Texts
from server.api.openai.refused import IGNORED, MESSAGE_REFUSED, REFUSED
from server.api.unknown_fields import Fields

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class SystemMessage(Fields, tag_field="role", tag="system"):
    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Texts] | None


class DeveloperMessage(Fields, tag_field="role", tag="developer"):
    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Texts] | None


class UserMessage(Fields, tag_field="role", tag="user"):
    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Part] | None


class CalledFunction(Fields):
    """The call of a function. `arguments` is JSON text; `parsed_arguments` is added by the SDK's `parse()`."""

    name: Name
    arguments: str | dict[str, Any] | None = None
    parsed_arguments: Any = None


class Call(Fields):
    """A tool call. `index` is left over where a client puts a streamed message together."""

    function: CalledFunction
    id: str | None = None
    type: Literal["function"] | None = None
    index: int | None = None


class AssistantMessage(Fields, tag_field="role", tag="assistant"):
    """An earlier answer; as the last message, the beginning of the next. `function_call` is how calls were once sent.

    `parsed` is added by the SDK's `parse()`, and `annotations` come from an answer.
    """

    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Part] | None = None
    tool_calls: list[Call] | None = None
    function_call: CalledFunction | None = None
    refusal: str | None = None
    annotations: list[Any] | None = None
    parsed: Any = None


class ToolMessage(Fields, tag_field="role", tag="tool"):
    """The result of a tool call, which is found by its id, or else by the function's `name`."""

    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Part] | None
    tool_call_id: str | None = None
    name: str | None = None


class FunctionMessage(Fields, tag_field="role", tag="function"):
    """The result of a function as it was once sent: by name."""

    REFUSED: ClassVar = MESSAGE_REFUSED

    content: str | list[str | Part] | None
    name: str


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage


class Function(Fields):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Fields):
    function: Function
    type: Literal["function"] | None = None


class FunctionName(Fields):
    name: str


class NamedChoice(Fields):
    function: FunctionName
    type: Literal["function"] | None = None


class TextFormat(Fields, tag_field="type", tag="text"):
    pass


class ObjectFormat(Fields, tag_field="type", tag="json_object"):
    """Any JSON object, or one that follows `schema`, as llama.cpp's server has it."""

    schema: dict[str, Any] | None = None


class JsonSchema(Fields):
    """A JSON schema that the answer must follow, whether `strict` or not. Its `name` and `description` say nothing."""

    schema: dict[str, Any]
    name: str | None = None
    description: str | None = None
    strict: bool | None = None


class SchemaFormat(Fields, tag_field="type", tag="json_schema"):
    json_schema: JsonSchema


class StreamOptions(Fields):
    """`include_usage` adds the usage at the end of a stream, `continuous_usage_stats` in every chunk of it."""

    IGNORED: ClassVar = {"include_obfuscation": (False,)}

    include_usage: bool | None = None
    continuous_usage_stats: bool | None = None


class ChatRequest(Fields, kw_only=True):
    """A request for a chat completion.

    Without a `model` it is for the one there is. Under 0, `max_tokens` is the server's limit, and `top_k` keeps every
    token. `use_beam_search` is beam search with `best_of` or `n` beams, or with the model's own number of them.
    `repeat_penalty` is llama.cpp's name for `repetition_penalty`. Labels from `user` on have no effect.
    """

    REFUSED: ClassVar = REFUSED
    IGNORED: ClassVar = IGNORED

    messages: Annotated[list[Message], Meta(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    continue_final_message: bool | None = None
    add_generation_prompt: bool | None = None

    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    n: NumAnswers | None = None
    best_of: NumAnswers | None = None
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

    top_k: int | None = None
    min_p: MinP | None = None
    repetition_penalty: RepetitionPenalty | None = None
    repeat_penalty: RepetitionPenalty | None = None
    min_tokens: MinNewTokens | None = None
    ignore_eos: bool | None = None
    num_beams: NumBeams | None = None
    use_beam_search: bool | None = None
    max_slice_nums: MaxSliceNums | None = None
    use_image_id: bool | None = None

    user: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    metadata: Any = None
