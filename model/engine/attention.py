"""Attention over regions: each query of a step sees the keys and values of its own sequence, and no others.

A step packs the new positions of many sequences into one `[1, T, hidden]` forward, single ones (decode) first. The
function registered with transformers writes their keys and values into the pool, then calls the step's kernel.

A new kernel is a class here with the methods of `Kernel`, listed in `KERNELS` (`model/engine/probe.py`) and in
`ATTENTIONS` (`model/options.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface

NAME = "minicpmv_regions"


@dataclass(frozen=True)
class QuerySpan:
    """The new positions of one sequence: the last `num_queries` of its `kv_len` rows in the pool, from `slot` on."""

    num_queries: int
    slot: int
    kv_len: int


class Kernel(Protocol):
    """One way to compute attention. `plan` is called once a step, `attend` in each layer."""

    name: str

    def plan(self, spans: Sequence[QuerySpan], device: torch.device) -> Any:
        """Return what `attend` needs to know of the step, on the device."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, plan: Any, scale: float) -> Tensor:
        """q `[T, heads, head_dim]`, k and v `[slots, kv_heads, head_dim]` -> `[T, heads, head_dim]`."""


@dataclass(frozen=True)
class DecodeMetadata:
    """One new position of each of B sequences, as numbers on the device.

    `starts` and `kv_lens` `[B]` int32 hold the `slot` and `kv_len` of each `QuerySpan`. No length is over `max_len`.
    """

    starts: Tensor
    kv_lens: Tensor
    max_len: int


@runtime_checkable
class StaticKernel(Kernel, Protocol):
    """A kernel whose decode step can be captured as a CUDA graph."""

    def static_plan(self, metadata: DecodeMetadata) -> Any:
        """Return a plan for `attend` in which no Python number differs from step to step."""


@dataclass(frozen=True)
class AttentionMetadata:
    """What the attention of one step needs besides queries, keys and values.

    `pool` is `[layers, 2, slots, kv_heads, head_dim]`, and `slots` `[T]` is where each new position is written.
    """

    pool: Tensor
    slots: Tensor
    kernel: Kernel
    plan: Any


def region_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _: Tensor | None,
    scaling: float,
    step: AttentionMetadata,
    **__: Any,
) -> tuple[Tensor, None]:
    """Write the new keys and values into the pool, and attend over the regions.

    query `[1, heads, T, head_dim]`, key and value `[1, kv_heads, T, head_dim]` -> `[1, T, heads, head_dim]`.
    """
    pool_k, pool_v = step.pool[int(module.layer_idx)]  # type: ignore[arg-type]
    pool_k.index_copy_(0, step.slots, key[0].transpose(0, 1))
    pool_v.index_copy_(0, step.slots, value[0].transpose(0, 1))
    return step.kernel.attend(query[0].transpose(0, 1), pool_k, pool_v, step.plan, scaling)[None], None


def register_attention() -> None:
    """Make `region_attention` known to transformers as the attention implementation `NAME`."""
    AttentionInterface.register(NAME, region_attention)


class SdpaKernel:
    """torch's `scaled_dot_product_attention`, one call per sequence, on any device.

    Heads that share keys and values are batched, so these are never repeated.
    """

    name = "sdpa"

    def plan(self, spans: Sequence[QuerySpan], device: torch.device) -> list[tuple[QuerySpan, Tensor | None]]:
        return [(span, _causal_mask(span, device)) for span in spans]

    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, plan: list[tuple[QuerySpan, Tensor | None]], scale: float
    ) -> Tensor:
        out, start = torch.empty_like(q), 0
        for span, mask in plan:
            end = start + span.num_queries
            rows = slice(span.slot, span.slot + span.kv_len)
            attend = _attend_one if span.num_queries == 1 else _attend_many
            out[start:end] = attend(q[start:end], k[rows], v[rows], mask, scale)
            start = end
        return out


def _causal_mask(span: QuerySpan, device: torch.device) -> Tensor | None:
    """Return the mask `[queries, keys]` of a chunk that has something before it; others need none."""
    if span.num_queries in (1, span.kv_len):
        return None
    ones = torch.ones(span.num_queries, span.kv_len, dtype=torch.bool, device=device)
    return ones.tril(span.kv_len - span.num_queries)


