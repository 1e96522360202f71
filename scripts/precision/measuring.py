"""Measuring precisions of a checkpoint against its reference."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.chat import ChatModel
from scripts.precision.chats import Chat
from scripts.precision.figures import (
    Figures,
    compute_kl,
    compute_logit_errors,
    compute_margin_errors,
    compute_relative_error,
    count_agreeing,
    find_divergences,
    share,
)
from scripts.precision.precisions import Precision, load_in, load_rounded
from scripts.precision.recording import Recording, answer, encode_images, follow, follow_with_transformers


@dataclass(frozen=True)
class Reference:
    """What a checkpoint computes in the dtype that all precisions are compared with."""

    source: str
    dtype: str
    device: str
    chats: Sequence[Chat]
    answers: list[Recording]
    features: list[Tensor]

    @property
    def num_positions(self) -> int:
        return sum(len(recording.ids) for recording in self.answers)

    @property
    def right(self) -> float | None:
        return count_right(self.chats, self.answers)


def record_reference(source: str, chats: Sequence[Chat], dtype: str, device: str) -> Reference:
    """Load a checkpoint in `dtype` and let it answer. Raises `LoadError`, and `ValueError` where it is quantised."""
    model = load_in(source, Precision(dtype), device)
    if model.info.quantization != "none":
        raise ValueError(f"{source} is already quantised to {model.info.quantization}; give the plain checkpoint")
    answers = [answer(model, chat) for chat in chats]
    return Reference(source, dtype, device, chats, answers, encode_images(model, chats))


def measure(reference: Reference, precision: Precision) -> Figures:
    """Load the checkpoint of a reference in a precision, and return how far it is from the reference."""
    rounded = record_rounded(reference, precision)
    _free()  # no two models are in memory at once
    return compare(reference, load_in(reference.source, precision, reference.device), rounded)


def record_rounded(reference: Reference, precision: Precision) -> list[Tensor]:
    """Return the logits along each answer of the reference's dtype over weights rounded as the precision's."""
    model = load_rounded(reference.source, precision, reference.dtype, reference.device)
    return _follow_all(follow, model, reference)


def compare(reference: Reference, model: ChatModel, rounded: Sequence[Tensor]) -> Figures:
    """Return how far a model is from the reference. `rounded` is of `record_rounded`."""
    expected = [recording.logits for recording in reference.answers]
    found = _follow_all(follow, model, reference)
    by_transformers = _follow_all(follow_with_transformers, model, reference)
    answers = [answer(model, chat) for chat in reference.chats]
    divergences = find_divergences(reference.answers, answers)
    kl = _compare_all(compute_kl, expected, found)
    arithmetic_kl = _compare_all(compute_kl, rounded, found)
    return Figures(
        mean_kl=kl.mean().item(),
        p99_kl=kl.quantile(0.99).item(),
        max_kl=kl.max().item(),
        agreement=_compare_all(count_agreeing, expected, found).mean().item(),
        logit_error=_compare_all(compute_logit_errors, expected, found).max().item(),
        margin_error=_compare_all(compute_margin_errors, expected, found).max().item(),
        identical=1 - len(divergences) / len(answers),
        divergences=divergences,
        mean_arithmetic_kl=arithmetic_kl.mean().item(),
        max_arithmetic_kl=arithmetic_kl.max().item(),
        max_transformers_kl=_compare_all(compute_kl, by_transformers, found).max().item(),
        image_error=compute_relative_error(reference.features, encode_images(model, reference.chats)),
        right=count_right(reference.chats, answers),
    )


def _follow_all(
    follow_one: Callable[[ChatModel, Chat, Sequence[int]], Tensor], model: ChatModel, reference: Reference
) -> list[Tensor]:
    pairs = zip(reference.chats, reference.answers, strict=True)
    return [follow_one(model, chat, recording.ids) for chat, recording in pairs]


def _compare_all(
    compare_one: Callable[[Tensor, Tensor], Tensor], expected: Sequence[Tensor], found: Sequence[Tensor]
) -> Tensor:
    return torch.cat([compare_one(one, other) for one, other in zip(expected, found, strict=True)])


def count_right(chats: Sequence[Chat], answers: Sequence[Recording]) -> float | None:
    """Return the share of answers that are right word for word, or None where no right answers are known."""
    if any(chat.right is None for chat in chats):
        return None
    return share([recording.text == chat.right for chat, recording in zip(chats, answers, strict=True)])


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
