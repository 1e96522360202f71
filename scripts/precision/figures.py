"""Figures of how far the outputs of two models differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scripts.precision.recording import Recording


@dataclass(frozen=True)
class Divergence:
    """The first place where a greedy answer has another token than the reference's.

    `margin` is by how much the reference's own logit of its token is above its second best.
    """

    chat: int
    position: int
    margin: float


@dataclass(frozen=True)
class Figures:
    """How far a precision is from the reference, over the reference's greedy answers.

    KL divergences are in nats, from the reference's distribution of the next token to the precision's. A figure that is
    not a number stands for logits that are none.
    """

    mean_kl: float
    p99_kl: float
    max_kl: float
    agreement: float
    """The share of positions at which the likeliest token is the same."""
    logit_error: float
    """The largest difference of a logit, in standard deviations of the reference's logits at its position."""
    margin_error: float
    """By how much the distance of the reference's two best logits changes at most."""
    identical: float
    """The share of answers that are the same to the end when each goes on from its own tokens."""
    divergences: list[Divergence]
    mean_arithmetic_kl: float
    max_arithmetic_kl: float
    """The KL divergence from the reference over weights that are rounded as the precision's."""
    max_transformers_kl: float
    """The largest KL divergence from transformers' own forward in the same precision."""
    image_error: float
    """The largest relative error of a chat's image features."""
    right: float | None
    """The share of right answers, where they are known."""

    @property
    def max_margin(self) -> float:
        """The largest margin at which an answer diverged, 0 where none did."""
        return max((divergence.margin for divergence in self.divergences), default=0.0)


def compute_kl(reference: Tensor, other: Tensor) -> Tensor:
    """Return the KL divergence at each position, in nats: two `[N, vocab_size]` -> `[N]` float64."""
    p, q = reference.double().log_softmax(-1), other.double().log_softmax(-1)
    return (p.exp() * (p - q)).sum(-1).clamp(min=0)  # rounding may leave -1e-17


def compute_logit_errors(reference: Tensor, other: Tensor) -> Tensor:
    """Return each position's largest difference of logits, in standard deviations of the reference's: `[N]`.

    The mean difference is taken off first, because it changes no probability.
    """
    difference = other.double() - reference.double()
    largest = (difference - difference.mean(-1, keepdim=True)).abs().amax(-1)
    return largest / reference.double().std(-1)


def compute_margin_errors(reference: Tensor, other: Tensor) -> Tensor:
    """Return by how much the distance of the reference's two best logits changes at each position: `[N]` float64."""
    best = reference.topk(2).indices
    margins = [logits.double().gather(-1, best).diff()[:, 0] for logits in (reference, other)]
    return (margins[1] - margins[0]).abs()


def count_agreeing(reference: Tensor, other: Tensor) -> Tensor:
    """Return 1 for each position with the same likeliest token and 0 for the others: `[N]` float64."""
    return (reference.argmax(-1) == other.argmax(-1)).double()


def find_divergences(references: Sequence[Recording], answers: Sequence[Recording]) -> list[Divergence]:
    found = []
    for chat, (reference, answer) in enumerate(zip(references, answers, strict=True)):
        position = find_first_difference(reference.ids, answer.ids)
        if position is not None:
            best, second = reference.logits[position].topk(2).values.tolist()
            found.append(Divergence(chat, position, best - second))
    return found


def find_first_difference(reference: Sequence[int], other: Sequence[int]) -> int | None:
    """Return the first index at which two answers differ, None where they are the same.

    An answer that was cut at its greatest length ends where the other may go on, so only common positions count.
    """
    pairs = zip(reference, other, strict=False)
    return next((index for index, (one, two) in enumerate(pairs) if one != two), None)


def compute_relative_error(reference: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    """Return the largest ratio of the norm of a difference to the reference's norm; 0 where there is nothing."""
    ratios = [((b - a).norm() / a.norm()).item() for a, b in zip(reference, other, strict=True)]
    return float(torch.tensor([0.0, *ratios]).max())  # which keeps what is not a number


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
