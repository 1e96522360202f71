"""The vision tower, the checkpoint's `vpm`: SigLIP over packed views of any size.

Architecture: Zhai et al., "Sigmoid Loss for Language Image Pre-Training" (2023); views of mixed sizes side by side:
Dehghani et al., "Patch n' Pack: NaViT" (2023). Attribute names are the checkpoint's tensor names.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import SiglipVisionConfig

from model.varlen_attention import attend


class VisionEmbeddings(nn.Module):
    """A linear embedding of each patch plus a learned embedding of its position."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.num_patches_per_side = config.image_size // config.patch_size
        self.patch_embedding = nn.Conv2d(3, config.hidden_size, config.patch_size, stride=config.patch_size)
        self.position_embedding = nn.Embedding(self.num_patches_per_side**2, config.hidden_size)

    def forward(self, patches: Tensor, grids: Sequence[tuple[int, int]]) -> Tensor:
        """Embed uint8 patches `[T, 3, P, P]` of views with these (rows, columns) -> `[T, width]`."""
        weight, bias = self.patch_embedding.weight, self.patch_embedding.bias
        pixels = ((patches.float() * (1 / 255) - 0.5) / 0.5).to(weight.dtype)
        positions = torch.cat([position_ids(rows, columns, self.num_patches_per_side) for rows, columns in grids])
        # a convolution whose stride equals its kernel size is one matrix product
        embedded = F.linear(pixels.flatten(1), weight.flatten(1), bias)
        table: Tensor = self.position_embedding(positions.to(weight.device))
        return embedded + table


@lru_cache(maxsize=1024)
def position_ids(rows: int, columns: int, side: int) -> Tensor:
    """Return each patch's index in the `side` x `side` table of positions, row by row: `[rows * columns]` int64.

    A view of any size is stretched over the whole table, as in the reference's `SiglipVisionEmbeddings`.
    """
    return (_cells(rows, side)[:, None] * side + _cells(columns, side)[None, :]).flatten()


def _cells(count: int, side: int) -> Tensor:
    """Return the cell, of `side` cells along one axis, that each of `count` patches falls into: `[count]` int64."""
    step = (1 / torch.tensor(count)).item()  # rounded to float32, as in the reference
    fractions = torch.arange(0, 1 - 1e-6, step)
    return torch.bucketize(fractions, torch.arange(1 / side, 1.0, 1 / side), right=True)


class VisionAttention(nn.Module):
    """Self-attention within each view: packed `[T, width]` -> `[T, width]`."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.config = config
        self.num_heads = config.num_attention_heads
        width = config.hidden_size
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        q, k, v = (proj(x).view(len(x), self.num_heads, -1) for proj in (self.q_proj, self.k_proj, self.v_proj))
        attended = attend(q, k, v, lengths, lengths, self.config._attn_implementation)
        out: Tensor = self.out_proj(attended.flatten(1))
        return out


class VisionMLP(nn.Module):
    """Two linear layers with GELU (tanh approximation) between: `[T, width]` -> `[T, width]`."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(F.gelu(self.fc1(x), approximate="tanh"))
        return out


class VisionLayer(nn.Module):
    """A pre-norm transformer layer: packed `[T, width]` -> `[T, width]`; `lengths[i]` rows are view i's."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.self_attn = VisionAttention(config)
        self.layer_norm2 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = VisionMLP(config)

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x), lengths)
        out: Tensor = x + self.mlp(self.layer_norm2(x))
        return out


class VisionEncoder(nn.Module):
    """The layers in order: packed `[T, width]` -> `[T, width]`."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(VisionLayer(config) for _ in range(config.num_hidden_layers))

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        for layer in self.layers:
            x = layer(x, lengths)
        return x


class VisionTower(nn.Module):
    """Embeddings, encoder and final norm."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.embeddings = VisionEmbeddings(config)
        self.encoder = VisionEncoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, patches: Tensor, grids: Sequence[tuple[int, int]]) -> Tensor:
        """Encode uint8 patches `[T, 3, P, P]` of views with these (rows, columns), packed in order -> `[T, width]`."""
        lengths = [rows * columns for rows, columns in grids]
        out: Tensor = self.post_layernorm(self.encoder(self.embeddings(patches, grids), lengths))
        return out
