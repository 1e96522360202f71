"""The answers in Anthropic's dialect, and the events of a stream. What stands in unions are structs, which have tags.

References: https://docs.anthropic.com/en/api/messages, https://docs.anthropic.com/en/api/messages-streaming
"""

from typing import Any, Literal, NotRequired, TypedDict

from msgspec import Struct

StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]
"""How an answer ended; `refusal` means that moderation stopped the question or the answer."""


class AnsweredText(Struct, tag_field="type", tag="text"):
    text: str


class AnsweredCall(Struct, tag_field="type", tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any]


class MessageUsage(TypedDict):
    """Counts of tokens. The prompt has `input_tokens` and `cache_read_input_tokens` together."""

    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int


class AnsweredMessage(TypedDict):
    """A whole answer. `trace` is what each stage did, for requests with `X-Trace: on`.

    `citations` are there if it is from documents: what the marks in its text point to.
    """

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[AnsweredText | AnsweredCall]
    stop_reason: StopReason | None
    stop_sequence: str | None
    usage: MessageUsage
    citations: NotRequired[list[dict[str, Any]]]
    trace: NotRequired[list[dict[str, Any]]]


class CountedTokens(TypedDict):
    input_tokens: int


class MessageStart(TypedDict):
    type: Literal["message_start"]
    message: AnsweredMessage


class BlockStart(TypedDict):
    type: Literal["content_block_start"]
    index: int
    content_block: AnsweredText | AnsweredCall


class TextPiece(Struct, tag_field="type", tag="text_delta"):
    text: str


class InputPiece(Struct, tag_field="type", tag="input_json_delta"):
    partial_json: str


class BlockDelta(TypedDict):
    type: Literal["content_block_delta"]
    index: int
    delta: TextPiece | InputPiece


class BlockStop(TypedDict):
    type: Literal["content_block_stop"]
    index: int


class Ended(TypedDict):
    stop_reason: StopReason
    stop_sequence: str | None


class MessageDelta(TypedDict):
    """How the answer ended, with the tokens that it took. `trace` as in a whole answer."""

    type: Literal["message_delta"]
    delta: Ended
    usage: MessageUsage
    citations: NotRequired[list[dict[str, Any]]]
    trace: NotRequired[list[dict[str, Any]]]


class PlainEvent(TypedDict):
    type: Literal["ping", "message_stop"]


MessageEvents = (MessageStart, BlockStart, BlockDelta, BlockStop, MessageDelta, PlainEvent)
"""The types of the events of a stream."""
