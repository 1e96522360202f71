"""The parameters that choose the next token, each with its range; `model.engine.sampler` applies them."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

import msgspec
import numpy as np
from msgspec import Meta

from model.errors import InputError, ParameterError

MaxNewTokens = Annotated[int, Meta(ge=1)]
MinNewTokens = Annotated[int, Meta(ge=0)]
"""Counted without the end token."""

Temperature = Annotated[float, Meta(ge=0, le=100)]
"""0 is greedy: the likeliest token, always. At 100 every token is about as likely as any other."""

TopP = Annotated[float, Meta(gt=0, le=1)]
"""Holtzman et al., "The Curious Case of Neural Text Degeneration" (2020), 3.1: 1 keeps every token."""

TopK = Annotated[int, Meta(ge=0)]
"""Fan et al., "Hierarchical Neural Story Generation" (2018): 0 keeps every token."""

MinP = Annotated[float, Meta(ge=0, le=1)]
"""Nguyen et al., "Turning Up the Heat" (2024): a share of the highest probability; 0 keeps every token."""

RepetitionPenalty = Annotated[float, Meta(gt=0, le=2)]
"""Keskar et al., "CTRL" (2019), 4.1: 1 changes nothing. Acts on generated tokens only."""

Penalty = Annotated[float, Meta(ge=-2, le=2)]
"""A presence or frequency penalty, as OpenAI documents them; 0 changes nothing. Acts on generated tokens only."""

LogitBias = dict[int, Annotated[float, Meta(ge=-100, le=100)]]
"""What is added to the logits of single tokens, by token id."""

NumBeams = Annotated[int, Meta(ge=1, le=16)]
"""Over 1 is beam search."""

NumAnswers = Annotated[int, Meta(ge=1, le=16)]
NumLogprobs = Annotated[int, Meta(ge=0, le=20)]
"""How many of the likeliest tokens are returned at each place, beside the chosen one."""

StopString = Annotated[str, Meta(min_length=1)]

SAMPLING_ONLY = ("top_p", "top_k", "min_p", "seed")
"""Names of the parameters that act only where tokens are drawn at random: not in greedy decoding or beam search."""


class SamplingParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the answers to one prompt are generated. The defaults are the reference's for `chat(sampling=True)`.

    `n` is the number of answers. With `ignore_eos` neither an end token ends an answer, which does not show it, nor a
    repetition. `logprobs` and `prompt_logprobs` of None return no log-probabilities at all. With `prompt_only` nothing
    is generated, and only the log-probabilities of the prompt are computed.
    """

    max_new_tokens: MaxNewTokens = 2048
    min_new_tokens: MinNewTokens = 0
    temperature: Temperature = 0.7
    top_p: TopP = 0.8
    top_k: TopK = 100
    repetition_penalty: RepetitionPenalty = 1.05
    min_p: MinP = 0.0
    presence_penalty: Penalty = 0.0
    frequency_penalty: Penalty = 0.0
    logit_bias: Annotated[LogitBias, Meta(max_length=1024)] = {}
    num_beams: NumBeams = 1
    n: NumAnswers = 1
    seed: int | None = None
    stop: Annotated[tuple[StopString, ...], Meta(max_length=16)] = ()
    stop_token_ids: Annotated[tuple[int, ...], Meta(max_length=64)] = ()
    ignore_eos: bool = False
    logprobs: NumLogprobs | None = None
    prompt_logprobs: NumLogprobs | None = None
    prompt_only: bool = False

    @classmethod
    def for_mode(cls, sampling: bool, **given: Any) -> "SamplingParams":
        """Return the parameters of `chat(sampling=...)`; a value of None stands for the mode's default.

        Raises `InputError` for a value out of range, an unknown name, or a parameter without effect in this mode.
        """
        given = {name: value for name, value in given.items() if value is not None}
        if not sampling:
            # clients of the server set num_beams and know no `sampling`, so the message names what they set
            beams = given.get("num_beams", 1)
            mode = "sampling=False" if beams == 1 else f"{{num_beams}}={beams}"
            _refuse(given, ("temperature", *SAMPLING_ONLY), mode)
            given = {"temperature": 0, "num_beams": 3, "repetition_penalty": 1.2} | given
        elif given.get("temperature") == 0:
            _refuse(given, (*SAMPLING_ONLY, "num_beams"), "{temperature}=0")
        else:
            _refuse(given, ("num_beams",), "sampling=True")
        return cls._parse(given)

    @classmethod
    def _parse(cls, given: dict[str, Any]) -> "SamplingParams":
        if isinstance(given.get("stop"), str):
            given["stop"] = [given["stop"]]
        try:
            params = msgspec.convert(given, cls)
        except msgspec.ValidationError as error:
            raise InputError(f"generation parameters: {error}") from error
        if params.min_new_tokens > params.max_new_tokens:
            least, most = params.min_new_tokens, params.max_new_tokens
            raise ParameterError(
                "min_new_tokens",
                f"is {least}, which is over {{max_new_tokens}} {most}",
                f"为 {least}，超过 {{max_new_tokens}} 的 {most}",
            )
        if params.num_beams > 1 and (params.n > 1 or params.logprobs is not None):
            raise ParameterError(
                "n" if params.n > 1 else "logprobs",
                "cannot be combined with {num_beams}: beam search gives one answer, without logprobs",
                "不能与 {num_beams} 同用：束搜索只给出一个回答，且没有 logprobs",
            )
        if params.num_beams > 1 and params.ignore_eos:
            raise ParameterError(
                "ignore_eos",
                "cannot be combined with {num_beams}: beam search compares answers that have ended",
                "不能与 {num_beams} 同用：束搜索比较的是已经结束的回答",
            )
        return params


def _refuse(given: dict[str, Any], names: Sequence[str], mode: str) -> None:
    for name in names:
        if name in given:
            raise ParameterError(name, f"has no effect with {mode}", f"在 {mode} 时不起作用")


class TokenMask(Protocol):
    """Constrains decoding: called before each token with what one sequence has generated so far."""

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        """Return a bool array `[tokenizer.vocab_size]`, true for each token that may come next; None where any may be.

        Ids that the model's head has beyond the tokenizer's are never allowed.
        """