def _attend_one(q: Tensor, k: Tensor, v: Tensor, _: Tensor | None, scale: float) -> Tensor:
    """Attend with one query. The heads that share keys take the place of the query positions."""
    folded = q.view(1, k.shape[1], -1, q.shape[-1])  # [1, H, D] -> [1, kv_heads, H / kv_heads, D]
    out = F.scaled_dot_product_attention(folded, k.transpose(0, 1)[None], v.transpose(0, 1)[None], scale=scale)
    return out.view_as(q)


def _attend_many(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    kv_heads, group = k.shape[1], q.shape[1] // k.shape[1]
    grouped = q.view(len(q), kv_heads, group, -1).permute(1, 2, 0, 3)  # [T, H, D] -> [kv_heads, group, T, D]
    shared_k, shared_v = (x.transpose(0, 1)[:, None].expand(-1, group, -1, -1) for x in (k, v))
    out = F.scaled_dot_product_attention(
        grouped, shared_k, shared_v, attn_mask=mask, is_causal=mask is None, scale=scale
    )
    return out.permute(2, 0, 1, 3).flatten(1, 2)


@dataclass(frozen=True)
class FlashPart:
    """The sequences of one call: where the queries and the rows of the pool of each begin, and how many rows it has."""

    num_queries: int
    q_starts: Tensor
    kv_starts: Tensor
    kv_lens: Tensor
    max_q: int
    max_k: int


class TorchFlashKernel:
    """The FlashAttention-2 inside torch. It reads keys from any row on, so regions need not be packed.

    Decode rows get a call of their own that is not causal: only then the kernel splits long rows among processors.
    """

    name = "torch_flash"

    def plan(self, spans: Sequence[QuerySpan], device: torch.device) -> list[FlashPart]:
        num_decode = next((i for i, span in enumerate(spans) if span.num_queries > 1), len(spans))
        return [_make_part(part, device) for part in (spans[:num_decode], spans[num_decode:]) if part]

    def static_plan(self, metadata: DecodeMetadata) -> list[FlashPart]:
        batch_size = len(metadata.starts)
        q_starts = torch.arange(batch_size + 1, dtype=torch.int32, device=metadata.starts.device)
        return [FlashPart(batch_size, q_starts, F.pad(metadata.starts, (0, 1)), metadata.kv_lens, 1, metadata.max_len)]

    def attend(self, q: Tensor, k: Tensor, v: Tensor, plan: list[FlashPart], scale: float) -> Tensor:
        out, start = [], 0
        for part in plan:
            out.append(self._call(q[start : start + part.num_queries], k, v, part, scale))
            start += part.num_queries
        return torch.cat(out) if len(out) > 1 else out[0]

    def _call(self, q: Tensor, k: Tensor, v: Tensor, part: FlashPart, scale: float) -> Tensor:
        out: Tensor = torch.ops.aten._flash_attention_forward(
            q,
            k,
            v,
            part.q_starts,
            part.kv_starts,
            part.max_q,
            part.max_k,
            0.0,
            part.max_q > 1,
            False,
            scale=scale,
            seqused_k=part.kv_lens,
        )[0]
        return out


class FlashAttnKernel(TorchFlashKernel):
    """The flash-attn package."""

    name = "flash_attn"

    def _call(self, q: Tensor, k: Tensor, v: Tensor, part: FlashPart, scale: float) -> Tensor:
        from flash_attn.flash_attn_interface import _flash_attn_varlen_forward  # an optional package

        out: Tensor = _flash_attn_varlen_forward(
            q,
            k,
            v,
            part.q_starts,
            part.kv_starts,
            part.max_q,
            part.max_k,
            dropout_p=0.0,
            softmax_scale=scale,
            causal=part.max_q > 1,
            seqused_k=part.kv_lens,
        )[0]
        return out


def _make_part(spans: Sequence[QuerySpan], device: torch.device) -> FlashPart:
    counts = torch.tensor([0, *(span.num_queries for span in spans)])
    numbers = torch.stack(
        [
            counts.cumsum(0),
            torch.tensor([*(span.slot for span in spans), 0]),
            torch.tensor([*(span.kv_len for span in spans), 0]),
        ]
    ).to(device, torch.int32, non_blocking=True)
    return FlashPart(
        int(counts.sum()),
        numbers[0],
        numbers[1],
        numbers[2, :-1],
        max(span.num_queries for span in spans),
        max(span.kv_len for span in spans),
    )
