"""The body of `POST /v1/responses`.

A field whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that parameter, see `turn.py`.
Every field may be null, which is the same as leaving it out.

Reference: https://platform.openai.com/docs/api-reference/responses/create
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from model.messages import MaxSliceNums
from model.sampling import NumLogprobs
from server.api.openai.refused import OTHERS_REFUSED
from server.api.openai.request import Name, ObjectFormat, TextFormat
from server.api.unknown_fields import Fields

Label = Annotated[str, Meta(max_length=512)]
MetadataKey = Annotated[str, Meta(max_length=64)]


class InputText(Fields, tag_field="type", tag="input_text"):
    text: str


class OutputText(Fields, tag_field="type", tag="output_text"):
    """A text of an earlier answer. The annotations and log-probabilities that it came with have no effect."""

    text: str
    annotations: Any = None
    logprobs: Any = None
    parsed: Any = None


class Refusal(Fields, tag_field="type", tag="refusal"):
    refusal: str


class InputImage(Fields, tag_field="type", tag="input_image"):
    """A picture by its URL or as a data URL. `detail: low` makes one view of it, of 64 tokens."""

    image_url: str | None = None
    file_id: str | None = None
    detail: Literal["low", "high", "auto", "original"] | None = None


class InputFile(Fields, tag_field="type", tag="input_file"):
    """A document: `file_data` is base64, with or without the prefix of a data URL. In the store it is `file_id`."""

    file_id: str | None = None
    file_url: str | None = None
    file_data: str | None = None
    filename: str | None = None


class InputAudio(Fields, tag_field="type", tag="input_audio"):
    """Refused: the model does not hear."""

    input_audio: Any = None


Part = InputText | OutputText | Refusal | InputImage | InputFile | InputAudio


class InputItem(Fields, kw_only=True):
    """One item of a dialogue. Without a `type` it is a message if it has a `role`, else a reference to a stored item.

    message                 role, content
    function_call           call_id, name, arguments
    function_call_output    call_id, output
    item_reference          id
    reasoning               has no effect: the model writes none
    """

    type: str | None = None
    id: str | None = None
    status: str | None = None
    role: Literal["user", "assistant", "system", "developer"] | None = None
    content: str | list[Part] | None = None
    phase: str | None = None
    call_id: str | None = None
    name: Name | None = None
    arguments: str | None = None
    parsed_arguments: Any = None
    output: str | list[Part] | None = None
    summary: Any = None
    encrypted_content: Any = None


class Tool(Fields, kw_only=True):
    """A function that the model may call. Tools that OpenAI runs itself, such as `web_search`, are refused."""

    type: str
    name: Name | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolName(Fields):
    type: str | None = "function"
    name: str | None = None


class ToolChoice(Fields):
    """One function by its name, or with `allowed_tools` some of the tools."""

    type: str
    name: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[ToolName] | None = None


class SchemaFormat(Fields, tag_field="type", tag="json_schema"):
    """A JSON schema that the answer must follow, whether `strict` or not."""

    schema: dict[str, Any]
    name: str | None = "answer"
    description: str | None = None
    strict: bool | None = None


class TextOptions(Fields):
    format: TextFormat | ObjectFormat | SchemaFormat | None = None
    verbosity: str | None = None


class StreamOptions(Fields):
    include_obfuscation: bool | None = None


class ResponseRequest(Fields, kw_only=True):
    """A request for a response. Without `store: false` the server keeps it, so that another request may follow it."""

    REFUSED: ClassVar = OTHERS_REFUSED

    model: str
    input: str | list[InputItem] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    truncation: Literal["auto", "disabled"] | None = None
    include: list[str] | None = None

    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: NumLogprobs | None = None
    text: TextOptions | None = None
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_tool_calls: int | None = None
    reasoning: dict[str, Any] | None = None

    seed: int | None = None
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    max_slice_nums: MaxSliceNums | None = None
    use_image_id: bool | None = None

    metadata: Annotated[dict[MetadataKey, Label], Meta(max_length=16)] | None = None
    user: Label | None = None
    safety_identifier: Label | None = None
    prompt_cache_key: Label | None = None
    service_tier: str | None = None

    background: bool | None = None
    conversation: Any = None
    prompt: Any = None
