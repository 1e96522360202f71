"""The answers in OpenAI's dialect.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

from typing import Any, Literal, NotRequired, TypedDict

from server.engine.token_stream import Timings
from server.library.readers.video.records import Reason
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
    """A call of a function. `arguments` is the text of a JSON object."""

    name: str
    arguments: str


class AnswerCall(TypedDict):
    id: str
    type: Literal["function"]
    function: CalledText


class AnswerMessage(TypedDict):
    """An answer. `citations` are there if it is from documents: what the marks `[1]` in it point to."""

    role: Literal["assistant"]
    content: str | None
    refusal: None
    tool_calls: NotRequired[list[AnswerCall]]
    citations: NotRequired[list[dict[str, Any]]]


class ScoredToken(TypedDict):
    """A token and its log-probability. `bytes` are its UTF-8: it may be part of a character."""

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


class ShownClips(TypedDict):
    """The frames that the model was shown of all clips, of `duration` seconds together, and when each is shown.

    `reason` is why there is not one a second: `limit`, `budget`, `damaged` or `time`.
    """

    frames: int
    times: list[float]
    duration: float
    reason: Reason | None


class ChatCompletion(TypedDict):
    """A whole answer. `trace` is what each stage did, for requests with `X-Trace: on`."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: TokenUsage
    video: NotRequired[ShownClips]
    trace: NotRequired[list[dict[str, Any]]]


class DeltaFunction(TypedDict, total=False):
    name: str
    arguments: str


class DeltaCall(TypedDict):
    """Part of a call: the first has its name, later ones pieces of its arguments, which clients join."""

    index: int
    id: NotRequired[str]
    type: NotRequired[Literal["function"]]
    function: DeltaFunction


class Delta(TypedDict, total=False):
    role: Literal["assistant"]
    content: str
    tool_calls: list[DeltaCall]
    citations: list[dict[str, Any]]


class ChunkChoice(TypedDict):
    index: int
    delta: Delta
    logprobs: AnswerLogprobs | None
    finish_reason: Ending | None


class ChatCompletionChunk(TypedDict):
    """One event of a stream, whose last event is the word `[DONE]`.

    With `include_usage` the event before that has `usage` and no choices.
    """

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: NotRequired[TokenUsage | None]
    video: NotRequired[ShownClips]
    trace: NotRequired[list[dict[str, Any]]]
