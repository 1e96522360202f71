"""Attention kernels compute what softmax(q k) v computes step by step."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from model.engine.attention import AttentionMetadata, QuerySpan, SdpaKernel, TorchFlashKernel, region_attention
from model.engine.probe import compute_reference


def make_spans(shapes: list[tuple[int, int]]) -> list[QuerySpan]:
    """Return spans of (queries, rows before them) in regions one after another, with gaps between them."""
    spans, slot = [], 3
    for num_queries, before in sorted(shapes, key=lambda shape: shape[0] > 1):
        spans.append(QuerySpan(num_queries, slot, num_queries + before))
        slot += num_queries + before + 5
    return spans


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 1, 2, 9, 40]), st.integers(0, 50)), min_size=1, max_size=6),
    st.sampled_from([(4, 4), (6, 2), (8, 1)]),
)
def test_sdpa_attends_over_regions(shapes: list[tuple[int, int]], heads: tuple[int, int]) -> None:
    spans = make_spans(shapes)
    generator = torch.Generator().manual_seed(0)
    q = torch.randn(sum(span.num_queries for span in spans), heads[0], 16, generator=generator)
    k, v = (torch.full((1000, heads[1], 16), torch.nan) for _ in range(2))
    for span in spans:
        for rows in (k, v):
            rows[span.slot : span.slot + span.kv_len] = torch.randn(span.kv_len, heads[1], 16, generator=generator)
    kernel = SdpaKernel()
    found = kernel.attend(q, k, v, kernel.plan(spans, q.device), 0.25)
    torch.testing.assert_close(found, compute_reference(q, k, v, spans, 0.25), atol=1e-5, rtol=1e-4)


def test_new_keys_and_values_are_written_before_they_are_read() -> None:
    module = nn.Module()
    module.layer_idx = 1  # type: ignore[assignment]
    pool = torch.full((2, 2, 64, 2, 8), torch.nan)
    kernel, spans = SdpaKernel(), [QuerySpan(5, 10, 5)]
    step = AttentionMetadata(pool, torch.arange(10, 15), kernel, kernel.plan(spans, pool.device))
    q, k, v = torch.randn(1, 4, 5, 8), torch.randn(1, 2, 5, 8), torch.randn(1, 2, 5, 8)
    out, weights = region_attention(module, q, k, v, None, 8**-0.5, step)
    assert out.shape == (1, 5, 4, 8)
    assert weights is None
    assert torch.equal(pool[1, 0, 10:15], k[0].transpose(0, 1))
    assert torch.equal(pool[1, 1, 10:15], v[0].transpose(0, 1))
    assert pool[0].isnan().all()
    wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    torch.testing.assert_close(out[0].transpose(0, 1), wanted[0])


def test_a_flash_plan_holds_where_queries_and_regions_begin() -> None:
    spans = [QuerySpan(1, 40, 9), QuerySpan(1, 0, 30), QuerySpan(6, 100, 20)]
    decode, prefill = TorchFlashKernel().plan(spans, torch.device("cpu"))
    assert decode.q_starts.tolist() == [0, 1, 2]
    assert decode.kv_starts.tolist() == [40, 0, 0]
    assert decode.kv_lens.tolist() == [9, 30]
    assert (decode.num_queries, decode.max_q, decode.max_k) == (2, 1, 30)
    assert prefill.q_starts.tolist() == [0, 6]
    assert (prefill.num_queries, prefill.max_q, prefill.max_k) == (6, 6, 20)


@pytest.mark.parametrize("spans", [[QuerySpan(1, 0, 4)], [QuerySpan(3, 0, 4)]])
def test_a_step_of_only_decode_or_only_prefill_is_one_call(spans: list[QuerySpan]) -> None:
    assert len(TorchFlashKernel().plan(spans, torch.device("cpu"))) == 1
