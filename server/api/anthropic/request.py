"""The bodies of `/v1/messages` and `/v1/messages/count_tokens`. Fields that are not here are ignored and told.

Labels (`metadata`, `service_tier`) and `cache_control` are taken without a word: every prompt's prefix is cached.
A field whose name is a parameter's of the model (`SamplingParams`) sets that parameter, see `turn.py`.

Reference: https://docs.anthropic.com/en/api/messages
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from model.sampling import MaxNewTokens
from server.api.openai.refused import OTHERS_REFUSED, Values
from server.api.unknown_fields import Fields

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]


class Block(Fields, kw_only=True):
    cache_control: Any = None


class TextBlock(Block, tag_field="type", tag="text"):
    text: str
    citations: Any = None


class Base64Source(Fields, tag_field="type", tag="base64"):
    """A picture in base64. Its type is read from the picture itself."""

    data: str
    media_type: str | None = None


class URLSource(Fields, tag_field="type", tag="url"):
    url: str


class FileSource(Fields, tag_field="type", tag="file"):
    """A file that was uploaded to Anthropic; it is refused."""

    file_id: str


class ImageBlock(Block, tag_field="type", tag="image"):
    source: Base64Source | URLSource | FileSource


class TextSource(Fields, tag_field="type", tag="text"):
    """The plain text of a document."""

    data: str
    media_type: str | None = None


class ContentSource(Fields, tag_field="type", tag="content"):
    """Blocks in the place of a document; it is refused."""

    content: Any = None


class DocumentBlock(Block, tag_field="type", tag="document"):
    """A document, of which the answer may tell. `citations` have no effect: an answer is cited in any case."""

    source: Base64Source | TextSource | URLSource | FileSource | ContentSource
    title: str | None = None
    context: str | None = None
    citations: Any = None


class SearchResultBlock(Block, tag_field="type", tag="search_result"):
    """A result of a search, to be cited from; it is refused."""

    source: Any = None


class ThinkingBlock(Block, tag_field="type", tag="thinking"):
    """What another model thought. It is left out, so its fields are among those that are ignored."""


class RedactedThinkingBlock(Block, tag_field="type", tag="redacted_thinking"):
    pass


class ToolUseBlock(Block, tag_field="type", tag="tool_use"):
    id: str
    name: Name
    input: dict[str, Any] | None = None
    caller: Any = None


ResultPart = TextBlock | ImageBlock | DocumentBlock | SearchResultBlock


class ToolResultBlock(Block, tag_field="type", tag="tool_result"):
    """The result of a call. With `is_error` it says what went wrong."""

    tool_use_id: str
    content: str | list[ResultPart] | None = None
    is_error: bool | None = None


ContentBlock = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | SearchResultBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ToolResultBlock
)


class Message(Fields):
    role: Literal["user", "assistant", "system"]
    content: str | list[ContentBlock] | None


class Tool(Block):
    """A function of the client's. Tools with a `type` of their own are Anthropic's, and refused."""

    name: Name
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    type: str | None = None
    strict: bool | None = None


class AutoChoice(Fields, tag_field="type", tag="auto"):
    disable_parallel_tool_use: bool | None = None


class AnyChoice(Fields, tag_field="type", tag="any"):
    disable_parallel_tool_use: bool | None = None


class ToolChoice(Fields, tag_field="type", tag="tool"):
    name: str
    disable_parallel_tool_use: bool | None = None


class NoChoice(Fields, tag_field="type", tag="none"):
    disable_parallel_tool_use: bool | None = None


class SchemaFormat(Fields, tag_field="type", tag="json_schema"):
    schema: dict[str, Any]


class OutputConfig(Fields):
    format: SchemaFormat | None = None


class CountRequest(Fields, kw_only=True):
    """The body of `/v1/messages/count_tokens`, and what both have.

    `thread` asks the server to keep the dialogue, so that the next request has only what is new in it.
    """

    REFUSED: ClassVar[Mapping[str, Values]] = {"mcp_servers": (), "thread": ()}

    model: str
    messages: Annotated[list[Message], Meta(min_length=1)]
    system: str | list[TextBlock] | None = None
    tools: list[Tool] | None = None
    tool_choice: AutoChoice | AnyChoice | ToolChoice | NoChoice | None = None
    thinking: dict[str, Any] | None = None
    output_config: OutputConfig | None = None
    output_format: SchemaFormat | None = None
    cache_control: Any = None


class MessageRequest(CountRequest, kw_only=True):
    """The body of `/v1/messages`. `output_format` is the older place of `output_config.format`."""

    REFUSED: ClassVar[Mapping[str, Values]] = {**OTHERS_REFUSED, **CountRequest.REFUSED}

    max_tokens: MaxNewTokens
    stream: bool | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    metadata: Any = None
    service_tier: Any = None
