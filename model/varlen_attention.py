"""Attention over packed views: the rows of many views in one tensor, each attending to its own view only."""

from collections.abc import Sequence
from itertools import accumulate, groupby

import torch
import torch.nn.functional as F
from torch import Tensor


def attend(q: Tensor, k: Tensor, v: Tensor, q_lens: Sequence[int], k_lens: Sequence[int], kernel: str) -> Tensor:
    """Return full (not causal) attention of each view's queries over the same view's keys.

    q `[Tq, heads, head_dim]`, k and v `[Tk, heads, head_dim]` -> `[Tq, heads, head_dim]`. View i has `q_lens[i]` rows
    in q and `k_lens[i]` in k and v. `kernel` is `flash_attention_2` or `sdpa`, as transformers names them.
    """
    if kernel == "flash_attention_2":
        return _attend_flash(q, k, v, q_lens, k_lens)
    return _attend_sdpa(q, k, v, q_lens, k_lens)


def _attend_flash(q: Tensor, k: Tensor, v: Tensor, q_lens: Sequence[int], k_lens: Sequence[int]) -> Tensor:
    from flash_attn import flash_attn_varlen_func  # an optional package

    result: Tensor = flash_attn_varlen_func(
        q,
        k,
        v,
        _cu_seqlens(q_lens, q.device),
        _cu_seqlens(k_lens, q.device),
        max(q_lens),
        max(k_lens),
    )
    return result


def _cu_seqlens(lengths: Sequence[int], device: torch.device) -> Tensor:
    """Return the row at which each view starts, and the end: `[num_views + 1]` int32, as flash-attn takes it."""
    return torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=device)


def _attend_sdpa(q: Tensor, k: Tensor, v: Tensor, q_lens: Sequence[int], k_lens: Sequence[int]) -> Tensor:
    out, q_start, k_start = [], 0, 0
    for (q_len, k_len), run in groupby(zip(q_lens, k_lens, strict=True)):  # neighbours of equal lengths form one batch
        count = len(list(run))
        q_end, k_end = q_start + count * q_len, k_start + count * k_len
        batch = F.scaled_dot_product_attention(
            _to_batch(q[q_start:q_end], count), _to_batch(k[k_start:k_end], count), _to_batch(v[k_start:k_end], count)
        )
        out.append(batch.transpose(1, 2).flatten(0, 1))  # [B, H, L, D] -> [B*L, H, D]
        q_start, k_start = q_end, k_end
    return torch.cat(out)


def _to_batch(rows: Tensor, count: int) -> Tensor:
    """Turn `[B*L, H, D]` into `[B, H, L, D]`, as `F.scaled_dot_product_attention` expects."""
    return rows.view(count, -1, *rows.shape[1:]).transpose(1, 2)
