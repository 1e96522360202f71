"""The answers of `/v1/completions`, `/tokenize`, `/detokenize`, `/tokenizer_info` and `/version`.

Reference: https://platform.openai.com/docs/api-reference/completions/object
"""

from typing import Any, Literal, NotRequired, TypedDict

from server.api.openai.response import TokenUsage
from server.turn.reply import Ending


class TokenLists(TypedDict):
    """An entry for each token; the first token of a prompt has no log-probability."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None]
    text_offset: list[int]


class TextChoice(TypedDict):
    """One answer, or in a stream a part of it. Number `i` of the answers to prompt `p` has the index `p * n + i`."""

    index: int
    text: str
    logprobs: TokenLists | None
    finish_reason: Ending | None


class TextCompletion(TypedDict):
    """A whole answer, or one event of a stream, whose last event is the word `[DONE]`.

    `trace` is what each stage did, for requests with `X-Trace: on`.
    """

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: NotRequired[TokenUsage | None]
    trace: NotRequired[list[dict[str, Any]]]


class Tokens(TypedDict):
    """The tokens of a prompt. `max_model_len` is how many the model takes together with its answer."""

    count: int
    max_model_len: int
    tokens: list[int]
    token_strs: list[str] | None


class TokensText(TypedDict):
    prompt: str


class TokenizerInfo(TypedDict):
    """What scoring clients ask of a tokenizer: which tokens begin and end a text, if any."""

    bos_token: str | None
    eos_token: str


class Version(TypedDict):
    version: str
