"""The body of `POST /v1/completions`.

A field whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that parameter, see `turn.py`.

References: https://platform.openai.com/docs/api-reference/completions/create,
https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html#completions-api
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

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
from server.api.openai.refused import IGNORED, REFUSED, Values
from server.api.openai.request import StreamOptions
from server.api.unknown_fields import Fields

Prompt = str | list[str | int | list[int]]
"""A text or its token ids, or a list of such prompts, all of one kind."""


class CompletionRequest(Fields, kw_only=True):
    """A request to continue texts.

    Each of `n` answers to each prompt is a choice. With `echo` its text begins with the prompt, and its tokens too,
    which `max_tokens: 0` gives alone. `logprobs` is the number of the likeliest tokens beside each. A `max_tokens` of
    -1 and a `top_k` of -1 set no limit. `add_special_tokens` changes nothing: the model's prompts have none.
    """

    REFUSED: ClassVar[Mapping[str, Values]] = {
        **REFUSED,
        "use_beam_search": (),
        "prompt_embeds": (),
        "messages": (),
        "tools": (),
        "response_format": ({"type": "text"},),
    }
    IGNORED: ClassVar[Mapping[str, Values]] = IGNORED

    prompt: Prompt
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    echo: bool | None = None
    logprobs: NumLogprobs | bool | None = None
    return_tokens_as_token_ids: bool | None = None

    max_tokens: int | None = None
    min_tokens: MinNewTokens | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: int | None = None
    min_p: MinP | None = None
    n: NumAnswers | None = None
    best_of: int | None = None
    num_beams: NumBeams | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    ignore_eos: bool | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repetition_penalty: RepetitionPenalty | None = None
    logit_bias: LogitBias | None = None

    add_special_tokens: bool | None = None
    user: Any = None
