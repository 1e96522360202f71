"""A runner without a model, whose next token depends on every row of the pool that it reads.

So a row that is in a wrong place, overwritten, or never written changes the answer, as it would with a model.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor

from model.engine.batch import Batch, Row
from model.engine.prefix import BLOCK_SIZE
from model.engine.sampler import Choice, Sampler
from model.engine.sequence import Group
from model.images import View

VOCAB_SIZE = 40
END_IDS = (38, 39)


class FakeImages:
    """Which views are encoded, one entry for each time, and which are kept to be encoded."""

    def __init__(self) -> None:
        self.encoded: list[bytes] = []
        self.views: list[View] = []

    def __contains__(self, key: object) -> bool:
        return key in self.encoded

    def add(self, views: tuple[View, ...]) -> None:
        self.views += views

    def discard(self, views: tuple[View, ...]) -> None:
        for view in views:
            self.views.remove(view)  # raises ValueError when the view was not added

    def clear(self) -> None:
        self.encoded.clear()


class FakeRunner:
    """A runner over a pool of integers.

    `errors` maps the number of a run, from 1 on, to an error that it raises before its last copies are done.
    """

    def __init__(self, num_blocks: int) -> None:
        self.pool = np.full(num_blocks * BLOCK_SIZE, -1, dtype=np.int64)
        self.images = FakeImages()
        self.sampler = Sampler(END_IDS)
        self.batches: list[Batch] = []
        self.errors: dict[int, Exception] = {}

    def run(self, batch: Batch) -> dict[Group, list[Choice]]:
        error = self.errors.pop(len(self.batches) + 1, None)
        num_undone = 0 if error is None else (len(batch.copies) + 1) // 2
        while len(batch.copies) > num_undone:
            copy = batch.copies.pop(0)
            moved = self.pool[copy.source : copy.source + copy.length].copy()
            self.pool[copy.target : copy.target + copy.length] = moved
        self.batches.append(batch)
        if error is not None:
            raise error
        self.images.encoded += batch.view_keys
        for row in batch.rows:
            self._write(row)
        sampled = [row for row in batch.rows if row.is_sampled]
        if not sampled:
            return {}
        return self.sampler.sample(torch.stack([self._compute_logits(row) for row in sampled]), sampled)

    def _write(self, row: Row) -> None:
        assert row.sequence.region is not None
        assert row.end <= row.sequence.region.capacity
        slot = row.sequence.region.slot
        values = compute_content(row.sequence.token_ids[: row.end], row.group)
        self.pool[slot + row.start : slot + row.end] = values[row.start :]
        for span in row.group.spans:
            if span.start < row.end and row.start < span.end:
                assert span.key in self.images, "a view is read before it is encoded"

    def _compute_logits(self, row: Row) -> Tensor:
        assert row.sequence.region is not None
        slot = row.sequence.region.slot
        return compute_logits(self.pool[slot : slot + row.end])


def compute_content(token_ids: list[int], group: Group) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return what each position holds: its token id, or a number that stands for its part of a picture."""
    values = np.array(token_ids, dtype=np.int64)
    for span in group.spans:
        for position in range(span.start, min(span.end, len(values))):
            digest = hashlib.blake2b(span.key + bytes([position - span.start]), digest_size=4).digest()
            values[position] = 1000 + int.from_bytes(digest, "little")
    return values


def compute_logits(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Tensor:
    """Return logits `[VOCAB_SIZE]` that depend on all of the values."""
    seed = int.from_bytes(hashlib.blake2b(values.tobytes(), digest_size=7).digest(), "little")
    return 3 * torch.randn(VOCAB_SIZE, generator=torch.Generator().manual_seed(seed))
