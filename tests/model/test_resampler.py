"""The resampler gives a fixed number of tokens for a view of any size."""

import math

import pytest
import torch

from model.chat import ChatModel
from model.resampler import Resampler, sine_cosine_2d

Grid = tuple[int, int]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def resampler(chat_model: ChatModel) -> Resampler:
    return chat_model.model.resampler


def random_features(grid: Grid, seed: int) -> torch.Tensor:
    return torch.randn(grid[0] * grid[1], 72, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (1, 1), (80, 2), (2, 175)])
def test_position_embeddings_follow_the_formula_column_half_first(rows: int, columns: int) -> None:
    width = 16
    table = sine_cosine_2d(rows, columns, width, CPU)
    assert table.shape == (rows * columns, width)
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2)):
        wanted = []
        for place in (column, row):
            angles = [place / 10000 ** (i / 4) for i in range(4)]
            wanted += [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
        torch.testing.assert_close(table[row * columns + column], torch.tensor(wanted), atol=2e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("grid", [(1, 1), (32, 32), (1, 100), (90, 7)])
def test_a_view_of_any_size_becomes_64_tokens(resampler: Resampler, grid: Grid) -> None:
    out = resampler(random_features(grid, 0), [grid], "sdpa")
    assert out.shape == (1, 64, 256)
    assert out.isfinite().all()


@torch.inference_mode()
def test_views_do_not_affect_each_other(resampler: Resampler) -> None:
    grids: list[Grid] = [(4, 6), (6, 4), (1, 1), (9, 9), (9, 9)]
    views = [random_features(grid, seed) for seed, grid in enumerate(grids)]
    together = resampler(torch.cat(views), grids, "sdpa")
    for index, (view, grid) in enumerate(zip(views, grids, strict=True)):
        torch.testing.assert_close(together[index], resampler(view, [grid], "sdpa")[0], atol=1e-5, rtol=0)


@torch.inference_mode()
def test_the_shape_of_the_grid_matters(resampler: Resampler) -> None:
    features = random_features((4, 6), 0)
    assert (resampler(features, [(4, 6)], "sdpa") - resampler(features, [(6, 4)], "sdpa")).abs().max() > 1e-3


@torch.inference_mode()
def test_cross_attention_equals_torchs_multihead_attention(resampler: Resampler) -> None:
    ours = resampler.attn
    theirs = torch.nn.MultiheadAttention(256, ours.num_heads, batch_first=True).eval()
    theirs.load_state_dict(ours.state_dict())
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(length, 256, generator=generator) for length in (64, 30, 30))
    wanted, _ = theirs(q[None], k[None], v[None], need_weights=False)
    torch.testing.assert_close(ours(q, k, v, [30], "sdpa"), wanted, atol=1e-5, rtol=0)
