"""Drawing a token from a row of logits by inverse transform sampling, most likely tokens first.

Sorting a whole vocabulary takes too long for a step, and its tail is hardly ever drawn from. So only the top tokens are
sorted, and the rest when a draw goes beyond them. The token is the same either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from model.sampling import SamplingParams

NUM_TOP = 512
"""The number of top tokens that are sorted when top_k does not say otherwise."""

MIN_DIVISOR = 1e-10
"""The smallest temperature or penalty that logits are divided by; 32-bit logits over less could become infinite."""


@dataclass(frozen=True)
class TopTokens:
    """The most likely tokens of each row, most likely first, on the CPU.

    `ids` and `cumulative` probabilities are `[R, S]`. `num_kept` `[R]` is how many of a row's tokens may be drawn, and
    `is_complete` `[R]` whether no token outside them may be.
    """

    ids: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    num_kept: NDArray[np.int64]
    is_complete: NDArray[np.bool_]

    @classmethod
    def of(
        cls, scaled: Tensor, ids: Tensor, log_masses: Sequence[float] | None, params: Sequence[SamplingParams]
    ) -> "TopTokens":
        """Apply top_k, top_p (Holtzman et al., 2020) and min_p (Nguyen et al., 2024) to the sorted logits of rows.

        `scaled` holds logits divided by their temperature, and `ids` their tokens, both `[R, S]`. `log_masses` is the
        log-sum-exp of each whole row, or None when these are whole rows.
        """
        size = scaled.shape[1]
        top_k, top_p, min_p = np.array([(p.top_k or np.inf, p.top_p, p.min_p) for p in params]).T[:, :, None]
        exact = scaled.double().cpu().numpy()
        weights = np.exp(exact - exact[:, :1])
        weights[np.arange(size) >= top_k] = 0.0
        totals = weights.cumsum(1)  # added up in order, so that no sum depends on the rows beside it
        masses, is_whole = totals[:, -1:], np.ones_like(top_k, dtype=bool)
        if log_masses is not None:
            is_whole = top_k <= size
            masses = np.where(is_whole, masses, np.exp(np.array(log_masses) - exact[:, 0])[:, None])
        probs, cumulative = weights / masses, totals / masses
        is_kept = (cumulative - probs < top_p) & (probs >= min_p * probs[:, :1]) & (probs > 0)
        num_kept = is_kept.sum(1)  # the kept tokens are a prefix
        return cls(ids.cpu().numpy(), cumulative, num_kept, is_whole[:, 0] | (num_kept < size))

    def draw(self, row: int, params: SamplingParams, uniform: float) -> int | None:
        """Return the token at `uniform` in [0, 1) of the cumulative probability, or None when it is not among these."""
        num_kept, is_complete = self.num_kept[row], self.is_complete[row]
        if not is_complete and params.top_p < 1:
            return None
        kept = self.cumulative[row, :num_kept]
        index = int(kept.searchsorted(uniform * (kept[-1] if is_complete else 1.0), side="right"))
        if index == num_kept and not is_complete:
            return None
        return int(self.ids[row, min(index, num_kept - 1)])


class TokenDrawer:
    """Draws from logits `[R, vocab_size]`, each row with its own `params`. All rows' top tokens are sorted at once."""

    def __init__(self, logits: Tensor, params: Sequence[SamplingParams]) -> None:
        self._params = params
        self._temperatures = logits.new_tensor([max(p.temperature, MIN_DIVISOR) for p in params])[:, None]
        self._logits = logits
        vocab_size = logits.shape[-1]
        limits = [p.top_k if 0 < p.top_k < vocab_size else None for p in params]
        size = min(vocab_size, max(limit or NUM_TOP for limit in limits))
        values, ids = logits.topk(size)
        is_open = size < vocab_size and None in limits
        log_masses = (logits / self._temperatures).logsumexp(-1).tolist() if is_open else None
        self._top = TopTokens.of(values / self._temperatures, ids, log_masses, params)

    def draw(self, row: int, uniform: float) -> int:
        """Return the token of a row for `uniform`, a number in [0, 1)."""
        params = self._params[row]
        token_id = self._top.draw(row, params, uniform)
        if token_id is None:
            token_id = self._sort_row(row).draw(0, params, uniform)
        assert token_id is not None, "a whole row has a token for every number"
        return token_id

    def _sort_row(self, row: int) -> TopTokens:
        values, ids = self._logits[row : row + 1].sort(descending=True)
        return TopTokens.of(values / self._temperatures[row], ids, None, [self._params[row]])
