"""The sizes of an engine follow from numbers: by tables for the cards that people have, and the real model's shapes."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from model.engine.prefix import BLOCK_SIZE
from model.engine.sizing import (
    ANSWER_TOKENS,
    CPU_CACHE_BYTES,
    GIB,
    MemoryPlan,
    ModelSizes,
    Peaks,
    StepSizes,
    choose_step_sizes,
    estimate_step_bytes,
    estimate_text_bytes,
    estimate_view_bytes,
    plan_memory,
    read_model_sizes,
    shrink_steps,
)
from model.options import MAX_INP_LENGTH, EngineOptions

MIB = 1 << 20
REAL = ModelSizes(
    num_layers=28,
    num_kv_heads=4,
    head_dim=128,
    hidden_size=3584,
    intermediate_size=18944,
    vocab_size=151666,
    vision_width=1152,
    vision_intermediate_size=4304,
    num_patches=1024,
    vision_batch_size=16,
    max_model_len=32768,
    item_bytes=2,
)
QUANTIZED = replace(REAL, dequantized_bytes=2 * 3584 * 18944)
WEIGHTS = {"none": 16.20e9, "int8": 9.68e9, "int4": 6.51e9}
DEFAULTS = EngineOptions()


def free_beside(card_gib: float, quantization: str) -> int:
    """Return what is free beside the weights, with 4 percent of a card for its driver and 0.35 GiB for CUDA."""
    return int(card_gib * 0.96 * GIB - 0.35 * GIB - WEIGHTS[quantization])


def fit(free: int, sizes: ModelSizes, options: EngineOptions = DEFAULTS) -> tuple[StepSizes, MemoryPlan]:
    """Size an engine as on a GPU whose measured peaks are the estimated ones, with graphs of 0.1 GiB."""
    steps = choose_step_sizes(free, sizes, options, is_gpu=True)
    while True:
        step_bytes = estimate_step_bytes(sizes, steps, options.max_num_seqs)
        plan = plan_memory(free, sizes, Peaks(step_bytes, 100 * MIB + sizes.dequantized_bytes), options, is_gpu=True)
        smaller = shrink_steps(steps, options)
        if smaller is None or plan.kv_cache_bytes >= sizes.prompt_bytes:
            return steps, plan
        steps = smaller


@pytest.mark.parametrize(
    ("card_gib", "quantization", "num_batched", "views", "thousand_tokens"),
    [
        (8, "int4", 512, 4, 9),
        (12, "int4", 2048, 16, 52),
        (12, "int8", 1024, 7, 19),
        (16, "int4", 2048, 16, 109),
        (16, "int8", 2048, 16, 66),
        (24, "none", 2048, 16, 91),
        (24, "int8", 2048, 16, 178),
        (24, "int4", 2048, 16, 222),
        (48, "none", 2048, 16, 442),
        (48, "int4", 2048, 16, 581),
        (80, "none", 2048, 16, 921),
        (80, "int8", 2048, 16, 1014),
        (141, "none", 2048, 16, 1850),
        (141, "int4", 2048, 16, 1990),
    ],
)
def test_cards(card_gib: int, quantization: str, num_batched: int, views: int, thousand_tokens: int) -> None:
    sizes = REAL if quantization == "none" else QUANTIZED
    free = free_beside(card_gib, quantization)
    steps, plan = fit(free, sizes)
    assert steps == StepSizes(num_batched, views)
    assert plan.num_tokens == pytest.approx(1000 * thousand_tokens, rel=0.03)
    assert plan.num_tokens >= MAX_INP_LENGTH + ANSWER_TOKENS, "a longest prompt and its answer"
    taken = plan.kv_cache_bytes + plan.image_cache_bytes + plan.peaks.step_bytes + plan.peaks.graph_bytes
    assert taken + plan.left_bytes == free
    assert plan.left_bytes >= 100 * MIB


@pytest.mark.parametrize(("card_gib", "quantization"), [(8, "int8"), (12, "none"), (16, "none")])
def test_what_does_not_fit_a_card_leaves_no_room(card_gib: int, quantization: str) -> None:
    _, plan = fit(free_beside(card_gib, quantization), REAL if quantization == "none" else QUANTIZED)
    assert plan.num_tokens < MAX_INP_LENGTH
    assert plan.left_bytes >= 0


def test_the_sizes_of_the_real_model() -> None:
    assert REAL.token_bytes == 56 * 1024
    assert REAL.block_bytes == BLOCK_SIZE * REAL.token_bytes
    assert REAL.prompt_bytes == (8192 + 1024 + BLOCK_SIZE) * 56 * 1024
    assert replace(REAL, max_model_len=2048).prompt_bytes == (2048 + BLOCK_SIZE) * 56 * 1024
    assert 60 * MIB < estimate_view_bytes(REAL) < 80 * MIB
    assert 300 * MIB < estimate_text_bytes(REAL, 2048, 64) < 600 * MIB


@pytest.mark.parametrize("head_dim", [None, 64])
def test_sizes_are_read_from_a_configuration(head_dim: int | None) -> None:
    vision = SimpleNamespace(hidden_size=1152, intermediate_size=4304, patch_size=14)
    config = SimpleNamespace(
        num_hidden_layers=28,
        num_key_value_heads=4,
        num_attention_heads=28,
        hidden_size=3584,
        intermediate_size=18944,
        vocab_size=151666,
        image_size=448,
        vision_batch_size=16,
        max_position_embeddings=32768,
        vision_config=vision,
        head_dim=head_dim,
    )
    assert read_model_sizes(config, 2) == replace(REAL, head_dim=head_dim or 128)
    assert read_model_sizes(config, 4).token_bytes == 2 * replace(REAL, head_dim=head_dim or 128).token_bytes


@pytest.mark.parametrize("free_gib", [0, 1, 2, 4, 8, 64])
@pytest.mark.parametrize("num_batched", [64, 700, 4096])
def test_explicit_sizes_are_kept(free_gib: int, num_batched: int) -> None:
    options = EngineOptions(max_num_batched_tokens=num_batched, kv_cache_bytes=GIB)
    steps: StepSizes | None = choose_step_sizes(free_gib * GIB, REAL, options, is_gpu=True)
    while steps is not None:
        assert steps.max_num_batched_tokens == num_batched
        steps = shrink_steps(steps, options)
    plan = plan_memory(free_gib * GIB, REAL, Peaks(0), options, is_gpu=True)
    assert GIB - plan.kv_cache_bytes < REAL.block_bytes


def test_steps_grow_with_the_free_memory() -> None:
    found = [choose_step_sizes(free * GIB // 4, REAL, DEFAULTS, is_gpu=True) for free in range(40)]
    tokens = [steps.max_num_batched_tokens for steps in found]
    views = [steps.vision_batch_size for steps in found]
    assert tokens == sorted(tokens)
    assert views == sorted(views)
    assert (tokens[0], views[0], tokens[-1], views[-1]) == (512, 1, 2048, 16)


@pytest.mark.parametrize("free_gib", [1, 20])
def test_a_step_on_a_cpu_has_512_tokens(free_gib: int) -> None:
    assert choose_step_sizes(free_gib * GIB, REAL, DEFAULTS, is_gpu=False).max_num_batched_tokens == 512


def test_steps_shrink_to_the_smallest_and_end() -> None:
    steps: StepSizes | None = StepSizes(2048, 16)
    found = []
    while steps is not None:
        found.append((steps.max_num_batched_tokens, steps.vision_batch_size))
        steps = shrink_steps(steps, DEFAULTS)
    assert found == [(2048, 16), (1024, 8), (512, 4), (512, 2), (512, 1)]


def test_the_larger_of_text_and_views_is_the_largest_step() -> None:
    text, view = estimate_text_bytes(REAL, 2048, 64), estimate_view_bytes(REAL)
    assert estimate_step_bytes(REAL, StepSizes(2048, 1), 64) == text
    assert estimate_step_bytes(REAL, StepSizes(2048, 16), 64) == 16 * view > text
    assert estimate_step_bytes(QUANTIZED, StepSizes(2048, 1), 64) - text == QUANTIZED.dequantized_bytes


@pytest.mark.parametrize(
    ("free", "expected"),
    [(40 * GIB, CPU_CACHE_BYTES), (2 * GIB, 1.2 * GIB), (0, REAL.prompt_bytes), (GIB // 2, REAL.prompt_bytes)],
)
def test_the_cache_on_a_cpu_shrinks_with_the_free_memory_to_one_prompt(free: int, expected: float) -> None:
    plan = plan_memory(free, REAL, Peaks(300 * MIB), DEFAULTS, is_gpu=False)
    assert plan.kv_cache_bytes == pytest.approx(expected, rel=0.2)
    assert plan.kv_cache_bytes >= REAL.prompt_bytes - REAL.block_bytes


def test_the_cache_of_a_gpu_is_a_share_of_what_is_left() -> None:
    half, most = (
        plan_memory(20 * GIB, REAL, Peaks(GIB), EngineOptions(kv_cache_fraction=share), is_gpu=True).kv_cache_bytes
        for share in (0.5, 1.0)
    )
    assert half * 2 == pytest.approx(most, rel=0.01)
    assert most < 19 * GIB


def test_a_larger_step_and_graphs_leave_less() -> None:
    usual = plan_memory(20 * GIB, REAL, Peaks(GIB), DEFAULTS, is_gpu=True)
    for peaks in (Peaks(3 * GIB), Peaks(GIB, 2 * GIB)):
        less = plan_memory(20 * GIB, REAL, peaks, DEFAULTS, is_gpu=True)
        assert usual.kv_cache_bytes - less.kv_cache_bytes == pytest.approx(0.85 * 2 * GIB, rel=0.01)


def test_no_more_than_all_requests_can_use_is_taken() -> None:
    options = EngineOptions(max_num_seqs=2)
    plan = plan_memory(140 * GIB, REAL, Peaks(GIB), options, is_gpu=True)
    assert plan.num_tokens == 2 * REAL.max_model_len


@pytest.mark.parametrize(
    ("free", "asked", "expected"), [(32 * GIB, GIB, GIB), (8 * GIB, GIB, GIB // 2), (8 * GIB, 5, 5)]
)
def test_the_cache_of_pictures_is_bounded_by_its_share(free: int, asked: int, expected: int) -> None:
    options = EngineOptions(image_cache_bytes=asked)
    assert plan_memory(free, REAL, Peaks(0), options, is_gpu=True).image_cache_bytes == expected


def test_pictures_give_way_to_a_longest_prompt() -> None:
    free = REAL.prompt_bytes + 128 * MIB + 20 * MIB
    plan = plan_memory(free, REAL, Peaks(0), DEFAULTS, is_gpu=True)
    assert plan.image_cache_bytes == 20 * MIB
    assert plan.kv_cache_bytes >= REAL.prompt_bytes


def test_the_figures_are_one_line() -> None:
    plan = MemoryPlan(3344, int(5.9 * GIB), 0, Peaks(int(0.9 * GIB), int(0.3 * GIB)), int(0.6 * GIB))
    assert plan.describe(int(15.1 * GIB)) == (
        "memory: weights 15.1 GiB, largest step 0.9 GiB, graphs 0.3 GiB, KV cache 5.9 GiB (107,008 tokens), "
        "0.6 GiB left"
    )
    assert "graphs" not in replace(plan, peaks=Peaks(1)).describe(0)
