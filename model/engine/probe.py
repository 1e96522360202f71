"""The choice of the attention kernel, made by running each rather than by version numbers.

A kernel is compared with a float32 reference on small ragged inputs, with the unused rows of the pool filled with NaN.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from model.engine.attention import FlashAttnKernel, Kernel, QuerySpan, SdpaKernel, TorchFlashKernel
from model.errors import LoadError, first_line

KERNELS: tuple[type[Kernel], ...] = (FlashAttnKernel, TorchFlashKernel, SdpaKernel)
"""The kernels to choose from, fastest first."""

SPANS = (QuerySpan(1, 300, 70), QuerySpan(1, 0, 1), QuerySpan(1, 96, 33), QuerySpan(5, 192, 5), QuerySpan(7, 224, 64))
NUM_SLOTS = 400
TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 3e-2, torch.float16: 4e-3}


def choose_kernel(name: str, heads: int, kv_heads: int, head_dim: int, like: Tensor) -> Kernel:
    """Return the first correct kernel, or for a `name` other than auto that one. `like` has the device and dtype.

    Raise `LoadError` when there is none.
    """
    errors: dict[str, str] = {}
    for kernel in (kind() for kind in KERNELS if name in ("auto", kind.name)):
        error = find_error(kernel, heads, kv_heads, head_dim, like)
        if error is None:
            return kernel
        errors[kernel.name] = error
    causes = "; ".join(f"{kernel}: {error}" for kernel, error in errors.items())
    raise LoadError(f"no attention kernel called {name!r} runs here ({causes or 'there is none of this name'})")


@torch.inference_mode()
def find_error(kernel: Kernel, heads: int, kv_heads: int, head_dim: int, like: Tensor) -> str | None:
    """Return why a kernel cannot be used, in one line, or None when it is correct."""
    generator = torch.Generator().manual_seed(0)
    num_queries = sum(span.num_queries for span in SPANS)
    q = torch.randn(num_queries, heads, head_dim, generator=generator)
    k, v = (torch.full((NUM_SLOTS, kv_heads, head_dim), torch.nan) for _ in range(2))
    for span in SPANS:
        for rows in (k, v):
            rows[span.slot : span.slot + span.kv_len] = torch.randn(
                span.kv_len, kv_heads, head_dim, generator=generator
            )
    q, k, v = (x.to(like.device, like.dtype) for x in (q, k, v))
    scale = head_dim**-0.5
    expected = compute_reference(q.float(), k.float(), v.float(), SPANS, scale)
    try:
        found = kernel.attend(q, k, v, kernel.plan(SPANS, like.device), scale).float()
        difference = float((found - expected).abs().max())
    except (ImportError, AttributeError, RuntimeError, TypeError, ValueError, AssertionError) as error:
        return first_line(error)
    return None if difference <= TOLERANCES[like.dtype] else f"its result is wrong by {difference:.3g}"


def compute_reference(q: Tensor, k: Tensor, v: Tensor, spans: Sequence[QuerySpan], scale: float) -> Tensor:
    """Compute softmax(q k * scale) v step by step, each query over the rows up to its own. Shapes as in `Kernel`."""
    out, start = [], 0
    for span in spans:
        group = q.shape[1] // k.shape[1]
        rows = slice(span.slot, span.slot + span.kv_len)
        keys, values = (x[rows].repeat_interleave(group, dim=1) for x in (k, v))  # [L, H, D]
        scores = torch.einsum("qhd,khd->hqk", q[start : start + span.num_queries], keys) * scale
        is_later = torch.ones(scores.shape[1:], dtype=torch.bool, device=q.device).triu(
            span.kv_len - span.num_queries + 1
        )
        weights = scores.masked_fill(is_later, -torch.inf).softmax(-1)
        out.append(torch.einsum("hqk,khd->qhd", weights, values))
        start += span.num_queries
    return torch.cat(out)
