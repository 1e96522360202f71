"""The resampler: learned queries attend to a view of any size and give a fixed number of tokens.

Source: Bai et al., "Qwen-VL" (2023), section 2.1. Attribute names are the checkpoint's tensor names.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.varlen_attention import attend

HEAD_DIM = 128


class CrossAttention(nn.Module):
    """Multi-head attention over packed views, with the parameters of an `nn.MultiheadAttention`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_heads = max(width // HEAD_DIM, 1)
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, lengths: Sequence[int], kernel: str) -> Tensor:
        """Attend with the same queries q `[Q, E]` to each view's rows of k and v `[T, E]` -> `[V, Q, E]`.

        `lengths[i]` is view i's number of rows; `kernel` is one of `attend`'s.
        """
        parts = zip((q, k, v), self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3), strict=True)
        q, k, v = (F.linear(x, w, b).view(len(x), self.num_heads, -1) for x, w, b in parts)
        every_view = q.expand(len(lengths), *q.shape).flatten(0, 1)  # [Q, H, D] -> [V*Q, H, D]
        attended = attend(every_view, k, v, [len(q)] * len(lengths), lengths, kernel)
        out: Tensor = self.out_proj(attended.flatten(1))
        return out.view(len(lengths), len(q), -1)


class Resampler(nn.Module):
    """Cross-attention from `num_queries` learned queries to the patches of each view."""

    def __init__(self, num_queries: int, width: int, vision_width: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.empty(num_queries, width))
        self.kv_proj = nn.Linear(vision_width, width, bias=False)
        self.attn = CrossAttention(width)
        self.ln_q = nn.LayerNorm(width, eps=1e-6)
        self.ln_kv = nn.LayerNorm(width, eps=1e-6)
        self.ln_post = nn.LayerNorm(width, eps=1e-6)
        self.proj = nn.Parameter(torch.empty(width, width))

    def forward(self, features: Tensor, grids: Sequence[tuple[int, int]], kernel: str) -> Tensor:
        """Resample packed `[T, vision_width]` of views with these (rows, columns) -> `[V, num_queries, width]`."""
        value = self.ln_kv(self.kv_proj(features))
        positions = torch.cat([sine_cosine_2d(*grid, value.shape[-1], value.device) for grid in grids])
        key = value + positions.to(value.dtype)
        lengths = [rows * columns for rows, columns in grids]
        attended = self.attn(self.ln_q(self.query), key, value, lengths, kernel)
        out: Tensor = self.ln_post(attended) @ self.proj
        return out


def sine_cosine_2d(rows: int, columns: int, width: int, device: torch.device) -> Tensor:
    """Return the position embeddings of a grid, row by row: `[rows * columns, width]` float32.

    The first half of the width encodes the column, the second half the row.
    """
    column_code = _sine_cosine(columns, width // 2, device).expand(rows, -1, -1)
    row_code = _sine_cosine(rows, width // 2, device)[:, None].expand(-1, columns, -1)
    return torch.cat([column_code, row_code], dim=-1).flatten(0, 1)


def _sine_cosine(count: int, width: int, device: torch.device) -> Tensor:
    """Return the embeddings of positions 0 to `count` - 1, sines before cosines: `[count, width]` float32.

    Source: Vaswani et al., "Attention Is All You Need" (2017), 3.5.
    """
    frequencies = 10000.0 ** -(torch.arange(width // 2, dtype=torch.float32, device=device) / (width / 2))
    angles = torch.arange(count, dtype=torch.float32, device=device)[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
