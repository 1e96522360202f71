"""Decode steps as CUDA graphs, because transformers' Python takes longer than the GPU does for a step of few rows.

A graph replays the same kernels on the same memory. So the numbers of a step are written into static buffers, and its
rows are padded to the size of a bucket; padding rows attend to one row of a block that no sequence owns. What is a
Python integer in the forward (the largest lengths) is fixed at the capture, and so must not vary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from model.engine.attention import AttentionMetadata, DecodeMetadata, QuerySpan, StaticKernel
from model.errors import first_line
from model.minicpmv import MiniCPMV
from model.out_of_memory import is_out_of_memory

BUCKETS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
NUM_WARM_UPS = 2
"""Runs before a capture, because libraries allocate memory and choose kernels in their first runs."""

TOLERANCE = 1e-2
"""The largest difference allowed, as a part of the largest logit: a graph runs the same kernels on the same numbers."""


@dataclass(frozen=True)
class DecodeRow:
    """One new token of a sequence, at the last position of `span`."""

    token_id: int
    span: QuerySpan

    @property
    def numbers(self) -> tuple[int, int, int, int, int]:
        """The token, its position, the slot to write, the slot of the region, and the length."""
        slot, length = self.span.slot, self.span.kv_len
        return self.token_id, length - 1, slot + length - 1, slot, length


class Replay(Protocol):
    """Runs a captured step once more."""

    def __call__(self) -> None: ...


Capture = Callable[[Callable[[], None]], Replay]
"""Captures what a function does on the device, and returns what replays it."""


class DecodeGraphs:
    """The decode step of one model, captured for each bucket up to `max_rows`. It belongs to the engine's thread.

    `pool` is `[layers, 2, slots, kv_heads, head_dim]`, and `padding_slot` a slot in it that no sequence owns.
    """

    def __init__(self, model: MiniCPMV, kernel: StaticKernel, pool: Tensor, padding_slot: int, max_rows: int) -> None:
        self.buckets = tuple(b for b in BUCKETS if b < max_rows) + tuple(b for b in BUCKETS if b >= max_rows)[:1]
        self.num_replays = 0
        self._model, self._kernel, self._pool = model, kernel, pool
        self._padding = DecodeRow(0, QuerySpan(1, padding_slot, 1))
        self._max_len = model.llm.config.max_position_embeddings
        # [token, position, slot to write, slot of the region, length], one column per row
        self._numbers = torch.tensor([self._padding.numbers] * self.buckets[-1], device=model.device).T.contiguous()
        self._staging = torch.empty_like(self._numbers, device="cpu", pin_memory=model.device.type == "cuda")
        self._logits = torch.empty(0)
        self._replays: dict[int, Replay] = {}

    @torch.inference_mode()
    def capture(self, capture: Capture) -> None:
        """Capture all buckets, the largest first, so that the smaller ones fit into its memory.

        Raise what the capture of a step raises.
        """
        size, vocab_size = self.buckets[-1], self._model.llm.lm_head.out_features
        self._logits = self._pool.new_empty(size, vocab_size)
        for bucket in reversed(self.buckets):
            self._replays[bucket] = capture(partial(self._decode, bucket))

    @torch.inference_mode()
    def find_error(self) -> str | None:
        """Return why the captured steps cannot be used, or None when they give the same as uncaptured ones.

        This writes into the beginning of the pool, so nothing may be there yet. The sequences' lengths differ from
        those at the capture.
        """
        lengths = [length for length in (40, 1, 33, 7) if length < self._max_len]
        self._pool[:, :, : sum(lengths)].normal_(std=0.1)
        spans = [QuerySpan(1, sum(lengths[:i]), length) for i, length in enumerate(lengths)]
        for bucket in self.buckets:
            rows = [DecodeRow(i % len(spans), spans[i % len(spans)]) for i in range(bucket)]
            found = self.run(rows).clone()
            self._decode(bucket)
            expected = self._logits[:bucket]
            difference = float((found - expected).abs().max() / expected.abs().max())
            if not difference < TOLERANCE:
                return f"a captured step of {bucket} rows differs from an eager one by {difference:.3g}"
        return None

    def can_run(self, num_rows: int) -> bool:
        """Return whether a bucket of at least that many rows was captured."""
        return num_rows <= self.buckets[-1] and bool(self._replays)

    @torch.inference_mode()
    def run(self, rows: Sequence[DecodeRow]) -> Tensor:
        """Compute one decode step, and return its logits `[rows, vocab_size]`, which are valid until the next run."""
        bucket = next(b for b in self.buckets if b >= len(rows))
        padded = [*rows, *[self._padding] * (bucket - len(rows))]
        self._staging[:, :bucket] = torch.tensor([row.numbers for row in padded]).T
        self._numbers.copy_(self._staging, non_blocking=True)
        self._replays[bucket]()
        self.num_replays += 1
        return self._logits[: len(rows)]

    def _decode(self, bucket: int) -> None:
        """Compute the logits of one bucket, from static buffers into a static buffer."""
        token_ids, positions, slots, starts, kv_lens = self._numbers[:, :bucket]
        plan = self._kernel.static_plan(DecodeMetadata(starts.int(), kv_lens.int(), self._max_len))
        step = AttentionMetadata(self._pool, slots, self._kernel, plan)
        embeds = self._model.get_input_embeddings()(token_ids)
        out = self._model.llm.model(
            inputs_embeds=embeds[None], position_ids=positions[None], use_cache=False, step=step
        )
        self._logits[:bucket] = self._model.llm.lm_head(out.last_hidden_state[0])


def capture_decode(graphs: DecodeGraphs) -> str | None:
    """Capture on a GPU and check the result. Return why the graphs cannot be used, in one line, or None.

    Raise what says that the memory has run out: a model that only starts without graphs had better be a smaller one.
    """
    try:
        graphs.capture(CudaCapture())
        return graphs.find_error()
    except RuntimeError as error:  # a layer that reads a number from the GPU cannot be captured
        if is_out_of_memory(error):
            raise
        return first_line(error)


class CudaCapture:
    """A capture with one memory pool for all graphs, as they never run at the same time."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Callable[[], None]) -> Replay:
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(NUM_WARM_UPS):
                work()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # other threads use the device meanwhile, and must not end the capture
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            work()
        return graph.replay
