"""Each view attends to its own rows only."""

import pytest
import torch
from torch import Tensor

from model.varlen_attention import attend


def reference_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Compute softmax(q k / sqrt(D)) v: `[Lq, H, D]`, twice `[Lk, H, D]` -> `[Lq, H, D]`."""
    scores = torch.einsum("qhd,khd->hqk", q, k) / q.shape[-1] ** 0.5
    return torch.einsum("hqk,khd->qhd", scores.softmax(-1), v)


def random_rows(lengths: list[int], seed: int) -> Tensor:
    return torch.randn(sum(lengths), 3, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("k_lens", [[5], [5, 5, 5], [1, 7, 7, 2, 7], [9, 1, 1, 1, 4]])
def test_each_view_attends_to_its_own_rows(k_lens: list[int]) -> None:
    q_lens = [length + 1 for length in k_lens]
    q, k, v = random_rows(q_lens, 0), random_rows(k_lens, 1), random_rows(k_lens, 2)
    found = torch.split(attend(q, k, v, q_lens, k_lens, "sdpa"), q_lens)
    parts = zip(*(torch.split(x, n) for x, n in ((q, q_lens), (k, k_lens), (v, k_lens))), found, strict=True)
    for q_part, k_part, v_part, found_part in parts:
        torch.testing.assert_close(found_part, reference_attention(q_part, k_part, v_part))


def test_views_with_equal_keys_and_unequal_queries_are_not_mixed() -> None:
    q_lens, k_lens = [2, 3, 3], [4, 4, 4]
    q, k, v = random_rows(q_lens, 0), random_rows(k_lens, 1), random_rows(k_lens, 2)
    last = attend(q, k, v, q_lens, k_lens, "sdpa")[5:]
    torch.testing.assert_close(last, reference_attention(q[5:], k[8:], v[8:]))


def test_different_numbers_of_lengths_are_refused() -> None:
    rows = random_rows([4, 4], 0)
    with pytest.raises(ValueError, match="zip"):
        attend(rows, rows, rows, [4, 4], [8], "sdpa")
