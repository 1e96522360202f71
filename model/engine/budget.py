"""How much one step may compute: tokens, and views at what each costs in tokens. No tensors here."""

from collections.abc import Container
from dataclasses import dataclass

from model.engine.batch import Batch
from model.engine.sequence import Group


@dataclass(frozen=True)
class Limits:
    """`view_cost` is what encoding one view takes, in tokens."""

    max_num_seqs: int = 64
    max_num_batched_tokens: int = 2048
    view_cost: int = 64


@dataclass
class Budget:
    """`tokens` are left. `images` says which views are encoded already, by key."""

    tokens: int
    view_cost: int
    images: Container[bytes]

    def encode(self, group: Group, start: int, end: int, batch: Batch) -> int:
        """Ask for the views in [start, end) that are not encoded; returns how far the chunk may go.

        A view that costs more than a whole step is encoded in one without anything else.
        """
        for span in group.spans:
            if span.start >= end:
                break
            if span.end <= start or span.key in self.images or span.key in batch.views:
                continue
            if self.tokens < self.view_cost and (batch.rows or batch.views):
                return span.start
            batch.views.append(span.key)
            batch.view_groups.append(group)
            self.tokens = max(self.tokens - self.view_cost, 0)
            end = min(end, start + self.tokens)
        return max(end, start)
