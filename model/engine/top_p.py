"""One token drawn from a row of logits by inverse transform sampling, most likely tokens first.

Sorting a vocabulary costs more than a step may take, and the tail of it is hardly ever reached: so only a head is
sorted, and the rest where a draw goes beyond it. The token is the same either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from model.sampling import SamplingParams

HEAD = 512

MIN_DIVISOR = 1e-10
"""Of logits: they are 32-bit numbers, and over a smaller temperature or penalty some would become infinite."""


@dataclass(frozen=True)
class TopTokens:
    """The best tokens of each row, best first, on the CPU: ids and `cumulative` probabilities `[R, S]`.

    Of a row's tokens the first `num_kept` may be drawn, and `is_complete` where those below cannot: `[R]`.
    """

    ids: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    num_kept: NDArray[np.int64]
    is_complete: NDArray[np.bool_]

    @classmethod
    def of(
        cls, scaled: Tensor, ids: Tensor, log_masses: Sequence[float] | None, params: Sequence[SamplingParams]
    ) -> "TopTokens":
        """Logits over their temperature and their ids, `[R, S]`, of which top_k, top_p (Holtzman et al., 2020) and
        min_p (Nguyen et al., 2024) leave some.

        `log_masses` is the logarithm of the sum of exponentials of a whole row, None where these are whole rows.
        """
        size = scaled.shape[1]
        top_k, top_p, min_p = np.array([(p.top_k or np.inf, p.top_p, p.min_p) for p in params]).T[:, :, None]
        exact = scaled.double().cpu().numpy()
        weights = np.exp(exact - exact[:, :1])
        weights[np.arange(size) >= top_k] = 0.0  # one after another, so that no sum depends on the rows beside it
        totals = weights.cumsum(1)
        masses, is_whole = totals[:, -1:], np.ones_like(top_k, dtype=bool)
        if log_masses is not None:
            is_whole = top_k <= size
            masses = np.where(is_whole, masses, np.exp(np.array(log_masses) - exact[:, 0])[:, None])
        probs, cumulative = weights / masses, totals / masses
        is_kept = (cumulative - probs < top_p) & (probs >= min_p * probs[:, :1]) & (probs > 0)
        num_kept = is_kept.sum(1)  # they are a beginning
        return cls(ids.cpu().numpy(), cumulative, num_kept, is_whole[:, 0] | (num_kept < size))

    def draw(self, row: int, params: SamplingParams, uniform: float) -> int | None:
        """None: it lies further down."""
        num_kept, is_complete = self.num_kept[row], self.is_complete[row]
        if not is_complete and params.top_p < 1:
            return None
        kept = self.cumulative[row, :num_kept]
        index = int(kept.searchsorted(uniform * (kept[-1] if is_complete else 1.0), side="right"))
        if index == num_kept and not is_complete:
            return None
        return int(self.ids[row, min(index, num_kept - 1)])


class TokenDrawer:
    """Draws from logits `[R, vocabulary]`, each row by its `params`; the heads are taken together."""

    def __init__(self, logits: Tensor, params: Sequence[SamplingParams]) -> None:
        self._params = params
        self._temperatures = logits.new_tensor([max(p.temperature, MIN_DIVISOR) for p in params])[:, None]
        self._logits = logits
        vocab_size = logits.shape[-1]
        limits = [p.top_k if 0 < p.top_k < vocab_size else None for p in params]
        size = min(vocab_size, max(limit or HEAD for limit in limits))
        values, ids = logits.topk(size)
        is_open = size < vocab_size and None in limits
        log_masses = (logits / self._temperatures).logsumexp(-1).tolist() if is_open else None
        self._top = TopTokens.of(values / self._temperatures, ids, log_masses, params)

    def draw(self, row: int, uniform: float) -> int:
        params = self._params[row]
        token_id = self._top.draw(row, params, uniform)
        if token_id is None:
            token_id = self._all(row).draw(0, params, uniform)
        assert token_id is not None, "a whole row has an answer"
        return token_id

    def _all(self, row: int) -> TopTokens:
        values, ids = self._logits[row : row + 1].sort(descending=True)
        return TopTokens.of(values / self._temperatures[row], ids, None, [self._params[row]])
