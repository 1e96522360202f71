"""How the next token is chosen: the parameters, checked once. `model.engine.sampler` does it."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

import msgspec
import numpy as np
from msgspec import Meta

from model.errors import InputError

DRAWING = ("top_p", "top_k", "min_p", "seed")
"""What only a draw among several tokens uses."""

NonEmptyStr = Annotated[str, Meta(min_length=1)]


class SamplingParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The reference's defaults for `sampling=True`. `temperature` 0 is greedy; `num_beams` over 1 is beam search.

    `min_new_tokens` counts without the end token; `top_k` 0 keeps every token. Penalties count generated tokens only.
    `n` is the number of answers to one prompt. `logprobs` and `prompt_logprobs` are how many alternatives to tell
    beside each token's own log-probability; None tells nothing.
    """

    max_new_tokens: Annotated[int, Meta(ge=1)] = 2048
    min_new_tokens: Annotated[int, Meta(ge=0)] = 0
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7
    top_p: Annotated[float, Meta(gt=0, le=1)] = 0.8
    top_k: Annotated[int, Meta(ge=0)] = 100
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] = 1.05
    min_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] = 0.0
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] = 0.0
    logit_bias: Annotated[dict[int, Annotated[float, Meta(ge=-100, le=100)]], Meta(max_length=1024)] = {}
    num_beams: Annotated[int, Meta(ge=1, le=16)] = 1
    n: Annotated[int, Meta(ge=1, le=16)] = 1
    seed: int | None = None
    stop: Annotated[tuple[NonEmptyStr, ...], Meta(max_length=16)] = ()
    stop_token_ids: Annotated[tuple[int, ...], Meta(max_length=64)] = ()
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    prompt_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None

    @classmethod
    def for_mode(cls, sampling: bool, **given: Any) -> "SamplingParams":
        """Parameters of `chat(sampling=...)`; None stands for the mode's default.

        Raises `InputError` for a value out of range, an unknown name, or one without effect in this mode.
        """
        given = {name: value for name, value in given.items() if value is not None}
        if not sampling:
            beams = given.get("num_beams", 1)  # what clients of the server set: they know no `sampling`
            _refuse(given, ("temperature", *DRAWING), "sampling=False" if beams == 1 else f"num_beams={beams}")
            given = {"temperature": 0, "num_beams": 3, "repetition_penalty": 1.2} | given
        elif given.get("temperature") == 0:
            _refuse(given, (*DRAWING, "num_beams"), "temperature=0")
        else:
            _refuse(given, ("num_beams",), "sampling=True")
        return cls._checked(given)

    @classmethod
    def _checked(cls, given: dict[str, Any]) -> "SamplingParams":
        if isinstance(given.get("stop"), str):
            given["stop"] = [given["stop"]]
        try:
            params = msgspec.convert(given, cls)
        except msgspec.ValidationError as error:
            raise InputError(f"generation parameters: {error}") from error
        if params.min_new_tokens > params.max_new_tokens:
            raise InputError(f"min_new_tokens {params.min_new_tokens} is over max_new_tokens {params.max_new_tokens}")
        if params.num_beams > 1 and (params.n > 1 or params.logprobs is not None):
            raise InputError("beam search gives one answer without logprobs: n and logprobs need num_beams=1")
        return params


def _refuse(given: dict[str, Any], names: Sequence[str], mode: str) -> None:
    for name in names:
        if name in given:
            raise InputError(f"{name} has no effect with {mode}")


class TokenMask(Protocol):
    """Constrains decoding: asked before each token which ones may come next."""

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """What one of a request's sequences generated so far -> bool, true for each token that may follow it.

        The tokenizer's ids; what a padded head has beyond them may never follow. At least one token must be allowed.
        """
