"""How often a sequence has generated each token, which penalties need at every step. No tensors here."""

from array import array
from collections.abc import Sequence


class TokenCounts:
    """Distinct tokens and their counts, `ids[i]` with `counts[i]`: 64-bit integers in the order of first appearance."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.counts = array("q")
        self.num_counted = 0
        self._places: dict[int, int] = {}

    def extend(self, token_ids: Sequence[int]) -> None:
        """Count the tokens that follow those counted so far."""
        for token_id in token_ids:
            place = self._places.setdefault(token_id, len(self.ids))
            if place == len(self.ids):
                self.ids.append(token_id)
                self.counts.append(0)
            self.counts[place] += 1
        self.num_counted += len(token_ids)

    def copy(self) -> "TokenCounts":
        other = TokenCounts()
        other.ids, other.counts = self.ids[:], self.counts[:]
        other.num_counted, other._places = self.num_counted, dict(self._places)
        return other
