"""Decode steps as CUDA graphs: transformers' Python alone costs more than the GPU's work of a step of few rows.

A graph replays the same kernels on the same memory. So a step's numbers are written into static buffers, its rows are
rounded up to a bucket, and rows that mean nothing attend to one row of a trash region. What is a Python integer in the
forward (the largest lengths) is baked in, and so never varies.
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

BUCKETS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
NUM_WARM_UPS = 2
"""Runs before a capture: libraries allocate and choose their kernels in the first."""

TOLERANCE = 1e-2
"""Of the largest logit. The same kernels on the same numbers: anything but noise is a graph gone wrong."""


@dataclass(frozen=True)
class DecodeRow:
    """One new token of a sequence, at `span`'s last position."""

    token_id: int
    span: QuerySpan

    @property
    def numbers(self) -> tuple[int, int, int, int, int]:
        """Token, position, slot to write, slot of the region, length."""
        slot, length = self.span.slot, self.span.kv_len
        return self.token_id, length - 1, slot + length - 1, slot, length


class Replay(Protocol):
    """Runs what was captured once more."""

    def __call__(self) -> None: ...


Capture = Callable[[Callable[[], None]], Replay]
"""Takes what a step does; returns what does it again."""


class DecodeGraphs:
    """The decode step of one model, captured for each bucket up to `max_rows`. Belongs to the engine's thread.

    pool `[layers, 2, slots, kv_heads, head_dim]`; `trash` is a slot in it that no sequence owns.
    """

    def __init__(self, model: MiniCPMV, kernel: StaticKernel, pool: Tensor, trash: int, max_rows: int) -> None:
        self.buckets = tuple(b for b in BUCKETS if b < max_rows) + tuple(b for b in BUCKETS if b >= max_rows)[:1]
        self.num_replays = 0
        self._model, self._kernel, self._pool = model, kernel, pool
        self._padding = DecodeRow(0, QuerySpan(1, trash, 1))
        self._max_len = model.llm.config.max_position_embeddings
        # [token, position, slot to write, slot of the region, length], a column a row
        self._numbers = torch.tensor([self._padding.numbers] * self.buckets[-1], device=model.device).T.contiguous()
        self._staging = torch.empty_like(self._numbers, device="cpu", pin_memory=model.device.type == "cuda")
        self._logits = torch.empty(0)
        self._replays: dict[int, Replay] = {}

    @torch.inference_mode()
    def capture(self, capture: Capture) -> None:
        """Largest first, so that the smaller ones fit into its memory. Raises what the capture of a step raises."""
        size, vocab_size = self.buckets[-1], self._model.llm.lm_head.out_features
        self._logits = self._pool.new_empty(size, vocab_size)
        for bucket in reversed(self.buckets):
            self._replays[bucket] = capture(partial(self._decode, bucket))

    @torch.inference_mode()
    def find_problem(self) -> str | None:
        """Why the captured steps cannot be used; None where they give what the same steps give uncaptured.

        Writes into the beginning of the pool, so nothing may be there yet. The lengths are not those of the capture.
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
                return f"a captured step of {bucket} rows is wrong by {difference:.3g}"
        return None

    def fits(self, num_rows: int) -> bool:
        return num_rows <= self.buckets[-1] and bool(self._replays)

    @torch.inference_mode()
    def run(self, rows: Sequence[DecodeRow]) -> Tensor:
        """Logits `[rows, vocabulary]`, good until the next run."""
        bucket = next(b for b in self.buckets if b >= len(rows))
        padded = [*rows, *[self._padding] * (bucket - len(rows))]
        self._staging[:, :bucket] = torch.tensor([row.numbers for row in padded]).T
        self._numbers.copy_(self._staging, non_blocking=True)
        self._replays[bucket]()
        self.num_replays += 1
        return self._logits[: len(rows)]

    def _decode(self, bucket: int) -> None:
        """Buffers in, buffers out; everything between is the device's."""
        token_ids, positions, slots, starts, kv_lens = self._numbers[:, :bucket]
        plan = self._kernel.static_plan(DecodeMetadata(starts.int(), kv_lens.int(), self._max_len))
        step = AttentionMetadata(self._pool, slots, self._kernel, plan)
        embeds = self._model.get_input_embeddings()(token_ids)
        out = self._model.llm.model(
            inputs_embeds=embeds[None], position_ids=positions[None], use_cache=False, step=step
        )
        self._logits[:bucket] = self._model.llm.lm_head(out.last_hidden_state[0])


def capture_decode(graphs: DecodeGraphs) -> str | None:
    """Capture on a GPU, and try what was captured. Why that did not work, in one line, or None."""
    try:
        graphs.capture(CudaCapture())
        return graphs.find_problem()
    except RuntimeError as error:  # a layer that asks the GPU for a number in its middle cannot be captured
        return first_line(error)


class CudaCapture:
    """Captures with one pool of memory for all graphs: they never run at the same time."""

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
        # other threads decode pictures meanwhile, and must not end the capture
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            work()
        return graph.replay
