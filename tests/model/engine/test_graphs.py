"""Decode steps over static buffers give the same answers as eager ones."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from model.chat import ChatModel
from model.config import MiniCPMVConfig
from model.engine.attention import DecodeMetadata, QuerySpan, SdpaKernel, StaticKernel, TorchFlashKernel
from model.engine.build import build_engine
from model.engine.engine import Engine
from model.engine.graphs import CudaCapture, DecodeGraphs, DecodeRow, Replay, capture_decode
from model.engine.prefix import BLOCK_SIZE
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request

GREEDY = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=12)


class MaskedKernel(SdpaKernel):
    """A slow kernel for any device: each row attends over the whole pool, through a mask made of its metadata."""

    name = "masked"

    def static_plan(self, metadata: DecodeMetadata) -> DecodeMetadata:
        return metadata

    def attend(self, q: Tensor, k: Tensor, v: Tensor, plan: Any, scale: float) -> Tensor:
        if not isinstance(plan, DecodeMetadata):
            return super().attend(q, k, v, plan, scale)
        slots = torch.arange(len(k), device=q.device)
        is_seen = (slots >= plan.starts[:, None]) & (slots < (plan.starts + plan.kv_lens)[:, None])
        is_read = is_seen.any(dim=0)[:, None, None]
        rows = [torch.where(is_read, x, 0).transpose(0, 1) for x in (k, v)]  # the rest of a pool may hold anything
        keys, values = (x.repeat_interleave(q.shape[1] // k.shape[1], dim=0) for x in rows)
        out = F.scaled_dot_product_attention(
            q.transpose(0, 1), keys, values, attn_mask=is_seen.expand(q.shape[1], -1, -1), scale=scale
        )
        return out.transpose(0, 1)


def rerun(work: Callable[[], None]) -> Replay:
    """Stand in for a capture where there is no GPU: a replay runs the work again."""
    return work


def tiny_model() -> MiniCPMV:
    config = MiniCPMVConfig(
        hidden_size=128,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=300,
        max_position_embeddings=512,
        initializer_range=0.2,
        tie_word_embeddings=False,
        vision_config={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2},
    )
    torch.manual_seed(0)
    model: MiniCPMV = MiniCPMV(config).eval().requires_grad_(False)
    return model


def tiny_engine(max_num_seqs: int = 8) -> Engine:
    options = EngineOptions(max_num_seqs=max_num_seqs, max_num_batched_tokens=64, kv_cache_bytes=1 << 20)
    return build_engine(tiny_model(), (), "sdpa", options)


def give_graphs(engine: Engine, max_rows: int) -> DecodeGraphs:
    runner = engine.runner
    runner.kernel = MaskedKernel()
    padding_slot = engine.scheduler.pool.capacity
    runner.graphs = DecodeGraphs(runner.model, MaskedKernel(), runner.pool, padding_slot, max_rows)
    runner.graphs.capture(rerun)
    return runner.graphs


def answers(engine: Engine, params: SamplingParams = GREEDY) -> list[list[int]]:
    """Return the answers to prompts of different lengths, added one step after another."""
    groups = []
    for number in range(7):
        groups.append(add_request(engine, Prompt(tuple(range(number, 3 + number * 9))), params))
        engine.step()
    while not engine.is_idle:
        engine.step()
    assert all(group.error is None for group in groups)
    return [sequence.generated for group in groups for sequence in group.sequences]


@pytest.mark.parametrize(
    "params",
    [
        GREEDY,
        SamplingParams(seed=3, max_new_tokens=12, n=2),
        SamplingParams(temperature=0, num_beams=3, max_new_tokens=9),
        SamplingParams(temperature=0, logprobs=2, prompt_logprobs=1, max_new_tokens=5),
    ],
    ids=["greedy", "samples", "beams", "logprobs"],
)
def test_answers_are_the_same_with_and_without_graphs(params: SamplingParams) -> None:
    expected = answers(tiny_engine(24), params)
    engine = tiny_engine(24)
    graphs = give_graphs(engine, 24)
    assert answers(engine, params) == expected
    assert graphs.num_replays >= 4, "most steps decode only"


def test_steps_with_a_prefill_are_not_replayed() -> None:
    engine = tiny_engine()
    graphs = give_graphs(engine, 8)
    group = add_request(engine, Prompt(tuple(range(130))), GREEDY)
    for _ in range(3):  # 64 tokens a step
        engine.step()
    assert group.sequences[0].num_generated == 1
    assert graphs.num_replays == 0
    engine.step()
    assert graphs.num_replays == 1
    add_request(engine, Prompt((1, 2, 3)), GREEDY)
    engine.step()
    assert graphs.num_replays == 1, "a prefill and a decode row side by side"


def test_recomputed_tokens_are_prefill_even_in_chunks_of_one() -> None:
    """A chunk of one token that is not the newest must not be sampled from."""
    expected = answers(tiny_engine())
    engine = tiny_engine()
    give_graphs(engine, 8)
    groups = [add_request(engine, Prompt(tuple(range(n, 3 + n * 9))), GREEDY) for n in range(7)]
    for number in range(400):
        if number % 5 == 4 and engine.scheduler.running:
            engine.scheduler.preempt(engine.scheduler.running[-1])
            engine.scheduler.pool.clear()
        engine.step()
    assert [group.sequences[0].generated for group in groups] == expected


def test_rows_are_padded_to_a_bucket_up_to_the_largest() -> None:
    engine = tiny_engine()
    graphs = give_graphs(engine, 6)
    assert graphs.buckets == (1, 2, 4, 8)
    assert graphs.can_run(8)
    assert not graphs.can_run(9)
    row = DecodeRow(5, QuerySpan(1, 0, 1))
    assert graphs.run([row] * 3).shape == (3, 300)


def test_nothing_can_run_before_the_capture() -> None:
    model = tiny_model()
    pool = torch.zeros(2, 2, 2 * BLOCK_SIZE, 2, 32)
    assert not DecodeGraphs(model, MaskedKernel(), pool, BLOCK_SIZE, 4).can_run(1)


def test_padding_rows_write_into_their_own_block_only() -> None:
    engine = tiny_engine()
    graphs = give_graphs(engine, 8)
    pool = engine.runner.pool
    pool.zero_()
    graphs.run([DecodeRow(7, QuerySpan(1, 64, 3))] * 3)
    written = pool.abs().sum(dim=(0, 1, 3, 4)).nonzero().flatten().tolist()
    assert written == [66, engine.scheduler.pool.capacity]


def test_a_correct_capture_has_no_error() -> None:
    engine = tiny_engine()
    engine.runner.pool.fill_(torch.nan)
    assert give_graphs(engine, 8).find_error() is None


def test_a_capture_with_fixed_lengths_is_found() -> None:
    """The replay gives what it gave the first time, as when a length is fixed at the capture."""
    engine = tiny_engine()

    def stale(work: Callable[[], None]) -> Replay:
        work()
        return lambda: None

    graphs = DecodeGraphs(engine.runner.model, MaskedKernel(), engine.runner.pool, engine.scheduler.pool.capacity, 2)
    graphs.capture(stale)
    error = graphs.find_error()
    assert error is not None
    assert "differs from an eager one" in error


def test_a_failed_capture_gives_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: CudaCapture) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nand more")

    monkeypatch.setattr(CudaCapture, "__init__", fail)
    engine = tiny_engine()
    graphs = DecodeGraphs(engine.runner.model, MaskedKernel(), engine.runner.pool, engine.scheduler.pool.capacity, 2)
    assert capture_decode(graphs) == "operation not permitted when stream is capturing"


def test_a_capture_that_runs_out_of_memory_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: CudaCapture) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(CudaCapture, "__init__", fail)
    engine = tiny_engine()
    graphs = DecodeGraphs(engine.runner.model, MaskedKernel(), engine.runner.pool, engine.scheduler.pool.capacity, 2)
    with pytest.raises(torch.OutOfMemoryError):
        capture_decode(graphs)


def test_the_flash_kernels_can_be_captured_and_sdpa_cannot() -> None:
    assert isinstance(TorchFlashKernel(), StaticKernel)
    assert not isinstance(SdpaKernel(), StaticKernel)
    metadata = DecodeMetadata(torch.tensor([64, 0], dtype=torch.int32), torch.tensor([3, 7], dtype=torch.int32), 512)
    (static,) = TorchFlashKernel().static_plan(metadata)
    (planned,) = TorchFlashKernel().plan([QuerySpan(1, 64, 3), QuerySpan(1, 0, 7)], torch.device("cpu"))
    assert static.num_queries == planned.num_queries
    for name in ("q_starts", "kv_starts", "kv_lens"):
        assert torch.equal(getattr(static, name), getattr(planned, name)), name
        assert getattr(static, name).dtype == torch.int32
    assert (static.max_q, static.max_k) == (1, 512)


def test_there_are_no_graphs_on_a_cpu(chat_model: ChatModel) -> None:
    assert chat_model.engine.runner.graphs is None


@pytest.mark.gpu
@pytest.mark.parametrize("is_eager", [False, True])
def test_graphs_on_a_gpu(is_eager: bool) -> None:
    options = EngineOptions(max_num_seqs=8, max_num_batched_tokens=64, kv_cache_bytes=1 << 22, is_eager=is_eager)
    engine = build_engine(tiny_model().to("cuda", torch.bfloat16), (), "torch_flash", options)
    graphs = engine.runner.graphs
    assert (graphs is None) == is_eager
    found = answers(engine)
    assert [len(tokens) for tokens in found] == [12] * 7
    if graphs is not None:
        assert graphs.num_replays > 5
        assert graphs.find_error() is None
