"""What OpenAI's dialect answers.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

from typing import Any, Literal, NotRequired, TypedDict

from server.engine.token_stream import Timings
from server.turn.reply import Ending


class ModelEntry(TypedDict):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(TypedDict):
    object: Literal["list"]
    data: list[ModelEntry]


class CalledText(TypedDict):
    """`arguments` is the text of a JSON object."""

    name: str
    arguments: str


class AnswerCall(TypedDict):
    id: str
    type: Literal["function"]
    function: CalledText


class AnswerMessage(TypedDict):
    role: Literal["assistant"]
    content: str | None
    refusal: None
    tool_calls: NotRequired[list[AnswerCall]]


class ScoredToken(TypedDict):
    """`bytes` are of the UTF-8: a token may be a part of a character."""

    token: str
    logprob: float
    bytes: list[int]


class AnswerToken(ScoredToken):
    top_logprobs: list[ScoredToken]


class AnswerLogprobs(TypedDict):
    content: list[AnswerToken]
    refusal: None


class Choice(TypedDict):
    index: int
    message: AnswerMessage
    logprobs: AnswerLogprobs | None
    finish_reason: Ending | None


class PromptDetails(TypedDict):
    cached_tokens: int
    image_tokens: int


class TokenUsage(TypedDict):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    timings: Timings


class ChatCompletion(TypedDict):
    """`trace` is what each stage did, for `X-Trace: on`."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: TokenUsage
    trace: NotRequired[list[dict[str, Any]]]


class DeltaFunction(TypedDict, total=False):
    name: str
    arguments: str


class DeltaCall(TypedDict):
    """First the name of a call, then its arguments, which are joined."""

    index: int
    id: NotRequired[str]
    type: NotRequired[Literal["function"]]
    function: DeltaFunction


class Delta(TypedDict, total=False):
    role: Literal["assistant"]
    content: str
    tool_calls: list[DeltaCall]


class ChunkChoice(TypedDict):
    index: int
    delta: Delta
    logprobs: AnswerLogprobs | None
    finish_reason: Ending | None


class ChatCompletionChunk(TypedDict):
    """One `data:` line of the stream; the last is `[DONE]`.

    With `include_usage` the one before it has `usage` and no choices.
    """

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: NotRequired[TokenUsage | None]
    trace: NotRequired[list[dict[str, Any]]]
