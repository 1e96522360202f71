"""How the next token is chosen: parameters, checked once, and the choice itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import torch
from msgspec import Meta
from torch import Tensor

from model.errors import InputError

NonEmptyStr = Annotated[str, Meta(min_length=1)]


class SamplingParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The reference's defaults for `sampling=True`. `temperature` 0 is greedy; `num_beams` over 1 is beam search.

    `min_new_tokens` counts without the end token; `top_k` 0 keeps every token.
    """

    max_new_tokens: Annotated[int, Meta(ge=1)] = 2048
    min_new_tokens: Annotated[int, Meta(ge=0)] = 0
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7
    top_p: Annotated[float, Meta(gt=0, le=1)] = 0.8
    top_k: Annotated[int, Meta(ge=0)] = 100
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] = 1.05
    num_beams: Annotated[int, Meta(ge=1, le=16)] = 1
    seed: int | None = None
    stop: Annotated[tuple[NonEmptyStr, ...], Meta(max_length=16)] = ()

    @classmethod
    def for_mode(cls, sampling: bool, **given: Any) -> "SamplingParams":
        """Parameters of `chat(sampling=...)`; None stands for the mode's default.

        Raises `InputError` for a value out of range, an unknown name, or one without effect in this mode.
        """
        given = {name: value for name, value in given.items() if value is not None}
        if not sampling:
            _refuse(given, ("temperature", "top_p", "top_k", "seed"), "sampling=False")
            given = {"temperature": 0, "num_beams": 3, "repetition_penalty": 1.2} | given
        elif given.get("temperature") == 0:
            _refuse(given, ("top_p", "top_k", "seed", "num_beams"), "temperature=0")
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
        return params


def _refuse(given: dict[str, Any], names: Sequence[str], mode: str) -> None:
    for name in names:
        if name in given:
            raise InputError(f"{name} has no effect with {mode}")


@dataclass
class Generation:
    """One answer as it grows: its parameters, its tokens (an end token included), and why it ended."""

    params: SamplingParams
    max_new_tokens: int
    token_ids: list[int] = field(default_factory=list)
    finish_reason: str | None = None

    def __post_init__(self) -> None:
        self.rng = random.Random(self.params.seed)

    def append(self, token_id: int, end_ids: Sequence[int]) -> None:
        self.token_ids.append(token_id)
        if token_id in end_ids:
            self.finish_reason = "stop"
        elif len(self.token_ids) >= self.max_new_tokens:
            self.finish_reason = "length"


def sample(logits: Tensor, generations: Sequence[Generation], end_ids: Sequence[int]) -> list[int]:
    """The next token of each row of `[B, vocabulary]`; a row never depends on the others."""
    return [_sample_row(row, generation, end_ids) for row, generation in zip(logits, generations, strict=True)]


def _sample_row(logits: Tensor, generation: Generation, end_ids: Sequence[int]) -> int:
    """In the reference's order: penalty, end tokens held off, temperature, top_k, top_p."""
    params = generation.params
    logits = penalize(logits.float(), generation.token_ids, params.repetition_penalty)
    if len(generation.token_ids) < params.min_new_tokens:
        logits[list(end_ids)] = -torch.inf
    if params.temperature == 0:
        return int(logits.argmax())
    return _draw(logits / params.temperature, params, generation.rng.random())


def penalize(logits: Tensor, generated: Sequence[int], penalty: float) -> Tensor:
    """Keskar et al., "CTRL" (2019), 4.1, over generated tokens only: the prompt enters the model as embeddings."""
    seen = torch.tensor(sorted(set(generated)), dtype=torch.long, device=logits.device)
    values = logits[seen]
    return logits.index_copy(0, seen, torch.where(values < 0, values * penalty, values / penalty))


def _draw(logits: Tensor, params: SamplingParams, uniform: float) -> int:
    """Inverse transform sampling over what top_k, then top_p (Holtzman et al., 2020), leave."""
    values, ids = logits.topk(min(params.top_k or len(logits), len(logits)))  # best first
    probs = values.softmax(-1)
    kept = probs[probs.cumsum(-1) - probs < params.top_p]  # the best is always kept
    cumulative = kept.double().cumsum(-1)
    index = int(torch.searchsorted(cumulative, uniform * cumulative[-1].item(), right=True))
    return int(ids[min(index, len(kept) - 1)])
