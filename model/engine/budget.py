"""How much one step may compute: tokens, and views at their cost in tokens. No tensors here."""

from collections.abc import Container
from dataclasses import dataclass

from model.engine.batch import Batch
from model.engine.sequence import Group


@dataclass(frozen=True)
class Limits:
    """The bounds of every step. `view_cost` is the cost of encoding one view, in tokens."""

    max_num_seqs: int
    max_num_batched_tokens: int
    view_cost: int


@dataclass
class Budget:
    """What is left of one step: `num_tokens`. `images` contains the keys of the views that are already encoded."""

    num_tokens: int
    view_cost: int
    images: Container[bytes]

    def add_views(self, group: Group, start: int, end: int, batch: Batch) -> int:
        """Add the views in [start, end) that are not encoded yet to the batch, and return where the chunk must end.

        A view that costs more than a whole step is encoded in a step of its own.
        """
        for span in group.spans:
            if span.start >= end:
                break
            if span.end <= start or span.key in self.images or span.key in batch.view_keys:
                continue
            if self.num_tokens < self.view_cost and (batch.rows or batch.view_keys):
                return span.start
            batch.view_keys.append(span.key)
            batch.view_groups.append(group)
            self.num_tokens = max(self.num_tokens - self.view_cost, 0)
            end = min(end, start + self.num_tokens)
        return max(end, start)
