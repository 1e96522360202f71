"""A runner without a model: its pool holds what was written, and the next token depends on every row it reads.

A row in a wrong place, overwritten or never written, so changes the answer, as it would with a model.
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
    """Knows which views are encoded, and how often each was."""

    def __init__(self) -> None:
        self.encoded: list[bytes] = []
        self.views: list[View] = []

    def __contains__(self, key: object) -> bool:
        return key in self.encoded

    def add(self, views: tuple[View, ...]) -> None:
        self.views += views

    def discard(self, views: tuple[View, ...]) -> None:
        for view in views:
            self.views.remove(view)  # an error where it was not added

    def clear(self) -> None:
        self.encoded.clear()


class FakeRunner:
    """`fails` lists the numbers of the runs that raise."""

    def __init__(self, num_blocks: int) -> None:
        self.pool = np.full(num_blocks * BLOCK_SIZE, -1, dtype=np.int64)
        self.images = FakeImages()
        self.sampler = Sampler(END_IDS)
        self.batches: list[Batch] = []
        self.fails: dict[int, Exception] = {}

    def run(self, batch: Batch) -> dict[Group, list[Choice]]:
        while batch.copies:
            copy = batch.copies.pop(0)
            moved = self.pool[copy.source : copy.source + copy.length].copy()
            self.pool[copy.target : copy.target + copy.length] = moved
        self.batches.append(batch)
        if error := self.fails.pop(len(self.batches), None):
            raise error
        self.images.encoded += batch.views
        for row in batch.rows:
            self._write(row)
        giving = [row for row in batch.rows if row.gives_token]
        if not giving:
            return {}
        return self.sampler.sample(torch.stack([self._logits(row) for row in giving]), giving)

    def _write(self, row: Row) -> None:
        assert row.sequence.region is not None
        assert row.end <= row.sequence.region.capacity
        slot = row.sequence.region.slot
        values = content(row.sequence.token_ids[: row.end], row.group)
        self.pool[slot + row.start : slot + row.end] = values[row.start :]
        for span in row.group.spans:
            if span.start < row.end and row.start < span.end:
                assert span.key in self.images, "a view is read before it is encoded"

    def _logits(self, row: Row) -> Tensor:
        assert row.sequence.region is not None
        slot = row.sequence.region.slot
        return logits_of(self.pool[slot : slot + row.end])


def content(token_ids: list[int], group: Group) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What each position holds: its token, or what its picture shows."""
    values = np.array(token_ids, dtype=np.int64)
    for span in group.spans:
        for position in range(span.start, min(span.end, len(values))):
            digest = hashlib.blake2b(span.key + bytes([position - span.start]), digest_size=4).digest()
            values[position] = 1000 + int.from_bytes(digest, "little")
    return values


def logits_of(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Tensor:
    seed = int.from_bytes(hashlib.blake2b(values.tobytes(), digest_size=7).digest(), "little")
    return 3 * torch.randn(VOCAB_SIZE, generator=torch.Generator().manual_seed(seed))
