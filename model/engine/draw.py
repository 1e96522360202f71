"""One token drawn from a row of logits by inverse transform sampling, most likely tokens first.

Sorting a vocabulary costs more than a step may take, and the tail of it is hardly ever reached: so only a head is
sorted, and the rest where a draw goes beyond it. The token is the same either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.sampling import SamplingParams

HEAD = 512


@dataclass(frozen=True)
class Tail:
    """The best logits of a row over its temperature, best first, and their ids; on the CPU.

    `log_mass` is the logarithm of the sum of exponentials of everything that top_k leaves; `is_whole` says whether that
    is what is here.
    """

    scaled: Tensor
    ids: Tensor
    log_mass: float
    is_whole: bool

    def draw(self, params: SamplingParams, uniform: float) -> int | None:
        """From what top_p (Holtzman et al., 2020) and min_p (Nguyen et al., 2024) leave; None: it lies further down."""
        probs = (self.scaled - self.log_mass).exp().double()
        cumulative = probs.cumsum(-1)
        is_kept = (cumulative - probs < params.top_p) & (probs >= params.min_p * probs[0]) & (probs > 0)
        num_kept = int(is_kept.sum())  # they are a beginning
        is_complete = self.is_whole or num_kept < len(probs)
        if not is_complete and params.top_p < 1:
            return None
        mass = float(cumulative[num_kept - 1]) if is_complete else 1.0
        index = int(torch.searchsorted(cumulative[:num_kept], uniform * mass, right=True))
        if index == num_kept and not is_complete:
            return None
        return int(self.ids[min(index, num_kept - 1)])


class Tails:
    """Those of logits `[R, vocabulary]`, whose rows are drawn from by `params`; the heads are taken together."""

    def __init__(self, logits: Tensor, params: Sequence[SamplingParams]) -> None:
        self._params = params
        self._temperatures = logits.new_tensor([p.temperature for p in params])[:, None]
        self._logits = logits
        vocab_size = logits.shape[-1]
        self._top_k = [p.top_k if 0 < p.top_k < vocab_size else vocab_size for p in params]
        size = min(vocab_size, max((k if k < vocab_size else HEAD for k in self._top_k), default=HEAD))
        values, ids = logits.topk(size)
        self._scaled, self._ids = (values / self._temperatures).cpu(), ids.cpu()
        is_open = any(k > size for k in self._top_k)
        self._log_masses = (logits / self._temperatures).logsumexp(-1).tolist() if is_open else []

    def draw(self, row: int, uniform: float) -> int:
        params = self._params[row]
        token_id = self._head(row).draw(params, uniform)
        if token_id is None:
            token_id = self._all(row).draw(params, uniform)
        assert token_id is not None, "a whole tail has an answer"
        return token_id

    def _head(self, row: int) -> Tail:
        top_k, size = self._top_k[row], self._scaled.shape[1]
        scaled, ids = self._scaled[row, :top_k], self._ids[row, :top_k]
        if top_k <= size:
            return Tail(scaled, ids, float(scaled.logsumexp(-1)), is_whole=True)
        return Tail(scaled, ids, self._log_masses[row], is_whole=False)

    def _all(self, row: int) -> Tail:
        values, ids = self._logits[row].sort(descending=True)
        return Tail((values / self._temperatures[row]).cpu(), ids.cpu(), self._log_masses[row], is_whole=True)
